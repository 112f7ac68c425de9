"""The command line's commands, one file each.

A file defines `app`, a `typer.Typer` with one command or a group of them, and is imported only when
its command is called, so that `acdengine --help` need not load the engine. To add a command, write
the file and a line of `COMMANDS`.
"""

from __future__ import annotations

from typing import Final

#: Each command, which is the name of its file, with its line in `acdengine --help`.
COMMANDS: Final[dict[str, str]] = {
    "check": "Check settings files and say everything that is wrong.",
    "flow": "Check, draw, try and test IVR flows, which are YAML files of named steps.",
    "prompts": "List, find and make the prompts of IVR flows; check sound files.",
    "run": "Run the daemon, on simulated trunks unless told otherwise.",
    "simulate": "Simulate a scenario or recorded calls, as fast as it goes.",
    "replay": "Replay recorded calls: the same decisions again, or those of other settings.",
    "login": "Log in with an account; the commands that follow use its session.",
    "logout": "End the session that `acdengine login` has begun.",
    "session": "Show with whose token or session the commands ask, and what it may do.",
    "account": "Add, change and remove the accounts with which people log in.",
    "status": "Show a running daemon in figures.",
    "switches": "List the switches: connected or not, since when, with how many calls.",
    "queues": "List the queues: who waits, how long, the service level.",
    "agents": "List the agents: their states, since when, with which call.",
    "calls": "List the calls: who waits where and how long, who talks with whom.",
    "agent": "Show one agent, or change its state, skills and queues.",
    "call": "Show or explain one call, move it, or act in its conversation.",
    "callback": "Put a number in line to be rung back, or take it out again.",
    "versions": "Show which callers of IVR flows get which version, or go back, or try one.",
    "hours": "Show the opening hours, or hold them open or closed by hand.",
    "watch": "Print what happens as it happens, a line of JSON for each fact.",
    "reload": "Have the daemon read its settings again.",
    "drain": "Take no new calls, in one queue, on one switch or anywhere, or take them again.",
    "clock": "Show the centre's clock beside the system's, or set it forward.",
    "records": "Look after the database of records: tables, exports, retention, erasure.",
    "report": "Report figures of the centre, by interval and by group, from its records.",
    "analyse": "Look into the records: an agent's day, repeat callers, lines, lost service level.",
    "plan": "Forecast calls, and the agents that they need.",
    "doctor": "Look at this machine and the switches, and say what to do about what is wrong.",
    "freeswitch": "Write FreeSWITCH's configuration for the settings.",
    "install": "Put the service, or the examples, in their places.",
    "completion": "Have a shell complete commands, and names of agents, queues and calls.",
    "schema": "Write the JSON Schema of the settings, for editors.",
}
