from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from acdengine.settings.errors import SettingsError
from adapters.sim.draws.arrivals import RateProfile
from adapters.sim.draws.distributions import Constant, Exponential, Gamma, Never
from adapters.sim.draws.timetable import Timetable
from adapters.sim.runs.measures import INTERVAL_COUNTS
from adapters.sim.runs.simulation import run
from adapters.sim.scenarios.scenario import AgentManners, CallType, Opening, Scenario
from adapters.sim.scenarios.scenario_file import load_scenario
from adapters.sim.scenarios.switch_latencies import NO_LATENCY, USUAL

ROOT = Path(__file__).parents[3]
EVERYTHING = ROOT / "config" / "scenarios" / "contact-centre.yaml"
S = 1_000_000

CENTRE = """\
trunks: { lines: { channels: 10 } }
tenants:
  centre:
    numbers: { "100": { queue: calls } }
    wrap_up: { default: { mode: none } }
    queues: { calls: {} }
    teams: { all: {} }
    agents: { "a{1..3}": { team: all, queues: [calls] } }
"""
SCENARIO = """\
settings: centre.yaml
horizon_s: 3600
call_types:
  calls: { dnis: 100, arrivals: 60, service: 60 }
agent_groups:
  agents: { team: all }
"""


def written(folder: Path, text: str, centre: str = CENTRE) -> Path:
    (folder / "centre.yaml").write_text(centre)
    path = folder / "day.yaml"
    path.write_text(text)
    return path


def scenario_of(folder: Path, text: str, centre: str = CENTRE) -> Scenario:
    return load_scenario(written(folder, text, centre)).scenario


def with_call_type(extra: str) -> str:
    return SCENARIO.replace("service: 60", f"service: 60, {extra}")


def with_group(extra: str) -> str:
    return SCENARIO.replace("team: all", f"team: all, {extra}")


# -- what a file becomes --------------------------------------------------------------------------


def test_what_is_not_said_has_its_default(tmp_path: Path) -> None:
    read = load_scenario(written(tmp_path, SCENARIO))
    scenario = read.scenario
    assert (read.replications, scenario.name, scenario.seed) == (10, "day", 1)
    assert scenario.horizon_us == 3_600 * S
    assert scenario.latencies == USUAL
    assert scenario.call_types == (
        CallType(
            "calls",
            RateProfile.constant(60 / 3600),
            "100",
            ("lines",),
            Timetable.always(Constant(60 * S)),
        ),
    )
    assert scenario.groups[0].agents == ("centre/a1", "centre/a2", "centre/a3")
    assert scenario.groups[0].manners == AgentManners()
    assert Scenario("", scenario.plan, (), (), 1).origin_us == scenario.origin_us


def test_values_by_time(tmp_path: Path) -> None:
    scenario = scenario_of(
        tmp_path,
        with_call_type(
            "patience: { by_time: [{ from_s: 0, kind: never }, { from_s: 600, kind: gamma, "
            "mean_s: 60, shape: 2 }], period_s: 3600 }"
        )
        .replace("arrivals: 60", "arrivals: { interval_s: 1800, per_h: [36, 72] }")
        .replace("team: all", "team: all, number: { starts_s: [0, 60], agents: [1, 3] }"),
    )
    (kind,) = scenario.call_types
    assert kind.arrivals == RateProfile((0, 1_800 * S), (0.01, 0.02))
    assert kind.patience.starts_us == (0, 600 * S)
    assert kind.patience.values == (Never(), Gamma(60.0 * S, 2.0))
    assert kind.patience.period_us == 3_600 * S
    assert scenario.groups[0].number == Timetable((0, 60 * S), (1, 3))


def test_settings_in_the_scenario_or_in_several_files(tmp_path: Path) -> None:
    indented = "".join(f"  {line}\n" for line in CENTRE.splitlines())
    embedded = SCENARIO.replace("settings: centre.yaml\n", f"settings:\n{indented}")
    (tmp_path / "more.yaml").write_text("daemon: {}\nengine: { seed: 7 }\n")
    both = SCENARIO.replace("centre.yaml", "[centre.yaml, more.yaml]")
    plan = scenario_of(tmp_path, SCENARIO).plan
    assert scenario_of(tmp_path, embedded).plan == plan
    assert scenario_of(tmp_path, both).plan.seed == 7


