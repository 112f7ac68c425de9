"""Which commands each adapter carries out: the table of `adapters/README.md`."""

from __future__ import annotations

from random import Random
from typing import get_args

from acdengine.commands import SwitchCommand
from adapters.fastagi.fastagi_port import FastAgiPort
from adapters.freeswitch.commands.command_failures import CARRIED_OUT
from adapters.sim.centre.event_schedule import EventSchedule
from adapters.sim.centre.simulated_switch import Switch
from adapters.sim.scenarios.switch_latencies import Latencies


def commands() -> str:
    """Every command, in the order of the code, and what the adapters make of it."""
    sim = Switch(EventSchedule(), lambda _: None, {}, Latencies(), Random(1)).carried_out()
    fastagi = FastAgiPort.carried_out()
    rows = [
        f"| `{kind.__name__}` | {sim.get(kind, '-')} | {'yes' if kind in CARRIED_OUT else '-'} "
        f"| {fastagi.get(kind, 'refused')} |"
        for kind in get_args(SwitchCommand)
    ]
    head = ["| command | sim | freeswitch | fastagi |", "| --- | --- | --- | --- |"]
    return "\n".join([*head, *rows])
