"""The command line's commands, one file each.

A file defines `app`, a `typer.Typer` with one command or a group of them, and is imported only when
its command is called, so that `acdengine --help` need not load the engine. To add a command, write
the file and a line of `COMMANDS`.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Line(NamedTuple):
    """A command in the list that `acdengine --help` shows."""

    module: str
    help: str


COMMANDS: Final[dict[str, Line]] = {
    "check": Line("acdengine.cli.check", "Check settings files and say everything that is wrong."),
    "run": Line("acdengine.cli.run", "Run the daemon, on simulated trunks unless told otherwise."),
    "simulate": Line(
        "acdengine.cli.simulate", "Simulate a scenario or recorded calls, as fast as it goes."
    ),
    "status": Line("acdengine.cli.status", "Show a running daemon in figures."),
    "switches": Line(
        "acdengine.cli.switches",
        "List the switches: connected or not, since when, with how many calls.",
    ),
    "queues": Line(
        "acdengine.cli.queues", "List the queues: who waits, how long, the service level."
    ),
    "agents": Line(
        "acdengine.cli.agents", "List the agents: their states, since when, with which call."
    ),
    "calls": Line(
        "acdengine.cli.calls", "List the calls: who waits where and how long, who talks with whom."
    ),
    "agent": Line("acdengine.cli.agent", "Show one agent, or change its state, skills and queues."),
    "call": Line(
        "acdengine.cli.call", "Show or explain one call, move it, or act in its conversation."
    ),
    "callback": Line(
        "acdengine.cli.callback", "Put a number in line to be rung back, or take it out again."
    ),
    "watch": Line(
        "acdengine.cli.watch",
        "Print what happens as it happens, a line of JSON for each fact.",
    ),
    "reload": Line("acdengine.cli.reload", "Have the daemon read its settings again."),
    "drain": Line(
        "acdengine.cli.drain",
        "Take no new calls, in one queue, on one switch or anywhere, or take them again.",
    ),
    "clock": Line(
        "acdengine.cli.clock", "Show the centre's clock beside the system's, or set it forward."
    ),
    "doctor": Line(
        "acdengine.cli.doctor",
        "Look at this machine and the switches, and say what to do about what is wrong.",
    ),
    "freeswitch": Line(
        "acdengine.cli.freeswitch", "Write FreeSWITCH's configuration for the settings."
    ),
    "install": Line("acdengine.cli.install", "Put the service, or the examples, in their places."),
    "completion": Line(
        "acdengine.cli.completion",
        "Have a shell complete commands, and names of agents, queues and calls.",
    ),
    "schema": Line("acdengine.cli.schema", "Write the JSON Schema of the settings, for editors."),
}
