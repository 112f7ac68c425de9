"""Answers that flows wait for: digits, recordings, systems, scripts, variables of legs."""

from __future__ import annotations

from acdengine.engine.agent_calls import AgentCalls
from acdengine.engine.destinations import Destinations
from acdengine.engine.flow_orders import input_of, recorded_of, ticket_of
from acdengine.engine.part import Handlers, Part
from acdengine.engine.records import Call, is_in_flow
from acdengine.engine.state import EngineState
from acdengine.engine.typed_keys import collected, given_back
from acdengine.events import CallerRecorded, DigitsCollected, VariableRead
from acdengine.ivr.inputs import AnyInput, HttpAnswered
from acdengine.ivr.inputs import ScriptEnded as ScriptOver
from acdengine.service_events import PinChecked, ScriptEnded, SystemAnswered


class Inputs(Part):
    """Takes the answers to what flows and scripts order."""

    def __init__(self, state: EngineState, agents: AgentCalls, destinations: Destinations) -> None:
        self._state = state
        self._agents = agents
        self._destinations = destinations

    def handlers(self) -> Handlers:
        """The events that this part handles."""
        return {
            DigitsCollected: self._collected,
            CallerRecorded: self._recorded,
            SystemAnswered: self._answered,
            ScriptEnded: self._script_ended,
            PinChecked: self._pin_checked,
            VariableRead: self._unasked,
        }

    def _collected(self, event: DigitsCollected) -> None:
        """Handles the end of a collection; keys pressed after its end are kept as typed ahead."""
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

    def _answered(self, event: SystemAnswered) -> None:
        """Handles the answer of an external system, or its failure."""
        call = self._state.calls.get(event.call_id)
        if call is None:
            self._state.count("late_events")
            return
        ticket = ticket_of(event.ask_id)
        self._tell(call, HttpAnswered(ticket, event.status, event.body, event.problem))

    def _pin_checked(self, event: PinChecked) -> None:
        """Handles the check of an agent's PIN; of one for which the flow waits no longer it is
        only noted."""
        call = self._state.calls.get(event.call_id)
        if call is None:
            self._state.count("late_events")
        else:
            self._tell(call, self._agents.checked(call, event))

    def _script_ended(self, event: ScriptEnded) -> None:
        """A script is over: its flow goes on, or the call goes to the place that it has named."""
        call = self._state.calls.get(event.call_id)
        if call is None:
            self._state.count("late_events")
            return
        ticket = ticket_of(event.script_id)
        if not self._awaits_script(call, ticket):
            self._lost_script(call, ticket)
            return
        given_back(call, event.typed, event.heard)
        target = self._state.tenant(call.tenant_id).systems.places.get(event.place)
        if target is not None:
            self._destinations.leave_flow(call, target)
        else:
            self._tell(call, ScriptOver(ticket, event.status, event.variables))

    def _lost_script(self, call: Call, ticket: int) -> None:
        """A script is over that its flow does not wait for: the call is not there. Where the script
        has sent it away, it will not take it back."""
        self._state.count("late_events")
        pending = call.ivr.run.pending if call.ivr is not None else None
        if pending is not None and pending.ticket == ticket:
            call.ivr = None

    def _awaits_script(self, call: Call, ticket: int) -> bool:
        ivr = call.ivr
        if ivr is None or not is_in_flow(call) or ivr.awaits != "script":
            return False
        return ivr.run.pending is not None and ivr.run.pending.ticket == ticket

    def _tell(self, call: Call, given: AnyInput | None) -> None:
        """A flow is told what it waits for, while the call is in it."""
        if given is None or not is_in_flow(call):
            self._state.count("late_events")
        else:
            self._destinations.tell_flow(call, given)

    def _unasked(self, event: VariableRead) -> None:
        """Counts an answer that no part of the engine waits for."""
        self._state.count("late_events")
