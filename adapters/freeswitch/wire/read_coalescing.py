"""Coalesces reads: short replies are read together with the event that follows them.

A call has as many replies as events. Nearly all of them say `+OK` to a sender that only wants to
hear of a refusal, yet each costs the engine a wake-up of its own, which is more than all the work
that it brings. So while such replies are all that is awaited, the socket is only reported as
readable when there is enough in it to be an event (SO_RCVLOWAT; socket(7), tcp_poll of Linux):
no event waits, and the order is that of the stream. Of a frame that has come in part the rest is
waited for in one go.

Nothing waits for long, either: a silence ends it, and so does a command whose reply is wanted.
Where a system does not know the option, or does not heed it, everything is reported at once, as
without all this.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Final

#: Fewer bytes than any event has (the shortest that was recorded, SHUTDOWN, has 560), and more than
#: a call's replies, which are of 45 to 90.
EVENT_BYTES: Final = 480
#: A silence that ends the waiting. Of what is held back the latest is heard after twice as long.
GATHER_S: Final = 0.04
#: Of a long frame parts of this length are taken as they come.
_PART_BYTES: Final = 32_768


class ReadCoalescing:
    """Of one socket.

    Args:
        sock: the socket; None where there is none to be told.
        silence_s: after so long a silence what there is is taken; 0: nothing is ever held back.
        later: calls something after so many seconds.
        unanswered: how many commands wait for their replies.
    """

    __slots__ = (
        "_awaited", "_bytes", "_heard", "_is_let", "_later", "_looked_at", "_missing", "_silence_s",
        "_sock", "_timer", "_unanswered",
    )  # fmt: skip

    def __init__(
        self,
        sock: socket.socket | None,
        silence_s: float,
        later: Callable[[float, Callable[[], None]], asyncio.TimerHandle],
        unanswered: Callable[[], int],
    ) -> None:
        self._sock = sock if silence_s > 0 else None
        self._silence_s = silence_s
        self._later = later
        self._unanswered = unanswered
        #: Looks for a silence. It runs as long as anything is to be held back.
        self._timer: asyncio.TimerHandle | None = None
        #: What is shorter than that the kernel holds back.
        self._bytes = 1
        #: After a silence the next bytes are taken, however few.
        self._is_let = False
        #: Bytes that are missing of a frame.
        self._missing = 0
        #: Replies that are awaited and read at once.
        self._awaited = 0
        #: How often something was heard, and how often that was when it was last looked at.
        self._heard = self._looked_at = 0

    def sent(self, *, is_patient: bool) -> None:
        """A command is on its way.

        Args:
            is_patient: its reply may come with whatever comes after it.
        """
        if self._sock is None:
            return
        if not is_patient:
            self._awaited += 1
        elif self._timer is None:
            self._is_let = False
            self._looked_at = self._heard
            self._timer = self._later(self._silence_s, self._look)
        self._settle()

    def answered(self) -> None:
        """A reply that was wanted has come."""
        self._awaited -= self._awaited > 0

    def heard(self, missing: int) -> None:
        """Bytes came.

        Args:
            missing: as many as at least belong to the last frame and have not come; 0: it is whole.
        """
        self._heard += 1
        self._is_let = False
        self._missing = missing
        self._settle()

    def end(self) -> None:
        """The socket is closed."""
        self._sock = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _settle(self) -> None:
        if self._timer is None or self._awaited or self._is_let:
            enough = 1
        else:
            enough = min(self._missing, _PART_BYTES) or EVENT_BYTES
        if enough == self._bytes or self._sock is None:
            return
        self._bytes = enough
        try:
            # Linux looks at once whether there is enough by now, and says so.
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, enough)
        except OSError:
            self.end()

    def _look(self) -> None:
        self._is_let = self._heard == self._looked_at
        self._looked_at = self._heard
        is_over = self._is_let and not self._unanswered()
        self._timer = None if is_over else self._later(self._silence_s, self._look)
        self._settle()
