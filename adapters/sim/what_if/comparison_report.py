"""A recorded day beside other settings, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from adapters.sim.statistics.estimates import Estimate
from adapters.sim.what_if.comparison import Comparison, Line, Table
from adapters.sim.what_if.day_figures import AGENT_FIGURES, ALL_AGENTS, COUNTS, RATIOS
from adapters.sim.what_if.moved_calls import CHANGES, MovedCall, counted_changes
from adapters.sim.what_if.recorded_day import RecordedDay

_QUEUE_FIGURES: Final = {**COUNTS, **RATIOS}
_SHARES: Final = ("service_level", "p_abandon", "occupancy")
_LABEL: Final = 24
_CELL: Final = 20
_WORDS: Final = {"outcome": "another outcome", "queue": "another queue", "agent": "another agent"}


def text_comparison(
    day: RecordedDay, comparison: Comparison, names: Sequence[str], calls_shown: int
) -> str:
    """Both days side by side, for people.

    Args:
        day: the recorded one.
        comparison: what came of it.
        names: of the files of the new settings.
        calls_shown: how many calls that went elsewhere are listed; 0: none, nor each agent.
    """
    has_same = any(line.same for lines in comparison.queues.values() for line in lines.values())
    columns = ["recorded", *(["same settings"] if has_same else []), "new settings", "difference"]
    times = comparison.replications
    everyone = comparison.agents.get(ALL_AGENTS, {})
    lines = [
        (
            f"recorded: {day.name}, {_utc(day.from_us)} to {_utc(day.to_us)} UTC, "
            f"{len(day.calls):,} calls, {len(day.agents):,} agents"
        ),
        f"new settings: {', '.join(names)}",
        f"played {times} time{'s' if times > 1 else ''}"
        + ("; ± half of the 95 % confidence interval" if times > 1 else "; no confidence interval"),
        *(f"not played: {count:,} {why}" for why, count in comparison.left_out.items()),
        "",
        " " * _LABEL + "".join(f"{name:>{_CELL}}" for name in columns),
        *_rows(comparison.queues, _QUEUE_FIGURES, has_same=has_same),
        *_rows({ALL_AGENTS: everyone}, AGENT_FIGURES, has_same=has_same),
        *(_each_agent(comparison.agents, has_same=has_same) if calls_shown else ()),
        *_moved(comparison, calls_shown, has_same=has_same),
    ]
    return "\n".join(lines)


def _rows(table: Table, figures: Mapping[str, str], *, has_same: bool) -> Iterator[str]:
    for name, lines in table.items():
        yield name
        for figure, label in figures.items():
            line = lines.get(figure)
            if line is not None and (line.new.mean or line.recorded):
                yield f"  {label:<{_LABEL - 2}}" + _cells(figure, line, has_same=has_same)


def _each_agent(agents: Table, *, has_same: bool) -> Iterator[str]:
    """The occupancy of each agent, a line each."""
    yield "occupancy"
    for name, lines in sorted(agents.items()):
        if name != ALL_AGENTS:
            cells = _cells("occupancy", lines["occupancy"], has_same=has_same)
            yield f"  {name:<{_LABEL - 2}}{cells}"


def _cells(figure: str, line: Line, *, has_same: bool) -> str:
    cells = [_number(figure, line.recorded)]
    if has_same:
        cells.append(_estimated(figure, line.same))
    cells += [_estimated(figure, line.new), _estimated(figure, line.difference, sign="+")]
    return "".join(f"{cell:>{_CELL}}" for cell in cells)


def _number(figure: str, value: float | None, sign: str = "") -> str:
    if value is None:
        return "-"
    if figure in _SHARES:
        return f"{100 * value:{sign}.2f} %"
    return f"{value:{sign},.1f}"


def _estimated(figure: str, found: Estimate | None, sign: str = "") -> str:
    if found is None or found.mean is None:
        return "-"
    told = _number(figure, found.mean, sign)
    if found.half_width is None:
        return told
    return f"{told} ± {_number(figure, found.half_width).removesuffix(' %')}"


def _moved(comparison: Comparison, shown: int, *, has_same: bool) -> Iterator[str]:
    counts = counted_changes(comparison.moved)
    by_chance = counted_changes(comparison.moved_same)
    yield ""
    yield "calls that went elsewhere, in the first of the runs: " + ", ".join(
        f"{counts[change]:,} {_WORDS[change]}"
        + (f" ({by_chance[change]:,} under the same settings)" if has_same else "")
        for change in CHANGES
    )
    for one in comparison.moved[:shown]:
        yield f"  {_utc(one.at_us)}  {one.call_id}: {one.was} -> {one.became}"
        if one.why:
            yield f"    {one.why}"
    if shown < len(comparison.moved) and shown:
        yield f"  and {len(comparison.moved) - shown:,} more"


def _utc(at_us: int) -> str:
    return f"{datetime.fromtimestamp(at_us // 1_000_000, UTC):%F %T}"


def json_comparison(day: RecordedDay, comparison: Comparison) -> dict[str, Any]:
    """The same for programs, with all calls that went elsewhere."""
    return {
        "recorded": day.name,
        "from_us": day.from_us,
        "to_us": day.to_us,
        "calls": len(day.calls),
        "agents": len(day.agents),
        "replications": comparison.replications,
        "left_out": comparison.left_out,
        "queues": _json_table(comparison.queues),
        "agents_figures": _json_table(comparison.agents),
        "moved": [_json_moved(one) for one in comparison.moved],
        "moved_counts": counted_changes(comparison.moved),
        "moved_under_same_settings": counted_changes(comparison.moved_same),
    }


def _json_table(table: Table) -> dict[str, dict[str, Any]]:
    return {
        name: {
            figure: {
                "recorded": line.recorded,
                "same": _json_estimate(line.same),
                "new": _json_estimate(line.new),
                "difference": _json_estimate(line.difference),
            }
            for figure, line in lines.items()
        }
        for name, lines in table.items()
    }


def _json_estimate(found: Estimate | None) -> dict[str, float | None] | None:
    if found is None:
        return None
    return {"mean": found.mean, "low": found.low, "high": found.high}


def _json_moved(one: MovedCall) -> dict[str, Any]:
    return {
        "change": one.change,
        "call_id": one.call_id,
        "at_us": one.at_us,
        "was": one.was,
        "became": one.became,
        "why": one.why,
    }
