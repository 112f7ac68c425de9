"""Traffic for any settings: a day's shape, scaled to the queues and agents that there are.

Every number of the settings is rung as much as the agents of the queue that it leads to can bear.
Agents come and go so that the same part of each team is at work as of the profile's own staff. So
`acdengine run` shows a busy centre with any settings, and no scenario has to be written
first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from acdengine.ivr.definition import CallStep, GotoStep, QueueStep
from acdengine.plan import Plan, Tenant
from adapters.sim.draws.arrivals import RateProfile, Retrials
from adapters.sim.draws.distributions import Constant, Distribution, Lognormal, Uniform, Weibull
from adapters.sim.draws.timetable import Timetable
from adapters.sim.scenarios.day_profile import HALF_HOUR_US, DayProfile
from adapters.sim.scenarios.scenario import (
    ORIGIN_US,
    AgentGroup,
    AgentManners,
    Breaks,
    CallType,
    KeyPress,
    Scenario,
    SimulatedSystem,
)
from adapters.sim.scenarios.switch_latencies import USUAL
from queues.policy import QueuePolicy
from queues.targets import Target, ToAgent, ToCallback, ToFlow, ToQueue
from routing.policy import AgentProfile
from routing.requirements import Test, parse_requirement

_S: Final = 1_000_000
_DAY_US: Final = 48 * HALF_HOUR_US
#: How long calls arrive: longer than a simulation on the screen runs.
_HORIZON_US: Final = 92 * _DAY_US
#: Before the time asked for, simulated at once, so that there is something to be seen.
_WARM_UP_US: Final = HALF_HOUR_US

#: Conversations vary as real ones do: lognormal, with a coefficient of variation near 1 (Brown et
#: al., Statistical Analysis of a Telephone Call Center, JASA 100, 2005).
_TALK: Final = Lognormal(mean_us=200 * _S, cv=0.9)
#: With wrap-up and the time until an agent has answered.
_HANDLE_US: Final = 230 * _S
#: However small a group is, it is not less busy than this.
_LEAST_BUSY: Final = 0.15
#: The longer callers have waited the more they stay: a Weibull shape below 1 (the same study).
_PATIENCE: Final = Weibull(scale_us=320 * _S, shape=0.8)
_RETRIALS: Final = Retrials(0.3, Lognormal(mean_us=480 * _S, cv=1.0), most=2)
#: A number that leads to its queue by way of a flow or an agent is rung so much less often.
_ROUNDABOUT: Final = 0.2
#: One that leads to a menu, which leads on to other queues too.
_MENU: Final = 0.5
#: An agent who joins in later, by level or delay, counts so much towards a queue's calls.
_RESERVE: Final = 0.25
#: Share of calls that come from callers whom the settings know.
_KNOWN: Final = 0.08


def day_scenario(
    plan: Plan,
    profile: DayProfile,
    from_midnight_us: int,
    seed: int = 1,
    systems: tuple[SimulatedSystem, ...] = (),
) -> Scenario:
    """A scenario that goes on day after day.

    It begins half an hour before the time asked for, or up to an hour: at a whole half hour. The
    day is Monday, 5 January 2026, by the clock of the centre's opening hours.

    Args:
        plan: whose queues are rung and whose agents work.
        profile: the shape of the day.
        from_midnight_us: the time of day that is asked for.
        seed: of all draws.
        systems: those that flows ask.
    """
    slot = (from_midnight_us - _WARM_UP_US) // HALF_HOUR_US
    day = profile.from_slot(slot)
    return Scenario(
        name="day",
        plan=plan,
        call_types=tuple(_call_types(plan, day)),
        groups=tuple(_groups(plan, day)),
        horizon_us=_HORIZON_US,
        origin_us=midnight_us(plan) + slot * HALF_HOUR_US,
        seed=seed,
        latencies=USUAL,
        systems=systems,
    )


def midnight_us(plan: Plan) -> int:
    """UTC of the midnight that begins the simulated day: in the zone of the settings' hours."""
    return ORIGIN_US - east_us(plan, ORIGIN_US)


