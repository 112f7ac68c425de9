"""How long records are kept, by tenant and kind; callers' numbers made anonymous; erasure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Engine,
    Table,
    and_,
    delete,
    or_,
    select,
    update,
)

from acdengine.records.orders import Keeping
from acdengine.records.schema import (
    agent_states,
    call_tags,
    callbacks,
    calls,
    changes,
    queue_intervals,
    segments,
    survey_answers,
)

_DAY_US: Final = 86_400_000_000
#: Stands for a number that was made anonymous or erased.
ANONYMOUS: Final = "anonymous"
#: Fewer digits are an extension or a short code, not a caller.
_CALLER_DIGITS: Final = 6


def apply_retention(
    engine: Engine, keeping: Mapping[str, Keeping], now_us: int, folders: Sequence[Path] = ()
) -> dict[str, int]:
    """Remove what is older than a tenant keeps it, and make numbers anonymous.

    What still goes on stays. Files go before the rows that name them.

    Args:
        engine: of the database.
        keeping: by tenant.
        now_us: the present time.
        folders: where recordings and messages are.

    Returns:
        Rows removed by table; under ``anonymised`` rows without their number from now on; under
        ``recordings`` files removed.
    """
    counts: dict[str, int] = {}

    def count(name: str, result: CursorResult[tuple[()]]) -> None:
        counts[name] = counts.get(name, 0) + result.rowcount

    with engine.begin() as connection:
        for tenant_id, days in keeping.items():
            if days.recordings_days:
                before_us = now_us - days.recordings_days * _DAY_US
                counts["recordings"] = counts.get("recordings", 0) + _remove_old_files(
                    connection, tenant_id, before_us, folders
                )
            for table, kept, moment in _kept(days):
                if not kept:
                    continue
                old = and_(table.c.tenant_id == tenant_id, moment < now_us - kept * _DAY_US)
                count(table.name, connection.execute(delete(table).where(old)))
            if days.anonymise_after_days:
                before_us = now_us - days.anonymise_after_days * _DAY_US
                counts["anonymised"] = counts.get("anonymised", 0) + _anonymise(
                    connection, tenant_id, before_us
                )
    return counts


def _kept(days: Keeping) -> list[tuple[Table, int, ColumnElement[int]]]:
    """Each table with the days it is kept, and what its age is counted from."""
    calls_days = days.calls_days
    return [
        (calls, calls_days, calls.c.ended_at_us),
        (segments, calls_days, segments.c.ended_at_us),
        (callbacks, calls_days, callbacks.c.ended_at_us),
        (survey_answers, calls_days, survey_answers.c.at_us),
        (call_tags, calls_days, call_tags.c.at_us),
        (agent_states, days.agent_states_days, agent_states.c.ended_at_us),
        (queue_intervals, days.intervals_days, queue_intervals.c.interval_at_us),
        (changes, days.changes_days, changes.c.at_us),
    ]


def _anonymise(connection: Connection, tenant_id: str, before_us: int) -> int:
    """Take the numbers of callers out of what ended before a moment."""
    old_calls = and_(
        calls.c.tenant_id == tenant_id, calls.c.ended_at_us < before_us, calls.c.ani != ANONYMOUS
    )
    call_count: int = connection.execute(
        update(calls).where(old_calls, calls.c.ani != "").values(ani=ANONYMOUS, customer_id="")
    ).rowcount
    connection.execute(
        update(callbacks)
        .where(
            callbacks.c.tenant_id == tenant_id, callbacks.c.ended_at_us < before_us,
            callbacks.c.number != ANONYMOUS,
        )
        .values(number=ANONYMOUS)
    )  # fmt: skip
    connection.execute(
        update(segments)
        .where(
            segments.c.tenant_id == tenant_id, segments.c.kind == "number",
            segments.c.ended_at_us < before_us, segments.c.target != ANONYMOUS,
        )
        .values(target=ANONYMOUS)
    )  # fmt: skip
    connection.execute(
        delete(call_tags).where(call_tags.c.tenant_id == tenant_id, call_tags.c.at_us < before_us)
    )
    return call_count


class Erased(msgspec.Struct):
    """What was erased of one caller."""

    calls: int = 0
    segments: int = 0
    callbacks: int = 0
    tags: int = 0
    #: Files of recordings and messages that were removed, and those that were not found.
    files_removed: list[str] = []
    files_missing: list[str] = []


def erase_caller(engine: Engine, number: str, tenant_id: str, folders: list[Path]) -> Erased:
    """Erase one caller: number, customer, tags, recordings and messages; counts stay right.

    Args:
        engine: of the database.
        number: with its country's code, or as national calls show it where they were recorded so.
        tenant_id: whose records; empty: of all tenants.
        folders: where recordings and messages are; empty: their files are only listed as missing.

    Raises:
        ValueError: it is no number of a caller.
    """
    digits = re.sub(r"\D", "", number)
    # The prefix of numbers abroad stands for the plus.
    digits = digits.removeprefix("00")
    if len(digits) < _CALLER_DIGITS:
        raise ValueError(f"{number!r} is no number of a caller: expected {_CALLER_DIGITS} digits")
    erased = Erased()
    with engine.begin() as connection:
        found = _calls_of(connection, digits, tenant_id)
        for call_id, source_id in found:
            of_call = and_(segments.c.call_id == call_id, segments.c.source_id == source_id)
            _remove_files(connection, of_call, folders, erased)
            erased.segments += connection.execute(
                update(segments)
                .where(of_call, segments.c.kind.in_(("number", "voicemail", "recording")))
                .values(target="", detail=ANONYMOUS)
            ).rowcount
            erased.tags += connection.execute(
                delete(call_tags).where(
                    call_tags.c.call_id == call_id, call_tags.c.source_id == source_id
                )
            ).rowcount
            erased.calls += connection.execute(
                update(calls)
                .where(calls.c.call_id == call_id, calls.c.source_id == source_id)
                .values(ani=ANONYMOUS, customer_id="")
            ).rowcount
            erased.callbacks += connection.execute(
                update(callbacks)
                .where(callbacks.c.call_id == call_id, callbacks.c.source_id == source_id)
                .values(number=ANONYMOUS)
            ).rowcount
        _erase_refused(connection, digits, tenant_id, erased)
        _erase_dialled(connection, digits, tenant_id, erased)
    return erased


def _is_of(column: ColumnElement[str], digits: str) -> ColumnElement[bool]:
    return or_(column == digits, column == f"+{digits}", column == f"00{digits}")


def _calls_of(connection: Connection, digits: str, tenant_id: str) -> list[tuple[str, int]]:
    """The calls from a number, and those with a callback to it."""
    found: list[tuple[str, int]] = []
    for table, column in ((calls, calls.c.ani), (callbacks, callbacks.c.number)):
        query = select(table.c.call_id, table.c.source_id).where(
            _is_of(column, digits), table.c.call_id != ""
        )
        if tenant_id:
            query = query.where(table.c.tenant_id == tenant_id)
        found += [(row[0], row[1]) for row in connection.execute(query)]
    return list(dict.fromkeys(found))


def _erase_refused(connection: Connection, digits: str, tenant_id: str, erased: Erased) -> None:
    """Callers who met busy have no call."""
    blocked = and_(_is_of(calls.c.ani, digits), calls.c.call_id == "")
    if tenant_id:
        blocked = and_(blocked, calls.c.tenant_id.in_((tenant_id, "")))
    erased.calls += connection.execute(update(calls).where(blocked).values(ani=ANONYMOUS)).rowcount


def _erase_dialled(connection: Connection, digits: str, tenant_id: str, erased: Erased) -> None:
    """Where others were sent to this number."""
    dialled = _is_of(segments.c.target, digits)
    if tenant_id:
        dialled = and_(dialled, segments.c.tenant_id == tenant_id)
    erased.segments += connection.execute(
        update(segments).where(dialled).values(target=ANONYMOUS)
    ).rowcount


def _remove_old_files(
    connection: Connection, tenant_id: str, before_us: int, folders: Sequence[Path]
) -> int:
    """Remove the recordings and messages of a tenant that ended before a moment; those that are
    not on this machine keep their names. Returns how many."""
    old = and_(segments.c.tenant_id == tenant_id, segments.c.ended_at_us < before_us)
    removed = 0
    key = (segments.c.source_id, segments.c.seq, segments.c.idx)
    for source_id, seq, idx, kind, name in _files_of(connection, old, key):
        file = _file_of(name, folders)
        if file is None:
            continue
        file.unlink()
        removed += 1
        connection.execute(
            update(segments)
            .where(key[0] == source_id, key[1] == seq, key[2] == idx)
            .values({"target" if kind == "recording" else "detail": ""})
        )
    return removed


def _files_of(
    connection: Connection, which: ColumnElement[bool], key: Sequence[ColumnElement[int]] = ()
) -> list[tuple[Any, ...]]:
    """Key, kind and file of recordings and messages; those without a file are left out."""
    query = select(*key, segments.c.kind, segments.c.target, segments.c.detail).where(
        which, segments.c.kind.in_(("recording", "voicemail"))
    )
    found: list[tuple[Any, ...]] = []
    for *of_row, kind, target, detail in connection.execute(query):
        name = target if kind == "recording" else detail
        if name and name != ANONYMOUS:
            found.append((*of_row, kind, name))
    return found


def _remove_files(
    connection: Connection, of_call: ColumnElement[bool], folders: Sequence[Path], erased: Erased
) -> None:
    """Remove the recordings and messages of a call."""
    for _, name in _files_of(connection, of_call):
        file = _file_of(name, folders)
        if file is None:
            erased.files_missing.append(name)
        else:
            file.unlink()
            erased.files_removed.append(name)


def _file_of(name: str, folders: Sequence[Path]) -> Path | None:
    """A file of one of the folders; nothing outside of them is ever touched."""
    for folder in folders:
        root = folder.resolve()
        file = (root / name).resolve()
        if file.is_relative_to(root) and file.is_file():
            return file
    return None
