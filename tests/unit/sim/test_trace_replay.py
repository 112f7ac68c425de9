from __future__ import annotations

import csv
from pathlib import Path

import pytest

from adapters.sim.runs.simulation import Run, run
from adapters.sim.runs.trace_replay import (
    first_days,
    half_hours_at_work,
    midnight_us,
    read_staffing,
    replay,
)
from adapters.sim.traces.staffing import HALF_HOUR_US, Presence
from adapters.sim.traces.summary import summarise
from adapters.sim.traces.trace import TraceCall, TraceError, TraceOutcome
from adapters.sim.traces.trace_formats import read_trace
from tests.reference_data import ROOT, reference

S = 1_000_000
DAY_US = 48 * HALF_HOUR_US
SAMPLE = ROOT / "config" / "traces" / "sample-bank1999.txt"


def call(
    at_s: float, *, priority: int = 0, wait_s: float = 0, service_s: float = 60, server: str = "ANN"
) -> TraceCall:
    """A call at a time after ten in the morning; without a server the caller gave up."""
    at_us = round((36_000 + at_s) * S)
    answered = bool(server)
    return TraceCall(
        at_us=at_us,
        call_id=f"c{at_s}",
        customer_id=None,
        priority=priority,
        call_type="PS",
        outcome=TraceOutcome.ANSWERED if answered else TraceOutcome.ABANDONED,
        wait_us=round(wait_s * S),
        service_us=round(service_s * S) if answered else 0,
        server=server or None,
        service_at_us=at_us + round(wait_s * S) if answered else None,
        recorded_date="1970-01-01",
    )


def simulated(calls: list[TraceCall], given: tuple[tuple[int, int], ...] = ((0, 1),)) -> Run:
    played = replay(calls, given)
    return run(played.scenario, 1, 0, played.traffic)


# -- callers --------------------------------------------------------------------------------------


def test_recorded_times_are_kept() -> None:
    one = simulated([call(0, service_s=100), call(40, service_s=10)])
    total = one.figures["total"]["all"]
    assert total["asa_s"] == pytest.approx(30)
    assert total["talk_s"] == pytest.approx(55)


def test_who_hung_up_has_the_recorded_patience() -> None:
    calls = [call(0, service_s=100), call(10, wait_s=20, server=""), call(20, wait_s=85, server="")]
    total = simulated(calls).figures["total"]["all"]
    assert total["abandoned"] == 1
    assert total["time_to_abandon_s"] == pytest.approx(20)
    # The last one is answered in the simulation, and talks as long as others of the type.
    assert total["answered"] == 2
    assert total["talk_s"] == pytest.approx(100)


def test_who_was_answered_waits_longer_than_they_did() -> None:
    """And for ever, where nobody ever gave up."""
    calls = [call(0, service_s=500), call(10, wait_s=5), call(20, wait_s=9_000, server="")]
    total = simulated(calls).figures["total"]["all"]
    assert total["abandoned"] == 0


@pytest.mark.parametrize(("ahead_s", "first"), [(80, "priority 2"), (100, "priority 0")])
def test_a_vip_has_ninety_seconds_of_credit(ahead_s: int, first: str) -> None:
    calls = [
        call(0, service_s=200, priority=1),
        call(1, service_s=300),
        call(1 + ahead_s, service_s=300, priority=2),
    ]
    rows = simulated(calls).figures["call_types"]
    waits_s = {name: row["asa_s"] or 0.0 for name, row in rows.items()}
    waits_s["priority 2"] += ahead_s
    served = min(("priority 0", "priority 2"), key=waits_s.__getitem__)
    assert served == first


# -- staff ----------------------------------------------------------------------------------------


