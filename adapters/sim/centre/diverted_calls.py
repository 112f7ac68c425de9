"""Callers of the simulated switch who are busy elsewhere: with a box, or with a number outside."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from acdengine.commands import DialNumber, RecordMessage, ReferCaller
from acdengine.events import AnyEvent, MessageLeft, NumberAnswered, NumberEnded
from adapters.sim.centre.event_schedule import EventSchedule
from adapters.sim.centre.legs import CallerLeg
from adapters.sim.scenarios.switch_latencies import Latencies

#: The part of a conversation outside, ringing included, that is ringing.
_RINGING_PART = 8


class Diversions:
    """Messages and conversations outside.

    Args:
        agenda: the time.
        report: takes each event at the moment it happens.
        latencies: how long things take.
        stream: for these latencies.
        left_alone: told of a caller who is not busy any more.
    """

    def __init__(
        self,
        agenda: EventSchedule,
        report: Callable[[AnyEvent], None],
        latencies: Latencies,
        stream: Random,
        left_alone: Callable[[CallerLeg], None],
    ) -> None:
        self._agenda = agenda
        self._report = report
        self._left_alone = left_alone
        self._random = stream.random
        self._answers = latencies.outside_answers
        self._draw_message = latencies.message.sampler(stream)
        self._draw_outside = latencies.outside.sampler(stream)

    def interrupt(self, leg: CallerLeg) -> None:
        """Something else begins: a message or a conversation outside is cut off."""
        leg.begun += 1
        if leg.occupied:
            leg.occupied = ""
            self._left_alone(leg)

    def record_message(self, command: RecordMessage, leg: CallerLeg) -> None:
        """The caller leaves a message; nothing when that is under way."""
        if leg.occupied:
            return
        leg.begun += 1
        leg.occupied = f"voicemail {command.box}"
        length_us = self._draw_message()
        self._agenda.after(length_us, self._message_over, (leg, leg.begun, command.box, length_us))

    def _message_over(self, what: tuple[CallerLeg, int, str, int]) -> None:
        leg, begun, box, length_us = what
        if leg.up and leg.begun == begun:
            leg.occupied = ""
            file = f"{box}/{leg.call_id}.wav"
            self._report(MessageLeft(self._agenda.now_us, leg.call_id, file, length_us))
            self._left_alone(leg)

    def dial_number(self, command: DialNumber | ReferCaller, leg: CallerLeg) -> None:
        """The caller is put through, here or by the trunk; nothing when that is under way."""
        if leg.occupied:
            return
        leg.begun += 1
        leg.occupied = f"number {command.number}"
        answered = self._random() < self._answers
        length_us = self._draw_outside()
        what = (leg, leg.begun, command.attempt)
        if answered:
            self._agenda.after(length_us // _RINGING_PART, self._number_answers, what)
        self._agenda.after(length_us, self._number_over, (*what, answered))

    def _number_answers(self, what: tuple[CallerLeg, int, int]) -> None:
        leg, begun, attempt = what
        if leg.up and leg.begun == begun:
            self._report(NumberAnswered(self._agenda.now_us, leg.call_id, attempt))

    def _number_over(self, what: tuple[CallerLeg, int, int, bool]) -> None:
        leg, begun, attempt, answered = what
        if leg.up and leg.begun == begun:
            leg.occupied = ""
            cause = "normal" if answered else "no_answer"
            now_us = self._agenda.now_us
            self._report(NumberEnded(now_us, leg.call_id, answered, cause, attempt))
            self._left_alone(leg)
