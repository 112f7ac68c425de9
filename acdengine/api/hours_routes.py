"""Opening hours: whether they are open now, and holding them open or closed by hand."""

from __future__ import annotations

from acdengine.api.bodies import HoursHold, Paging
from acdengine.api.paging import page_by_id
from acdengine.api.problems import not_found
from acdengine.api.request_context import RequestContext
from acdengine.api.views import HoursPage, HoursView
from acdengine.requests import HoursHoldRequested, HoursReleaseRequested
from routing.calendar import is_open_now, next_open_us


async def list_hours(context: RequestContext, query: Paging) -> HoursPage:
    """The opening hours, in the order of their ids."""

    def is_seen(hours_id: str) -> bool:
        return context.rights.sees_tenant(hours_id.partition("/")[0])

    ids = {hours_id: hours_id for hours_id in context.state.plan.hours}
    names, more = page_by_id(ids, is_seen, query.limit, query.cursor, "hours")
    return HoursPage(items=[_view(context, name) for name in names], next=more)


async def get_hours(context: RequestContext) -> HoursView:
    """One of the opening hours."""
    return _view(context, _hours_id(context))


async def hold_hours(context: RequestContext, body: HoursHold) -> HoursView:
    """Hold opening hours open or closed, whatever their timetable says: until a time, or until that
    is taken back. Rules, flows and callbacks that look at them follow at once."""
    hours_id = _hours_id(context)
    await context.do(
        HoursHoldRequested(
            at_us=0, hours_id=hours_id, is_open=body.open, until_us=body.until_us, by=context.by
        )
    )
    return _view(context, hours_id)


async def release_hours(context: RequestContext) -> HoursView:
    """Have the timetable of opening hours count again."""
    hours_id = _hours_id(context)
    await context.do(HoursReleaseRequested(at_us=0, hours_id=hours_id, by=context.by))
    return _view(context, hours_id)


def _hours_id(context: RequestContext) -> str:
    hours_id = context.params["hours_id"]
    is_seen = context.rights.sees_tenant(hours_id.partition("/")[0])
    if not is_seen or hours_id not in context.state.plan.hours:
        raise not_found("opening hours")
    return hours_id


def _view(context: RequestContext, hours_id: str) -> HoursView:
    hours = context.state.plan.hours[hours_id]
    held = context.state.held_hours.get(hours_id)
    now_us = context.now_us()
    is_open = is_open_now(hours, held, now_us)
    return HoursView(
        at_us=now_us,
        hours_id=hours_id,
        tenant_id=hours_id.partition("/")[0],
        open=is_open,
        held=held is not None,
        since_us=0 if held is None else held.since_us,
        until_us=0 if held is None else held.until_us,
        by="" if held is None else held.by,
        next_open_us=0 if is_open else next_open_us(hours, now_us, held) or 0,
    )
