"""`python -m bench wire`, briefly: whole calls go through two processes, and none is left over."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import wire


@pytest.mark.slow
def test_whole_calls_go_over_the_wire(tmp_path: Path) -> None:
    path = tmp_path / "wire.json"
    few = ["--agents", "4", "--in-flight", "4", "--rate", "20", "--seconds", "0.5"]
    assert wire.main([*few, "--json", str(path)]) == 0
    found = json.loads(path.read_text())
    assert found["calls_per_s"] > 0
    assert found["event_to_command_ms_p99"] > 0
    assert found["events_timed"] > 0
    assert (found["port_errors"], found["invalid_transitions"]) == (0, 0)
    assert found["calls_left_over"] == 0


def test_a_percentile_is_a_value_that_there_was() -> None:
    values = [float(n) for n in range(1, 101)]
    assert (wire.percentile(values, 0.5), wire.percentile(values, 0.99)) == (51.0, 100.0)
    assert wire.percentile([], 0.99) == 0.0
