"""Records of an event log: what one holds, and how records of older versions are read.

A record is msgpack of its version, the number of an event, and that event and those that follow it
in its turn; or, for an event that the engine did not take, of its version, that event's number, and
a `Skipped`. A record of an older version is read by the migrations from its version to this one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Struct

from acdengine.errors import ACDError
from acdengine.events import AnyEvent

RECORD_VERSION: Final = 3

#: ``refused``: the tables did not allow the event; a replay refuses it again.
#: ``poisoned``: the event brought the engine down and is left out of a replay.
#: ``deadline``: a deadline that fired before the event did, and is void in a replay.
SkipReason = Literal["refused", "poisoned", "deadline"]


class RecordVersionUnknown(ACDError):
    """A record was written by a newer version of acdengine."""


class Skipped(Struct, frozen=True, tag=True):
    """The engine did not take an event, or one of the deadlines before it."""

    #: The number of the event.
    seq: int
    reason: SkipReason
    #: What was wrong, for people who read the log.
    problem: str = ""
    #: The serial of the deadline, for that reason.
    deadline: int = 0


Record: TypeAlias = tuple[int, int, list[AnyEvent] | Skipped]

_decoder: Final = msgspec.msgpack.Decoder(Record)


def decode_record(payload: bytes | memoryview) -> tuple[int, list[AnyEvent] | Skipped]:
    """Read a record of this version or an older one.

    Returns:
        The number of the first event, and the events, or why the event was skipped.

    Raises:
        RecordVersionUnknown: the record is of a newer version.
        msgspec.DecodeError: it is no record.
    """
    try:
        version, seq, content = _decoder.decode(payload)
        if version == RECORD_VERSION:
            return seq, content
    except msgspec.ValidationError:
        pass
    raw = msgspec.msgpack.decode(payload, type=list[Any])
    version = _version_of(raw)
    while version < RECORD_VERSION:
        raw = RECORD_MIGRATIONS[version](raw)
        version += 1
    _, seq, content = msgspec.convert(raw, Record)
    return seq, content


def _version_of(raw: list[Any]) -> int:
    """The version of a record; those of version 1 do not name it."""
    if len(raw) == 2:
        return 1
    version = raw[0] if raw else None
    if not isinstance(version, int) or version < 1:
        raise msgspec.ValidationError("a record begins with its version")
    if version > RECORD_VERSION:
        raise RecordVersionUnknown(
            f"a record of version {version}, this acdengine reads up to {RECORD_VERSION}"
        )
    return version


def _from_1(raw: list[Any]) -> list[Any]:
    """Version 2 puts the version in front."""
    return [2, *raw]


def _from_2(raw: list[Any]) -> list[Any]:
    """Version 3 has the events of a turn; version 2 had one, which names its type."""
    _, seq, content = raw
    is_skipped = isinstance(content, dict) and content.get("type") == Skipped.__name__
    return [3, seq, content if is_skipped else [content]]


#: From each older version to the next.
RECORD_MIGRATIONS: Final[dict[int, Callable[[list[Any]], list[Any]]]] = {1: _from_1, 2: _from_2}
