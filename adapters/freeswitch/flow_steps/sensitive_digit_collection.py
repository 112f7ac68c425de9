"""Keys that are in no event of the switch, in no log and in no journal: card numbers and PINs.

With `sensitive_dtmf` FreeSWITCH sends no DTMF event and logs no key, so `play_and_get_digits` reads
them. Its result is a variable of the leg, and every event with the variables of the leg has it, the
end of the application itself first of all. So that application is not let end before the result is
taken away: the result is held against an expression that fits no digits, whereupon FreeSWITCH plays
the sounds of a wrong input. These are two files that there are not, with `playback_sleep_val`
between them, and no event is sent meanwhile. The adapter asks for `read_result`, which tells no
digit, takes and removes the digits as soon as that is there, and breaks the pause off. What is left
of a collection that a hang-up or a bridge cuts off is in the events of its end.

Source: `switch_play_and_get_digits`, `switch_ivr_read` and `switch_ivr_play_file` of
switch_ivr_play_say.c, `switch_channel_event_set_extended_data` of switch_channel.c.
"""

from __future__ import annotations

from typing import Final

from acdengine.commands import Collect
from acdengine.digit_collection import checked, masked
from acdengine.events import CollectOutcome, DigitsCollected
from adapters.freeswitch.flow_steps.step_context import LegTools
from adapters.freeswitch.legs.leg_table import CallerLeg
from adapters.freeswitch.media.sounds import Part
from adapters.freeswitch.protocol.channel_fields import COLLECT_VARIABLE
from adapters.freeswitch.protocol.command_lines import api
from adapters.freeswitch.protocol.errors import EslError
from adapters.freeswitch.protocol.quoting import api_word, leg_uuid
from adapters.freeswitch.protocol.reply_matching import Reply

#: The variable that the digits are in for a moment, and the one for those that fit no expression.
DIGITS_VARIABLE: Final = "acd_digits"
INVALID_VARIABLE: Final = f"{DIGITS_VARIABLE}_invalid"
RESULT_VARIABLE: Final = "read_result"
TERMINATOR_VARIABLE: Final = "read_terminator_used"
#: How often it is asked whether the digits are there, and how long the switch waits for that.
_ASK_S: Final = 0.1
_PAUSE_MS: Final = 30_000
_DELIMITER: Final = "!"
_PAUSE: Final = f"acd_no_file.wav{_DELIMITER}acd_no_file.wav"
#: A key that no telephone has, for the end by order; an expression that fits no digits.
_END_KEY: Final = "D"
_FITS_NOTHING: Final = "x"
_MOST_DIGITS: Final = 100
_MS_US: Final = 1_000
_NONE: Final = ("", "_undef_")
_SETTINGS: Final = {
    "sensitive_dtmf": "true",
    "playback_delimiter": _DELIMITER,
    "playback_sleep_val": str(_PAUSE_MS),
}
_WIPED: Final = dict.fromkeys(
    (DIGITS_VARIABLE, INVALID_VARIABLE, TERMINATOR_VARIABLE, COLLECT_VARIABLE, *_SETTINGS), ""
)


