"""Hands each event of the switch to the parts that handle it, in a fixed order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from adapters.freeswitch.protocol.channel_fields import ChannelFields, Hearing


class EventDispatch:
    """The handlers of one node's events, by the event's name.

    Args:
        before: called first with every event, in this order. They may replace a leg's uuid in it
            by the offer that the leg belongs to.
        handlers: tables of handlers; of one event those of the first table are called first.
    """

    def __init__(
        self, before: Sequence[Callable[[ChannelFields], None]], handlers: Sequence[Hearing]
    ) -> None:
        self._before = tuple(before)
        self._handlers: dict[str, list[Callable[[ChannelFields], None]]] = {}
        for table in handlers:
            for name, handle in table.items():
                self._handlers.setdefault(name, []).append(handle)

    @property
    def names(self) -> Iterable[str]:
        """The names of the events that have a handler."""
        return self._handlers

    def take(self, fields: ChannelFields) -> None:
        """Handles an event; one without a handler is passed over."""
        for prepare in self._before:
            prepare(fields)
        for handle in self._handlers.get(fields.event_name, ()):
            handle(fields)
