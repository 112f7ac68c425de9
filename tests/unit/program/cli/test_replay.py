"""`acdengine simulate --record` and `acdengine replay` as they are called."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from acdengine.__main__ import app
from acdengine.records.projector import Projector
from acdengine.replay.journal_replay import JournalReplay
from acdengine.replay.recording import open_recording
from adapters.sim.what_if.recorded_journal import read_journals

DAY = "2026-01-01"
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


# -- other settings -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def fewer_agents(recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The settings of the recorded day, with half of its agents."""
    _, plan = read_journals([recorded])
    names = [agent_id.partition("/")[2] for agent_id in plan.agents]
    tenant_id, queue_id = next(iter(plan.tenants)), next(iter(plan.queues))
    number = next(iter(plan.tenants[tenant_id].numbers))
    agents = "".join(f"      {name}: {{team: all}}\n" for name in names[: len(names) // 2])
    file = tmp_path_factory.mktemp("settings") / "fewer.yaml"
    file.write_text(
        f"""
trunks: {{{next(iter(plan.trunks))}: {{kind: sip, channels: 1000}}}}
tenants:
  {tenant_id}:
    numbers: {{"{number}": {{queue: {queue_id.partition("/")[2]}}}}}
    queues: {{{queue_id.partition("/")[2]}: {{}}}}
    wrap_up: {{default: {{mode: none}}}}
    teams: {{all: {{queues: [{queue_id.partition("/")[2]}]}}}}
    agents:
{agents}"""
    )
    return file


def test_other_settings_are_shown_beside_the_recorded_day(
    recorded: Path, fewer_agents: Path
) -> None:
    asked: list[str | Path] = ["replay", recorded, "--config", fewer_agents, "--replications", "2"]
    page = called(*asked)
    assert "same settings" in page
    assert "agents whom the settings do not have" in page
    assert "all agents" in page
    found = json.loads(called(*asked, "--json"))
    levels = found["queues"]["all queues"]["service_level"]
    assert levels["same"]["mean"] == pytest.approx(levels["recorded"], abs=0.02)
    assert levels["new"]["mean"] < levels["recorded"] - 0.1
    assert levels["difference"]["high"] < 0
    assert len(found["moved"]) == sum(found["moved_counts"].values()) > 100
    shown = called(*asked, "--compare")
    assert " -> " in shown
    assert "offered to " in shown


def test_records_are_played_under_other_settings(
    recorded: Path, fewer_agents: Path, tmp_path: Path
) -> None:
    pytest.importorskip("sqlalchemy")
    url = f"sqlite:///{tmp_path}/records.db"
    written(url, recorded)
    asked: list[str | Path] = ["replay", "--db", url, "--config", fewer_agents, "--json"]
    called(*asked, status=2)
    found = json.loads(called(*asked, "--from", "2026-01-01", "--to", "2026-02-01"))
    direct = json.loads(
        called("replay", recorded, "--config", fewer_agents, "--replications", "2", "--json")
    )
    level, other = (one["queues"]["all queues"]["service_level"] for one in (found, direct))
    assert level["recorded"] == pytest.approx(other["recorded"])
    assert level["new"]["mean"] == pytest.approx(other["new"]["mean"], abs=0.03)
    assert level["same"] is None
    nothing = called(*asked, "--from", "2025-01-01", "--to", "2025-02-01", status=2)
    assert "holds no call of that time" in nothing


def written(url: str, folder: Path) -> None:
    """The records of a journal in a database."""
    from acdengine.records.database import RecordsDatabase, engine_of
    from acdengine.records.migrating import migrate

    engine = engine_of(url)
    migrate(engine)
    database = RecordsDatabase(engine)
    place = database.open_source("one", is_simulated=False)
    projector = Projector(place.source_id)
    for decided in JournalReplay(open_recording(folder)).run():
        projector.take(decided.seq, 0, decided.facts)
    database.write(projector.drain(), place)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--compare"], "go with --config"),
        (["--config", "FEWER", "--from", "yesterday"], "is no date"),
        (["--config", "FEWER", "--db", "sqlite:///x.db", "JOURNAL"], "not both"),
        (["--config", "FEWER", "--db", "sqlite:///x.db"], "wants --from and --to"),
        (["--config", "missing.yaml", "JOURNAL"], "missing.yaml"),
        (
            ["--config", "FEWER", "--db", "sqlite:////no/where.db", "--from", DAY, "--to", DAY],
            "the database cannot be used",
        ),
    ],
)
def test_what_is_asked_wrongly(
    words: list[str], problem: str, recorded: Path, fewer_agents: Path
) -> None:
    names = {"FEWER": str(fewer_agents), "JOURNAL": str(recorded)}
    page = called("replay", *(names.get(word, word) for word in words), status=2)
    assert problem in " ".join(page.replace("│", " ").split())
