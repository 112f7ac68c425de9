"""Where the runtime ends and adapters begin: what each side promises the other.

An adapter is a `Port` to one switch or several: it carries commands out, and reports what happens
by posting events to an `Inbox`. What follows the facts is a `FactSink`. Everything
here is called in the daemon's one thread, and nothing may block it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from acdengine.commands import AnyCommand
from acdengine.events import AnyEvent
from acdengine.facts import AnyFact


class Port(Protocol):
    """What carries commands out.

    Commands come in the order in which the engine gave them, and are safe to repeat. None may end
    silently: what becomes of each is reported as an event, later, by `Inbox.post`; posting from
    within `execute` is allowed.
    """

    def execute(self, commands: Sequence[AnyCommand]) -> None:
        """Have the commands carried out. Returns at once; never raises for what a switch does."""


class FactSink(Protocol):
    """Takes the facts."""

    def take(self, seq: int, facts: Sequence[AnyFact]) -> None:
        """Take the facts that one event caused, in order.

        ``seq`` is the number of that event. Events are numbered from 1, rising, through restarts
        too. The key of a fact is ``(seq, index)``, its place among the facts of that event
        (`FactKeys`). After a crash the facts of the last events may be passed once more, with the
        same keys: a sink that keeps facts writes each key once.
        """


class FactKeys:
    """Numbers the facts of each event, from 0, as a sink takes them."""

    def __init__(self) -> None:
        self._seq = -1
        self._next = 0

    def first(self, seq: int, count: int) -> int:
        """Give the index of the first of ``count`` facts that event ``seq`` caused.

        It goes on where the facts of one event come in several calls of `FactSink.take`.
        """
        index = self._next if seq == self._seq else 0
        self._seq = seq
        self._next = index + count
        return index


class Source(Protocol):
    """Where events come from, as far as it can be slowed down: a socket that is not read."""

    def pause(self) -> None:
        """The inbox is long: stop reading until `resume`."""

    def resume(self) -> None:
        """The inbox is short again."""


class Inbox(Protocol):
    """Where adapters report."""

    def post(self, event: AnyEvent) -> bool:
        """Hand an event over.

        ``at_us`` is 0 for an event that is happening now, which is the rule: the runtime stamps
        it. An adapter that keeps the runtime's own clock (the simulated switch) may give the time;
        it is brought between the event before and now.

        Returns:
            Whether the event was taken. One that was not is lost and counted; a source that loses
            one should compare with the switch (`SwitchSynced`) as soon as it can.
        """

    def slow_down(self, source: Source) -> None:
        """Have a source paused while the inbox is long."""

    def hold(self) -> None:
        """There is more to come, in this very call: look at nothing until `release`."""

    def release(self) -> None:
        """That was all that could be read for now: it is handled before this returns."""
