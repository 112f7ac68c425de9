"""The stages of a queue: when, while a call waits, more agents may take it.

Requirement steps expire, levels open, and single agents join in after a delay. All three are
times since the call joined the queue, so they make one list, and a waiting call needs one
deadline.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from msgspec import Struct

from queues.policy import LevelRules, Step


class Stage(Struct, frozen=True, eq=False):
    """From ``from_us`` on: this step, and every agent whose delay is at most ``open_us``."""

    from_us: int
    step: int
    open_us: int


def level_delay_us(levels: LevelRules, level: int, staffed: Sequence[int]) -> int:
    """How long a call waits until a level joins in: for every level before it, or only for those
    with staff where the rules skip the others. ``staffed``: the levels with staff, ascending."""
    before = bisect_left(staffed, level) if levels.skip_unstaffed else level - 1
    return (before if levels.per_level else min(before, 1)) * levels.wait_us


def stages_of(steps: tuple[Step, ...], delays: Iterable[int]) -> tuple[Stage, ...]:
    """All stages in order of time; the first is from 0."""
    step_starts = [0]
    for step in steps[:-1]:
        if step.expires_us is None:
            break
        step_starts.append(step_starts[-1] + step.expires_us)
    opens = sorted({0, *delays})
    stages = []
    for at_us in sorted({*step_starts, *opens}):
        step_index = max(i for i, start in enumerate(step_starts) if start <= at_us)
        open_us = max(delay for delay in opens if delay <= at_us)
        stages.append(Stage(at_us, step_index, open_us))
    return tuple(stages)
