"""Transfers: a call goes on without its agent, to another destination, agent or party.

The agent transfers the call, leaves it to the consulted party, hangs up or is lost, or a supervisor
takes it over. The conversation is over in each case; what differs is where the caller goes.
"""

from __future__ import annotations

from typing import Final, Literal

from acdengine.conversation_facts import (
    CallHandedOver,
    CallTransferred,
    EndedBy,
    TransferRefused,
)
from acdengine.engine.admission import Admission
from acdengine.engine.consults import UNDER_WAY, Consults, describe_consulted
from acdengine.engine.conversations import Conversations
from acdengine.engine.destinations import Destinations
from acdengine.engine.offers import Offers
from acdengine.engine.part import Handlers, Part
from acdengine.engine.recordings import Recordings
from acdengine.engine.records import Call, Conversation, ExternalCall, Fallback, Offer, Party
from acdengine.engine.referred import referred_target
from acdengine.engine.state import EngineState
from acdengine.engine.supervision import Supervision
from acdengine.engine.teardown import Teardown
from acdengine.events import CallReferred
from acdengine.facts import CallDiverted
from acdengine.requests import ConsultCompleteRequested, TakeOverRequested, TransferRequested
from queues.targets import Target, ToCallback, ToQueue, describe
from routing.agent import Agent

NO_CALLBACK: Final = "a call in conversation cannot become a callback"


