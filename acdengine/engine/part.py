"""A part of the engine and what it offers.

`Engine` asks its parts, from below: which events and deadlines they handle, which share of the
snapshot is theirs, and whether their share of the state is consistent. A new capability is a new
part and one line in `acdengine.engine.core`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias, TypeVar

from msgspec import Struct
from mypy_extensions import mypyc_attr

from acdengine.base_messages import Event
from acdengine.engine.bounded_history import BoundedHistory

K = TypeVar("K")
R = TypeVar("R")
#: What is older, what is younger.
Generations: TypeAlias = tuple[dict[str, R], dict[str, R]]

#: A handler is called with events of its own type only.
Handler: TypeAlias = Callable[[Any], None]
Handlers: TypeAlias = dict[type[Event], Handler]
#: Type of a record, or state of a call, to what handles its deadline.
DeadlineHandlers: TypeAlias = dict[type[object] | str, Handler]


class Share(Struct, frozen=True):
    """A field of the snapshot.

    Attributes:
        kind: the type of what is written, as msgspec reads it; a list, dict or tuple.
        dump: gives it.
        load: takes it up again; no other share has to be loaded before.
        empty: gives what a snapshot holds that was written before there was this share.
        is_history: it is long, and of what is over: two dicts that may be written in slices.
    """

    kind: Any
    dump: Callable[[], Any]
    load: Callable[[Any], None]
    empty: Callable[[], Any] = list
    is_history: bool = False


#: By the name of the field.
Shares: TypeAlias = dict[str, Share]


@mypyc_attr(allow_interpreted_subclasses=True)
class Part:
    """Base of all parts: without handlers, deadlines, shares or checks. A part overrides what it
    needs."""

    def handlers(self) -> Handlers:
        """The events that this part handles."""
        return {}

    def deadlines(self) -> DeadlineHandlers:
        """The deadlines that this part handles."""
        return {}

    def shares(self) -> Shares:
        """The fields of the snapshot that this part writes and reads."""
        return {}

    def restored(self) -> None:
        """Work out what the snapshot does not hold. All shares are loaded by now, and the parts
        below have done the same."""

    def check(self) -> Iterator[str]:
        """Compare this part's share of the state with the rest, slowly and thoroughly.

        Yields:
            What is wrong, a sentence each.
        """
        return iter(())


def union(tables: Iterable[dict[K, Handler]]) -> dict[K, Handler]:
    """The handlers of all parts in one table.

    Raises:
        ValueError: two parts handle the same event or deadline.
    """
    both: dict[K, Handler] = {}
    for handlers in tables:
        for what, handler in handlers.items():
            if what in both:
                raise ValueError(f"two parts handle {what}")
            both[what] = handler
    return both


def table(kind: type[list[R]], records: dict[str, R], key: Callable[[R], str]) -> Share:
    """The share of a table of records, which is written as a list."""

    def load(kept: list[R]) -> None:
        records.update((key(record), record) for record in kept)

    return Share(kind, lambda: list(records.values()), load)


def history(kind: type[Generations[R]], kept: BoundedHistory[R]) -> Share:
    """The share of a `BoundedHistory`, in its two generations."""

    def load(generations: Generations[R]) -> None:
        kept.load(*generations)

    return Share(kind, kept.generations, load, lambda: ({}, {}), is_history=True)
