"""A day's traffic for the settings at hand, in virtual and in real time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import pytest
from msgspec import structs

from acdengine.engine import Engine
from acdengine.facts import AnyFact, CallConnected, CallQueued, CallStarted
from acdengine.ivr.definition import (
    CallStep,
    FlowDefinition,
    GotoStep,
    QueueStep,
    ReturnStep,
)
from acdengine.plan import Flow, Plan, Tenant, TrunkGroup
from acdengine.planning.erlang import erlang_c
from acdengine.runtime.clock import ScaledClock
from acdengine.runtime.journal import Journal
from acdengine.runtime.longest_waits import LongestWaits
from acdengine.runtime.loop import Runtime
from acdengine.runtime.metrics import Metrics
from acdengine.runtime.recovery import recover
from adapters.sim.centre.simulated_world import Readers, World, with_readers
from adapters.sim.draws.random_streams import Streams
from adapters.sim.runs.real_time import RealTimeWorld
from adapters.sim.runs.virtual_time import run_virtual
from adapters.sim.scenarios.day_profile import DayProfile, ProfileError, read_day_profile
from adapters.sim.scenarios.day_traffic import calls_for, day_scenario, east_us, midnight_us
from adapters.sim.scenarios.scenario import ORIGIN_US, Scenario
from queues.policy import QueuePolicy, Step
from queues.targets import Target, ToFlow, ToQueue
from routing.policy import AgentProfile, Assignment, Customer, Hours
from tests.unit.runtime.virtual_loop import VirtualLoop
from tests.unit.runtime.virtual_loop import run_virtual as run_loop

S = 1_000_000
HOUR_US = 3600 * S
SHIPPED = Path(__file__).parents[3] / "config" / "profiles" / "day.csv"


def queue(name: str, requirement: str = "") -> QueuePolicy:
    return QueuePolicy(
        queue_id=f"acme/{name}", tenant_id="acme", name=name, steps=(Step(requirement=requirement),)
    )


def agent(name: str, skills: dict[str, int], *queues: str) -> AgentProfile:
    return AgentProfile(
        agent_id=f"acme/{name}",
        tenant_id="acme",
        name=name,
        team_id="acme/all",
        skills=skills,
        queues={f"acme/{queue_id}": Assignment() for queue_id in queues},
    )


@pytest.fixture
def plan() -> Plan:
    numbers: dict[str, Target] = {
        "100": ToQueue("acme/sales"),
        "2*": ToQueue("acme/repairs"),
        "20*": ToFlow("acme/menu"),
        "*": ToFlow("acme/nowhere"),
    }
    agents = [
        *(agent(f"s{n}", {}, "sales", "repairs") for n in range(9)),
        *(agent(f"r{n}", {"tools": 5}, "repairs") for n in range(3)),
    ]
    berlin = Hours(hours_id="acme/office", offsets=((-(2**62), 0), (ORIGIN_US - 99 * S, HOUR_US)))
    return Plan(
        tenants={"acme": Tenant(tenant_id="acme", numbers=numbers)},
        queues={"acme/sales": queue("sales"), "acme/repairs": queue("repairs", "tools >= 3")},
        agents={profile.agent_id: profile for profile in agents},
        customers={"acme/4711": Customer(customer_id="acme/vip", tenant_id="acme")},
        flows={
            "acme/menu": Flow(flow_id="acme/menu", prompts=(), then=ToQueue("acme/repairs")),
            "acme/nowhere": Flow(flow_id="acme/nowhere", prompts=(), then=ToFlow("acme/nowhere")),
        },
        hours={"acme/office": berlin},
        trunks={
            "pstn": TrunkGroup(trunk_id="pstn", channels=30),
            "others": TrunkGroup(trunk_id="others", tenant_id="globex"),
        },
    )


@pytest.fixture
def scenario(plan: Plan) -> Scenario:
    return day_scenario(plan, read_day_profile(SHIPPED), 10 * HOUR_US + 60 * S)


# -- the profile --------------------------------------------------------------------------------


def test_the_shipped_day_has_two_humps_and_somebody_is_always_there() -> None:
    profile = read_day_profile(SHIPPED)
    calls = profile.calls
    morning, lunch, afternoon = max(calls[16:24]), min(calls[24:28]), max(calls[28:36])
    assert lunch < 0.8 * morning
    assert lunch < 0.8 * afternoon
    assert min(profile.agents) >= 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("time,calls\n", "expected the heading"),
        ("from,calls,agents\n00:00,1,1\n", "1 half hours; expected 48"),
        (
            SHIPPED.read_text().replace("09:30,248,36", "09:30,many,36"),
            "day.csv:26: calls is 'many'",
        ),
        (SHIPPED.read_text().replace("09:30,248,36", "09:30,248"), "expected 3 cells, found 2"),
        (SHIPPED.read_text().replace("09:30,248,36", "09:30,-1,36"), "expected a number from 0"),
        (SHIPPED.read_text().replace("09:30,248,36", "09:30,nan,36"), "expected a number from 0"),
    ],
)
def test_a_profile_that_is_none_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "day.csv"
    path.write_text(text)
    with pytest.raises(ProfileError, match=says):
        read_day_profile(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_profile_saved_by_a_spreadsheet_is_the_same(
    tmp_path: Path, encoding: str, separator: str
) -> None:
    lines = [line for line in SHIPPED.read_text().splitlines() if line and line[0] != "#"]
    text = "\r\n".join(lines).replace(",", separator).replace("00:00", "0:00:00", 1)
    path = tmp_path / "day.csv"
    path.write_bytes(f"{text}{separator}{separator}\r\n".encode(encoding))
    assert read_day_profile(path) == read_day_profile(SHIPPED)


def test_a_profile_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="cannot be read"):
        read_day_profile(tmp_path / "none.csv")


def test_a_day_can_begin_at_any_half_hour() -> None:
    profile = read_day_profile(SHIPPED)
    later = profile.from_slot(20)
    assert later.calls[0] == profile.calls[20]
    assert later.calls[-1] == profile.calls[19]
    assert profile.from_slot(-1).agents[0] == profile.agents[-1]


# -- the traffic --------------------------------------------------------------------------------


def test_calls_are_shared_out_by_the_staff_that_can_take_them(scenario: Scenario) -> None:
    rates = {kind.dnis: kind.arrivals.rates_per_s[0] for kind in scenario.call_types}
    assert list(rates) == ["100", "210", "200"]
    # Nine may take sales and no repairs, three repairs; a flow's number is rung less.
    day = read_day_profile(SHIPPED).from_slot(19)
    sales, repairs = calls_for(9, day)[0] / 1800, calls_for(3, day)[0] / 1800
    assert rates["100"] == pytest.approx(sales)
    assert rates["210"] + rates["200"] == pytest.approx(repairs)
    assert rates["200"] == pytest.approx(0.2 * rates["210"])


def test_a_number_of_an_ivr_flow_is_rung_for_the_queue_that_it_names_first(plan: Plan) -> None:
    inner = FlowDefinition(
        flow_id="acme/inner",
        first="wait",
        steps={"wait": QueueStep(queue_id="acme/sales"), "back": ReturnStep()},
    )
    outer = FlowDefinition(
        flow_id="acme/outer", first="in", steps={"in": CallStep(flow_id="acme/inner")}
    )
    circle = FlowDefinition(
        flow_id="acme/circle", first="in", steps={"in": GotoStep(flow_id="acme/circle")}
    )
    flows = {flow.flow_id: flow for flow in (inner, outer, circle)}
    tenant = plan.tenants["acme"]
    numbers = {**tenant.numbers, "300": ToFlow("acme/outer"), "400": ToFlow("acme/circle")}
    changed = structs.replace(
        plan, ivr_flows=flows, tenants={"acme": structs.replace(tenant, numbers=numbers)}
    )
    scenario = day_scenario(changed, read_day_profile(SHIPPED), 10 * HOUR_US)
    rates = {kind.dnis: kind.arrivals.rates_per_s[0] for kind in scenario.call_types}
    assert "400" not in rates
    assert rates["300"] == pytest.approx(0.5 * rates["100"])


def test_groups_of_any_size_let_their_callers_wait_as_often() -> None:
    """By Erlang's formula, which the scaling does not use."""
    day = DayProfile((247.0,) * 48, (36.0,) * 48)
    handle_s, calls = 230, {n: calls_for(n, day)[0] for n in (9, 36, 200)}
    assert calls[36] == pytest.approx(247.0)
    waits = {n: erlang_c(n, calls[n] * handle_s / 1800) for n in calls}
    assert waits[9] == pytest.approx(waits[36], abs=0.06)
    assert waits[200] == pytest.approx(waits[36], abs=0.06)
    assert calls_for(2, DayProfile((1.0,) * 48, (36.0,) * 48))[0] > 0
    assert calls_for(0, day) == [0.0] * 48


