"""What flows of a simulated centre ask beyond the switch: systems answer as the scenario says, no
script is there, and no simulated caller knows an agent's PIN."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from random import Random

from msgspec import structs

from acdengine.commands import AnyCommand
from acdengine.events import AnyEvent
from acdengine.service_commands import SERVICE_COMMANDS, AskSystem, CheckPin, RunScript
from acdengine.service_events import PinChecked, ScriptEnded, SystemAnswered
from adapters.sim.centre.event_schedule import EventSchedule
from adapters.sim.scenarios.scenario import SimulatedSystem


class SimulatedSystems:
    """Answers what flows ask.

    Args:
        agenda: the time.
        systems: those that there are; any other is unreachable.
        stream: for what they answer.
        report: takes each answer at the moment it comes.
    """

    def __init__(
        self,
        agenda: EventSchedule,
        systems: Sequence[SimulatedSystem],
        stream: Random,
        report: Callable[[AnyEvent], None],
    ) -> None:
        self._agenda = agenda
        self._random = stream
        self._report = report
        self._systems = [
            (_pattern(system.url), system, system.latency.sampler(stream)) for system in systems
        ]

    def take(self, commands: Iterable[AnyCommand]) -> list[AnyCommand]:
        """Take what is for no switch; returns the rest."""
        rest: list[AnyCommand] = []
        for command in commands:
            if type(command) not in SERVICE_COMMANDS:
                rest.append(command)
            elif isinstance(command, AskSystem):
                self._ask(command)
            elif isinstance(command, RunScript):
                self._soon(0, ScriptEnded(0, command.call_id, command.script_id, "notfound"))
            elif isinstance(command, CheckPin):
                call_id, agent_id = command.call_id, command.agent_id
                self._soon(0, PinChecked(0, call_id, command.check_id, agent_id, is_right=False))
        return rest

    def _ask(self, command: AskSystem) -> None:
        delay_us, answer = self._drawn(command)
        self._soon(delay_us, answer)

    def _drawn(self, command: AskSystem) -> tuple[int, SystemAnswered]:
        """How long it takes, and what is answered then."""
        call_id, ask_id = command.call_id, command.ask_id
        for pattern, system, latency in self._systems:
            if pattern.fullmatch(command.url) is None:
                continue
            delay_us = latency()
            fails = self._random.random() < system.fails
            if delay_us >= command.total_us or (fails and system.failure == "timeout"):
                return command.total_us, SystemAnswered(0, call_id, ask_id, problem="timeout")
            if fails:
                return delay_us, SystemAnswered(0, call_id, ask_id, problem=system.failure)
            weights = [answer.weight for answer in system.answers]
            (chosen,) = self._random.choices(system.answers, weights)
            body = chosen.body
            if len(body.encode()) > command.limit_bytes:
                return delay_us, SystemAnswered(
                    0, call_id, ask_id, chosen.status, problem="too_large"
                )
            return delay_us, SystemAnswered(0, call_id, ask_id, chosen.status, body)
        return 0, SystemAnswered(0, call_id, ask_id, problem="unreachable")

    def _soon(self, delay_us: int, event: AnyEvent) -> None:
        self._agenda.after(delay_us, self._answer, event)

    def _answer(self, event: AnyEvent) -> None:
        self._report(structs.replace(event, at_us=self._agenda.now_us))


def _pattern(url: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in url.split("*")))
