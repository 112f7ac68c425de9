"""A day's shape: how many calls come and how many agents are at work in each half hour."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Final

HALF_HOUR_US: Final = 1_800_000_000
_SLOTS: Final = 48
_COLUMNS: Final = ["from", "calls", "agents"]


class ProfileError(ValueError):
    """A day profile that cannot be used; says where and why."""


@dataclass(frozen=True, slots=True)
class DayProfile:
    """Figures of one centre for the 48 half hours of a day, from midnight by its own clock.

    Attributes:
        calls: mean number that arrive in each.
        agents: at work in each.
    """

    calls: tuple[float, ...]
    agents: tuple[float, ...]

    @property
    def most_agents(self) -> float:
        """At work in the busiest half hour."""
        return max(self.agents)

    def from_slot(self, slot: int) -> DayProfile:
        """The same day, begun at another half hour and gone on with after midnight."""
        turn = slot % _SLOTS
        return DayProfile(
            self.calls[turn:] + self.calls[:turn], self.agents[turn:] + self.agents[:turn]
        )


def read_day_profile(path: Path) -> DayProfile:
    """The profile of a CSV file: ``from,calls,agents``, a line for each half hour.

    Lines that begin with ``#`` are passed over.

    Raises:
        ProfileError: the file cannot be read or is not like that.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"{path}: cannot be read: {error}") from error
    rows = list(csv.reader(line for line in lines if line and not line.startswith("#")))
    if not rows or rows[0] != _COLUMNS:
        raise ProfileError(f"{path}: expected the heading {','.join(_COLUMNS)}")
    expected = [f"{slot // 2:02d}:{slot % 2 * 30:02d}" for slot in range(_SLOTS)]
    if [row[0] for row in rows[1:]] != expected:
        raise ProfileError(f"{path}: expected the 48 half hours 00:00, 00:30, ... 23:30, in order")
    calls, agents = [], []
    for row in rows[1:]:
        try:
            _, calls_text, agents_text = row
            calls.append(float(calls_text))
            agents.append(float(agents_text))
        except ValueError as error:
            raise ProfileError(f"{path}: {','.join(row)}: expected three columns") from error
        if not 0 <= calls[-1] < 1e9 or not 0 <= agents[-1] < 1e9:
            raise ProfileError(f"{path}: {','.join(row)}: expected numbers of 0 or more")
    if not any(agents):
        raise ProfileError(f"{path}: nobody is ever at work")
    return DayProfile(tuple(calls), tuple(agents))
