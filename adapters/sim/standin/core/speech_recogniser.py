"""A recogniser of speech at work on one leg."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Recogniser:
    """One module of the switch, which one leg has open."""

    fires_events: bool
    parameters: dict[str, str] = field(default_factory=dict)
    grammar: str = ""
    timer: asyncio.Handle | None = None

    def seconds(self, name: str, ms: int) -> float:
        """A parameter in milliseconds, or what the module has without it."""
        text = self.parameters.get(name, "")
        return (int(text) if text.isdigit() else ms) / 1000
