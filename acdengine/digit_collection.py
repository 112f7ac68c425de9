"""Collecting keys, and what is said instead: one machine, run by each adapter, because not every
switch can be told of each key by another program in time, or at all.

It knows no clock: each call gives the time, and `due_us` is when it wants to hear of it. What a key
means is decided as soon as it is certain: at the greatest number of digits, at a terminator, and
in a menu when no longer option can come. The first of keys and speech counts: nothing is listened
for once a key is pressed.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from acdengine.commands import Collect
from acdengine.events import CollectOutcome, DigitsCollected
from acdengine.ivr.expressions.functions import luhn
from acdengine.speech_input import Recognised

#: Keys that telephones have.
KEYS: Final = "0123456789*#ABCD"
#: The last keys of a leg that are kept, for a collection that was ordered before they were heard.
_KEPT: Final = 64
#: Characters of what was said that are told.
_MOST_SPOKEN: Final = 200
#: What is shown in place of a sensitive digit.
_MASK: Final = "*"


class PressedKeys:
    """Keys of one leg that no collection took, numbered from 1."""

    __slots__ = ("_recent", "count")

    def __init__(self) -> None:
        self._recent: deque[str] = deque(maxlen=_KEPT)
        #: Number of the last one.
        self.count = 0

    def press(self, key: str) -> int:
        """A key is pressed; returns its number."""
        self.count += 1
        self._recent.append(key)
        return self.count

    def after(self, number: int) -> str:
        """The keys behind the one of this number, as far as they are kept."""
        return "".join(self._recent)[-new:] if (new := self.count - number) > 0 else ""


class DigitCollection:
    """One collection under way.

    Attributes:
        command: what is collected.
        digits: so far.
        outcome: how it ended; empty while it is under way.
        terminator: the key that ended it.
        due_us: when `pass_time` is to be called; 0: not at all.
        plays: the prompts are to be played, or play.
        spoken: what was said instead of keys.
    """

    __slots__ = (
        "_ahead", "_is_speaking", "_longest", "command", "digits", "due_us", "outcome", "plays",
        "spoken", "terminator",
    )  # fmt: skip

    def __init__(self, command: Collect) -> None:
        self.command = command
        self.digits = ""
        self.outcome: CollectOutcome | str = ""
        self.terminator = ""
        self.due_us = 0
        self.plays = bool(command.prompts)
        self.spoken = ""
        self._is_speaking = False
        #: Not looked at yet while prompts play that no key stops; after the end: typed ahead.
        self._ahead = ""
        self._longest = max(map(len, command.options), default=command.max_digits)

    def start(self, now_us: int, crossed: str = "") -> None:
        """Begin, with what was typed ahead.

        Args:
            now_us: the time.
            crossed: keys pressed behind `Collect.heard`.
        """
        command = self.command
        keeps = command.keeps_typed and not command.is_sensitive
        ahead = command.typed + crossed if keeps else ""
        if self.plays and not command.barge_in:
            self._ahead = ahead
            return
        self._take(ahead, now_us)
        if self.digits or self.outcome:
            self.plays = False
        if not self.plays and not self.digits and not self.outcome:
            self.due_us = now_us + command.first_digit_us

    def prompts_over(self, now_us: int) -> None:
        """The prompts are over: the time for the first digit runs."""
        if not self.plays or self.outcome:
            return
        self.plays = False
        self.due_us = now_us + self.command.first_digit_us
        ahead, self._ahead = self._ahead, ""
        self._take(ahead, now_us)

    def press(self, key: str, now_us: int) -> None:
        """A key is pressed. Where ``plays`` is false afterwards, the prompts are to stop."""
        if key not in KEYS:
            return
        if self.outcome:
            self._ahead += key
        elif self.plays and not self.command.barge_in:
            if self.command.keeps_typed:
                self._ahead += key
        else:
            self.plays = False
            self._take(key, now_us)

    def pass_time(self, now_us: int) -> None:
        """``due_us`` has come: what there is must do."""
        if self.outcome or not self.due_us or now_us < self.due_us:
            return
        if not self.digits:
            self._end("no_match" if self._is_speaking else "no_input")
        else:
            self._end("value" if self._is_enough() else "incomplete")

    # -- speech --------------------------------------------------------------------------------

    @property
    def is_listening(self) -> bool:
        """Whether something that is said counts: it is listened for, and no key was pressed."""
        return self.command.speech is not None and not self.digits and not self.outcome

    def speech_began(self, now_us: int) -> None:
        """The caller speaks. Where ``plays`` is false afterwards, the prompts are to stop."""
        speech = self.command.speech
        if speech is None or not self.is_listening:
            return
        if self.plays and not self.command.barge_in:
            return
        self.plays = False
        self._is_speaking = True
        self.due_us = now_us + speech.longest_us + speech.silence_us + speech.answer_us

    def wait_for_speech(self, due_us: int, *, is_said: bool = False) -> None:
        """The end of what is said, or what it was where it ``is_said``, is told by then."""
        if self.is_listening and not self.plays:
            self.due_us = due_us
            self._is_speaking = is_said

    def understood(self, heard: Recognised) -> None:
        """The recogniser has an answer."""
        speech = self.command.speech
        if speech is None or not self.is_listening:
            return
        text = " ".join(heard.text.split())[:_MOST_SPOKEN]
        if text and heard.confidence >= speech.least_confidence:
            self.spoken = text
            self._end("value")
        else:
            self._end("no_match")

    def nothing_said(self) -> None:
        """The time to say something is over."""
        if self.is_listening:
            self._end("no_input")

    # -- its end -------------------------------------------------------------------------------

    def cancel(self, outcome: CollectOutcome = "cancelled") -> None:
        """End it as it is."""
        if not self.outcome:
            self._ahead = self.digits + self._ahead if outcome == "cancelled" else self._ahead
            self._end(outcome)

    def result(self, heard: int) -> DigitsCollected:
        """What to report at its end.

        Args:
            heard: number of the leg's last key.
        """
        command = self.command
        outcome: CollectOutcome = self.outcome or "cancelled"  # type: ignore[assignment]
        return DigitsCollected(
            0, command.call_id, command.collect_id, outcome, self.digits, self.terminator,
            self._ahead if command.keeps_typed else "", heard, spoken=self.spoken,
        )  # fmt: skip

    def _take(self, keys: str, now_us: int) -> None:
        for place, key in enumerate(keys):
            if self.outcome:
                self._ahead += keys[place:]
                return
            if self._is_terminator(key):
                self.terminator = key
                self._end("value" if self._is_enough() else "incomplete")
            else:
                self.digits += key
                self._look(now_us)

    def _is_terminator(self, key: str) -> bool:
        if key not in self.command.terminators:
            return False
        return not self._continues(self.digits + key)

    def _continues(self, digits: str) -> bool:
        return any(option.startswith(digits) for option in self.command.options)

    def _is_enough(self) -> bool:
        command = self.command
        if command.options:
            return self.digits in command.options
        return len(self.digits) >= command.min_digits

    def _look(self, now_us: int) -> None:
        command, digits = self.command, self.digits
        if not command.options:
            if len(digits) >= self._longest:
                self._end("value")
            else:
                self.due_us = now_us + command.inter_digit_us
            return
        is_option = digits in command.options
        has_longer = any(
            len(option) > len(digits) and option.startswith(digits) for option in command.options
        )
        if has_longer:
            wait_us = command.ambiguity_us if is_option else command.inter_digit_us
            self.due_us = now_us + wait_us
        else:
            self._end("value" if is_option else "no_match")

    def _end(self, outcome: CollectOutcome) -> None:
        self.outcome = checked(self.command, outcome, self.digits)
        self.due_us = 0
        self.plays = False


def checked(command: Collect, outcome: CollectOutcome, digits: str) -> CollectOutcome:
    """How a collection ended, once its digits are held against the check that it asks for."""
    if outcome == "value" and command.check == "luhn" and not luhn(digits):
        return "no_match"
    return outcome


def masked(digits: str, shown: int) -> str:
    """Digits as they may be shown: all but the last ``shown`` of them hidden, and never more than
    a third of them open."""
    shown = max(0, min(shown, len(digits) // 3))
    return _MASK * (len(digits) - shown) + (digits[-shown:] if shown else "")
