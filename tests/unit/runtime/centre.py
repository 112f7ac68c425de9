"""A small centre for tests: one queue, some agents, one trunk group."""

from __future__ import annotations

from acdengine.engine import Engine
from acdengine.events import (
    AnyEvent,
    CallArrived,
    CallBridged,
    CallerHungUp,
    OfferAnswered,
    OfferEnded,
)
from acdengine.facts import AnyFact, OfferMade
from acdengine.plan import Plan, Tenant, TrunkGroup
from acdengine.requests import ReadyRequested, SignInRequested
from queues.policy import Announcements, QueuePolicy
from queues.targets import ToQueue
from routing.policy import AgentProfile, Assignment

S = 1_000_000
DAY_US = 1_767_603_600 * S  # 2026-01-05 09:00 UTC


def plan(agents: int = 2) -> Plan:
    return Plan(
        tenants={
            "acme": Tenant(
                tenant_id="acme", dial_allow=("+49",), numbers={"800": ToQueue("acme/sales")}
            )
        },
        queues={
            "acme/sales": QueuePolicy(
                queue_id="acme/sales",
                tenant_id="acme",
                name="Sales",
                announcements=Announcements(estimate=True, first_after_us=10 * S),
            )
        },
        agents={
            f"acme/a{n}": AgentProfile(
                agent_id=f"acme/a{n}",
                tenant_id="acme",
                name=f"Agent {n}",
                queues={"acme/sales": Assignment()},
                contact=f"user/{n}",
            )
            for n in range(1, agents + 1)
        },
        trunks={"pstn": TrunkGroup(trunk_id="pstn", channels=30)},
    )


def arrival(n: int, at_us: int = 0, ani: str = "") -> CallArrived:
    return CallArrived(at_us, f"c{n}", f"leg{n}", ani or f"+4930555{n:04d}", "800", "pstn")


def sign_in(n: int, at_us: int = 0) -> list[AnyEvent]:
    agent_id = f"acme/a{n}"
    return [
        SignInRequested(at_us, agent_id=agent_id, by=agent_id),
        ReadyRequested(at_us, agent_id=agent_id, by=agent_id),
    ]


def busy_day(calls: int = 12) -> list[AnyEvent]:
    """Events of some calls and two agents, with answers to what the engine orders."""
    engine = Engine(plan())
    events: list[AnyEvent] = []
    at_us = DAY_US

    def feed(*more: AnyEvent) -> list[AnyFact]:
        for event in more:
            events.append(event)
            engine.handle(event)
        return engine.drain_facts()

    feed(*sign_in(1, at_us), *sign_in(2, at_us))
    talking: list[tuple[str, str]] = []
    for n in range(1, calls + 1):
        at_us += 7 * S
        facts = feed(arrival(n, at_us))
        if n % 3 == 0:
            at_us += S
            facts += feed(CallerHungUp(at_us, f"c{n}"))
        if n % 4 == 0 and talking:
            at_us += S
            call_id, offer_id = talking.pop(0)
            facts += feed(CallerHungUp(at_us, call_id), OfferEnded(at_us + 1, offer_id, "hangup"))
        for fact in facts:
            if isinstance(fact, OfferMade) and fact.call_id in engine.state.calls:
                at_us += S
                feed(
                    OfferAnswered(at_us, fact.offer_id),
                    CallBridged(at_us + 5, fact.call_id, fact.offer_id),
                )
                talking.append((fact.call_id, fact.offer_id))
    return events


class HandClock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.us = DAY_US

    def now_us(self) -> int:
        return self.us

    def real_s(self, wait_us: int) -> float:
        return wait_us / 1e6


class Nobody:
    """Who sees to no deadline."""

    def arm(self, due_us: int) -> None: ...


class Recorder:
    """A port and a sink that remember, in the order in which things came."""

    def __init__(self) -> None:
        self.seen: list[object] = []
        self.seqs: list[int] = []

    def execute(self, commands: object) -> None:
        self.seen += list(commands)  # type: ignore[call-overload]

    def take(self, seq: int, facts: object) -> None:
        self.seqs.append(seq)
        self.seen += list(facts)  # type: ignore[call-overload]
