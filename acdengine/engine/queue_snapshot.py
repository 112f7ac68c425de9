"""A queue in a snapshot: what it remembers besides its calls."""

from __future__ import annotations

from msgspec import Struct

from queues.policy import QueuePolicy
from queues.queue import CallQueue, Place
from routing.strategies.base import Seat


class QueueState(Struct):
    """What cannot be worked out from calls and agents."""

    policy: QueuePolicy
    draining: bool
    #: Waiting calls in the order they joined.
    waiting: list[str]
    callbacks: int
    conversations: int
    ringing: int
    #: The window of the service level, its sums by slot.
    window: dict[int, list[int]]
    handle_us: float
    handled_calls: int
    error_count: int
    error_sum_us: int
    places: dict[str, Place]
    #: The pointer of the strategies that go round.
    seat: Seat
    #: When callers are sent away for want of staff; the deadline's serial, 0: there is none.
    unstaffed_due_us: int
    unstaffed_deadline: int


def queue_state(queue: CallQueue, seat: Seat) -> QueueState:
    """A queue as a snapshot keeps it."""
    return QueueState(
        policy=queue.policy,
        draining=queue.drained,
        waiting=list(queue.calls),
        callbacks=queue.callbacks,
        conversations=queue.conversations,
        ringing=queue.ringing,
        window=queue.service_level.dump(),
        handle_us=queue.estimate.handle_us,
        handled_calls=queue.estimate.calls,
        error_count=queue.estimate.error_count,
        error_sum_us=queue.estimate.error_sum_us,
        places=queue.dump_places(),
        seat=seat,
        unstaffed_due_us=queue.unstaffed_due_us,
        unstaffed_deadline=queue.unstaffed_deadline,
    )


def restored_queue(kept: QueueState) -> CallQueue:
    """A queue without its calls, as a snapshot has kept it."""
    queue = CallQueue(kept.policy)
    queue.drained = kept.draining
    queue.conversations = kept.conversations
    queue.ringing = kept.ringing
    queue.service_level.load(kept.window)
    queue.estimate.handle_us = kept.handle_us
    queue.estimate.calls = kept.handled_calls
    queue.estimate.error_count = kept.error_count
    queue.estimate.error_sum_us = kept.error_sum_us
    queue.load_places(kept.places)
    queue.unstaffed_due_us = kept.unstaffed_due_us
    queue.unstaffed_deadline = kept.unstaffed_deadline
    return queue
