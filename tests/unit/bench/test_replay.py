"""`python -m bench replay`, briefly."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy")

from bench import replay


@pytest.mark.slow
def test_a_day_is_replayed_in_three_ways(tmp_path: Path) -> None:
    file = tmp_path / "replay.json"
    arguments = ["--scenario", "config/scenarios/mmc.yaml", "--rounds", "1", "--json", str(file)]
    assert replay.main(arguments) == 0
    found = json.loads(file.read_text())
    assert found["calls"] > 1000
    for name in ("bare", "compared", "with_records"):
        assert found[f"{name}_calls_per_s"] > 0
        assert found[f"{name}_heap_pairs_per_call"] > 0
