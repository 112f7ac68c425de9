"""Keys collected by the adapter, from the switch's DTMF events, after and during prompts; and what
is said in their place.

FreeSWITCH's own `play_and_get_digits` knows no menus whose options differ in length, and takes
nothing that was typed ahead of it: an idle or playing leg takes each key off its queue as it comes.
"""

from __future__ import annotations

from acdengine.commands import Collect
from acdengine.digit_collection import KEYS, DigitCollection
from acdengine.events import PromptHeard
from adapters.freeswitch.flow_steps.speech_recognition import (
    Hearing,
    RecordedHearing,
    SwitchHearing,
)
from adapters.freeswitch.flow_steps.step_context import PromptParts, StepContext
from adapters.freeswitch.legs.leg_table import CallerLeg
from adapters.freeswitch.media.sounds import Part
from adapters.freeswitch.protocol.channel_fields import ChannelFields

_SECOND_US = 1_000_000


class KeyCollection:
    """One collection on a leg.

    Attributes:
        hearing: what listens to the caller; None: keys alone count.
    """

    hides_keys = False

    __slots__ = ("_behind", "_collection", "_leg", "_row", "_tools", "hearing", "name")

    def __init__(self, command: Collect, leg: CallerLeg, tools: StepContext, name: str) -> None:
        self.name = name
        collection = self._collection = DigitCollection(command)
        self._leg = leg
        self._tools = tools
        self._row: PromptParts | None = None
        #: Parts behind the prompts, which are none of them.
        self._behind = 0
        self.hearing: Hearing | None = None
        speech = command.speech
        if speech is not None and speech.module:
            self.hearing = SwitchHearing(speech, collection, leg, tools)
        elif speech is not None:
            self.hearing = RecordedHearing(speech, collection, leg, tools, self._settle)

    @property
    def step_id(self) -> str:
        """The engine's name of it."""
        return self._collection.command.collect_id

    def begin(self) -> None:
        """Play the prompts, unless what was typed ahead answers them, and listen."""
        collection, command = self._collection, self._collection.command
        collection.start(self._tools.now_us(), self._leg.keys.after(command.heard))
        player = self._leg.player
        listens = self._listening_parts()
        if collection.plays:
            row = self._row = self._tools.row(command.call_id, command.prompts)
            is_before = self.hearing is not None and self.hearing.hears_prompts
            before, behind = (listens, ()) if is_before and command.barge_in else ((), listens)
            self._behind = len(behind)
            player.music("")
            parts = (*before, *row.parts, *behind)
            player.prompt(self.name, parts, KEYS if command.barge_in else "")
            return
        if listens:
            player.music("")
            player.prompt(self.name, listens)
        else:
            player.stop()
        if self.hearing is not None and listens:
            self.hearing.began()
        self._settle()

    def _listening_parts(self) -> tuple[Part, ...]:
        if self.hearing is None or not self._collection.is_listening:
            return ()
        return self.hearing.parts()

    def began(self, left: int) -> None:
        """Tell of a prompt that is over."""
        command = self._collection.command
        row = self._row if self._collection.plays else None
        heard = row.heard(left - self._behind) if row is not None else 0
        if heard:
            self._tools.report(PromptHeard(0, command.call_id, command.collect_id, heard))

    def press(self, key: str) -> bool:
        """A key is pressed: each is taken, and the first may end the prompts."""
        collection = self._collection
        was_playing = collection.plays
        collection.press(key, self._tools.now_us())
        self._follow(was_playing)
        return True

    def spoken(self, fields: ChannelFields) -> None:
        """The switch tells of the caller's speech."""
        if self.hearing is not None:
            was_playing = self._collection.plays
            self.hearing.told(fields)
            self._follow(was_playing)

    def _follow(self, was_playing: bool) -> None:
        """End the prompts where a key or speech does, and the listening where a key does."""
        collection = self._collection
        if was_playing and not collection.plays:
            self._leg.player.stop()
        if self.hearing is not None and not collection.is_listening:
            self.hearing.stop()
        self._settle()

    def played(self, is_whole: bool) -> None:
        """The prompts are over, or were cut off by a comparison with the switch."""
        collection = self._collection
        was_playing = collection.plays
        collection.prompts_over(self._tools.now_us())
        if was_playing and self.hearing is not None:
            self.hearing.began()
        self._follow(was_playing=False)

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
            if self.hearing is not None:
                self.hearing.stop()
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
