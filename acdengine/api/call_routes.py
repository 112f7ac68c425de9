"""Calls and callbacks: looking at them, moving them, and acting in conversations."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from msgspec import UNSET

from acdengine.api.ask import Ask
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


async def list_calls(ask: Ask, query: CallFilter) -> CallPage:
    """The calls, in the order of their arrival; ended ones only where they are asked for."""
    if query.queue:
        ask.sight.check_queue("queue", query.queue)

    def fits(call: Call) -> bool:
        return (query.state is UNSET or call.state == query.state) and ask.sight.call(call)

    after = decode_numbers(query.cursor, "calls", 1)[0] if query.cursor else None
    rows, is_sorted = _candidates(ask, query)
    calls, last = await page_by_key(
        rows, lambda call: call.serial, fits, query.limit, after, is_sorted=is_sorted
    )
    now_us = ask.now_us()
    return CallPage(
        items=[view_call(ask.sight, call, now_us) for call in calls],
        next="" if last is None else encode_cursor("calls", last),
    )


def _candidates(ask: Ask, query: CallFilter) -> tuple[list[Call], bool]:
    """The narrowest lot that holds all calls of a filter, and whether it is in their order."""
    state = ask.state
    if query.queue:
        queue = state.queues.get(query.queue)
        seen = queue is not None and ask.sight.tenant(queue.policy.tenant_id)
        return [state.calls[call_id] for call_id in queue.calls] if queue and seen else [], False
    if query.state == "ended":
        return [call for _, call in state.ended.items()], False
    return list(state.calls.values()), True


async def get_call(ask: Ask) -> CallView:
    """Show one call, also one that has ended and is still kept."""
    return view_call(ask.sight, ask.call(), ask.now_us())


async def get_call_story(ask: Ask) -> Story:
    """What happened to a call."""
    call_id = ask.call().call_id
    return Story(id=call_id, facts=ask.sight.facts(ask.backend.story(call_id)))


async def explain_call(ask: Ask) -> ExplanationView:
    """Why a call waits, or why it went where it went.

    Agents out of the token's sight are counted and not named.
    """
    told = ask.sight.explanation(ask.backend.explain(ask.call().call_id))
    fields = {name: getattr(told, name) for name in told.__struct_fields__}
    return ExplanationView(**fields, in_words=told.text())


# -- moving ------------------------------------------------------------------------------------


async def done(ask: Ask, event: Request) -> CallView:
    """Have the engine do something about the call that the path names; the call afterwards."""
    call = ask.call()
    await ask.do(event)
    return view_call(ask.sight, ask.known_call(call.call_id) or call, ask.now_us())


async def done_in_conversation(ask: Ask, kind: Callable[..., Request]) -> CallView:
    """Have the engine do something that needs no more words in the conversation that the path
    names; the call afterwards."""
    call_id = ask.own_conversation().call_id
    return await done(ask, kind(at_us=0, call_id=call_id, by=ask.by))


def _target_of(ask: Ask, call: Call, way: Way) -> Target:
    """What a call is sent to, if there is such a thing in its tenant."""
    names = Names(ask.sight, call.tenant_id)
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


async def set_priority(ask: Ask, body: NewPriority) -> CallView:
    """Give a waiting call another priority, in effect at once."""
    call_id = ask.call().call_id
    event = PriorityChangeRequested(at_us=0, call_id=call_id, priority=body.priority, by=ask.by)
    return await done(ask, event)


async def move_call(ask: Ask, body: Sending) -> CallView:
    """Send a waiting call elsewhere; to another queue with its place kept."""
    call = ask.call()
    target = _target_of(ask, call, body.target)
    return await done(ask, MoveRequested(at_us=0, call_id=call.call_id, target=target, by=ask.by))


async def withdraw_call(ask: Ask, body: Withdrawal) -> CallView:
    """End a call that no agent has."""
    call_id = ask.call().call_id
    event = WithdrawRequested(at_us=0, call_id=call_id, cause=body.cause, by=ask.by)
    return await done(ask, event)


# -- conversations -----------------------------------------------------------------------------


async def hold_call(ask: Ask) -> CallView:
    """Put the caller on hold."""
    return await done_in_conversation(ask, HoldRequested)


async def retrieve_call(ask: Ask) -> CallView:
    """Take the caller off hold."""
    return await done_in_conversation(ask, RetrieveRequested)


async def transfer_call(ask: Ask, body: Sending) -> CallView:
    """Pass a conversation on, without announcing it first."""
    call = ask.own_conversation()
    target = _target_of(ask, call, body.target)
    event = TransferRequested(at_us=0, call_id=call.call_id, target=target, by=ask.by)
    return await done(ask, event)


async def hang_up_call(ask: Ask) -> CallView:
    """End a conversation."""
    return await done_in_conversation(ask, HangUpRequested)


# -- callbacks ---------------------------------------------------------------------------------


def _queues_in_sight(ask: Ask) -> str:
    queues = ask.state.queues.items()
    seen = (queue_id for queue_id, queue in queues if ask.sight.queue(queue))
    return one_of(seen) or "a queue that the token sees"


async def request_callback(ask: Ask, body: CallbackWish) -> CallView:
    """Place a callback: a place in line for a customer who is rung back."""
    queue = ask.state.queues.get(body.queue_id)
    if queue is None or not ask.sight.queue(queue):
        raise unfit("queue_id", "no such queue", _queues_in_sight(ask))
    Names(ask.sight, queue.policy.tenant_id).want_number("number", body.number)
    call_id = f"callback-{secrets.token_hex(8)}"
    await ask.do(
        CallbackRequested(
            at_us=0, call_id=call_id, queue_id=body.queue_id, number=body.number,
            not_before_us=body.not_before_us, by=ask.by,
        )
    )  # fmt: skip
    call = ask.known_call(call_id)
    if call is None:
        raise not_found("call")
    return view_call(ask.sight, call, ask.now_us())


async def cancel_callback(ask: Ask) -> CallView:
    """Cancel a callback that waits."""
    call = ask.call()
    if call.callback is None:
        raise not_found("callback")
    event = CallbackCancelRequested(at_us=0, call_id=call.call_id, by=ask.by)
    return await done(ask, event)
