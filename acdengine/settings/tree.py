"""What was written in the settings files, with the place of every key and value.

A file becomes a tree of mappings, sequences and scalars. Scalars keep their text exactly as it was
written; what a plain one means is decided later, by the field that it is for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from acdengine.settings.scalars import CoreValue, core_value

Keys: TypeAlias = tuple[str | int, ...]
"""The way from the root to a value: names of a mapping and numbers (from 0) of a sequence."""


class Position(NamedTuple):
    """A place in a file; lines and columns count from 1, columns in characters."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value as it was written; `plain` when without quotes, block marks or a tag."""

    text: str
    plain: bool
    position: Position

    @property
    def value(self) -> CoreValue:
        """What YAML 1.2 makes of it when no field says otherwise."""
        return core_value(self.text) if self.plain else self.text


@dataclass(frozen=True, slots=True)
class Item:
    """One key of a mapping with its value."""

    key: Scalar
    value: Node


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values in the order in which they were written."""

    position: Position
    items: dict[str, Item] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list of values."""

    position: Position
    items: list[Node] = field(default_factory=list)


Node: TypeAlias = Scalar | Mapping | Sequence


def child(node: Node | None, key: str | int) -> Node | None:
    """The value under `key`, or None where nothing is written."""
    if isinstance(node, Mapping):
        item = node.items.get(str(key))
        return item.value if item else None
    if isinstance(node, Sequence) and isinstance(key, int) and 0 <= key < len(node.items):
        return node.items[key]
    return None


def find(root: Node, keys: Keys) -> Node | None:
    """The value at the end of `keys`, or None where nothing is written."""
    node: Node | None = root
    for key in keys:
        node = child(node, key)
    return node


def position_of(root: Node, keys: Keys, *, of_key: bool = False) -> Position:
    """Where the value at `keys` begins, or its key when `of_key`.

    Where nothing is written, the place of the nearest thing around it that is: for a key missing
    from a mapping, the key under which that mapping stands.
    """
    position = root.position
    node: Node | None = root
    for depth, key in enumerate(keys):
        last = depth == len(keys) - 1
        below = child(node, key)
        if below is None:
            return position
        if isinstance(node, Mapping) and (of_key or not last or isinstance(below, Mapping)):
            position = node.items[str(key)].key.position
        else:
            position = below.position
        node = below
    return position


def path_text(keys: Keys) -> str:
    """`queues.sales.steps.2`, with quotes around names that would be misread."""
    return ".".join(_key_text(key) for key in keys)


def _key_text(key: str | int) -> str:
    if isinstance(key, int) or (key and not any(mark in key for mark in ". :\"'\n")):
        return str(key)
    return '"' + key.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def prefixes(keys: Keys) -> Iterator[Keys]:
    """The paths of everything around `keys`, from the outermost to itself."""
    return (keys[:length] for length in range(1, len(keys) + 1))
