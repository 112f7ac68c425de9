"""Several files make one set of settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from acdengine.settings import files
from acdengine.settings.errors import SettingsError
from acdengine.settings.files import read_files, unite
from acdengine.settings.reading import Reading
from acdengine.settings.tree import position_of
from acdengine.settings.yaml_source import parse


def united(*texts: str) -> tuple[object, list[str]]:
    documents = [parse(text, f"{number}.yaml") for number, text in enumerate(texts, 1)]
    document = unite(documents)
    return Reading(document.root).values(), [str(problem) for problem in document.problems]


def test_sections_come_together() -> None:
    values, problems = united(
        "queues: {a: 1}\nlist: [x]", "agents: {}", "queues: {b: 2}\nlist: [y]"
    )
    assert values == {"queues": {"a": 1, "b": 2}, "list": ["x", "y"], "agents": {}}
    assert problems == []


def test_a_name_in_two_files_is_refused() -> None:
    values, problems = united("queues: {a: 1}", "queues:\n  b: 2\n  a: 3")
    assert values == {"queues": {"a": 1, "b": 2}}
    [problem] = problems
    assert problem == (
        "2.yaml:3:3 queues.a: is written a second time; it was first at 1.yaml:1:10, "
        "expected each key once"
    )


@pytest.mark.parametrize("second", ["a: 1", "a: [1]", "a:"])
def test_sections_of_different_kinds_do_not_come_together(second: str) -> None:
    _, problems = united("a: {b: 1}", second)
    assert problems == [
        "2.yaml:1:1 a: is written a second time; it was first at 1.yaml:1:1, expected each key once"
    ]


def test_uniting_leaves_the_documents_alone() -> None:
    first, second = parse("a: {b: 1}", "1"), parse("a: {c: 2}", "2")
    unite([first, second])
    assert Reading(first.root).values() == {"a": {"b": 1}}
    assert unite([first, second]) == unite([first, second])


def test_problems_of_all_files_are_told() -> None:
    with pytest.raises(SettingsError) as caught:
        unite([parse("a: [", "1"), parse("b: 1\nb: 2", "2"), parse("- c", "3")])
    assert [problem.file for problem in caught.value.problems] == ["1", "2", "3"]


def test_no_file_is_a_problem() -> None:
    with pytest.raises(SettingsError, match="no file is named"):
        unite([])


def test_files_are_read_as_utf_8_with_or_without_a_mark(tmp_path: Path) -> None:
    plain, marked = tmp_path / "plain.yaml", tmp_path / "marked.yaml"
    plain.write_bytes("a: ü".encode())
    marked.write_bytes(b"\xef\xbb\xbf" + "b: ü\r\nc: 1\r\n".encode())
    assert position_of(unite(read_files([marked])).root, ("b",)).column == 4
    assert Reading(unite(read_files([plain, marked])).root).values() == {"a": "ü", "b": "ü", "c": 1}


def test_what_cannot_be_read_is_a_problem_of_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    latin, large, fine = (tmp_path / name for name in ["latin.yaml", "large.yaml", "fine.yaml"])
    latin.write_bytes("a: 1\nname: Müller".encode("latin-1"))
    large.write_text("a: " + "x" * 100)
    fine.write_text("b: 1")
    monkeypatch.setattr(files, "SIZE_LIMIT", 100)
    paths = [tmp_path / "none.yaml", tmp_path, latin, large, fine]
    documents = read_files(paths)
    assert [[str(p) for p in document.problems] for document in documents] == [
        [f"{tmp_path}/none.yaml: cannot be read: No such file or directory"],
        [f"{tmp_path}: cannot be read: Is a directory"],
        [f"{latin}:2:8: this byte is not UTF-8, expected a file saved as UTF-8"],
        [f"{large}: is too large, expected 100 bytes at the most"],
        [],
    ]
    assert [document.broken for document in documents] == [True, True, True, True, False]
