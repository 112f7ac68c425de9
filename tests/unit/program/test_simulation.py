"""Scenarios and recorded calls under the daemon: what `acdengine simulate` gives, in real time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from acdengine.engine import Engine
from acdengine.facts import AnyFact
from acdengine.plan import Plan
from acdengine.program.daemon.backend import DaemonBackend
from acdengine.program.daemon.credentials import CredentialsReader
from acdengine.program.daemon.options import Options, StartError
from acdengine.program.daemon.simulation import Simulation, simulation_of
from acdengine.runtime.longest_waits import LongestWaits
from acdengine.runtime.loop import Runtime
from acdengine.runtime.metrics import Metrics
from adapters.sim.runs.fact_digest import FactDigest
from adapters.sim.runs.simulation import run as simulate
from tests.unit.runtime.virtual_loop import VirtualLoop, run_virtual

CONFIG = Path(__file__).parents[3] / "config"
SAMPLE = CONFIG / "traces" / "sample-bank1999.txt"
S = 1_000_000


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    """The usual example, cut short."""
    text = (CONFIG / "scenarios" / "mmc.yaml").read_text()
    path = tmp_path / "short.yaml"
    path.write_text(text.replace("horizon_s: 86400", "horizon_s: 7200"))
    return path


class Digest:
    """A sink for the digest of all facts, as far as they were seen."""

    def __init__(self) -> None:
        self.digest = FactDigest()

    def take(self, seq: int, facts: Sequence[AnyFact]) -> None:
        self.digest.add(facts)


def to_the_end(simulation: Simulation, speed: float) -> str:
    """The digest of a simulation that runs in (virtual) real time until it is over."""
    loop = VirtualLoop()

    async def main() -> str:
        clock = type(simulation.clock(1.0))(simulation.start_us, speed, loop.now_ns)
        runtime = Runtime(Engine(simulation.plan), clock)
        sink = Digest()
        runtime.add_sink(sink)
        world = simulation.world(runtime)
        runtime.start()
        world.start()
        await asyncio.sleep((simulation.ends_us - simulation.start_us) / 1e6 / speed)
        world.stop()
        return sink.digest.value()

    return run_virtual(main(), loop)


def test_a_scenario_gives_what_simulate_gives(scenario: Path) -> None:
    simulation = simulation_of(Options(scenario=scenario, seed=3), Plan())
    assert simulation.start_us == simulation.scenario.origin_us + 3600 * S, "warmed up"
    assert to_the_end(simulation, 900.0) == simulate(simulation.scenario).digest


@pytest.mark.slow
def test_recorded_calls_give_what_simulate_gives() -> None:
    options = Options(trace_format="bank1999", trace_files=(SAMPLE,))
    simulation = simulation_of(options, Plan())
    assert simulation.start_us == simulation.scenario.origin_us + 36_000 * S
    expected = simulate(simulation.scenario, traffic=simulation.traffic).digest
    assert to_the_end(simulation, 3000.0) == expected


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (Options(scenario=Path("nowhere.yaml")), "nowhere.yaml: cannot be read"),
        (Options(trace_format="nope", trace_files=(SAMPLE,)), "no trace format is called 'nope'"),
        (Options(trace_format="bank1999", trace_files=(Path("nowhere"),)), "nowhere"),
    ],
)
def test_traffic_that_cannot_be_had(options: Options, says: str) -> None:
    with pytest.raises(StartError, match=says):
        simulation_of(options, Plan())


async def test_settings_that_are_part_of_the_scenario_are_not_read_again(scenario: Path) -> None:
    simulation = simulation_of(Options(scenario=scenario), Plan())
    runtime = Runtime(Engine(simulation.plan), simulation.clock(1.0))
    longest = LongestWaits(lambda: runtime.state)
    backend = DaemonBackend(runtime, longest, Metrics(runtime, longest), (), CredentialsReader())
    changes, problem, _ = await backend.reload("a test", check_only=False)
    assert changes == []
    assert "part of what is simulated" in problem
