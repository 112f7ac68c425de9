"""Event subscriptions and filters of a link, kept so that they are sent again after a reconnect."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from adapters.freeswitch.protocol.command_lines import (
    Command,
    EventFormat,
    add_filter,
    delete_filter,
    leave_out,
    subscribe,
    unsubscribe,
)

#: The watchdog listens to the first, background jobs end by the second, applications by the third.
ALWAYS: Final = ("HEARTBEAT", "BACKGROUND_JOB", "CHANNEL_EXECUTE_COMPLETE")

ALL_EVENTS: Final = "ALL"


class Subscriptions:
    """The events, subclasses and filters of one link, in the order in which they were asked for.

    Every change returns the commands that make it on a link that is up.
    """

    def __init__(self, event_format: EventFormat = EventFormat.JSON) -> None:
        self.event_format = event_format
        self._names: dict[str, None] = dict.fromkeys(ALWAYS)
        self._subclasses: dict[str, None] = {}
        self._filters: dict[tuple[str, str], None] = {}
        self._left_out: dict[tuple[str, str], None] = {}
        self._narrowed: dict[str, tuple[tuple[str, str], ...]] = {}

    @property
    def is_complete(self) -> bool:
        """Whether every event of the switch is sent, so that a gap in their numbers is a loss."""
        return ALL_EVENTS in self._names and not self._filters

    def add(self, names: Iterable[str] = (), subclasses: Iterable[str] = ()) -> list[Command]:
        """Ask for more events. What is asked for already is left out."""
        names = [name for name in dict.fromkeys(names) if name not in self._names]
        subclasses = [kind for kind in dict.fromkeys(subclasses) if kind not in self._subclasses]
        if not names and not subclasses:
            return []
        command = subscribe(self.event_format, names, subclasses)
        let_through = self._let_through(names, bool(subclasses)) if self._is_picky else []
        self._names.update(dict.fromkeys(names))
        self._subclasses.update(dict.fromkeys(subclasses))
        return [*let_through, command]

    def leave_out(self, header: str, values: Iterable[str]) -> None:
        """Have events with one of these values in that header not sent, of a link to be opened.

        FreeSWITCH sends nothing that no filter lets through, so with this all events that are asked
        for are let through by name. Not together with `add_filter`, nor with all events.
        """
        self._left_out.update(dict.fromkeys((header, value) for value in values))

    def narrow(self, name: str, wanted: Iterable[tuple[str, str]]) -> None:
        """Have the events of this name sent only with one of these values in these headers, of a
        link to be opened.

        Other events that are asked for are let through by name, and those with one of these values
        are so twice. Not together with `add_filter`, nor with all events.
        """
        self._narrowed[name] = tuple(wanted)

    @property
    def _is_picky(self) -> bool:
        return bool(self._left_out or self._narrowed)

    def remove(self, names: Iterable[str] = (), subclasses: Iterable[str] = ()) -> list[Command]:
        """Unsubscribe from events, except those that the link itself needs."""
        names = [name for name in names if name in self._names and name not in ALWAYS]
        subclasses = [kind for kind in subclasses if kind in self._subclasses]
        if not names and not subclasses:
            return []
        command = unsubscribe(names, subclasses)
        for name in names:
            del self._names[name]
        for kind in subclasses:
            del self._subclasses[kind]
        # `nixevent ALL` takes everything; say again what is to stay.
        return [command, *self.commands()] if ALL_EVENTS in names else [command]

    def add_filter(self, header: str, value: str) -> list[Command]:
        """Send only events with that value; several filters are alternatives.

        A filter holds for all events, so with the first one the events that the link itself needs
        are let through by filters of their own.
        """
        if self._is_picky:
            raise ValueError("events are left out already: what is wanted cannot be said as well")
        wanted = [(header, value)]
        if not self._filters:
            wanted = [*(("Event-Name", name) for name in ALWAYS), *wanted]
        new = [pair for pair in wanted if pair not in self._filters]
        commands = [add_filter(*pair) for pair in new]
        self._filters.update(dict.fromkeys(new))
        return commands

    def remove_filter(self, header: str, value: str) -> list[Command]:
        """Take a filter back; with the last one of ours, no filter is left."""
        if (header, value) not in self._filters:
            return []
        del self._filters[header, value]
        if all(pair in _OWN_FILTERS for pair in self._filters):
            self._filters.clear()
            return [delete_filter("all")]
        return [delete_filter(header, value)]

    def commands(self) -> list[Command]:
        """All that has to be said on a new link. Events come only after the last of these."""
        filters = [add_filter(header, value) for header, value in self._filters]
        if self._is_picky and ALL_EVENTS not in self._names:
            filters += self._let_through(self._names, bool(self._subclasses))
            filters += [leave_out(header, value) for header, value in self._left_out]
        return [*filters, subscribe(self.event_format, self._names, self._subclasses)]

    def _let_through(self, names: Iterable[str], custom: bool) -> list[Command]:
        every = (*names, *(("CUSTOM",) if custom else ()))
        return [
            add_filter(header, value)
            for name in every
            for header, value in self._narrowed.get(name, (("Event-Name", name),))
        ]

    def probe(self) -> Command:
        """A command that changes nothing and is answered at once: a probe."""
        return subscribe(self.event_format, ALWAYS[:1])


_OWN_FILTERS: Final = tuple(("Event-Name", name) for name in ALWAYS)
