"""Names for jobs and executions, which come back in the events that tell of their ends."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable


def short_ids() -> Callable[[], str]:
    """A source of names that nobody else on the switch uses: `9f86d081a3-1`, `9f86d081a3-2`, ...

    Shorter than a UUID because FreeSWITCH reads a command byte by byte, and lets all its other
    threads go first after each (`read_packet` of mod_event_socket; docs/freeswitch-behaviour.md).
    """
    own = secrets.token_hex(5)
    numbers = itertools.count(1)
    return lambda: f"{own}-{next(numbers)}"