def test_a_tenants_calls_come_in_on_its_trunks_and_some_from_known_callers(
    scenario: Scenario,
) -> None:
    kind = scenario.call_types[0]
    assert kind.trunks == ("pstn",)
    assert kind.known == ("4711",)


def test_the_day_is_that_of_the_centres_clock(plan: Plan, scenario: Scenario) -> None:
    assert east_us(plan, ORIGIN_US) == HOUR_US
    assert midnight_us(plan) == ORIGIN_US - HOUR_US
    assert scenario.origin_us == midnight_us(plan) + 9 * HOUR_US + HOUR_US // 2
    assert east_us(Plan(), ORIGIN_US) == 0


def test_as_many_are_at_work_as_the_profile_has_and_one_at_least() -> None:
    flat = DayProfile((10.0,) * 48, (4.0,) + (1.0,) * 46 + (0.0,))
    made = day_scenario(
        Plan(
            tenants={"acme": Tenant(tenant_id="acme")},
            agents={f"acme/a{n}": agent(f"a{n}", {}) for n in range(3)},
        ),
        flat,
        1800 * S,
    )
    number = made.groups[0].number
    assert number is not None
    assert [number.at(n * 1800 * S) for n in (0, 1, 46, 47)] == [3, 1, 1, 0]


# -- in real time -------------------------------------------------------------------------------