def test_latencies_are_those_of_a_like_switch_but_for_what_is_given(tmp_path: Path) -> None:
    text = SCENARIO + "latencies: { like: none, set_up: { kind: exponential, mean_s: 1 } }\n"
    assert scenario_of(tmp_path, text).latencies == dataclasses.replace(
        NO_LATENCY, set_up=Exponential(1.0 * S)
    )


def test_who_rings_outside_the_opening_hours_is_turned_away(tmp_path: Path) -> None:
    text = SCENARIO.replace("horizon_s: 3600", "horizon_s: 14400")
    scenario = scenario_of(tmp_path, text + 'opening: { hours: "01:00-02:00" }\n')
    assert scenario.opening == Opening(3_600 * S, 7_200 * S)
    one = run(scenario)
    total = one.figures["total"]["all"]
    counts = one.intervals["calls"]
    inside = sum(row[0] for row in counts[2:4])
    assert total["refused"] == sum(row[0] for row in counts) - inside
    assert total["answered"] == sum(row[2] for row in counts) == inside > 0


def test_the_warm_up_is_in_no_count(tmp_path: Path) -> None:
    one = run(scenario_of(tmp_path, SCENARIO + "warm_up_s: 1800\n"))
    first, second = one.intervals["calls"]
    assert first == [0] * len(INTERVAL_COUNTS)
    assert second[0] == one.figures["total"]["all"]["offered"] != 0


def is_default(value: object, field: dataclasses.Field[object]) -> bool:
    if field.default is not dataclasses.MISSING:
        return value == field.default
    if field.default_factory is not dataclasses.MISSING:
        return value == field.default_factory()
    return False


def test_a_scenario_file_can_say_all_that_a_scenario_can() -> None:
    """The full example gives something else than the default for everything there is."""
    scenario = load_scenario(EVERYTHING).scenario
    missing = [
        f"{type(parts[0]).__name__}.{field.name}"
        for parts in (
            (scenario,),
            scenario.call_types,
            scenario.groups,
            [group.manners for group in scenario.groups],
            (scenario.opening,),
        )
        for field in dataclasses.fields(parts[0])  # type: ignore[arg-type]
        if all(is_default(getattr(part, field.name), field) for part in parts)
    ]
    # At their defaults on purpose; each is changed in a test of its own, but for the faults, and
    # what a dialplan names: these belong to the seeded runs, not to a simulation that is measured.
    assert missing == [
        "Scenario.warm_up_us",
        "Scenario.origin_us",
        "Scenario.interval_us",
        "Scenario.run_out_us",
        "Scenario.seed",
        "Scenario.faults",
        "CallType.customer_id",
        "CallType.wanted_queue",
        "CallType.hostile",
        "AgentManners.fails",
        "Opening.at_closing",
    ]


def test_broken_telephones_of_a_group(tmp_path: Path) -> None:
    [group] = scenario_of(tmp_path, with_group("fails: 0.25")).groups
    assert group.manners.fails == 0.25


def test_what_the_full_example_leaves_at_its_default(tmp_path: Path) -> None:
    scenario = scenario_of(
        tmp_path,
        SCENARIO + "warm_up_s: 60\ndate: 2026-01-06\ninterval_s: 900\nrun_out_s: 30\nseed: 9\n"
        'opening: { hours: "08:00-24:00", at_closing: send_away }\nname: "0x10"\n',
    )
    assert (scenario.warm_up_us, scenario.interval_us, scenario.run_out_us, scenario.seed) == (
        60 * S, 900 * S, 30 * S, 9,
    )  # fmt: skip
    assert scenario.origin_us - scenario_of(tmp_path, SCENARIO).origin_us == 86_400 * S
    assert scenario.opening == Opening(28_800 * S, 86_400 * S, "send_away")
    assert scenario.name == "0x10"


