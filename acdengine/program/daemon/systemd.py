"""What systemd is told of the daemon: that it serves, that it lives, that it ends.

Source: sd_notify(3). A datagram of `NAME=value` lines to the socket that NOTIFY_SOCKET names.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Mapping
from typing import Final

_US: Final = 1e-6
#: Signs of life are sent this often within the time that systemd waits for one.
_SIGNS: Final = 3


class Systemd:
    """Tells systemd; where there is none, nothing is told.

    Signs of life come from the loop that also handles the events: when that hangs, they stay away
    and systemd restarts the daemon.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        # A name that begins with @ is in the abstract namespace.
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._period_s = _watchdog_s(environ) / _SIGNS
        self._next: asyncio.TimerHandle | None = None

    def ready(self) -> None:
        """The daemon serves; from now on it shows that it lives."""
        self._tell(f"READY=1\nMAINPID={os.getpid()}\nSTATUS=takes calls")
        if self._address and self._period_s and self._next is None:
            self._live()

    def reloading(self) -> None:
        """The settings are being read again; `ready` says when that is over."""
        now_us = time.monotonic_ns() // 1000
        self._tell(f"RELOADING=1\nMONOTONIC_USEC={now_us}\nSTATUS=reads its settings")

    def stopping(self) -> None:
        """The daemon ends."""
        if self._next is not None:
            self._next.cancel()
            self._next = None
        self._tell("STOPPING=1\nSTATUS=ends")

    def _live(self) -> None:
        self._tell("WATCHDOG=1")
        self._next = asyncio.get_running_loop().call_later(self._period_s, self._live)

    def _tell(self, state: str) -> None:
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as told:
            told.setblocking(False)
            try:
                told.sendto(state.encode(), self._address)
            except OSError:
                pass  # no listener at the moment; the next notification will do


def _watchdog_s(environ: Mapping[str, str]) -> float:
    """Seconds that systemd waits for a sign of life; 0: it waits for none of this process."""
    if environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return 0.0
    text = environ.get("WATCHDOG_USEC", "")
    return int(text) * _US if text.isascii() and text.isdigit() else 0.0
