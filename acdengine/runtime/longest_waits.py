"""The longest wait of each queue, without looking at all who wait."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heapify, heappop, heappush

from acdengine.engine.state import EngineState
from acdengine.facts import AnyFact, CallQueued
from queues.queue import CallQueue, WaitingCall

#: (when the wait began, had it been one without a break; call id)
Waits = list[tuple[int, str]]


class LongestWaits:
    """A fact sink that keeps, for each queue, since when its calls wait, the longest wait first.
    Calls that have left are removed when they come first, or when they are most of the heap.

    Args:
        state: returns the engine's present state; calls that already wait are read from it.
        catch_up: has this sink told what it was not told yet.
    """

    def __init__(
        self, state: Callable[[], EngineState], catch_up: Callable[[], None] = lambda: None
    ) -> None:
        self._state = state
        self._catch_up = catch_up
        self._waits: dict[str, Waits] = {
            queue_id: _waits_of(queue) for queue_id, queue in state().queues.items()
        }

    def take(self, seq: int, facts: Sequence[AnyFact]) -> None:
        """Add the calls that were queued."""
        for fact in facts:
            if type(fact) is CallQueued:
                self._add(fact.queue_id, fact.call_id)

    def _add(self, queue_id: str, call_id: str) -> None:
        queue = self._state().queues.get(queue_id)
        call = queue.calls.get(call_id) if queue is not None else None
        if queue is None or call is None:
            return
        waits = self._waits.setdefault(queue_id, [])
        heappush(waits, (_since_us(call), call_id))
        if len(waits) > 2 * len(queue.calls) + 64:
            self._waits[queue_id] = _waits_of(queue)

    def longest_us(self, queue_id: str, now_us: int) -> int:
        """The longest present wait in a queue; 0 where no call waits."""
        self._catch_up()
        queue = self._state().queues.get(queue_id)
        waits = self._waits.get(queue_id)
        if queue is None or not waits or not queue.calls:
            return 0
        while waits:
            since_us, call_id = waits[0]
            call = queue.calls.get(call_id)
            if call is not None and _since_us(call) == since_us:
                return max(0, now_us - since_us)
            heappop(waits)
        return 0


def _since_us(call: WaitingCall) -> int:
    return call.wait_since_us - call.waited_us


def _waits_of(queue: CallQueue) -> Waits:
    waits = [(_since_us(call), call.call_id) for call in queue.calls.values()]
    heapify(waits)
    return waits
