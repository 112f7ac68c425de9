"""What callers enter when asked: digits, what they say, variables of their legs."""

from __future__ import annotations

from acdengine.engine.destinations import Destinations
from acdengine.engine.flow_orders import input_of, recorded_of, ticket_of
from acdengine.engine.part import Handlers, Part
from acdengine.engine.records import Call
from acdengine.engine.state import EngineState
from acdengine.engine.typed_keys import collected
from acdengine.events import CallerRecorded, DigitsCollected, VariableRead
from acdengine.ivr.inputs import AnyInput


class Inputs(Part):
    """Takes the answers to `Collect`, `RecordCaller` and `ReadVariable`."""

    def __init__(self, state: EngineState, destinations: Destinations) -> None:
        self._state = state
        self._destinations = destinations

    def handlers(self) -> Handlers:
        """The events that this part handles."""
        return {
            DigitsCollected: self._collected,
            CallerRecorded: self._recorded,
            VariableRead: self._unasked,
        }

    def _collected(self, event: DigitsCollected) -> None:
        """What came behind the end of the collection is typed ahead."""
        call = self._state.calls.get(event.call_id)
        if call is None:
            self._state.count("late_events")
            return
        collected(call, event)
        if ticket_of(event.collect_id):
            self._tell(call, input_of(event))

    def _recorded(self, event: CallerRecorded) -> None:
        call = self._state.calls.get(event.call_id)
        if call is None or not ticket_of(event.record_id):
            self._state.count("late_events")
        else:
            self._tell(call, recorded_of(event))

    def _tell(self, call: Call, given: AnyInput | None) -> None:
        """A flow is told what it waits for, while the call is in it."""
        if given is None or call.ivr is None or call.state != "flow":
            self._state.count("late_events")
        else:
            self._destinations.tell_flow(call, given)

    def _unasked(self, event: VariableRead) -> None:
        """No part of the engine has asked for it, or not any more."""
        self._state.count("late_events")
