"""Calls and callbacks: looking at them, moving them, and acting in conversations."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from msgspec import UNSET

from acdengine.api.bodies import (
    AgentWay,
    CallbackWish,
    CallFilter,
    FlowWay,
    NewPriority,
    NumberWay,
    QueueWay,
    Sending,
    VoicemailWay,
    Way,
    Withdrawal,
)
from acdengine.api.naming import Names
from acdengine.api.paging import decode_numbers, encode_cursor, page_by_key
from acdengine.api.problems import not_found, unfit
from acdengine.api.request_context import RequestContext
from acdengine.api.viewing import view_call
from acdengine.api.views import CallPage, CallView, ExplanationView, Story
from acdengine.engine.records import Call
from acdengine.requests import (
    CallbackCancelRequested,
    CallbackRequested,
    HangUpRequested,
    HoldRequested,
    MoveRequested,
    PriorityChangeRequested,
    Request,
    RetrieveRequested,
    TransferRequested,
    WithdrawRequested,
)
from acdengine.settings.suggest import one_of
from queues.targets import Target

# -- looking -----------------------------------------------------------------------------------


async def list_calls(context: RequestContext, query: CallFilter) -> CallPage:
    """The calls, in the order of their arrival; ended ones only where they are asked for."""
    if query.queue:
        context.rights.check_queue("queue", query.queue)

    def fits(call: Call) -> bool:
        return (query.state is UNSET or call.state == query.state) and context.rights.sees_call(
            call
        )

    after = decode_numbers(query.cursor, "calls", 1)[0] if query.cursor else None
    rows, is_sorted = _candidates(context, query)
    calls, last = await page_by_key(
        rows, lambda call: call.serial, fits, query.limit, after, is_sorted=is_sorted
    )
    now_us = context.now_us()
    return CallPage(
        items=[view_call(context.rights, call, now_us) for call in calls],
        next="" if last is None else encode_cursor("calls", last),
    )


def _candidates(context: RequestContext, query: CallFilter) -> tuple[list[Call], bool]:
    """The narrowest lot that holds all calls of a filter, and whether it is in their order."""
    state = context.state
    if query.queue:
        queue = state.queues.get(query.queue)
        seen = queue is not None and context.rights.sees_tenant(queue.policy.tenant_id)
        return [state.calls[call_id] for call_id in queue.calls] if queue and seen else [], False
    if query.state == "ended":
        return [call for _, call in state.ended.items()], False
    return list(state.calls.values()), True


async def get_call(context: RequestContext) -> CallView:
    """Show one call, also one that has ended and is still kept."""
    return view_call(context.rights, context.call(), context.now_us())


async def get_call_story(context: RequestContext) -> Story:
    """What happened to a call."""
    call_id = context.call().call_id
    return Story(id=call_id, facts=context.rights.facts(context.backend.story(call_id)))


async def explain_call(context: RequestContext) -> ExplanationView:
    """Why a call waits, or why it went where it went.

    Agents that the token does not see are counted and not named.
    """
    told = context.rights.explanation(context.backend.explain(context.call().call_id))
    fields = {name: getattr(told, name) for name in told.__struct_fields__}
    return ExplanationView(**fields, in_words=told.text())


# -- moving ------------------------------------------------------------------------------------


async def done(context: RequestContext, event: Request) -> CallView:
    """Have the engine do something about the call that the path names; the call afterwards."""
    call = context.call()
    await context.do(event)
    return view_call(context.rights, context.known_call(call.call_id) or call, context.now_us())


async def done_in_conversation(context: RequestContext, kind: Callable[..., Request]) -> CallView:
    """Have the engine do something that needs no more words in the conversation that the path
    names; the call afterwards."""
    call_id = context.own_conversation().call_id
    return await done(context, kind(at_us=0, call_id=call_id, by=context.by))


def _target_of(context: RequestContext, call: Call, way: Way) -> Target:
    """What a call is sent to, if there is such a thing in its tenant."""
    names = Names(context.rights, call.tenant_id)
    if isinstance(way, QueueWay):
        names.want_queue("target.queue_id", way.queue_id)
    elif isinstance(way, AgentWay):
        names.want_agent("target.agent_id", way.agent_id)
        names.want_queue("target.backup_queue_id", way.backup_queue_id)
    elif isinstance(way, FlowWay):
        names.want_flow("target.flow_id", way.flow_id)
    elif isinstance(way, VoicemailWay):
        names.want_box("target.box", way.box)
    elif isinstance(way, NumberWay):
        names.want_number("target.number", way.number)
    return way.target()


async def set_priority(context: RequestContext, body: NewPriority) -> CallView:
    """Give a waiting call another priority, in effect at once."""
    call_id = context.call().call_id
    event = PriorityChangeRequested(at_us=0, call_id=call_id, priority=body.priority, by=context.by)
    return await done(context, event)


async def move_call(context: RequestContext, body: Sending) -> CallView:
    """Send a waiting call elsewhere; to another queue with its place kept."""
    call = context.call()
    target = _target_of(context, call, body.target)
    return await done(
        context, MoveRequested(at_us=0, call_id=call.call_id, target=target, by=context.by)
    )


async def withdraw_call(context: RequestContext, body: Withdrawal) -> CallView:
    """End a call that no agent has."""
    call_id = context.call().call_id
    event = WithdrawRequested(at_us=0, call_id=call_id, cause=body.cause, by=context.by)
    return await done(context, event)


# -- conversations -----------------------------------------------------------------------------


async def hold_call(context: RequestContext) -> CallView:
    """Put the caller on hold."""
    return await done_in_conversation(context, HoldRequested)


async def retrieve_call(context: RequestContext) -> CallView:
    """Take the caller off hold."""
    return await done_in_conversation(context, RetrieveRequested)


async def transfer_call(context: RequestContext, body: Sending) -> CallView:
    """Pass a conversation on, without announcing it first."""
    call = context.own_conversation()
    target = _target_of(context, call, body.target)
    event = TransferRequested(at_us=0, call_id=call.call_id, target=target, by=context.by)
    return await done(context, event)


async def hang_up_call(context: RequestContext) -> CallView:
    """End a conversation."""
    return await done_in_conversation(context, HangUpRequested)


# -- callbacks ---------------------------------------------------------------------------------


def _visible_queues(context: RequestContext) -> str:
    queues = context.state.queues.items()
    seen = (queue_id for queue_id, queue in queues if context.rights.sees_queue(queue))
    return one_of(seen) or "a queue that the token sees"


async def request_callback(context: RequestContext, body: CallbackWish) -> CallView:
    """Place a callback: a place in line for a customer who is rung back."""
    queue = context.state.queues.get(body.queue_id)
    if queue is None or not context.rights.sees_queue(queue):
        raise unfit("queue_id", "no such queue", _visible_queues(context))
    Names(context.rights, queue.policy.tenant_id).want_number("number", body.number)
    call_id = f"callback-{secrets.token_hex(8)}"
    await context.do(
        CallbackRequested(
            at_us=0, call_id=call_id, queue_id=body.queue_id, number=body.number,
            not_before_us=body.not_before_us, by=context.by,
        )
    )  # fmt: skip
    call = context.known_call(call_id)
    if call is None:
        raise not_found("call")
    return view_call(context.rights, call, context.now_us())


async def cancel_callback(context: RequestContext) -> CallView:
    """Cancel a callback that waits."""
    call = context.call()
    if call.callback is None:
        raise not_found("callback")
    event = CallbackCancelRequested(at_us=0, call_id=call.call_id, by=context.by)
    return await done(context, event)
