"""`acdengine simulate --record` and `acdengine replay` as they are called."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from acdengine.__main__ import app

MMC = Path("config/scenarios/mmc.yaml")


def called(*arguments: str | Path, status: int = 0) -> str:
    done = CliRunner().invoke(app, [*map(str, arguments)])
    assert done.exit_code == status, done.output
    return done.output


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated day on disk."""
    folder = tmp_path_factory.mktemp("recorded") / "day"
    page = called("simulate", MMC, "--record", folder, "--seed", "3")
    assert "1 replication" in page
    return folder


def test_a_recorded_day_of_the_simulator_has_no_difference(recorded: Path) -> None:
    page = called("replay", recorded)
    assert "every decision is the recorded one" in page
    assert "0 facts" not in page
    found = json.loads(called("replay", recorded, "--json"))
    assert found[0]["difference"] is None
    assert found[0]["facts_compared"] == found[0]["facts"] > 1000
    assert found[0]["snapshots_compared"] == 1


def test_a_difference_is_shown_and_fails(recorded: Path, tmp_path: Path) -> None:
    facts = tmp_path / "facts.jsonl"
    lines = b"".join(
        path.read_bytes() for path in sorted(recorded.glob("facts*.jsonl"), key=_first_seq)
    ).splitlines(keepends=True)
    place = next(n for n, line in enumerate(lines) if b'"type":"OfferMade"' in line)
    fact = json.loads(lines[place])
    lines[place] = lines[place].replace(fact["agent_id"].encode(), b"mmc/another")
    facts.write_bytes(b"".join(lines))
    page = called("replay", recorded, "--facts", facts, status=1)
    assert f"event {fact['seq']:,} " in page
    assert "recorded: OfferMade agent_id='mmc/another'" in page
    assert f"call {fact['call_id']}, as replayed:" in page


def _first_seq(path: Path) -> int:
    return int(json.loads(path.read_bytes().partition(b"\n")[0])["seq"])


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert "no folder of a journal" in called("replay", tmp_path / "none", status=2)
    assert "no whole snapshot" in called("replay", tmp_path, status=2)


def test_without_facts_and_snapshots_nothing_is_claimed(recorded: Path, tmp_path: Path) -> None:
    """The events of a centre that was killed before its first snapshot."""
    for name in ("00000000000000000000.snapshot", "00000000000000000001.journal"):
        (tmp_path / name).write_bytes((recorded / name).read_bytes())
    page = called("replay", tmp_path)
    assert "nothing to compare with" in page
    assert "every decision" not in page


def test_recordings_go_into_new_folders_of_one_replication(recorded: Path) -> None:
    assert "is not empty" in called("simulate", MMC, "--record", recorded, status=1)
    called("simulate", MMC, "--record", "x", "--replications", "2", status=2)
