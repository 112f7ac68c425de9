"""What the switch reports of prompts: a caller has heard one, or a row of them."""

from __future__ import annotations

from acdengine.engine.announcer import PROMPT_GUARD_US, Announcer
from acdengine.engine.callbacks import Callbacks
from acdengine.engine.destinations import Destinations
from acdengine.engine.flow_orders import ticket_of
from acdengine.engine.flows import Flows
from acdengine.engine.part import DeadlineHandlers, Handlers, Part
from acdengine.engine.records import Call, TypedKeys, is_in_flow
from acdengine.engine.state import EngineState
from acdengine.events import PromptFinished, PromptHeard, PromptsFinished
from acdengine.ivr.inputs import PlayFinished, PlayProgress


class PromptReports(Part):
    """Goes on when prompts are over."""

    def __init__(
        self,
        state: EngineState,
        callbacks: Callbacks,
        announcer: Announcer,
        flows: Flows,
        destinations: Destinations,
    ) -> None:
        self._state = state
        self._callbacks = callbacks
        self._announcer = announcer
        self._flows = flows
        self._destinations = destinations

    def handlers(self) -> Handlers:
        """The events that this part handles."""
        return {
            PromptFinished: self.finished,
            PromptHeard: self.heard,
            PromptsFinished: self.row_finished,
        }

    def deadlines(self) -> DeadlineHandlers:
        """The end of a prompt was never reported."""
        return {"flow": self.overdue}

    def _heard_in_flow(self, event: PromptHeard | PromptsFinished) -> bool:
        """Whether what was heard is a flow's, and the flow has been told."""
        ticket = ticket_of(event.prompt_id)
        if not ticket:
            return False
        call = self._state.calls.get(event.call_id)
        ivr = call.ivr if call is not None else None
        if call is None or ivr is None or not is_in_flow(call):
            self._state.count("late_events")
        elif isinstance(event, PromptHeard):
            self._flows.heard(call, ivr)
            self._destinations.tell_flow(call, PlayProgress(ticket, event.heard))
        elif not event.is_cancelled:
            if event.key:
                typed = call.typed or TypedKeys()
                call.typed = TypedKeys(typed.keys + event.key, typed.heard + 1)
            self._destinations.tell_flow(call, PlayFinished(ticket))
        return True

    def finished(self, event: PromptFinished) -> None:
        """Handles `PromptFinished`: play the next prompt, or go on behind the last."""
        call = self._playing(event.call_id, event.prompt_id)
        if call is not None:
            self._after_prompt(call)

    def heard(self, event: PromptHeard) -> None:
        """Handles `PromptHeard`: one prompt of a row is over, the next has begun."""
        if self._heard_in_flow(event):
            return
        call = self._playing(event.call_id, event.prompt_id)
        if call is not None and call.playback is not None:
            self._announcer.heard(call.playback, event.heard)
            if call.state == "flow":
                self._state.arm_call(call, self._state.now_us + PROMPT_GUARD_US)

    def row_finished(self, event: PromptsFinished) -> None:
        """Handles `PromptsFinished`: go on behind a row of prompts."""
        if self._heard_in_flow(event):
            return
        call = self._playing(event.call_id, event.prompt_id)
        if call is not None and call.playback is not None:
            call.playback.left = ()
            self._after_prompt(call)

    def _playing(self, call_id: str, prompt_id: str) -> Call | None:
        """The call that hears this prompt or row; None where that is over."""
        call = self._state.calls.get(call_id)
        playback = call.playback if call is not None else None
        if playback is not None and prompt_id == str(playback.prompt_id):
            return call
        self._state.count("late_events")
        return None

    def _after_prompt(self, call: Call) -> None:
        state = self._state
        if self._announcer.next(call):
            if call.state == "flow":
                state.arm_call(call, state.now_us + PROMPT_GUARD_US)
        elif call.state == "flow":
            state.disarm_call(call)
            self._destinations.flow_ended(call)
        elif call.callback is not None and call.callback.state == "paused" and call.leg_id:
            self._callbacks.let_leg_go(call)

    def overdue(self, call: Call) -> None:
        """The switch never reported the end of a prompt, or a step of a flow is due."""
        if call.ivr is not None:
            self._destinations.flow_due(call)
            return
        self._state.count("overdue_prompts")
        self._after_prompt(call)
