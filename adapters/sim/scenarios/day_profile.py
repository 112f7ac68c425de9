"""A day's shape: how many calls come and how many agents are at work in each half hour."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from adapters.sim.scenarios.table_file import TableError, minutes_of, read_table

HALF_HOUR_US: Final = 1_800_000_000
_SLOTS: Final = 48
_COLUMNS: Final = ("from", "calls", "agents")
_MOST: Final = 1e9


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
    """The profile of a CSV file (`table_file`): ``from,calls,agents``, a line for each half hour of
    the day, in order.

    Raises:
        ProfileError: the file cannot be read or is not like that.
    """
    try:
        rows = read_table(path, _COLUMNS)
        if len(rows) != _SLOTS:
            raise ProfileError(f"{path}: {len(rows)} half hours; expected 48, from 00:00 to 23:30")
        for slot, row in enumerate(rows):
            if minutes_of(row.cells["from"]) != slot * 30:
                raise row.error(
                    f"from is {row.cells['from']!r}; expected {slot // 2:02d}:{slot % 2 * 30:02d}"
                )
        calls = tuple(row.number("calls", _MOST) for row in rows)
        agents = tuple(row.number("agents", _MOST) for row in rows)
    except TableError as error:
        raise ProfileError(str(error)) from error
    if not any(agents):
        raise ProfileError(f"{path}: no agent is at work in any half hour")
    return DayProfile(calls, agents)
