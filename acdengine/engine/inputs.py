"""What callers enter when asked: digits, what they say, variables of their legs."""

from __future__ import annotations

from acdengine.engine.part import Handlers, Part
from acdengine.engine.state import EngineState
from acdengine.engine.typed_keys import collected
from acdengine.events import CallerRecorded, DigitsCollected, VariableRead


class Inputs(Part):
    """Takes the answers to `Collect`, `RecordCaller` and `ReadVariable`."""

    def __init__(self, state: EngineState) -> None:
        self._state = state

    def handlers(self) -> Handlers:
        """The events that this part handles."""
        return {
            DigitsCollected: self._collected,
            CallerRecorded: self._unasked,
            VariableRead: self._unasked,
        }

    def _collected(self, event: DigitsCollected) -> None:
        """What came behind the end of the collection is typed ahead."""
        call = self._state.calls.get(event.call_id)
        if call is None:
            self._state.count("late_events")
        else:
            collected(call, event)

    def _unasked(self, event: CallerRecorded | VariableRead) -> None:
        """No part of the engine has asked for it, or not any more."""
        self._state.count("late_events")
