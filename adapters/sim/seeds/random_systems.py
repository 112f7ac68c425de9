"""Systems that flows ask, as they are: some answer, some with an error, some too late or never."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

from acdengine.events import AnyEvent
from acdengine.service_commands import AskSystem
from acdengine.service_events import SystemAnswered
from adapters.sim.centre.event_schedule import EventSchedule

_NEVER: Final = 0.1
_LATE: Final = 1.5


class RandomSystems:
    """Answers requests of flows.

    Args:
        agenda: the time.
        random: for what they answer.
        report: takes each answer at the moment it comes.
    """

    def __init__(
        self, agenda: EventSchedule, random: Random, report: Callable[[AnyEvent], None]
    ) -> None:
        self._agenda = agenda
        self._random = random
        self._report = report

    def ask(self, command: AskSystem) -> None:
        """A request goes out."""
        random = self._random
        if random.random() < _NEVER:
            return
        delay_us = int(random.random() * _LATE * command.total_us)
        if delay_us >= command.total_us:
            answer = SystemAnswered(0, command.call_id, command.ask_id, problem="timeout")
        else:
            status, body = random.choice(
                ((200, '{"state": "shipped"}'), (200, "[]"), (500, ""), (404, "{}"))
            )
            answer = SystemAnswered(0, command.call_id, command.ask_id, status, body)
        self._agenda.after(min(delay_us, command.total_us), self._answer, answer)

    def _answer(self, answer: SystemAnswered) -> None:
        self._report(answer)
