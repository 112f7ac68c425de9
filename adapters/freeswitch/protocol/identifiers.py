"""Names for jobs and executions, which come back in the events that tell of their ends; and what
the name of an offer tells of its call."""

from __future__ import annotations

import itertools
import secrets
import string
from collections.abc import Callable
from typing import Final

from adapters.freeswitch.protocol.quoting import is_leg_uuid

#: 62 to the seventh is 41 bits: no other client draws the same.
_DRAWN: Final = 7
_LETTERS: Final = string.ascii_letters + string.digits
#: Offers of one call are fewer; the last part of a UUID is longer.
_MAX_DIGITS: Final = 6
#: Characters of a caller's leg's identity, so that there is room for the offers' numbers.
_MAX_CALL: Final = 120


def short_ids() -> Callable[[], str]:
    """A source of names that nobody else on the switch uses: `9fB6dQ8-1`, `9fB6dQ8-2`, ...

    Shorter than a UUID because FreeSWITCH reads a command byte by byte, and lets all its other
    threads go first after each (`read_packet` of mod_event_socket; docs/freeswitch-behaviour.md).
    Not for what outlives a connection, such as legs and files.
    """
    own = "".join(secrets.choice(_LETTERS) for _ in range(_DRAWN))
    numbers = itertools.count(1)
    return lambda: f"{own}-{next(numbers)}"


def call_of_offer(offer_id: str) -> str:
    """The call that an offer is of: the engine names offers `<call>-<number>`.

    Empty where the name is not of that form.
    """
    call_id, _, number = offer_id.rpartition("-")
    is_numbered = len(number) <= _MAX_DIGITS and number.isascii() and number.isdigit()
    return call_id if is_numbered else ""


def is_callers_uuid(uuid: str) -> bool:
    """Whether a caller's leg of this identity can be a call.

    One that its caller has chosen may be anything: no word that can be said to the switch, too long
    for the names of its offers, or the name of an offer, which belongs to an agent's leg.
    """
    return is_leg_uuid(uuid) and len(uuid) <= _MAX_CALL and not call_of_offer(uuid)
