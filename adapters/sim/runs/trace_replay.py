"""Recorded calls through the engine: a centre built from the record, and its callers in order.

The centre is as simple as the record allows. One queue; the call brings its type along as a skill
that the agent must have. Agents are those who are named in the record, able to do what they are
seen to have done; or a given number who can do everything. A call's priority is the recorded one,
and priority 2 is worth the 90 s that the bank gave its VIPs.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from msgspec import structs

from acdengine.plan import Plan, Tenant, TrunkGroup
from adapters.sim.centre.call_types import CallerKind
from adapters.sim.centre.legs import Caller
from adapters.sim.centre.simulated_world import World
from adapters.sim.draws.arrivals import RateProfile
from adapters.sim.draws.distributions import Constant, Distribution, Empirical
from adapters.sim.draws.random_streams import Streams
from adapters.sim.draws.timetable import Timetable
from adapters.sim.runs.simulation import Traffic
from adapters.sim.scenarios.scenario import AgentGroup, CallType, Scenario
from adapters.sim.scenarios.switch_latencies import NO_LATENCY
from adapters.sim.scenarios.table_file import Row, TableError, minutes_of, read_table
from adapters.sim.traces.anonymous_bank_1999 import VIP_CREDIT_US, VIP_PRIORITY
from adapters.sim.traces.arrivals import trace_arrivals
from adapters.sim.traces.patience import TracePatience
from adapters.sim.traces.staffing import BREAK_US, HALF_HOUR_US, Presence, presences
from adapters.sim.traces.trace import TraceCall, TraceError
from queues.policy import OrderPolicy, QueuePolicy
from queues.targets import ToQueue
from routing.policy import AgentProfile, Assignment, WrapUpPolicy

DAY_US: Final = 48 * HALF_HOUR_US
_TENANT: Final = "bank"
_QUEUE: Final = f"{_TENANT}/calls"
_TRUNK: Final = "lines"
_DNIS: Final = "100"
#: More lines than calls at once: how many the bank had is not in its records.
_CHANNELS: Final = 100_000
_HISTORY: Final = 100
#: In a file of staffing.
_MOST_AGENTS: Final = 10_000

#: Agents by half hour: time since the origin to the number at work from then on.
Given = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Replay:
    """What is simulated, and the calls of the record that are.

    Attributes:
        scenario: the centre.
        traffic: the calls.
        calls: the calls as recorded.
        agent_hours: at work in the simulation.
    """

    scenario: Scenario
    traffic: Traffic
    calls: tuple[TraceCall, ...]
    agent_hours: float


def first_days(calls: Sequence[TraceCall], days: int | None) -> tuple[TraceCall, ...]:
    """The calls of the first so many days of a trace; all where no number is given."""
    if days is None or not calls:
        return tuple(calls)
    until_us = midnight_us(calls) + days * DAY_US
    return tuple(call for call in calls if call.at_us < until_us)


def midnight_us(calls: Sequence[TraceCall]) -> int:
    """The midnight before the first call."""
    return calls[0].at_us // DAY_US * DAY_US


def replay(
    calls: Sequence[TraceCall],
    given: Given | None = None,
    break_us: int = BREAK_US,
    wrap_up_us: int = 0,
) -> Replay:
    """The simulation of recorded calls.

    Args:
        calls: in order of time, at least one.
        given: how many agents are at work from when on; as seen in the record unless given.
        break_us: an agent without a call for longer than this was away.
        wrap_up_us: work after each call, of which the record says nothing.
    """
    origin_us = midnight_us(calls)
    horizon_us = (calls[-1].at_us // DAY_US + 1) * DAY_US - origin_us
    types = sorted({call.call_type for call in calls})
    groups, agents = _given_agents(given, types) if given else _seen(calls, origin_us, break_us)
    scenario = Scenario(
        name="trace",
        plan=_plan(agents, wrap_up_us),
        call_types=tuple(_kinds(calls)),
        groups=groups,
        horizon_us=horizon_us,
        origin_us=origin_us,
        latencies=NO_LATENCY,
    )
    feeder = _Feeder(calls)
    hours = sum(_agent_us(group, horizon_us) for group in groups) / (2 * HALF_HOUR_US)
    return Replay(scenario, Traffic(feeder.begin, _labels), tuple(calls), hours)


def _agent_us(group: AgentGroup, horizon_us: int) -> int:
    number = group.number
    if number is None:
        return len(group.agents) * horizon_us
    changes = [*number.changes(horizon_us), (horizon_us, 0)]
    return sum(
        value * (end_us - begin_us)
        for (begin_us, value), (end_us, _) in itertools.pairwise(changes)
    )


# -- the centre -----------------------------------------------------------------------------------


def _plan(agents: Sequence[AgentProfile], wrap_up_us: int) -> Plan:
    queue = QueuePolicy(
        queue_id=_QUEUE,
        tenant_id=_TENANT,
        name="calls",
        order=OrderPolicy(boost_per_priority_us=0, boosts_us={VIP_PRIORITY: VIP_CREDIT_US}),
    )
    wrap_up = WrapUpPolicy(mode="forced" if wrap_up_us else "none", time_us=wrap_up_us)
    return Plan(
        tenants={_TENANT: Tenant(tenant_id=_TENANT, numbers={_DNIS: ToQueue(_QUEUE)})},
        queues={_QUEUE: queue},
        agents={agent.agent_id: structs.replace(agent, wrap_up=wrap_up) for agent in agents},
        trunks={_TRUNK: TrunkGroup(trunk_id=_TRUNK, channels=_CHANNELS)},
        history_limit=_HISTORY,
    )


def _agent(name: str, types: Sequence[str]) -> AgentProfile:
    return AgentProfile(
        agent_id=f"{_TENANT}/{name}",
        tenant_id=_TENANT,
        name=name,
        skills=dict.fromkeys(types, 1),
        queues={_QUEUE: Assignment()},
    )


def _kinds(calls: Sequence[TraceCall]) -> Iterator[CallType]:
    """A call type for each recorded type and priority, none of which comes by itself."""
    for name, priority in sorted({(call.call_type, call.priority) for call in calls}):
        yield CallType(
            name=_kind_name(name, priority),
            arrivals=RateProfile.constant(0.0),
            dnis=_DNIS,
            trunks=(_TRUNK,),
            service=Timetable[Distribution].always(Constant(0)),
            priority=priority,
            skills={name: 1},
        )


def _kind_name(call_type: str, priority: int) -> str:
    return f"{call_type}, priority {priority}"


def _labels(caller: Caller) -> tuple[str, ...]:
    """Calls are counted by type and by priority."""
    call_type, _, priority = caller.kind.name.partition(", ")
    return call_type, priority


# -- staff ----------------------------------------------------------------------------------------


def _seen(
    calls: Sequence[TraceCall], origin_us: int, break_us: int
) -> tuple[tuple[AgentGroup, ...], list[AgentProfile]]:
    """One group for each agent named in the record: alone in it, there or not by half hour."""
    types: dict[str, dict[str, None]] = {}
    for call in calls:
        if call.server is not None:
            types.setdefault(call.server, {})[call.call_type] = None
    slots = half_hours_at_work(presences(calls, break_us), origin_us)
    names = sorted(name for name in types if slots.get(name))
    groups = tuple(
        AgentGroup(name, (f"{_TENANT}/{name}",), _timetable(slots[name])) for name in names
    )
    return groups, [_agent(name, sorted(types[name])) for name in names]


def half_hours_at_work(found: Sequence[Presence], origin_us: int) -> dict[str, list[int]]:
    """Agent to the half hours since the origin in which they are at work, in order.

    That is where they were seen for half of it or more. Where no agent was, but one was seen,
    the agent seen longest is at work for all of it.
    """
    seen: dict[int, dict[str, int]] = {}
    for presence in found:
        at_us = presence.from_us
        while at_us < presence.until_us:
            slot = (at_us - origin_us) // HALF_HOUR_US
            end_us = min(presence.until_us, origin_us + (slot + 1) * HALF_HOUR_US)
            names = seen.setdefault(slot, {})
            names[presence.server] = names.get(presence.server, 0) + end_us - at_us
            at_us = end_us
    working: dict[str, list[int]] = {}
    for slot in sorted(seen):
        names = seen[slot]
        there = [name for name in sorted(names) if 2 * names[name] >= HALF_HOUR_US]
        for name in there or [max(sorted(names), key=names.__getitem__)]:
            working.setdefault(name, []).append(slot)
    return working


def _timetable(slots: Sequence[int]) -> Timetable[int]:
    """1 in these half hours, 0 in all others."""
    starts, values = [0], [0]

    def change(slot: int, value: int) -> None:
        if starts[-1] == slot * HALF_HOUR_US:
            values[-1] = value
        else:
            starts.append(slot * HALF_HOUR_US)
            values.append(value)

    free_from = -1
    for slot in slots:
        if slot != free_from:
            if free_from >= 0:
                change(free_from, 0)
            change(slot, 1)
        free_from = slot + 1
    change(free_from, 0)
    return Timetable(tuple(starts), tuple(values))


def _given_agents(
    given: Given, types: Sequence[str]
) -> tuple[tuple[AgentGroup, ...], list[AgentProfile]]:
    most = max(number for _, number in given)
    agents = [_agent(f"agent{place:03d}", types) for place in range(1, most + 1)]
    daily = given[-1][0] < DAY_US
    number = Timetable(
        tuple(at_us for at_us, _ in given),
        tuple(value for _, value in given),
        DAY_US if daily else None,
    )
    return (AgentGroup("staff", tuple(agent.agent_id for agent in agents), number),), agents


def read_staffing(path: Path, calls: Sequence[TraceCall]) -> Given:
    """The agents of a CSV file (`table_file`) ``from,agents``: from that time on so many are at
    work.

    The times are either ``HH:MM``, every day alike, or ``YYYY-MM-DD HH:MM`` by the record's clock;
    they rise. Before the first no agent is at work.

    Raises:
        TraceError: the file cannot be read or is not like that.
    """
    found = [(0, 0)]
    try:
        for row in read_table(path, ("from", "agents")):
            at_us = _from_us(row, midnight_us(calls))
            if found[-1] == (0, 0) and at_us == 0:
                found.pop()
            elif at_us <= found[-1][0]:
                raise row.error(f"from is {row.cells['from']!r}; the times do not rise")
            found.append((at_us, row.whole("agents", _MOST_AGENTS)))
    except TableError as error:
        raise TraceError(str(error)) from error
    if not any(number for _, number in found):
        raise TraceError(f"{path}: no agent is ever at work")
    return tuple(found)


def _from_us(row: Row, origin_us: int) -> int:
    text = row.cells["from"]
    minutes = minutes_of(text)
    if minutes is not None:
        return minutes * 60_000_000
    try:
        when = datetime.strptime(f"{text.replace('T', ' ')[:16]} +0000", "%Y-%m-%d %H:%M %z")
    except ValueError:
        raise row.error(f"from is {text!r}; expected HH:MM or YYYY-MM-DD HH:MM") from None
    at_us = round(when.timestamp()) * 1_000_000 - origin_us
    if at_us < 0:
        raise row.error(f"from is {text!r}; the trace begins later")
    return at_us


# -- calls ----------------------------------------------------------------------------------------


class _Feeder:
    """Puts the recorded calls on a world's agenda, one after the other.

    Who hung up has the patience that was recorded, and would have talked as long as another call
    of the type; who was answered has a patience beyond the recorded wait.
    """

    def __init__(self, calls: Sequence[TraceCall]) -> None:
        self._calls = calls
        self._patience = TracePatience(calls)
        services: dict[str, list[int]] = {}
        for call in calls:
            if call.answered:
                services.setdefault(call.call_type, []).append(call.service_us)
        everybody = [us for values in services.values() for us in values] or [0]
        self._services = {
            name: Empirical(tuple(services.get(name, everybody)))
            for name in sorted({call.call_type for call in calls})
        }

    def begin(self, world: World, streams: Streams) -> None:
        """Put the first call on the agenda; each puts the next there."""
        patience = self._patience.sampler(streams.stream("trace", "patience"))
        services = {
            name: service.sampler(streams.stream("trace", "service", name))
            for name, service in self._services.items()
        }
        kinds = {kind.name: kind for kind in world.callers.kinds}
        kind_of: dict[tuple[str, int], CallerKind] = {
            (call.call_type, call.priority): kinds[_kind_name(call.call_type, call.priority)]
            for call in self._calls
        }
        agenda, dial_in = world.agenda, world.callers.dial_in
        arrivals = trace_arrivals(self._calls)

        def arrive(call: TraceCall) -> None:
            caller = Caller(
                kind_of[call.call_type, call.priority], call.customer_id or call.call_id, _DNIS
            )
            caller.patience_us = patience(call)
            caller.service_us = call.service_us if call.answered else services[call.call_type]()
            dial_in(caller)
            following = next(arrivals, None)
            if following is not None:
                agenda.at(following[0], arrive, following[1])

        first = next(arrivals, None)
        if first is not None:
            agenda.at(first[0], arrive, first[1])
