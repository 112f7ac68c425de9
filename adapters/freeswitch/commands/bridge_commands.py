"""Commands that bridge callers with agents, and that ask agents to accept a call."""

from __future__ import annotations

from collections.abc import Callable

from acdengine.commands import AskToAccept, Bridge, JoinAll, JoinConsult
from acdengine.events import AnyEvent, OfferEnded
from adapters.freeswitch.commands.command_executor import CommandTable
from adapters.freeswitch.flow_steps.step_control import StepControl
from adapters.freeswitch.legs.bridging import Bridging
from adapters.freeswitch.legs.leg_table import Legs
from adapters.freeswitch.media.sounds import Part
from adapters.freeswitch.media.tenant_sounds import TenantSounds
from adapters.freeswitch.multiparty.multiparty_bridge import MultipartyBridge
from adapters.freeswitch.protocol.errors import Unrepresentable
from adapters.freeswitch.translation.caller_legs import CallerLegs


class BridgeCommands:
    """Bridges on one node.

    Args:
        legs: the adapter's table.
        callers: finds callers' legs.
        bridging: bridges a caller and the agent who has answered.
        multiparty: bridges the legs of calls with more than two legs.
        inputs: steps of flows under way, which a bridge ends.
        sounds: names of prompts.
        report: takes the engine's events.
    """

    def __init__(
        self,
        legs: Legs,
        callers: CallerLegs,
        bridging: Bridging,
        multiparty: MultipartyBridge,
        inputs: StepControl,
        sounds: TenantSounds,
        report: Callable[[AnyEvent], None],
    ) -> None:
        self._legs = legs
        self._callers = callers
        self._bridging = bridging
        self._multiparty = multiparty
        self._inputs = inputs
        self._sounds = sounds
        self._report = report

    def commands(self) -> CommandTable:
        """The commands that are executed here."""
        return {
            AskToAccept: self._ask,
            Bridge: self._bridge,
            JoinConsult: self._multiparty.consult,
            JoinAll: self._multiparty.all_three,
        }

    def _bridge(self, command: Bridge) -> None:
        if self._multiparty.concerns(command):
            self._multiparty.bridge(command)
            return
        agent = self._legs.agents.get(command.offer_id)
        caller = self._callers.find(command.call_id)
        if agent is None:
            self._report(OfferEnded(0, command.offer_id, "hangup"))
        elif caller is not None:
            self._inputs.cancel(caller)
            parts = self._parts(command.call_id, command.whisper) if command.whisper else ()
            self._bridging.order(caller, agent, parts)

    def _ask(self, command: AskToAccept) -> None:
        agent = self._legs.agents.get(command.offer_id)
        if agent is None:
            self._report(OfferEnded(0, command.offer_id, "hangup"))
            return
        prompts = [self._parts(command.call_id, prompt) for prompt in command.prompts]
        self._bridging.ask(agent, tuple(part for parts in prompts for part in parts))

    def _parts(self, call_id: str, prompt: str) -> tuple[Part, ...]:
        """What is played to an agent; nothing for a prompt that cannot be played."""
        try:
            return self._sounds.of_call(call_id).parts(prompt)
        except Unrepresentable:
            return ()