def east_us(plan: Plan, at_us: int) -> int:
    """How far the centre's clock is ahead of UTC: that of its first opening hours; 0 without."""
    for hours in plan.hours.values():
        return [offset_us for since_us, offset_us in hours.offsets if since_us <= at_us][-1]
    return 0


# -- calls ----------------------------------------------------------------------------------------


def _call_types(plan: Plan, day: DayProfile) -> Iterator[CallType]:
    staff = _staff_of_queues(plan)
    for tenant in plan.tenants.values():
        trunks = tuple(
            trunk.trunk_id
            for trunk in plan.trunks.values()
            if trunk.tenant_id in ("", tenant.tenant_id)
        )
        known = tuple(
            number.partition("/")[2]
            for number in plan.customers
            if number.startswith(f"{tenant.tenant_id}/")
        )
        if not trunks:
            continue
        for pattern, agents, share in _shares(plan, tenant, staff):
            target = tenant.numbers[pattern]
            counts = [calls * share for calls in calls_for(agents, day)]
            yield CallType(
                name=f"{tenant.tenant_id} {_dialled(pattern, tenant)}",
                arrivals=RateProfile.of_counts(counts, HALF_HOUR_US),
                dnis=_dialled(pattern, tenant),
                trunks=trunks,
                service=Timetable[Distribution].always(_TALK),
                patience=Timetable[Distribution].always(_PATIENCE),
                retrials=_RETRIALS,
                keys=_keys(plan, target),
                known=known,
                known_share=_KNOWN,
            )


def _staff_of_queues(plan: Plan) -> dict[str, float]:
    """Queue to the agents that it can count on, one who serves several shared among them."""
    staff = dict.fromkeys(plan.queues, 0.0)
    tests = {queue_id: _may_take(queue) for queue_id, queue in plan.queues.items()}
    for agent in plan.agents.values():
        weights = {
            queue_id: 1.0 if assignment.level <= 1 and not assignment.delay_us else _RESERVE
            for queue_id, assignment in agent.queues.items()
            if queue_id in tests and tests[queue_id](agent.skills)
        }
        for queue_id, weight in weights.items():
            staff[queue_id] += weight / sum(weights.values())
    return staff


def _may_take(queue: QueuePolicy) -> Test:
    """Whether an agent with some skills may take the queue's calls when they have waited long."""
    return parse_requirement(queue.steps[-1].requirement).test


def calls_for(agents: float, day: DayProfile) -> list[float]:
    """Calls in each half hour that keep so many agents as busy as those of the profile.

    As busy means that callers wait as often, not that agents are idle as little: a small group
    needs more slack than a large one. By the square-root rule of staffing (Halfin and Whitt,
    Heavy-traffic limits for queues with many exponential servers, 1981) that is so where the
    agents above the load, divided by the root of their number, are the same.
    """
    counts = []
    for calls, at_work in zip(day.calls, day.agents, strict=True):
        number = agents * at_work / day.most_agents
        if not number:
            counts.append(0.0)
            continue
        slack = (at_work - calls * _HANDLE_US / HALF_HOUR_US) / at_work**0.5
        load = max(_LEAST_BUSY * number, number - slack * number**0.5)
        counts.append(load * HALF_HOUR_US / _HANDLE_US)
    return counts


def _shares(
    plan: Plan, tenant: Tenant, staff: dict[str, float]
) -> Iterator[tuple[str, float, float]]:
    """Number, agents of the queue where its calls end up, and its share of the queue's calls."""
    leading: dict[str, dict[str, float]] = {}
    for pattern, target in tenant.numbers.items():
        queue_id = _queue_behind(plan, target)
        if queue_id in staff:
            leading.setdefault(queue_id, {})[pattern] = _weight(plan, target)
    for queue_id, weights in leading.items():
        for pattern, weight in weights.items():
            yield pattern, staff[queue_id], weight / sum(weights.values())


def _weight(plan: Plan, target: Target) -> float:
    """How often a number that leads to a target is rung, by that of one that leads to a queue."""
    if isinstance(target, ToFlow) and target.flow_id in plan.ivr_flows:
        return _MENU
    return 1.0 if isinstance(target, ToQueue) else _ROUNDABOUT