class Transfers(Part):
    """Takes calls from their agents and passes them on."""

    def __init__(
        self,
        state: EngineState,
        admission: Admission,
        offers: Offers,
        teardown: Teardown,
        destinations: Destinations,
        recordings: Recordings,
        consults: Consults,
        supervision: Supervision,
        conversations: Conversations,
    ) -> None:
        self._state = state
        self._admission = admission
        self._offers = offers
        self._teardown = teardown
        self._destinations = destinations
        self._recordings = recordings
        self._consults = consults
        self._supervision = supervision
        self._conversations = conversations

    def handlers(self) -> Handlers:
        """The events that this part handles."""
        return {
            TransferRequested: self.transfer,
            CallReferred: self.referred,
            ConsultCompleteRequested: self.complete,
            TakeOverRequested: self.take_over,
        }

    # -- requests ------------------------------------------------------------------------------

    def transfer(self, event: TransferRequested) -> None:
        """Handles `TransferRequested`: the caller goes to the target. Wrap-up begins when the
        agent's leg is down."""
        state = self._state
        call = state.calls.get(event.call_id)
        if call is None or call.state not in ("talking", "held"):
            state.answer(event, state.why_no_conversation(event.call_id))
            return
        problem = self._admission.problem(call, event.target)
        if call.consult is not None:
            problem = UNDER_WAY
        if isinstance(event.target, ToCallback):
            problem = NO_CALLBACK
        if problem:
            state.answer(event, problem)
            return
        self._send_on(call, event.target)
        state.answer(event)

    def referred(self, event: CallReferred) -> None:
        """The agent has pressed the telephone's own transfer key, and that leg ends: the caller
        goes as if the control API had asked; one who may not go there waits for another agent."""
        state = self._state
        call = state.calls.get(event.call_id)
        if call is not None and call.state == "waiting" and not event.offer_id:
            self._moved(call, event)
            return
        if call is None or call.offer_id != event.offer_id or call.state not in ("talking", "held"):
            state.count("late_events")
            return
        offer = state.offers[call.offer_id]
        agent = state.agents[offer.agent_id]
        target = referred_target(state, call, offer.queue_id, event.number)
        problem = self._admission.problem(call, target)
        if call.consult is not None:
            problem = UNDER_WAY
        if isinstance(target, ToCallback):
            problem = NO_CALLBACK
        if not problem:
            self._send_on(call, target, event.by)
            return
        to = f"number {event.number}"
        state.tell_both(
            call, agent, TransferRefused(state.now_us, call.call_id, agent.agent_id, to, problem)
        )
        if call.consult is None:
            self.agent_lost(call, offer, "agent")

    def _moved(self, call: Call, event: CallReferred) -> None:
        """Another program has sent a waiting caller to a number; to one where the call may not go
        it does not."""
        target = referred_target(self._state, call, call.queue_id, event.number)
        is_place = call.callback is None and not isinstance(target, ToCallback)
        if is_place and self._admission.is_open(call, target):
            self._destinations.leave_for(call, target, "moved")
        else:
            self._state.count("late_events")

    def complete(self, event: ConsultCompleteRequested) -> None:
        """Leave caller and consulted party to each other."""
        found = self._consults.of(event, event.call_id, "private", "aside", "joined")
        if found is None:
            return
        call, _ = found
        offer = self._state.offers[call.offer_id]
        self._pass_on(call, offer)
        self._offers.withdraw(offer, "withdrawn")
        self._state.answer(event)

    def take_over(self, event: TakeOverRequested) -> None:
        """The supervisor gets the caller; the agent leaves, and a consult is dropped."""
        state = self._state
        found = self._supervision.of(event, event.call_id)
        if found is None:
            return
        call, party = found
        if party.state != "answered":
            state.answer(event, "the supervisor has not answered")
            return
        self._supervision.over(call, party, "took_over")
        offer = state.offers[call.offer_id]
        self._conversations.end_conversation(call, offer, state.agents[offer.agent_id], "system")
        self._offers.withdraw(offer, "withdrawn")
        state.disarm_leg(party)
        self._divert(call, party, f"supervisor {party.agent_id or party.by}".rstrip())
        state.answer(event)

    # -- the agent leaves ----------------------------------------------------------------------

    def agent_left(self, call: Call, offer: Offer, agent: Agent) -> None:
        """The agent has hung up: the caller is let go, or goes on with whom the agent consulted."""
        if call.state not in ("talking", "held"):
            return
        if self._consults.goes_on_without(call):
            self._pass_on(call, offer)
            return
        self._conversations.end_conversation(call, offer, agent, "agent")
        if not self._destinations.come_back(call, "answered"):
            self._teardown.hang_up(call, "answered", "normal", by="agent")

    def agent_lost(self, call: Call, offer: Offer, by: EndedBy = "system") -> None:
        """The agent is gone, with a switch or by a transfer to nowhere: the caller waits for
        another, as one who has waited since the beginning."""
        state = self._state
        self._conversations.end_conversation(call, offer, state.agents[offer.agent_id], by)
        self._offers.withdraw(offer, "withdrawn")
        if offer.queue_id in state.queues:
            self._destinations.route_to(call, ToQueue(offer.queue_id))
        else:
            self._teardown.hang_up(call, "answered", "normal")

    # -- the caller goes on --------------------------------------------------------------------

    def _send_on(
        self, call: Call, target: Target, by: Literal["", "telephone", "switch"] = ""
    ) -> None:
        """The caller goes to a destination, unannounced."""
        state = self._state
        offer = state.offers[call.offer_id]
        agent = state.agents[offer.agent_id]
        ended_by: EndedBy = "system" if by == "switch" else "agent"
        self._conversations.end_conversation(call, offer, agent, ended_by)
        self._offers.withdraw(offer, "withdrawn")
        state.tell_both(
            call, agent,
            CallTransferred(
                state.now_us, call.call_id, agent.agent_id, describe(target), "blind",
                by == "telephone", by == "switch",
            ),
        )  # fmt: skip
        call.fallback = Fallback((), offer.queue_id)
        self._destinations.route_to(call, target)

    def _pass_on(self, call: Call, offer: Offer) -> None:
        """Caller and consulted party go on together; the agent's conversation is over."""
        state = self._state
        agent = state.agents[offer.agent_id]
        consult = self._consults.passed(call)
        queue_id = offer.queue_id
        self._conversations.end_conversation(call, offer, agent, "agent")
        to = describe_consulted(consult)
        state.tell_both(
            call, agent, CallTransferred(state.now_us, call.call_id, agent.agent_id, to, "attended")
        )
        if consult.agent_id:
            self._hand_over(call, state.offers[consult.consult_id], queue_id, agent)
        else:
            self._divert(call, state.parties[consult.consult_id], to)

    def _hand_over(self, call: Call, offer: Offer, queue_id: str, before: Agent) -> None:
        offer.consult = False
        self.begin(call, offer, queue_id, before.agent_id)
        self._consults.bridging.order(call, "bridge")

    def begin(self, call: Call, offer: Offer, queue_id: str, before_id: str) -> None:
        """Another agent has the caller from now on, on a leg that is answered already."""
        state = self._state
        now = state.now_us
        agent = state.agents[offer.agent_id]
        offer.queue_id = queue_id
        call.offer_id = offer.offer_id
        if call.state == "held":
            state.move_call(call, "retrieved")
        call.conversation = Conversation(now)
        agent.calls += 1
        queue = state.queues.get(queue_id)
        if queue is not None:
            queue.conversations += 1
            self._offers.update_cap(queue_id)
        fact = CallHandedOver(
            now, call.call_id, agent.agent_id, offer.offer_id, queue_id, before_id
        )
        state.tell_both(call, agent, fact)
        if call.tenant_id in state.remembering:
            self._teardown.remember_agent(call, agent.agent_id)
        self._recordings.conversation_began(call, agent.agent_id)

    def _divert(self, call: Call, party: Party, to: str) -> None:
        """Join the caller, whom no agent has any more, with a party."""
        state = self._state
        state.move_call(call, "diverted")
        party.role = "outside"
        call.party_id = party.party_id
        external = call.external = call.external or ExternalCall()
        external.reached_us = state.now_us
        state.tell_call(call, CallDiverted(state.now_us, call.call_id, to))
        self._consults.bridging.order(call, "bridge")
