"""A recorded day beside the same day under other settings, with confidence.

Three columns: what was recorded; the same day played under the settings that it was recorded with;
and under the new ones. The second says what the method itself is worth: where it is far from the
first, something that mattered was not recorded. The last two are played with the same draws, so
that their difference is more certain than either (common random numbers: Law, Simulation Modeling
and Analysis, 5th ed., section 11.2).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from acdengine.plan import Plan
from adapters.sim.runs.call_figures import Ratio
from adapters.sim.statistics.estimates import Estimate, estimate, ratio_estimate
from adapters.sim.what_if.day_figures import DayFigures, day_figures
from adapters.sim.what_if.moved_calls import MovedCall, moved_calls
from adapters.sim.what_if.played_day import DayUnderSettings
from adapters.sim.what_if.recorded_day import RecordedDay


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of one queue or agent.

    Attributes:
        recorded: None where nothing was counted.
        same: under the settings of the record; None where these are not known.
        new: under the others.
        difference: new less same, or less recorded where there is no same.
    """

    recorded: float | None
    same: Estimate | None
    new: Estimate
    difference: Estimate


#: Queue or agent, to figure, to line.
Table = dict[str, dict[str, Line]]


@dataclass(slots=True)
class Comparison:
    """What other settings would have made of a day.

    Attributes:
        queues, agents: figures.
        moved: calls that went elsewhere, in the first replication.
        moved_same: how many do under the recorded settings: what is chance in the above.
        left_out: callers and agents who were not played, by the reason.
        replications: how many.
        calls: how many were played.
    """

    queues: Table
    agents: Table
    moved: list[MovedCall]
    moved_same: list[MovedCall]
    left_out: dict[str, int]
    replications: int
    calls: int


def compare_days(
    day: RecordedDay,
    new: Plan,
    same: Plan | None,
    replications: int,
    seed: int,
    progress: Callable[[float], None] = lambda share: None,
) -> Comparison:
    """Play a day under its own settings and others.

    Args:
        day: the recorded one.
        new: the settings in question.
        same: those that it was recorded with; None: not known.
        replications: of each.
        seed: of what was not recorded.
        progress: told now and then which share is done.
    """
    under_new = DayUnderSettings(day, new)
    under_same = DayUnderSettings(day, same) if same is not None else None
    recorded = day_figures(day.rows, (same or new).queues, day.from_us, day.to_us)
    found_new: list[DayFigures] = []
    found_same: list[DayFigures] = []
    moved: list[MovedCall] = []
    moved_same: list[MovedCall] = []
    for number in range(replications):
        played = under_new.play(seed, number)
        found_new.append(day_figures(played.rows, new.queues, day.from_us, day.to_us))
        if number == 0:
            moved = moved_calls(day.rows.calls, played.rows.calls, played.reasons)
        if under_same is not None and same is not None:
            again = under_same.play(seed, number)
            found_same.append(day_figures(again.rows, same.queues, day.from_us, day.to_us))
            if number == 0:
                moved_same = moved_calls(day.rows.calls, again.rows.calls, again.reasons)
        progress((number + 1) / replications)
    return Comparison(
        queues=_table(recorded.queues, found_same, found_new, lambda found: found.queues),
        agents=_table(recorded.agents, found_same, found_new, lambda found: found.agents),
        moved=moved,
        moved_same=moved_same,
        left_out={**day.left_out, **{why: n for why, n in under_new.left_out.items() if n}},
        replications=replications,
        calls=len(day.calls),
    )


class _Figures(Protocol):
    """Of one queue or agent."""

    def ratios(self) -> dict[str, Ratio]:
        """Shares and means by name; a count is a ratio to one day."""


_Named: TypeAlias = Mapping[str, _Figures]


def _table(
    recorded: _Named,
    same: Sequence[DayFigures],
    new: Sequence[DayFigures],
    part: Callable[[DayFigures], _Named],
) -> Table:
    """The lines of all queues, or of all agents, in the order of their names, all of them first."""
    names = dict.fromkeys([*recorded, *(name for one in new for name in sorted(part(one)))])
    return {
        name: _lines(
            recorded.get(name),
            [part(one).get(name) for one in same],
            [part(one).get(name) for one in new],
        )
        for name in names
    }


def _lines(
    recorded: _Figures | None, same: Sequence[_Figures | None], new: Sequence[_Figures | None]
) -> dict[str, Line]:
    there = next((one for one in (recorded, *new, *same) if one is not None), None)
    if there is None:
        return {}
    return {
        figure: _line(
            _ratio(recorded, figure),
            [_ratio(one, figure) for one in same],
            [_ratio(one, figure) for one in new],
        )
        for figure in there.ratios()
    }


def _ratio(figures: _Figures | None, figure: str) -> Ratio:
    return Ratio(0, 0) if figures is None else figures.ratios()[figure]


def _line(recorded: Ratio, same: Sequence[Ratio], new: Sequence[Ratio]) -> Line:
    before = same or [recorded] * len(new)
    differences = [
        after.value - earlier.value
        for earlier, after in zip(before, new, strict=True)
        if after.value is not None and earlier.value is not None
    ]
    return Line(
        recorded.value, _estimate(same) if same else None, _estimate(new), estimate(differences)
    )


def _estimate(ratios: Sequence[Ratio]) -> Estimate:
    return ratio_estimate([one.part for one in ratios], [one.whole for one in ratios])
