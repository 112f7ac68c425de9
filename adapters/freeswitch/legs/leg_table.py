"""The table of legs: callers, agents, lines, external numbers and parties, by the engine's ids.

A call's id is the uuid of its caller's leg; an offer's id is the uuid of the agent's leg, which
the adapter asks FreeSWITCH for. So every leg is found again after any loss, without a table.
"""

from __future__ import annotations

from collections.abc import Iterator, ValuesView
from dataclasses import dataclass, field

from acdengine.digit_collection import PressedKeys
from acdengine.plan import DialWay
from adapters.freeswitch.legs.leg_states import (
    AHEAD_TABLE,
    LINE_STATE_TABLE,
    ORDER_TABLE,
    PROGRESS_TABLE,
    AheadBridge,
    AheadTrigger,
    LegOrder,
    LegProgress,
    LineState,
    LineTrigger,
    OrderTrigger,
    ProgressTrigger,
)
from adapters.freeswitch.media.player import Player
from adapters.freeswitch.media.sounds import Part
from adapters.freeswitch.media.step_protocol import Step


@dataclass(slots=True, eq=False)
class CallerLeg:
    """A caller's leg.

    Attributes:
        call_id: the call, and the leg's uuid.
        player: what the caller hears when not with an agent.
        ani, name: who calls, as telephones may show it; empty where the caller withholds it.
        is_withheld: the caller withholds number and name.
        bridging: the offer that a bridge is under way with; no other may be ordered meanwhile.
        bridged_to: the offer whose agent hears the caller.
        recordings: the files that it is recorded into.
        message: the file of the message that is being left, into this box.
        stays: it is to outlive its agent's leg, and bears what FreeSWITCH needs for that.
        has_fallback: the switch will send the caller elsewhere unless that is cancelled.
        joined_at_s: when the caller was last bridged; 0: not known.
        is_held: the caller is on hold, by order or by the telephone's own key.
        keys: those that no step took, for one that follows.
        step: the row of prompts, collection or recording under way.
        reads: the sensitive collection that the switch reads keys for.
        hides_keys: the switch tells of no key.
        transfer_source: which transfer has brought it where it was parked last.
        parted_from: whom it was bridged with when it was parked last.
        is_elsewhere: the switch has it with a leg or application that is none of the engine's.
    """

    call_id: str
    player: Player
    ani: str = ""
    dnis: str = ""
    trunk_id: str = ""
    name: str = ""
    is_withheld: bool = False
    is_answered: bool = False
    bridging: str = ""
    bridging_since_s: float = 0.0
    bridged_to: str = ""
    message: str = ""
    box: str = ""
    stays: bool = False
    recordings: dict[str, None] = field(default_factory=dict)
    has_fallback: bool = False
    joined_at_s: float = 0.0
    is_held: bool = False
    keys: PressedKeys = field(default_factory=PressedKeys)
    step: Step | None = None
    reads: str = ""
    hides_keys: bool = False
    transfer_source: str = ""
    parted_from: str = ""
    is_elsewhere: bool = False


@dataclass(slots=True, eq=False, kw_only=True)
class DialledLeg:
    """A leg that the engine has dialled. Both states change by the tables of `leg_states` alone.

    Attributes:
        progress: how far the leg is: dialled, ringing, answered, ready for a bridge.
        order: what the engine has ordered: only to ring, to be bridged, or to end.
    """

    progress: LegProgress = "dialled"
    order: LegOrder = "ring"

    @property
    def is_parked(self) -> bool:
        """Whether it may be bridged once it is answered."""
        return self.progress in ("ringing", "ready")

    @property
    def is_answered(self) -> bool:
        """Whether the telephone has been answered."""
        return self.progress in ("answered", "ready")

    @property
    def is_cancelled(self) -> bool:
        """Whether the engine has ordered its end."""
        return self.order == "end"

    def advance(self, trigger: ProgressTrigger) -> None:
        """FreeSWITCH has parked the leg, or it was answered."""
        self.progress = PROGRESS_TABLE[self.progress].get(trigger, self.progress)

    def take_order(self, trigger: OrderTrigger) -> None:
        """The engine orders something of the leg, or the bridge is made or has failed."""
        self.order = ORDER_TABLE[self.order].get(trigger, self.order)

    def read(self, *, is_answered: bool, is_parked: bool) -> None:
        """Take over the progress that a comparison has read on the switch."""
        if is_parked:
            self.progress = "ready" if is_answered else "ringing"
        else:
            self.progress = "answered" if is_answered else "dialled"


