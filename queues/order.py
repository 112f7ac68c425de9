"""Who is served first: a place is a rank fixed when a call is queued.

Waiting time grows alike for all calls of one weight, so their order never changes while they
wait: it is the order of the moment they would have come, had their boost been waiting time (their
key). Only calls of different weights overtake each other, and they are compared by `urgency` at
the moment of choice. Nothing is ever re-scored.

A rank is one whole number, because comparing ranks is the most frequent thing the engine does:
from the top the strict band, the key in microseconds, and the serial of the call's arrival.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from queues.policy import OrderPolicy

#: Smaller is served first. Unique, since serials are.
Rank: TypeAlias = int

_SERIAL_BITS: Final = 40
_KEY_BITS: Final = 64
_SERIAL_MASK: Final = (1 << _SERIAL_BITS) - 1
_KEY_MASK: Final = (1 << _KEY_BITS) - 1
#: Keys may lie before 1970, by a boost; bands may be negative.
_KEY_ZERO: Final = 1 << (_KEY_BITS - 1)
_BAND_ZERO: Final = 1 << 20
_BAND_AT: Final = _SERIAL_BITS + _KEY_BITS
_ONE_BAND: Final = 1 << _BAND_AT
#: The rank of band, key and serial 0.
_ORIGIN: Final = (_BAND_ZERO << _BAND_AT) + (_KEY_ZERO << _SERIAL_BITS)


def rank_of(band: int, key_us: int, serial: int) -> Rank:
    """The rank of a band, a key and a serial."""
    rank = _ORIGIN + (key_us << _SERIAL_BITS) + serial
    return rank + (band << _BAND_AT) if band else rank


def band_and_key(rank: Rank) -> tuple[int, int]:
    """The band and the key (microseconds) of a rank."""
    upper = rank >> _SERIAL_BITS
    return (upper >> _KEY_BITS) - _BAND_ZERO, (upper & _KEY_MASK) - _KEY_ZERO


def with_key(rank: Rank, key_us: int) -> Rank:
    """The same rank with another key."""
    band, _ = band_and_key(rank)
    return rank_of(band, key_us, rank & _SERIAL_MASK)


def what_differs(best: Rank, other: Rank) -> str:
    """In words, why one rank is before another."""
    differing = best ^ other
    if differing >= _ONE_BAND:
        return "higher band"
    return "longer wait" if differing > _SERIAL_MASK else "arrived first"


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


def urgency(rank: Rank, weight: float, now_us: int) -> Rank:
    """The rank that an unweighted call of the same urgency would have now.

    Urgency is weight x time waited; ``now - weight * (now - key)`` puts the keys of all weights on
    one scale, on which the smallest is served first.
    """
    if weight == 1.0:
        return rank
    _, key_us = band_and_key(rank)
    return with_key(rank, now_us - int(weight * (now_us - key_us)))


def equally_urgent(rank: Rank, weight: float, now_us: int) -> Rank:
    """The opposite of `urgency`: the rank that a call of this weight needs to be as urgent as an
    unweighted one of ``rank``."""
    if weight == 1.0:
        return rank
    _, key_us = band_and_key(rank)
    return with_key(rank, now_us - int((now_us - key_us) / weight))
