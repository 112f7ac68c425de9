"""What follows for a call when the leg of an offer is answered, ends, or is due.

`acdengine.engine.offers` says what has become of the leg; this maps it to conversations, consults
and callbacks.
"""

from __future__ import annotations

from acdengine.commands import Bridge, CancelRing
from acdengine.engine.accepting import accepts, ask
from acdengine.engine.agents import Agents
from acdengine.engine.callbacks import Callbacks
from acdengine.engine.confirmation import REPEAT_US, repeats
from acdengine.engine.consults import Consults
from acdengine.engine.offers import OUTCOME, Offers
from acdengine.engine.part import DeadlineHandlers, Handlers, Part
from acdengine.engine.records import Call, Offer
from acdengine.engine.redirected_offers import follow
from acdengine.engine.state import EngineState
from acdengine.engine.transfers import Transfers
from acdengine.events import (
    BridgeFailed,
    OfferAnswered,
    OfferEnded,
    OfferKeyPressed,
    OfferRedirected,
)
from acdengine.facts import OfferOutcome


class OfferReports(Part):
    """Handles the reports of the switch about offers, and their deadlines."""

    def __init__(
        self,
        state: EngineState,
        agents: Agents,
        offers: Offers,
        callbacks: Callbacks,
        consults: Consults,
        transfers: Transfers,
    ) -> None:
        self._state = state
        self._agents = agents
        self._offers = offers
        self._callbacks = callbacks
        self._consults = consults
        self._transfers = transfers

    def deadlines(self) -> DeadlineHandlers:
        """No answer in time, or an order that was not confirmed."""
        return {Offer: self.due}

    def handlers(self) -> Handlers:
        """The events that this part handles."""
        return {
            BridgeFailed: self.bridge_failed,
            OfferAnswered: self.answered,
            OfferKeyPressed: self.key_pressed,
            OfferEnded: self.ended,
            OfferRedirected: self.redirected,
        }

    def answered(self, event: OfferAnswered) -> None:
        """Handles `OfferAnswered`: the agent gets the call, or is asked for the key first."""
        state = self._state
        offer = state.offers.get(event.offer_id)
        if offer is None:
            state.count("late_events")
            state.commands.append(CancelRing(event.offer_id))
        elif offer.accept_key is not None and offer.state == "ringing":
            ask(state, offer, event.node_id)
        else:
            self.accepted(offer, event.node_id)

    def key_pressed(self, event: OfferKeyPressed) -> None:
        """Handles `OfferKeyPressed`; a key other than the one asked for is ignored."""
        offer = self._state.offers.get(event.offer_id)
        if offer is None or offer.state != "ringing":
            self._state.count("late_events")
        elif accepts(offer, event.digit):
            self.accepted(offer)

    def accepted(self, offer: Offer, node_id: str = "") -> None:
        """The first agent to accept gets the call, and is bridged with the caller; a consulted
        agent talks at once; for a callback the customer is dialled first."""
        state, offers = self._state, self._offers
        agent = offers.expect_agent(offer, "answered")
        if offer.state != "ringing":
            offers.answered(offer, node_id)
            return
        call = state.calls[offer.call_id]
        if offer.consult:
            state.expect_consult(call, "answered")
            offers.answered(offer, node_id)
            self._consults.answered(offer)
            return
        # The tables must allow all that follows, before anything is changed.
        state.expect_call(call, "taken")
        dials = call.callback is not None and not call.leg_id
        if dials:
            self._callbacks.expect(call, "dialled")
        offers.answered(offer, node_id)
        offers.connect(call, offer, agent)
        # The deadline set for ringing stays: when it fires, `due` sees whether we are bridged.
        if dials:
            self._callbacks.dial(call)
            return
        state.disarm_call(call)
        state.answer_call(call)
        state.commands.append(Bridge(call.call_id, offer.offer_id, offer.whisper))

    def ended(self, event: OfferEnded) -> None:
        """Handles `OfferEnded`: the agent's leg is down. A conversation is over, or the offer was
        missed; if the engine had ordered it, nothing follows for the call."""
        state = self._state
        offer = state.offers.get(event.offer_id)
        if offer is None:
            state.count("late_events")
            return
        ended = self._offers.ended(offer, event.cause)
        if ended == "cleared":
            return
        agent, call = state.agents[offer.agent_id], state.calls.get(offer.call_id)
        if ended == "left":
            if offer.consult:
                self._consults.left(call)
            elif call is not None:
                self._transfers.agent_left(call, offer, agent)
            self._agents.conversation_over(agent)
            return
        # A telephone that answers and ends without the key was not answered by the agent.
        outcome = "no_answer" if offer.asked_us else OUTCOME[event.cause]
        if offer.consult:
            self._consults.not_reached(call, outcome)
            self._offers.failed_offers.missed(None, agent, outcome)
            return
        self._offers.close(offer, outcome)
        if call is not None:
            self._lost(call, self._offers.lost(call, offer))
        self._offers.failed_offers.missed(call, agent, outcome)

    def redirected(self, event: OfferRedirected) -> None:
        """Handles `OfferRedirected`: ring the number that the telephone names, or take the offer as
        failed."""
        state = self._state
        offer = state.offers.get(event.offer_id)
        if offer is None:
            state.count("late_events")
            return
        is_ringing = offer.state == "ringing" and not (offer.asked_us or offer.consult)
        call = state.calls.get(offer.call_id)
        if not is_ringing or call is None or not follow(state, call, offer, event.number):
            self.ended(OfferEnded(event.at_us, offer.offer_id, "failed"))

    def bridge_failed(self, event: BridgeFailed) -> None:
        """Handles `BridgeFailed`: the agent becomes free, the call looks for another agent and
        keeps its place."""
        state = self._state
        call = state.calls.get(event.call_id)
        if call is None or call.state != "connecting" or call.offer_id != event.offer_id:
            state.count("late_events")
            return
        self.give_up(call, state.offers[event.offer_id], "failed")

    def give_up(self, call: Call, offer: Offer, outcome: OfferOutcome) -> None:
        """Take the leg of an offer down that rings or was answered; the call looks for another
        agent."""
        self._lost(call, self._offers.give_up(call, offer, outcome))

    def _lost(self, call: Call, was_answered: bool) -> None:
        """Where the agent of a callback had answered, the customer is no longer dialled."""
        callback = call.callback
        if was_answered and callback is not None and callback.state == "dialling":
            self._callbacks.agent_lost(call)

    def due(self, offer: Offer) -> None:
        """The agent did not answer in time, or a command for the leg was not confirmed."""
        state = self._state
        offers = self._offers
        offer.deadline = 0
        if offer.state == "ringing":
            call = state.calls[offer.call_id]
            if offer.consult:
                offers.withdraw(offer, "no_answer")
                self._consults.not_reached(call, "no_answer")
            else:
                self.give_up(call, offer, "no_answer")
            return
        if offer.state == "answered" and not state.calls[offer.call_id].leg_id:
            # A callback's customer is being dialled, which has a deadline of its own.
            state.arm_offer(offer, state.now_us + REPEAT_US)
            return
        is_clearing = offer.state == "clearing"
        if repeats(state, offer):
            state.arm_offer(offer, state.now_us + REPEAT_US)
            if is_clearing:
                offers.order_cancel(offer)
            else:
                state.commands.append(Bridge(offer.call_id, offer.offer_id, offer.whisper))
        elif is_clearing:
            self.ended(OfferEnded(state.now_us, offer.offer_id, "failed"))
        else:
            call = state.calls[offer.call_id]
            self.give_up(call, state.offers[call.offer_id], "failed")
