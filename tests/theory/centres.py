"""Centres that the formulas of queueing theory describe, as scenarios.

Poisson arrivals, exponential conversations, agents who answer at once and need no wrap-up, a
switch that takes no time: the whole engine, with nothing in it that the formula leaves out.
"""

from __future__ import annotations

from acdengine.plan import Plan, Tenant, TrunkGroup
from adapters.sim.draws.arrivals import RateProfile
from adapters.sim.draws.distributions import Exponential
from adapters.sim.draws.timetable import Timetable
from adapters.sim.scenarios.scenario import (
    NEVER,
    AgentGroup,
    CallType,
    Scenario,
    ServiceTarget,
)
from adapters.sim.scenarios.switch_latencies import NO_LATENCY
from queues.policy import OrderPolicy, QueuePolicy
from queues.targets import ToQueue
from routing.policy import AgentProfile, Assignment, WrapUpPolicy

S = 1_000_000


def centre(
    *,
    rates_per_s: tuple[float, ...],
    service_s: float,
    agents: int,
    hours: float,
    patience_s: float | None = None,
    lines: int = 10_000,
    answer_within_s: float = 20,
) -> Scenario:
    """One queue. With several rates the first is the class of the highest priority."""
    queue = QueuePolicy(queue_id="t/q", tenant_id="t", name="q", order=OrderPolicy(mode="bands"))
    names = tuple(f"t/a{number:04}" for number in range(agents))
    plan = Plan(
        tenants={"t": Tenant(tenant_id="t", numbers={"100": ToQueue("t/q")})},
        queues={"t/q": queue},
        agents={
            name: AgentProfile(
                agent_id=name,
                tenant_id="t",
                name=name,
                queues={"t/q": Assignment()},
                contact=f"user/{name}",
                wrap_up=WrapUpPolicy(mode="none"),
            )
            for name in names
        },
        trunks={"line": TrunkGroup(trunk_id="line", channels=lines)},
        history_limit=10,
    )
    patience = NEVER if patience_s is None else Exponential(round(patience_s * S))
    types = tuple(
        CallType(
            name=f"class{number}",
            arrivals=RateProfile.constant(rate),
            dnis="100",
            trunks=("line",),
            service=Timetable.always(Exponential(round(service_s * S))),
            patience=Timetable.always(patience),
            priority=len(rates_per_s) - number,
        )
        for number, rate in enumerate(rates_per_s)
    )
    return Scenario(
        name="theory",
        plan=plan,
        call_types=types,
        groups=(AgentGroup("agents", names),),
        horizon_us=round(hours * 3600 * S),
        warm_up_us=round(hours * 360 * S),
        latencies=NO_LATENCY,
        target=ServiceTarget(within_us=round(answer_within_s * S), abandons="all"),
    )
