"""The bank's records of 1999 in the database, held against figures worked out apart."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.unit.program.histories.loaded import History

SAMPLE = Path(__file__).parents[4] / "config" / "traces" / "sample-bank1999.txt"
BANK = Path(__file__).parents[5] / "shared" / "data" / "bank-1999"
JANUARY, FEBRUARY, MARCH = 915_148_800, 917_827_200, 920_246_400


def test_the_sample_is_loaded_once(tmp_path: Path) -> None:
    history = History(tmp_path)
    loaded = history.load("bank1999", SAMPLE)
    assert loaded.calls > 50
    rows = history.rows("SELECT COUNT(*), COUNT(DISTINCT call_id) FROM calls")
    assert rows == [(loaded.calls, loaded.calls)]
    again = history.load("bank1999", SAMPLE)
    assert (again.calls, again.rows) == (0, 0)
    assert history.rows("SELECT COUNT(*), COUNT(DISTINCT call_id) FROM calls") == rows
    assert len(history.left_out) == 2 * sum(loaded.left_out.values())
    types = {row[0] for row in history.rows("SELECT DISTINCT call_type FROM calls")}
    assert types
    assert "inbound" not in types


@pytest.mark.slow
@pytest.mark.skipif(not BANK.is_dir(), reason=f"no {BANK}")
def test_the_months_are_those_of_the_reference(tmp_path: Path) -> None:
    history = History(tmp_path)
    loaded = history.load("bank1999", BANK / "january.txt.gz", BANK / "february.txt.gz")
    months = {"january": (JANUARY, FEBRUARY), "february": (FEBRUARY, MARCH)}
    columns = {"all": "'all'", "prio": "priority", "type": "call_type"}
    with (BANK / "reference_month.csv").open() as file:
        references = list(csv.DictReader(file))
    rows = sum(int(one["rows"]) for one in references if one["dim"] == "all")
    assert loaded.lines == rows == loaded.calls + len(history.left_out)
    for one in references:
        begin, end = months[one["month"]]
        ((offered, answered, abandoned, asa_s, aht_s, within),) = history.rows(
            "SELECT COUNT(*), SUM(outcome = 'answered'), SUM(outcome = 'abandoned'),"
            " AVG(CASE WHEN outcome = 'answered' THEN waited_us / 1e6 END),"
            " AVG(CASE WHEN outcome = 'answered' THEN talked_us / 1e6 END),"
            " SUM(outcome = 'answered' AND waited_us <= 20000000) FROM calls"
            f" WHERE started_at_us >= {begin}000000 AND started_at_us < {end}000000"
            f" AND CAST({columns[one['dim']]} AS TEXT) = '{one['value']}'"
        )
        assert offered == int(one["offered"])
        if not offered:
            continue
        assert (answered, abandoned) == (int(one["answered"]), int(one["abandoned"]))
        assert f"{asa_s:.2f}" == one["asa_s"]
        assert f"{aht_s:.2f}" == one["aht_s"]
        assert f"{within / offered:.4f}" == one["sl20"]
