"""What really happened to the calls of a trace: the figures to hold a simulation against."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from adapters.sim.traces.trace import TraceCall

US = 1_000_000
HALF_HOUR_US = 1_800 * US
DAY_US = 48 * HALF_HOUR_US

Key = TypeVar("Key", int, str)


@dataclass(frozen=True, slots=True)
class TraceSummary:
    """Counts and sums over some calls; means and rates are None where nothing is counted.

    Attributes:
        offered: calls that asked for an agent.
        answered: of these, those an agent took; the others were abandoned.
        wait_answered_us: waits of the answered calls, summed.
        wait_us: waits of all calls, summed.
        service_us: services, summed.
        answered_in_time: calls answered within the target.
    """

    offered: int
    answered: int
    wait_answered_us: int
    wait_us: int
    service_us: int
    answered_in_time: int

    @property
    def abandoned(self) -> int:
        return self.offered - self.answered

    @property
    def abandon_rate(self) -> float | None:
        return self.abandoned / self.offered if self.offered else None

    @property
    def asa_s(self) -> float | None:
        """Mean wait of the answered calls."""
        return self.wait_answered_us / self.answered / US if self.answered else None

    @property
    def mean_wait_s(self) -> float | None:
        """Mean wait of all calls, those who gave up included."""
        return self.wait_us / self.offered / US if self.offered else None

    @property
    def aht_s(self) -> float | None:
        """Mean service of the answered calls."""
        return self.service_us / self.answered / US if self.answered else None

    @property
    def service_level(self) -> float | None:
        """Answered within the target ÷ offered."""
        return self.answered_in_time / self.offered if self.offered else None


def summarise(calls: Iterable[TraceCall], target_us: int = 20 * US) -> TraceSummary:
    """Counts over all these calls; `target_us` is the wait up to which the service level counts."""
    offered = answered = wait_answered_us = wait_us = service_us = in_time = 0
    for call in calls:
        offered += 1
        wait_us += call.wait_us
        if call.answered:
            answered += 1
            wait_answered_us += call.wait_us
            service_us += call.service_us
            in_time += call.wait_us <= target_us
    return TraceSummary(offered, answered, wait_answered_us, wait_us, service_us, in_time)


def summarise_by(
    calls: Iterable[TraceCall], key: Callable[[TraceCall], Key], target_us: int = 20 * US
) -> dict[Key, TraceSummary]:
    """One summary for each value of the key, in order of the keys."""
    groups: dict[Key, list[TraceCall]] = {}
    for call in calls:
        groups.setdefault(key(call), []).append(call)
    return {name: summarise(groups[name], target_us) for name in sorted(groups)}


def recorded_half_hour(call: TraceCall) -> str:
    """The half hour in which the call asked for an agent, as the record files it.

    `YYYY-MM-DD HH:MM`, with the recorded date, which over midnight is the day before.
    """
    minutes = call.at_us % DAY_US // HALF_HOUR_US * 30
    return f"{call.recorded_date} {minutes // 60:02d}:{minutes % 60:02d}"
