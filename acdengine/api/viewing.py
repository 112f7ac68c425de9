"""From the engine's state to what answers hold, as one bearer may see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias, get_args

import acdengine
from acdengine.api.authorisation import Rights
from acdengine.api.views import (
    AgentView,
    CallbackView,
    CallView,
    ConsultView,
    QueueView,
    StateView,
    SupervisionView,
    SwitchView,
)
from acdengine.engine.caller_display import screen_pop
from acdengine.engine.records import Call, Offer
from acdengine.screen_pop import ScreenPop
from queues.queue import CallQueue
from routing.agent import Agent, AgentState

#: Queue id and present time to how long the one who waits longest has waited.
Longest: TypeAlias = Callable[[str, int], int]


def view_state(
    rights: Rights, longest: Longest, now_us: int, switches: Sequence[SwitchView]
) -> StateView:
    """Everything visible, in figures. Switches are the whole system's, not one tenant's."""
    state = rights.state
    queues = [queue for queue in state.queues.values() if rights.sees_queue(queue)]
    agents: dict[AgentState, int] = dict.fromkeys(get_args(AgentState), 0)
    for agent in state.agents.values():
        if rights.sees_agent(agent):
            agents[agent.state] += 1
    counts = state.calls_of_tenant.items()
    return StateView(
        at_us=now_us,
        version=acdengine.__version__,
        draining=state.draining,
        tenants=tuple(name for name in state.plan.tenants if rights.sees_tenant(name)),
        queues=len(queues),
        calls=sum(count for tenant_id, count in counts if rights.sees_tenant(tenant_id)),
        waiting=sum(len(queue.calls) for queue in queues),
        callbacks=sum(queue.callbacks for queue in queues),
        conversations=sum(queue.conversations for queue in queues),
        longest_wait_us=max((longest(queue.queue_id, now_us) for queue in queues), default=0),
        agents=agents,
        switches={} if rights.access.tenant_id else {one.name: one.state for one in switches},
    )


def view_queue(queue: CallQueue, longest: Longest, now_us: int) -> QueueView:
    """A queue as it is now."""
    policy = queue.policy
    level = policy.service_level
    answered, abandoned = queue.service_level.counts(now_us)
    return QueueView(
        at_us=now_us,
        queue_id=queue.queue_id,
        tenant_id=policy.tenant_id,
        name=policy.name,
        strategy=policy.strategy,
        draining=queue.draining,
        waiting=len(queue.calls),
        callbacks=queue.callbacks,
        longest_wait_us=longest(queue.queue_id, now_us),
        estimate_us=queue.newcomer_estimate_us(now_us),
        estimate_error_us=queue.estimate.mean_error_us(),
        service_level=queue.service_level.value(now_us),
        service_level_target=level.target,
        service_level_threshold_us=level.threshold_us,
        answered=answered,
        abandoned=abandoned,
        conversations=queue.conversations,
        ringing=queue.ringing,
        agents_working=queue.working,
        agents_resting=queue.resting,
        max_length=policy.max_length,
        max_conversations=policy.max_conversations,
    )


def view_agent(rights: Rights, agent: Agent, now_us: int) -> AgentView:
    """An agent as it is now."""
    offer = rights.state.offers.get(agent.offer_id)
    line = rights.state.lines.get(agent.line_id)
    leaves = agent.state != "logged_out" and agent.agent_id not in rights.state.plan.agents
    return AgentView(
        at_us=now_us,
        agent_id=agent.agent_id,
        tenant_id=agent.tenant_id,
        name=agent.profile.name,
        team_id=agent.profile.team_id,
        state=agent.state,
        reason=agent.reason,
        since_us=agent.since_us,
        until_us=agent.until_us,
        pending="logged_out" if leaves else agent.pending,
        pending_reason="" if leaves else agent.pending_reason,
        contact=rights.contact(agent.contact),
        registered=agent.registered,
        phone_busy=agent.phone_busy,
        line=line.state if line is not None else "",
        skills=agent.skills,
        queues=agent.queues,
        call_id=offer.call_id if offer is not None else "",
        signed_in_us=agent.signed_in_us,
        calls=agent.calls,
        talk_us=agent.talk_us,
        missed=agent.missed,
        screen=_view_screen(rights, offer, now_us),
    )


def _view_screen(rights: Rights, offer: Offer | None, now_us: int) -> ScreenPop | None:
    """What the agent's screen shows of the call on or ringing the telephone."""
    state = rights.state
    call = state.calls.get(offer.call_id) if offer is not None else None
    if offer is None or call is None:
        return None
    queue = state.queues.get(offer.queue_id or call.last_queue_id)
    return rights.screen(screen_pop(call, queue, state.tenant(call.tenant_id), now_us))


def view_call(rights: Rights, call: Call, now_us: int) -> CallView:
    """A call as it is now, personal data as the bearer may see it."""
    offers = rights.state.offers
    queue: CallQueue | None = call.queue
    position = queue.position(call, now_us) if queue is not None else 0
    answered = offers.get(call.offer_id)
    conversation, ending = call.conversation, call.ending
    ringing = (offers.get(name) for name in call.ringing)
    return CallView(
        at_us=now_us,
        call_id=call.call_id,
        tenant_id=call.tenant_id,
        ani=rights.number(call.caller.ani),
        name=rights.person(call.caller.name),
        dnis=call.dnis,
        trunk_id=call.trunk_id,
        customer_id=call.caller.customer_id,
        state=call.state,
        since_us=call.since_us,
        queue_id=call.queue_id,
        priority=call.priority,
        boost_us=call.boost_us,
        skills=dict(call.skills),
        queued_at_us=call.queued_at_us,
        waited_us=call.wait_us(now_us),
        position=position,
        estimate_us=queue.estimate_us(position - 1, now_us) if queue is not None else None,
        agent_id=answered.agent_id if answered is not None else "",
        ringing=tuple(offer.agent_id for offer in ringing if offer is not None),
        connected_us=conversation.began_us if conversation is not None else 0,
        held_us=conversation.held_us if conversation is not None else 0,
        callback=_view_callback(rights, call),
        consult=_view_consult(rights, call),
        supervision=_view_supervision(rights, call),
        outcome=ending.outcome if ending is not None else "",
        ended_by=ending.by if ending is not None else "system",
        cause=ending.cause if ending is not None else "",
        direction=call.caller.direction,
        from_agent_id=call.caller.from_agent_id,
        withheld=call.caller.withheld,
    )


def _view_callback(rights: Rights, call: Call) -> CallbackView | None:
    callback = call.callback
    if callback is None:
        return None
    return CallbackView(
        number=rights.number(callback.number),
        state=callback.state,
        attempt=callback.attempt,
        attempts_left=callback.attempts_left,
        resume_us=callback.resume_us,
        expires_us=callback.expires_us,
    )


def _view_consult(rights: Rights, call: Call) -> ConsultView | None:
    consult = call.consult
    if consult is None:
        return None
    return ConsultView(
        state=consult.state,
        agent_id=consult.agent_id,
        number=rights.number(consult.number),
        answered_us=consult.answered_us,
    )


def _view_supervision(rights: Rights, call: Call) -> SupervisionView | None:
    party = rights.state.parties.get(call.supervisor_id)
    offer = rights.state.offers.get(call.offer_id)
    if party is None or not rights.sees_supervision(offer.agent_id if offer is not None else ""):
        return None
    return SupervisionView(
        mode=party.mode, by=party.by, agent_id=party.agent_id, answered_us=party.answered_us
    )
