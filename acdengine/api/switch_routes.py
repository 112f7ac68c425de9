"""Switches: looking at those that the daemon drives."""

from __future__ import annotations

from acdengine.api.ask import Ask
from acdengine.api.bodies import Switch
from acdengine.api.problems import not_found
from acdengine.api.views import SwitchPage, SwitchView
from acdengine.requests import DrainRequested


async def list_switches(ask: Ask) -> SwitchPage:
    """The switches that the daemon drives; none where calls are simulated."""
    return SwitchPage(items=list(ask.backend.switches()))


async def get_switch(ask: Ask) -> SwitchView:
    """One switch."""
    for switch in ask.backend.switches():
        if switch.name == ask.params["switch"]:
            return switch
    raise not_found("switch")


async def drain_switch(ask: Ask, body: Switch) -> SwitchView:
    """Have a switch take no new calls, or take them again. Its waiting callers are served and
    conversations run out; then its telephones are not rung any more, and it may be restarted."""
    switch = await get_switch(ask)
    await ask.do(DrainRequested(at_us=0, on=body.on, node_id=switch.name, by=ask.by))
    return await get_switch(ask)
