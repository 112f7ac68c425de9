"""The table of what each adapter supports is held against the adapters."""

from __future__ import annotations

import re
from random import Random
from typing import get_args

from acdengine.commands import SwitchCommand
from adapters.fastagi.fastagi_port import FastAgiPort
from adapters.sim.centre import simulated_switch as sim
from adapters.sim.centre.event_schedule import EventSchedule
from adapters.sim.scenarios.switch_latencies import Latencies
from tests.docs.pages import ROOT

PAGE = (ROOT / "adapters" / "README.md").read_text()
COMMANDS = [kind.__name__ for kind in get_args(SwitchCommand)]


def column(name: str) -> dict[str, str]:
    """What the table of commands says of an adapter."""
    table = PAGE[PAGE.index("| command |") :].split("\n\n")[0].splitlines()
    at = [cell.strip() for cell in table[0].split("|")].index(name)
    rows = [[cell.strip() for cell in line.split("|")] for line in table[2:]]
    return {row[1].strip("`"): row[at] for row in rows}


def test_every_command_has_its_line_in_the_order_of_the_code() -> None:
    assert list(column("sim")) == COMMANDS


def test_the_simulated_switch_does_what_the_table_says() -> None:
    switch = sim.Switch(EventSchedule(), lambda _: None, {}, Latencies(), Random(1))
    does = {kind.__name__: what for kind, what in switch.carried_out().items()}
    assert column("sim") == {name: does.get(name, "-") for name in COMMANDS}


def test_the_fastagi_adapter_does_what_the_table_says() -> None:
    does = {kind.__name__: what for kind, what in FastAgiPort.carried_out().items()}
    assert column("fastagi") == {name: does.get(name, "refused") for name in COMMANDS}


def test_no_adapter_is_missing_from_the_list() -> None:
    folders = [path.parent.name for path in sorted(ROOT.glob("adapters/*/__init__.py"))]
    assert sorted(re.findall(r"^\| \[`(\w+)`\]", PAGE, re.MULTILINE)) == folders
