"""Receives the events of one read of the socket as one batch.

A round of the event loop for each event costs more than most events do. What is read from the
socket together is handed on together, and what follows from it is written before the next is read.
"""

from __future__ import annotations

from typing import Protocol


class BatchReceiver(Protocol):
    """What takes in what the switch says (`acdengine.ports.Inbox`)."""

    def hold(self) -> None:
        """There is more to come, in this very call."""

    def release(self) -> None:
        """That was all that could be read for now."""
