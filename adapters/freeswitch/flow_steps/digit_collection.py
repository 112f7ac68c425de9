"""Keys collected by the adapter, from the switch's DTMF events, after and during prompts.

FreeSWITCH's own `play_and_get_digits` knows no menus whose options differ in length, and takes
nothing that was typed ahead of it: an idle or playing leg takes each key off its queue as it comes.
"""

from __future__ import annotations

from acdengine.commands import Collect
from acdengine.digit_collection import KEYS, DigitCollection
from acdengine.events import PromptHeard
from adapters.freeswitch.flow_steps.step_context import LegTools, PromptParts
from adapters.freeswitch.legs.leg_table import CallerLeg

_SECOND_US = 1_000_000


class KeyCollection:
    """One collection on a leg."""

    __slots__ = ("_collection", "_leg", "_row", "_tools", "name")

    def __init__(self, command: Collect, leg: CallerLeg, tools: LegTools, name: str) -> None:
        self.name = name
        self._collection = DigitCollection(command)
        self._leg = leg
        self._tools = tools
        self._row: PromptParts | None = None

    @property
    def step_id(self) -> str:
        """The engine's name of it."""
        return self._collection.command.collect_id

    def begin(self) -> None:
        """Play the prompts, unless what was typed ahead answers them."""
        collection, command = self._collection, self._collection.command
        collection.start(self._tools.now_us(), self._leg.keys.after(command.heard))
        player = self._leg.player
        if collection.plays:
            row = self._row = self._tools.row(command.call_id, command.prompts)
            player.music("")
            player.prompt(self.name, row.parts, KEYS if command.barge_in else "")
        else:
            player.stop()
            self._settle()

    def began(self, left: int) -> None:
        """Tell of a prompt that is over."""
        command = self._collection.command
        heard = self._row.heard(left) if self._row is not None and self._collection.plays else 0
        if heard:
            self._tools.report(PromptHeard(0, command.call_id, command.collect_id, heard))

    def press(self, key: str) -> bool:
        """A key is pressed: each is taken, and the first may end the prompts."""
        collection = self._collection
        was_playing = collection.plays
        collection.press(key, self._tools.now_us())
        if was_playing and not collection.plays:
            self._leg.player.stop()
        self._settle()
        return True

    def played(self, is_whole: bool) -> None:
        """The prompts are over, or were cut off by a comparison with the switch."""
        self._collection.prompts_over(self._tools.now_us())
        self._settle()

    def cancel(self) -> None:
        """End it."""
        self._collection.cancel()
        self._settle()

    def _settle(self) -> None:
        """Report the end, or have the time looked at when it is due."""
        collection = self._collection
        if self._leg.step is not self:
            return
        if collection.outcome:
            self._leg.step = None
            self._tools.report(collection.result(self._leg.keys.count))
        elif collection.due_us:
            due_us = collection.due_us
            delay_s = max(due_us - self._tools.now_us(), 0) / _SECOND_US
            self._tools.later(delay_s, lambda: self._time_is_up(due_us))

    def _time_is_up(self, due_us: int) -> None:
        # A timer may be early by less than its own resolution.
        if self._collection.due_us == due_us and self._tools.is_on(self._leg):
            self._collection.pass_time(due_us)
            self._settle()
