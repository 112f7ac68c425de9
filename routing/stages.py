"""The stages of a queue: when, while a call waits, more agents may take it.

Requirement steps expire, levels open, and single agents join in after a delay. All three are
times since the call joined the queue, so they make one list, and a waiting call needs one
deadline.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from queues.policy import LevelRules, Step
from routing.policy import Assignment


class Stage(Struct, frozen=True, eq=False):
    """From ``from_us`` on: this step, and every agent whose delay is at most ``open_us``."""

    from_us: int
    step: int
    open_us: int


def level_delay_us(levels: LevelRules, level: int) -> int:
    """How long a call waits until a level joins in; the first is there from the start."""
    above = level - 1
    return (above if levels.per_level else min(above, 1)) * levels.wait_us


def delays_of(levels: LevelRules, assignment: Assignment) -> tuple[int, int]:
    """The times at which an assignment may begin to count: its own delay, its level's."""
    return assignment.delay_us, level_delay_us(levels, assignment.level)


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
