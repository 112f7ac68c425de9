"""Several settings files as one set of settings.

A section (a key of the top level) may be spread over files: mappings are united, their keys once
each; sequences are joined in the order of the files.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from acdengine.settings.errors import Problem, SettingsError
from acdengine.settings.tree import Item, Mapping, Node, Sequence
from acdengine.settings.yaml_source import Document, empty, parse, position_after, written_twice

SIZE_LIMIT = 16 * 1024 * 1024
"""Bytes of one file; more is refused."""


def read_files(paths: Iterable[Path | str]) -> list[Document]:
    """Read settings files. Nothing is raised: what is wrong stands in each document's problems."""
    return [_read(Path(path), str(path)) for path in paths]


def _read(path: Path, file: str) -> Document:
    try:
        with path.open("rb") as stream:
            content = stream.read(SIZE_LIMIT + 1)
    except OSError as error:
        return _unreadable(file, f"cannot be read: {error.strerror or error}", "")
    if len(content) > SIZE_LIMIT:
        return _unreadable(file, "is too large", f"{SIZE_LIMIT} bytes at the most")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8-sig")
        position = position_after(before, file)
        problem = Problem.at(position, (), "this byte is not UTF-8", "a file saved as UTF-8")
        return Document(file, empty(file), (problem,), broken=True)
    return parse(text, file)


def _unreadable(file: str, message: str, expected: str) -> Document:
    return Document(file, empty(file), (Problem(file, 0, 0, "", message, expected),), broken=True)


def unite(documents: Iterable[Document]) -> Document:
    """All files as one tree, with the problems of all of them.

    Raises `SettingsError` when a file is broken: what it would have held is not known, so nothing
    more can be said about the whole.
    """
    documents = list(documents)
    problems = [problem for document in documents for problem in document.problems]
    if not documents:
        problems = [Problem("settings", 0, 0, "", "no file is named", "one file or more")]
    if not documents or any(document.broken for document in documents):
        raise SettingsError(problems)
    united = Mapping(documents[0].root.position)
    for document in documents:
        for section, item in document.root.items.items():
            there = united.items.get(section)
            if there is None:
                united.items[section] = Item(item.key, _copied(item.value))
            else:
                problems += _unite_section(there, item, section)
    return Document(documents[0].file, united, tuple(problems))


def _copied(value: Node) -> Node:
    """A section's own top, so that uniting leaves the documents as they were."""
    if isinstance(value, Mapping):
        return Mapping(value.position, dict(value.items))
    if isinstance(value, Sequence):
        return Sequence(value.position, list(value.items))
    return value


def _unite_section(there: Item, more: Item, section: str) -> list[Problem]:
    if isinstance(there.value, Sequence) and isinstance(more.value, Sequence):
        there.value.items.extend(more.value.items)
        return []
    if not (isinstance(there.value, Mapping) and isinstance(more.value, Mapping)):
        return [written_twice(more.key, there.key, (section,))]
    problems = []
    for name, item in more.value.items.items():
        first = there.value.items.setdefault(name, item)
        if first is not item:
            problems.append(written_twice(item.key, first.key, (section, name)))
    return problems
