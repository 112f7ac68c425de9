"""What the daemon does beside the calls: flushing, syncing, snapshots, watching clock and lag."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import structlog

from acdengine.runtime.clock import UtcClock
from acdengine.runtime.loop import Runtime

_log = structlog.get_logger("acdengine.housekeeping")

#: How often everything is looked at; also what the loop's lag is measured by.
ROUND_S: Final = 0.1
_FLUSH_S: Final = 1.0
_SYNC_S: Final = 0.2
_RETRY_S: Final = 10.0
#: A journal file of this size is followed by a new generation, whatever the time.
FILE_BYTES: Final = 256 * 1024 * 1024


class Flushable(Protocol):
    """A file that is written now and then."""

    def flush(self) -> None:
        """Hand what is there to the system."""


class Housekeeping:
    """A task beside the runtime.

    Args:
        runtime: whose journal and clock are looked after.
        files: flushed once a second.
        snapshot_every_s: seconds from one snapshot to the next.
        monotonic: real seconds; tests give their own.
    """

    def __init__(
        self,
        runtime: Runtime,
        files: Sequence[Flushable],
        snapshot_every_s: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._monotonic = monotonic
        self._runtime = runtime
        self._files = files
        self._snapshot_every_s = snapshot_every_s
        self._task: asyncio.Task[None] | None = None
        self._syncing: asyncio.Future[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """End, what is being synced first."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._syncing is not None:
            await self._syncing

    async def _run(self) -> None:
        monotonic = self._monotonic
        begun = monotonic()
        flush_at, sync_at = begun + _FLUSH_S, begun + _SYNC_S
        snapshot_at = begun + self._snapshot_every_s
        while True:
            planned = monotonic() + ROUND_S
            await asyncio.sleep(ROUND_S)
            now = monotonic()
            self._runtime.meters.lag_us.add(max(0, int((now - planned) * 1e6)))
            self._runtime.catch_up()
            if now >= sync_at:
                sync_at = now + _SYNC_S
                self._sync()
            if now >= flush_at:
                flush_at = now + _FLUSH_S
                self._watch_clock()
                for file in self._files:
                    file.flush()
            if now >= snapshot_at or self._is_file_full():
                every_s = self._snapshot_every_s
                snapshot_at = now + (every_s if self._snapshot() else min(every_s, _RETRY_S))

    def _watch_clock(self) -> None:
        clock = self._runtime.clock
        if isinstance(clock, UtcClock) and (step_us := clock.watch()):
            self._runtime.meters.clock_steps += 1
            _log.warning("the system's clock was set", by_s=round(step_us / 1e6, 3))

    def _sync(self) -> None:
        """Have the journal on disk, in a thread: a busy disk takes tens of milliseconds."""
        journal = self._runtime.journal
        if journal is None or (self._syncing is not None and not self._syncing.done()):
            return
        handle = journal.sync_wanted()
        if handle is not None:
            loop = asyncio.get_running_loop()
            self._syncing = loop.run_in_executor(None, _sync_and_close, handle)

    def _is_file_full(self) -> bool:
        journal = self._runtime.journal
        return journal is not None and not journal.broken and journal.file_bytes > FILE_BYTES

    def _snapshot(self) -> bool:
        try:
            self._runtime.snapshot()
        except OSError as error:
            _log.error("snapshot failed", reason=str(error))
            return False
        return True


def _sync_and_close(handle: int) -> None:
    try:
        os.fdatasync(handle)
    except OSError as error:
        # The next write will meet it too, and break the journal.
        _log.error("the journal could not be synced", reason=str(error))
    finally:
        os.close(handle)
