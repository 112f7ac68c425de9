"""Recorded events through the engine once more: the same decisions, or the first that is not."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

import msgspec
import pytest

from acdengine.engine import Engine
from acdengine.errors import InvalidTransition
from acdengine.events import AnyEvent, CallArrived
from acdengine.facts import AnyFact, CallStarted
from acdengine.replay.comparison import Verdict, compare, first_difference
from acdengine.replay.journal_replay import JournalReplay
from acdengine.replay.recorded_facts import FactsFileError, facts_files, recorded_facts, same_fact
from acdengine.replay.recording import open_recording
from acdengine.requests import HoldRequested
from acdengine.runtime.event_application import apply_event
from acdengine.runtime.facts_file import FactsFile
from acdengine.runtime.journal import Journal
from acdengine.runtime.journal_files import JournalDamaged
from acdengine.runtime.journal_records import Skipped
from acdengine.runtime.masking import Masks
from tests.replay.golden import FOLDER as GOLDEN
from tests.unit.runtime.centre import busy_day, plan

Refusals = list[int]


def record(folder: Path, events: list[AnyEvent], masks: Masks | None = None) -> Refusals:
    """A day's journal with a snapshot in the middle and one at the end, and its facts file."""
    journal, facts = Journal(folder, "never", keep_s=3600), FactsFile(folder / "facts.jsonl", masks)
    engine = Engine(plan())
    journal.rotate(0, engine.snapshot())
    refused: Refusals = []
    for seq, event in enumerate(events, 1):
        journal.append(seq, event)
        problems: list[str] = []
        apply_event(engine, event, partial(_refused, problems))
        if problems:
            refused.append(seq)
            journal.skip(Skipped(seq, "refused", problems[0]))
        facts.take(seq, engine.drain_facts())
        if seq in (len(events) // 2, len(events)):
            journal.rotate(seq, engine.snapshot())
    journal.close()
    facts.close()
    return refused


def _refused(problems: list[str], defect: InvalidTransition, _: AnyEvent) -> None:
    problems.append(str(defect))


def verdict_of(folder: Path) -> Verdict:
    recording = open_recording(folder)
    files = facts_files(folder / "facts.jsonl")
    return compare(JournalReplay(recording), recorded_facts(files, recording.seq))


@pytest.fixture
def day(tmp_path: Path) -> Path:
    record(tmp_path / "day", busy_day())
    return tmp_path / "day"


def test_a_recorded_day_is_decided_as_it_was(day: Path) -> None:
    verdict = verdict_of(day)
    assert verdict.difference is None
    assert verdict.calls == 12
    assert verdict.facts_compared == verdict.facts > 50
    assert verdict.snapshots_compared == 2


def test_masked_numbers_are_no_difference(tmp_path: Path) -> None:
    record(tmp_path / "day", busy_day(), Masks(3, b"k" * 32))
    assert b"***" in (tmp_path / "day" / "facts.jsonl").read_bytes()
    verdict = verdict_of(tmp_path / "day")
    assert verdict.difference is None
    assert verdict.facts_compared == verdict.facts


def test_the_first_fact_that_differs_is_named(day: Path) -> None:
    file = day / "facts.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    place = next(n for n, line in enumerate(lines) if b'"OfferMade"' in line)
    lines[place] = lines[place].replace(b"acme/a1", b"acme/a9").replace(b"acme/a2", b"acme/a9")
    file.write_bytes(b"".join(lines))
    difference = verdict_of(day).difference
    assert difference is not None
    assert difference.seq == msgspec.json.decode(lines[place])["seq"]
    assert "agent_id='acme/a9'" in difference.recorded
    assert "agent_id='acme/a1'" in difference.replayed
    assert difference.call_id == "c1"


def test_a_fact_too_few_and_one_too_many_are_differences(day: Path) -> None:
    file = day / "facts.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:10] + lines[11:]))
    less = verdict_of(day).difference
    assert less is not None
    key = msgspec.json.decode(lines[10])
    again = dict(key, index=key["index"] + 1, type="CallHeld")
    file.write_bytes(b"".join([*lines[:11], msgspec.json.encode(again) + b"\n", *lines[11:]]))
    more = verdict_of(day).difference
    assert more is not None
    assert more.recorded.startswith("CallHeld")


def test_facts_of_before_and_after_the_file_are_not_compared(day: Path) -> None:
    file = day / "facts.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    seqs = [msgspec.json.decode(line)["seq"] for line in lines]
    middle = [line for seq, line in zip(seqs, lines, strict=True) if seqs[20] < seq < seqs[-20]]
    file.write_bytes(b"".join(middle))
    verdict = verdict_of(day)
    assert verdict.difference is None
    assert verdict.facts_compared == len(middle) < verdict.facts


def test_the_state_at_a_snapshot_is_compared(day: Path) -> None:
    """The journal of another day with this day's snapshot at its end."""
    shorter = day.parent / "shorter"
    events = busy_day()
    record(shorter, events)
    other = day.parent / "other"
    record(other, [*events[:-1], HoldRequested(events[-1].at_us, call_id="c1")])
    (shorter / "facts.jsonl").unlink()
    last = sorted(shorter.glob("*.snapshot"))[-1]
    shutil.copy(sorted(other.glob("*.snapshot"))[-1], last)
    difference = verdict_of(shorter).difference
    assert difference is not None
    assert difference.seq == len(events)
    assert difference.what.startswith("the state: ")
    assert difference.recorded != difference.replayed


def test_refused_events_are_refused_again(tmp_path: Path) -> None:
    events = busy_day()
    wrong = HoldRequested(events[3].at_us, call_id="nobody")
    refused = record(tmp_path, [*events[:4], wrong, *events[4:]])
    verdict = verdict_of(tmp_path)
    assert verdict.difference is None
    assert verdict.refused == len(refused)


def test_an_event_that_was_left_out_is_left_out(tmp_path: Path) -> None:
    """Also where that was found after a restart, and stands in a later file."""
    events = busy_day()
    journal, engine = Journal(tmp_path, "never"), Engine(plan())
    journal.rotate(0, engine.snapshot())
    for seq, event in enumerate(events, 1):
        journal.append(seq, event)
        if seq != 7:
            engine.handle(event)
    engine.drain_facts()
    journal.rotate(len(events), engine.snapshot())
    journal.skip(Skipped(7, "poisoned", "a defect"))
    journal.close()
    verdict = verdict_of(tmp_path)
    assert (verdict.left_out, verdict.events) == (1, len(events) - 1)
    assert verdict.difference is None
    assert verdict.snapshots_compared == 1


def test_an_event_that_brings_the_engine_down_is_the_first_difference(
    day: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = Engine.handle

    def stumble(self: Engine, event: AnyEvent) -> object:
        if isinstance(event, CallArrived) and event.call_id == "c5":
            raise KeyError("a defect")
        return handle(self, event)

    monkeypatch.setattr(Engine, "handle", stumble)
    difference = verdict_of(day).difference
    assert difference is not None
    assert isinstance(difference.event, CallArrived)
    assert difference.replayed == "KeyError: 'a defect'"


@pytest.mark.parametrize("golden", sorted(path.name for path in GOLDEN.iterdir() if path.is_dir()))
def test_journals_of_older_versions_can_be_replayed(golden: str) -> None:
    recording = open_recording(GOLDEN / golden)
    decided = list(JournalReplay(recording).run())
    assert len(decided) > 100
    assert not [one for one in decided if one.refusal]


def test_a_journal_with_a_gap_and_a_folder_without_one(day: Path, tmp_path: Path) -> None:
    first = sorted(day.glob("*.journal"))[0]
    first.unlink()
    with pytest.raises(JournalDamaged, match="events 1 to "):
        verdict_of(day)
    with pytest.raises(JournalDamaged, match="no whole snapshot"):
        open_recording(tmp_path)
    with pytest.raises(JournalDamaged, match="no folder"):
        open_recording(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"index":0}\n', "facts.jsonl:1: no fact"),
        ("garbage\n", "facts.jsonl:1: no fact"),
        (
            '{"seq":2,"index":0,"type":"A"}\n{"seq":1,"index":0,"type":"A"}\n',
            "facts.jsonl:2: event 1 after event 2",
        ),
    ],
)
def test_lines_that_are_no_facts(tmp_path: Path, line: str, problem: str) -> None:
    file = tmp_path / "facts.jsonl"
    file.write_text(line)
    with pytest.raises(FactsFileError, match=problem):
        list(recorded_facts([file]))


