"""What a part of the engine offers: its handlers, by the exact type of the event."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from acdengine.base_messages import Event

#: A handler is called with events of its own type only.
Handler: TypeAlias = Callable[[Any], None]
Handlers: TypeAlias = dict[type[Event], Handler]


def union(parts: Iterable[Handlers]) -> Handlers:
    """The handlers of all parts in one table.

    Raises:
        ValueError: two parts handle the same event.
    """
    table: Handlers = {}
    for handlers in parts:
        for event, handler in handlers.items():
            if event in table:
                raise ValueError(f"two parts handle {event.__name__}")
            table[event] = handler
    return table
