"""Commands that hand a call over to another switch."""

from __future__ import annotations

from acdengine.base_messages import Command


class ReferCaller(Command, frozen=True, gc=False, tag=True):
    """Ask the far end of the caller's leg by REFER (RFC 3515) to call a number itself; answered as
    `DialNumber`, by `NumberEnded` alone where that fails. Once the number has answered there the
    call is over here.

    ``to``: the address, with `{number}` in it. ``allow``, ``attempt``: as for `DialNumber`.
    """

    call_id: str
    number: str
    to: str
    allow: tuple[str, ...] = ()
    attempt: int = 1
