"""Agents: looking at them, and everything they can ask for or be told."""

from __future__ import annotations

from msgspec import UNSET

from acdengine.api.bodies import AgentFilter, Extension, NotReady, PickingUp, Queues, SignIn, Skills
from acdengine.api.naming import Names
from acdengine.api.paging import page_by_id
from acdengine.api.request_context import RequestContext
from acdengine.api.telephones import want_known_phone
from acdengine.api.viewing import view_agent
from acdengine.api.views import AgentPage, AgentView, Story
from acdengine.requests import (
    NotReadyRequested,
    PickUpRequested,
    QueuesChangeRequested,
    ReadyRequested,
    Request,
    SignInRequested,
    SignOutRequested,
    SkillsChangeRequested,
    WrapUpEndRequested,
    WrapUpExtendRequested,
    WrapUpRequested,
)
from routing.agent import Agent
from routing.policy import Assignment


async def list_agents(context: RequestContext, query: AgentFilter) -> AgentPage:
    """The agents, in the order of their ids."""
    if query.queue:
        context.rights.check_queue("queue", query.queue)
    if query.team:
        context.rights.check_team("team", query.team)

    def fits(agent: Agent) -> bool:
        return (
            (query.state is UNSET or agent.state == query.state)
            and query.team in ("", agent.profile.team_id)
            and (not query.queue or query.queue in agent.queues)
            and context.rights.sees_agent(agent)
        )

    agents, more = page_by_id(context.state.agents, fits, query.limit, query.cursor, "agents")
    now_us = context.now_us()
    return AgentPage(
        items=[view_agent(context.rights, agent, now_us) for agent in agents], next=more
    )


async def get_agent(context: RequestContext) -> AgentView:
    """One agent."""
    return view_agent(context.rights, context.agent(), context.now_us())


async def get_agent_story(context: RequestContext) -> Story:
    """What happened to an agent lately."""
    agent_id = context.agent().agent_id
    facts = [context.rights.fact(fact) for fact in context.backend.story(agent_id)]
    return Story(id=agent_id, facts=facts)


async def _done(context: RequestContext, event: Request) -> AgentView:
    agent = context.agent()
    await context.do(event)
    agent = context.state.agents.get(agent.agent_id, agent)
    return view_agent(context.rights, agent, context.now_us())


async def sign_in(context: RequestContext, body: SignIn) -> AgentView:
    """Sign an agent in, on the usual telephone or another; signing in again only changes that.

    It must be a telephone that the settings name for the tenant, for tokens of every role.
    """
    agent = context.agent()
    want_known_phone(context.state.plan, agent.tenant_id, body.contact)
    event = SignInRequested(at_us=0, agent_id=agent.agent_id, contact=body.contact, by=context.by)
    return await _done(context, event)


async def sign_out(context: RequestContext) -> AgentView:
    """Sign an agent out, after the present call where there is one."""
    return await _done(
        context, SignOutRequested(at_us=0, agent_id=context.agent().agent_id, by=context.by)
    )


async def set_ready(context: RequestContext) -> AgentView:
    """Make an agent ready; ends a wrap-up, and takes back what was to follow the present call."""
    return await _done(
        context, ReadyRequested(at_us=0, agent_id=context.agent().agent_id, by=context.by)
    )


async def set_not_ready(context: RequestContext, body: NotReady) -> AgentView:
    """Make an agent not ready, for a reason, at once or after the present call."""
    agent = context.agent()
    Names(context.rights, agent.tenant_id).want_reason("reason", body.reason)
    event = NotReadyRequested(at_us=0, agent_id=agent.agent_id, reason=body.reason, by=context.by)
    return await _done(context, event)


async def pick_up(context: RequestContext, body: PickingUp) -> AgentView:
    """Have an agent pick up a call that rings at a colleague of the same queue."""
    event = PickUpRequested(
        at_us=0, agent_id=context.agent().agent_id, call_id=body.call_id, by=context.by
    )
    return await _done(context, event)


async def request_wrap_up(context: RequestContext) -> AgentView:
    """Ask for wrap-up after the present call, or the one just ended."""
    return await _done(
        context, WrapUpRequested(at_us=0, agent_id=context.agent().agent_id, by=context.by)
    )


async def extend_wrap_up(context: RequestContext, body: Extension) -> AgentView:
    """Add time to an agent's wrap-up, within the limit of the settings."""
    agent_id = context.agent().agent_id
    event = WrapUpExtendRequested(at_us=0, agent_id=agent_id, by_us=body.by_us, by=context.by)
    return await _done(context, event)


async def end_wrap_up(context: RequestContext) -> AgentView:
    """End an agent's wrap-up before its time."""
    return await _done(
        context, WrapUpEndRequested(at_us=0, agent_id=context.agent().agent_id, by=context.by)
    )


async def set_skills(context: RequestContext, body: Skills) -> AgentView:
    """Give an agent these skills in place of those before; counts from the next choice on."""
    agent = context.agent()
    Names(context.rights, agent.tenant_id).want_skills("skills", body.skills)
    event = SkillsChangeRequested(
        at_us=0, agent_id=agent.agent_id, skills=body.skills, by=context.by
    )
    return await _done(context, event)


async def set_queues(context: RequestContext, body: Queues) -> AgentView:
    """Give an agent these queues in place of those before; a present call is not touched."""
    agent = context.agent()
    names = Names(context.rights, agent.tenant_id)
    for queue_id in body.queues:
        names.want_queue("queues", queue_id)
    queues = {
        queue_id: Assignment(
            level=how.level,
            position=how.position,
            delay_us=how.delay_us,
            weight=how.weight,
            rank=how.rank,
        )
        for queue_id, how in body.queues.items()
    }
    event = QueuesChangeRequested(at_us=0, agent_id=agent.agent_id, queues=queues, by=context.by)
    return await _done(context, event)
