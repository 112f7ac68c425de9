"""The database of scripts outlives restarts, and belongs to one tenant."""

from __future__ import annotations

from pathlib import Path

from acdengine.agi.database import KEY_CHARS, VALUE_BYTES, AgiDatabase


def test_values_are_there_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "var" / "agi.db"
    first = AgiDatabase(path, "main")
    assert first.put("family", "key", "value \udcff")
    first.close()
    again = AgiDatabase(path, "main")
    assert again.get("family", "key") == "value \\xff"
    assert AgiDatabase(path, "other").get("family", "key") is None


def test_a_tree_is_dropped_whole_and_alone(tmp_path: Path) -> None:
    database = AgiDatabase(":memory:", "main")
    for key in ("a", "a/b", "a/b/c", "ab", "b"):
        database.put("f", key, "1")
    assert database.delete_tree("f", "a") == 3
    assert database.get("f", "ab") == "1"
    assert database.delete_tree("f") == 2
    assert database.delete_tree("f") == 0


def test_what_is_too_long_is_not_kept() -> None:
    database = AgiDatabase(":memory:", "main")
    assert not database.put("f", "k" * KEY_CHARS, "v")
    assert not database.put("f", "k", "v" * (VALUE_BYTES + 1))
    assert database.get("f", "k") is None