class Facts:
    """A sink that keeps them."""

    def __init__(self) -> None:
        self.facts: list[AnyFact] = []

    def take(self, seq: int, facts: Sequence[AnyFact]) -> None:
        self.facts += facts


def in_virtual_time(scenario: Scenario, until_us: int) -> list[AnyFact]:
    world = World(scenario, Streams(1))
    engine = Engine(scenario.plan)
    facts: list[AnyFact] = []

    def keep(fact: AnyFact) -> None:
        facts.append(fact)

    everything: Readers = dict.fromkeys(get_args(AnyFact), (keep,))
    world.begin()
    run_virtual(engine, world, with_readers(everything, world.readers()), until_us)
    return facts


def in_real_time(
    scenario: Scenario, start_us: int, speed: float, real_s: float
) -> tuple[list[AnyFact], RealTimeWorld, Runtime]:
    loop = VirtualLoop()

    async def main() -> tuple[list[AnyFact], RealTimeWorld, Runtime]:
        runtime = Runtime(Engine(scenario.plan), ScaledClock(start_us, speed, loop.now_ns))
        sink = Facts()
        runtime.add_sink(sink)
        world = RealTimeWorld(World(scenario, Streams(1)), runtime)
        runtime.start()
        world.start()
        await asyncio.sleep(real_s)
        world.stop()
        return sink.facts, world, runtime

    return run_loop(main(), loop)


