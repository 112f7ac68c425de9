"""Applies one event to the engine, and drops it when the tables do not allow it.

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
    """Apply an event to the engine; drop it when the tables do not allow it.

    Deadlines that are due before the event fire first, in a step of their own: their commands go
    out even where the event is dropped.

    Args:
        engine: handles the event.
        event: with its time.
        refused: called with an event that is not allowed, and why.
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