def _queue_behind(plan: Plan, target: Target) -> str:
    """The queue that a target leads to in the end; "" for none."""
    seen: list[str] = []
    while isinstance(target, ToFlow):
        if target.flow_id in plan.ivr_flows:
            return _queue_within(plan, target.flow_id)
        flow = plan.flows.get(target.flow_id)
        if flow is None or target.flow_id in seen:
            return ""
        seen.append(target.flow_id)
        target = flow.then
    if isinstance(target, ToAgent):
        return target.backup_queue_id
    return target.queue_id if isinstance(target, ToQueue) else ""


def _queue_within(plan: Plan, flow_id: str) -> str:
    """The queue that an IVR flow, or one that it leads into, names first; "" for none."""
    flows = [flow_id]
    for name in flows:
        flow = plan.ivr_flows.get(name)
        for step in flow.steps.values() if flow is not None else ():
            if isinstance(step, QueueStep):
                return step.queue_id
            if isinstance(step, CallStep | GotoStep) and step.flow_id not in flows:
                flows.append(step.flow_id)
    return ""


def _dialled(pattern: str, tenant: Tenant) -> str:
    """A number that matches this pattern and no longer pattern."""
    if not pattern.endswith("*"):
        return pattern
    begin = pattern[:-1]
    longer = [other.rstrip("*") for other in tenant.numbers if other != pattern]
    tails = ["0", *(f"{n}0" for n in range(1, 10)), *(f"{n:03d}" for n in range(1000))]
    for tail in tails:
        if not any(
            other.startswith(begin) and (begin + tail).startswith(other) for other in longer
        ):
            return begin + tail
    return begin


def _keys(plan: Plan, target: Target) -> tuple[KeyPress, ...]:
    """Some of those who wait take the callback that the queue offers."""
    if not isinstance(target, ToQueue):
        return ()
    policy: QueuePolicy = plan.queues[target.queue_id]
    return tuple(
        KeyPress(digit, Uniform(60 * _S, 240 * _S), 0.15)
        for digit, targets in policy.exit_keys.items()
        if any(isinstance(way, ToCallback) for way in targets)
    )


# -- agents ---------------------------------------------------------------------------------------


def _groups(plan: Plan, day: DayProfile) -> Iterator[AgentGroup]:
    teams: dict[tuple[str, str], list[AgentProfile]] = {}
    for agent in plan.agents.values():
        teams.setdefault((agent.tenant_id, agent.team_id), []).append(agent)
    for (tenant_id, team_id), agents in teams.items():
        reasons = plan.tenants[tenant_id].not_ready_reasons
        yield AgentGroup(
            name=team_id or f"{tenant_id}/no team",
            agents=tuple(agent.agent_id for agent in agents),
            number=_number(len(agents), day),
            manners=_manners(reasons[0] if reasons else ""),
        )


def _number(agents: int, day: DayProfile) -> Timetable[int]:
    """How many of so many are at work: the profile's part of them, and one where it has any."""
    most = day.most_agents
    numbers = [
        max(1 if at_work else 0, round(agents * at_work / most)) for at_work in day.agents
    ]  # fmt: skip
    starts_us = [slot * HALF_HOUR_US for slot in range(len(numbers))]
    return Timetable(tuple(starts_us), tuple(numbers), _DAY_US)


def _manners(break_reason: str) -> AgentManners:
    breaks = None
    if break_reason:
        breaks = Breaks(
            every=Uniform(50 * 60 * _S, 130 * 60 * _S),
            length=Lognormal(mean_us=9 * 60 * _S, cv=0.4),
            reason=break_reason,
        )
    return AgentManners(
        answer=Lognormal(mean_us=4 * _S, cv=0.5),
        misses=0.015,
        rejects=0.005,
        wrap_up=Lognormal(mean_us=22 * _S, cv=0.7),
        asks_wrap_up=0.05,
        extends=0.03,
        hangs_up=0.3,
        holds=0.12,
        hold=Lognormal(mean_us=35 * _S, cv=0.6),
        back=Constant(120 * _S),
        breaks=breaks,
    )
