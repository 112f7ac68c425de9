"""Replays a recording: each event with what the engine decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from acdengine.commands import AnyCommand
from acdengine.engine import Engine
from acdengine.errors import ACDError, InvalidTransition
from acdengine.events import AnyEvent
from acdengine.facts import AnyFact
from acdengine.replay.recording import Recording
from acdengine.runtime.event_application import apply_event
from acdengine.runtime.journal_files import JournalDamaged
from acdengine.runtime.journal_records import Skipped


@dataclass(slots=True)
class Decided:
    """One event, and what came of it.

    Attributes:
        seq: the event's number.
        event: as it was recorded.
        commands: what the engine gave out.
        facts: what it told.
        refusal: why no table allowed the event; empty where one did.
        was_refused: the record says that it was refused when it first came.
    """

    seq: int
    event: AnyEvent
    commands: list[AnyCommand] = field(default_factory=list)
    facts: list[AnyFact] = field(default_factory=list)
    refusal: str = ""
    was_refused: bool = False


class ReplayDefect(ACDError):
    """An event that the recording's engine took brings this one down."""

    def __init__(self, decided: Decided, error: Exception) -> None:
        super().__init__(f"{type(error).__name__}: {error}")
        self.decided = decided


class JournalReplay:
    """An engine that takes the events of a recording.

    Args:
        recording: where it begins, and what follows.

    Raises:
        JournalDamaged: the snapshot is not of this engine.

    Attributes:
        engine: as it is after the last event taken.
        left_out: events that were left out of the recording's engine, too: they brought it down.
    """

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.left_out = 0
        try:
            self.engine = Engine.restore(recording.state)
        except (msgspec.DecodeError, ACDError) as error:
            raise JournalDamaged(
                f"the snapshot of event {recording.seq} is not of this engine: {error}"
            ) from error
        # What the snapshot's engine had not told yet is told by the recording's file, if at all.
        self.engine.drain_facts()

    def run(self) -> Iterator[Decided]:
        """Take the events one after the other.

        Raises:
            JournalDamaged: events are missing.
            ReplayDefect: an event brings the engine down; the replay cannot go on.
        """
        reasons = _Skips(self.recording.skipped)
        for events in self.recording.stretches():
            for seq, event in events:
                for deadline in reasons.deadlines.get(seq, ()):
                    self.engine.void_deadline(deadline)
                if seq in reasons.poisoned:
                    self.left_out += 1
                    continue
                yield self._take(Decided(seq, event, was_refused=seq in reasons.refused))

    def _take(self, decided: Decided) -> Decided:
        def refused(defect: InvalidTransition, _: AnyEvent) -> None:
            decided.refusal = str(defect)

        try:
            decided.commands = apply_event(self.engine, decided.event, refused)
        except Exception as error:
            raise ReplayDefect(decided, error) from error
        decided.facts = self.engine.drain_facts()
        return decided


class _Skips:
    """What a recording says of events that the engine did not take."""

    def __init__(self, skipped: Sequence[Skipped]) -> None:
        self.poisoned: set[int] = set()
        self.refused: set[int] = set()
        self.deadlines: dict[int, list[int]] = {}
        for one in skipped:
            if one.reason == "deadline":
                self.deadlines.setdefault(one.seq, []).append(one.deadline)
            elif one.reason == "poisoned":
                self.poisoned.add(one.seq)
            else:
                self.refused.add(one.seq)
