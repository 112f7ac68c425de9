"""Plays prompts one after the other; a key may stop them.

FreeSWITCH ends the part that plays at the key itself, within a frame; what would follow is stopped
at the key's event. Source: `on_dtmf` of mod_dptools.c.
"""

from __future__ import annotations

from acdengine.commands import PlayPrompts
from acdengine.events import PromptHeard, PromptsFinished
from adapters.freeswitch.flow_steps.step_context import PromptParts, StepContext
from adapters.freeswitch.legs.leg_table import CallerLeg


class PromptRow:
    """One row of prompts on a leg."""

    __slots__ = ("_command", "_key", "_leg", "_row", "_tools", "hides_keys", "name")

    def __init__(self, command: PlayPrompts, leg: CallerLeg, tools: StepContext, name: str) -> None:
        self.name = name
        self._command = command
        self._leg = leg
        self._tools = tools
        self._key = ""
        self._row: PromptParts | None = None
        self.hides_keys = command.hides_keys

    @property
    def step_id(self) -> str:
        """The engine's name of it."""
        return self._command.prompt_id

    def begin(self) -> None:
        """Play them, without music."""
        command, player = self._command, self._leg.player
        row = self._row = self._tools.row(command.call_id, command.prompts)
        player.music("")
        player.prompt(self.name, row.parts, command.end_keys)

    def began(self, left: int) -> None:
        """Tell of a prompt that is over."""
        command = self._command
        heard = self._row.heard(left) if self._row is not None and not self._key else 0
        if heard:
            self._tools.report(PromptHeard(0, command.call_id, command.prompt_id, heard))

    def press(self, key: str) -> bool:
        """Whether the key ends them."""
        if self._key or key not in self._command.end_keys:
            return False
        self._key = key
        self._leg.player.stop()
        return True

    def played(self, is_whole: bool) -> None:
        """They are over."""
        self._end(is_cancelled=not is_whole and not self._key)

    def cancel(self) -> None:
        """Something else is to be heard."""
        self._end(is_cancelled=True)

    def _end(self, *, is_cancelled: bool) -> None:
        if self._leg.step is not self:
            return
        self._leg.step = None
        command = self._command
        is_missing = self._leg.player.is_missing and not is_cancelled
        self._tools.report(
            PromptsFinished(
                0, command.call_id, command.prompt_id, self._key, is_cancelled, is_missing
            )
        )
