"""Validation errors with the place in the files that each is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from acdengine.settings.reading import Reading
from acdengine.settings.shapes import Shape
from acdengine.settings.tree import Keys, Node, find

# What pydantic puts into an error's path for the key of a dict, after that key.
_KEY_MARK = "[key]"


@dataclass(frozen=True, slots=True)
class Located:
    """One validation error: its kind, the path in the files, and what should stand there.

    `unions` are the alternatives tried on the way, each as the path where they were open and the
    tag of the one tried. `node` is what is written at the path, None when nothing is.
    """

    kind: str
    context: dict[str, Any]  # pydantic's: differs by kind
    text: str
    keys: Keys
    node: Node | None
    shape: Shape
    holder: Shape
    of_key: bool = False
    unions: tuple[tuple[Keys, str, Shape], ...] = ()

    @property
    def is_mismatch(self) -> bool:
        """Whether the value is of another type, rather than beyond a limit or wrong inside."""
        return self.kind.endswith(("_type", "_parsing")) or self.kind in (
            "enum",
            "literal_error",
            "none_required",
            "is_instance_of",
        )


def locate(error: ErrorDetails, model: type[BaseModel], reading: Reading) -> Located:
    """Follow an error's path through the model and the files at once.

    The path names fields, keys and numbers, but also which alternative of a union was tried; only
    the model tells these apart.
    """
    holder = shape = Shape(model)
    keys: Keys = ()
    unions: tuple[tuple[Keys, str, Shape], ...] = ()
    of_key = False
    for part in error["loc"]:
        if part == _KEY_MARK:
            of_key = True
            continue
        alternatives = shape.alternatives()
        if len(alternatives) > 1:
            unions = (*unions, (reading.written(keys), str(part), shape))
            shape = shape.tagged(str(part)) or Shape(object)
            continue
        holder, keys = alternatives[0], (*keys, part)
        shape = holder.below(part)
    written = reading.written(keys)
    return Located(
        error["type"],
        error.get("ctx", {}),
        error["msg"],
        written,
        find(reading.root, written),
        shape,
        holder,
        of_key,
        unions,
    )


def without_failed_alternatives(errors: Sequence[Located], depth: int = 0) -> list[Located]:
    """One account of each value that fits no alternative of a union, not one for each alternative.

    When the value has the type of one alternative and is wrong inside, that alternative's errors
    stand; when it has the type of none, one error stands for all.
    """
    told: list[Located] = []
    groups: dict[Keys, list[Located]] = {}
    for error in errors:
        if len(error.unions) > depth:
            groups.setdefault(error.unions[depth][0], []).append(error)
        else:
            told.append(error)
    for point, group in groups.items():
        told += _one_account(point, group, depth)
    return told


def _one_account(point: Keys, group: list[Located], depth: int) -> list[Located]:
    branches: dict[str, list[Located]] = {}
    for error in group:
        branches.setdefault(error.unions[depth][1], []).append(error)
    meant = [
        branch
        for branch in branches.values()
        if not any(error.is_mismatch and error.keys == point for error in branch)
    ]
    if meant:
        return without_failed_alternatives(min(meant, key=len), depth + 1)
    return [replace(group[0], kind="union_type", shape=group[0].unions[depth][2])]
