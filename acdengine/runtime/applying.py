"""One event into the engine, with what follows when the tables do not allow it.

The running loop and the recovery use the same function, so that a journal gives the same state
again, refused events and all.
"""

from __future__ import annotations

from collections.abc import Callable

from acdengine.commands import AnyCommand
from acdengine.engine import Engine
from acdengine.errors import InvalidTransition
from acdengine.events import AnyEvent, TimePassed


def apply(
    engine: Engine, event: AnyEvent, refused: Callable[[InvalidTransition], None]
) -> list[AnyCommand]:
    """Have the engine take an event; one that its tables do not allow is dropped.

    What is due before the event comes first and by itself, so that a deadline that goes wrong
    does not take an innocent event with it.

    Args:
        engine: takes the event.
        event: stamped.
        refused: told of everything that was not allowed.
    """
    commands: list[AnyCommand] = []
    at_us = event.at_us
    if engine.next_due_us() <= at_us and not isinstance(event, TimePassed):
        commands += _handled(engine, TimePassed(at_us), refused)
    commands += _handled(engine, event, refused)
    return commands


def _handled(
    engine: Engine, event: AnyEvent, refused: Callable[[InvalidTransition], None]
) -> list[AnyCommand]:
    try:
        return engine.handle(event)
    except InvalidTransition as defect:
        refused(defect)
    # Deadlines that came before the one refused have been done: their commands are still to go.
    try:
        return engine.handle(TimePassed(event.at_us))
    except InvalidTransition as defect:
        refused(defect)
        return []
