"""Commands that play music and prompts to callers."""

from __future__ import annotations

from collections.abc import Callable

from acdengine.commands import PlayMusic, PlayPrompt, StopPrompt
from acdengine.events import AnyEvent, PromptFinished
from adapters.freeswitch.commands.command_executor import CommandTable
from adapters.freeswitch.flow_steps.step_control import StepControl
from adapters.freeswitch.media.tenant_sounds import TenantSounds
from adapters.freeswitch.protocol.errors import Unrepresentable
from adapters.freeswitch.translation.caller_legs import CallerLegs


class PlaybackCommands:
    """Music and prompts on one node.

    Args:
        callers: finds the legs.
        inputs: steps of flows under way, which these commands end.
        sounds: names of music and prompts.
        report: takes the engine's events.
    """

    def __init__(
        self,
        callers: CallerLegs,
        inputs: StepControl,
        sounds: TenantSounds,
        report: Callable[[AnyEvent], None],
    ) -> None:
        self._callers = callers
        self._inputs = inputs
        self._sounds = sounds
        self._report = report

    def commands(self) -> CommandTable:
        """The commands that are executed here."""
        return {
            PlayMusic: self._play_music,
            PlayPrompt: self._play_prompt,
            StopPrompt: self._stop_prompt,
        }

    def _play_music(self, command: PlayMusic) -> None:
        leg = self._callers.find(command.call_id)
        if leg is None:
            return
        self._inputs.cancel(leg)
        try:
            leg.player.music(self._sounds.of_call(leg.call_id).stream(command.music))
        except Unrepresentable:
            leg.player.music("")

    def _play_prompt(self, command: PlayPrompt) -> None:
        leg = self._callers.find(command.call_id)
        if leg is None:
            return
        self._inputs.cancel(leg)
        try:
            parts = self._sounds.of_call(leg.call_id).parts(command.prompt)
            leg.player.prompt(command.prompt_id, parts)
        except Unrepresentable:
            self._report(PromptFinished(0, leg.call_id, command.prompt_id))

    def _stop_prompt(self, command: StopPrompt) -> None:
        leg = self._callers.find(command.call_id)
        if leg is not None:
            self._inputs.cancel(leg)
            leg.player.stop()
