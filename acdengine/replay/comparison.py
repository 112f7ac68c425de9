"""Compares a replay with what was recorded: facts of each event, and the state at each snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from acdengine.engine import Engine
from acdengine.errors import ACDError
from acdengine.events import AnyEvent
from acdengine.facts import AnyFact
from acdengine.replay.journal_replay import Decided, JournalReplay, ReplayDefect
from acdengine.replay.recorded_facts import Lines, fact_fields, same_fact
from acdengine.runtime.journal_files import read_snapshot

#: Characters of a value in a difference.
_SHOWN: Final = 300


@dataclass(frozen=True, slots=True)
class Difference:
    """The first decision that is not the recorded one.

    Attributes:
        seq, event: where it is.
        what: what differs.
        recorded, replayed: both, as text.
        call_id: of the call concerned, where there is one.
    """

    seq: int
    event: AnyEvent | None
    what: str
    recorded: str
    replayed: str
    call_id: str = ""


@dataclass(slots=True)
class Verdict:
    """What came of a comparison.

    Attributes:
        events, calls, commands, facts: of the replay, as far as it went.
        refused: events that no table allowed, in the record and in the replay.
        left_out: events that are in neither engine.
        facts_compared: facts that a facts file holds.
        snapshots_compared: states.
        first_us, last_us: times of the first and the last event; 0 where there is none.
        difference: None where every decision is the recorded one.
    """

    events: int = 0
    calls: int = 0
    commands: int = 0
    facts: int = 0
    refused: int = 0
    left_out: int = 0
    facts_compared: int = 0
    snapshots_compared: int = 0
    first_us: int = 0
    last_us: int = 0
    difference: Difference | None = None

    @property
    def compared(self) -> bool:
        """There was something to compare with."""
        return bool(self.facts_compared or self.snapshots_compared)


def compare(replay: JournalReplay, recorded: Iterator[tuple[int, Lines]] | None) -> Verdict:
    """Replay a recording up to the first difference, or to its end.

    Args:
        replay: not begun.
        recorded: the facts of events in order (`recorded_facts`), if there is a file of them;
            events before its first and after its last are not compared.

    Raises:
        JournalDamaged: events are missing.
        FactsFileError, OSError: the facts file cannot be read.
    """
    verdict = Verdict()
    facts = _FactsBeside(recorded) if recorded is not None else None
    run = replay.run()
    while verdict.difference is None:
        try:
            decided = next(run, None)
        except ReplayDefect as defect:
            one = defect.decided
            verdict.difference = Difference(
                one.seq, one.event, "the event brings the engine down", "it was taken", str(defect)
            )
            break
        if decided is None:
            break
        _count(verdict, decided)
        verdict.difference = (
            _refusal(decided)
            or (facts.difference(decided) if facts is not None else None)
            or _state(replay, decided, verdict)
        )
    verdict.left_out = replay.left_out
    if facts is not None:
        verdict.facts_compared = facts.compared
    return verdict


def _count(verdict: Verdict, decided: Decided) -> None:
    verdict.events += 1
    verdict.calls += type(decided.event).__name__ == "CallArrived"
    verdict.commands += len(decided.commands)
    verdict.facts += len(decided.facts)
    verdict.refused += bool(decided.refusal)
    verdict.first_us = verdict.first_us or decided.event.at_us
    verdict.last_us = decided.event.at_us


def _refusal(decided: Decided) -> Difference | None:
    """An event that one engine took and the other did not."""
    if bool(decided.refusal) == decided.was_refused:
        return None
    said = ("taken", f"refused: {decided.refusal}") if decided.refusal else ("refused", "taken")
    return Difference(decided.seq, decided.event, "whether the event is allowed", *said)


class _FactsBeside:
    """The facts of a file beside those of a replay."""

    def __init__(self, recorded: Iterator[tuple[int, Lines]]) -> None:
        self._recorded = recorded
        self._next = next(recorded, None)
        self._begins = self._next[0] if self._next is not None else 0
        self.compared = 0

    def difference(self, decided: Decided) -> Difference | None:
        """The first fact of an event that differs; None where all are the same."""
        if self._next is None or decided.seq < self._begins:
            return None
        lines: Lines = []
        while self._next is not None and self._next[0] <= decided.seq:
            if self._next[0] == decided.seq:
                lines = self._next[1]
            self._next = next(self._recorded, None)
        if self._next is None and not lines:
            return None  # the file ends here
        self.compared += len(lines)
        return _first_difference(decided, lines)


def _first_difference(decided: Decided, lines: Lines) -> Difference | None:
    for place in range(max(len(lines), len(decided.facts))):
        line = lines[place] if place < len(lines) else b""
        fact = decided.facts[place] if place < len(decided.facts) else None
        own = b"" if fact is None else msgspec.json.encode(fact)
        if line == own:
            continue
        recorded = fact_fields(line) if line else None
        replayed = fact_fields(own) if own else None
        if recorded is None or replayed is None or not same_fact(recorded, replayed):
            return Difference(
                decided.seq, decided.event, f"fact {place + 1}",
                _fact_text(recorded, replayed), _fact_text(replayed, recorded),
                _call_of(fact, recorded),
            )  # fmt: skip
    return None


def _call_of(fact: AnyFact | None, recorded: dict[str, Any] | None) -> str:
    return str(getattr(fact, "call_id", "") or (recorded or {}).get("call_id", ""))


def _fact_text(fact: dict[str, Any] | None, other: dict[str, Any] | None) -> str:
    """A fact's kind, and the fields in which it differs from the other; all where kinds differ."""
    if fact is None:
        return "no fact"
    same_kind = other is not None and other.get("type") == fact.get("type")
    shown = {
        name: value
        for name, value in fact.items()
        if name != "type"
        and not (same_kind and other is not None and same_fact({name: other.get(name)}, fact))
    }
    fields = " ".join(f"{name}={value!r}" for name, value in shown.items())
    return f"{fact.get('type', '')} {fields}"[:_SHOWN]


