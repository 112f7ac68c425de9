"""Acting in conversations with more than two: consults, and supervision."""

from __future__ import annotations

from acdengine.api.bodies import ConsultWish, Supervising, SupervisionChange
from acdengine.api.call_routes import done, done_in_conversation
from acdengine.api.naming import Names
from acdengine.api.problems import forbidden, unfit
from acdengine.api.request_context import RequestContext
from acdengine.api.telephones import want_known_phone
from acdengine.api.views import CallView
from acdengine.requests import (
    ConsultCompleteRequested,
    ConsultJoinRequested,
    ConsultRequested,
    ConsultReturnRequested,
    ConsultSwapRequested,
    SuperviseRequested,
    SupervisionChangeRequested,
    SupervisionEndRequested,
    TakeOverRequested,
)

# -- consults ----------------------------------------------------------------------------------


async def consult(context: RequestContext, body: ConsultWish) -> CallView:
    """Ask an agent, a free one of a queue or a number outside; the caller hears music."""
    call = context.own_conversation()
    given = [name for name in ("agent_id", "queue_id", "number") if getattr(body, name)]
    if len(given) != 1:
        raise unfit("", "names no target, or several", "one of agent_id, queue_id, number")
    names = Names(context.rights, call.tenant_id)
    if body.agent_id:
        names.want_agent("agent_id", body.agent_id)
    elif body.queue_id:
        names.want_queue("queue_id", body.queue_id)
    else:
        names.want_number("number", body.number)
    event = ConsultRequested(
        at_us=0, call_id=call.call_id, agent_id=body.agent_id, queue_id=body.queue_id,
        number=body.number, by=context.by,
    )  # fmt: skip
    return await done(context, event)


async def swap_consult(context: RequestContext) -> CallView:
    """Turn from the consulted party to the caller, or back."""
    return await done_in_conversation(context, ConsultSwapRequested)


async def join_consult(context: RequestContext) -> CallView:
    """Have caller, agent and consulted party all talk."""
    return await done_in_conversation(context, ConsultJoinRequested)


async def return_from_consult(context: RequestContext) -> CallView:
    """Drop the consulted party and be with the caller alone."""
    return await done_in_conversation(context, ConsultReturnRequested)


async def complete_consult(context: RequestContext) -> CallView:
    """Leave caller and consulted party to each other: an attended transfer."""
    return await done_in_conversation(context, ConsultCompleteRequested)


# -- supervision -------------------------------------------------------------------------------


async def supervise_call(context: RequestContext, body: Supervising) -> CallView:
    """Ring the supervisor and let them hear a conversation; the agent is not told.

    The telephone must be one that the settings name for the tenant.
    """
    call = context.own_conversation()
    want_known_phone(context.state.plan, call.tenant_id, body.contact)
    access = context.rights.access
    own = context.state.agents.get(access.agent_id)
    agent_id = access.agent_id if own is not None and own.tenant_id == call.tenant_id else ""
    if not body.contact and not agent_id:
        raise unfit("contact", "is missing", "a telephone: this token is no agent's")
    event = SuperviseRequested(
        at_us=0, call_id=call.call_id, mode=body.mode, contact=body.contact, agent_id=agent_id,
        by=context.by,
    )  # fmt: skip
    return await done(context, event)


def _own_supervision(context: RequestContext) -> str:
    """The call that the path names, to speak in it on the supervisor's telephone.

    Raises:
        Refused: it is out of reach, or another token's supervision (403): only the token
            that began a supervision may change it.
    """
    call = context.own_conversation()
    party = context.state.parties.get(call.supervisor_id)
    if party is not None and party.by != context.by:
        raise forbidden("another token supervises this conversation")
    return call.call_id


async def change_supervision(context: RequestContext, body: SupervisionChange) -> CallView:
    """Change the supervision mode: listen only, or speak to the agent, the caller or both."""
    call_id = _own_supervision(context)
    event = SupervisionChangeRequested(at_us=0, call_id=call_id, mode=body.mode, by=context.by)
    return await done(context, event)


async def end_supervision(context: RequestContext) -> CallView:
    """Leave a conversation that goes on."""
    return await done_in_conversation(context, SupervisionEndRequested)


async def take_over_call(context: RequestContext) -> CallView:
    """Have the supervisor talk with the caller in place of the agent, who leaves."""
    call_id = _own_supervision(context)
    return await done(context, TakeOverRequested(at_us=0, call_id=call_id, by=context.by))
