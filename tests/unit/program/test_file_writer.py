"""Files that are written for others, such as a switch's configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from acdengine.program.installation import file_writer
from acdengine.program.installation.file_writer import write
from adapters.freeswitch.setup.config_files import File


def test_a_full_disk_leaves_the_file_before_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, [File("a/dialplan.xml", "before")])

    def full(path: Path, text: str, mode: int) -> None:
        path.write_text(text[:3])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(file_writer, "_write", full)
        with pytest.raises(OSError, match="No space left"):
            write(tmp_path, [File("a/dialplan.xml", "after")])
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["dialplan.xml"]
    assert (tmp_path / "a" / "dialplan.xml").read_text() == "before"
    write(tmp_path, [File("a/dialplan.xml", "after")])
    assert (tmp_path / "a" / "dialplan.xml").read_text() == "after"


def test_a_link_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with pytest.raises(OSError, match="symbolic link"):
        write(tmp_path, [File("link", "other")])
    assert (tmp_path / "target").read_text() == "mine"
