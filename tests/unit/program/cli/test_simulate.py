"""`acdengine simulate` as it is called."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from acdengine.__main__ import app
from adapters.sim.runs import simulation
from adapters.sim.runs.report import definition
from adapters.sim.runs.simulation import Run
from adapters.sim.scenarios.scenario import Scenario, ServiceTarget
from adapters.sim.statistics import scipy_extra

ROOT = Path(__file__).parents[4]
SCENARIOS = sorted((ROOT / "config" / "scenarios").glob("*.yaml"))
SAMPLE = ROOT / "config" / "traces" / "sample-bank1999.txt"
TWO_SKILLS = ROOT / "config" / "scenarios" / "two-skills.yaml"


def simulated(*arguments: str | Path) -> str:
    done = CliRunner().invoke(app, ["simulate", *map(str, arguments)])
    assert done.exit_code == 0, done.output
    return done.stdout


def as_json(*arguments: str | Path) -> dict[str, Any]:
    found = json.loads(simulated(*arguments, "--json"))
    assert isinstance(found, dict)
    return found


def test_there_are_scenarios() -> None:
    assert {path.stem for path in SCENARIOS} == {
        "contact-centre", "erlang-a", "mmc", "priorities", "trunks-blocking", "two-skills",
    }  # fmt: skip


def test_a_scenario_and_settings_that_are_taken_for_each_other_are_told_apart() -> None:
    settings = ROOT / "config" / "acdengine.yaml"
    done = CliRunner().invoke(app, ["simulate", str(settings)])
    assert done.exit_code == 1
    assert "A file with tenants is a centre's settings" in done.output
    done = CliRunner().invoke(app, ["check", str(TWO_SKILLS)])
    assert done.exit_code == 1
    assert "A file with call_types is a scenario" in done.output


def test_a_long_time_is_told_in_full(tmp_path: Path) -> None:
    text = (SCENARIOS[0].parent / "mmc.yaml").read_text().replace("86400", "1234567")
    (tmp_path / "long.yaml").write_text(text.replace("arrivals: 200", "arrivals: 1"))
    page = simulated(tmp_path / "long.yaml", "--replications", "1")
    assert "1 replication of 1230967 s after 3600 s" in page.splitlines()[0]


@pytest.mark.slow
@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_a_shipped_scenario_runs_and_adds_up(path: Path) -> None:
    found = as_json(path, "--replications", "2")
    assert found["replications"] == 2
    total = found["total"]
    kinds = found["call_types"]
    for figure in ("offered", "blocked", "answered", "abandoned"):
        mean = total[figure]["mean"]
        assert mean == pytest.approx(sum(row[figure]["mean"] for row in kinds.values()))
        by_interval = sum(
            sum(counts[figure]["mean"]) for counts in found["intervals"]["call_types"].values()
        )
        assert by_interval == pytest.approx(mean), figure
    ways = ("refused", "answered", "abandoned", "left", "unfinished")
    # Who comes back from a callback or a transfer may go two ways.
    assert sum(total[way]["mean"] for way in ways) >= total["offered"]["mean"] > 100
    for row in found["agent_groups"].values():
        assert 0 < row["occupancy"]["mean"] < 1


@pytest.mark.slow
def test_the_page_names_the_definition_and_has_every_section() -> None:
    page = simulated(TWO_SKILLS, "--replications", "2", "--seed", "7")
    lines = page.splitlines()
    assert lines[0] == ("two languages: 2 replications of 27000 s after 1800 s of warm-up, seed 7")
    assert lines[1] == f"service level: {definition(ServiceTarget())}"
    assert [line.partition("  ")[0] for line in lines if line and not line.startswith(" ")][4:] == [
        "all calls", "call types", "queues", "agent groups",
    ]  # fmt: skip
    assert max(map(len, lines)) <= 100
    assert all(
        any(line.strip().startswith(label) and "±" in line for line in lines)
        for label in ("offered", "answered", "abandoned", "mean wait, s", "ASA, s", "P(wait)",
                      "P(abandon)", "service level", "occupancy", "queue length, mean")
    )  # fmt: skip


@pytest.mark.slow
def test_one_replication_has_no_interval() -> None:
    assert "±" not in simulated(TWO_SKILLS, "--replications", "1")
    mean = as_json(TWO_SKILLS, "--replications", "1")["total"]["asa_s"]
    assert mean["mean"] > 0
    assert (mean["low"], mean["high"]) == (None, None)


@pytest.mark.slow
def test_the_seed_makes_the_calls() -> None:
    one, same, other = (
        as_json(TWO_SKILLS, "--replications", "1", "--seed", seed)["digests"]
        for seed in ("1", "1", "2")
    )
    assert one == same
    assert one != other


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [(TWO_SKILLS, "--replications", "1"), ("--trace", "bank1999", SAMPLE)],
    ids=["scenario", "trace"],
)
def test_the_same_bytes_under_two_hash_seeds(arguments: tuple[str | Path, ...]) -> None:
    command = [sys.executable, "-m", "acdengine", "simulate", *map(str, arguments), "--json"]
    one, other = (
        subprocess.run(
            command, env={**os.environ, "PYTHONHASHSEED": seed}, check=True, capture_output=True
        ).stdout
        for seed in ("1", "4242")
    )
    assert one == other
    assert json.loads(one)["digests"]


def test_a_mistake_in_a_scenario_is_told_and_the_status_is_one(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(TWO_SKILLS.read_text().replace("horizon_s:", "horizn_s:"))
    done = CliRunner().invoke(app, ["simulate", str(path)])
    assert done.exit_code == 1
    assert done.stdout == ""
    assert f"{path}:" in done.stderr
    assert "did you mean 'horizon_s'?" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        ((TWO_SKILLS, "--days", "2"), 2, "go with --trace"),
        ((TWO_SKILLS, "--break-min", "2"), 2, "go with --trace"),
        ((TWO_SKILLS, TWO_SKILLS), 2, "one scenario at a time"),
        (("--trace", "bank1998", SAMPLE), 1, "no trace format is called 'bank1998'"),
        (("--trace", "bank1999", ROOT / "nothing.txt"), 1, "cannot be read"),
        (
            ("--trace", "bank1999", SAMPLE, "--staffing", "x.csv", "--break-min", "3"), 2,
            "goes with --staffing seen",
        ),
        (("--trace", "bank1999", SAMPLE, "--staffing", "x.csv"), 1, "x.csv: cannot be read"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_refused(
    arguments: tuple[str | Path, ...], status: int, told: str
) -> None:
    done = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["simulate", *map(str, arguments)])
    assert done.exit_code == status
    assert told in " ".join(done.output.split())


MISTAKES = [
    ("patience: never", "patience: { kind: expo, mean_s: 3 }", "did you mean 'exponential'?"),
    ("patience: never", "patience: { kind: weibull, mean_s: abc, shape: 1 }",
     "mean_s: 'abc' is text, expected a number of seconds"),
    ("patience: never", "skills: { klingon: 3 }", "there is no skill 'klingon'"),
    ("arrivals: 60", "arrivals: 3000000", "up to 72,000,000 calls"),
    ("replications: 3", "replications: 1000000000", "expected a whole number from 1 to 100000"),
    ("answer: 0", "breaks: { every: 0, length: 0 }", "breaks follow each other without end"),
    ("answer: 0", "loses_phone: 0", "the phone is lost again and again"),
    ("answer: 0", "loses_phone: { kind: uniform, low_s: 0, high_s: 0 }", "again and again"),
]  # fmt: skip
SMALL = """\
settings:
  trunks: { lines: { channels: 10 } }
  tenants:
    centre:
      numbers: { "100": { queue: calls } }
      not_ready_reasons: [break]
      skills: [french]
      queues: { calls: {} }
      agents: { "a{1..3}": { queues: [calls] } }
