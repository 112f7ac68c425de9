"""Keys that are in no event of the switch, in no log and in no journal: card numbers and PINs.

With `sensitive_dtmf` FreeSWITCH sends no DTMF event and logs no key, so `play_and_get_digits` reads
them. Its result is a variable of the leg, and every event with the variables of the leg has it, the
end of the application itself and a hang-up in the middle among them. So it is given one key at a
time, and that is taken away at once: the result is held against an expression that fits no key,
whereupon FreeSWITCH plays the sounds of a wrong input. These are two texts that nothing reads out
(`tts_engine` is not set), with `playback_sleep_val` between them; no event is sent meanwhile, and
further keys wait on the leg, as they would not with files that there are not. The adapter asks for
`read_result`, which tells no key, takes and removes the key as soon as that is there, and breaks
the pause off. The digits are put together in the adapter alone; a call that ends or is joined with
another in the middle leaves one of them in its events at most.

The first key is read during the prompts. Then a second `play_and_get_digits`, without prompts and
with a try for each further key, runs within the pause of the first. A key that no telephone has
ends it (`x` before a terminator ends the whole application), and the adapter then breaks the pause
of the first.

Source: `switch_play_and_get_digits`, `switch_ivr_read` and `switch_ivr_play_file` of
switch_ivr_play_say.c, `switch_ivr_sleep` of switch_ivr.c, `switch_channel_event_set_extended_data`
of switch_channel.c.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from acdengine.commands import Collect
from acdengine.digit_collection import DigitCollection, masked
from acdengine.events import CollectOutcome, DigitsCollected
from adapters.freeswitch.flow_steps.step_context import StepContext
from adapters.freeswitch.legs.leg_table import CallerLeg
from adapters.freeswitch.media.sounds import Part
from adapters.freeswitch.protocol.channel_fields import COLLECT_VARIABLE
from adapters.freeswitch.protocol.command_lines import api, execute
from adapters.freeswitch.protocol.errors import EslError
from adapters.freeswitch.protocol.quoting import api_word, leg_uuid
from adapters.freeswitch.protocol.reply_matching import Reply

#: The variable that a key is in at the end of a reading, and the one for a key that fits nothing.
DIGITS_VARIABLE: Final = "acd_digits"
INVALID_VARIABLE: Final = f"{DIGITS_VARIABLE}_invalid"
RESULT_VARIABLE: Final = "read_result"
TERMINATOR_VARIABLE: Final = "read_terminator_used"
_APPLICATION: Final = "play_and_get_digits"
#: How often it is asked whether a key is there: the first one, and further ones.
_FIRST_S: Final = 0.1
_NEXT_S: Final = 0.05
#: How long the switch waits until a key is taken.
_PAUSE_MS: Final = 30_000
_DELIMITER: Final = "!"
_PAUSE: Final = f"say:-{_DELIMITER}say:-"
#: A key that no telephone has, for the end by order; an expression that fits no key.
_END_KEY: Final = "D"
_FITS_NOTHING: Final = "z"
#: Tries of the second reading, one a key, and how long each waits: the collection's own time is
#: shorter.
_TRIES: Final = 200
_WAIT_MS: Final = 600_000
_MS_US: Final = 1_000
_SECOND_US: Final = 1_000_000
_NONE: Final = ("", "_undef_")
_SETTINGS: Final = {
    "playback_delimiter": _DELIMITER,
    "playback_sleep_val": str(_PAUSE_MS),
}
_TAKEN: Final = dict.fromkeys((INVALID_VARIABLE, RESULT_VARIABLE), "")
_WIPED: Final = dict.fromkeys(
    (DIGITS_VARIABLE, INVALID_VARIABLE, TERMINATOR_VARIABLE, COLLECT_VARIABLE, *_SETTINGS), ""
)


class SensitiveCollection:
    """One sensitive collection on a leg."""

    hides_keys = True

    __slots__ = (
        "_collection", "_command", "_is_cancelled", "_is_ending", "_is_nested", "_is_over",
        "_leg", "_tools", "name",
    )  # fmt: skip

    def __init__(self, command: Collect, leg: CallerLeg, tools: StepContext, name: str) -> None:
        self.name = name
        self._command = command
        # Of the prompts the switch tells nothing: the first key ends them, or their own time.
        self._collection = DigitCollection(replace(command, prompts=()))
        self._leg = leg
        self._tools = tools
        #: The second reading has begun.
        self._is_nested = False
        self._is_ending = False
        self._is_cancelled = False
        #: The applications have ended, or will by themselves.
        self._is_over = False

    @property
    def is_reading(self) -> bool:
        """Whether the switch reads keys for it still, also where nothing waits for them."""
        return not self._is_over

    @property
    def step_id(self) -> str:
        """The engine's name of it."""
        return self._command.collect_id

    def begin(self) -> None:
        """Play the prompts and read the keys. What another process has begun to read is ended: its
        keys are gone with it, so they are asked for again."""
        leg, command = self._leg, self._command
        if leg.reads:
            self._press_end_key()
            self._wipe()
            leg.player.interrupt()
        parts = self._tools.row(command.call_id, command.prompts).parts
        before, during = self._parted(parts)
        self._record("mask")
        named = {COLLECT_VARIABLE: command.collect_id}
        clean = dict.fromkeys((DIGITS_VARIABLE, TERMINATOR_VARIABLE), "")
        self._tools.set_variables(leg.call_id, {**_TAKEN, **clean, **named, **_SETTINGS})
        leg.reads = command.collect_id
        leg.player.music("")
        leg.player.prompt(self.name, (*before, self._first_reading(during)))
        self._ask(_FIRST_S)

    def _parted(self, parts: tuple[Part, ...]) -> tuple[tuple[Part, ...], tuple[str, ...]]:
        """What is played before keys are read, and the files during which they are."""
        if not self._command.barge_in:
            return parts, ()
        at = len(parts)
        while at and parts[at - 1].application == "playback" and " " not in parts[at - 1].argument:
            at -= 1
        return parts[:at], tuple(part.argument for part in parts[at:])

    def _first_reading(self, files: tuple[str, ...]) -> Part:
        first_ms = max(self._command.first_digit_us // _MS_US, 1)
        return Part(_APPLICATION, _reading(1, first_ms, _DELIMITER.join(files) or "silence"))

    def _record(self, what: str) -> None:
        """Pause what records the leg (`mask`), or go on with it (`unmask`): keys can be heard."""
        name = leg_uuid(self._leg.call_id)
        for file in self._leg.recordings:
            path = api_word("recording", self._tools.storage.path(file))
            self._tools.wire.tell(api("uuid_record", f"{name} {what} {path}"))

    # -- the keys ------------------------------------------------------------------------------

    def _getvar(self, name: str, then: Callable[[str], None]) -> None:
        """Read a variable; nothing follows where the leg has gone."""

        def replied(outcome: Reply | EslError) -> None:
            if isinstance(outcome, EslError):
                then("")
            elif not outcome.is_refusal:
                text = outcome.text.strip()
                then("" if text in _NONE else text)

        order = f"{leg_uuid(self._leg.call_id)} {name}"
        self._tools.wire.tell(api("uuid_getvar", order), replied)

    def _ask(self, again_s: float) -> None:
        if self._is_over or self._is_ending or not self._tools.is_on(self._leg):
            return

        def answered(result: str) -> None:
            if result:
                self._take()
            else:
                self._tools.later(again_s, lambda: self._ask(again_s))

        self._getvar(RESULT_VARIABLE, answered)

    def _take(self) -> None:
        """A key is there, or the time for it is over: take and remove it, and read the next."""
        if self._is_over or self._is_ending:
            return
        self._getvar(INVALID_VARIABLE, self._taken)
        self._tools.set_variables(self._leg.call_id, _TAKEN)

    def _taken(self, keys: str) -> None:
        if self._is_over:
            return
        if self._is_ending:
            if not self._is_nested:
                self._finish()
            return
        collection, now_us = self._collection, self._tools.now_us()
        if not self._is_nested:
            collection.start(now_us)
        if keys:
            for key in keys:
                collection.press(key, now_us)
        elif not self._is_nested:
            collection.cancel("no_input")
        if collection.outcome:
            self._end()
            return
        wire, leg_id = self._tools.wire, self._leg.call_id
        if self._is_nested:
            wire.tell(api("uuid_break", leg_uuid(leg_id)))
        else:
            self._is_nested = True
            further = _reading(_TRIES, _WAIT_MS, "silence")
            wire.tell(execute(leg_id, _APPLICATION, further, wire.new_id()))
        self._watch_time()
        self._ask(_NEXT_S)

    def _watch_time(self) -> None:
        due_us = self._collection.due_us
        delay_s = max(due_us - self._tools.now_us(), 0) / _SECOND_US

        def is_due() -> None:
            if self._collection.due_us == due_us and not self._is_over and not self._is_ending:
                self._collection.pass_time(due_us)
                self._end()

        self._tools.later(delay_s, is_due)

    # -- its end -------------------------------------------------------------------------------

    def _end(self) -> None:
        """End the applications, the second one first."""
        self._is_ending = True
        if not self._is_nested:
            self._finish()
            return
        self._press_end_key()
        # Where the second waits for the key to be taken, it goes on to the key of the end.
        self._tools.wire.tell(api("uuid_break", leg_uuid(self._leg.call_id)))
        # The second has ended once the key of the end is its result.
        self._finish_with(DIGITS_VARIABLE)

    def _finish_with(self, variable: str) -> None:
        """Finish when the leg has this variable."""
        if self._is_over or not self._tools.is_on(self._leg):
            return

        def answered(value: str) -> None:
            if value:
                self._finish()
            else:
                self._tools.later(_NEXT_S, lambda: self._finish_with(variable))

        self._getvar(variable, answered)

    def _finish(self) -> None:
        if self._is_over:
            return
        self._is_over = True
        self._wipe()
        self._leg.player.interrupt()

    def _press_end_key(self) -> None:
        name = leg_uuid(self._leg.call_id)
        self._tools.wire.tell(api("uuid_recv_dtmf", f"{name} {_END_KEY}"))

    def _wipe(self) -> None:
        self._leg.reads = ""
        self._record("unmask")
        self._tools.set_variables(self._leg.call_id, _WIPED)
        step = self._leg.step
        if self._collection.outcome == "cancelled" and not (step is not None and step.hides_keys):
            self._tools.hide_keys(self._leg, hides=False)

    def began(self, left: int) -> None:
        """How far the prompts are is not told."""

    def press(self, key: str) -> bool:
        """A key that the switch has told of all the same was pressed before this began."""
        return True

    def played(self, is_whole: bool) -> None:
        """The first reading has ended."""
        if not self._is_over:
            self._is_over = True
            self._wipe()
        if self._leg.step is self:
            if not self._collection.outcome:
                self._collection.cancel("no_input")
            self._report()

    def cancel(self) -> None:
        """End it. What follows waits in the player until nothing is read any more."""
        if self._leg.step is not self:
            return
        self._collection.cancel()
        if not self._is_over and not self._is_ending:
            if not self._leg.player.wait_for_end():
                self._is_over = True
                self._wipe()
            elif self._is_nested:
                self._end()
            else:
                self._is_ending = True
                self._press_end_key()
                self._finish_with(RESULT_VARIABLE)
        self._report()

    def _report(self) -> None:
        leg, command, collection = self._leg, self._command, self._collection
        if leg.step is self:
            leg.step = None
        outcome: CollectOutcome = collection.outcome or "cancelled"  # type: ignore[assignment]
        digits = collection.digits if outcome == "value" else ""
        token = self._tools.secrets.keep(leg.call_id, digits) if digits else ""
        self._tools.report(
            DigitsCollected(
                0, leg.call_id, command.collect_id, outcome, masked(digits, command.shown_digits),
                collection.terminator, "", leg.keys.count, token,
            )
        )  # fmt: skip


def _reading(tries: int, wait_ms: int, prompt: str) -> str:
    """The argument that reads one key in each try."""
    return (
        f"1 1 {tries} {wait_ms} x{_END_KEY} {prompt} {_PAUSE} {DIGITS_VARIABLE} {_FITS_NOTHING}"
        f" {wait_ms}"
    )