@dataclass(slots=True, eq=False)
class AgentLeg(DialledLeg):
    """An agent's leg. Its states change by the tables of `leg_states` alone.

    Attributes:
        offer_id: the offer, and the leg's uuid unless the offer is on a line.
        line_id: the nailed-up line that the offer is on, and the leg's uuid then.
        ahead: the bridge that FreeSWITCH makes by itself at the answer.
        is_dialling: `originate` has not ended: the leg may not exist yet.
        may_bridge_itself: FreeSWITCH may bridge it by itself when it is answered.
        before: what the agent hears alone, before the caller.
        is_asked: the agent is to press a key to accept the call.
        hearing: the execution that the agent hears at the moment.
        is_answer_reported: the engine knows of the answer.
        rings_several: it rings several telephones of one user.
        answered_leg: the uuid of the leg of the telephone that has answered.
        may_redirect: a redirection (302) is reported, and no end.
        redirected_to: the number that a telephone has redirected to.
        trunk_id: the trunk group whose channel it is, where it rings a number outside.
        telephone: `user@domain` of the telephone; empty where the contact names no user.
    """

    offer_id: str
    call_id: str
    agent_id: str
    ahead: AheadBridge = "off"
    is_dialling: bool = False
    may_bridge_itself: bool = False
    is_answer_reported: bool = False
    is_asked: bool = False
    before: tuple[Part, ...] = ()
    hearing: str = ""
    is_consult: bool = False
    line_id: str = ""
    rings_several: bool = False
    answered_leg: str = ""
    may_redirect: bool = False
    redirected_to: str = ""
    trunk_id: str = ""
    telephone: str = ""

    @property
    def leg_id(self) -> str:
        """The uuid of the leg."""
        return self.line_id or self.answered_leg or self.offer_id

    def accepted(self) -> None:
        """The agent who was asked has pressed the key: the bridge ends the prompt."""
        if self.is_asked:
            self.is_asked, self.before, self.hearing = False, (), ""

    def set_ahead(self, trigger: AheadTrigger) -> None:
        """The bridge that FreeSWITCH makes by itself is ordered, withdrawn, made or in doubt."""
        self.ahead = AHEAD_TABLE[self.ahead].get(trigger, self.ahead)

    def found(self, *, is_answered: bool, is_idle: bool, bridges_itself: bool) -> None:
        """Take over what a comparison has read on the switch.

        Args:
            is_answered: the telephone has been answered.
            is_idle: the leg is parked.
            bridges_itself: FreeSWITCH is to bridge the leg by itself.
        """
        self.read(is_answered=is_answered, is_parked=is_idle or self.is_parked)
        if self.ahead != "in_doubt":
            self.ahead = "set" if bridges_itself else "off"


@dataclass(slots=True, eq=False)
class LineLeg:
    """A nailed-up agent's line, which serves one offer after the other.

    Attributes:
        line_id: the line, and the leg's uuid.
        is_dialling: FreeSWITCH still works on `originate`: the leg may not be there yet.
        is_told: the engine has heard that it is up.
        is_closing: the engine has ordered its end.
        state: dialled, ringing, answered, idle, or bridged with a caller.
        offer_id: the offer that it serves; empty where it serves none.
        telephone: `user@domain` of the telephone; empty where the contact names no user.
    """

    line_id: str
    agent_id: str
    is_dialling: bool = False
    is_told: bool = False
    is_closing: bool = False
    state: LineState = "dialled"
    offer_id: str = ""
    telephone: str = ""

    @property
    def is_answered(self) -> bool:
        """Whether the telephone has been answered."""
        return self.state in ("answered", "idle", "bridged")

    @property
    def is_bridged(self) -> bool:
        """Whether a caller is on it."""
        return self.state == "bridged"

    def advance(self, trigger: LineTrigger) -> None:
        """FreeSWITCH has parked or bridged the leg, or it was answered."""
        self.state = LINE_STATE_TABLE[self.state].get(trigger, self.state)

    def found(self, *, is_answered: bool, is_bridged: bool) -> None:
        """Take over what a comparison has read on the switch. A line that is up is told of by it.

        Args:
            is_answered: the telephone has been answered.
            is_bridged: a caller is on the line; else it is parked.
        """
        if is_bridged:
            self.state = "bridged"
        else:
            self.state = "idle" if is_answered else "ringing"
        self.is_told = is_answered


