"""`python -m bench core`: whole call lives through `Engine.handle`, saturated, on one core.

10,000 agents with 3 to 8 of 64 skills each and three of 50 queues, four kinds of call in each queue
(200 requirement classes), and a fixed number of calls waiting: whenever a call is taken another of
its kind arrives. A life is: arrive, queue, offer, answer, bridge, hang up, agent's leg down,
wrap-up ended by its deadline, ready, next call. Facts are drained after every event, as the daemon
does.

The switch is a loop that answers commands at once, so its share of the time is small; it is
included. The cost is also given in units of one `heapq` push and pop on a heap of 10,000, timed in
the same run, because machines differ and drift.
"""

from __future__ import annotations

import argparse
import gc
import heapq
import json
import random
import resource
import statistics
import sys
import time
from collections import deque
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias

from acdengine.commands import AnyCommand, Bridge, CancelRing, RingAgent
from acdengine.engine import Engine
from acdengine.events import (
    AnyEvent,
    CallArrived,
    CallBridged,
    CallerHungUp,
    OfferAnswered,
    OfferEnded,
)
from acdengine.facts import AnyFact
from acdengine.plan import Plan, Tenant
from acdengine.requests import ReadyRequested, SignInRequested
from bench.machine import describe_machine
from queues.policy import QueuePolicy
from queues.targets import ToQueue
from routing.call_group import SkillMinimums
from routing.policy import AgentProfile, Assignment, WrapUpPolicy

QUEUES: Final = 50
CLASSES_PER_QUEUE: Final = 4
QUEUES_PER_AGENT: Final = 3
TENANT: Final = "bench"
#: Virtual time between two hang-ups; a tenth of the agents are in wrap-up at a time.
STEP_US: Final = 100
WRAP_UP_SHARE: Final = 10
#: Dialled number, and skills asked for with their least proficiency.
Kind: TypeAlias = tuple[str, dict[str, int]]
#: Those of `acdengine.program.daemon.daemon`.
GC_THRESHOLDS: Final = (50_000, 20, 50)
#: The numbers waiting take turns, so many times.
ROUNDS: Final = 20


