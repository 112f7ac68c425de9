"""Decides when a switch is lost with all its calls, and not only disconnected.

A switch that cannot be reached keeps its calls, and they are found on it when it can be reached
again. It is gone when it says that it is shutting down, when its event socket's port refuses
connections, or when another process answers there (which the engine sees by the `core` of
`SwitchSynced`). A machine that does not answer at all proves nothing; after a time that is set it
is given up all the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from adapters.freeswitch.protocol.channel_fields import ChannelFields
from adapters.freeswitch.wire.backoff import Outage

#: A port that refuses connections for so long: a process that only restarts is back before.
REFUSED_S: Final = 5.0
_SHUTDOWN: Final = "SYSTEM_SHUTDOWN"


class SwitchLoss:
    """Watches for the end of one switch.

    Args:
        lost: told once of each end.
        later: calls something after so many seconds.
    """

    def __init__(
        self,
        lost: Callable[[str], None],
        later: Callable[[float, Callable[[], object]], asyncio.TimerHandle],
    ) -> None:
        self._lost = lost
        self._later = later
        self._timer: asyncio.TimerHandle | None = None
        self._silent: asyncio.TimerHandle | None = None
        self._is_told = False
        self._after_s: float | None = None

    def use(self, after_s: float | None) -> None:
        """Give a machine up that has not answered for so many seconds; None: never."""
        self._after_s = after_s

    def up(self) -> None:
        """It is there."""
        self.close()
        self._is_told = False

    def heard(self, fields: ChannelFields) -> None:
        """An event came: the legs of a switch that shuts down end for that."""
        if fields.event_name == "SHUTDOWN" or fields.hangup_cause == _SHUTDOWN:
            self._tell("it is shutting down")

    def down(self, outage: Outage) -> None:
        """Not connected, or a try to connect has failed."""
        if self._silent is None and self._after_s is not None:
            self._silent = self._later(self._after_s, lambda: self._tell("it does not answer"))
        if not isinstance(outage.reason, ConnectionRefusedError):
            self.forget()
        elif self._timer is None:
            self._timer = self._later(
                REFUSED_S, lambda: self._tell("its event socket refuses connections")
            )

    def close(self) -> None:
        """Stop watching."""
        self.forget()
        if self._silent is not None:
            self._silent.cancel()
            self._silent = None

    def forget(self) -> None:
        """Stop waiting."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tell(self, why: str) -> None:
        if not self._is_told:
            self._is_told = True
            self._lost(why)
