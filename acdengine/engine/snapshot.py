"""Snapshot and restore: the whole state as bytes.

Each part of the engine writes and reads its share (`Part.shares`). Only what cannot be worked out
again is written: records, places, pointers and counts. Classes, pools and lines are rebuilt
(`Part.restored`); every choice depends on the records alone, so an engine that was restored goes on
exactly as the other would have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec
from msgspec import Struct

from acdengine.engine.part import Part, Share
from acdengine.engine.snapshot_migrations import MIGRATIONS, migrate
from acdengine.engine.state import EngineState
from acdengine.engine.stored_records import restored
from acdengine.errors import ACDError
from acdengine.facts import AnyFact
from acdengine.plan import Plan

VERSION: Final = 3


class Head(Struct):
    """What is no part's: the settings, the time, counts, and facts that were not taken."""

    version: int
    plan: Plan
    now_us: int
    serial: int
    deadline_serial: int
    draw: int
    draining: bool
    counters: dict[str, int]
    facts: list[AnyFact]


def dump(state: EngineState, parts: Iterable[Part]) -> bytes:
    """The state as bytes, without what can be worked out from the rest."""
    head = Head(
        version=VERSION,
        plan=state.plan,
        now_us=state.now_us,
        serial=state.serial,
        deadline_serial=state.deadlines.serial,
        draw=state.draw.state,
        draining=state.draining,
        counters=state.counters,
        facts=state.facts,
    )
    fields: dict[str, Any] = {name: getattr(head, name) for name in head.__struct_fields__}
    for name, share in _shares(parts).items():
        fields[name] = share.dump()
    return msgspec.msgpack.encode(fields)


def load(data: bytes, build: Callable[[EngineState], Iterable[Part]]) -> None:
    """Have an engine built, and its state as a snapshot has kept it.

    Args:
        data: the snapshot.
        build: builds the parts of the engine on an empty state.

    Raises:
        ACDError: the snapshot is of an unknown version.
        msgspec.DecodeError: it is not a snapshot.
    """
    data = _of_this_version(data)
    head = msgspec.msgpack.decode(data, type=Head)
    state = EngineState(head.plan)
    state.now_us = state.stamp = head.now_us
    state.serial = head.serial
    state.draw.state = head.draw
    state.draining = head.draining
    state.counters = head.counters
    state.facts = head.facts
    parts = tuple(build(state))
    shares = _shares(parts)
    kept = msgspec.msgpack.decode(data, type=dict[str, Any])
    for name, share in shares.items():
        share.load(restored(kept[name], share.kind) if name in kept else share.empty())
    for part in parts:
        part.restored()
    state.deadlines.serial = head.deadline_serial
    state.set_deadlines_again()


def _shares(parts: Iterable[Part]) -> dict[str, Share]:
    """The shares of all parts, from below."""
    return {name: share for part in parts for name, share in part.shares().items()}


class _Version(Struct):
    """The version of a snapshot, read before the rest."""

    version: int


def _of_this_version(data: bytes) -> bytes:
    version = msgspec.msgpack.decode(data, type=_Version).version
    if version == VERSION:
        return data
    if version not in MIGRATIONS:
        raise ACDError(f"snapshot of version {version}, expected {VERSION} or older")
    fields = migrate(msgspec.msgpack.decode(data, type=dict[str, Any]), VERSION)
    return msgspec.msgpack.encode(fields)