def test_renamed_files_come_in_the_order_of_their_days_and_numbers(tmp_path: Path) -> None:
    names = ["facts.2026-01-05.2.jsonl", "facts.2026-01-05.10.jsonl", "facts.2026-01-06.1.jsonl"]
    for name in ["facts.jsonl", *reversed(names), "facts.of-others.jsonl"]:
        (tmp_path / name).touch()
    assert [path.name for path in facts_files(tmp_path / "facts.jsonl")] == [*names, "facts.jsonl"]


def test_masks_hide_digits_and_nothing_else() -> None:
    fact: AnyFact = CallStarted(
        at_us=1, call_id="c1", tenant_id="acme", ani="+49301234567", dnis="1", trunk_id="t",
        customer_id="", rule="", priority=0,
    )  # fmt: skip
    plain = msgspec.to_builtins(fact)
    masked = msgspec.to_builtins(Masks(3, b"k" * 32).fact(fact))
    assert same_fact(masked, plain)
    assert not same_fact(masked, dict(plain, ani="+49301234568"))
    assert not same_fact(masked, dict(plain, dnis="2"))
    assert same_fact({"to": "number ***67"}, {"to": "number +4967"})
    assert not same_fact({"to": "number ***67"}, {"to": "queue 67"})


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ({"a": [1, 2]}, {"a": [1, 3]}, ("a[1]", 2, 3)),
        ({"a": 1}, {"b": 1}, ("everything", {"a": 1}, {"b": 1})),
        ({"a": {"b": [1]}}, {"a": {"b": []}}, ("a.b", [1], [])),
        ([1, {"x": 1}], [1, {"x": 1}], None),
    ],
)
def test_where_two_states_first_differ(one: object, other: object, found: object) -> None:
    assert first_difference(one, other) == found
