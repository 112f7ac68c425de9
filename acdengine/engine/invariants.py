"""The engine's invariants: the whole state held against itself, slowly and thoroughly.

On in tests after every event, off in production. Checkers that know nothing of the engine's
insides are kept apart from this (`adapters.sim.seeds.checkers`).
"""

from __future__ import annotations

from collections.abc import Iterator

from acdengine.engine.preferred_agents import can_take
from acdengine.engine.records import Call
from acdengine.engine.state import EngineState
from acdengine.errors import InvariantViolated
from queues.deadlines import NEVER_US
from queues.queue import FULL_SHARE, CallQueue
from routing.agent import WORKING_STATES, Agent
from routing.call_group import NO_PREFERENCE


def check_state(state: EngineState) -> None:
    """Look at everything.

    Raises:
        InvariantViolated: listing all that is wrong.
    """
    wrong = [
        *_calls(state),
        *_offers(state),
        *_parties(state),
        *_lines(state),
        *_recordings(state),
        *(line for agent in state.agents.values() for line in _agent(state, agent)),
        *(line for queue in state.queues.values() for line in _queue(state, queue)),
        *_nobody_idles_while_a_call_waits(state),
        *_no_call_waits_for_agents_who_cannot_take_it(state),
    ]
    if state.fresh_calls or state.fresh_agents or state.restaffed:
        wrong.append("something fresh was not matched")
    if wrong:
        raise InvariantViolated(f"at {state.now_us}: " + "; ".join(wrong))


def _calls(state: EngineState) -> Iterator[str]:
    by_tenant: dict[str, int] = {}
    calling: dict[str, int] = {}
    for call_id, call in state.calls.items():
        name = f"call {call_id} ({call.state})"
        by_tenant[call.tenant_id] = by_tenant.get(call.tenant_id, 0) + 1
        if call.caller.from_agent_id:
            calling[call.caller.from_agent_id] = calling.get(call.caller.from_agent_id, 0) + 1
        in_line = call.state in ("waiting", "connecting")
        if in_line != bool(call.queue_id):
            yield f"{name} is in queue {call.queue_id!r}"
        if in_line and (call.queue is None or call_id not in call.queue.calls):
            yield f"{name} is not in its queue's line"
        if call.ringing and call.state != "waiting":
            yield f"{name} rings agents"
        if bool(call.offer_id) != (call.state in ("connecting", "talking", "held")):
            yield f"{name} has offer {call.offer_id!r}"
        for offer_id in (*call.ringing, *([call.offer_id] if call.offer_id else [])):
            offer = state.offers.get(offer_id)
            if offer is None or offer.call_id != call_id:
                yield f"{name} names offer {offer_id}, which is not its own"
        yield from _company(state, call, name)
        if call.state == "waiting" and call.retry_due_us < NEVER_US and not call.deadline:
            yield f"{name} has stepped back for ever"
        if not call.leg_id and call.callback is None:
            yield f"{name} has neither leg nor callback"
    if calling != state.calling:
        yield f"agents call the centre themselves: {calling}, counted {state.calling}"
    for tenant_id, count in state.calls_of_tenant.items():
        if count != by_tenant.get(tenant_id, 0):
            yield f"tenant {tenant_id} counts {count} calls, has {by_tenant.get(tenant_id, 0)}"


def _recordings(state: EngineState) -> Iterator[str]:
    for call in state.calls.values():
        if call.recording and call.state not in ("talking", "held"):
            yield f"call {call.call_id} ({call.state}) is recorded"
        if call.recording and call.recording not in state.recordings:
            yield f"call {call.call_id} names recording {call.recording}, which is none"
    for file, recording in state.recordings.items():
        owner = state.calls.get(recording.call_id)
        if recording.state == "over":
            yield f"recording {file} is over and kept"
        elif recording.state != "stopping" and (owner is None or owner.recording != file):
            yield f"recording {file} ({recording.state}) is nobody's"


