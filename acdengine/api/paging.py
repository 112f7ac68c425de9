"""Lists in pages: a cursor names the last row seen, so rows that come and go shift nothing.

A row that is there from the first page to the last is in exactly one of them.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from bisect import bisect_right
from collections.abc import Callable, Sequence
from heapq import nsmallest
from itertools import count, islice
from typing import Final, TypeVar

import msgspec

from acdengine.api.problems import unfit

T = TypeVar("T")

#: Rows looked at before others have their turn: about half a millisecond.
_AT_ONCE: Final = 2000
#: Above every rank (`queues.order`), and small enough to be worked with as a float.
_LARGEST: Final = 1 << 160


def encode_cursor(kind: str, *parts: str | int) -> str:
    """A cursor: to be handed back as it is, meaning nothing to the client.

    Whole numbers travel as text, since ranks have more than 64 bits.
    """
    raw = msgspec.json.encode([kind, *(str(part) for part in parts)])
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode_cursor(cursor: str, kind: str, parts: int) -> list[str]:
    """The parts of a cursor of this kind of list.

    Raises:
        Refused: it is not one (422).
    """
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        found = msgspec.json.decode(raw, type=list[str])
    except (binascii.Error, ValueError) as error:
        raise _no_cursor() from error
    if len(found) != parts + 1 or found[0] != kind:
        raise _no_cursor()
    return found[1:]


def decode_numbers(cursor: str, kind: str, parts: int) -> tuple[int, ...]:
    """The parts of a cursor that holds whole numbers.

    Raises:
        Refused: it is not one (422).
    """
    try:
        numbers = tuple(int(part) for part in decode_cursor(cursor, kind, parts))
    except ValueError as error:
        raise _no_cursor() from error
    if any(abs(number) > _LARGEST for number in numbers):
        raise _no_cursor()
    return numbers


def _no_cursor() -> Exception:
    return unfit("cursor", "not a cursor of this list", "the `next` of the page before")


def page_by_id(
    rows: dict[str, T], fits: Callable[[T], bool], limit: int, cursor: str, kind: str
) -> tuple[list[T], str]:
    """A page of what is kept by id, in the order of the ids, and the cursor of the next one."""
    ids = sorted(rows)
    first = bisect_right(ids, decode_cursor(cursor, kind, 1)[0]) if cursor else 0
    fitting = (name for name in islice(ids, first, None) if fits(rows[name]))
    names = list(islice(fitting, limit + 1))
    more = encode_cursor(kind, names[limit - 1]) if len(names) > limit else ""
    return [rows[name] for name in names[:limit]], more


async def page_by_key(
    rows: Sequence[T],
    key: Callable[[T], int],
    fits: Callable[[T], bool],
    limit: int,
    after: int | None,
    *,
    is_sorted: bool = False,
) -> tuple[list[T], int | None]:
    """The fitting rows with the least keys above ``after``, and the key to go on from (None: end).

    A hundred thousand rows are looked through some at a time, so that calls need not wait for it;
    what is shown is what each was when it was looked at. ``is_sorted``: they come by their keys.
    """
    found: list[tuple[int, int]] = []
    least = -_LARGEST if after is None else after
    most = _LARGEST
    for first in range(0, len(rows), _AT_ONCE):
        if first:
            await asyncio.sleep(0)
        some = rows[first : first + _AT_ONCE]
        keys = zip(map(key, some), count(first))
        found += [
            (rank, number) for rank, number in keys if least < rank < most and fits(rows[number])
        ]
        if len(found) > limit:
            if is_sorted:
                break
            found = nsmallest(limit + 1, found)
            most = found[-1][0]
    found.sort()
    page = [rows[number] for _, number in found[:limit]]
    return page, found[limit - 1][0] if len(found) > limit else None
