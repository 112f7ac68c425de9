"""Calls that went elsewhere than they did: what was recorded, what became of them, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from acdengine.records.rows import CallRow
from adapters.sim.runs.call_figures import US

Change = Literal["outcome", "queue", "agent"]

#: From the largest change to the smallest.
CHANGES: Final[tuple[Change, ...]] = ("outcome", "queue", "agent")


@dataclass(frozen=True, slots=True)
class MovedCall:
    """One call, twice.

    Attributes:
        change: the largest thing that differs.
        call_id, at_us: which call, and when it was recorded.
        was, became: outcome, queue, agent and wait, in words.
        why: the decision of the engine under the other settings.
    """

    change: Change
    call_id: str
    at_us: int
    was: str
    became: str
    why: str


def moved_calls(
    recorded: Iterable[CallRow], played: Iterable[CallRow], reasons: Mapping[str, str]
) -> list[MovedCall]:
    """Calls that ended otherwise, in another queue, or with another agent; the largest changes
    first, then in order of time. Calls that were not played are passed over."""
    there = {row.call_id: row for row in played}
    found = list(_moved(recorded, there, reasons))
    found.sort(key=lambda one: (CHANGES.index(one.change), one.at_us, one.call_id))
    return found


def _moved(
    recorded: Iterable[CallRow], played: Mapping[str, CallRow], reasons: Mapping[str, str]
) -> Iterator[MovedCall]:
    for row in recorded:
        other = played.get(row.call_id) if row.ended_at_us is not None else None
        change = None if other is None else _change(row, other)
        if change is not None and other is not None:
            yield MovedCall(
                change, row.call_id, row.started_at_us, _words(row), _words(other),
                reasons.get(row.call_id, ""),
            )  # fmt: skip


def _change(row: CallRow, other: CallRow) -> Change | None:
    if row.outcome != other.outcome:
        return "outcome"
    if row.last_queue_id != other.last_queue_id:
        return "queue"
    return "agent" if row.last_agent_id != other.last_agent_id else None


def _words(row: CallRow) -> str:
    words = [row.outcome or "not over", row.last_queue_id, row.last_agent_id]
    if row.queued_at_us is not None:
        words.append(f"after {row.waited_us / US:.0f} s")
    return ", ".join(word for word in words if word)


def counted_changes(moved: Iterable[MovedCall]) -> dict[Change, int]:
    """How many calls changed in what."""
    counts = Counter(one.change for one in moved)
    return {change: counts[change] for change in CHANGES}