horizon_s: 86400
replications: 3
call_types:
  calls: { dnis: "100", arrivals: 60, service: 60, patience: never }
agent_groups:
  agents: { agents: ["a{1..3}"], answer: 0 }
"""


@pytest.mark.parametrize(("right", "wrong", "told"), MISTAKES)
def test_what_would_hang_or_mislead_is_refused(
    tmp_path: Path, right: str, wrong: str, told: str
) -> None:
    path = tmp_path / "small.yaml"
    assert right in SMALL
    path.write_text(SMALL.replace(right, wrong))
    done = CliRunner().invoke(app, ["simulate", str(path)])
    assert (done.exit_code, done.stdout) == (1, "")
    assert told in done.stderr


def test_more_replications_than_can_be_kept_are_refused_on_the_command_line() -> None:
    done = CliRunner().invoke(app, ["simulate", "x.yaml", "--replications", "1000000000"])
    assert done.exit_code == 2
    assert "100000" in done.stderr


@pytest.mark.slow
def test_ctrl_c_prints_what_has_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    whole = as_json(path)
    ran = simulation.run

    def broken(scenario: Scenario, seed: int | None, number: int, *rest: Any) -> Run:
        if number == 2:
            raise KeyboardInterrupt
        return ran(scenario, seed, number, *rest)

    monkeypatch.setattr(simulation, "run", broken)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    done = CliRunner().invoke(app, ["simulate", str(path), "--json"])
    assert done.exit_code == 0
    assert "broken off: 2 of 3 replications had ended" in done.stderr
    assert json.loads(done.stdout)["digests"] == whole["digests"][:2]
    monkeypatch.setattr(simulation, "run", lambda *_: broken(_[0], 1, 2))
    nothing = CliRunner().invoke(app, ["simulate", str(path), "--json"])
    assert (nothing.exit_code, nothing.stdout) == (130, "")


@pytest.mark.parametrize("arguments", [(TWO_SKILLS,), ("--trace", "bank1999", SAMPLE)])
def test_without_scipy_intervals_are_refused_before_anything_is_simulated(
    arguments: tuple[str | Path, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scipy_extra, "find_spec", lambda name: None)
    monkeypatch.setattr(simulation, "run", None)
    done = CliRunner().invoke(app, ["simulate", *map(str, arguments)])
    assert (done.exit_code, done.stdout) == (1, "")
    assert "pip install scipy (with pipx: pipx inject acdengine scipy)" in done.stderr


def test_one_replication_has_no_interval_and_needs_no_scipy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scipy_extra, "find_spec", lambda name: None)
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    assert as_json(path, "--replications", "1")["replications"] == 1


@pytest.mark.slow
def test_the_daemon_and_its_simulated_trunks_load_no_scipy() -> None:
    code = (
        "import sys, acdengine.__main__, acdengine.program.cli.run, adapters.sim.runs.real_time\n"
        "print([name for name in ('scipy', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
def test_a_trace_stands_beside_what_really_happened() -> None:
    found = as_json("--trace", "bank1999", SAMPLE)
    assert found["rows"] - sum(found["left_out"].values()) == found["calls"] == 214
    everything = found["compared"]["all calls"]
    assert everything["recorded"]["offered"] == everything["simulated"]["offered"]["mean"] == 214
    page = simulated("--trace", "bank1999", SAMPLE)
    assert "left out: phantom call: 1" in page
    assert "calls a second of the processor" in page
    assert {"priority 0", "priority 2", "PS", "NW"} <= {
        line.partition("  ")[0] for line in page.splitlines()
    }


@pytest.mark.slow
def test_a_trace_with_given_staff(tmp_path: Path) -> None:
    staff = tmp_path / "staff.csv"
    staff.write_text("# by the clock of the record\nfrom,agents\n00:00,8\n12:00,2\n")
    found = as_json("--trace", "bank1999", SAMPLE, "--staffing", staff, "--days", "2")
    assert found["agents"] == 8
    assert found["agent_hours"] == 2 * (12 * 8 + 12 * 2)
    assert found["simulated"] < found["calls"]
    seen = as_json("--trace", "bank1999", SAMPLE, "--days", "2")["compared"]["all calls"]
    many = found["compared"]["all calls"]
    assert many["simulated"]["asa_s"]["mean"] < seen["simulated"]["asa_s"]["mean"]
