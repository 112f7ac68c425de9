"""What the runtime needs of an event log: the file journal is one, a log on another machine may be.

Appending and committing are apart from dispatch. The engine handles an event as soon as it is
appended; its facts, its replies and its commands go out when the log has committed it. A log on
another machine may commit later: until then commands wait, and further events are handled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

from acdengine.events import AnyEvent
from acdengine.runtime.journal_records import Skipped
from acdengine.runtime.recovery import Recovered

#: Called with the number up to which events are committed.
OnCommitted: TypeAlias = Callable[[int], None]


class EventLog(Protocol):
    """Keeps events in order, and the engine's state from time to time.

    A log that cannot write does not stop the calls: it is `broken`, counts the events that it does
    not keep, and reports them committed. `rotate` makes it whole again.
    """

    #: Events are not kept until the next `rotate`.
    broken: bool
    #: Why; empty while all is well.
    trouble: str
    #: Bytes and events kept since the start; bytes since the last state.
    bytes_written: int
    events_written: int
    file_bytes: int
    #: Failed writes, and events that are not kept because of them.
    failures: int
    events_lost: int

    @property
    def name(self) -> str:
        """Its name in the daemon's log."""

    def append(self, seq: int, event: AnyEvent) -> None:
        """Add an event; it is kept for certain when it is committed."""

    def skip(self, skipped: Skipped) -> None:
        """Add that the engine did not take an event, or a deadline before it."""

    def commit(self, seq: int, done: OnCommitted) -> None:
        """Keep everything appended up to event ``seq``.

        ``done`` is called with ``seq`` when that is so, or when the log is broken: before this
        returns, or later in the thread of the event loop. Commits end in the order in which they
        began.
        """

    def rotate(self, seq: int, state: bytes) -> None:
        """Keep the engine's state after event ``seq``: a recovery begins there.

        Raises:
            OSError: it cannot be written; the log is broken then.
        """

    def recover(self, leave_out: Sequence[int]) -> Recovered | None:
        """Rebuild the engine from the last state and everything appended since.

        Args:
            leave_out: the numbers of events that it is to be rebuilt without.

        Raises:
            OSError: what was appended cannot be read back.
        """

    def close(self) -> None:
        """Keep what was appended, and end.

        Raises:
            OSError: it cannot be written.
        """
