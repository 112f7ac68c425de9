"""Requests that wait for the engine's answer."""

from __future__ import annotations

import asyncio
from typing import Final

#: What a request is answered with that came to nothing by a fault of ours.
DEFECT: Final = "the engine could not take this request; the log says why"
BUSY: Final = "too many events are waiting; try again"
STOPPED: Final = "the daemon is stopping"


class PendingRequests:
    """Pending requests by id. Each is answered exactly once."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Future[str]] = {}
        self._serial = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def new_id(self) -> str:
        """An id for a request that has none."""
        self._serial += 1
        return f"request-{self._serial}"

    def expect(self, request_id: str) -> asyncio.Future[str]:
        """Wait for the reply to a request.

        Raises:
            ValueError: a request with this id is pending.
        """
        if request_id in self._waiting:
            raise ValueError(f"request {request_id} is under way already")
        future = asyncio.get_running_loop().create_future()
        self._waiting[request_id] = future
        return future

    def answer(self, request_id: str, problem: str) -> None:
        """Answer a pending request; does nothing where there is none with this id."""
        future = self._waiting.pop(request_id, None)
        if future is not None and not future.done():
            future.set_result(problem)

    def answer_all(self, problem: str) -> None:
        """Answer all pending requests."""
        for request_id in list(self._waiting):
            self.answer(request_id, problem)
