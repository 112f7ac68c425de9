"""Systems that flows asked, and scripts: they answer again what they answered when it was
recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias, get_args

from msgspec import structs

from acdengine.commands import AnyCommand
from acdengine.events import AnyEvent
from acdengine.service_commands import AnyServiceCommand, AskSystem, RunScript
from acdengine.service_events import ScriptEnded, SystemAnswered
from adapters.sim.centre.event_schedule import EventSchedule

#: An answer, and how long it took.
RecordedAnswer: TypeAlias = tuple[SystemAnswered | ScriptEnded, int]

_SERVICES = get_args(AnyServiceCommand)


class RecordedSystems:
    """Answers the requests of each call in the order in which they were answered.

    A request that was not recorded finds nothing: the system is unreachable, the script not there.

    Args:
        agenda: the time.
        report: takes each answer at the moment it comes.
    """

    def __init__(self, agenda: EventSchedule, report: Callable[[AnyEvent], None]) -> None:
        self._agenda = agenda
        self._report = report
        self._answers: dict[str, Iterator[RecordedAnswer]] = {}

    def expect(self, call_id: str, answers: Iterable[RecordedAnswer]) -> None:
        """A call begins, whose requests were answered like that."""
        self._answers[call_id] = iter(answers)

    def take(self, commands: Iterable[AnyCommand]) -> list[AnyCommand]:
        """Carry out the commands that are for systems; returns the others."""
        others: list[AnyCommand] = []
        for command in commands:
            if isinstance(command, AskSystem | RunScript):
                self._ask(command)
            elif not isinstance(command, _SERVICES):
                others.append(command)
        return others

    def _ask(self, command: AskSystem | RunScript) -> None:
        answer, after_us = next(self._answers.get(command.call_id, iter(())), _nothing(command))
        if isinstance(command, AskSystem) != isinstance(answer, SystemAnswered):
            answer, after_us = _nothing(command)
        if isinstance(answer, SystemAnswered) and isinstance(command, AskSystem):
            answer = structs.replace(answer, ask_id=command.ask_id)
        elif isinstance(answer, ScriptEnded) and isinstance(command, RunScript):
            answer = structs.replace(answer, script_id=command.script_id)
        self._agenda.after(min(after_us, command.total_us), self._answered, answer)

    def _answered(self, answer: SystemAnswered | ScriptEnded) -> None:
        self._report(structs.replace(answer, at_us=self._agenda.now_us))


def _nothing(command: AskSystem | RunScript) -> RecordedAnswer:
    if isinstance(command, AskSystem):
        return SystemAnswered(0, command.call_id, command.ask_id, problem="unreachable"), 0
    return ScriptEnded(0, command.call_id, command.script_id, status="notfound"), 0
