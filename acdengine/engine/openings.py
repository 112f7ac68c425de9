"""Closed and opened by hand: opening hours, queues, the centre; until a time or taken back."""

from __future__ import annotations

from collections.abc import Iterator

from acdengine.centre_facts import DrainChanged, HoursChanged
from acdengine.engine.callbacks import Callbacks
from acdengine.engine.part import DeadlineHandlers, Handlers, Part, Share, Shares
from acdengine.engine.state import EngineState
from acdengine.plan import Plan
from acdengine.requests import DrainRequested, HoursHoldRequested, HoursReleaseRequested
from routing.policy import Hold

_BY_TIME = "time"
#: Of the centre as a whole, among the queues.
_CENTRE = ""
_PAST = "that time is over already"


class Openings(Part):
    """Holds opening hours open or closed, and queues closed."""

    def __init__(self, state: EngineState, callbacks: Callbacks) -> None:
        self._state = state
        self._callbacks = callbacks

    def handlers(self) -> Handlers:
        """The events that this part handles."""
        return {HoursHoldRequested: self.hold, HoursReleaseRequested: self.release}

    def deadlines(self) -> DeadlineHandlers:
        """The time until which something is held is over."""
        return {Hold: self.over}

    def shares(self) -> Shares:
        """What is held by hand."""
        hours, queues = self._state.held_hours, self._state.held_queues
        return {
            "held_hours": Share(dict[str, Hold], lambda: hours, hours.update, dict),
            "held_queues": Share(dict[str, Hold], lambda: queues, queues.update, dict),
        }

    def check(self) -> Iterator[str]:
        """Holds of hours that there are, and of queues that are drained."""
        state = self._state
        for hours_id in state.held_hours:
            if hours_id not in state.plan.hours:
                yield f"hours {hours_id} are held and not in the plan"
        for queue_id in state.held_queues:
            queue = state.queues.get(queue_id)
            drained = state.draining if queue_id == _CENTRE else queue is None or queue.drained
            if not drained:
                yield f"queue {queue_id} is held and takes calls"

    # -- opening hours -------------------------------------------------------------------------

    def hold(self, event: HoursHoldRequested) -> None:
        """Hold opening hours open or closed."""
        state = self._state
        if event.hours_id not in state.plan.hours:
            state.answer(event, "no such hours")
            return
        if event.until_us and event.until_us <= state.now_us:
            state.answer(event, _PAST)
            return
        self._drop(state.held_hours, event.hours_id)
        self._keep(state.held_hours, event.hours_id, event.is_open, event.until_us, event.by)
        self._tell(event.hours_id, event.by)
        state.answer(event)

    def release(self, event: HoursReleaseRequested) -> None:
        """The timetable counts again."""
        state = self._state
        if event.hours_id not in state.held_hours:
            is_there = event.hours_id in state.plan.hours
            problem = "the hours follow their timetable" if is_there else "no such hours"
            state.answer(event, problem)
            return
        self._drop(state.held_hours, event.hours_id)
        self._tell(event.hours_id, event.by)
        state.answer(event)

    def read_plan(self, plan: Plan) -> None:
        """Hours that are gone from the settings are held no longer."""
        held = self._state.held_hours
        for hours_id in [name for name in held if name not in plan.hours]:
            self._drop(held, hours_id)
            self._tell(hours_id, "settings")

    def _tell(self, hours_id: str, by: str) -> None:
        state = self._state
        held = state.held_hours.get(hours_id)
        if held is None:
            fact = HoursChanged(state.now_us, hours_id, "timetable", 0, by)
        else:
            fact = HoursChanged(
                state.now_us, hours_id, "open" if held.is_open else "closed", held.until_us, by
            )
        state.facts.append(fact)
        self._callbacks.hours_changed(hours_id)

    # -- queues and the centre -----------------------------------------------------------------

    def drain(self, event: DrainRequested) -> None:
        """Refuse new calls, in a queue or everywhere, or take them again; those present are served
        to the end."""
        state = self._state
        queue_id, until_us = event.queue_id, event.until_us if event.on else 0
        if queue_id and queue_id not in state.queues:
            state.answer(event, "no such queue")
            return
        if until_us and until_us <= state.now_us:
            state.answer(event, _PAST)
            return
        self._set_drained(queue_id, event.on, until_us, event.by)
        state.answer(event)

    def _set_drained(self, queue_id: str, on: bool, until_us: int, by: str) -> None:
        state = self._state
        self._drop(state.held_queues, queue_id)
        if until_us:
            self._keep(state.held_queues, queue_id, False, until_us, by)
        if queue_id == _CENTRE:
            state.draining = on
        elif queue_id in state.queues:
            state.queues[queue_id].drained = on
        state.facts.append(DrainChanged(state.now_us, queue_id, on, by, until_us=until_us))

    # -- their end -----------------------------------------------------------------------------

    def over(self, hold: Hold) -> None:
        """The time until which something was held is over."""
        state = self._state
        hold.deadline = 0
        if state.held_hours.get(hold.name) is hold:
            del state.held_hours[hold.name]
            self._tell(hold.name, _BY_TIME)
        elif state.held_queues.get(hold.name) is hold:
            self._set_drained(hold.name, False, 0, _BY_TIME)

    def _keep(
        self, holds: dict[str, Hold], name: str, is_open: bool, until_us: int, by: str
    ) -> None:
        state = self._state
        hold = holds[name] = Hold(name, is_open, state.now_us, until_us, by)
        if until_us:
            hold.deadline = state.deadlines.set(until_us, hold)

    def _drop(self, holds: dict[str, Hold], name: str) -> None:
        hold = holds.pop(name, None)
        if hold is not None and hold.deadline:
            self._state.deadlines.cancel(hold.until_us, hold.deadline)
