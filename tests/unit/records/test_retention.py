"""How long records are kept, numbers made anonymous, one caller erased."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from acdengine.conversation_facts import RecordingStarted, RecordingStopped
from acdengine.facts import (
    AnyFact,
    CallbackPlaced,
    CallDiverted,
    CallEnded,
    CallQueued,
    CallStarted,
    CallTurnedBusy,
)
from acdengine.flow_facts import CallTagged
from acdengine.records.database import engine_of
from acdengine.records.orders import Keeping
from acdengine.records.retention import ANONYMOUS, apply_retention, erase_caller
from acdengine.records.schema import call_tags, callbacks, calls, segments
from acdengine.records.spool_clearing import clear
from tests.unit.records.history import Told
from tests.unit.records.test_writer import spooled, write

DAY_US = 86_400_000_000
CALLER, OTHER = "+493012345678", "+498911111111"


def call(
    number: int, ani: str, day: int, tenant: str = "acme", *, ends: bool = True
) -> list[AnyFact]:
    """A call with everything that can hold a number."""
    at_us, call_id, queue = day * DAY_US, f"c{number}", f"{tenant}/sales"
    facts: list[AnyFact] = [
        CallStarted(at_us, call_id, tenant, ani, "800", "pstn", f"{tenant}/known", 0, ""),
        CallTagged(at_us, call_id, "order", "1234"),
        CallQueued(at_us, call_id, queue, at_us, 0, 0, False),
        CallbackPlaced(at_us, call_id, queue, ani),
        CallDiverted(at_us, call_id, f"number {OTHER}"),
        RecordingStarted(at_us, call_id, f"{tenant}/a1", queue, f"{call_id}.wav", "policy"),
        RecordingStopped(at_us + 5, call_id, f"{tenant}/a1", f"{call_id}.wav", 5, "ended"),
    ]
    if ends:
        facts.append(CallEnded(at_us + 9, call_id, tenant, "answered", "caller", "normal"))
    return facts


@pytest.fixture
def engine(url: str, tmp_path: Path) -> Engine:
    told: list[Told] = [
        (1, call(1, CALLER, 10)),
        (2, call(2, OTHER, 20)),
        (3, call(3, "03012345678", 30, "globex")),
        (4, call(4, CALLER, 5, ends=False)),
        (5, [CallTurnedBusy(31 * DAY_US, "pstn", CALLER, "800", "busy")]),
    ]
    spooled(tmp_path / "spool", told)
    write(url, tmp_path / "spool")
    return engine_of(url)


def column(engine: Engine, which: Any) -> list[Any]:
    """A column, in the order of the keys."""
    table = which.table
    with engine.connect() as connection:
        return [*connection.scalars(select(which).order_by(table.c.seq, table.c.idx))]


def test_what_is_over_so_long_goes_and_what_goes_on_stays(engine: Engine) -> None:
    counts = apply_retention(engine, {"acme": Keeping(calls_days=15)}, 30 * DAY_US)
    assert counts["calls"] == 1
    assert column(engine, calls.c.call_id) == ["c2", "c3", "c4", ""]
    assert set(column(engine, segments.c.call_id)) == {"c2", "c3", "c4"}


def test_numbers_go_after_so_many_days_and_calls_stay(engine: Engine) -> None:
    counts = apply_retention(engine, {"acme": Keeping(anonymise_after_days=15)}, 30 * DAY_US)
    assert counts["anonymised"] == 1
    assert column(engine, calls.c.ani) == [ANONYMOUS, OTHER, "03012345678", CALLER, CALLER]
    assert column(engine, callbacks.c.number) == [ANONYMOUS, OTHER, "03012345678", CALLER]
    again = apply_retention(engine, {"acme": Keeping(anonymise_after_days=15)}, 30 * DAY_US)
    assert again["anonymised"] == 0


def test_a_caller_is_erased_with_recordings_and_others_are_not(
    engine: Engine, tmp_path: Path
) -> None:
    for name in ("c1.wav", "c2.wav"):
        (tmp_path / name).touch()
    erased = erase_caller(engine, "0049 30 12345678", "", [tmp_path])
    assert column(engine, calls.c.ani) == [ANONYMOUS, OTHER, "03012345678", ANONYMOUS, ANONYMOUS]
    assert column(engine, call_tags.c.call_id) == ["c2", "c3"]
    assert erased.files_removed == ["c1.wav"]
    assert erased.files_missing == ["c4.wav"]
    assert (tmp_path / "c2.wav").exists()
    assert CALLER not in [*column(engine, callbacks.c.number), *column(engine, segments.c.target)]


def test_a_number_that_others_were_sent_to_is_erased_there_too(engine: Engine) -> None:
    erase_caller(engine, OTHER, "acme", [])
    targets = column(engine, segments.c.target)
    # What another tenant has of it stays.
    assert targets.count(OTHER) == 1


@pytest.mark.parametrize("number", ["", "%", "12345", "abc"])
def test_what_is_no_number_erases_nothing(engine: Engine, number: str) -> None:
    with pytest.raises(ValueError, match="is no number of a caller"):
        erase_caller(engine, number, "", [])


def test_no_file_outside_of_the_folders_is_removed(url: str, tmp_path: Path) -> None:
    outside = tmp_path / "outside.wav"
    outside.touch()
    told: list[Told] = [
        (1, [
            CallStarted(1, "c1", "acme", CALLER, "800", "pstn", "", 0, ""),
            RecordingStarted(1, "c1", "acme/a1", "acme/sales", "../outside.wav", "policy"),
        ]),
    ]  # fmt: skip
    spooled(tmp_path / "spool", told)
    write(url, tmp_path / "spool")
    (tmp_path / "recordings").mkdir()
    erased = erase_caller(engine_of(url), CALLER, "", [tmp_path / "recordings"])
    assert (erased.files_removed, erased.files_missing) == ([], ["../outside.wav"])
    assert outside.exists()


def test_the_spool_is_written_and_emptied_before_an_erasure(url: str, tmp_path: Path) -> None:
    write(url, tmp_path / "spool", "none")
    spooled(tmp_path / "spool", [(1, call(1, CALLER, 10))])
    assert clear(tmp_path / "spool", url, 1.0)
    assert [*(tmp_path / "spool").glob("*/*.spool")] == []
    assert column(engine_of(url), calls.c.ani) == [CALLER]


def test_without_a_database_the_spool_stays(tmp_path: Path) -> None:
    spooled(tmp_path / "spool", [(1, call(1, CALLER, 10))])
    waits: list[float] = []
    url = f"sqlite:///{tmp_path}/no/such/folder/records.db"
    assert not clear(tmp_path / "spool", url, 0.0, waits.append)
    assert [*(tmp_path / "spool").glob("*/*.spool")] != []


def test_files_go_after_so_many_days_by_tenant_and_calls_stay(
    engine: Engine, tmp_path: Path
) -> None:
    for name in ("c1.wav", "c2.wav", "c3.wav"):
        (tmp_path / name).touch()
    keeping = {"acme": Keeping(recordings_days=15), "globex": Keeping()}
    counts = apply_retention(engine, keeping, 30 * DAY_US, [tmp_path / "none", tmp_path])
    assert counts["recordings"] == 1
    assert sorted(path.name for path in tmp_path.glob("*.wav")) == ["c2.wav", "c3.wav"]
    recordings = select(segments.c.target).where(segments.c.kind == "recording")
    with engine.connect() as connection:
        # The fourth is on another machine.
        assert [*connection.scalars(recordings.order_by(segments.c.seq))] == [
            "", "c2.wav", "c3.wav", "c4.wav",
        ]  # fmt: skip
    assert len(column(engine, calls.c.call_id)) == 5
    assert apply_retention(engine, keeping, 30 * DAY_US, [tmp_path])["recordings"] == 0
