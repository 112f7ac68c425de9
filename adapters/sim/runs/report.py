"""The results of a simulation as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from adapters.sim.runs.measures import INTERVAL_COUNTS
from adapters.sim.runs.simulation import Run, estimates
from adapters.sim.scenarios.scenario import Scenario, ServiceTarget
from adapters.sim.statistics.estimates import Estimate, estimate

Rows = dict[str, dict[str, Estimate]]

CONFIDENCE: Final = 0.95
#: How figures that are ratios (shares, means over calls) are put together.
RATIO_METHOD: Final = "ratio of the means, interval by the delta method"
US: Final = 1_000_000
_WIDTH: Final = 100
_LABEL: Final = 28

#: Sections in the order of the page: as they are called in figures and to the reader.
_SECTIONS: Final = {
    "total": "all calls",
    "call_types": "call types",
    "queues": "queues",
    "groups": "agent groups",
}
#: Figures in the order of the page, with what the reader calls them. Those that are nought
#: everywhere in a section and are in `_RARE` are passed over.
_FIGURES: Final = {
    "attempts": "attempts",
    "blocked": "blocked",
    "p_blocked": "P(blocked)",
    "offered": "offered",
    "refused": "refused",
    "turned_away": "turned away",
    "turned_away_full": "– queue full",
    "turned_away_no_staff": "– no staff",
    "turned_away_waited": "– waited too long",
    "turned_away_drained": "– queue closed",
    "queued": "queued",
    "answered": "answered",
    "abandoned": "abandoned",
    "left": "left on another way",
    "unfinished": "not over at the end",
    "p_wait": "P(wait)",
    "p_abandon": "P(abandon)",
    "mean_wait_s": "mean wait, s",
    "asa_s": "ASA, s",
    "time_to_abandon_s": "time to abandon, s",
    "service_level": "service level",
    "talk_s": "talk time, s",
    "mean_length": "queue length, mean",
    "largest_length": "queue length, largest",
    "agents": "agents signed in",
    "occupancy": "occupancy",
    "utilisation": "utilisation",
    "ready_share": "ready",
    "ringing_share": "ringing",
    "talking_share": "talking",
    "wrap_up_share": "wrap-up",
    "not_ready_share": "not ready",
}
#: Sections that JSON calls otherwise than `Run.figures`.
_JSON_SECTIONS: Final = {"groups": "agent_groups"}
_RARE: Final = (
    "attempts", "blocked", "p_blocked", "refused", "turned_away", "turned_away_full",
    "turned_away_no_staff", "turned_away_waited", "turned_away_drained", "left", "unfinished",
    "ringing_share", "wrap_up_share", "not_ready_share",
)  # fmt: skip
_DEFINITIONS: Final = {
    "all": "answered within {within:g} s ÷ answered, abandoned and turned away",
    "late_only": "answered within {within:g} s ÷ answered, abandoned and turned away, less those "
    "who gave up within {within:g} s",
    "answered": "answered within {within:g} s ÷ answered",
}


def definition(target: ServiceTarget) -> str:
    """The service level in words."""
    return _DEFINITIONS[target.abandons].format(within=target.within_us / US)


def own_definitions(scenario: Scenario) -> dict[str, str]:
    """Call types with a service level of their own, and that in words. The total counts each call
    by its own time."""
    return {
        kind.name: definition(kind.target)
        for kind in scenario.call_types
        if kind.target is not None
    }


# -- text -----------------------------------------------------------------------------------------


def text_report(scenario: Scenario, runs: Sequence[Run]) -> str:
    """Every figure with its confidence interval, for people."""
    counted_s = (scenario.horizon_us - scenario.warm_up_us) / US
    warm_up_s = scenario.warm_up_us / US
    lines = [
        (
            f"{scenario.name}: {len(runs)} replication{'s' if len(runs) > 1 else ''} of "
            f"{counted_s:.10g} s after {warm_up_s:.10g} s of warm-up, seed {runs[0].seed}"
        ),
        f"service level: {definition(scenario.target)}",
        *(f"  of {name}: {told}" for name, told in own_definitions(scenario).items()),
    ]
    if len(runs) > 1:
        lines += [
            f"± half of the {CONFIDENCE:.0%} confidence interval of the replications (Student's t)",
            f"counts: mean of the replications; shares and times: {RATIO_METHOD}",
        ]
    else:
        lines.append("one replication has no confidence interval")
    for section, rows in estimates(runs, CONFIDENCE).items():
        # With one type of call all calls are those.
        if section != "total" or len(scenario.call_types) > 1:
            lines += ["", *table(_SECTIONS[section], rows)]
    return "\n".join(lines)


def table(title: str, rows: Rows) -> Iterator[str]:
    """One section: figures down, names across, as many tables below each other as needed."""
    cells = {
        label: {name: _cell(row[figure]) for name, row in rows.items() if figure in row}
        for figure, label in _FIGURES.items()
        if _is_shown(figure, rows)
    }
    widths = {
        name: max(len(name), *(len(line.get(name, "")) for line in cells.values())) for name in rows
    }
    for names in _blocks(widths):
        yield f"{title:<{_LABEL}}" + "".join(f"  {name:>{widths[name]}}" for name in names)
        for label, line in cells.items():
            told = "".join(f"  {line.get(name, ''):>{widths[name]}}" for name in names)
            yield f"  {label:<{_LABEL - 2}}{told}"
        title = ""


def _blocks(widths: dict[str, int]) -> Iterator[list[str]]:
    block: list[str] = []
    free = _WIDTH - _LABEL
    for name, width in widths.items():
        if block and free < width + 2:
            yield block
            block, free = [], _WIDTH - _LABEL
        block.append(name)
        free -= width + 2
    if block:
        yield block


def _is_shown(figure: str, rows: Rows) -> bool:
    found = [row[figure] for row in rows.values() if figure in row]
    if figure == "attempts":
        return any(row["blocked"].mean for row in rows.values() if "blocked" in row)
    return bool(found) and (figure not in _RARE or any(one.mean for one in found))


def _cell(value: Estimate) -> str:
    if value.mean is None:
        return "-"
    if value.half_width is None:
        return _number(value.mean, value.mean)
    return f"{_number(value.mean, value.mean)} ±{_number(value.half_width, value.mean)}"


def _number(value: float, size: float) -> str:
    digits = 1 if abs(size) >= 100 else 2 if abs(size) >= 10 else 4
    return f"{value:,.{digits}f}"


# -- JSON -----------------------------------------------------------------------------------------


def json_report(scenario: Scenario, runs: Sequence[Run]) -> dict[str, object]:
    """Every figure as ``{"mean", "low", "high"}``, null where it could not be worked out, the
    values of each replication, and the counts of each type by interval."""
    target = scenario.target
    sections = {
        section: {
            name: {figure: _interval(value) for figure, value in row.items()}
            for name, row in rows.items()
        }
        for section, rows in estimates(runs, CONFIDENCE).items()
    }
    return {
        "scenario": scenario.name,
        "seed": runs[0].seed,
        "replications": len(runs),
        "confidence": CONFIDENCE,
        "horizon_s": scenario.horizon_us / US,
        "warm_up_s": scenario.warm_up_us / US,
        "service_level": {
            "within_s": target.within_us / US,
            "abandons": target.abandons,
            "definition": definition(target),
            "call_types": own_definitions(scenario),
        },
        "total": sections["total"]["all"],
        "call_types": sections["call_types"],
        "queues": sections["queues"],
        "agent_groups": sections["groups"],
        "intervals": intervals(scenario, runs),
        "ratios": RATIO_METHOD,
        "each": [_one(run) for run in runs],
        "digests": [run.digest for run in runs],
    }


def _one(run: Run) -> dict[str, object]:
    """The figures of one replication; of a ratio its two parts as well."""
    return {
        "replication": run.replication,
        **{_JSON_SECTIONS.get(name, name): rows for name, rows in run.figures.items()},
        "ratio_parts": {
            _JSON_SECTIONS.get(section, section): {
                name: {figure: list(ratio) for figure, ratio in ratios.items()}
                for name, ratios in rows.items()
            }
            for section, rows in run.ratios.items()
        },
        "intervals": {
            name: {
                figure: [counts[column] for counts in found]
                for column, figure in enumerate(INTERVAL_COUNTS)
            }
            for name, found in run.intervals.items()
        },
    }


def _interval(value: Estimate) -> dict[str, float | None]:
    return {"mean": value.mean, "low": value.low, "high": value.high}


def intervals(scenario: Scenario, runs: Sequence[Run]) -> dict[str, object]:
    """Counts by (type, interval): means over the replications with half widths, calls counted
    where they arrived; the warm-up is left out."""
    length_us = scenario.interval_us
    count = -(-scenario.horizon_us // length_us)
    names = dict.fromkeys(name for run in runs for name in run.intervals)
    nothing = [[0] * len(INTERVAL_COUNTS)] * count
    return {
        "length_s": length_us / US,
        "from_s": [place * length_us / US for place in range(count)],
        "call_types": {
            name: {
                figure: _series([run.intervals.get(name, nothing) for run in runs], column)
                for column, figure in enumerate(INTERVAL_COUNTS)
            }
            for name in names
        },
    }


def _series(counts: Sequence[list[list[int]]], column: int) -> dict[str, list[float | None]]:
    found = [
        estimate([one[place][column] for one in counts], CONFIDENCE)
        for place in range(len(counts[0]))
    ]
    return {
        "mean": [value.mean for value in found],
        "half_width": [value.half_width for value in found],
    }
