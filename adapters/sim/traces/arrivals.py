"""Recorded calls as traffic."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from adapters.sim.traces.trace import TraceCall


def trace_arrivals(
    calls: Sequence[TraceCall],
    *,
    from_us: int | None = None,
    until_us: int | None = None,
    moved_us: int = 0,
) -> Iterator[tuple[int, TraceCall]]:
    """Recorded calls as traffic: (time of arrival, call), in order of time.

    Args:
        calls: in order of `at_us`, as a `Trace` has them.
        from_us: recorded time from which on; the beginning if not given.
        until_us: recorded time before which; the end if not given.
        moved_us: added to the recorded times, to bring them to the simulation's clock.
    """

    def at_us(call: TraceCall) -> int:
        return call.at_us

    first = 0 if from_us is None else bisect_left(calls, from_us, key=at_us)
    last = len(calls) if until_us is None else bisect_left(calls, until_us, key=at_us)
    for place in range(first, last):
        call = calls[place]
        yield call.at_us + moved_us, call
