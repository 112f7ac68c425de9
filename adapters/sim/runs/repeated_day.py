"""A simulated day lived again as far as a journal goes, so that it can go on after a crash.

The simulated switch, its callers and agents die with the daemon. They draw from a seed, and the
journal holds every event that the engine had: the world is begun again, and what happens there is
held against the journal, in order. The engine gets the journal's events; the world gets the facts
and commands that follow from them. Requests of people stand in the journal alone and are handed to
the engine where they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from msgspec import structs

from acdengine.commands import AnyCommand, Reply
from acdengine.engine import Engine
from acdengine.errors import InvalidTransition
from acdengine.events import AnyEvent, TimePassed
from acdengine.facts import AnyFact
from acdengine.requests import Request, SettingsChanged
from acdengine.runtime.event_application import apply_event
from adapters.sim.centre.simulated_world import World

OnFacts = Callable[[int, Sequence[AnyFact]], None]

#: How much later than in the journal something may happen in the world: requests of people reach
#: the world a little earlier or later than they did.
_LATE_US: Final = 1_000_000


class DayDiffers(Exception):
    """The day is another one than that of the journal."""


class RepeatedDay:
    """Takes a world and an engine through the events of a journal.

    Args:
        world: not begun.
        begin: begins it.
        engine: as it was before the first event.
        on_facts: told the facts of each event.
    """

    def __init__(
        self, world: World, begin: Callable[[], None], engine: Engine, on_facts: OnFacts
    ) -> None:
        self._world = world
        self._begin = begin
        self._engine = engine
        self._on_facts = on_facts
        self._readers = world.readers()

    def repeat(self, events: Iterable[tuple[int, AnyEvent]]) -> None:
        """Live through these events, from the first on.

        Raises:
            DayDiffers: something happens that is not in the journal, or does not that is.
        """
        self._begin()
        for seq, event in events:
            if isinstance(event, TimePassed):
                self._wait(min(event.at_us, self._engine.next_due_us()))
            elif _is_from_elsewhere(event):
                self._pass(event.at_us + 1)
            else:
                self._happens(seq, event)
            self._handle(seq, event)

    def _wait(self, until_us: int) -> None:
        """What happens before a deadline of the engine, which is before all else at its moment."""
        self._pass(until_us)
        self._world.agenda.wait_until(until_us)

    def _pass(self, until_us: int) -> None:
        agenda = self._world.agenda
        while agenda.next_us() < until_us:
            agenda.step()

    def _happens(self, seq: int, event: AnyEvent) -> None:
        """Let time pass until the event has happened in the world, and take it from there."""
        happened, agenda = self._world.events, self._world.agenda
        looked = 0
        while True:
            while looked < len(happened):
                if structs.replace(happened[looked], at_us=event.at_us) == event:
                    del happened[looked]
                    return
                looked += 1
            if agenda.next_us() > event.at_us + _LATE_US:
                raise DayDiffers(f"event {seq} ({type(event).__name__}) does not happen again")
            agenda.step()

    def _handle(self, seq: int, event: AnyEvent) -> None:
        oldest = self._world.events[0] if self._world.events else event
        if oldest.at_us < event.at_us - _LATE_US:
            raise DayDiffers(f"{type(oldest).__name__} happens before event {seq}, as it did not")
        commands = apply_event(self._engine, event, _refused)
        facts = self._engine.drain_facts()
        if facts:
            self._on_facts(seq, facts)
        for fact in facts:
            for reader in self._readers.get(type(fact), ()):
                reader(fact)
        orders = [command for command in commands if _is_for_world(command)]
        if orders:
            self._world.execute(orders)


def _is_from_elsewhere(event: AnyEvent) -> bool:
    """Whether people or settings beyond the simulated world have caused an event."""
    if isinstance(event, Request):
        return bool(event.request_id) or isinstance(event, SettingsChanged)
    return False


def _is_for_world(command: AnyCommand) -> bool:
    return type(command) is not Reply


def _refused(_: InvalidTransition, __: AnyEvent) -> None:
    """It was counted when it first came."""
