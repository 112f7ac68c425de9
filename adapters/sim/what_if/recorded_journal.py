"""A journal as a recorded day: its events are replayed, for their rows and for what rows do not
tell."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import structs

from acdengine.commands import AnyCommand, Collect, PlayPrompts
from acdengine.engine import Engine
from acdengine.events import (
    AnyEvent,
    CallArrived,
    DigitPressed,
    DigitsCollected,
    PromptsFinished,
)
from acdengine.facts import (
    AnyFact,
    CallbackDialled,
    CallbackMissed,
    CallbackReached,
    CallQueued,
)
from acdengine.plan import Plan
from acdengine.records.projector import Projector
from acdengine.records.rows import AgentStateRow
from acdengine.replay.journal_replay import Decided, JournalReplay
from acdengine.replay.recording import open_recording
from acdengine.requests import CallbackRequested
from acdengine.service_commands import AskSystem, RunScript
from acdengine.service_events import ScriptEnded, SystemAnswered
from adapters.sim.centre.caller_scripts import ScriptedAnswer
from adapters.sim.what_if.people_from_rows import Details, recorded_day
from adapters.sim.what_if.recorded_day import KeyPress, RecordedDay, Rows
from adapters.sim.what_if.row_book import rows_of


def read_journals(
    folders: Sequence[Path], since_us: int = 0, until_us: int = 0
) -> tuple[RecordedDay, Plan]:
    """The day in the journals of a centre, and the settings with which the last of them ends.

    Calls that were there when a journal began are not played again.

    Args:
        folders: of the journals, in the order of their times.
        since_us, until_us: only calls of this time; 0: from the first on, up to the last.

    Raises:
        JournalDamaged, ReplayDefect: a journal cannot be replayed.
        OSError: it cannot be read.
    """
    details = Details()
    rows = Rows([], [], [])
    from_us = to_us = 0
    plan: Plan | None = None
    for number, folder in enumerate(folders):
        reader = _Reader(folder, number, details)
        reader.read()
        plan = reader.engine.state.plan
        from_us = min(from_us or reader.first_us, reader.first_us)
        to_us = max(to_us, reader.last_us)
        found = rows_of(reader.projector)
        rows = Rows(
            [*rows.calls, *found.calls],
            [*rows.segments, *found.segments],
            [*rows.agent_states, *found.agent_states],
        )
    assert plan is not None
    name = ", ".join(str(folder) for folder in folders)
    from_us, to_us = max(from_us, since_us), min(to_us, until_us or to_us)
    return recorded_day(name, rows, from_us, to_us, details), plan


class _Reader:
    """Replays one journal.

    Args:
        folder: of the journal.
        number: which of several.
        details: is filled.
    """

    def __init__(self, folder: Path, number: int, details: Details) -> None:
        self._replay = JournalReplay(open_recording(folder))
        self._details = details
        self._number = number
        self.projector = Projector(number)
        self.first_us = 0
        self.last_us = 0
        #: When a question, or a row of prompts, began; when a call arrived, and joined a queue.
        self._asked_us: dict[tuple[str, str], int] = {}
        self._plays: dict[tuple[str, str], tuple[int, int]] = {}
        self._arrived_us: dict[str, int] = {}
        self._queued_us: dict[str, int] = {}
        self._dialled_us: dict[str, int] = {}

    @property
    def engine(self) -> Engine:
        return self._replay.engine

    def read(self) -> None:
        """Replay all of it."""
        self._begin()
        for decided in self._replay.run():
            self.first_us = self.first_us or decided.event.at_us
            self.last_us = decided.event.at_us
            self._take(decided)

    def _begin(self) -> None:
        """Agents who are there when the journal begins have been in their states since then."""
        now_us = self.engine.state.now_us
        rows = [
            AgentStateRow(
                self._number, 0, place, agent.agent_id, agent.tenant_id, agent.state, agent.reason,
                agent.since_us or now_us,
            )
            for place, agent in enumerate(self.engine.state.agents.values())
        ]  # fmt: skip
        self.projector.resume("agent_states", [structs.astuple(row) for row in rows])

    def _take(self, decided: Decided) -> None:
        self._event(decided.event)
        if decided.facts:
            self.projector.take(decided.seq, 0, decided.facts)
        for fact in decided.facts:
            self._fact(fact)
        for command in decided.commands:
            self._command(command, decided.event.at_us)

    def _fact(self, fact: AnyFact) -> None:
        if isinstance(fact, CallQueued):
            self._queued_us.setdefault(fact.call_id, fact.at_us)
        elif isinstance(fact, CallbackDialled):
            self._dialled_us[fact.call_id] = fact.at_us
        elif isinstance(fact, CallbackReached | CallbackMissed):
            dialled_us = self._dialled_us.pop(fact.call_id, None)
            if dialled_us is not None:
                reached = isinstance(fact, CallbackReached)
                ringing_us = fact.at_us - dialled_us if reached else None
                self._details.rung.setdefault(fact.call_id, []).append(ringing_us)

    def _command(self, command: AnyCommand, at_us: int) -> None:
        if isinstance(command, Collect):
            self._asked_us.setdefault((command.call_id, command.collect_id), at_us)
        elif isinstance(command, AskSystem):
            self._asked_us.setdefault((command.call_id, command.ask_id), at_us)
        elif isinstance(command, RunScript):
            self._asked_us.setdefault((command.call_id, command.script_id), at_us)
        elif isinstance(command, PlayPrompts):
            place = command.call_id, command.prompt_id
            self._plays.setdefault(place, (at_us, len(command.prompts)))

    def _event(self, event: AnyEvent) -> None:
        details = self._details
        if isinstance(event, CallArrived):
            details.arrivals[event.call_id] = event
            self._arrived_us[event.call_id] = event.at_us
        elif isinstance(event, CallbackRequested):
            details.callbacks.setdefault(event.call_id, event)
        elif isinstance(event, DigitsCollected):
            asked_us = self._asked_us.pop((event.call_id, event.collect_id), event.at_us)
            answer = ScriptedAnswer(event.digits + event.terminator, event.at_us - asked_us)
            details.answers.setdefault(event.call_id, []).append(answer)
        elif isinstance(event, DigitPressed):
            self._pressed(event)
        elif isinstance(event, SystemAnswered | ScriptEnded):
            key = event.ask_id if isinstance(event, SystemAnswered) else event.script_id
            asked_us = self._asked_us.pop((event.call_id, key), event.at_us)
            answered = event, event.at_us - asked_us
            details.systems.setdefault(event.call_id, []).append(answered)
        elif isinstance(event, PromptsFinished):
            began_us, count = self._plays.pop((event.call_id, event.prompt_id), (0, 0))
            if count and not (event.is_cancelled or event.key or event.is_missing):
                details.prompt_us.append((event.at_us - began_us) // count)

    def _pressed(self, event: DigitPressed) -> None:
        queued_us = self._queued_us.get(event.call_id)
        since_us = self._arrived_us.get(event.call_id) if queued_us is None else queued_us
        if since_us is not None:
            press = KeyPress(event.digit, event.at_us - since_us, queued_us is not None)
            self._details.presses.setdefault(event.call_id, []).append(press)
