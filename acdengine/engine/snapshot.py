"""Snapshot and restore: the whole state as bytes.

Each part of the engine writes and reads its share (`Part.shares`). Only what cannot be worked out
again is written: records, places, pointers and counts. Classes, pools and lines are rebuilt
(`Part.restored`); every choice depends on the records alone, so an engine that was restored goes on
exactly as the other would have.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Struct

from acdengine.engine.part import Part, Share
from acdengine.engine.snapshot_migrations import MIGRATIONS, migrate
from acdengine.engine.state import EngineState
from acdengine.engine.stored_records import copied, restored
from acdengine.errors import ACDError
from acdengine.facts import AnyFact
from acdengine.plan import Plan

VERSION: Final = 3
#: MessagePack: a map of so many (32 bits), an array of a few; calls of one slice.
_MAP_32: Final = struct.Struct(">BI")
_MAP: Final = 0xDF
_ARRAY_32: Final = 0xDD
_ARRAY: Final = 0x90
_SLICE: Final = 32
#: The field of stories, and the tables that they are of.
_STORIES: Final = "stories"
_AGENTS: Final = "agents"
_CALLS: Final = "calls"


_Stories: TypeAlias = list[tuple[str, str, list[AnyFact]]]


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
    fields = _head_of(state)
    for name, share in _shares(parts).items():
        fields[name] = share.dump()
    return msgspec.msgpack.encode(fields)


class Slices:
    """The state as of now, of which stories and history are encoded later, a bit at a time.

    All slices together are a snapshot as `dump` gives it, but for the stories of agents and live
    calls, which stand in a field of their own. Calls that are over may still be told of a
    recording; what they are told after the state was taken is left out.
    """

    def __init__(self, state: EngineState, parts: Iterable[Part]) -> None:
        self._now_us = state.now_us
        self._histories: list[tuple[str, list[dict[str, Any]]]] = []
        #: Whose they are: the table, and the key there.
        self._stories: list[tuple[str, str, list[AnyFact]]] = []
        records: list[tuple[str, dict[str, Any]]] = [
            (_AGENTS, dict(state.agents)), (_CALLS, dict(state.calls)),
        ]  # fmt: skip
        for table, kept in records:
            self._stories += [(table, key, one.story) for key, one in kept.items() if one.story]
        tables = dict(records)
        for table, key, _ in self._stories:
            tables[table][key].story = []
        try:
            fields = self._live_fields(state, parts)
            self._live = [msgspec.msgpack.encode(part) for pair in fields.items() for part in pair]
        finally:
            for table, key, story in self._stories:
                tables[table][key].story = story
        self._stories = [(table, key, story[:]) for table, key, story in self._stories]
        self._fields = len(fields) + len(self._histories) + 1

    def _live_fields(self, state: EngineState, parts: Iterable[Part]) -> dict[str, Any]:
        fields = _head_of(state)
        for name, share in _shares(parts).items():
            if share.is_history:
                self._histories.append((name, [dict(kept) for kept in share.dump()]))
            else:
                fields[name] = share.dump()
        return fields

    def __iter__(self) -> Iterator[bytes]:
        """The slices, in order; each takes a fraction of a millisecond, but the first."""
        yield b"".join((_MAP_32.pack(_MAP, self._fields), *self._live))
        encode = msgspec.msgpack.encode
        yield encode(_STORIES) + _MAP_32.pack(_ARRAY_32, len(self._stories))
        for start in range(0, len(self._stories), _SLICE):
            yield b"".join(map(encode, self._stories[start : start + _SLICE]))
        for name, generations in self._histories:
            yield encode(name) + bytes((_ARRAY + len(generations),))
            for kept in generations:
                yield _MAP_32.pack(_MAP, len(kept))
                items = iter(kept.items())
                while some := [*islice(items, _SLICE)]:
                    yield b"".join(
                        encode(part)
                        for key, value in some
                        for part in (key, self._as_it_was(value))
                    )

    def _as_it_was(self, value: Any) -> Any:  # noqa: ANN401 - whatever a history keeps
        story = getattr(value, "story", None)
        if not story or story[-1].at_us <= self._now_us:
            return value
        before = copied(value)
        before.story = [fact for fact in story if fact.at_us <= self._now_us]
        return before


def _head_of(state: EngineState) -> dict[str, Any]:
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
    return {name: getattr(head, name) for name in head.__struct_fields__}


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
    for table, key, story in msgspec.convert(kept.get(_STORIES, []), _Stories):
        record: Any = state.agents[key] if table == _AGENTS else state.calls[key]
        record.story = story
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
