"""A recorded day under other settings: the method itself, against fresh simulations of them."""

from __future__ import annotations

import math
import re
from pathlib import Path
from statistics import mean, stdev

import msgspec
import pytest

from adapters.sim.runs.run_recorder import RunRecorder
from adapters.sim.runs.simulation import run
from adapters.sim.scenarios.scenario import Scenario
from adapters.sim.scenarios.scenario_file import load_scenario
from adapters.sim.statistics.student_t import student_t_quantile
from adapters.sim.what_if.comparison import Comparison, compare_days
from adapters.sim.what_if.day_figures import ALL
from adapters.sim.what_if.played_day import DayUnderSettings
from adapters.sim.what_if.recorded_journal import read_journals

#: A morning of two queues whose agents take the calls of one each.
CENTRE = """
name: two queues
date: 2026-01-05
horizon_s: 14400
service_level: {within_s: 20, abandons: all}
latencies: {like: usual}
settings:
  trunks: {line: {kind: sip, channels: 200}}
  tenants:
    centre:
      numbers: {"100": {queue: sales}, "200": {queue: service}}
      skills: [sales, service]
      wrap_up: {default: {mode: mandatory}}
      queues:
        sales: {requirement: sales, service_level: {threshold_s: 20, abandons: all}}
        service: {requirement: service, service_level: {threshold_s: 20, abandons: all}}
      teams:
        sales: {queues: [sales, service], skills: {sales: 5}}
        service: {queues: [sales, service], skills: {service: 5}}
      agents:
        "s{01..10}": {team: sales}
        "t{01..10}": {team: service}
call_types:
  sales:
    dnis: "100"
    arrivals: 130
    service: {kind: lognormal, mean_s: 240, cv: 0.8}
    patience: {kind: exponential, mean_s: 120}
  service:
    dnis: "200"
    arrivals: 100
    service: {kind: lognormal, mean_s: 300, cv: 0.8}
    patience: {kind: exponential, mean_s: 120}
agent_groups:
  sales:
    team: sales
    answer: {kind: uniform, low_s: 1, high_s: 4}
    wrap_up: {kind: exponential, mean_s: 20}
  service:
    team: service
    answer: {kind: uniform, low_s: 1, high_s: 4}
    wrap_up: {kind: exponential, mean_s: 20}
"""
DAYS = 5
FRESH = 10


def scenario_of(path: Path, skills: str = "") -> Scenario:
    """The centre; with ``skills`` all agents have those."""
    own = re.sub("skills: {(sales|service): 5}", f"skills: {skills}", CENTRE) if skills else CENTRE
    path.write_text(own)
    return load_scenario(path).scenario


def recorded(scenario: Scenario, folder: Path, seed: int) -> Path:
    recorder = RunRecorder(folder)
    try:
        run(scenario, seed, recorder=recorder)
    finally:
        recorder.close()
    return folder


def level(found: Comparison, queue: str = ALL) -> float:
    value = found.queues[queue]["service_level"].new.mean
    assert value is not None
    return value


BOTH = "{sales: 5, service: 5}"


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Recorded mornings."""
    folder = tmp_path_factory.mktemp("days")
    before = scenario_of(folder / "before.yaml")
    return [recorded(before, folder / f"day{n}", n) for n in range(DAYS)]


@pytest.mark.slow
def test_other_settings_give_what_a_fresh_simulation_of_them_gives(
    days: list[Path], tmp_path: Path
) -> None:
    """Each recorded morning under the other settings is a morning of theirs: in the 95 % prediction
    interval of fresh ones. Their mean is the mean of those: within the 95 % interval of the
    difference of two means (Welch 1947, with the smaller number of degrees of freedom)."""
    after = scenario_of(tmp_path / "after.yaml", BOTH)
    fresh = []
    for n in range(FRESH):
        value = run(after, 100 + n).figures["total"]["all"]["service_level"]
        assert value is not None
        fresh.append(value)
    found = []
    for folder in days:
        day, plan = read_journals([folder])
        comparison = compare_days(day, after.plan, plan, 2, 1)
        found.append(level(comparison))
        # The other settings are better: the test would not pass without playing them.
        change = comparison.queues[ALL]["service_level"].difference.mean
        assert change is not None
        assert change > 0.01
    spread = student_t_quantile(0.975, FRESH - 1) * stdev(fresh) * math.sqrt(1 + 1 / FRESH)
    assert all(abs(value - mean(fresh)) < spread for value in found)
    error = math.sqrt(stdev(fresh) ** 2 / FRESH + stdev(found) ** 2 / DAYS)
    assert abs(mean(found) - mean(fresh)) < student_t_quantile(0.975, DAYS - 1) * error


@pytest.mark.slow
def test_the_same_settings_give_the_day_as_it_was(days: list[Path]) -> None:
    day, plan = read_journals([days[0]])
    found = compare_days(day, plan, None, 2, 1)
    lines = found.queues[ALL]
    assert found.calls == len(day.calls) == lines["offered"].recorded
    for figure, close in (("answered", 5), ("service_level", 0.015), ("asa_s", 1.5)):
        line = lines[figure]
        assert line.recorded is not None
        assert line.new.mean == pytest.approx(line.recorded, abs=close)
    occupancy = found.agents["all agents"]["occupancy"]
    assert occupancy.new.mean == pytest.approx(occupancy.recorded, abs=0.01)


def test_the_same_seed_gives_the_same_day(days: list[Path]) -> None:
    day, plan = read_journals([days[0]])
    under = DayUnderSettings(day, plan)
    assert under.play(3).rows.calls == under.play(3).rows.calls
    assert under.play(3).rows.calls != under.play(4).rows.calls


def test_agents_and_trunk_groups_that_the_settings_do_not_have_are_counted(
    days: list[Path],
) -> None:
    day, plan = read_journals([days[0]])
    fewer = {name: one for name, one in plan.agents.items() if name != "centre/s01"}
    under = DayUnderSettings(day, msgspec.structs.replace(plan, agents=fewer, trunks={}))
    assert under.left_out["agents whom the settings do not have"] == 1
    reason = "calls on trunk group 'line', which the settings do not have"
    assert under.left_out[reason] == len(day.calls)
    assert under.play().rows.calls == []


def test_only_calls_of_the_time_asked_for(days: list[Path]) -> None:
    whole, _ = read_journals([days[0]])
    hour_us = 3_600_000_000
    day, _ = read_journals([days[0]], whole.from_us + hour_us, whole.from_us + 2 * hour_us)
    inside = [
        call.call_id
        for call in whole.calls
        if whole.from_us + hour_us <= call.at_us < whole.from_us + 2 * hour_us
    ]
    assert [call.call_id for call in day.calls] == inside
    assert len(day.agents) == 20
