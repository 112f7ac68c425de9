"""Reports of a simulated day equal what its own measures, and its live figures at the end, say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

pytest.importorskip("sqlalchemy")

from acdengine.api.viewing import view_queue
from acdengine.engine import Engine
from acdengine.records.database import Place, RecordsDatabase, engine_of
from acdengine.records.migrating import migrate
from acdengine.records.projector import Projector
from acdengine.replay.journal_replay import JournalReplay
from acdengine.replay.recording import open_recording
from acdengine.reports.intervals import intervals
from acdengine.reports.report import Report, report
from adapters.sim.runs.run_recorder import RunRecorder
from adapters.sim.runs.simulation import Run, run
from adapters.sim.scenarios.scenario import Scenario
from adapters.sim.scenarios.scenario_file import load_scenario

SCENARIO = Path("config/scenarios/contact-centre.yaml")
DAYS_US = 3 * 86_400_000_000
UTC = ZoneInfo("UTC")


class Day:
    """A recorded day: what its measures say, the engine at its end, and its records."""

    def __init__(self, folder: Path) -> None:
        scenario = with_long_windows(load_scenario(SCENARIO).scenario)
        recorder = RunRecorder(folder / "day")
        try:
            self.run: Run = run(scenario, 1, recorder=recorder)
        finally:
            recorder.close()
        self.from_us = scenario.origin_us
        replay = JournalReplay(open_recording(folder / "day"))
        self.url = f"sqlite:///{folder}/records.db"
        engine = engine_of(self.url)
        migrate(engine)
        database = RecordsDatabase(engine)
        place = database.open_source("one", is_simulated=True)
        projector = Projector(place.source_id)
        seq = 0
        for decided in replay.run():
            seq = decided.seq
            projector.take(seq, 0, decided.facts)
        self.engine: Engine = replay.engine
        self.now_us = projector.last_at_us
        database.write(projector.drain(), Place(place.source_id, seq, 10**6, self.now_us))

    def report(self, *metrics: str, group: str) -> Report:
        """Of all of it."""
        period = intervals("total", self.from_us, self.from_us + DAYS_US, UTC)
        with engine_of(self.url).connect() as connection:
            return report(connection, metrics, period, group)  # type: ignore[arg-type]


def with_long_windows(scenario: Scenario) -> Scenario:
    """The live service level over all of the day."""
    queues = {
        name: msgspec.structs.replace(
            policy, service_level=msgspec.structs.replace(policy.service_level, window_us=DAYS_US)
        )
        for name, policy in scenario.plan.queues.items()
    }
    plan = msgspec.structs.replace(scenario.plan, queues=queues)
    return replace(scenario, plan=plan)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    return Day(tmp_path_factory.mktemp("day"))


def test_live_figures_at_the_end_of_the_day_are_those_of_the_report(day: Day) -> None:
    found = day.report(
        "service-level:abandons=late_only", "waits-answered", "waits-abandoned", group="queue"
    )
    for row in found.rows:
        if not row.group:
            continue
        queue = day.engine.state.queues[row.group]
        live = view_queue(queue, lambda _, __: 0, day.now_us)
        level, answered, abandoned = (figure.value for figure in row.figures)
        assert (answered, abandoned) == (live.answered, live.abandoned)
        assert level == pytest.approx(live.service_level)


def test_measures_of_the_simulation_are_those_of_the_report(day: Day) -> None:
    """Counted from the same facts by other code (`adapters.sim.runs.measures`)."""
    asked = ("waits", "waits-answered", "waits-abandoned", "asa", "time-to-abandon")
    names = ("queued", "answered", "abandoned", "asa_s", "time_to_abandon_s")
    for row in day.report(*asked, group="queue").rows:
        measured = day.run.figures["queues"][row.group]
        for name, figure in zip(names, row.figures, strict=True):
            assert figure.value == pytest.approx(measured[name]), name


def test_agents_occupancy_is_that_of_the_simulation(day: Day) -> None:
    groups: dict[str, list[float]] = {}
    for row in day.report("occupancy", "utilisation", "signed-in-time", group="agent").rows:
        occupancy, utilisation, signed_in = row.figures
        sums = groups.setdefault(_group_of(row.group), [0.0] * 5)
        sums[0] += occupancy.part
        sums[1] += occupancy.whole or 0
        sums[2] += utilisation.part
        sums[3] += utilisation.whole or 0
        sums[4] += signed_in.part
    for name, (talking, idle, handling, signed_in_us, length_us) in groups.items():
        measured = day.run.figures["groups"][name]
        assert talking / idle == pytest.approx(measured["occupancy"], abs=0.005)
        assert handling / signed_in_us == pytest.approx(measured["utilisation"], abs=0.005)
        assert length_us == signed_in_us


def _group_of(agent_id: str) -> str:
    letter = agent_id.partition("/")[2][0]
    return {"s": "sales", "t": "support", "a": "all-round"}[letter]
