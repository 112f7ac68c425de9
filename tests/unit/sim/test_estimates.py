"""Figures over replications: counts are averaged, ratios are put together call by call."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adapters.sim.runs.report import RATIO_METHOD, json_report, text_report
from adapters.sim.runs.simulation import Run, estimates, replicate
from adapters.sim.scenarios.scenario import Scenario
from tests.unit.sim.test_scenario_settings import scenario_of, with_call_type


def runs_of(folder: Path) -> tuple[list[Run], Scenario]:
    scenario = scenario_of(folder, with_call_type("arrivals: 150, day_cv: 0.8").replace(
        "arrivals: 60, ", ""))  # fmt: skip
    return replicate(scenario, 6), scenario


def test_ratios_are_those_of_all_calls(tmp_path: Path) -> None:
    runs, _ = runs_of(tmp_path)
    total = estimates(runs)["total"]["all"]
    parts = [run.ratios["total"]["all"]["service_level"] for run in runs]
    of_all = sum(part for part, _ in parts) / sum(whole for _, whole in parts)
    assert total["service_level"].mean == pytest.approx(of_all)
    values = [run.figures["total"]["all"]["service_level"] for run in runs]
    assert total["service_level"].mean != pytest.approx(sum(v for v in values if v) / len(runs))
    offered = [run.figures["total"]["all"]["offered"] or 0 for run in runs]
    assert total["offered"].mean == pytest.approx(sum(offered) / len(runs))


def test_json_has_each_replication_and_says_how_ratios_are_made(tmp_path: Path) -> None:
    runs, scenario = runs_of(tmp_path)
    told = json.loads(json.dumps(json_report(scenario, runs)))
    assert told["ratios"] == RATIO_METHOD
    assert RATIO_METHOD in text_report(scenario, runs)
    assert len(told["each"]) == 6
    first = told["each"][0]
    part, whole = first["ratio_parts"]["total"]["all"]["service_level"]
    assert first["total"]["all"]["service_level"] == pytest.approx(part / whole)
    assert sum(first["intervals"]["calls"]["in_time"]) == part
    assert set(first["agent_groups"]) == set(told["agent_groups"])
    by_interval = told["intervals"]["call_types"]["calls"]
    each = [sum(one["intervals"]["calls"]["in_time"]) for one in told["each"]]
    assert sum(by_interval["in_time"]["mean"]) == pytest.approx(sum(each) / 6)
