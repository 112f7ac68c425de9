"""Consults and supervision: each begins once, ends once, and never outlasts its conversation."""

from __future__ import annotations

from acdengine.commands import Bridge, DialParty, EndParty, JoinAll, JoinConsult, Supervise
from acdengine.conversation_facts import (
    CallHandedOver,
    ConsultAnswered,
    ConsultChanged,
    ConsultEnded,
    ConsultStarted,
    ConversationEnded,
    SupervisionChanged,
    SupervisionEnded,
    SupervisionStarted,
)
from acdengine.events import AnyEvent, PartyEnded, SwitchLost, SwitchSynced
from acdengine.facts import AnyFact, CallConnected, CallEnded
from adapters.sim.seeds.checkers.checker import HandledEvent, need

_DONE_TO_PARTIES = (Bridge, JoinConsult, JoinAll, Supervise)


class ConsultsAndSupervision:
    """Parties of a call other than its caller and its agent."""

    def __init__(self) -> None:
        #: Call to the agent who has it.
        self._agents: dict[str, str] = {}
        #: Call to the leg that is consulted, and whether that has answered.
        self._consults: dict[str, tuple[str, bool]] = {}
        #: Call to the party that supervises it.
        self._supervisors: dict[str, str] = {}
        #: Parties that were dialled and are not known to be down; those ordered down.
        self._dialled: dict[str, None] = {}
        self._ordered_down: dict[str, None] = {}

    def look(self, moment: HandledEvent) -> None:
        """Follow facts and orders."""
        self._down(moment.event)
        for fact in moment.facts:
            self._follow(fact)
        for command in moment.commands:
            if isinstance(command, DialParty):
                need(command.party_id not in self._dialled, f"{command.party_id} dialled twice")
                self._dialled[command.party_id] = None
            elif isinstance(command, EndParty):
                self._ordered_down[command.party_id] = None
            elif isinstance(command, _DONE_TO_PARTIES):
                for leg_id in _legs(command):
                    need(leg_id not in self._ordered_down, f"{command} after the leg's end")

    def _down(self, event: AnyEvent) -> None:
        if isinstance(event, PartyEnded):
            self._forget_leg(event.party_id)
        elif isinstance(event, SwitchSynced | SwitchLost):
            # Of which node each was is not known here: the engine says what became of them.
            self._ordered_down.clear()
            self._dialled.clear()

    def _forget_leg(self, party_id: str) -> None:
        self._dialled.pop(party_id, None)
        self._ordered_down.pop(party_id, None)

    def _follow(self, fact: AnyFact) -> None:
        if isinstance(fact, CallConnected | CallHandedOver):
            self._agents[fact.call_id] = fact.agent_id
        elif isinstance(fact, ConversationEnded):
            call_id = fact.call_id
            need(call_id not in self._consults, f"{call_id}: the consult outlasts its agent")
            need(call_id not in self._supervisors, f"{call_id}: the supervisor stays behind")
            self._agents.pop(call_id, None)
        elif isinstance(fact, CallEnded):
            self._agents.pop(fact.call_id, None)
        else:
            self._consult(fact)
            self._supervision(fact)

    def _consult(self, fact: AnyFact) -> None:
        if isinstance(fact, ConsultStarted):
            need(fact.call_id not in self._consults, f"{fact.call_id} has two consults")
            need(self._agents.get(fact.call_id) == fact.agent_id, f"{fact}: by another agent")
            self._consults[fact.call_id] = (fact.consult_id, False)
        elif isinstance(fact, ConsultAnswered):
            open_ = self._consults.get(fact.call_id)
            need(open_ == (fact.consult_id, False), f"{fact}: answered twice, or not asked")
            self._consults[fact.call_id] = (fact.consult_id, True)
        elif isinstance(fact, ConsultChanged):
            open_ = self._consults.get(fact.call_id)
            need(open_ == (fact.consult_id, True), f"{fact}: of a consult that was not answered")
        elif isinstance(fact, ConsultEnded):
            leg_id, answered = self._consults.pop(fact.call_id, ("", False))
            need(leg_id == fact.consult_id, f"{fact}: of a consult that there is not")
            need(
                answered or fact.outcome != "passed",
                f"{fact}: passed on without an answered consult",
            )

    def _supervision(self, fact: AnyFact) -> None:
        if isinstance(fact, SupervisionStarted):
            need(fact.call_id not in self._supervisors, f"{fact.call_id} has two supervisors")
            need(self._agents.get(fact.call_id) == fact.agent_id, f"{fact}: of another agent")
            self._supervisors[fact.call_id] = fact.party_id
        elif isinstance(fact, SupervisionChanged | SupervisionEnded):
            open_ = self._supervisors.get(fact.call_id)
            need(open_ == fact.party_id, f"{fact}: of a supervision that there is not")
            if isinstance(fact, SupervisionEnded):
                del self._supervisors[fact.call_id]

    def forget(self) -> None:
        """The engine knows no parties of before."""
        for known in (self._agents, self._consults, self._supervisors):
            known.clear()
        self._dialled.clear()
        self._ordered_down.clear()

    def finish(self) -> None:
        """No party is left."""
        need(not self._consults, f"consults that never ended: {self._consults}")
        need(not self._supervisors, f"supervisors who never left: {self._supervisors}")


def _legs(command: Bridge | JoinConsult | JoinAll | Supervise) -> tuple[str, ...]:
    if isinstance(command, Bridge):
        return (command.offer_id,)
    if isinstance(command, Supervise):
        return (command.party_id, command.offer_id)
    return (command.offer_id, command.consult_id)
