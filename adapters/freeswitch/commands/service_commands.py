"""Commands that put callers through to a number outside, to voicemail, or on hold."""

from __future__ import annotations

from acdengine.commands import DialNumber, HoldCall, RecordMessage, ReferCaller, RetrieveCall
from adapters.freeswitch.commands.command_executor import CommandTable
from adapters.freeswitch.dialling.external_calls import ExternalCalls
from adapters.freeswitch.dialling.referred_callers import ReferredCallers
from adapters.freeswitch.flow_steps.step_control import StepControl
from adapters.freeswitch.legs.holding import Holding
from adapters.freeswitch.recordings.voicemail import Voicemail
from adapters.freeswitch.translation.caller_legs import CallerLegs


class ServiceCommands:
    """External calls, messages and holds on one node.

    Args:
        callers: finds the legs.
        inputs: steps of flows under way, which a call or a message ends.
        external: dials numbers outside.
        referred: hands callers over to their trunk.
        voicemail: records messages.
        holding: holds and retrieves callers.
    """

    def __init__(
        self,
        callers: CallerLegs,
        inputs: StepControl,
        external: ExternalCalls,
        referred: ReferredCallers,
        voicemail: Voicemail,
        holding: Holding,
    ) -> None:
        self._callers = callers
        self._inputs = inputs
        self._external = external
        self._referred = referred
        self._voicemail = voicemail
        self._holding = holding

    def commands(self) -> CommandTable:
        """The commands that are executed here."""
        return {
            DialNumber: self._dial_number,
            ReferCaller: self._refer,
            RecordMessage: self._record_message,
            HoldCall: self._hold,
            RetrieveCall: self._retrieve,
        }

    def _dial_number(self, command: DialNumber) -> None:
        leg = self._callers.find(command.call_id)
        if leg is not None:
            self._inputs.cancel(leg)
            self._external.dial(command, leg)

    def _refer(self, command: ReferCaller) -> None:
        leg = self._callers.find(command.call_id)
        if leg is not None:
            self._inputs.cancel(leg)
            self._referred.refer(command, leg)

    def _record_message(self, command: RecordMessage) -> None:
        leg = self._callers.find(command.call_id)
        if leg is not None:
            self._inputs.cancel(leg)
            self._voicemail.take(command, leg)

    def _hold(self, command: HoldCall) -> None:
        leg = self._callers.find(command.call_id)
        if leg is not None:
            self._holding.hold(command, leg)

    def _retrieve(self, command: RetrieveCall) -> None:
        leg = self._callers.find(command.call_id)
        if leg is not None:
            self._holding.retrieve(leg)
