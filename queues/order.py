"""Who is served first: a place is a key fixed when a call is queued.

Waiting time grows alike for all calls of one weight, so their order never changes while they
wait: it is the order of the moment they would have come, had their boost been waiting time. Only
calls of different weights overtake each other, and they are compared by `urgency_key` at the
moment of choice. Nothing is ever re-scored.
"""

from __future__ import annotations

from typing import TypeAlias

from queues.policy import OrderPolicy

#: (band, key, serial): smaller is served first; the serial is unique, so nothing else is compared.
Rank: TypeAlias = tuple[int, int, int]


def boost_us(order: OrderPolicy, priority: int) -> int:
    """Microseconds of waiting that a priority is worth in this queue."""
    if order.mode != "wait":
        return 0
    if order.boosts_us:
        return order.boosts_us.get(priority, 0)
    return priority * order.boost_per_priority_us


def band_of(order: OrderPolicy, priority: int) -> int:
    """The strict band of a priority, the smaller the sooner; all one unless bands are asked for."""
    return -priority if order.mode == "bands" else 0


def weight_of(order: OrderPolicy, priority: int) -> float:
    """How fast a priority ages; 1 unless weights are asked for."""
    return order.weights.get(priority, 1.0) if order.mode == "weights" else 1.0


def urgency_key(weight: float, key_us: int, now_us: int) -> int:
    """The key that an unweighted call of the same urgency would have now.

    Urgency is weight x time waited; ``now - weight * (now - key)`` puts calls of all weights on
    one scale, on which the smallest is served first.
    """
    return now_us - int(weight * (now_us - key_us))