@dataclass(slots=True, eq=False)
class ExternalLeg(DialledLeg):
    """A leg to a number outside: one that a caller is put through to, or a customer rung back.

    Attributes:
        leg_id: the leg's uuid; a customer's is the call's id.
        call_id: the call.
        number: as it is dialled.
        attempt: of the order to dial it; 0 where that is not known.
        ways: gateways not tried yet.
        limit_s: how long it may ring.
        shown_number, shown_name: who calls, as the telephone outside is to show it.
        is_withheld: the caller withholds the number, and no other number is shown.
        variables: further channel variables of the leg.
        trunk_id: the trunk group whose channel it is.
        is_dialling: FreeSWITCH still works on `originate`: the leg may not be there yet.
        is_known: of a party: the engine has been told that it is there.
        is_adopted: the engine has not ordered it: FreeSWITCH joins it with the caller by itself.
    """

    leg_id: str
    call_id: str
    number: str = ""
    attempt: int = 0
    ways: tuple[DialWay, ...] = ()
    limit_s: int = 60
    shown_number: str = ""
    shown_name: str = ""
    is_withheld: bool = False
    variables: dict[str, str] = field(default_factory=dict)
    trunk_id: str = ""
    is_dialling: bool = False
    is_known: bool = False
    is_adopted: bool = False


class AgentTable:
    """Agents' legs by their offers, and those of one call without looking through all of them.

    A leg's call never changes. What a `dict` has, as far as it is used: no `MutableMapping`, whose
    `get` and `pop` raise and catch an error for each leg that is not an agent's, which most are.
    """

    __slots__ = ("_by_call", "_legs")

    def __init__(self) -> None:
        self._legs: dict[str, AgentLeg] = {}
        self._by_call: dict[str, dict[str, AgentLeg]] = {}

    def of_call(self, call_id: str) -> list[AgentLeg]:
        """The legs of a call, the oldest first."""
        return list(self._by_call.get(call_id, {}).values())

    def get(self, offer_id: str) -> AgentLeg | None:
        """The leg of an offer, if there is one."""
        return self._legs.get(offer_id)

    def pop(self, offer_id: str) -> AgentLeg | None:
        """Take the leg of an offer out, if there is one."""
        leg = self._legs.pop(offer_id, None)
        if leg is not None:
            legs = self._by_call[leg.call_id]
            del legs[offer_id]
            if not legs:
                del self._by_call[leg.call_id]
        return leg

    def setdefault(self, offer_id: str, leg: AgentLeg) -> AgentLeg:
        """The leg of an offer: this one, where there was none."""
        known = self._legs.get(offer_id)
        if known is None:
            self[offer_id] = known = leg
        return known

    def values(self) -> ValuesView[AgentLeg]:
        """The legs, the oldest first."""
        return self._legs.values()

    def clear(self) -> None:
        """Remove all legs."""
        self._legs.clear()
        self._by_call.clear()

    def __getitem__(self, offer_id: str) -> AgentLeg:
        return self._legs[offer_id]

    def __setitem__(self, offer_id: str, leg: AgentLeg) -> None:
        self.pop(offer_id)
        self._legs[offer_id] = leg
        self._by_call.setdefault(leg.call_id, {})[offer_id] = leg

    def __iter__(self) -> Iterator[str]:
        return iter(self._legs)

    def __len__(self) -> int:
        return len(self._legs)

    def __contains__(self, offer_id: object) -> bool:
        return offer_id in self._legs


@dataclass(slots=True, eq=False)
class Legs:
    """All legs on one node."""

    callers: dict[str, CallerLeg] = field(default_factory=dict)
    agents: AgentTable = field(default_factory=AgentTable)
    #: Offers by the uuid of their leg, where the switch has chosen it.
    answered_legs: dict[str, str] = field(default_factory=dict)
    #: Lines of nailed-up agents.
    lines: dict[str, LineLeg] = field(default_factory=dict)
    #: Numbers outside that callers are put through to, by the leg's uuid.
    outside: dict[str, ExternalLeg] = field(default_factory=dict)
    #: Numbers that are consulted, and supervisors, by the leg's uuid.
    parties: dict[str, ExternalLeg] = field(default_factory=dict)
    #: Customers being rung back, by call; once they have answered they are callers.
    customers: dict[str, ExternalLeg] = field(default_factory=dict)

    def outside_of(self, call_id: str) -> ExternalLeg | None:
        """The leg to the number that a caller is put through to."""
        for leg in self.outside.values():
            if leg.call_id == call_id:
                return leg
        return None

    def clear(self) -> None:
        """Remove all legs."""
        self.agents.clear()
        self.answered_legs.clear()
        for table in (self.lines, self.callers, self.outside, self.parties, self.customers):
            table.clear()

    def uuid_of(self, offer_id: str) -> str:
        """The uuid of the leg that an offer is on."""
        agent = self.agents.get(offer_id)
        return offer_id if agent is None else agent.leg_id

    def offer_on(self, leg_id: str) -> str:
        """What a leg is known by: a line by the offer that it serves, any other by its uuid."""
        line = self.lines.get(leg_id)
        return leg_id if line is None or not line.offer_id else line.offer_id

    def offers_of(self, call_id: str) -> list[AgentLeg]:
        """The agents' legs of a call."""
        return self.agents.of_call(call_id)
