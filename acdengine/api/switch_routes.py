"""Switches: looking at those that the daemon drives."""

from __future__ import annotations

from acdengine.api.ask import Ask
from acdengine.api.problems import not_found
from acdengine.api.views import SwitchPage, SwitchView


async def list_switches(ask: Ask) -> SwitchPage:
    """The switches that the daemon drives; none where calls are simulated."""
    return SwitchPage(items=list(ask.backend.switches()))


async def get_switch(ask: Ask) -> SwitchView:
    """One switch."""
    for switch in ask.backend.switches():
        if switch.name == ask.params["switch"]:
            return switch
    raise not_found("switch")
