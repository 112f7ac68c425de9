"""What became of recorded calls in a simulation, beside what really became of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from adapters.sim.runs.report import CONFIDENCE, intervals
from adapters.sim.runs.simulation import Run, estimates
from adapters.sim.runs.trace_replay import Replay
from adapters.sim.scenarios.scenario import ServiceTarget
from adapters.sim.statistics.estimates import Estimate
from adapters.sim.traces.summary import TraceSummary, summarise, summarise_by
from adapters.sim.traces.trace import Trace, TraceCall

US: Final = 1_000_000
#: Figures of both, with what the reader calls them and how many digits they get.
_FIGURES: Final = {
    "p_abandon": ("P(abandon)", 4),
    "asa_s": ("ASA, s", 2),
    "mean_wait_s": ("mean wait, s", 2),
    "service_level": ("service level", 4),
}


@dataclass(frozen=True, slots=True)
class TraceResult:
    """Recorded calls and their simulation.

    Attributes:
        trace: as it was read.
        replay: what was simulated.
        runs: what came of it, one a replication.
    """

    trace: Trace
    replay: Replay
    runs: Sequence[Run]

    @property
    def calls_per_s(self) -> float:
        """Calls simulated in a second of the processor."""
        processor_s = sum(run.processor_s for run in self.runs)
        return len(self.replay.calls) * len(self.runs) / processor_s

    def pairs(self) -> Iterator[tuple[str, TraceSummary, dict[str, Estimate]]]:
        """Name, what was recorded and what was simulated: of all, by priority, by type."""
        calls = self.replay.calls
        found = estimates(self.runs, CONFIDENCE)
        yield "all calls", summarise(calls), found["total"]["all"]
        by_name = {
            **summarise_by(calls, _priority),
            **summarise_by(calls, lambda call: call.call_type),
        }
        for name, recorded in by_name.items():
            yield name, recorded, found["call_types"][name]


def _priority(call: TraceCall) -> str:
    return f"priority {call.priority}"


def _recorded(summary: TraceSummary) -> dict[str, float | None]:
    return {
        "offered": summary.offered,
        "answered": summary.answered,
        "abandoned": summary.abandoned,
        "p_abandon": summary.abandon_rate,
        "asa_s": summary.asa_s,
        "mean_wait_s": summary.mean_wait_s,
        "service_level": summary.service_level,
    }


# -- text -----------------------------------------------------------------------------------------


def text_trace_report(result: TraceResult, shows_speed: bool = True) -> str:
    """Recorded and simulated figures side by side, for people."""
    trace, replay = result.trace, result.replay
    target = ServiceTarget()
    lines = [
        (
            f"{trace.rows:,} rows read, {sum(trace.left_out.values()):,} left out, "
            f"{len(trace.calls):,} calls"
        ),
        *_counted("left out", trace.left_out),
        *_counted("kept, though", trace.remarks),
        (
            f"simulated: {len(replay.calls):,} calls, {len(replay.scenario.plan.agents)} agents, "
            f"{replay.agent_hours:,.1f} agent hours, {len(result.runs)} replication"
            f"{'s' if len(result.runs) > 1 else ''}, seed {result.runs[0].seed}"
        ),
        f"service level: answered within {target.within_us / US:g} s ÷ offered",
        "",
        f"{'':<14}{'':>10}" + "".join(f"{label:>26}" for label, _ in _FIGURES.values()),
        f"{'':<14}{'offered':>10}" + f"{'real':>11}{'simulated':>15}" * len(_FIGURES),
    ]
    lines += [_line(*pair) for pair in result.pairs()]
    if shows_speed:
        lines += ["", f"{result.calls_per_s:,.0f} calls a second of the processor"]
    return "\n".join(lines)


def _counted(title: str, counts: Mapping[str, int]) -> Iterator[str]:
    for reason, count in counts.items():
        yield f"  {title}: {reason}: {count:,}"


def _line(name: str, recorded: TraceSummary, simulated: dict[str, Estimate]) -> str:
    real = _recorded(recorded)
    cells = "".join(
        f"{_number(real[figure], digits):>11}{_estimated(simulated[figure], digits):>15}"
        for figure, (_, digits) in _FIGURES.items()
    )
    return f"{name:<14}{recorded.offered:>10,}{cells}"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _estimated(value: Estimate, digits: int) -> str:
    told = _number(value.mean, digits)
    return told if value.half_width is None else f"{told} ±{value.half_width:.{digits}f}"


# -- JSON -----------------------------------------------------------------------------------------


def json_trace_report(result: TraceResult) -> dict[str, object]:
    """The same for programs, with the counts by (type, interval). The speed is not in it: all that
    is comes from the seed."""
    trace, replay = result.trace, result.replay
    return {
        "rows": trace.rows,
        "left_out": dict(trace.left_out),
        "remarks": dict(trace.remarks),
        "calls": len(trace.calls),
        "simulated": len(replay.calls),
        "agents": len(replay.scenario.plan.agents),
        "agent_hours": replay.agent_hours,
        "seed": result.runs[0].seed,
        "replications": len(result.runs),
        "confidence": CONFIDENCE,
        "compared": {
            name: {
                "recorded": _recorded(recorded),
                "simulated": {
                    figure: {
                        "mean": simulated[figure].mean,
                        "low": simulated[figure].low,
                        "high": simulated[figure].high,
                    }
                    for figure in _recorded(recorded)
                },
            }
            for name, recorded, simulated in result.pairs()
        },
        "intervals": intervals(replay.scenario, result.runs),
        "digests": [run.digest for run in result.runs],
    }
