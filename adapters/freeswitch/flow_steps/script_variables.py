"""Variables of a caller's leg that flows and scripts may read and write: those of a list.

What a script writes must not change what becomes of the leg, as FreeSWITCH's own variables and the
adapter's do; so nothing is allowed but names of the list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase

from acdengine.commands import ReadVariable, SetVariable
from acdengine.events import AnyEvent, VariableRead
from adapters.freeswitch.media.player import Wire
from adapters.freeswitch.protocol.command_lines import api
from adapters.freeswitch.protocol.errors import EslError, Unrepresentable
from adapters.freeswitch.protocol.quoting import (
    display_text,
    leg_uuid,
    setvar_value,
    variable_name,
)
from adapters.freeswitch.protocol.reply_matching import Reply

#: What a leg answers for a variable that it has not.
_UNDEFINED = "_undef_"
#: Names that are allowed where nothing else is said.
_ALLOWED: tuple[str, ...] = ("flow_*",)
#: Characters of a value.
_MOST = 1_000


class LegVariables:
    """Variables on one node.

    Args:
        wire: to the switch.
        report: takes the engine's events.
    """

    def __init__(self, wire: Wire, report: Callable[[AnyEvent], None]) -> None:
        self._wire = wire
        self._allowed = _ALLOWED
        self._report = report

    def allow(self, names: Sequence[str]) -> None:
        """Allow these variables from now on: names, or patterns with `*`."""
        self._allowed = tuple(names)

    def read(self, command: ReadVariable | SetVariable) -> None:
        """Report what the leg has."""
        if not self._is_allowed(command.name):
            self._report(VariableRead(0, command.call_id, command.read_id, None))
            return

        def replied(outcome: Reply | EslError) -> None:
            is_value = isinstance(outcome, Reply) and outcome.text.rstrip("\n") != _UNDEFINED
            value = outcome.text.rstrip("\n") if is_value else None  # type: ignore[union-attr]
            self._report(VariableRead(0, command.call_id, command.read_id, value))

        order = f"{leg_uuid(command.call_id)} {variable_name(command.name)}"
        self._wire.tell(api("uuid_getvar", order), replied)

    def write(self, command: SetVariable) -> None:
        """Write a variable, or remove it, and report what the leg has then.

        Control characters and references to variables are written as `display_text` has them.
        """
        if self._is_allowed(command.name):
            value = display_text(command.value, _MOST)
            said = f" {setvar_value(command.name, value)}" if value else ""
            order = f"{leg_uuid(command.call_id)} {variable_name(command.name)}{said}"
            self._wire.tell(api("uuid_setvar", order))
        self.read(command)

    def fit(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Of variables for a new leg, those that may be set, as they are written."""
        return {
            name: display_text(value, _MOST)
            for name, value in variables.items()
            if self._is_allowed(name)
        }

    def _is_allowed(self, name: str) -> bool:
        try:
            variable_name(name)
        except Unrepresentable:
            return False
        return any(fnmatchcase(name, pattern) for pattern in self._allowed)
