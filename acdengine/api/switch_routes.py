"""Switches: looking at those that the daemon drives."""

from __future__ import annotations

from acdengine.api.bodies import Switch
from acdengine.api.problems import not_found
from acdengine.api.request_context import RequestContext
from acdengine.api.views import SwitchPage, SwitchView
from acdengine.requests import DrainRequested


async def list_switches(context: RequestContext) -> SwitchPage:
    """The switches that the daemon drives; none where calls are simulated."""
    return SwitchPage(items=list(context.backend.switches()))


async def get_switch(context: RequestContext) -> SwitchView:
    """One switch."""
    for switch in context.backend.switches():
        if switch.name == context.params["switch"]:
            return switch
    raise not_found("switch")


async def drain_switch(context: RequestContext, body: Switch) -> SwitchView:
    """Have a switch take no new calls, or take them again. Its waiting callers are served and
    conversations run out; then its telephones are not rung any more, and it may be restarted."""
    switch = await get_switch(context)
    await context.do(DrainRequested(at_us=0, on=body.on, node_id=switch.name, by=context.by))
    return await get_switch(context)
