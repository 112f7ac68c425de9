"""Legs of the simulated switch: a caller's, an agent's, a party's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from acdengine.trunks import Trunk

if TYPE_CHECKING:
    from adapters.sim.centre.agents import SimulatedAgent
    from adapters.sim.centre.callers import Caller

RINGING: Final = 0
ANSWERED: Final = 1
BRIDGED: Final = 2
DOWN: Final = 3

NOT_YET: Final = 0
HEARING: Final = 1
HEARD: Final = 2


class CallerLeg:
    """A caller on the switch, from the first ring to the hang-up.

    Attributes:
        bridged: the agent's leg that the caller speaks with.
        occupied: what it is busy with, in the words of `CallDiverted`: leaving a message, or
            speaking with a number outside.
        recordings: files that it is recorded into, and since when.
        begun: number of the last thing begun on the leg (a prompt, a message, a call outside);
            the end of an earlier one is no news any more.
        asker: the agent who has the call, while somebody else is consulted.
        consult_id: whose leg that is.
        party: whom the caller was left with.
    """

    __slots__ = (
        "asker",
        "begun",
        "bridged",
        "call_id",
        "caller",
        "consult_id",
        "leg_id",
        "node_id",
        "occupied",
        "party",
        "recordings",
        "trunk",
        "up",
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
