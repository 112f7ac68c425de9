"""Events that the engine cannot take, when they come and when they come again."""

from __future__ import annotations

from pathlib import Path

import pytest

from acdengine.engine import Engine
from acdengine.engine.records import Call
from acdengine.engine.waiting_deadlines import WaitingDeadlines
from acdengine.errors import InvalidTransition
from acdengine.events import AnyEvent, TimePassed
from acdengine.facts import AnyFact
from acdengine.requests import HoldRequested
from acdengine.runtime.clock import UtcClock
from acdengine.runtime.event_application import apply_event
from acdengine.runtime.facts_file import FactsFile, last_seq
from acdengine.runtime.journal import Journal
from acdengine.runtime.journal_files import JournalDamaged
from acdengine.runtime.loop import Runtime
from acdengine.runtime.recovery import recover
from bench.core import is_compiled
from tests.unit.runtime.centre import DAY_US, S, arrival, busy_day, plan


def journalled(folder: Path, events: list[AnyEvent]) -> None:
    journal = Journal(folder, "never")
    journal.rotate(0, Engine(plan()).snapshot())
    for seq, event in enumerate(events, 1):
        journal.append(seq, event)
    journal.close()


def break_hold(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Have the engine stumble over `HoldRequested`, half way."""
    handle = Engine.handle

    def stumble(self: Engine, event: AnyEvent) -> object:
        commands = handle(self, event)
        if isinstance(event, HoldRequested):
            self._state.serial += 100
            raise error
        return commands

    monkeypatch.setattr(Engine, "handle", stumble)


def test_an_event_that_brings_the_engine_down_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = busy_day()
    clean = Engine(plan())
    for event in events:
        clean.handle(event)
    last_us = events[-1].at_us
    journalled(tmp_path, [*events[:9], HoldRequested(events[8].at_us, call_id="c1"), *events[9:]])
    break_hold(monkeypatch, KeyError("a defect"))
    recovered = recover(tmp_path)
    assert recovered is not None
    assert recovered.poisoned == [10]
    assert recovered.seq == len(events) + 1
    clean.drain_facts()
    recovered.engine.drain_facts()
    assert recovered.engine.snapshot() == clean.snapshot()
    assert recovered.engine.state.now_us == last_us


def test_what_is_known_to_bring_it_down_is_not_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journalled(tmp_path, [*busy_day(), HoldRequested(DAY_US + 3600 * S, call_id="c1")])
    number = len(busy_day()) + 1
    break_hold(monkeypatch, AssertionError("not to be tried"))
    recovered = recover(tmp_path, leave_out=[number])
    assert recovered is not None
    assert recovered.poisoned == [number]


def test_an_engine_that_stumbles_over_everything_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journalled(tmp_path, [HoldRequested(DAY_US, call_id="c1")] * 20)
    break_hold(monkeypatch, KeyError("a defect"))
    with pytest.raises(JournalDamaged, match="bring the engine down"):
        recover(tmp_path)


@pytest.mark.skipif(is_compiled(), reason="the parts of a compiled engine cannot be replaced")
def test_a_deadline_that_brings_the_engine_down_is_left_out_and_the_events_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[AnyEvent] = [arrival(1, DAY_US), arrival(2, DAY_US)]
    events += [TimePassed(DAY_US + second * S) for second in range(20, 40)]
    journalled(tmp_path, events)
    due = WaitingDeadlines.due

    def stumble(self: WaitingDeadlines, call: Call) -> None:
        if call.call_id == "c1":
            raise KeyError("a defect")
        due(self, call)

    monkeypatch.setattr(WaitingDeadlines, "due", stumble)
    recovered = recover(tmp_path)
    assert recovered is not None
    assert (recovered.voided, recovered.poisoned) == (1, [])
    assert recovered.engine.state.now_us == DAY_US + 39 * S
    announced = recovered.engine.state.calls["c2"].announced
    assert announced is not None
    assert announced.announcements


def test_refused_events_are_dropped_alike_the_first_time_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_hold(monkeypatch, InvalidTransition("call c1", "waiting", "held", ()))
    events: list[AnyEvent] = [arrival(1, DAY_US), HoldRequested(DAY_US + S, call_id="c1")]
    journalled(tmp_path, [*events, arrival(2, DAY_US + 2 * S)])
    refused: list[InvalidTransition] = []
    engine = Engine(plan())
    for event in [*events, arrival(2, DAY_US + 2 * S)]:
        apply_event(engine, event, lambda defect, _: refused.append(defect))
    engine.drain_facts()
    recovered = recover(tmp_path)
    assert recovered is not None
    recovered.engine.drain_facts()
    assert len(refused) == recovered.refused == 1
    assert recovered.engine.snapshot() == engine.snapshot()


def test_what_was_due_before_a_refused_event_is_done_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    break_hold(monkeypatch, InvalidTransition("call c1", "waiting", "held", ()))
    engine = Engine(plan())
    refused: list[InvalidTransition] = []
    apply_event(engine, arrival(1, DAY_US), lambda defect, _: refused.append(defect))
    due_us = engine.next_due_us()
    hold = HoldRequested(due_us + S, call_id="c1")
    commands = apply_event(engine, hold, lambda defect, _: refused.append(defect))
    assert len(refused) == 1
    assert engine.next_due_us() > due_us
    assert commands or engine.drain_facts()


def test_the_facts_after_the_snapshot_are_told_again_in_order(tmp_path: Path) -> None:
    events = busy_day()
    engine = Engine(plan())
    engine.drain_facts()
    told: list[tuple[int, AnyFact]] = []
    for seq, event in enumerate(events, 1):
        engine.handle(event)
        told += [(seq, fact) for fact in engine.drain_facts()]
    journalled(tmp_path, events)
    again: list[tuple[int, AnyFact]] = []
    recover(tmp_path, lambda seq, facts: again.extend((seq, fact) for fact in facts))
    # The engine's first facts, of its plan, stand in the snapshot.
    assert again[-len(told) :] == told


async def test_facts_are_written_before_a_snapshot_makes_them_impossible_to_tell_again(
    tmp_path: Path,
) -> None:
    path = tmp_path / "facts.jsonl"
    facts = FactsFile(path, None)
    runtime = Runtime(Engine(plan()), UtcClock(), journal=Journal(tmp_path / "journal", "never"))
    runtime.add_sink(facts)
    runtime.before_snapshot = facts.flush
    runtime.start()
    for number in range(3):
        runtime.post(arrival(number))
        runtime.turn()
    # Killed right after it: nothing is closed, nothing else written.
    runtime.snapshot()
    assert last_seq(path) == runtime.seq == 3
    told: list[int] = []
    recover(tmp_path / "journal", lambda seq, _: told.append(seq))
    assert told == []
