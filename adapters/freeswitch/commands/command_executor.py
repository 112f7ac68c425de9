"""Executes the engine's commands on FreeSWITCH, each by the part that its type is registered for.

A command may be repeated. One that fails is reported as the end of what it was for, and delays no
other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import structlog

from acdengine.commands import AnyCommand, Bridge, StopPrompt
from acdengine.events import AnyEvent
from adapters.freeswitch.commands.command_failures import ends_of
from adapters.freeswitch.legs.leg_table import Legs
from adapters.freeswitch.protocol.errors import EslError

_log = structlog.get_logger("acdengine.freeswitch")

#: Command types, and what executes them.
CommandTable = Mapping[type[AnyCommand], Callable[..., None]]


class CommandExecutor:
    """Executes the engine's commands on one node.

    Args:
        tables: of each part, the commands that it executes.
        legs: the adapter's table.
        report: takes the engine's events.
    """

    def __init__(
        self, tables: Sequence[CommandTable], legs: Legs, report: Callable[[AnyEvent], None]
    ) -> None:
        self._legs = legs
        self._report = report
        self._do: dict[type[AnyCommand], Callable[..., None]] = {}
        for table in tables:
            self._do.update(table)

    def execute(self, commands: Sequence[AnyCommand]) -> None:
        """Execute commands in order."""
        joined = {one.call_id: None for one in commands if isinstance(one, Bridge)}
        for command in commands:
            if isinstance(command, StopPrompt) and command.call_id in joined:
                # The bridge stops what plays; a `uuid_break` just before it could end the bridge.
                continue
            do = self._do.get(type(command))
            if do is not None:
                self._execute(do, command)

    def _execute(self, do: Callable[..., None], command: AnyCommand) -> None:
        try:
            do(command)
            return
        except EslError as error:
            reason = str(error)  # which holds none of the values
            _log.warning("command not carried out", command=type(command).__name__, reason=reason)
        except Exception:  # noqa: BLE001 - logged; the commands behind it must not be lost
            _log.exception("command failed", command=type(command).__name__)
        for event in ends_of(command, self._legs):
            self._report(event)
