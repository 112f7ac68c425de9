"""Further parties of a simulated call: consulted agents and numbers, supervisors.

A number outside answers or not, and hangs up after a time; so does a supervisor, and an
agent who is consulted. Legs that the switch is told to join leave what they were in before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from acdengine.commands import (
    AdoptAgentLeg,
    AdoptExternalLeg,
    AnyCommand,
    DialParty,
    EndParty,
    JoinAll,
    JoinConsult,
    Supervise,
)
from acdengine.events import (
    AllJoined,
    AnyEvent,
    CallBridged,
    CallerHungUp,
    ConsultJoined,
    NumberEnded,
    OfferEnded,
    PartyAnswered,
    PartyEnded,
    SupervisionSet,
)
from adapters.sim.centre.event_schedule import EventSchedule
from adapters.sim.centre.exchange_interfaces import Callers, Phones
from adapters.sim.centre.legs import ANSWERED, BRIDGED, DOWN, RINGING, AgentLeg, CallerLeg, PartyLeg
from adapters.sim.draws.distributions import Sampler

_S = 1_000_000
#: A party that answers does so within this time.
_ANSWERS_US = 20 * _S
Consulted: TypeAlias = AgentLeg | PartyLeg


@dataclass(frozen=True, slots=True)
class PartyBehaviour:
    """What parties do, as drawn.

    Attributes:
        random: draws who answers, and when.
        answers: probability that a party is reached.
        draw_length: how long a party, or an agent who is asked, stays.
    """

    random: Callable[[], float]
    answers: float
    draw_length: Sampler


class PartyLegs:
    """The part of the switch for those who are neither callers nor agents with a call.

    Args:
        agenda: the time.
        report: takes what happens.
        caller_legs, agent_legs: of the switch.
        behaviour: what parties do.
        home: gives the node of a call.
        hang_up: takes an agent's leg down.
    """

    callers: Callers
    phones: Phones

    def __init__(
        self,
        agenda: EventSchedule,
        report: Callable[[AnyEvent], None],
        caller_legs: Mapping[str, CallerLeg],
        agent_legs: Mapping[str, AgentLeg],
        behaviour: PartyBehaviour,
        home: Callable[[str], str],
        hang_up: Callable[[AgentLeg], None],
    ) -> None:
        self._agenda = agenda
        self._report = report
        self._caller_legs = caller_legs
        self._agent_legs = agent_legs
        self._random = behaviour.random
        self._answers = behaviour.answers
        self._draw_length = behaviour.draw_length
        self._home = home
        self._hang_up = hang_up
        self.party_legs: dict[str, PartyLeg] = {}

    def orders(self) -> dict[type[AnyCommand], Callable[[Any], None]]:
        """Handlers by command."""
        return {
            DialParty: self.dial,
            EndParty: self.end,
            AdoptAgentLeg: self.adopt_agent,
            AdoptExternalLeg: self.adopt_external,
            JoinConsult: self.join_consult,
            JoinAll: self.join_all,
            Supervise: self.supervise,
        }

    def on_node(self, node_id: str) -> tuple[str, ...]:
        """The parties of a node."""
        return tuple(leg.party_id for leg in self.party_legs.values() if leg.node_id == node_id)

    def lose_node(self, node_id: str) -> None:
        """A node's parties are gone without a word."""
        for party_id in self.on_node(node_id):
            leg = self.party_legs[party_id]
            self._drop(leg)
            if leg.caller is not None:
                leg.caller.party = None

    # -- parties -------------------------------------------------------------------------------

    def dial(self, command: DialParty) -> None:
        """Ring a party, who answers or not."""
        if command.party_id in self.party_legs:
            return
        leg = PartyLeg(command.party_id, command.call_id, self._home(command.call_id))
        self.party_legs[leg.party_id] = leg
        if self._random() < self._answers:
            self._agenda.after(int(self._random() * _ANSWERS_US), self._answer, leg)
        else:
            self._agenda.after(command.timeout_us, self._miss, leg)

    def _answer(self, leg: PartyLeg) -> None:
        if leg.state == RINGING:
            leg.state = ANSWERED
            self._report(PartyAnswered(self._agenda.now_us, leg.party_id, leg.node_id))
            self._agenda.after(self._draw_length(), self._leave, leg)

    def _miss(self, leg: PartyLeg) -> None:
        if leg.state == RINGING:
            self._end(leg, "no_answer")

    def _leave(self, leg: PartyLeg) -> None:
        if leg.state != DOWN:
            self._end(leg, "normal")

    def end(self, command: EndParty) -> None:
        """Hang up a party's leg."""
        leg = self.party_legs.get(command.party_id)
        if leg is None:
            self._report(PartyEnded(self._agenda.now_us, command.party_id))
        else:
            self._end(leg, "normal")

    def adopt_agent(self, command: AdoptAgentLeg) -> None:
        """Simulated telephones make no calls of their own: there is no such leg."""
        self._report(OfferEnded(self._agenda.now_us, command.offer_id, "hangup"))

    def adopt_external(self, command: AdoptExternalLeg) -> None:
        """Simulated telephones make no calls of their own: there is no such leg."""
        now = self._agenda.now_us
        self._report(NumberEnded(now, command.call_id, command.answered, "normal"))

    def _end(self, leg: PartyLeg, cause: str) -> None:
        self._drop(leg)
        self._report(PartyEnded(self._agenda.now_us, leg.party_id, cause))
        caller, leg.caller = leg.caller, None
        if caller is not None:
            caller.party = None
            self.callers.left_alone(caller)

    def _drop(self, leg: PartyLeg) -> None:
        leg.state = DOWN
        self.party_legs.pop(leg.party_id, None)

    def supervise(self, command: Supervise) -> None:
        """A supervisor is heard as ordered."""
        leg = self.party_legs.get(command.party_id)
        now = self._agenda.now_us
        if leg is None:
            self._report(PartyEnded(now, command.party_id))
        elif leg.state == ANSWERED:
            self._report(SupervisionSet(now, command.party_id, command.mode))

    # -- who hears whom ------------------------------------------------------------------------

    def _all_three(
        self, call_id: str, offer_id: str, consult_id: str
    ) -> tuple[CallerLeg, AgentLeg, Consulted] | None:
        """The legs of a consult; what is missing is reported."""
        now = self._agenda.now_us
        caller = self._caller_legs.get(call_id)
        agent = self._agent_legs.get(offer_id)
        other: Consulted | None = self._agent_legs.get(consult_id)
        if other is None:
            other = self.party_legs.get(consult_id)
        if caller is None:
            self._report(CallerHungUp(now, call_id, "no_such_leg"))
        if agent is None:
            self._report(OfferEnded(now, offer_id, "hangup"))
        if other is None:
            self._report(OfferEnded(now, consult_id, "hangup"))
            self._report(PartyEnded(now, consult_id))
        if caller is None or agent is None or other is None:
            return None
        return caller, agent, other

    def join_consult(self, command: JoinConsult) -> None:
        """The caller hears music; the agent talks with the consulted party, if it is up."""
        legs = self._all_three(command.call_id, command.offer_id, command.consult_id)
        if legs is None:
            return
        caller, agent, other = legs
        caller.asker = agent
        caller.consult_id = command.consult_id
        if caller.bridged is not None:
            part(caller)
            self.callers.left_alone(caller)
        is_there = command.accepted and other.state in (ANSWERED, BRIDGED)
        if not is_there or agent.state != ANSWERED:
            return
        self._report(ConsultJoined(self._agenda.now_us, caller.call_id, command.consult_id))
        if isinstance(other, AgentLeg) and not other.is_asked:
            other.is_asked = True
            self._agenda.after(self._draw_length(), self._had_enough, (caller, other))

    def _had_enough(self, what: tuple[CallerLeg, AgentLeg]) -> None:
        """A consulted party hangs up, unless the caller was transferred to it."""
        caller, leg = what
        if leg.state != DOWN and caller.asker is not None:
            self._hang_up(leg)

    def join_all(self, command: JoinAll) -> None:
        """All three hear each other."""
        legs = self._all_three(command.call_id, command.offer_id, command.consult_id)
        if legs is None:
            return
        caller, agent, other = legs
        if agent.state == RINGING or other.state == RINGING:
            return
        if caller.bridged is not agent:
            join(caller, agent)
            self.callers.talking(caller)
            self.phones.talking(agent, caller.caller)
        self._report(AllJoined(self._agenda.now_us, caller.call_id, command.consult_id))

    def bridge(self, caller: CallerLeg, leg_id: str) -> bool:
        """Take the caller out of a consult; whether that was all, or the leg is yet to be joined
        with the caller like an agent's."""
        leg: Consulted | None = self._agent_legs.get(leg_id)
        if leg is None:
            leg = self.party_legs.get(leg_id)
        if leg is None:
            return False
        caller.asker = None
        caller.consult_id = ""
        if isinstance(leg, AgentLeg):
            if caller.bridged not in (None, leg) and leg.is_asked:
                part(caller)
            return False
        if leg.state != ANSWERED:
            return True
        if caller.bridged is not None:
            part(caller)
        if leg.caller is None:
            leg.caller = caller
            caller.party = leg
            self.callers.talking(caller)
        self._report(CallBridged(self._agenda.now_us, caller.call_id, leg.party_id))
        return True


def join(caller: CallerLeg, agent: AgentLeg) -> None:
    """Caller and agent are on one line."""
    agent.state = BRIDGED
    agent.caller = caller
    agent.conversations += 1
    caller.bridged = agent
    caller.begun += 1


def part(caller: CallerLeg) -> None:
    """The caller is alone, the agent's leg stays."""
    agent, caller.bridged = caller.bridged, None
    if agent is not None:
        agent.caller = None
        agent.state = ANSWERED
