"""Golden journals: every version replays what it and older versions have written."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from acdengine.engine.snapshot import VERSION as STATE_VERSION
from acdengine.runtime.journal_files import numbered
from acdengine.runtime.journal_records import RECORD_VERSION
from acdengine.runtime.recovery import Recovered, recover
from tests.replay.golden import FOLDER, Expected, FactRecord

GOLDEN = sorted(path for path in FOLDER.iterdir() if path.is_dir())


def expected_of(folder: Path) -> Expected:
    return msgspec.json.decode((folder / "expected.json").read_bytes(), type=Expected)


def replayed(folder: Path, expected: Expected) -> tuple[Recovered, FactRecord]:
    """The engine after a replay, and the facts of those kinds and fields that were there then."""
    facts = FactRecord(expected.fields)
    recovered = recover(folder, facts.take)
    assert recovered is not None
    assert (recovered.torn_bytes, recovered.bad_snapshots) == (0, 0)
    assert (recovered.refused, recovered.poisoned, recovered.voided) == (0, [], 0)
    assert recovered.seq == expected.events
    recovered.engine.check()
    return recovered, facts


def test_this_version_has_a_golden_journal() -> None:
    """Where it has none: `make golden`, and leave those of older versions as they are."""
    assert f"records-{RECORD_VERSION}-state-{STATE_VERSION}" in [path.name for path in GOLDEN]


@pytest.mark.parametrize("folder", GOLDEN, ids=lambda path: path.name)
def test_a_golden_journal_gives_its_facts_from_the_beginning(folder: Path, tmp_path: Path) -> None:
    expected = expected_of(folder)
    copy = shutil.copytree(folder, tmp_path / "journal")
    numbered(copy, ".snapshot")[-1][1].unlink()
    recovered, facts = replayed(copy, expected)
    assert recovered.replayed == expected.events
    assert facts.kinds == expected.kinds
    assert facts.digest() == expected.digest


@pytest.mark.parametrize("folder", GOLDEN, ids=lambda path: path.name)
def test_a_golden_journal_gives_its_facts_from_its_snapshot_on(folder: Path) -> None:
    expected = expected_of(folder)
    recovered, facts = replayed(folder, expected)
    assert recovered.snapshot_seq == expected.snapshot_seq
    assert recovered.replayed == expected.events - expected.snapshot_seq
    assert facts.digest() == expected.digest_after


@pytest.mark.parametrize("folder", GOLDEN, ids=lambda path: path.name)
def test_snapshot_and_beginning_lead_to_the_same_state(folder: Path, tmp_path: Path) -> None:
    expected = expected_of(folder)
    copy = shutil.copytree(folder, tmp_path / "journal")
    numbered(copy, ".snapshot")[-1][1].unlink()
    from_snapshot, _ = replayed(folder, expected)
    from_beginning, _ = replayed(copy, expected)
    assert state_of(from_snapshot) == state_of(from_beginning)


def state_of(recovered: Recovered) -> dict[str, Any]:
    """The engine's state without stories.

    Stories hold facts, which the digests compare; those that an older version wrote lack the fields
    that were added since.
    """
    state: dict[str, Any] = msgspec.msgpack.decode(recovered.engine.snapshot())
    ended = [call for generation in state["ended"] for call in generation.values()]
    for record in (*state["agents"], *state["calls"], *ended):
        assert record.pop("story")
    return state
