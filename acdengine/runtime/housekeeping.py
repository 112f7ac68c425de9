"""What the daemon does beside the calls: flushing, syncing, snapshots, watching clock and lag."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import structlog

from acdengine.runtime.clock import UtcClock
from acdengine.runtime.journal import Journal
from acdengine.runtime.loop import Runtime

_log = structlog.get_logger("acdengine.housekeeping")

#: How often everything is looked at; also what the loop's lag is measured by.
ROUND_S: Final = 0.1
_FLUSH_S: Final = 1.0
_SYNC_S: Final = 0.2
#: A snapshot that failed is tried again so soon, then more and more seldom.
_FIRST_RETRY_S: Final = 1.0
_RETRY_S: Final = 10.0
#: A journal file of this size is followed by a new generation before its time.
FILE_BYTES: Final = 256 * 1024 * 1024


class Flushable(Protocol):
    """A file that is written now and then."""

    @property
    def name(self) -> str:
        """As the log calls it."""

    def flush(self) -> object:
        """Hand what is there to the system."""

    @property
    def trouble(self) -> str:
        """Why the last write failed; empty when it did not."""


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
        #: What has been said of each file that cannot be written.
        self._troubles = [""] * len(files)
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
        retry_s = _FIRST_RETRY_S
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
                self._flush()
            if self._is_broken():
                # Soon, and not when the next snapshot would have been due.
                snapshot_at = min(snapshot_at, now + retry_s)
            if now >= snapshot_at or self._is_file_full():
                if await self._snapshot():
                    retry_s = _FIRST_RETRY_S
                    snapshot_at = now + self._snapshot_every_s
                else:
                    retry_s = min(2 * retry_s, _RETRY_S)
                    snapshot_at = now + min(self._snapshot_every_s, retry_s)

    def _flush(self) -> None:
        for place, file in enumerate(self._files):
            file.flush()
            before, trouble = self._troubles[place], file.trouble
            if trouble == before:
                continue
            self._troubles[place] = trouble
            if trouble:
                _log.error("file cannot be written", file=file.name, reason=trouble)
            else:
                _log.info("file written again", file=file.name, reason=before)

    def _watch_clock(self) -> None:
        clock = self._runtime.clock
        if isinstance(clock, UtcClock) and (step_us := clock.watch()):
            self._runtime.meters.clock_steps += 1
            _log.warning("the system's clock was set", by_s=round(step_us / 1e6, 3))

    def _sync(self) -> None:
        """Have the journal on disk, in a thread: a busy disk takes tens of milliseconds."""
        journal = self._runtime.journal
        # Only the file journal is synced by a thread; another log commits by its own means.
        if not isinstance(journal, Journal) or (
            self._syncing is not None and not self._syncing.done()
        ):
            return
        handle = journal.sync_wanted()
        if handle is not None:
            self._syncing = asyncio.ensure_future(self._synced(journal, handle))

    async def _synced(self, journal: Journal, handle: int) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(None, _sync_and_close, handle)
        except OSError as error:
            # The system tells it once, and forgets what it could not write.
            if not journal.broken:
                journal.break_off(error)
            _log.error("journal broken", folder=str(journal.folder), reason=journal.trouble)

    def _is_broken(self) -> bool:
        journal = self._runtime.journal
        return journal is not None and journal.broken

    def _is_file_full(self) -> bool:
        journal = self._runtime.journal
        return journal is not None and not journal.broken and journal.file_bytes > FILE_BYTES

    async def _snapshot(self) -> bool:
        runtime = self._runtime
        meters, journal = runtime.meters, runtime.journal
        try:
            begun_ns = time.perf_counter_ns()
            runtime.snapshot(in_slices=True)
            meters.snapshot_ns = time.perf_counter_ns() - begun_ns
            if isinstance(journal, Journal) and (size := await journal.finish(meters.held)):
                meters.snapshots += 1
                meters.snapshot_bytes = size
        except OSError as error:
            _log.error("snapshot failed", reason=str(error))
            return False
        return True


def _sync_and_close(handle: int) -> None:
    try:
        os.fdatasync(handle)
    finally:
        os.close(handle)
