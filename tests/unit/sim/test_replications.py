"""Replications on several cores."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.sim.runs.replications import Work, replicate_on_cores
from adapters.sim.runs.simulation import replicate
from tests.unit.sim.test_scenario_settings import SCENARIO, scenario_of


@pytest.mark.slow
def test_the_same_runs_on_any_number_of_cores(tmp_path: Path) -> None:
    work = Work(scenario_of(tmp_path, SCENARIO), 5, 7)
    digests = [run.digest for run in replicate(work.scenario, 5, 7)]
    for cores in (1, 2, 3):
        done = replicate_on_cores(work, cores=cores)
        assert [run.digest for run in done.runs] == digests
        assert [run.replication for run in done.runs] == [0, 1, 2, 3, 4]
        assert not done.broken_off


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    told: list[float] = []
    replicate_on_cores(Work(scenario_of(tmp_path, SCENARIO), 2), told.append, cores=1)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) == 200
