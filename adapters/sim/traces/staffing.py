"""Who was at work when, told from the calls they took.

A record of calls does not say when an agent signed in. The agent was surely there from the
first of their calls to the last; a long time without a call was a break. Agents so found begin
with their first call and end with their last, so that a simulation on them has slightly fewer
agent hours than the centre had.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from adapters.sim.traces.trace import TraceCall

# Long enough to be idle in a quiet night, short enough to notice lunch.
BREAK_US = 30 * 60 * 1_000_000
HALF_HOUR_US = 30 * 60 * 1_000_000


@dataclass(frozen=True, slots=True)
class Presence:
    """One agent at work without a break, from the first call taken to the end of the last."""

    server: str
    from_us: int
    until_us: int


@dataclass(frozen=True, slots=True)
class Staffing:
    """The agents of one interval.

    Attributes:
        from_us: its beginning.
        seen: different agents at work at any time in it.
        mean: agents at work, averaged over it; what a simulation with a fixed number should have.
    """

    from_us: int
    seen: int
    mean: float


def presences(calls: Iterable[TraceCall], break_us: int = BREAK_US) -> list[Presence]:
    """When each named agent was at work, in order of time.

    Args:
        calls: the recorded calls; those without a named agent are passed over.
        break_us: an agent without a call for longer than this was away.
    """
    worked: dict[str, list[tuple[int, int]]] = {}
    for call in calls:
        if call.server is not None:
            began_us = call.service_at_us
            if began_us is None:
                began_us = call.at_us + call.wait_us
            worked.setdefault(call.server, []).append((began_us, began_us + call.service_us))
    found = [
        Presence(server, from_us, until_us)
        for server, times in worked.items()
        for from_us, until_us in _joined(sorted(times), break_us)
    ]
    return sorted(found, key=lambda presence: (presence.from_us, presence.server))


def _joined(times: Sequence[tuple[int, int]], break_us: int) -> Iterator[tuple[int, int]]:
    from_us, until_us = times[0]
    for began_us, ended_us in times[1:]:
        if began_us - until_us > break_us:
            yield from_us, until_us
            from_us, until_us = began_us, ended_us
        until_us = max(until_us, ended_us)
    yield from_us, until_us


def staffing(found: Sequence[Presence], interval_us: int = HALF_HOUR_US) -> list[Staffing]:
    """The agents at work by interval, from the first interval with an agent to the last.

    Intervals begin at multiples of `interval_us` and those without agents are listed too.
    """
    if not found:
        return []
    first = min(presence.from_us for presence in found) // interval_us
    last = max(_last_interval(presence, interval_us) for presence in found)
    seen: list[dict[str, None]] = [{} for _ in range(first, last + 1)]
    present_us = [0] * len(seen)
    for presence in found:
        for place in range(
            presence.from_us // interval_us, _last_interval(presence, interval_us) + 1
        ):
            begin_us = place * interval_us
            seen[place - first][presence.server] = None
            present_us[place - first] += min(presence.until_us, begin_us + interval_us) - max(
                presence.from_us, begin_us
            )
    return [
        Staffing((first + place) * interval_us, len(names), present_us[place] / interval_us)
        for place, names in enumerate(seen)
    ]


def _last_interval(presence: Presence, interval_us: int) -> int:
    """The interval of the last microsecond at work: who leaves at ten was not there after ten."""
    return max(presence.from_us, presence.until_us - 1) // interval_us
