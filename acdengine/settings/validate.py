"""Documents against a settings model: the model, or every problem at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from acdengine.settings.errors import Problem, SettingsError
from acdengine.settings.files import unite
from acdengine.settings.located import Located, locate, without_failed_alternatives
from acdengine.settings.model import Remark, no_remarks
from acdengine.settings.reading import Reading
from acdengine.settings.tree import Keys, Mapping, Position, Scalar, find, position_of
from acdengine.settings.wording import problem_of
from acdengine.settings.yaml_source import Document

Model = TypeVar("Model", bound=BaseModel)
Check = Callable[[Model], Iterable[Remark]]

# Errors of fields that may have been meant for the text of a scalar that looks like another type.
_TEXT_WANTED = ("string_type", "literal_error", "enum", "path_type", "url_type")
_TEXT_WANTED_PREFIXES = ("date_", "time_", "datetime_")


def validate(
    model: type[Model], documents: Iterable[Document], check: Check[Model] = no_remarks
) -> Model:
    """The settings that the documents hold together.

    `check` looks at the whole for what no field knows by itself, such as references; it also runs
    on what is left when something is wrong elsewhere, so that all is told at once.

    Raises `SettingsError` with every problem, in the order of the files.
    """
    documents = list(documents)
    united = unite(documents)
    reading = Reading(united.root)
    problems = list(united.problems)
    result, errors = _attempt(model, reading)
    problems += [problem_of(error, united.root) for error in errors]
    if result is None:
        result = _what_stands(model, reading, errors)
    if result is not None:
        problems += _problems_of_remarks(check(result), reading)
    if problems or result is None:
        raise SettingsError(_in_order(problems, documents))
    return result


def partial(model: type[Model], document: Document) -> Model | None:
    """What stands of a document: without what is wrong in it; None when that is too much."""
    if document.broken:
        return None
    reading = Reading(document.root)
    result, errors = _attempt(model, reading)
    return result if result is not None else _what_stands(model, reading, errors)


def _attempt(model: type[Model], reading: Reading) -> tuple[Model | None, list[Located]]:
    """Validate; where a field wants text, give it the text as it was written, and try again."""
    while True:
        try:
            # JSON is the strict mode that suits files: no "5" for 5, but times and choices as text.
            content = json.dumps(reading.values())
            return model.model_validate_json(content, strict=True), []
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)
        errors = [locate(detail, model, reading) for detail in details]
        unread = {error.keys for error in errors if _wants_text(error)} - reading.texts
        # A number beyond the limits of one alternative is that number, not the text of another.
        unread -= {error.keys for error in errors if error.unions and not error.is_mismatch}
        if not unread:
            return None, without_failed_alternatives(errors)
        reading.texts |= unread


def _wants_text(error: Located) -> bool:
    node = error.node
    if not isinstance(node, Scalar) or not node.text or isinstance(node.value, str):
        return False
    return error.kind in _TEXT_WANTED or error.kind.startswith(_TEXT_WANTED_PREFIXES)


def _what_stands(model: type[Model], reading: Reading, errors: Sequence[Located]) -> Model | None:
    """The settings without what is wrong in them; None when that is too much.

    Leaves out the wrong values, and where a value is needed or missing, what is around it.
    """
    result = None
    while result is None:
        wrong = {e.keys[:-1] if e.kind == "missing" else e.keys for e in errors}
        if () in wrong or wrong <= reading.left_out:
            return None
        reading.left_out |= wrong
        result, errors = _attempt(model, reading)
    return result


def located_remarks(remarks: Iterable[Remark], documents: Iterable[Document]) -> list[Problem]:
    """Remarks on settings in which nothing is wrong, with where their values stand, in the order of
    the files."""
    documents = list(documents)
    reading = Reading(unite(documents).root)
    return _in_order(_problems_of_remarks(remarks, reading), documents)


def _problems_of_remarks(remarks: Iterable[Remark], reading: Reading) -> list[Problem]:
    return [
        Problem.at(_place(reading.root, keys, remark), keys, remark.message, remark.expected)
        for remark in remarks
        if not _is_written_but_wrong(remark.refers_to, reading)
        if not _is_left_out_in_part(remark.lacks, reading)
        for keys in [reading.written(remark.path)]
    ]


def _place(root: Mapping, keys: Keys, remark: Remark) -> Position:
    """Where a remark is about; within a value, where it is written on one line."""
    position = position_of(root, keys)
    node = find(root, keys)
    if not remark.offset or not isinstance(node, Scalar) or "\n" in node.text:
        return position
    quote = 0 if node.plain else 1
    return position._replace(column=position.column + quote + remark.offset)


def _is_written_but_wrong(target: Keys, reading: Reading) -> bool:
    if not target or not reading.left_out:
        return False
    return reading.hides(target) or find(reading.root, target) is not None


def _is_left_out_in_part(target: Keys, reading: Reading) -> bool:
    if not target:
        return False
    size = len(target)
    return any(wrong[:size] == target[: len(wrong)] for wrong in reading.left_out)


def _in_order(problems: Iterable[Problem], documents: Sequence[Document]) -> list[Problem]:
    order = {document.file: number for number, document in enumerate(documents)}
    unique = dict.fromkeys(problems)
    return sorted(unique, key=lambda p: (order.get(p.file, 0), p.line, p.column, p.path))
