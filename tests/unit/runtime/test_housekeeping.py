"""What the daemon does beside the calls, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

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

    @property
    def name(self) -> str:
        return "a file"

    @property
    def trouble(self) -> str:
        return ""


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
            assert not numbered(tmp_path, ".unfinished")
        await asyncio.sleep(11.0)
        assert not journal.broken

    with capture_logs() as told:
        kept(runtime, filling, snapshot_every_s=300.0)
    journal.close()
    assert told[0]["event"] == "journal broken"
    assert told[0]["reason"] == "No space left on device"
    assert 9 <= sum(line["event"] == "snapshot failed" for line in told) <= 15
    assert told[-1]["event"] == "journal whole again"
    assert (told[-1]["reason"], told[-1]["only_in_snapshot"]) == ("No space left on device", 1)
    recovered = recover(tmp_path)
    assert recovered is not None
    assert list(recovered.engine.state.calls) == ["c1"]


def test_a_journal_that_cannot_be_synced_is_begun_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system says once that it lost what it had taken."""
    runtime, journal = journalled(tmp_path)

    async def at_once(_: VirtualLoop, __: None, work: Callable[[int], None], handle: int) -> None:
        work(handle)

    # A thread would take real time.
    monkeypatch.setattr(VirtualLoop, "run_in_executor", at_once)

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    async def one_call(_: VirtualLoop) -> None:
        runtime.post(arrival(1))
        runtime.turn()
        with monkeypatch.context() as disk:
            disk.setattr(module.os, "fdatasync", full)  # type: ignore[attr-defined]
            await asyncio.sleep(0.35)
        assert journal.failures == 1
        await asyncio.sleep(2.0)

    with capture_logs() as told:
        kept(runtime, one_call, snapshot_every_s=300.0)
    assert [line["event"] for line in told] == ["journal broken", "journal whole again"]
    assert not journal.broken
    assert runtime.meters.snapshots == 2
    journal.close()


def test_facts_that_cannot_be_written_keep_the_events_that_could_tell_them_again(
    tmp_path: Path,
) -> None:
    runtime, journal = journalled(tmp_path)
    room = False
    runtime.before_snapshot = lambda: room
    runtime.post(arrival(1))
    runtime.turn()

    async def filling(_: VirtualLoop) -> None:
        nonlocal room
        await asyncio.sleep(90.0)
        assert [number for number, _ in numbered(tmp_path, ".snapshot")] == [0]
        room = True
        await asyncio.sleep(11.0)

    kept(runtime, filling)
    journal.close()
    assert [number for number, _ in numbered(tmp_path, ".snapshot")] == [0, 1]


def test_a_file_in_trouble_is_told_of_when_it_begins_and_when_it_is_over() -> None:
    class Full(File):
        full = False

        @property
        def trouble(self) -> str:
            return "No space left on device" if self.full else ""

    file = Full()

    async def filling(_: VirtualLoop) -> None:
        await asyncio.sleep(3.0)
        file.full = True
        await asyncio.sleep(5.0)
        file.full = False
        await asyncio.sleep(3.0)

    with capture_logs() as told:
        kept(Runtime(Engine(plan()), HandClock()), filling, file)
    assert [(line["event"], line["reason"]) for line in told] == [
        ("file cannot be written", "No space left on device"),
        ("file written again", "No space left on device"),
    ]


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
