"""How long each recorded caller would have waited at most."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random

from adapters.sim.draws.kaplan_meier import KaplanMeier, Tail, estimate_survival
from adapters.sim.traces.trace import TraceCall


def by_call_type(call: TraceCall) -> str:
    """Callers who want the same thing are taken to be equally patient."""
    return call.call_type


class TracePatience:
    """The patience of recorded callers, some of it observed, the rest drawn.

    A caller who hung up had the patience that was recorded. Of one who was answered it is known
    only that it was longer than their wait: it is drawn from the patience of the same group,
    estimated over the whole trace, given that it is longer.

    A group without abandoned calls does not tell how long patience lasts; its curve is that of
    all groups together.

    Args:
        calls: the trace, from which patience is estimated.
        group: callers of equal patience; by call type unless given.
        tail: what to make of patience longer than any wait observed, see `Tail`.
    """

    def __init__(
        self,
        calls: Iterable[TraceCall],
        group: Callable[[TraceCall], str] = by_call_type,
        tail: Tail = Tail.EXPONENTIAL,
    ) -> None:
        observed: dict[str, list[tuple[int, bool]]] = {}
        for call in calls:
            observed.setdefault(group(call), []).append((call.wait_us, not call.answered))
        self._group = group
        everybody = [pair for pairs in observed.values() for pair in pairs]
        self.pooled = KaplanMeier(estimate_survival(everybody), tail)
        self.by_group: dict[str, KaplanMeier] = {
            name: KaplanMeier(estimate_survival(observed[name]), tail)
            if any(gave_up for _, gave_up in observed[name])
            else self.pooled
            for name in sorted(observed)
        }

    def sampler(self, stream: Random) -> Callable[[TraceCall], int]:
        """A function from a recorded call to its caller's patience in microseconds.

        An abandoned call takes no draw. A call of a group that was not in the trace is drawn from
        all groups together.
        """
        group = self._group
        beyond = {name: fitted.sampler_beyond(stream) for name, fitted in self.by_group.items()}
        beyond_pooled = self.pooled.sampler_beyond(stream)

        def draw(call: TraceCall) -> int:
            if not call.answered:
                return call.wait_us
            return beyond.get(group(call), beyond_pooled)(call.wait_us)

        return draw
