"""A simulated day that was stopped in the middle goes on as if nothing had happened."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from acdengine.engine import Engine
from acdengine.events import AnyEvent, CallBridged
from acdengine.facts import AnyFact
from acdengine.program.daemon.options import Options
from acdengine.program.daemon.simulation import Simulation, simulation_of
from acdengine.requests import (
    HangUpRequested,
    NotReadyRequested,
    PriorityChangeRequested,
    SignOutRequested,
)
from acdengine.runtime.clock import ScaledClock
from acdengine.runtime.journal import Journal
from acdengine.runtime.loop import Runtime
from acdengine.runtime.recovery import events_after
from acdengine.settings.compile import load_plan
from adapters.sim.centre.simulated_world import World
from adapters.sim.runs.real_time import RealTimeWorld
from adapters.sim.runs.repeated_day import DayDiffers, RepeatedDay
from tests.unit.runtime.virtual_loop import VirtualLoop, run_virtual

CONFIG = Path(__file__).parents[3] / "config" / "acdengine.yaml"
SPEED = 60.0
Told = list[tuple[int, AnyFact]]


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    return simulation_of(Options(config=(CONFIG,)), load_plan([CONFIG])[1])


class Sink:
    def __init__(self) -> None:
        self.told: Told = []

    def take(self, seq: int, facts: Sequence[AnyFact]) -> None:
        self.told += [(seq, fact) for fact in facts]


async def people(runtime: Runtime, random: Random, until_us: int) -> None:
    """Supervisors and agents who ask for things, at moments of their own."""
    while runtime.clock.now_us() < until_us:
        await asyncio.sleep(random.uniform(0.01, 0.4))
        state = runtime.state
        agent_id = random.choice([*state.agents])
        call_id = random.choice([*state.calls, "none"])
        event = random.choice(
            (
                NotReadyRequested(0, agent_id=agent_id, reason="break", by="people"),
                SignOutRequested(0, agent_id=agent_id, by="people"),
                HangUpRequested(0, call_id=call_id, by="people"),
                PriorityChangeRequested(0, call_id=call_id, priority=3, by="people"),
            )
        )
        await runtime.request(event)


def lived(
    simulation: Simulation, folder: Path, seconds: float, *, asked: bool = False
) -> tuple[Told, bytes]:
    """The facts of so many real seconds, and the state at the end."""
    loop = VirtualLoop()

    async def main() -> tuple[Told, bytes]:
        clock = ScaledClock(simulation.start_us, SPEED, loop.now_ns)
        runtime = Runtime(
            Engine(simulation.plan),
            clock,
            journal=Journal(folder, "never", whole_up_to_bytes=1 << 30),
        )
        sink = Sink()
        runtime.add_sink(sink)
        world = simulation.world(runtime)
        runtime.attach_services(world)
        runtime.start()
        world.start()
        if asked:
            end_us = simulation.start_us + int(seconds * SPEED * 1e6)
            await people(runtime, Random(5), end_us)
        else:
            await asyncio.sleep(seconds)
        world.stop()
        runtime.snapshot()
        runtime.snapshot()
        await runtime.stop()
        return sink.told, runtime.engine.snapshot()

    return run_virtual(main(), loop)


def repeated(
    simulation: Simulation, events: Sequence[tuple[int, AnyEvent]], sink: Sink
) -> tuple[Engine, World]:
    engine = Engine(simulation.plan)
    world, begin = simulation.drawn()
    RepeatedDay(world, begin, engine, sink.take).repeat(events)
    return engine, world


@pytest.mark.slow
def test_what_goes_on_is_what_would_have_been(simulation: Simulation, tmp_path: Path) -> None:
    whole, _ = lived(simulation, tmp_path / "whole", 20)
    lived(simulation, tmp_path / "stopped", 9)
    events, _, _ = events_after(tmp_path / "stopped", 0)
    sink, loop = Sink(), VirtualLoop()

    async def main() -> None:
        engine, world = repeated(simulation, events, sink)
        seq, last = events[-1]
        runtime = Runtime(engine, ScaledClock(last.at_us, SPEED, loop.now_ns), seq=seq)
        runtime.add_sink(sink)
        goes_on = RealTimeWorld(world, runtime, lambda: None)
        runtime.attach_services(goes_on)
        runtime.start()
        goes_on.start()
        await asyncio.sleep(11)
        goes_on.stop()

    run_virtual(main(), loop)
    assert len(sink.told) > 1000
    until_us = min(sink.told[-1][1].at_us, whole[-1][1].at_us)
    assert [told for told in sink.told if told[1].at_us < until_us] == [
        told for told in whole if told[1].at_us < until_us
    ]


@pytest.mark.slow
def test_what_people_asked_for_is_in_it(simulation: Simulation, tmp_path: Path) -> None:
    told, state = lived(simulation, tmp_path, 15, asked=True)
    events, _, _ = events_after(tmp_path, 0)
    assert sum(getattr(event, "by", "") == "people" for _, event in events) > 40
    sink = Sink()
    engine, _ = repeated(simulation, events, sink)
    assert sink.told == told
    assert engine.snapshot() == state


def test_another_day_is_known(simulation: Simulation, tmp_path: Path) -> None:
    lived(simulation, tmp_path, 1)
    events, _, _ = events_after(tmp_path, 0)
    other = simulation_of(Options(config=(CONFIG,), seed=7), simulation.plan)
    with pytest.raises(DayDiffers, match=r"event \d+"):
        repeated(other, events, Sink())
    joined = next(place for place, (_, event) in enumerate(events) if type(event) is CallBridged)
    with pytest.raises(DayDiffers):
        repeated(simulation, [*events[:joined], *events[joined + 1 :]], Sink())