def _offers(state: EngineState) -> Iterator[str]:
    for offer_id, offer in state.offers.items():
        name = f"offer {offer_id} ({offer.state})"
        agent = state.agents.get(offer.agent_id)
        if agent is None or agent.offer_id != offer_id:
            yield f"{name} is not its agent's"
        elif agent.state not in ("ringing", "talking"):
            yield f"{name} has an agent who is {agent.state}"
        call = state.calls.get(offer.call_id)
        live = offer.state in ("ringing", "answered", "bridged")
        consult = call.consult if call is not None else None
        wanted = call is not None and (
            offer_id in (*call.ringing, call.offer_id)
            if not offer.consult
            else consult is not None and consult.consult_id == offer_id
        )
        if live and not wanted:
            yield f"{name} rings or talks without a call"
        if offer.state != "bridged" and not offer.deadline:
            yield f"{name} waits for ever"


def _company(state: EngineState, call: Call, name: str) -> Iterator[str]:
    """Consult, supervisor and outside party of a call are there, and are its own."""
    consult = call.consult
    if consult is not None:
        if call.state != ("held" if consult.state in ("ringing", "private") else "talking"):
            yield f"{name} has a consult that is {consult.state}"
        if (consult.consult_id in state.offers) != bool(consult.agent_id):
            yield f"{name} consults {consult.consult_id}, which is no offer"
        if (consult.consult_id in state.parties) != bool(consult.number):
            yield f"{name} consults {consult.consult_id}, which is no party"
    roles = (("supervisor", call.supervisor_id), ("outside", call.party_id))
    for role, party_id in roles:
        party = state.parties.get(party_id)
        if party_id and role == "supervisor" and call.state not in ("talking", "held"):
            yield f"{name} is supervised"
        if party is not None and (party.call_id != call.call_id or party.role != role):
            yield f"{name} has {party_id} as its {role}, which is not so"
    if call.supervisor_id and call.supervisor_id not in state.parties:
        yield f"{name} is supervised by nobody"
    if call.unconfirmed and not call.deadline:
        yield f"{name} awaits {call.unconfirmed} for ever"


def _parties(state: EngineState) -> Iterator[str]:
    for party_id, party in state.parties.items():
        name = f"party {party_id} ({party.role}, {party.state})"
        if party.state in ("ringing", "clearing") and not party.deadline:
            yield f"{name} waits for ever"
        call = state.calls.get(party.call_id)
        if party.state != "clearing" and call is None:
            yield f"{name} has no call"
        if party.state == "clearing" or call is None:
            continue
        consult_id = call.consult.consult_id if call.consult is not None else ""
        if party_id not in (consult_id, call.supervisor_id, call.party_id):
            yield f"{name} is on a call that does not know"


def _lines(state: EngineState) -> Iterator[str]:
    for line_id, line in state.lines.items():
        name = f"line {line_id} ({line.state})"
        agent = state.agents.get(line.agent_id)
        is_agents = agent is not None and agent.line_id == line_id
        if is_agents == (line.state == "closing"):
            yield f"{name} is{'' if is_agents else ' not'} its agent's"
        if bool(line.deadline) == (line.state == "up"):
            yield f"{name} is due at {line.due_us}, serial {line.deadline}"
    for agent_id, agent in state.agents.items():
        if agent.line_id and agent.line_id not in state.lines:
            yield f"agent {agent_id} names line {agent.line_id}, which is none"
        if agent.line_id and agent.state == "logged_out":
            yield f"agent {agent_id} is signed out and has line {agent.line_id}"
        own = state.lines.get(agent.line_id)
        is_up = own is not None and own.state == "up"
        if agent.profile.nailed_up and agent.state == "ready" and not is_up:
            yield f"agent {agent_id} is ready without a line"