class SensitiveCollection:
    """One sensitive collection on a leg."""

    __slots__ = (
        "_command", "_digits", "_is_cancelled", "_is_read", "_is_taken_over", "_leg",
        "_terminator", "_tools", "name",
    )  # fmt: skip

    def __init__(self, command: Collect, leg: CallerLeg, tools: LegTools, name: str) -> None:
        self.name = name
        self._command = command
        self._leg = leg
        self._tools = tools
        self._digits = ""
        self._terminator = ""
        self._is_read = False
        self._is_cancelled = False
        self._is_taken_over = False

    @property
    def step_id(self) -> str:
        """The engine's name of it."""
        return self._command.collect_id

    def begin(self) -> None:
        """Play the prompts and read the keys; one that another process began is taken over."""
        leg, command = self._leg, self._command
        if leg.reads == command.collect_id:
            self._is_taken_over = True
            self._ask()
            return
        parts = self._tools.row(command.call_id, command.prompts).parts
        before, during = self._parted(parts)
        self._record("mask")
        clean = {RESULT_VARIABLE: "", DIGITS_VARIABLE: "", INVALID_VARIABLE: ""}
        named = {COLLECT_VARIABLE: command.collect_id}
        self._tools.set_variables(leg.call_id, {**clean, TERMINATOR_VARIABLE: "", **named})
        self._tools.set_variables(leg.call_id, _SETTINGS)
        leg.reads = command.collect_id
        leg.player.music("")
        leg.player.prompt(self.name, (*before, self._reading(during)))
        self._ask()

    def _parted(self, parts: tuple[Part, ...]) -> tuple[tuple[Part, ...], tuple[str, ...]]:
        """What is played before keys are read, and the files during which they are."""
        if not self._command.barge_in:
            return parts, ()
        at = len(parts)
        while at and parts[at - 1].application == "playback" and " " not in parts[at - 1].argument:
            at -= 1
        return parts[:at], tuple(part.argument for part in parts[at:])

    def _reading(self, files: tuple[str, ...]) -> Part:
        command = self._command
        most = max(1, min(command.max_digits, _MOST_DIGITS))
        first_ms, next_ms = command.first_digit_us // _MS_US, command.inter_digit_us // _MS_US
        words = (
            "1", str(most), "1", str(max(first_ms, 1)),
            "".join(key for key in command.terminators if key in "0123456789*#") + _END_KEY,
            _DELIMITER.join(files) or "silence", _PAUSE, DIGITS_VARIABLE, _FITS_NOTHING,
            str(max(next_ms, 1)),
        )  # fmt: skip
        return Part("play_and_get_digits", " ".join(words))

    def _record(self, what: str) -> None:
        """Pause what records the leg (`mask`), or go on with it (`unmask`): keys can be heard."""
        name = leg_uuid(self._leg.call_id)
        for file in self._leg.recordings:
            path = api_word("recording", self._tools.storage.path(file))
            self._tools.wire.tell(api("uuid_record", f"{name} {what} {path}"))

    # -- the digits ----------------------------------------------------------------------------

    def _ask(self) -> None:
        if self._is_read or not self._tools.is_on(self._leg):
            return
        name = leg_uuid(self._leg.call_id)
        self._tools.wire.tell(api("uuid_getvar", f"{name} {RESULT_VARIABLE}"), self._answered)

    def _answered(self, outcome: Reply | EslError) -> None:
        if isinstance(outcome, Reply) and outcome.is_refusal:
            return  # the leg has gone
        if isinstance(outcome, Reply) and outcome.text.strip() not in _NONE:
            self._take()
        else:
            self._tools.later(_ASK_S, self._ask)

    def _take(self) -> None:
        """The digits are there: take them, remove them, and let the application end."""
        if self._is_read:
            return
        wire, name = self._tools.wire, leg_uuid(self._leg.call_id)

        def read(outcome: Reply | EslError) -> None:
            self._digits = self._digits or _text(outcome)

        def ended_by(outcome: Reply | EslError) -> None:
            self._terminator = _text(outcome).replace(_END_KEY, "")
            if self._is_cancelled:
                self._digits = ""
            elif self._is_taken_over:
                self._report(self._outcome())

        wire.tell(api("uuid_getvar", f"{name} {INVALID_VARIABLE}"), read)
        wire.tell(api("uuid_getvar", f"{name} {DIGITS_VARIABLE}"), read)
        wire.tell(api("uuid_getvar", f"{name} {TERMINATOR_VARIABLE}"), ended_by)
        self._wipe()
        self._leg.player.interrupt()

    def _wipe(self) -> None:
        self._is_read = True
        self._leg.reads = ""
        self._record("unmask")
        self._tools.set_variables(self._leg.call_id, _WIPED)

    # -- its end -------------------------------------------------------------------------------

    def began(self, left: int) -> None:
        """How far the prompts are is not told."""

    def press(self, key: str) -> bool:
        """A key that the switch has told of all the same was pressed before this began."""
        return True

    def played(self, is_whole: bool) -> None:
        """The application has ended: by `_take`, or without it, when no digit was read."""
        if not self._is_read:
            self._wipe()
        if self._leg.step is self:
            self._report(self._outcome())

    def _outcome(self) -> CollectOutcome:
        if not self._digits:
            return "incomplete" if self._terminator else "no_input"
        is_enough = len(self._digits) >= self._command.min_digits
        return checked(self._command, "value" if is_enough else "incomplete", self._digits)

    def cancel(self) -> None:
        """End it. What follows waits in the player until the digits are removed."""
        if self._leg.step is not self:
            return
        self._is_cancelled = True
        player = self._leg.player
        if not self._is_read and (self._is_taken_over or player.wait_for_end()):
            name = leg_uuid(self._leg.call_id)
            self._tools.wire.tell(api("uuid_recv_dtmf", f"{name} {_END_KEY}"))
        elif not self._is_read:
            self._wipe()
        self._report("cancelled")

    def _report(self, outcome: CollectOutcome) -> None:
        leg, command = self._leg, self._command
        if leg.step is self:
            leg.step = None
        digits, self._digits = self._digits, ""
        token = self._tools.secrets.keep(leg.call_id, digits) if outcome == "value" else ""
        shown = masked(digits, command.shown_digits) if outcome == "value" else ""
        self._tools.report(
            DigitsCollected(
                0, leg.call_id, command.collect_id, outcome, shown, self._terminator, "",
                leg.keys.count, token,
            )
        )  # fmt: skip


def _text(outcome: Reply | EslError) -> str:
    text = outcome.text.strip() if isinstance(outcome, Reply) and not outcome.is_refusal else ""
    return "" if text in _NONE else text
