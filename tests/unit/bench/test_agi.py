"""`python -m bench agi`, briefly: scripts run on legs of the stand-in, and whose turn it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import agi
from bench.agi import Notes, Timed, own_part_ns


def part(notes: Notes) -> int:
    return own_part_ns(Timed("NOOP", 1_000, 9_000, "200 result=0"), notes)


def test_the_turn_of_the_switch_is_no_part_of_the_bridges() -> None:
    assert part(Notes([], [], [], [])) == 8_000
    # Read there at 1500, answered at 8000, which the bridge read at 8500.
    assert part(Notes([1_500], [2_000, 8_000], [2_500, 8_500], [1_400])) == 8_000 - 6_500
    # What is written after the bridge has read its answer is of the next command.
    assert part(Notes([1_500], [8_000, 8_900], [8_500], [1_400])) == 8_000 - 6_500


def test_the_callers_turn_is_from_the_order_on_where_the_switch_is_told_nothing() -> None:
    assert part(Notes([500], [8_000], [8_500], [1_400])) == 8_000 - 6_600
    assert part(Notes([500], [800], [900], [])) == 8_000


@pytest.mark.slow
def test_scripts_are_answered(tmp_path: Path) -> None:
    file = tmp_path / "agi.json"
    arguments = ["--sessions", "3", "--seconds", "3", "--json", str(file)]
    assert agi.main(arguments) == 0
    found = json.loads(file.read_text())
    assert found["sessions"] == 3
    assert found["replies"] > 0
    assert set(found["by_command"]) <= set(agi.ROUND)
    assert (found["not_200"], found["invalid_transitions"]) == ([], 0)
    assert 0 < found["reply_ms_p50"] <= found["reply_ms_p99"]
