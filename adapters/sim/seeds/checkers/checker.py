"""What a checker is shown: one event, and what the engine made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from acdengine.commands import AnyCommand
from acdengine.events import AnyEvent
from acdengine.facts import AnyFact


class CheckFailed(AssertionError):
    """Something that must hold does not."""


@dataclass(frozen=True, slots=True)
class HandledEvent:
    """One event with all that followed from it at once."""

    event: AnyEvent
    commands: Sequence[AnyCommand]
    facts: Sequence[AnyFact]


class Checker(Protocol):
    """One thing that must hold."""

    def look(self, moment: HandledEvent) -> None:
        """Take in a moment.

        Raises:
            CheckFailed: what must hold does not.
        """

    def forget(self) -> None:
        """The engine has lost its memory: only what the switch tells it is known from now on."""

    def finish(self) -> None:
        """The run is over, everything has had time to end.

        Raises:
            CheckFailed: something has not ended.
        """


def need(holds: bool, what: str) -> None:
    """Insist on something.

    Raises:
        CheckFailed: it does not hold.
    """
    if not holds:
        raise CheckFailed(what)
