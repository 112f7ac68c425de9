"""Random centres under random traffic and faults: every invariant after every event."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from adapters.sim.seeds import command_line as seeds
from adapters.sim.seeds.command_line import SeedResult, run_seed
from tests.reference_data import ROOT


@pytest.mark.parametrize("seed", range(20))
def test_every_invariant_holds_after_every_event(seed: int) -> None:
    result = run_seed(seed)
    assert not result.problem, f"{result.problem}\npython -m adapters.sim.seeds --seed {seed}"
    assert result.events > 100


def test_the_fixed_seeds_make_every_kind_of_fault_happen() -> None:
    """A seed draws its own mix, most faults not at all; together they must leave none out."""
    kinds = {
        "clock steps", "commands lost", "commands lost while down", "comparisons", "crashes",
        "delayed", "dropped", "duplicated", "link losses", "lost while down", "memory losses",
        "node losses", "reordered", "requests",
    }  # fmt: skip
    seen: set[str] = set()
    for seed in range(40):
        seen |= {kind for kind, count in run_seed(seed).faults.items() if count}
    assert seen == kinds


def digests(hash_seed: str) -> str:
    arguments = ["--seeds", "5", "--first", "100", "--jobs", "1", "--digests"]
    return subprocess.run(
        [sys.executable, "-m", "adapters.sim.seeds", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_a_seed_gives_the_same_facts_under_any_hash_seed() -> None:
    first = digests("1")
    assert len(set(first.split())) == 10
    assert digests("4242") == first


def test_seeds_differ() -> None:
    assert run_seed(1).digest != run_seed(2).digest


def test_a_failure_names_the_command_that_repeats_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(seed: int) -> SeedResult:
        return SeedResult(seed, "", 10, {}, "call c1 ended twice" if seed == 3 else "")

    monkeypatch.setattr(seeds, "run_seed", broken)
    assert seeds.main(["--seeds", "5", "--jobs", "1"]) == 1
    printed = capsys.readouterr().out
    assert "seed 3 failed: call c1 ended twice" in printed
    assert "repeat it with: python -m adapters.sim.seeds --seed 3\n" in printed
    assert "5 seeds, 50 events, 1 failed" in printed


def test_a_run_that_goes_round_in_circles_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    def for_ever(self: object) -> None:
        while True:
            pass

    monkeypatch.setattr("adapters.sim.seeds.faulty_run.FaultyRun.run", for_ever)
    monkeypatch.setattr(seeds, "_CPU_S", 0.05)
    assert "no end after" in run_seed(1).problem