@pytest.mark.slow
@pytest.mark.parametrize("speed", [60.0, 777.0])
def test_at_any_speed_the_same_calls_come_as_in_virtual_time(
    scenario: Scenario, speed: float
) -> None:
    start_us = scenario.origin_us + HOUR_US // 2
    facts, _, _ = in_real_time(scenario, start_us, speed, 3600 / speed)
    expected = in_virtual_time(scenario, facts[-1].at_us)
    assert len(facts) > 500
    assert facts == expected[: len(facts)]
    assert facts[-1].at_us > start_us + 0.95 * HOUR_US


def test_the_time_before_the_start_is_caught_up_with_at_once(scenario: Scenario) -> None:
    facts, world, runtime = in_real_time(scenario, scenario.origin_us + HOUR_US // 2, 1.0, 0.0)
    kinds = [type(fact) for fact in facts]
    assert {CallStarted, CallQueued, CallConnected} <= {*kinds}
    assert world.behind_us() == 0
    assert runtime.state.now_us <= runtime.clock.now_us()


def test_a_world_behind_its_clock_says_so_and_lets_others_have_the_loop(
    scenario: Scenario,
) -> None:
    loop = VirtualLoop()

    async def main() -> tuple[int, int, int]:
        clock = ScaledClock(scenario.origin_us, 1.0, loop.now_ns)
        runtime = Runtime(Engine(scenario.plan), clock)
        world = RealTimeWorld(World(scenario, Streams(1)), runtime)
        runtime.start()
        world.start()
        loop.now_s += 1800
        turns = 0
        world._due(0)
        behind_us = world.behind_us()
        while world.behind_us() > 0:
            turns += 1
            await asyncio.sleep(0)
        world.stop()
        return behind_us, turns, world.behind_us()

    behind_us, turns, at_last_us = run_loop(main(), loop)
    assert behind_us > 60 * S
    assert turns > 5
    assert at_last_us == 0


def test_a_day_in_the_journal_gives_the_same_state_again(
    scenario: Scenario, tmp_path: Path
) -> None:
    """And whoever looks at the metrics meanwhile changes nothing."""
    loop = VirtualLoop()

    async def main() -> bytes:
        clock = ScaledClock(scenario.origin_us, 600.0, loop.now_ns)
        journal = Journal(tmp_path, "never")
        runtime = Runtime(Engine(scenario.plan), clock, journal=journal)
        longest = LongestWaits(lambda: runtime.state)
        metrics = Metrics(runtime, longest)
        for sink in (longest, metrics):
            runtime.add_sink(sink)
        world = RealTimeWorld(World(scenario, Streams(1)), runtime)
        runtime.start()
        world.start()
        for _ in range(4):
            await asyncio.sleep(1.3)
            assert metrics.render()
            runtime.engine.check()
        runtime.snapshot()
        await asyncio.sleep(6)
        world.stop()
        journal.close()
        return runtime.engine.snapshot()

    state = run_loop(main(), loop)
    recovered = recover(tmp_path)
    assert recovered is not None
    assert recovered.replayed > 500, "enough to mean something"
    recovered.engine.drain_facts()
    recovered.engine.check()
    assert recovered.engine.snapshot() == state


def test_a_stopped_daemon_stops_its_world(scenario: Scenario) -> None:
    loop = VirtualLoop()

    async def main() -> int:
        clock = ScaledClock(scenario.origin_us, 60.0, loop.now_ns)
        runtime = Runtime(Engine(scenario.plan), clock)
        world = RealTimeWorld(World(scenario, Streams(1)), runtime)
        runtime.start()
        world.start()
        await asyncio.sleep(5)
        await runtime.stop()
        handled = sum(runtime.meters.events.values())
        await asyncio.sleep(30)
        assert sum(runtime.meters.events.values()) == handled
        return handled

    assert run_loop(main(), loop) > 10
