"""The event log: what waits for it, what it holds of skipped events, which versions are read."""

from __future__ import annotations

import asyncio
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from structlog.testing import capture_logs

from acdengine.commands import PlayMusic, RingAgent
from acdengine.engine import Engine
from acdengine.errors import InvalidTransition
from acdengine.events import AnyEvent
from acdengine.facts import CallQueued
from acdengine.requests import HoldRequested, SignInRequested
from acdengine.runtime.event_log import OnCommitted
from acdengine.runtime.journal import Journal
from acdengine.runtime.journal_files import (
    FRAME,
    HEAD,
    JournalDamaged,
    journal_path,
    read_journal,
    snapshot_path,
)
from acdengine.runtime.journal_records import RECORD_VERSION, Skipped, decode_record
from acdengine.runtime.loop import Runtime
from acdengine.runtime.recovery import recover
from bench.core import is_compiled
from tests.unit.runtime.centre import DAY_US, HandClock, Nobody, Recorder, S, arrival, plan, sign_in
from tests.unit.runtime.test_recovery import break_hold


class LateLog(Journal):
    """A log on another machine: commits end when the test says so."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "never")
        self.begun: list[tuple[int, OnCommitted]] = []
        self.has_begun = asyncio.Event()

    def commit(self, seq: int, done: OnCommitted) -> None:
        super().commit(seq, lambda seq: self.begun.append((seq, done)))
        self.has_begun.set()

    def end_commit(self) -> None:
        seq, done = self.begun.pop(0)
        done(seq)


def runtime(log: Journal) -> tuple[Runtime, Recorder]:
    made = Runtime(Engine(plan()), HandClock(), journal=log)
    made.woken_by(Nobody())
    recorder = Recorder()
    made.attach(recorder)
    made.add_sink(recorder)
    made.snapshot()
    return made, recorder


@pytest.fixture
def late(tmp_path: Path) -> LateLog:
    return LateLog(tmp_path / "journal")


pure = pytest.mark.skipif(is_compiled(), reason="a compiled journal has no subclasses")


@pure
def test_facts_and_commands_wait_for_a_late_commit_and_calls_go_on(late: LateLog) -> None:
    made, recorder = runtime(late)
    for event in (*sign_in(1), arrival(1)):
        made.post(event)
    made.turn()
    assert recorder.seen == []
    made.post(arrival(2))
    made.turn()
    assert made.state.calls["c1"].state == "waiting", "the engine has handled both"
    assert "c2" in made.state.calls
    late.end_commit()
    first = list(recorder.seen)
    assert any(isinstance(one, RingAgent) and one.call_id == "c1" for one in first)
    assert "c2" not in str(first)
    late.end_commit()
    rest = recorder.seen[len(first) :]
    assert [type(one) for one in rest].index(CallQueued) < [type(one) for one in rest].index(
        PlayMusic
    )
    assert {one.call_id for one in rest if isinstance(one, PlayMusic)} == {"c2"}


@pure
async def test_a_request_is_answered_when_its_event_is_committed(late: LateLog) -> None:
    made, _ = runtime(late)
    made.start()
    reply = asyncio.ensure_future(made.request(SignInRequested(0, agent_id="acme/a1")))
    await late.has_begun.wait()
    await asyncio.sleep(0)
    assert not reply.done()
    late.end_commit()
    assert await reply == ""
    await made.stop()


@pure
def test_there_is_no_snapshot_before_the_facts_of_its_events_are_told(late: LateLog) -> None:
    made, _ = runtime(late)
    made.post(arrival(1))
    made.turn()
    with pytest.raises(OSError, match="not committed yet"):
        made.snapshot()
    late.end_commit()
    made.snapshot()


@pure
async def test_the_end_waits_for_the_last_commit(late: LateLog) -> None:
    made, recorder = runtime(late)
    made.start()
    made.post(arrival(1))
    ending = asyncio.ensure_future(made.stop())
    await late.has_begun.wait()
    await asyncio.sleep(0)
    assert not ending.done()
    late.end_commit()
    await ending
    assert any(isinstance(one, PlayMusic) for one in recorder.seen)


@pure
def test_a_log_that_breaks_keeps_nobody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, recorder = runtime(Journal(tmp_path, "never"))

    def full(handle: int, content: bytes | bytearray) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("acdengine.runtime.journal.write_all", full)
    made.post(arrival(1))
    made.turn()
    assert made.journal is not None
    assert made.journal.broken
    assert any(isinstance(one, PlayMusic) for one in recorder.seen)


# -- skipped events -------------------------------------------------------------------------------


def skips(folder: Path) -> list[Skipped]:
    return [
        skipped
        for path in sorted(folder.glob("*.journal"))
        for skipped in read_journal(path, int(path.stem)).skipped
    ]


@pure
def test_a_refused_event_and_why_are_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_hold(monkeypatch, InvalidTransition("call c1", "waiting", "held", ()))
    made, _ = runtime(Journal(tmp_path, "never"))
    for event in (arrival(1), HoldRequested(0, call_id="c1"), arrival(2)):
        made.post(event)
    made.turn()
    (skipped,) = skips(tmp_path)
    assert (skipped.seq, skipped.reason) == (2, "refused")
    assert "held" in skipped.problem
    recovered = recover(tmp_path)
    assert recovered is not None
    assert (recovered.seq, recovered.refused) == (3, 1)


@pure
def test_a_poisoned_event_is_in_the_log_and_never_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_hold(monkeypatch, KeyError("a defect"))
    made, _ = runtime(Journal(tmp_path, "never"))
    for event in (arrival(1), HoldRequested(0, call_id="c1"), arrival(2)):
        made.post(event)
    made.turn()
    assert [(one.seq, one.reason) for one in skips(tmp_path)] == [(2, "poisoned")]
    # The generation that the rebuild began is not whole: the one before has to do.
    newest = sorted(tmp_path.glob("*.snapshot"))[-1]
    newest.write_bytes(newest.read_bytes()[:-1])
    break_hold(monkeypatch, AssertionError("not to be tried"))
    recovered = recover(tmp_path)
    assert recovered is not None
    assert (recovered.seq, recovered.poisoned, recovered.found) == (3, [2], [])
    assert list(recovered.engine.state.calls) == ["c1", "c2"]


@pure
async def test_what_a_recovery_leaves_out_is_in_the_log_from_then_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _ = runtime(Journal(tmp_path, "never"))
    for event in (arrival(1), HoldRequested(0, call_id="c1"), arrival(2)):
        made.post(event)
    made.turn()
    assert made.journal is not None
    made.journal.close()
    break_hold(monkeypatch, KeyError("a defect"))
    recovered = recover(tmp_path)
    assert recovered is not None
    assert [(one.seq, one.reason) for one in recovered.found] == [(2, "poisoned")]
    again = Runtime(
        recovered.engine,
        HandClock(),
        seq=recovered.seq,
        journal=Journal(tmp_path, "never"),
        skipped=recovered.found,
    )
    again.woken_by(Nobody())
    again.start()
    again.post(arrival(3))
    again.turn()
    assert skips(tmp_path) == recovered.found
    await again.stop()


# -- versions -------------------------------------------------------------------------------------


def write_version_1(folder: Path, state: bytes, events: Sequence[AnyEvent]) -> None:
    """Files as acdengine wrote them before records and snapshots named their version."""
    folder.mkdir()
    head = struct.pack("<8sQQI", b"ACDSNAP1", 0, len(state), zlib.crc32(state))
    snapshot_path(folder, 0).write_bytes(head + state)
    content = struct.pack("<8sQ", b"ACDJRNL1", 1)
    for seq, event in enumerate(events, 1):
        payload = msgspec.msgpack.encode((seq, event))
        content += struct.pack("<II", len(payload), zlib.crc32(payload)) + payload
    journal_path(folder, 1).write_bytes(content)


def test_a_journal_of_version_1_is_read(tmp_path: Path) -> None:
    engine = Engine(plan())
    engine.drain_facts()
    state = engine.snapshot()
    events: list[AnyEvent] = [*sign_in(1, DAY_US), arrival(1, DAY_US + S)]
    write_version_1(tmp_path / "old", state, events)
    for event in events:
        engine.handle(event)
    engine.drain_facts()
    recovered = recover(tmp_path / "old")
    assert recovered is not None
    recovered.engine.drain_facts()
    assert (recovered.seq, recovered.engine.snapshot()) == (3, engine.snapshot())


def test_a_record_names_its_version_and_a_newer_one_is_refused(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "never")
    journal.rotate(0, Engine(plan()).snapshot())
    journal.append(1, arrival(1, DAY_US))
    journal.close()
    path = journal_path(tmp_path, 1)
    content = path.read_bytes()
    payload = content[HEAD.size + FRAME.size :]
    assert msgspec.msgpack.decode(payload)[0] == RECORD_VERSION
    assert decode_record(payload) == (1, [arrival(1, DAY_US)])
    newer = msgspec.msgpack.encode((RECORD_VERSION + 1, 1, "of the future"))
    path.write_bytes(content[: HEAD.size] + FRAME.pack(len(newer), zlib.crc32(newer)) + newer)
    with pytest.raises(JournalDamaged, match=f"version {RECORD_VERSION + 1}, .* up to"):
        recover(tmp_path)


@pytest.mark.parametrize("suffix", ["journal", "snapshot"])
def test_files_of_a_newer_version_are_refused(tmp_path: Path, suffix: str) -> None:
    journal = Journal(tmp_path, "never")
    journal.rotate(0, Engine(plan()).snapshot())
    journal.close()
    (path,) = tmp_path.glob(f"*.{suffix}")
    path.write_bytes(path.read_bytes().replace(b"2", b"3", 1))
    with pytest.raises(JournalDamaged, match="newer version of acdengine"):
        recover(tmp_path)


# -- causes ---------------------------------------------------------------------------------------


def test_the_log_names_the_events_that_caused_the_commands_of_a_port_that_fails() -> None:
    class Failing:
        def execute(self, commands: object) -> None:
            raise OSError("gone")

    made = Runtime(Engine(plan()), HandClock())
    made.woken_by(Nobody())
    made.attach(Failing())
    for event in (*sign_in(1), arrival(1), arrival(2)):
        made.post(event)
    with capture_logs() as logged:
        made.turn()
    (line,) = [line for line in logged if line["event"] == "port failed"]
    assert line["caused_by"] == [3, 4]
