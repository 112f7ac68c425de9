"""Snapshot and restore: the whole state as bytes.

Only what cannot be worked out again is written: records, places, pointers and counts. Classes,
pools and lines are rebuilt from them; every choice depends on the records alone, so an engine
that was restored goes on exactly as the other would have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy
from itertools import chain
from typing import Any, Final

import msgspec
from msgspec import Struct

from acdengine.engine.callbacks import rings_customer_first
from acdengine.engine.floor import Floor
from acdengine.engine.records import Call, Line, Node, Offer, Party, Recording
from acdengine.engine.snapshot_migrations import MIGRATIONS, migrate
from acdengine.engine.telephones import Telephones
from acdengine.errors import ACDError
from acdengine.facts import AnyFact
from acdengine.plan import Plan
from queues.policy import QueuePolicy
from queues.queue import FULL_SHARE, CallQueue, Place
from routing.agent import WORKING_STATES, Agent
from routing.strategies.base import Seat

VERSION: Final = 2


class QueueState(Struct):
    """What a queue remembers besides its calls."""

    policy: QueuePolicy
    draining: bool
    #: Waiting calls in the order they joined.
    waiting: list[str]
    callbacks: int
    conversations: int
    ringing: int
    window: dict[int, list[int]]
    handle_us: float
    handled_calls: int
    error_count: int
    error_sum_us: int
    places: dict[str, Place]
    seat: Seat
    #: When callers are sent away for want of staff; the deadline's serial, 0 when there is none.
    unstaffed_due_us: int
    unstaffed_deadline: int


class Snapshot(Struct):
    """The state of an engine between two events."""

    version: int
    plan: Plan
    now_us: int
    serial: int
    deadline_serial: int
    draw: int
    draining: bool
    calls: list[Call]
    offers: list[Offer]
    lines: list[Line]
    agents: list[Agent]
    queues: list[QueueState]
    #: Old and young generation of what is kept for a while.
    last_agent: tuple[dict[str, str], dict[str, str]]
    ended: tuple[dict[str, Call], dict[str, Call]]
    counters: dict[str, int]
    facts: list[AnyFact]
    parties: list[Party] = []
    cores: dict[str, str] = {}
    nodes: list[Node] = []
    recordings: list[Recording] = []
    full_nodes: dict[str, bool] = {}


def dump(floor: Floor) -> bytes:
    """Everything of a floor that cannot be worked out again."""
    snapshot = Snapshot(
        version=VERSION,
        plan=floor.plan,
        now_us=floor.now_us,
        serial=floor.serial,
        deadline_serial=floor.deadlines.serial,
        draw=floor.draw.state,
        draining=floor.draining,
        calls=[_bare_call(call) for call in floor.calls.values()],
        offers=list(floor.offers.values()),
        lines=list(floor.lines.values()),
        agents=[_bare_agent(agent) for agent in floor.agents.values()],
        queues=[_queue_state(floor, queue) for queue in floor.queues.values()],
        last_agent=floor.last_agent.generations(),
        ended=floor.ended.generations(),
        counters=floor.counters,
        facts=floor.facts,
        parties=list(floor.parties.values()),
        cores=floor.cores,
        nodes=list(floor.nodes.values()),
        recordings=list(floor.recordings.values()),
        full_nodes=floor.full_nodes,
    )
    return msgspec.msgpack.encode(snapshot)


def _bare_call(call: Call) -> Call:
    """A call without what is worked out again."""
    bare = copy(call)
    bare.queue = bare.group = None
    bare.rank = 0
    return bare


def _bare_agent(agent: Agent) -> Agent:
    bare = copy(agent)
    bare.capability = None
    bare.ticket = 0
    return bare


def _queue_state(floor: Floor, queue: CallQueue) -> QueueState:
    return QueueState(
        policy=queue.policy,
        draining=queue.drained,
        waiting=list(queue.calls),
        callbacks=queue.callbacks,
        conversations=queue.conversations,
        ringing=queue.ringing,
        window=queue.service_level.dump(),
        handle_us=queue.estimate.handle_us,
        handled_calls=queue.estimate.calls,
        error_count=queue.estimate.error_count,
        error_sum_us=queue.estimate.error_sum_us,
        places=queue.dump_places(),
        seat=floor.matcher.queues[queue.queue_id].cursor.seat,
        unstaffed_due_us=queue.unstaffed_due_us,
        unstaffed_deadline=queue.unstaffed_deadline,
    )


class _Version(Struct):
    """The version of a snapshot, read before the rest."""

    version: int


def _decoded(data: bytes) -> Snapshot:
    version = msgspec.msgpack.decode(data, type=_Version).version
    if version == VERSION:
        return msgspec.msgpack.decode(data, type=Snapshot)
    if version not in MIGRATIONS:
        raise ACDError(f"snapshot of version {version}, expected {VERSION} or older")
    fields = migrate(msgspec.msgpack.decode(data, type=dict[str, Any]), VERSION)
    return msgspec.convert(fields, Snapshot)


def load(data: bytes, make: Callable[[Plan], Floor]) -> Floor:
    """A floor in the state of a snapshot.

    Raises:
        ACDError: the snapshot is of another version of the engine.
        msgspec.DecodeError: it is no snapshot.
    """
    snapshot = _decoded(data)
    floor = make(snapshot.plan)
    floor.now_us = floor.stamp = snapshot.now_us
    floor.serial = snapshot.serial
    floor.draw.state = snapshot.draw
    floor.draining = snapshot.draining
    floor.nodes = {node.node_id: node for node in snapshot.nodes}
    floor.emptying = any(node.draining and not node.closed for node in snapshot.nodes)
    floor.sweeping = True
    floor.counters = snapshot.counters
    floor.facts = snapshot.facts
    floor.cores = snapshot.cores
    floor.last_agent.load(*snapshot.last_agent)
    floor.ended.load(*snapshot.ended)
    floor.recordings = {recording.file: recording for recording in snapshot.recordings}
    floor.full_nodes = snapshot.full_nodes
    floor.offers = {offer.offer_id: offer for offer in snapshot.offers}
    floor.parties = {party.party_id: party for party in snapshot.parties}
    floor.lines = {line.line_id: line for line in snapshot.lines}
    for state in snapshot.queues:
        _load_queue(floor, state)
    for agent in snapshot.agents:
        _load_agent(floor, agent)
    for queue_id in floor.queues:
        floor.matcher.restage(queue_id)
    _load_calls(floor, snapshot)
    for agent in snapshot.agents:
        if agent.idle:
            floor.matcher.make_idle(agent)
    _load_deadlines(floor, snapshot.deadline_serial)
    return floor


def _load_queue(floor: Floor, state: QueueState) -> None:
    queue = CallQueue(state.policy)
    queue.drained = state.draining
    queue.removed = state.policy.queue_id not in floor.plan.queues
    queue.conversations = state.conversations
    queue.ringing = state.ringing
    queue.service_level.load(state.window)
    queue.estimate.handle_us = state.handle_us
    queue.estimate.calls = state.handled_calls
    queue.estimate.error_count = state.error_count
    queue.estimate.error_sum_us = state.error_sum_us
    queue.load_places(state.places)
    queue.unstaffed_due_us = state.unstaffed_due_us
    queue.unstaffed_deadline = state.unstaffed_deadline
    floor.queues[queue.queue_id] = queue
    matching = floor.matcher.add_queue(state.policy)
    matching.cursor.seat = state.seat


def _load_agent(floor: Floor, agent: Agent) -> None:
    agent.story = msgspec.convert(agent.story, list[AnyFact])
    floor.agents[agent.agent_id] = agent
    if agent.state != "logged_out":
        Telephones(floor).taken(agent)
    floor.matcher.enrol(agent)
    working = agent.state in WORKING_STATES
    for queue_id in agent.queues:
        floor.agents_of.setdefault(queue_id, {})[agent.agent_id] = agent
        queue = floor.queues.get(queue_id)
        if queue is not None:
            queue.working += working
            queue.resting += agent.state == "not_ready"
            queue.shares += FULL_SHARE // max(1, len(agent.queues)) * working
    if working:
        floor.matcher.staff_changed(agent, works=True)


def _load_calls(floor: Floor, snapshot: Snapshot) -> None:
    floor.calls = {call.call_id: call for call in snapshot.calls}
    for call in snapshot.calls:
        counts = floor.calls_of_tenant
        counts[call.tenant_id] = counts.get(call.tenant_id, 0) + 1
        if call.from_agent_id:
            floor.calling[call.from_agent_id] = floor.calling.get(call.from_agent_id, 0) + 1
    for state in snapshot.queues:
        queue = floor.queues[state.policy.queue_id]
        for call_id in state.waiting:
            call = floor.calls[call_id]
            call.queue = queue
            queue.rank(call)
            queue.calls[call_id] = call
            queue.line.add(call.weight, call.rank)
            floor.matcher.place(call)
            if call.patient_until_us:
                floor.await_agents(call)
            if call.in_heap:
                floor.matcher.wait(call)
            elif call.state == "waiting" and not call.ringing and rings_customer_first(call):
                floor.held.setdefault(queue.queue_id, {})[call_id] = call
            if call.callback is not None:
                if call.callback.state != "reached":
                    queue.callback_placed(call.callback.number, call_id)
                queue.dialling += call.callback.first
        floor.matcher.set_capped(queue.queue_id, queue.is_capped())


def _load_deadlines(floor: Floor, serial: int) -> None:
    """Set every deadline again under its own serial, by which ties are broken."""
    deadlines = floor.deadlines
    deadlines.serial = serial
    due: Iterable[Call | Offer | Party | Line] = chain(
        floor.calls.values(), floor.offers.values(), floor.parties.values(), floor.lines.values()
    )
    for one in due:
        if one.deadline:
            deadlines.set(one.due_us, one, one.deadline)
    for agent in floor.agents.values():
        if agent.deadline:
            deadlines.set(agent.until_us, agent, agent.deadline)
    for queue in floor.queues.values():
        if queue.unstaffed_deadline:
            deadlines.set(queue.unstaffed_due_us, queue, queue.unstaffed_deadline)
