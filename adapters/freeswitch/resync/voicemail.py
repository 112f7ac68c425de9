"""Messages that were being left, as they are found on a node that is read through."""

from __future__ import annotations

from collections.abc import Mapping

from acdengine.events import AnyEvent, MessageLeft
from adapters.freeswitch.legs.leg_table import Legs
from adapters.freeswitch.protocol.channel_fields import MESSAGE_VARIABLE, whole_number
from adapters.freeswitch.resync.live_channels import Dump

_MS_US = 1_000


def settle_messages(legs: Legs, dumps: Mapping[str, Dump]) -> list[AnyEvent]:
    """Forget what is not being recorded any more.

    Returns:
        Messages that ended while not connected. One that was not begun is ordered again by the
        engine, which is told that the caller is not busy.
    """
    ended: list[AnyEvent] = []
    for leg in legs.callers.values():
        dump = dumps.get(leg.call_id)
        if not leg.message or dump is None or dump.is_recording_message:
            continue
        file, leg.message = leg.message, ""
        if dump.variable(MESSAGE_VARIABLE) == file:
            length_us = _length_us(dump)
            if length_us:
                ended.append(MessageLeft(0, leg.call_id, file, length_us))
    return ended


def _length_us(dump: Dump) -> int:
    try:
        return whole_number(dump.variable("record_ms")) * _MS_US
    except ValueError:
        return 0