def _state(replay: JournalReplay, decided: Decided, verdict: Verdict) -> Difference | None:
    """The state at a snapshot, beside the recorded one."""
    path = replay.recording.snapshots.get(decided.seq)
    recorded = None if path is None else read_snapshot(path)
    if recorded is None:
        return None
    verdict.snapshots_compared += 1
    own = replay.engine.snapshot()
    if own == recorded:
        return None
    try:
        # What this version writes otherwise, or works out again, is no difference.
        recorded = Engine.restore(recorded).snapshot()
        own = Engine.restore(own).snapshot()
    except (msgspec.DecodeError, ACDError) as error:
        return Difference(
            decided.seq, decided.event, "the state", f"cannot be read: {error}", "whole"
        )
    if own == recorded:
        return None
    place = first_difference(msgspec.msgpack.decode(recorded), msgspec.msgpack.decode(own))
    if place is None:
        return None
    path_text, before, after = place
    return Difference(
        decided.seq, decided.event, f"the state: {path_text}", _text(before), _text(after)
    )


def first_difference(recorded: object, replayed: object) -> tuple[str, object, object] | None:
    """Where two values of lists and maps first differ: the path, and what each has there."""
    waiting: list[tuple[str, object, object]] = [("", recorded, replayed)]
    while waiting:
        path, one, other = waiting.pop()
        if one == other:
            continue
        inner = _inner(path, one, other)
        if inner is None:
            return path or "everything", one, other
        waiting += reversed(inner)
    return None


def _inner(path: str, one: object, other: object) -> list[tuple[str, object, object]] | None:
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return [(f"{path}.{key}".lstrip("."), one[key], other[key]) for key in one]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [(f"{path}[{n}]", one[n], other[n]) for n in range(len(one))]
    return None


def _text(value: object) -> str:
    return repr(value)[:_SHOWN]
