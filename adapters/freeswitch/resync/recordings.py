"""What is being recorded on a node that is read through, as the switch itself lists it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from typing import Final

from msgspec import structs

from acdengine.events import SwitchSynced
from adapters.freeswitch.legs.leg_table import Legs
from adapters.freeswitch.protocol.channel_fields import RECORDING_VARIABLE
from adapters.freeswitch.protocol.errors import CommandRefused
from adapters.freeswitch.protocol.quoting import leg_uuid
from adapters.freeswitch.recordings.recording_folder import Storage
from adapters.freeswitch.resync.live_channels import Dump
from adapters.freeswitch.wire.awaited_commands import Sender, api

_LIMIT_S: Final = 10.0
_RECORD: Final = re.compile(
    r"<function>session_record</function>\s*<target>([^<]*)</target>", re.DOTALL
)


def files_listed(printed: str, storage: Storage) -> tuple[str, ...]:
    """The files in what `uuid_buglist` printed, those of our folder."""
    paths = [unescape(path) for path in _RECORD.findall(printed)]
    return tuple(file for path in paths if (file := storage.file(path)))


async def read_recordings(
    sender: Sender, dumps: Mapping[str, Dump], storage: Storage
) -> dict[str, tuple[str, ...]]:
    """What is being recorded of each leg that ever was.

    Raises:
        EslError: the switch did not answer.
    """
    found: dict[str, tuple[str, ...]] = {}
    for leg_id, dump in dumps.items():
        if dump.variable(RECORDING_VARIABLE):
            try:
                printed = await api(sender, "uuid_buglist", leg_uuid(leg_id), _LIMIT_S)
            except CommandRefused:
                continue  # it has gone meanwhile
            found[leg_id] = files_listed(printed, storage)
    return found


def with_recordings(
    event: SwitchSynced, recorded: Mapping[str, tuple[str, ...]], legs: Legs
) -> SwitchSynced:
    """The same with what is being recorded, which the table of legs is brought to."""
    calls = []
    for live in event.calls:
        leg = legs.callers.get(live.call_id)
        files = tuple(
            file for file in recorded.get(live.call_id, ()) if leg is None or file != leg.message
        )
        if leg is not None:
            leg.recordings = dict.fromkeys(files)
        calls.append(structs.replace(live, recordings=files))
    return structs.replace(event, calls=tuple(calls))
