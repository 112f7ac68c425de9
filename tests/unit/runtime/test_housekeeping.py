"""What the daemon does beside the calls, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from acdengine.engine import Engine
from acdengine.runtime import housekeeping as module
from acdengine.runtime.clock import UtcClock
from acdengine.runtime.housekeeping import Housekeeping
from acdengine.runtime.journal import Journal
from acdengine.runtime.journal_files import numbered
from acdengine.runtime.loop import Runtime
from acdengine.runtime.recovery import recover
from tests.unit.runtime.centre import DAY_US, HandClock, Nobody, arrival, plan
from tests.unit.runtime.virtual_loop import VirtualLoop, run_virtual


class File:
    """Counts how often it is flushed."""

    def __init__(self) -> None:
        self.flushes = 0

    def flush(self) -> None:
        self.flushes += 1


def kept(
    runtime: Runtime,
    during: Callable[[VirtualLoop], Coroutine[Any, Any, None]],
    *files: File,
    snapshot_every_s: float = 60.0,
) -> None:
    """Housekeeping goes on while something is done."""
    loop = VirtualLoop()

    async def main() -> None:
        keeper = Housekeeping(runtime, files, snapshot_every_s, loop.time)
        keeper.start()
        await during(loop)
        await keeper.stop()

    run_virtual(main(), loop)


def sleeping(seconds: float) -> Callable[[VirtualLoop], Coroutine[Any, Any, None]]:
    async def sleep(_: VirtualLoop) -> None:
        await asyncio.sleep(seconds)

    return sleep


def journalled(folder: Path) -> tuple[Runtime, Journal]:
    journal = Journal(folder)
    runtime = Runtime(Engine(plan()), HandClock(), journal=journal)
    runtime.woken_by(Nobody())
    runtime.snapshot()
    return runtime, journal


def test_files_are_flushed_about_once_a_second() -> None:
    file = File()
    kept(Runtime(Engine(plan()), HandClock()), sleeping(10.0), file)
    assert 8 <= file.flushes <= 10


def test_the_loops_lag_is_measured() -> None:
    runtime = Runtime(Engine(plan()), HandClock())

    async def stall(loop: VirtualLoop) -> None:
        await asyncio.sleep(1.0)
        loop.now_s += 0.3
        await asyncio.sleep(1.0)

    kept(runtime, stall)
    lag = runtime.meters.lag_us
    assert lag.number >= 15
    assert 200_000 < lag.total < 320_000


def test_a_snapshot_is_taken_at_each_interval(tmp_path: Path) -> None:
    runtime, journal = journalled(tmp_path)

    async def some_calls(_: VirtualLoop) -> None:
        for n in range(1, 5):
            runtime.post(arrival(n))
            runtime.turn()
            await asyncio.sleep(60.2)

    kept(runtime, some_calls)
    journal.close()
    assert runtime.meters.snapshots == 1 + 4
    assert [number for number, _ in numbered(tmp_path, ".snapshot")] == [3, 4]


def test_a_full_journal_file_is_followed_by_a_generation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime, journal = journalled(tmp_path)
    monkeypatch.setattr(module, "FILE_BYTES", 100)
    runtime.post(arrival(1))
    runtime.turn()
    kept(runtime, sleeping(1.0), snapshot_every_s=1e6)
    journal.close()
    assert runtime.meters.snapshots == 2


def test_a_broken_journal_is_made_whole_as_soon_as_the_disk_takes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime, journal = journalled(tmp_path)

    def full(handle: int, content: bytes | bytearray) -> None:
        raise OSError(28, "No space left on device")

    async def filling(_: VirtualLoop) -> None:
        with monkeypatch.context() as disk:
            disk.setattr("acdengine.runtime.journal.write_all", full)
            disk.setattr("acdengine.runtime.journal_files.write_all", full)
            runtime.post(arrival(1))
            runtime.turn()
            assert journal.broken
            await asyncio.sleep(90.0)
            assert journal.broken
        await asyncio.sleep(11.0)
        assert not journal.broken

    kept(runtime, filling)
    journal.close()
    recovered = recover(tmp_path)
    assert recovered is not None
    assert list(recovered.engine.floor.calls) == ["c1"]


def test_what_was_written_is_synced_in_a_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime, journal = journalled(tmp_path)
    synced: list[int] = []
    monkeypatch.setattr(module.os, "fdatasync", synced.append)  # type: ignore[attr-defined]

    async def one_call(_: VirtualLoop) -> None:
        runtime.post(arrival(1))
        runtime.turn()
        await asyncio.sleep(0.35)

    kept(runtime, one_call)
    journal.close()
    assert len(synced) == 2, "the first, and once more at the end by the journal itself"


def test_a_clock_that_was_set_is_counted() -> None:
    wall_ns = DAY_US * 1000

    def time_ns() -> int:
        return wall_ns

    loop_ns = 0
    clock = UtcClock(0, lambda: loop_ns, time_ns)
    runtime = Runtime(Engine(plan()), clock)

    async def set_it(_: VirtualLoop) -> None:
        nonlocal wall_ns
        await asyncio.sleep(3.0)
        wall_ns += 3_600_000_000_000
        await asyncio.sleep(3.0)

    kept(runtime, set_it)
    assert runtime.meters.clock_steps == 1
