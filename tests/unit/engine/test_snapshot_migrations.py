"""Snapshots of every older version are read, with all that calls in flight need to go on."""

from __future__ import annotations

import msgspec
import pytest

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import facts
from acdengine.engine import Engine
from acdengine.engine.records import (
    CallRecordings,
    Conversation,
    Ending,
    ExternalCall,
    Flow,
    Mailbox,
    OfferFailures,
    Playback,
)
from acdengine.engine.snapshot import VERSION
from acdengine.engine.snapshot_migrations import MIGRATIONS
from queues.targets import ToQueue
from tests.reference_data import ROOT

SNAPSHOTS = ROOT / "tests" / "replay" / "snapshots"


def restored(version: int) -> Engine:
    return Engine.restore((SNAPSHOTS / f"version-{version}.bin").read_bytes())


@pytest.mark.parametrize("version", range(1, VERSION))
def test_every_older_version_has_a_step_and_a_snapshot_that_is_read(version: int) -> None:
    assert version in MIGRATIONS
    engine = restored(version)
    engine.check()
    again = Engine.restore(engine.snapshot())
    assert again.snapshot() == engine.snapshot()
    assert msgspec.msgpack.decode(again.snapshot())["version"] == VERSION


def test_what_was_flat_fields_of_a_call_is_in_records() -> None:
    calls = restored(1).state.calls
    # Compared as they are stored: the compiled build has other classes than plain Python.
    stored = msgspec.to_builtins
    assert stored(calls["c1"].flow) == stored(Flow("t/flow", ToQueue("t/a")))
    assert stored(calls["c2"].mailbox) == stored(Mailbox("t/box"))
    assert stored(calls["c3"].external) == stored(ExternalCall("0123", 1))
    announced = calls["c5"].announced
    assert announced is not None
    assert (announced.position, announced.announcements) == (2, 1)


def test_calls_of_an_older_snapshot_go_on() -> None:
    engine = restored(1)
    now = engine.state.now_us
    for prompt in ("1", "2"):
        engine.handle(ev.PromptFinished(now, "c1", prompt))
    assert engine.state.calls["c1"].queue_id == "t/a"
    orders = engine.handle(ev.MessageLeft(now, "c2", "file.wav", 5_000_000))
    assert [type(order) for order in orders] == [cmd.HangUpCall]
    engine.handle(ev.NumberAnswered(now, "c3", 1))
    assert [fact for fact in engine.drain_facts() if isinstance(fact, facts.NumberReached)]


def test_what_version_3_keeps_in_records_of_its_own_is_read_from_version_2() -> None:
    calls, ended = restored(2).state.calls, restored(2).state.ended
    stored = msgspec.to_builtins
    began_us = 1_767_600_002_000_000
    assert stored(calls["c1"].playback) == stored(Playback(1, 1_767_600_000_000_000, ("two",)))
    assert calls["c2"].playback is None
    assert stored(calls["c4"].conversation) == stored(Conversation(began_us, 3_000_000))
    assert stored(calls["c4"].recordings) == stored(CallRecordings("", 1, True))
    assert calls["c6"].conversation is None
    assert calls["c9"].recording == "t/2026-01-05/20260105-080014_a_ben_x401_c9_1.wav"
    assert stored(calls["c7"].failures) == stored(OfferFailures(("t/carl", "t/dora"), 1))
    assert stored(calls["c5"].ending) == stored(Ending("answered", "agent", "normal"))
    abandoned = ended.get("c8")
    assert abandoned is not None
    assert stored(abandoned.ending) == stored(Ending("abandoned", "caller", "normal"))
    caller = calls["c6"].caller
    assert (caller.ani, caller.withheld, caller.known_by) == ("", True, "055525398")
