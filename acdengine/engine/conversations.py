"""Conversations: caller and agent together, and what ends it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from acdengine.commands import HoldCall, RetrieveCall
from acdengine.conversation_facts import (
    CallHeld,
    CallRetrieved,
    ConversationEnded,
    EndedBy,
)
from acdengine.engine.callbacks import Callbacks
from acdengine.engine.consults import UNDER_WAY, Consults
from acdengine.engine.offers import Offers
from acdengine.engine.part import Handlers, Part
from acdengine.engine.recordings import Recordings
from acdengine.engine.records import Call, Conversation, Offer, conversation_of, ending_of
from acdengine.engine.state import EngineState
from acdengine.engine.supervision import Supervision
from acdengine.engine.teardown import Teardown
from acdengine.events import CallBridged, CallerHungUp, HoldChanged
from acdengine.facts import CallConnected, EstimateChecked
from acdengine.machines import CallState
from acdengine.requests import HangUpRequested, HoldRequested, RetrieveRequested
from routing.agent import Agent


class Conversations(Part):
    """Handles bridges, hold and the end of conversations."""

    def __init__(
        self,
        state: EngineState,
        offers: Offers,
        teardown: Teardown,
        callbacks: Callbacks,
        consults: Consults,
        supervision: Supervision,
        recordings: Recordings,
    ) -> None:
        self._state = state
        self._recordings = recordings
        self._offers = offers
        self._teardown = teardown
        self._callbacks = callbacks
        self._consults = consults
        self._supervision = supervision

    def handlers(self) -> Handlers:
        """The events that this part handles."""
        return {
            CallerHungUp: self.caller_hung_up,
            CallBridged: self.bridged,
            HoldChanged: self.hold_changed,
            HoldRequested: self.hold,
            RetrieveRequested: self.retrieve,
            HangUpRequested: self.hang_up,
        }

    def check(self) -> Iterator[str]:
        """The queues' counts of conversations."""
        talking = Counter(
            call.last_queue_id
            for call in self._state.calls.values()
            if call.state in ("talking", "held")
        )
        for queue_id, queue in self._state.queues.items():
            if queue.conversations != talking[queue_id]:
                counted = queue.conversations
                yield f"queue {queue_id} counts {counted} conversations, has {talking[queue_id]}"

    # -- together ------------------------------------------------------------------------------

    def bridged(self, event: CallBridged) -> None:
        """Handles `CallBridged`: the call leaves its queue and the conversation begins."""
        state = self._state
        call = state.calls.get(event.call_id)
        if call is not None and call.unconfirmed and self._consults.bridging.bridged(event):
            return
        offer = state.offers.get(event.offer_id)
        if call is None or offer is None or call.offer_id != event.offer_id or not call.leg_id:
            state.count("late_events")
            return
        if call.state != "connecting" or not state.move_offer(offer, "bridged"):
            state.count("late_events")
            return
        now = state.now_us
        state.move_call(call, "bridged")
        if offer.deadline:
            state.deadlines.cancel(offer.due_us, offer.deadline)
            offer.deadline = 0
        agent = state.agents[offer.agent_id]
        waited = call.wait_us(now)
        queue = call.queue
        assert queue is not None
        queue.ringing -= 1
        queue.conversations += 1
        queue.service_level.answered(waited, now)
        call.last_queue_id = queue.queue_id
        queue.leave(call)
        call.waited_us = waited
        call.wait_since_us = 0
        call.suspended_callback = None
        if call.ivr is not None:
            call.ivr.is_beside = call.ivr.is_cut = False
        if queue.rung_back:
            self._callbacks.served(call, queue)
        if call.preferred:
            state.forget_preference(call)
        call.conversation = Conversation(now)
        agent.calls += 1
        state.tell_both(
            call,
            agent,
            CallConnected(
                state.stamp, call.call_id, agent.agent_id, offer.offer_id, queue.queue_id, waited,
                offer.answered_us - offer.made_us,
            ),
        )  # fmt: skip
        announced = call.announced
        if announced is not None and announced.estimate_us >= 0:
            estimate_us, actual = announced.estimate_us, now - announced.estimate_at_us
            queue.estimate.checked(estimate_us, actual)
            state.tell_call(
                call, EstimateChecked(now, call.call_id, queue.queue_id, estimate_us, actual)
            )
            announced.estimate_us = -1
        if call.tenant_id in state.remembering:
            self._teardown.remember_agent(call, agent.agent_id)
        if queue.records or call.recordings is not None:
            self._recordings.conversation_began(call, agent.agent_id)

    def hold(self, event: HoldRequested) -> None:
        """Put the caller on hold, with music."""
        state = self._state
        call = self._alone(event, "talking")
        if call is None:
            return
        state.move_call(call, "held")
        queue = state.queues.get(call.last_queue_id)
        music = queue.policy.announcements.music if queue is not None else "default"
        state.commands.append(HoldCall(call.call_id, music))
        self._held(call)
        state.answer(event)

    def _held(self, call: Call) -> None:
        state = self._state
        agent = state.agents[state.offers[call.offer_id].agent_id]
        state.tell_both(call, agent, CallHeld(state.now_us, call.call_id, agent.agent_id))
        self._recordings.held(call, True)

    def retrieve(self, event: RetrieveRequested) -> None:
        """Take the caller off hold."""
        state = self._state
        call = self._alone(event, "held")
        if call is None:
            return
        held_since_us = call.since_us
        state.move_call(call, "retrieved")
        state.commands.append(RetrieveCall(call.call_id))
        self._retrieved(call, held_since_us)
        state.answer(event)

    def _retrieved(self, call: Call, held_since_us: int) -> None:
        state = self._state
        held = state.now_us - held_since_us
        conversation_of(call).held_us += held
        agent = state.agents[state.offers[call.offer_id].agent_id]
        state.tell_both(
            call, agent, CallRetrieved(state.now_us, call.call_id, agent.agent_id, held)
        )
        self._recordings.held(call, False)

    def hold_changed(self, event: HoldChanged) -> None:
        """Handles `HoldChanged`: the agent has used the hold key of the telephone."""
        state = self._state
        call = state.calls.get(event.call_id)
        if call is None or call.offer_id != event.offer_id or call.consult is not None:
            state.count("late_events")
            return
        self.hold_found(call, event.is_held)

    def hold_found(self, call: Call, is_held: bool) -> None:
        """Take over the hold state that the switch reports of the agent's leg."""
        if is_held and call.state == "talking":
            self._state.move_call(call, "held")
            self._held(call)
        elif not is_held and call.state == "held":
            held_since_us = call.since_us
            self._state.move_call(call, "retrieved")
            self._retrieved(call, held_since_us)

    def _alone(self, event: HoldRequested | RetrieveRequested, wanted: CallState) -> Call | None:
        """The call in this state, without a consult; None where the request was refused."""
        state = self._state
        call = state.calls.get(event.call_id)
        if call is None or call.state not in ("talking", "held"):
            state.answer(event, state.why_no_conversation(event.call_id))
        elif call.consult is not None:
            state.answer(event, UNDER_WAY)
        elif call.state != wanted:
            is_held = call.state == "held"
            state.answer(event, f"the caller is {'already' if is_held else 'not'} on hold")
        else:
            return call
        return None

    # -- apart ---------------------------------------------------------------------------------

    def end_conversation(self, call: Call, offer: Offer, agent: Agent, by: EndedBy) -> None:
        """End the conversation: consult, supervision and recording end too. What follows for
        call and agent is decided by the caller of this."""
        state = self._state
        now = state.now_us
        if call.consult is not None:
            self._consults.abandon(call)
        if call.supervisor_id:
            self._supervision.conversation_over(call)
        if call.recordings is not None:
            self._recordings.conversation_over(call)
        if call.unconfirmed:
            call.unconfirmed = ""
            state.disarm_call(call)
        conversation = conversation_of(call)
        if call.state == "held":
            conversation.held_us += now - call.since_us
        held = conversation.held_us
        duration = now - conversation.began_us
        offer.ended_us = now
        agent.talk_us += duration
        agent.last_talk_us = duration
        agent.last_queue_id = offer.queue_id
        call.offer_id = ""
        queue = state.queues.get(offer.queue_id)
        if queue is not None:
            queue.conversations -= 1
            if queue.cap is not None:
                self._offers.update_cap(offer.queue_id)
        state.tell_both(
            call,
            agent,
            ConversationEnded(
                state.stamp, call.call_id, agent.agent_id, offer.offer_id, offer.queue_id,
                duration - held, held, by,
            ),
        )  # fmt: skip

    def caller_hung_up(self, event: CallerHungUp) -> None:
        """Handles `CallerHungUp`: the caller's leg is down, in any state of the call."""
        state = self._state
        call = state.calls.get(event.call_id)
        if call is None or not call.leg_id:
            state.count("late_events")
            return
        callback = call.callback
        if callback is not None and callback.state == "paused":
            self._callbacks.leg_down(call)
            return
        self.end_leg(call, event.cause)

    def end_leg(self, call: Call, cause: str, lost: bool = False) -> None:
        """End a call whose leg is gone; ``lost``: with the switch, not by the caller."""
        state = self._state
        outcome = "switch_lost" if lost else "abandoned"
        by: EndedBy = "system" if lost else "caller"
        if call.state in ("talking", "held"):
            offer = state.offers[call.offer_id]
            self.end_conversation(call, offer, state.agents[offer.agent_id], by)
            self._offers.withdraw(offer, "withdrawn")
            outcome = "answered"
        elif call.state in ("waiting", "connecting"):
            if self._callbacks.restore(call):
                return
            self._teardown.leave_queue(call, "switch_lost" if lost else "abandoned")
        elif call.state == "outside":
            external = call.external
            was_reached = external is not None and external.reached_us
            outcome = "diverted" if was_reached else "not_diverted"
        elif call.state == "message":
            outcome = "no_message"
        elif call.state == "ending":
            ending = ending_of(call)
            by, cause = ending.by, ending.cause
        elif call.conversation is not None:
            outcome = "answered"
        self._teardown.end(call, outcome, by, cause)

    # -- requests ------------------------------------------------------------------------------

    def hang_up(self, event: HangUpRequested) -> None:
        """The agent ends the conversation."""
        state = self._state
        call = state.calls.get(event.call_id)
        if call is None or call.state not in ("talking", "held"):
            state.answer(event, state.why_no_conversation(event.call_id))
            return
        offer = state.offers[call.offer_id]
        self.end_conversation(call, offer, state.agents[offer.agent_id], "agent")
        self._offers.withdraw(offer, "withdrawn")
        self._teardown.hang_up(call, "answered", "normal", by="agent")
        state.answer(event)
