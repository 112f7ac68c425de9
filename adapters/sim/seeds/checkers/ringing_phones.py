"""No phone rings twice at once, and none goes on ringing when the caller is gone."""

from __future__ import annotations

from collections.abc import Sequence

from acdengine.centre_facts import AgentStateChanged
from acdengine.commands import Bridge, CancelRing, RingAgent
from acdengine.conversation_facts import CallHandedOver, ConsultStarted, ConversationEnded
from acdengine.events import (
    CallArrived,
    CallerHungUp,
    LineOpened,
    OfferEnded,
    SwitchLost,
    SwitchSynced,
)
from acdengine.facts import AnyFact, CallConnected, CallEnded, CallLeftQueue, OfferMade
from adapters.sim.seeds.checkers.checker import HandledEvent, need

#: A leg whose end is not confirmed is given up after this time: 24 repetitions of 5 s.
_GIVEN_UP_US = 115_000_000
#: Whom a consult rings, in the words of the fact.
_AGENT = "agent "


#: Facts after which those who ring for the call may have no reason to.
_CALL_MOVED = (CallEnded, CallLeftQueue, ConversationEnded, CallConnected)


class Phones:
    """One leg to an agent at a time, from the order to ring to the report that it is down."""

    def __init__(self) -> None:
        #: Agent to the offer whose leg may be up.
        self._leg_of: dict[str, str] = {}
        #: Offer to agent and call.
        self._offers: dict[str, tuple[str, str]] = {}
        #: Offers ordered down, since when.
        self._cancelled: dict[str, int] = {}
        #: Call to the switch node that holds its leg; agents are rung from the same.
        self._node_of: dict[str, str] = {}
        #: Nailed-up line to its node, and offer on a line to that node.
        self._node_of_line: dict[str, str] = {}
        self._node_of_offer: dict[str, str] = {}

    def look(self, moment: HandledEvent) -> None:
        """Legs end by report, begin by order; those without a caller are ordered down at once."""
        self._down(moment)
        for fact in moment.facts:
            if isinstance(fact, OfferMade):
                self._offers[fact.offer_id] = (fact.agent_id, fact.call_id)
            elif isinstance(fact, ConsultStarted) and fact.to.startswith(_AGENT):
                agent_id = fact.to.removeprefix(_AGENT)
                self._offers[fact.consult_id] = (agent_id, fact.call_id)
        at_us = moment.event.at_us
        for command in moment.commands:
            if isinstance(command, RingAgent):
                self._ring(command, at_us)
            elif isinstance(command, CancelRing):
                self._cancelled.setdefault(command.offer_id, at_us)
            elif isinstance(command, Bridge):
                need(
                    command.offer_id not in self._cancelled,
                    f"offer {command.offer_id} bridged after it was cancelled",
                )
        self._no_ringing_without_a_caller(moment)

    def _down(self, moment: HandledEvent) -> None:
        event = moment.event
        if isinstance(event, CallArrived):
            self._node_of[event.call_id] = event.node_id
        elif isinstance(event, CallerHungUp):
            self._node_of.pop(event.call_id, None)
        elif isinstance(event, LineOpened):
            self._node_of_line[event.line_id] = event.node_id
        elif isinstance(event, OfferEnded):
            self._end(event.offer_id)
        elif isinstance(event, SwitchSynced):
            self._missing(event.node_id, event.offers)
            self._found(event, moment.facts)
        elif isinstance(event, SwitchLost):
            self._missing(event.node_id, ())

    def _missing(self, node_id: str, offers: Sequence[str]) -> None:
        """A node has only these legs; where an offer is for a call without a leg, its node is not
        known."""
        for offer_id, (_, call_id) in list(self._offers.items()):
            its_node = self._node_of_offer.get(offer_id) or self._node_of.get(call_id, node_id)
            if offer_id not in offers and its_node == node_id:
                self._end(offer_id)

    def _found(self, event: SwitchSynced, facts: Sequence[AnyFact]) -> None:
        """Conversations that the engine has taken over from the switch. It does not know a
        conversation of an agent who was rung already; that phone will be busy."""
        talking = {fact.agent_id: None for fact in facts
                   if isinstance(fact, AgentStateChanged) and fact.state == "talking"}  # fmt: skip
        for line in event.lines:
            self._node_of_line[line.line_id] = event.node_id
        for live in event.calls:
            self._node_of[live.call_id] = event.node_id
            if live.agent_id in talking:
                self._leg_of[live.agent_id] = live.offer_id
                self._offers[live.offer_id] = (live.agent_id, live.call_id)

    def _end(self, offer_id: str) -> None:
        agent_id, _ = self._offers.pop(offer_id, ("", ""))
        self._cancelled.pop(offer_id, None)
        self._node_of_offer.pop(offer_id, None)
        if self._leg_of.get(agent_id) == offer_id:
            del self._leg_of[agent_id]

    def _ring(self, command: RingAgent, at_us: int) -> None:
        other = self._leg_of.get(command.agent_id)
        need(
            other is None or at_us - self._cancelled.get(other, at_us) >= _GIVEN_UP_US,
            f"{command.agent_id} is rung for {command.offer_id} while {other} is up",
        )
        need(command.offer_id in self._offers, f"{command.offer_id} rings without having been made")
        self._leg_of[command.agent_id] = command.offer_id
        if command.line_id:
            self._node_of_offer[command.offer_id] = self._node_of_line.get(command.line_id, "")

    def _no_ringing_without_a_caller(self, moment: HandledEvent) -> None:
        over: dict[str, None] = {}
        for fact in moment.facts:
            if isinstance(fact, _CALL_MOVED):
                over[fact.call_id] = None
        for call_id in over:
            self._only_the_wanted(call_id, moment)

    def _only_the_wanted(self, call_id: str, moment: HandledEvent) -> None:
        kept = self._kept_offers(call_id, moment)
        for offer_id, (agent_id, wanted_by) in self._offers.items():
            if wanted_by == call_id and offer_id not in kept:
                need(
                    offer_id in self._cancelled,
                    f"{agent_id}'s phone is left ringing ({offer_id}) without a caller",
                )

    def _kept_offers(self, call_id: str, moment: HandledEvent) -> list[str]:
        """Offers that the last of the moment's facts about the call leave standing."""
        kept: list[str] = []
        for fact in moment.facts:
            if getattr(fact, "call_id", "") != call_id:
                continue
            if isinstance(fact, CallConnected | CallHandedOver):
                kept = [fact.offer_id]
            elif isinstance(fact, OfferMade):
                kept.append(fact.offer_id)
            elif isinstance(fact, CallEnded | CallLeftQueue | ConversationEnded):
                kept = []
        return kept

    def forget(self) -> None:
        """The legs are still up, but their calls are unknown."""
        self._leg_of.clear()
        self._node_of.clear()
        self._node_of_line.clear()
        self._node_of_offer.clear()
        self._offers.clear()
        self._cancelled.clear()

    def finish(self) -> None:
        """Every leg was reported down."""
        need(not self._leg_of, f"legs never reported down: {self._leg_of}")
