"""One event into the engine, with what follows when the tables do not allow it.

The running loop and the recovery use the same function, so that a journal gives the same state
again, refused events and all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from acdengine.commands import AnyCommand
from acdengine.engine import Engine
from acdengine.errors import InvalidTransition
from acdengine.events import AnyEvent, TimePassed

#: Told what was not allowed, and of which event.
OnRefused: TypeAlias = Callable[[InvalidTransition, AnyEvent], None]


def apply_event(engine: Engine, event: AnyEvent, refused: OnRefused) -> list[AnyCommand]:
    """Have the engine take an event; one that its tables do not allow is dropped.

    What is due before the event comes first and by itself: its commands go out whatever becomes
    of the event.

    Args:
        engine: takes the event.
        event: stamped.
        refused: told of an event that was not allowed.
    """
    commands: list[AnyCommand] = []
    at_us = event.at_us
    if engine.next_due_us() <= at_us and not isinstance(event, TimePassed):
        commands += engine.handle(TimePassed(at_us))
    try:
        commands += engine.handle(event)
    except InvalidTransition as defect:
        refused(defect, event)
    return commands
