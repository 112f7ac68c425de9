"""Queues: looking at them and their waiting calls, draining them."""

from __future__ import annotations

from acdengine.api.bodies import Drain, Paging
from acdengine.api.paging import decode_numbers, encode_cursor, page_by_id, page_by_key
from acdengine.api.request_context import RequestContext
from acdengine.api.viewing import view_call, view_queue
from acdengine.api.views import CallPage, QueuePage, QueueView
from acdengine.requests import DrainRequested
from queues.order import urgency
from queues.queue import CallQueue, WaitingCall


async def list_queues(context: RequestContext, query: Paging) -> QueuePage:
    """The queues, in the order of their ids."""
    queues, more = page_by_id(
        context.state.queues, context.rights.sees_queue, query.limit, query.cursor, "queues"
    )
    return QueuePage(items=[_view(context, queue) for queue in queues], next=more)


def _view(context: RequestContext, queue: CallQueue) -> QueueView:
    return view_queue(queue, context.backend.longest_wait_us, context.now_us())


async def get_queue(context: RequestContext) -> QueueView:
    """One queue."""
    return _view(context, context.queue())


async def list_waiting_calls(context: RequestContext, query: Paging) -> CallPage:
    """The waiting calls of a queue in the order of service, with positions and estimates.

    Where priorities age at different speeds, the order of all pages is that of the first one's
    moment.
    """
    queue = context.queue()
    now_us = context.now_us()
    order_us, after = now_us, None
    if query.cursor:
        order_us, after = decode_numbers(query.cursor, "waiting", 2)
        order_us = min(max(order_us, 0), now_us)

    def place(call: WaitingCall) -> int:
        if queue.policy.order.mode == "weights":
            return urgency(call.rank, call.weight, order_us)
        return call.rank

    def waits(call: WaitingCall) -> bool:
        return call.queue_id == queue.queue_id

    waiting = list(queue.calls.values())
    calls, last = await page_by_key(waiting, place, waits, query.limit, after)
    known = [context.state.calls.get(call.call_id) for call in calls]
    return CallPage(
        items=[
            view_call(context.rights, call, context.now_us()) for call in known if call is not None
        ],
        next="" if last is None else encode_cursor("waiting", order_us, last),
    )


async def drain_queue(context: RequestContext, body: Drain) -> QueueView:
    """Have a queue take no new calls, until a time or until that is asked for; those waiting are
    served."""
    queue = context.queue()
    await context.do(
        DrainRequested(
            at_us=0, on=body.on, queue_id=queue.queue_id, until_us=body.until_us, by=context.by
        )
    )
    return _view(context, context.state.queues.get(queue.queue_id, queue))