def _agent(state: EngineState, agent: Agent) -> Iterator[str]:
    name = f"agent {agent.agent_id} ({agent.state})"
    if bool(agent.offer_id) != (agent.state in ("ringing", "talking")):
        yield f"{name} has offer {agent.offer_id!r}"
    if agent.offer_id and agent.offer_id not in state.offers:
        yield f"{name} names offer {agent.offer_id}, which is none"
    if agent.idle != (agent.agent_id in state.matcher.idle):
        yield f"{name} and the matcher disagree on being idle"
    if agent.idle != (agent.state == "ready"):
        yield f"{name} is{'' if agent.idle else ' not'} in the idle pools"
    if bool(agent.reason) != (agent.state == "not_ready"):
        yield f"{name} has reason {agent.reason!r}"
    if bool(agent.until_us) != bool(agent.deadline):
        yield f"{name} ends at {agent.until_us} without a deadline"
    if agent.state == "logged_out" and agent.pending:
        yield f"{name} has {agent.pending} pending"


def _queue(state: EngineState, queue: CallQueue) -> Iterator[str]:
    name = f"queue {queue.queue_id}"
    calls = [state.calls.get(call_id) for call_id in queue.calls]
    present = [call for call in calls if call is not None]
    if len(present) != len(calls):
        yield f"{name} holds calls that are over"
    if len(queue.line) != len(queue.calls) or sorted(queue.line) != sorted(
        call.rank for call in present
    ):
        yield f"{name}'s line is not its calls"
    ringing = sum(bool(call.ringing or call.offer_id) for call in present)
    if queue.ringing != ringing:
        yield f"{name} counts {queue.ringing} ringing, has {ringing}"
    talking = sum(
        call.state in ("talking", "held") and call.last_queue_id == queue.queue_id
        for call in state.calls.values()
    )
    if queue.conversations != talking:
        yield f"{name} counts {queue.conversations} conversations, has {talking}"
    callbacks = sum(
        call.callback is not None and call.callback.state != "reached" for call in present
    )
    if queue.callbacks != callbacks:
        yield f"{name} counts {queue.callbacks} callbacks, has {callbacks}"
    dialling = sum(call.callback is not None and call.callback.first for call in present)
    if queue.dialling != dialling:
        yield f"{name} counts {queue.dialling} customers rung first, has {dialling}"
    if not dialling and state.held.get(queue.queue_id):
        yield f"{name} holds callbacks back for no reason"
    agents = state.agents_of.get(queue.queue_id, {}).values()
    working = [agent for agent in agents if agent.state in WORKING_STATES]
    if queue.working != len(working):
        yield f"{name} counts {queue.working} at work, has {len(working)}"
    if queue.shares != sum(FULL_SHARE // max(1, len(agent.queues)) for agent in working):
        yield f"{name} has wrong shares"
    if queue.resting != sum(agent.state == "not_ready" for agent in agents):
        yield f"{name} counts {queue.resting} resting"
    if queue.is_capped() != state.matcher.queues[queue.queue_id].capped:
        yield f"{name} and the matcher disagree on its cap"


def _nobody_idles_while_a_call_waits(state: EngineState) -> Iterator[str]:
    """The point of it all: no call waits for an agent that is free for it."""
    for call in state.calls.values():
        if call.state != "waiting" or call.ringing or not _is_served_now(state, call):
            continue
        if not call.in_heap:
            yield f"call {call.call_id} waits where no agent looks"
        elif state.matcher.agent_for(call) is not None:
            yield f"call {call.call_id} waits while an agent is free for it"


def _no_call_waits_for_agents_who_cannot_take_it(state: EngineState) -> Iterator[str]:
    for call in state.calls.values():
        if call.preferred_rule == NO_PREFERENCE:
            continue
        names = state.matcher.preferred_now(call)
        if not any(can_take(state, agent_id, call) for agent_id in names):
            yield f"call {call.call_id} waits for {', '.join(names)} alone, who cannot take it"


def _is_served_now(state: EngineState, call: Call) -> bool:
    if state.matcher.queues[call.queue_id].capped:
        return False
    if call.preferred_rule == NO_PREFERENCE and call.group is None:
        return False
    if call.retry_due_us < NEVER_US:
        return False
    if call.call_id in state.held.get(call.queue_id, {}):
        return False
    return call.callback is None or call.callback.state in ("waiting", "reached")
