"""The writer's process, as the daemon has it: started, watched, started again, ended."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from typing import Final

import msgspec
import structlog

from acdengine.records.orders import Orders, WriterStatus
from acdengine.records.spool import Spool
from acdengine.runtime.exposition import Family

_log = structlog.get_logger("acdengine.records")

#: Seconds until a writer that ended is started again: the first time, the longest.
_AGAIN_S: Final = (0.5, 30.0)
#: Seconds that an ending daemon waits for what is in the spool to be written.
_ENDING_S: Final = 5.0
_LINE_BYTES: Final = 64 * 1024
#: Names behind ``acdengine_records_``, with their help.
_METRICS: Final = {
    "connected": "Whether the database takes records.",
    "facts_total": "Facts given to the records.",
    "facts_lost_total": "Facts that a full spool or disk did not take.",
    "facts_written_total": "Facts whose rows are in the database.",
    "rows_written_total": "Rows written to the database.",
    "batches_total": "Transactions.",
    "failures_total": "Failed attempts to write or to connect.",
    "spool_damaged_total": "Frames of the spool that cannot be read.",
    "spool_bytes": "Bytes of the spool, in the database or not.",
    "last_event": "Event of the last fact in the database.",
    "last_fact_seconds": "Time of the last fact in the database.",
    "batch_seconds": "Length of the last transaction.",
    "writer_starts_total": "Starts of the writer's process.",
}


class RecordsProcess:
    """Has the facts of a spool written to the database by another process.

    Args:
        orders: for the writer.
        spool: whose figures are shown beside the writer's.
    """

    def __init__(self, orders: Orders, spool: Spool) -> None:
        self._orders = orders
        self._spool = spool
        self._task: asyncio.Task[None] | None = None
        self._process: Process | None = None
        self._trouble = ""
        self._told = WriterStatus()
        #: Of the writers before the present one.
        self._before = WriterStatus()
        self._starts = 0

    def instruct(self, orders: Orders) -> None:
        """Have the writer know what other settings say; database and spool stay as they are."""
        before = self._orders
        self._orders = msgspec.structs.replace(
            before, keeping=orders.keeping, names=orders.names, regions=orders.regions,
            recordings=orders.recordings,
        )  # fmt: skip
        process = self._process
        if process is not None and process.stdin is not None and not process.stdin.is_closing():
            process.stdin.write(msgspec.json.encode(self._orders) + b"\n")

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Have the rest written, for some seconds, and end."""
        self._spool.flush()
        process, task = self._process, self._task
        if task is None:
            return
        self._task = None
        if process is not None and process.stdin is not None:
            process.stdin.close()
            try:
                await asyncio.wait_for(process.wait(), _ENDING_S)
            except TimeoutError:
                process.kill()
                _log.warning("records not all written yet", bytes=self._spool.bytes_waiting)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        again_s = _AGAIN_S[0]
        while True:
            rows = self._told.rows
            status = await self._run_once()
            if self._task is None:
                return
            again_s = _AGAIN_S[0] if self._told.rows > rows else min(2 * again_s, _AGAIN_S[1])
            self._told.is_connected = False
            self._told.trouble = f"the writer ended with status {status}"
            _log.error("records writer ended", status=status, again_in_s=again_s)
            await asyncio.sleep(again_s)

    async def _run_once(self) -> int:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "acdengine.records.writer", stdin=PIPE, stdout=PIPE,
            limit=_LINE_BYTES,
        )  # fmt: skip
        self._process = process
        self._starts += 1
        self._before = _sum(self._before, self._told)
        self._told = WriterStatus()
        try:
            if process.stdin is None or process.stdout is None:
                raise OSError("the writer has no pipes")
            # By a pipe: a command line or an environment shows what is in the URL.
            process.stdin.write(msgspec.json.encode(self._orders) + b"\n")
            while line := await process.stdout.readline():
                self._take(msgspec.json.decode(line, type=WriterStatus))
            return await process.wait()
        finally:
            if process.returncode is None:
                process.kill()

    def _take(self, status: WriterStatus) -> None:
        self._told = status
        if status.trouble == self._trouble:
            return
        if status.trouble:
            _log.error("records cannot be written", reason=status.trouble)
        else:
            _log.info("records written again", reason=self._trouble)
        self._trouble = status.trouble

    @property
    def trouble(self) -> str:
        """Why records are not written; empty while they are."""
        return self._told.trouble

    def waits(self) -> str:
        """What people are told while records are not written; empty while they are."""
        trouble = self._told.trouble
        return f"records wait: {trouble}" if trouble else ""

    @property
    def status(self) -> WriterStatus:
        """How all writers since the daemon's start have fared."""
        return _sum(self._before, self._told)

    @property
    def starts(self) -> int:
        """How many writers there were."""
        return self._starts


def _sum(before: WriterStatus, now: WriterStatus) -> WriterStatus:
    return msgspec.structs.replace(
        now,
        facts=before.facts + now.facts,
        rows=before.rows + now.rows,
        batches=before.batches + now.batches,
        failures=before.failures + now.failures,
        damaged=before.damaged + now.damaged,
        seq=now.seq or before.seq,
        at_us=now.at_us or before.at_us,
    )


class RecordsMetrics:
    """Metrics of spool and writer."""

    def __init__(self, process: RecordsProcess, spool: Spool) -> None:
        self._process = process
        self._spool = spool
        self._families = {
            name: Family(
                f"acdengine_records_{name}",
                help_text,
                "counter" if name.endswith("_total") else "gauge",
            )
            for name, help_text in _METRICS.items()
        }

    def render(self) -> str:
        """The families as text."""
        status, spool = self._process.status, self._spool
        values = {
            "connected": int(status.is_connected),
            "facts_total": spool.facts,
            "facts_lost_total": spool.facts_lost + spool.file.lines_lost,
            "facts_written_total": status.facts,
            "rows_written_total": status.rows,
            "batches_total": status.batches,
            "failures_total": status.failures,
            "spool_damaged_total": status.damaged,
            "spool_bytes": spool.bytes_waiting,
            "last_event": status.seq,
            "last_fact_seconds": status.at_us / 1e6,
            "batch_seconds": status.batch_ns / 1e9,
            "writer_starts_total": self._process.starts,
        }
        for name, family in self._families.items():
            family.set(values[name])
        return "".join(family.render() for family in self._families.values())
