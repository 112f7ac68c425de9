"""Legs of the simulated switch, and the people at their ends: callers and agents.

A leg knows its caller or agent, and these know the leg that they are on.
"""

from __future__ import annotations

from typing import Final

from acdengine.digit_collection import PressedKeys
from acdengine.trunks import Trunk
from adapters.sim.centre.agent_groups import GroupDraws
from adapters.sim.centre.call_types import CallerKind
from adapters.sim.centre.caller_scripts import CallerScript
from adapters.sim.draws.distributions import NEVER_US
from adapters.sim.draws.hostile_callers import HARMLESS

RINGING: Final = 0
ANSWERED: Final = 1
BRIDGED: Final = 2
DOWN: Final = 3

NOT_YET: Final = 0
HEARING: Final = 1
HEARD: Final = 2


class Caller:
    """One person with one wish, through all their attempts.

    Attributes:
        kind: the callers they are one of.
        ani, dnis: their number and the one they dial.
        call_id: of the present attempt.
        leg: of the present attempt, while it is up.
        made: attempts before this one.
        patience_us: from being left waiting to giving up.
        service_us: time in conversation, where the agent's group has no time of its own.
        gives_up_us: when the present wait ends, by their patience.
        arrived_us: when the present attempt was made.
        served: has got something: an agent, a voicemail box, the promise to be rung back.
        balks: hangs up when no agent is free at once.
        hostile: what they bring along besides.
        script: what they do, where that was recorded.
    """

    __slots__ = (
        "ani", "arrived_us", "balks", "call_id", "dnis", "gives_up_us", "hostile", "kind", "leg",
        "made", "patience_us", "script", "served", "service_us",
    )  # fmt: skip

    def __init__(self, kind: CallerKind, ani: str, dnis: str) -> None:
        self.kind = kind
        self.ani = ani
        self.dnis = dnis
        self.call_id = ""
        self.leg: CallerLeg | None = None
        self.made = 0
        self.patience_us = NEVER_US
        self.service_us = 0
        self.gives_up_us = NEVER_US
        self.arrived_us = 0
        self.served = False
        self.balks = False
        self.hostile = HARMLESS
        self.script: CallerScript | None = None


class SimulatedAgent:
    """One agent, at a phone and a desk.

    Attributes:
        leg: the call on the phone.
        line: the nailed-up line to the phone, ringing or up.
        registered, phone_busy: what the switch finds when it rings the phone.
        at_work: came to work and has not asked to go.
        shifts: how often the agent came; what belongs to an earlier shift is void.
        state, reason: as the desk shows them.
        changes: how often they changed, so that a plan made under one state is not carried out
            under another.
        wrap_up_us: what the agent needs after the present call, where that was recorded.
    """

    __slots__ = (
        "agent_id", "at_work", "changes", "group", "leg", "line", "phone_busy", "reason",
        "registered", "shifts", "state", "wrap_up_us",
    )  # fmt: skip

    def __init__(self, agent_id: str, group: GroupDraws) -> None:
        self.agent_id = agent_id
        self.group = group
        self.leg: AgentLeg | None = None
        self.line: LineLeg | None = None
        self.registered = True
        self.phone_busy = False
        self.at_work = False
        self.shifts = 0
        self.state = "logged_out"
        self.reason = ""
        self.changes = 0
        self.wrap_up_us: int | None = None


class CallerLeg:
    """A caller on the switch, from the first ring to the hang-up.

    Attributes:
        bridged: the agent's leg that the caller speaks with.
        occupied: what it is busy with, in the words of `CallDiverted`: leaving a message, or
            speaking with a number outside.
        recordings: files that it is recorded into, and since when.
        begun: number of the last thing begun on the leg (a prompt, a message, a call outside);
            the end of an earlier one is no news any more.
        asker: the agent who has the call, while another party is consulted.
        consult_id: whose leg that is.
        party: whom the caller was left with.
        keys: those that were pressed, for a step that follows.
        hides_keys: keys are told of by nothing.
        answers: how often keys were asked for.
        step: the row of prompts, collection or recording under way (`prompts_and_keys`).
        variables: of the leg, as flows and scripts have written them.
    """

    __slots__ = (
        "answers",
        "asker",
        "begun",
        "bridged",
        "call_id",
        "caller",
        "consult_id",
        "hides_keys",
        "keys",
        "leg_id",
        "node_id",
        "occupied",
        "party",
        "recordings",
        "step",
        "trunk",
        "up",
        "variables",
    )  # fmt: skip

    def __init__(
        self, call_id: str, leg_id: str, caller: Caller, trunk: Trunk | None, node_id: str
    ) -> None:
        self.call_id = call_id
        self.leg_id = leg_id
        self.caller = caller
        self.trunk = trunk
        self.node_id = node_id
        self.up = True
        self.bridged: AgentLeg | None = None
        self.occupied = ""
        self.recordings: dict[str, int] = {}
        self.begun = 0
        self.asker: AgentLeg | None = None
        self.consult_id = ""
        self.party: PartyLeg | None = None
        self.hides_keys = False
        self.keys = PressedKeys()
        self.answers = 0
        self.step: object = None
        self.variables: dict[str, str] = {}


class AgentLeg:
    """An offer on the switch: the agent's phone, ringing or taken up.

    Attributes:
        state: `RINGING`, `ANSWERED`, `BRIDGED` or `DOWN`.
        caller: the caller spoken with, while bridged.
        conversations: how many have begun on it.
        line: the nailed-up line that the offer is on; None where the phone rang for it.
        whisper: `NOT_YET`, `HEARING` or `HEARD`, of what the agent is told before the caller.
        is_asked: another agent has consulted this one.
        far_node_id: the node that it goes through to the phone, where that is another.
        is_cut: that node is gone: the phone hears and says nothing, and the switch does not know.
    """

    __slots__ = (
        "agent", "call_id", "caller", "conversations", "far_node_id", "is_asked", "is_cut", "line",
        "node_id", "offer_id", "state", "whisper",
    )  # fmt: skip

    def __init__(self, offer_id: str, call_id: str, agent: SimulatedAgent, node_id: str) -> None:
        self.offer_id = offer_id
        self.call_id = call_id
        self.agent = agent
        self.node_id = node_id
        self.state = RINGING
        self.caller: CallerLeg | None = None
        self.conversations = 0
        self.line: LineLeg | None = None
        self.whisper = NOT_YET
        self.is_asked = False
        self.far_node_id = ""
        self.is_cut = False


class PartyLeg:
    """A number outside, or a supervisor.

    Attributes:
        state: `RINGING`, `ANSWERED` or `DOWN`.
        caller: the caller who was left with it.
    """

    __slots__ = ("call_id", "caller", "node_id", "party_id", "state")

    def __init__(self, party_id: str, call_id: str, node_id: str) -> None:
        self.party_id = party_id
        self.call_id = call_id
        self.node_id = node_id
        self.state = RINGING
        self.caller: CallerLeg | None = None


class LineLeg:
    """A nailed-up agent's line on the switch.

    Attributes:
        state: `RINGING`, `ANSWERED` or `DOWN`.
    """

    __slots__ = ("agent", "line_id", "node_id", "state")

    def __init__(self, line_id: str, agent: SimulatedAgent, node_id: str) -> None:
        self.line_id = line_id
        self.agent = agent
        self.node_id = node_id
        self.state = RINGING
