"""`python -m bench core`: whole call lives through `Engine.handle`, saturated, on one core.

10,000 agents with 3 to 8 of 64 skills each, 200 requirement classes (50 queues of four requirement
steps), and a fixed number of calls waiting: whenever a call is taken another arrives. A life is:
arrive, queue, offer, answer, bridge, hang up, agent's leg down, wrap-up ended by its deadline,
ready, next call. Facts are drained after every event, as the daemon does.

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
import statistics
import sys
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from acdengine.commands import Bridge, CancelRing, RingAgent
from acdengine.engine import Engine
from acdengine.events import (
    AnyEvent,
    CallArrived,
    CallBridged,
    CallerHungUp,
    OfferAnswered,
    OfferEnded,
    ReadyRequested,
    SignInRequested,
    TimePassed,
)
from acdengine.plan import Plan, Tenant
from bench.machine import describe_machine
from queues.policy import QueuePolicy, Step
from queues.targets import ToQueue
from routing.policy import AgentProfile, Assignment, WrapUpPolicy

QUEUES = 50
CLASSES_PER_QUEUE = 4
QUEUES_PER_AGENT = 3
TENANT = "bench"
#: Virtual time between two hang-ups; wrap-up lasts a thousand of them.
STEP_US = 100


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
            steps=(Step(),),
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
            wrap_up=WrapUpPolicy(time_us=100_000),
        )
    numbers = {f"{number:04}": ToQueue(f"{TENANT}/q{number}") for number in range(QUEUES)}
    tenant = Tenant(tenant_id=TENANT, numbers=dict(numbers))
    return Plan(
        tenants={TENANT: tenant}, queues=queues, agents=profiles, seed=1, history_limit=1000
    )


def arrivals(plan: Plan, skills: int, draw: random.Random) -> Iterator[tuple[str, dict[str, int]]]:
    """(dialled number, skills asked for) without end: 50 queues x 4 kinds = 200 classes.

    The kinds of a queue: anybody, and one skill that is asked for at a low level. They are drawn
    among skills that enough of the queue's agents have.
    """
    kinds: list[tuple[str, dict[str, int]]] = []
    for number in range(QUEUES):
        queue_id = f"{TENANT}/q{number}"
        have: dict[str, int] = {}
        for profile in plan.agents.values():
            if queue_id in profile.queues:
                for skill, level in profile.skills.items():
                    if level >= 3:
                        have[skill] = have.get(skill, 0) + 1
        common = sorted(have, key=lambda skill: (-have[skill], skill))[: CLASSES_PER_QUEUE - 1]
        kinds.append((f"{number:04}", {}))
        kinds.extend((f"{number:04}", {skill: 3}) for skill in common)
    while True:
        yield draw.choice(kinds)


class Load:
    """The engine under load, and the switch that answers it."""

    def __init__(self, agents: int, skills: int, seed: int) -> None:
        self.draw = random.Random(seed)
        self.plan = make_plan(agents, skills, self.draw)
        self.engine = Engine(self.plan)
        self.kinds = arrivals(self.plan, skills, self.draw)
        self.now_us = 1_000_000
        self.calls = 0
        #: Conversations in the order in which they end.
        self.talking: deque[str] = deque()
        self.events: deque[AnyEvent] = deque()
        self.kind_of: dict[str, tuple[str, dict[str, int]]] = {}

    def arrive(self, kind: tuple[str, dict[str, int]]) -> AnyEvent:
        """One more caller."""
        self.calls += 1
        call_id = f"c{self.calls:08}"
        self.kind_of[call_id] = kind
        dnis, skills = kind
        return CallArrived(
            self.now_us, call_id, f"l{self.calls}", f"+4930{self.calls:08}", dnis,
            "trunk", skills=skills,
        )  # fmt: skip

    def settle(self) -> None:
        """Everything that is under way at this moment, with the switch's answers to it."""
        events, handle, drain = self.events, self.engine.handle, self.engine.drain_facts
        now = self.now_us
        while events:
            for command in handle(events.popleft()):
                kind = type(command)
                if kind is RingAgent:
                    events.append(OfferAnswered(now, command.offer_id))
                elif kind is Bridge:
                    call_id = command.call_id
                    events.append(CallBridged(now, call_id, command.offer_id))
                    self.talking.append(call_id)
                    # Another of the same kind, so that as many of each kind wait for ever.
                    events.append(self.arrive(self.kind_of.pop(call_id)))
                elif kind is CancelRing:
                    events.append(OfferEnded(now, command.offer_id, "hangup"))
            drain()

    def feed(self, event: AnyEvent) -> None:
        """One event and all that follows from it at this moment."""
        self.events.append(event)
        self.settle()

    def fill(self, agents: int, waiting: int) -> None:
        """All agents talk and so many calls wait."""
        for agent_id in self.plan.agents:
            self.feed(SignInRequested(at_us=self.now_us, agent_id=agent_id))
            self.feed(ReadyRequested(at_us=self.now_us, agent_id=agent_id))
        tries = 0
        while len(self.talking) < agents * 0.98 and tries < agents * 3:
            self.now_us += 10
            self.feed(self.arrive(next(self.kinds)))
            tries += 1
        while sum(len(queue.calls) for queue in self.engine.floor.queues.values()) < waiting:
            self.now_us += 10
            for _ in range(100):
                self.feed(self.arrive(next(self.kinds)))

    def live(self, lives: int) -> None:
        """So many conversations end, each agent freed by it wraps up and takes the next call."""
        events = self.events
        for _ in range(lives):
            self.now_us += STEP_US
            events.append(CallerHungUp(self.now_us, self.talking.popleft()))
            self.settle()


def heap_pair_ns() -> float:
    """One push and pop on a heap of 10,000, in nanoseconds: the unit of cost."""
    draw = random.Random(7)
    heap = [(draw.random(), n) for n in range(10_000)]
    heapq.heapify(heap)
    keys = [(draw.random(), n) for n in range(50_000)]
    rounds = []
    for _ in range(5):
        begun = time.perf_counter()
        for key in keys:
            heapq.heappush(heap, key)
            heapq.heappop(heap)
        rounds.append((time.perf_counter() - begun) / len(keys) * 1e9)
    return statistics.median(rounds)
