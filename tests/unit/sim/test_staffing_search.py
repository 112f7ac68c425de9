"""Agents by simulation: as many as a formula says where there is one; skills where none is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from acdengine.planning.staffing import Target, staff
from adapters.sim.draws.timetable import Timetable
from adapters.sim.runs.staffing_search import (
    Aim,
    StaffingSearchError,
    periods,
    staff_by_simulation,
)
from adapters.sim.scenarios.scenario import Scenario
from adapters.sim.scenarios.scenario_file import load_scenario

HOUR_US = 3_600_000_000
MINUTE_US = 60_000_000

ONE_QUEUE = """
name: one queue
horizon_s: 7200
latencies: {{ like: none }}
settings:
  trunks: {{ lines: {{ channels: 200 }} }}
  tenants:
    centre:
      numbers: {{ "100": {{ queue: service }} }}
      queues: {{ service: {{}} }}
      teams: {{ all: {{ queues: [service] }} }}
      wrap_up: {{ default: {{ mode: none }} }}
      agents: {{ "a{{01..{agents}}}": {{ team: all }} }}
call_types:
  calls:
    dnis: "100"
    arrivals: {arrivals}
    service: {{ kind: exponential, mean_s: 180 }}
agent_groups:
  all: {{ team: all, number: {number} }}
"""


def one_queue(
    tmp_path: Path, agents: int = 30, number: str = "16", arrivals: str = "200"
) -> Scenario:
    path = tmp_path / "scenario.yaml"
    path.write_text(ONE_QUEUE.format(agents=agents, number=number, arrivals=arrivals))
    return load_scenario(path).scenario


def test_one_queue_needs_as_many_as_erlang_c_says(tmp_path: Path) -> None:
    found = staff_by_simulation(one_queue(tmp_path), Aim(0.8, 1.0, 6))
    expected = staff(200, 60, Target(180, 0.8, 20, most_occupied=1.0, shrinkage=0)).agents
    assert expected == 14  # 100 calls in half an hour of 180 s, 80 % in 20 s
    assert abs(found.numbers["all"][0] - expected) <= 1
    level = found.levels["calls"][0]
    assert level is not None
    assert level > 0.75


def test_agents_follow_the_calls_of_each_period(tmp_path: Path) -> None:
    scenario = one_queue(tmp_path, number="30", arrivals="{ interval_s: 3600, per_h: [60, 200] }")
    assert periods(scenario) == (0,)
    assert periods(scenario, 60 * MINUTE_US) == (0, HOUR_US)
    found = staff_by_simulation(scenario, Aim(0.8, 1.0, 2), 60 * MINUTE_US)
    quiet, busy = found.numbers["all"]
    assert 4 <= quiet <= 7
    assert 12 <= busy <= 16


def test_none_can_be_spared(tmp_path: Path) -> None:
    scenario = one_queue(tmp_path)
    found = staff_by_simulation(scenario, Aim(0.8, 1.0, 2))
    number = found.numbers["all"][0]
    fewer = one_queue(tmp_path, number=str(number - 1), agents=number - 1)
    with pytest.raises(StaffingSearchError, match=r"calls stays below 80% from 00:00 on"):
        staff_by_simulation(fewer, Aim(0.8, 1.0, 2))


def test_occupancy_is_kept_below_its_limit(tmp_path: Path) -> None:
    scenario = one_queue(tmp_path)
    free = staff_by_simulation(scenario, Aim(0.3, 1.0, 2))
    eased = staff_by_simulation(scenario, Aim(0.3, 0.7, 2))
    assert (free.occupancy["all"] or 0) > 0.75
    assert eased.numbers["all"][0] > free.numbers["all"][0]
    assert (eased.occupancy["all"] or 1) < 0.74


def test_skills_decide_which_group_is_added_to() -> None:
    scenario = load_scenario(Path("config/scenarios/two-skills.yaml")).scenario
    german, *others = scenario.groups
    hour = replace(
        scenario,
        horizon_us=HOUR_US,
        groups=(german, *(replace(group, number=Timetable.always(0)) for group in others)),
    )
    found = staff_by_simulation(hour, Aim(0.4, 1.0, 2))
    assert found == staff_by_simulation(hour, Aim(0.4, 1.0, 2))
    agents = {name: numbers[0] for name, numbers in found.numbers.items()}
    # 110 calls of 220 s in French are the work of 6.7, without those that are given up.
    assert agents["french"] + agents["bilingual"] >= 4
    assert agents["german"] <= 12
    assert (found.levels["french"][0] or 0) > 0.25