def make_plan(agents: int, skills: int, draw: random.Random) -> Plan:
    """Queues, requirements and agents, drawn from the seed."""
    names = [f"skill{n}" for n in range(skills)]
    queues = {}
    for number in range(QUEUES):
        queue_id = f"{TENANT}/q{number}"
        queues[queue_id] = QueuePolicy(
            queue_id=queue_id,
            tenant_id=TENANT,
            name=f"q{number}",
            max_wait_us=3600 * 1_000_000,
        )
    profiles = {}
    for number in range(agents):
        agent_id = f"{TENANT}/a{number:05}"
        own = draw.sample(names, draw.randint(3, min(8, skills)))
        served = draw.sample(range(QUEUES), QUEUES_PER_AGENT)
        profiles[agent_id] = AgentProfile(
            agent_id=agent_id,
            tenant_id=TENANT,
            name=agent_id,
            skills={skill: draw.randint(1, 10) for skill in own},
            queues={f"{TENANT}/q{q}": Assignment(position=number) for q in served},
            contact=f"user/{number}",
            wrap_up=WrapUpPolicy(time_us=STEP_US * agents // WRAP_UP_SHARE),
        )
    numbers = {f"{number:04}": ToQueue(f"{TENANT}/q{number}") for number in range(QUEUES)}
    tenant = Tenant(tenant_id=TENANT, numbers=dict(numbers))
    return Plan(
        tenants={TENANT: tenant}, queues=queues, agents=profiles, seed=1, history_limit=1000
    )


def kinds_of_call(plan: Plan) -> list[Kind]:
    """50 queues x 4 kinds = 200 classes.

    The kinds of calls of a queue: without skills, and with one skill at a low level. They are drawn
    among skills that enough of the queue's agents have.
    """
    kinds: list[Kind] = []
    for number in range(QUEUES):
        queue_id = f"{TENANT}/q{number}"
        have: dict[str, int] = {}
        for profile in plan.agents.values():
            if queue_id in profile.queues:
                for skill, level in profile.skills.items():
                    if level >= 3:
                        have[skill] = have.get(skill, 0) + 1
        frequent = sorted(have, key=lambda skill: (-have[skill], skill))[: CLASSES_PER_QUEUE - 1]
        kinds.append((f"{number:04}", {}))
        kinds.extend((f"{number:04}", {skill: 3}) for skill in frequent)
    return kinds


class Answering(Protocol):
    """What the load needs of an engine."""

    def handle(self, event: AnyEvent) -> list[AnyCommand]:
        """Take in an event."""

    def drain_facts(self) -> list[AnyFact]:
        """The facts since the last time."""


class Load:
    """The engine under load, and the switch that answers it."""

    def __init__(self, agents: int, skills: int, seed: int) -> None:
        self.draw = random.Random(seed)
        self.plan = make_plan(agents, skills, self.draw)
        self.engine = Engine(self.plan)
        self.kinds = kinds_of_call(self.plan)
        self.now_us = 1_000_000
        self.calls = 0
        #: Call, leg and number of those who ring next.
        self.callers: deque[tuple[str, str, str]] = deque()
        #: Conversations in the order in which they end.
        self.talking: deque[str] = deque()
        self.events: deque[AnyEvent] = deque()
        #: By what the engine knows of a call, so that nothing is kept here for each that waits.
        self.kind_of: dict[tuple[str, SkillMinimums], Kind] = {
            (dnis, tuple(skills.items())): (dnis, skills) for dnis, skills in self.kinds
        }

    def invent(self, callers: int) -> None:
        """Have the names of so many callers ready, which is no work of an engine or a switch."""
        for number in range(self.calls + 1, self.calls + 1 + callers):
            self.callers.append((f"c{number:08}", f"l{number}", f"+4930{number:08}"))
        self.calls += callers

    def arrive(self, kind: Kind) -> AnyEvent:
        """One more caller."""
        if not self.callers:
            self.invent(1)
        call_id, leg_id, ani = self.callers.popleft()
        dnis, skills = kind
        return CallArrived(self.now_us, call_id, leg_id, ani, dnis, "trunk", skills=skills)

    def settle(self, engine: Answering | None = None) -> None:
        """Everything that is under way at this moment, with the switch's answers to it."""
        answering = engine or self.engine
        events, handle, drain = self.events, answering.handle, answering.drain_facts
        now, calls, kind_of = self.now_us, self.engine.state.calls, self.kind_of
        while events:
            for command in handle(events.popleft()):
                # Not isinstance, which is slow on these classes.
                if type(command) is RingAgent:
                    events.append(OfferAnswered(now, command.offer_id))
                elif type(command) is Bridge:
                    call_id = command.call_id
                    events.append(CallBridged(now, call_id, command.offer_id))
                    self.talking.append(call_id)
                    # Another of the same kind, so that as many of each kind wait for ever.
                    call = calls[call_id]
                    events.append(self.arrive(kind_of[call.dnis, call.skills]))
                elif type(command) is CancelRing:
                    events.append(OfferEnded(now, command.offer_id, "hangup"))
            drain()

    def feed(self, event: AnyEvent) -> None:
        """One event and all that follows from it at this moment."""
        self.events.append(event)
        self.settle()

    def occupy(self, agents: int) -> None:
        """Sign everybody in, and give everybody a call."""
        for agent_id in self.plan.agents:
            self.feed(SignInRequested(at_us=self.now_us, agent_id=agent_id))
            self.feed(ReadyRequested(at_us=self.now_us, agent_id=agent_id))
        for _ in range(20 * agents):
            if len(self.talking) >= agents:
                return
            self.now_us += 10
            self.feed(self.arrive(self.draw.choice(self.kinds)))

    def fill(self, waiting: int) -> None:
        """Have so many calls wait."""
        queues = self.engine.state.queues.values()
        while (missing := waiting - sum(len(queue.calls) for queue in queues)) > 0:
            for _ in range(missing):
                self.now_us += 1
                self.feed(self.arrive(self.draw.choice(self.kinds)))

    def live(self, lives: int, engine: Answering | None = None) -> None:
        """So many conversations end, each agent freed by it wraps up and takes the next call."""
        events = self.events
        for _ in range(lives):
            self.now_us += STEP_US
            events.append(CallerHungUp(self.now_us, self.talking.popleft()))
            self.settle(engine)


class HeapPair:
    """One push and pop on a heap of 10,000: the unit of cost."""

    def __init__(self) -> None:
        draw = random.Random(7)
        self._heap = [(draw.random(), n) for n in range(10_000)]
        heapq.heapify(self._heap)
        self._keys = [(draw.random(), n) for n in range(10_000)]

    def time_us(self) -> float:
        """Processor time of one pair, microseconds."""
        heap, push, pop = self._heap, heapq.heappush, heapq.heappop
        begun = time.process_time_ns()
        for key in self._keys:
            push(heap, key)
            pop(heap)
        return (time.process_time_ns() - begun) / len(self._keys) / 1000


class Row:
    """What is measured with so many calls waiting."""

    def __init__(self, load: Load, waiting: int, bytes_per_call: float) -> None:
        self.load = load
        self.waiting = waiting
        self.bytes_per_call = bytes_per_call
        self.life_us: list[float] = []
        self.pairs: list[float] = []
        self.handle_us: list[float] = []

    def round(self, lives: int, pair: HeapPair) -> None:
        """So many lives, with the unit of cost timed before and after."""
        self.load.invent(lives)
        before = pair.time_us()
        begun = time.process_time_ns()
        self.load.live(lives)
        spent = (time.process_time_ns() - begun) / lives / 1000
        self.life_us.append(spent)
        self.pairs.append(spent / ((before + pair.time_us()) / 2))

    def time_events(self, lives: int) -> None:
        """The same with each event timed by itself, which costs time and so is apart."""
        engine = self.load.engine
        handle, spent = engine.handle, self.handle_us

        class Timed:
            def drain_facts(self) -> list[AnyFact]:
                return engine.drain_facts()

            def handle(self, event: AnyEvent) -> list[AnyCommand]:
                begun = time.perf_counter_ns()
                commands = handle(event)
                spent.append((time.perf_counter_ns() - begun) / 1000)
                return commands

        self.load.live(lives, Timed())

    def report(self) -> dict[str, float | int]:
        """The row as it goes into the JSON."""
        life_us = statistics.median(self.life_us)
        ordered = sorted(self.handle_us)
        return {
            "waiting": self.waiting,
            "lifecycles_per_s": round(1e6 / life_us),
            "heap_pairs_per_lifecycle": round(statistics.median(self.pairs), 1),
            "handle_us_p50": round(ordered[len(ordered) // 2], 2),
            "handle_us_p99": round(ordered[len(ordered) * 99 // 100], 2),
            "bytes_per_waiting_call": round(self.bytes_per_call),
            "life_us_best": round(min(self.life_us), 2),
            "life_us_median": round(life_us, 2),
            "life_us_worst": round(max(self.life_us), 2),
        }


def resident_bytes() -> int:
    """Memory of this process that is in use (Linux; the peak elsewhere)."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return pages * resource.getpagesize()


def measure(agents: int, waiting: list[int], skills: int, calls: int, seed: int) -> list[Row]:
    """Fill one engine for each number waiting, then take turns between them, round by round."""
    rows = []
    for number in waiting:
        load = Load(agents, skills, seed)
        load.occupy(agents)
        gc.collect()
        before = resident_bytes()
        load.fill(number)
        bytes_per_call = (resident_bytes() - before) / number
        rows.append(Row(load, number, bytes_per_call))
        print(f"filled: {number:,} waiting, {len(load.talking):,} talking", file=sys.stderr)
    pair = HeapPair()
    gc.collect()
    # As in the daemon: what stays need not be looked at again, and the rest seldom.
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    warm_up = 2 * agents // WRAP_UP_SHARE
    for row in rows:
        row.load.live(warm_up)
    for _ in range(ROUNDS):
        for row in rows:
            row.round(max(1, calls // ROUNDS), pair)
    for row in rows:
        row.time_events(max(1, calls // 10))
        row.load.engine.check()
    return rows


def is_compiled() -> bool:
    """Whether the engine is the compiled build (`make compiled`) or plain Python."""
    return not str(sys.modules[Engine.__module__].__file__).endswith(".py")


def main(argv: list[str]) -> int:
    """Command line of `python -m bench core`."""
    parser = argparse.ArgumentParser(prog="python -m bench core", description=__doc__)
    parser.add_argument("--agents", type=int, default=10_000)
    parser.add_argument("--waiting", default="1000,10000,100000,1000000", metavar="W,W,…")
    parser.add_argument("--skills", type=int, default=64)
    parser.add_argument("--calls", type=int, default=100_000, help="call lives measured for each W")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args(argv)
    waiting = [int(number) for number in options.waiting.split(",")]
    rows = measure(options.agents, waiting, options.skills, options.calls, options.seed)
    reports = [row.report() for row in rows]
    cost = {row.waiting: statistics.median(row.life_us) for row in rows}
    # Round by round, so that the machine's drift falls out.
    flatness = statistics.median(
        last / first for first, last in zip(rows[0].life_us, rows[-1].life_us, strict=True)
    )
    result: dict[str, Any] = {
        "bench": "core",
        "machine": describe_machine(),
        "compiled": is_compiled(),
        "seed": options.seed,
        "agents": options.agents,
        "skills": options.skills,
        "requirement_classes": QUEUES * CLASSES_PER_QUEUE,
        "calls": options.calls,
        "rows": reports,
        "flatness": round(flatness, 3),
    }
    print(f"compiled: {'true' if is_compiled() else 'false'}")
    for report in reports:
        print(
            f"{report['waiting']:>9,} waiting: {report['lifecycles_per_s']:>7,} lives/s, "
            f"{report['heap_pairs_per_lifecycle']:>6} heap pairs, handle p50 "
            f"{report['handle_us_p50']} us, p99 {report['handle_us_p99']} us, "
            f"{report['bytes_per_waiting_call']:,} bytes a waiting call"
        )
    print(f"flatness {flatness:.3f} (cost at {max(cost):,} over cost at {min(cost):,} waiting)")
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return 0
