"""A conference: its legs, each with its number, and which has the floor."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Room:
    """One conference; legs by their uuid, with their number in it."""

    name: str
    profile: str
    uuid: str
    numbers: dict[str, int] = field(default_factory=dict)
    counted: int = 0
    floor: int = 0