# -- what is wrong --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (SCENARIO + "horizont: 4\n", "horizont: is not a known key (did you mean 'horizon_s'?)"),
        (SCENARIO + "warm_up_s: 3600\n", "warm_up_s: nothing is left to be counted"),
        (SCENARIO + 'opening: { hours: "18:00-08:00" }\n', "opening.hours: closes before"),
        (with_call_type("trunks: [line]"), "trunks.0: there is no trunk group 'line' (did you"),
        (with_call_type("callback_queue: cals"), "no queue 'cals' (did you mean 'calls'?)"),
        (with_call_type("service_by_group: { agent: 3 }"), "there is no agent group 'agent'"),
        (with_call_type("known_share: 0.5"), "known_share: no callers are known"),
        (with_call_type("known: [123]"), "known: none of the calls comes from them"),
        (with_call_type("day_factor: x"), "day_factor: the factor is always 1"),
        (with_call_type("patience: nevr"), "patience: 'nevr' is not known (did you mean 'never'?)"),
        (with_call_type("patience: { kind: gamma, mean_s: 4 }"), "gamma: expected cv or shape"),
        (with_call_type("patience: { mean_s: 4 }"), "patience: kind is"),
        (with_call_type("patience: {}"), "a duration is described in one way"),
        (with_call_type("patience: { kind: never, period_s: 4 }"), "nothing that could begin"),
        (
            with_call_type("patience: { by_time: [{ from_s: 1, kind: never }] }"),
            "patience: the times do not rise from 0",
        ),
        (with_call_type("leaves: {}"), "no kind of distribution is given"),
        (SCENARIO.replace("arrivals: 60", "arrivals: -1"), "arrivals: -1 is too small"),
        (
            SCENARIO.replace("arrivals: 60", "arrivals: { per_h: [1, 2], starts_s: [0] }"),
            "arrivals: 2 values but 1 starts_s",
        ),
        (
            SCENARIO.replace("arrivals: 60", "arrivals: { per_h: [1] }"),
            "arrivals: the times are given in one way",
        ),
        (
            with_group("number: { interval_s: 60, agents: [1, 2], period_s: 60 }"),
            "number: it begins again before its last interval",
        ),
        (
            SCENARIO.replace("team: all", "team: alls"),
            "team: there is no team 'alls' (did you mean",
        ),
        (SCENARIO.replace("team: all", "agents: [b1]"), "agents.0: there is no agent 'b1'"),
        (SCENARIO.replace("team: all", "number: 1"), "the agents are named in one way"),
        (SCENARIO + "  more: { agents: [a1] }\n", "more: centre/a1 is in agents already"),
        (with_group("number: 4"), "number: there are only 3 agents"),
        (with_group("transfers: 0.5"), "only one of transfers and transfer_to"),
        (
            with_group("transfers: 0.5, transfer_to: [{ queue: cals }]"),
            "transfer_to.0.queue: there is no queue 'cals' in centre",
        ),
        (with_group("misses: 0.6, rejects: 0.6"), "rejects: misses, rejects and fails add up"),
        (with_group("breaks: { every: 9, length: 9, reason: lunch }"), "no reason 'lunch'"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SettingsError) as error:
        load_scenario(written(tmp_path, text))
    (problem,) = error.value.problems
    assert told in str(problem)
    assert str(problem).startswith(f"{tmp_path}/day.yaml:{problem.line}:{problem.column} ")
    assert problem.line > 0


def test_a_mistake_in_the_settings_file_is_told_with_that_file(tmp_path: Path) -> None:
    centre = CENTRE.replace("queue: calls", "queue: cals").replace(
        "  centre:", "  centre:\n    x: 1"
    )
    with pytest.raises(SettingsError) as error:
        scenario_of(tmp_path, SCENARIO, centre)
    first, second = map(str, error.value.problems)
    assert first.startswith(f"{tmp_path}/centre.yaml:4:5 settings.tenants.centre.x: is not a known")
    assert "centre.yaml:5:" in second
    assert "there is no queue 'cals' in centre" in second


def test_a_settings_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.yaml: cannot be read"):
        scenario_of(tmp_path, SCENARIO.replace("centre.yaml", "nowhere.yaml"))
