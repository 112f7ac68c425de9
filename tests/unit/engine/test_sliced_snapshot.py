"""A snapshot in slices: the state as it was, whatever happens while it is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs

from acdengine.engine import Engine
from acdengine.runtime.journal import Journal
from acdengine.runtime.recovery import recover
from tests.unit.runtime.centre import busy_day, plan


@pytest.mark.parametrize("at", [0, 1, 10, 20])
def test_slices_are_the_state_at_which_they_were_begun(at: int) -> None:
    engine = Engine(plan())
    events = [*busy_day(12)]
    for event in events[:at]:
        engine.handle(event)
    expected = engine.snapshot()
    slices = engine.snapshot_in_slices()
    assert engine.snapshot() == expected, "nothing of the engine has changed"
    for event in events[at:]:
        engine.handle(event)
    assert engine.snapshot() != expected
    assert Engine.restore(b"".join(slices)).snapshot() == expected


def test_what_a_call_is_told_after_its_end_is_left_out() -> None:
    engine = Engine(plan())
    for event in busy_day(12):
        engine.handle(event)
    expected = engine.snapshot()
    slices = iter(engine.snapshot_in_slices())
    parts = [next(slices)]
    _, call = next(engine.state.ended.items())
    call.story.append(structs.replace(call.story[-1], at_us=engine.state.now_us + 1))
    parts += slices
    assert Engine.restore(b"".join(parts)).snapshot() == expected


@pytest.mark.parametrize("finished", [True, False])
async def test_a_journal_goes_on_while_the_state_is_written(tmp_path: Path, finished: bool) -> None:
    """One that dies before it is written is recovered from the generation before."""
    engine, journal = Engine(plan()), Journal(tmp_path, "never")
    journal.rotate(0, engine.snapshot())
    held: list[int] = []
    for seq, event in enumerate(busy_day(12), 1):
        if seq == 20:
            journal.begin(seq - 1, engine.snapshot_in_slices())
        journal.append(seq, event)
        engine.handle(event)
        engine.drain_facts()
    if finished:
        assert await journal.finish(held.append) > 1000
        assert await journal.finish(held.append) == 0
    journal.close()
    recovered = recover(tmp_path)
    assert recovered is not None
    assert recovered.snapshot_seq == (19 if finished else 0)
    recovered.engine.drain_facts()
    assert recovered.engine.snapshot() == engine.snapshot()