def test_half_hours_at_work() -> None:
    half = HALF_HOUR_US
    found = [
        Presence("ANN", 0, half),
        Presence("BEN", half // 2 - 1, 2 * half),
        Presence("CAT", 2 * half, 2 * half + 5),
        Presence("ANN", 4 * half - 9, 4 * half + 1),
    ]
    assert half_hours_at_work(found, 0) == {"ANN": [0, 3, 4], "BEN": [0, 1], "CAT": [2]}
    assert half_hours_at_work(found[1:2], 0)["BEN"] == [0, 1]


def test_agents_seen_do_what_they_were_seen_to_do() -> None:
    trace = read_trace("bank1999", [SAMPLE])
    played = replay(trace.calls)
    agents = played.scenario.plan.agents
    assert sorted(agents) == ["bank/ALMA", "bank/BORIS", "bank/CARLA"]
    for agent in agents.values():
        assert sorted(agent.skills) == sorted(
            {call.call_type for call in trace.calls if call.server == agent.name}
        )
    by_slot = half_hours_at_work([Presence("ANN", 0, HALF_HOUR_US)], 0)
    assert played.agent_hours > len(by_slot)


def test_a_longer_break_leaves_more_agents_at_work() -> None:
    calls = [call(0), call(1_300), call(7_000)]
    short, long = (replay(calls, break_us=minutes * 60 * S) for minutes in (10, 120))
    assert short.agent_hours < long.agent_hours


def staffed(folder: Path, text: str) -> tuple[tuple[int, int], ...]:
    path = folder / "staff.csv"
    path.write_text(text)
    return read_staffing(path, [call(0)])


def test_staffing_from_a_file(tmp_path: Path) -> None:
    assert staffed(tmp_path, "from,agents\n08:00,3\n18:30,0\n") == (
        (0, 0), (16 * HALF_HOUR_US, 3), (37 * HALF_HOUR_US, 0),
    )  # fmt: skip
    assert staffed(tmp_path, "from,agents\n1970-01-01 00:00,3\n1970-01-02 00:30,1\n") == (
        (0, 3), (49 * HALF_HOUR_US, 1),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("when,agents\n08:00,3\n", "expected the heading from,agents"),
        ("from,agents\n08:00,3\n08:00,4\n", "staff.csv:3: from is '08:00'; the times do not rise"),
        ("from,agents\n8 am,3\n", "from is '8 am'; expected HH:MM or YYYY-MM-DD HH:MM"),
        ("from,agents\n08:00,three\n", "agents is 'three'; expected a number"),
        ("from,agents\n08:00,3.5\n", "expected a whole number"),
        ("from,agents\n08:00,-1\n", "expected a number from 0"),
        ("from,agents\n1969-12-31 08:00,1\n", "the trace begins later"),
        ("from,agents\n08:00,0\n", "no agent is ever at work"),
    ],
)
def test_a_staffing_file_that_cannot_be_used(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(TraceError, match=told):
        staffed(tmp_path, text)


# -- whole traces ---------------------------------------------------------------------------------


def test_the_sample_is_played_whole() -> None:
    trace = read_trace("bank1999", [SAMPLE])
    played = replay(trace.calls)
    one = run(played.scenario, 1, 0, played.traffic)
    total = one.figures["total"]["all"]
    assert total["offered"] == len(trace.calls) == trace.rows - sum(trace.left_out.values())
    assert total["answered"] + total["abandoned"] == total["offered"]  # type: ignore[operator]
    kinds = one.figures["call_types"]
    assert sorted(kinds) == ["IN", "NE", "NW", "PS", "priority 0", "priority 1", "priority 2"]
    for name in ("PS", "priority 2"):
        label = name.removeprefix("priority ")
        recorded = [c for c in trace.calls if label in (c.call_type, str(c.priority))]
        assert kinds[name]["offered"] == len(recorded)


def test_only_the_first_days() -> None:
    calls = read_trace("bank1999", [SAMPLE]).calls
    first = first_days(calls, 1)
    assert 0 < len(first) < len(calls)
    assert all(call.at_us < midnight_us(calls) + DAY_US for call in first)
    assert first_days(calls, None) == calls
    assert summarise(first).offered == len(first)


@pytest.mark.slow
@pytest.mark.parametrize("month", ["january", "february"])
def test_a_real_month_is_offered_as_the_reference_has_it(month: str) -> None:
    """Offered, rows and recorded figures equal the reference; the simulated ones are near enough
    to be of the same centre (docs/scenarios.md says what makes the difference)."""
    trace = read_trace("bank1999", [reference(f"bank-1999/{month}.txt.gz")])
    with reference("bank-1999/reference_month.csv").open() as lines:
        (row,) = [r for r in csv.DictReader(lines) if (r["month"], r["dim"]) == (month, "all")]
    assert len(trace.calls) == int(row["offered"])
    assert trace.rows == int(row["rows"])
    assert trace.rows - sum(trace.left_out.values()) == int(row["offered"])
    played = replay(trace.calls)
    total = run(played.scenario, 1, 0, played.traffic).figures["total"]["all"]
    assert total["offered"] == int(row["offered"])
    assert total["answered"] + total["abandoned"] == total["offered"]  # type: ignore[operator]
    assert total["refused"] == total["left"] == total["unfinished"] == 0
    p_abandon = total["p_abandon"]
    assert p_abandon is not None
    assert 0.3 < p_abandon / float(row["abandon_rate"]) < 1.2
