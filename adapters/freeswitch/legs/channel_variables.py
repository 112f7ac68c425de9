"""Writes channel variables of legs."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.freeswitch.media.player import Wire
from adapters.freeswitch.protocol.command_lines import api
from adapters.freeswitch.protocol.quoting import (
    is_bare_value,
    leg_uuid,
    setvar_value,
    variable_name,
)


class ChannelVariables:
    """Writes variables on one node. Nothing is reported where the leg no longer exists."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def write(self, leg_id: str, values: Mapping[str, str]) -> None:
        """Write variables: several by one `uuid_setvar_multi` where no value needs quoting.

        Raises:
            Unrepresentable: no variable can hold one of the values.
        """
        if len(values) == 1 or not all(map(is_bare_value, values.values())):
            for name, value in values.items():
                argument = f"{leg_uuid(leg_id)} {variable_name(name)} {setvar_value(name, value)}"
                self._wire.tell(api("uuid_setvar", argument))
            return
        pairs = ";".join(f"{variable_name(name)}={value}" for name, value in values.items())
        self._wire.tell(api("uuid_setvar_multi", f"{leg_uuid(leg_id)} {pairs}"))
