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
from acdengine.engine.records import Call, Line, Node, Offer, Party, Recording
from acdengine.engine.snapshot_migrations import MIGRATIONS, migrate
from acdengine.engine.state import EngineState
from acdengine.engine.telephones import Telephones
from acdengine.errors import ACDError
from acdengine.facts import AnyFact
from acdengine.plan import Plan
from queues.policy import QueuePolicy
from queues.queue import FULL_SHARE, CallQueue, Place
from routing.agent import WORKING_STATES, Agent
from routing.strategies.base import Seat

VERSION: Final = 3


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


def dump(state: EngineState) -> bytes:
    """What cannot be computed from the rest of the state."""
    snapshot = Snapshot(
        version=VERSION,
        plan=state.plan,
        now_us=state.now_us,
        serial=state.serial,
        deadline_serial=state.deadlines.serial,
        draw=state.draw.state,
        draining=state.draining,
        calls=[_bare_call(call) for call in state.calls.values()],
        offers=list(state.offers.values()),
        lines=list(state.lines.values()),
        agents=[_bare_agent(agent) for agent in state.agents.values()],
        queues=[_queue_state(state, queue) for queue in state.queues.values()],
        last_agent=state.last_agent.generations(),
        ended=state.ended.generations(),
        counters=state.counters,
        facts=state.facts,
        parties=list(state.parties.values()),
        cores=state.cores,
        nodes=list(state.nodes.values()),
        recordings=list(state.recordings.values()),
        full_nodes=state.full_nodes,
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
    bare.ticket = 0
    return bare


def _queue_state(state: EngineState, queue: CallQueue) -> QueueState:
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
        seat=state.matcher.queues[queue.queue_id].cursor.seat,
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


def load(data: bytes, make: Callable[[Plan], EngineState]) -> EngineState:
    """The state that a snapshot holds.

    Raises:
        ACDError: the snapshot is of another version of the engine.
        msgspec.DecodeError: it is no snapshot.
    """
    snapshot = _decoded(data)
    state = make(snapshot.plan)
    state.now_us = state.stamp = snapshot.now_us
    state.serial = snapshot.serial
    state.draw.state = snapshot.draw
    state.draining = snapshot.draining
    state.nodes = {node.node_id: node for node in snapshot.nodes}
    state.emptying = any(node.draining and not node.closed for node in snapshot.nodes)
    state.sweeping = True
    state.counters = snapshot.counters
    state.facts = snapshot.facts
    state.cores = snapshot.cores
    state.last_agent.load(*snapshot.last_agent)
    state.ended.load(*snapshot.ended)
    state.recordings = {recording.file: recording for recording in snapshot.recordings}
    state.full_nodes = snapshot.full_nodes
    state.offers = {offer.offer_id: offer for offer in snapshot.offers}
    state.parties = {party.party_id: party for party in snapshot.parties}
    state.lines = {line.line_id: line for line in snapshot.lines}
    for kept in snapshot.queues:
        _load_queue(state, kept)
    for agent in snapshot.agents:
        _load_agent(state, agent)
    for queue_id in state.queues:
        state.matcher.restage(queue_id)
    _load_calls(state, snapshot)
    for agent in snapshot.agents:
        if agent.idle:
            state.matcher.make_idle(agent)
    _load_deadlines(state, snapshot.deadline_serial)
    return state


def _load_queue(state: EngineState, kept: QueueState) -> None:
    queue = CallQueue(kept.policy)
    queue.drained = kept.draining
    queue.removed = kept.policy.queue_id not in state.plan.queues
    queue.conversations = kept.conversations
    queue.ringing = kept.ringing
    queue.service_level.load(kept.window)
    queue.estimate.handle_us = kept.handle_us
    queue.estimate.calls = kept.handled_calls
    queue.estimate.error_count = kept.error_count
    queue.estimate.error_sum_us = kept.error_sum_us
    queue.load_places(kept.places)
    queue.unstaffed_due_us = kept.unstaffed_due_us
    queue.unstaffed_deadline = kept.unstaffed_deadline
    state.queues[queue.queue_id] = queue
    matching = state.matcher.add_queue(kept.policy)
    matching.cursor.seat = kept.seat


def _load_agent(state: EngineState, agent: Agent) -> None:
    agent.story = msgspec.convert(agent.story, list[AnyFact])
    state.agents[agent.agent_id] = agent
    if agent.state != "logged_out":
        Telephones(state).taken(agent)
    state.matcher.enrol(agent)
    working = agent.state in WORKING_STATES
    for queue_id in agent.queues:
        state.agents_of.setdefault(queue_id, {})[agent.agent_id] = agent
        queue = state.queues.get(queue_id)
        if queue is not None:
            queue.working += working
            queue.resting += agent.state == "not_ready"
            queue.shares += FULL_SHARE // max(1, len(agent.queues)) * working
    if working:
        state.matcher.staff_changed(agent, works=True)


def _load_calls(state: EngineState, snapshot: Snapshot) -> None:
    state.calls = {call.call_id: call for call in snapshot.calls}
    for call in snapshot.calls:
        counts = state.calls_of_tenant
        counts[call.tenant_id] = counts.get(call.tenant_id, 0) + 1
        if call.caller.from_agent_id:
            state.calling[call.caller.from_agent_id] = (
                state.calling.get(call.caller.from_agent_id, 0) + 1
            )
    for kept in snapshot.queues:
        queue = state.queues[kept.policy.queue_id]
        for call_id in kept.waiting:
            call = state.calls[call_id]
            call.queue = queue
            queue.rank(call)
            queue.calls[call_id] = call
            queue.line.add(call.weight, call.rank)
            state.matcher.place(call)
            if call.preferred_until_us:
                state.await_agents(call)
            if call.in_heap:
                state.matcher.wait(call)
            elif call.state == "waiting" and not call.ringing and rings_customer_first(call):
                state.held.setdefault(queue.queue_id, {})[call_id] = call
            if call.callback is not None:
                if call.callback.state != "reached":
                    queue.callback_placed(call.callback.number, call_id)
                queue.dialling += call.callback.first
        state.matcher.set_capped(queue.queue_id, queue.is_capped())


def _load_deadlines(state: EngineState, serial: int) -> None:
    """Set every deadline again under its own serial, by which ties are broken."""
    deadlines = state.deadlines
    deadlines.serial = serial
    due: Iterable[Call | Offer | Party | Line] = chain(
        state.calls.values(), state.offers.values(), state.parties.values(), state.lines.values()
    )
    for one in due:
        if one.deadline:
            deadlines.set(one.due_us, one, one.deadline)
    for agent in state.agents.values():
        if agent.deadline:
            deadlines.set(agent.until_us, agent, agent.deadline)
    for queue in state.queues.values():
        if queue.unstaffed_deadline:
            deadlines.set(queue.unstaffed_due_us, queue, queue.unstaffed_deadline)
