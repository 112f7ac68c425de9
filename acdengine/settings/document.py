"""The page of all settings, written from the models: `python -m acdengine.settings.document`."""

from __future__ import annotations

import json
import re
import sys
import typing
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Final, TypeAlias

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from acdengine.settings.shapes import Shape
from acdengine.settings.whole import PlanSettings, Settings

#: How a model is linked to.
Link: TypeAlias = Callable[[type[BaseModel]], str]

PAGE: Final = "docs/settings.md"

_HEAD: Final = """\
# Settings

All settings with their values, defaults and units. This page is written from the code by
`make pages`; `acdengine schema` writes the same as JSON Schema for editors, and
[`config/acdengine.yaml`](../config/acdengine.yaml) shows them at work.

Files are YAML 1.2. Several files are read as one: `acdengine check FILE...` unites their sections
and says everything that is wrong at once. A duration is a number of seconds, and its name ends in
`_s`. Text need not be in quotes: `no`, `010` and `12:30:00` stay what they are where text is
wanted; a number in quotes is not a number. Names of queues, agents and so on hold within their
tenant only.
"""


def settings_page() -> str:
    """The whole page in Markdown."""
    return _HEAD + tables(models_within(Settings))


def tables(models: Sequence[type[BaseModel]], elsewhere: str = "") -> str:
    """A section for each model, its settings in a table, those of a listed base class only there;
    links to other models lead to the page named by ``elsewhere``."""

    def link(model: type[BaseModel]) -> str:
        title = _title(model).lower()
        page = "" if model in models else elsewhere
        return f"[{title}]({page}#{title.replace(' ', '-')})"

    parts = []
    for model in models:
        base = next((known for known in models if known in model.__mro__[1:]), BaseModel)
        also = f" With the settings of {link(base)} besides." if base is not BaseModel else ""
        parts.append(f"\n## {_title(model)}\n\n{_text(model.__doc__ or '')}{also}\n")
        own = {n: f for n, f in model.model_fields.items() if n not in base.model_fields}
        if own:
            parts.append("\n| setting | value | default | meaning |\n| --- | --- | --- | --- |\n")
        for attribute, field in own.items():
            name = field.alias or attribute
            shape = Shape.of_field(name, field)
            meaning = _text(field.description or "")
            cells = (f"`{name}`", _value(shape, link), _default(field), meaning)
            parts.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n")
    return "".join(parts)


def models_within(root: type[BaseModel]) -> list[type[BaseModel]]:
    """A model and all that it holds, each once, in the order in which they are met."""
    found: list[type[BaseModel]] = []

    def visit(model: type[BaseModel]) -> None:
        if model in found:
            return
        found.append(model)
        for field in model.model_fields.values():
            for inner in _within(Shape.of_field("", field)):
                visit(inner)

    visit(root)
    return found


def _within(shape: Shape) -> Iterator[type[BaseModel]]:
    for alternative in shape.alternatives():
        if alternative.model is not None:
            yield alternative.model
        elif alternative.kind in (dict, list, tuple):
            yield from _within(alternative.below(0))


def _title(model: type[BaseModel]) -> str:
    if model in (Settings, PlanSettings):
        return "Top level"
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", model.__name__.removesuffix("Settings"))
    return words.capitalize()


def _value(shape: Shape, link: Link) -> str:
    return " or ".join(dict.fromkeys(_one_value(inner, link) for inner in shape.alternatives()))


def _one_value(shape: Shape, link: Link) -> str:
    if shape.model is not None:
        return link(shape.model)
    if shape.values():
        return ", ".join(f"`{choice}`" for choice in shape.choices())
    if shape.kind is dict:
        return f"for each key ({shape.key_words()}): {_value(shape.below(''), link)}"
    if shape.kind in (list, tuple) and typing.get_args(shape.annotation):
        return f"list, each {_value(shape.below(0), link)}"
    return shape.words()


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.default
    if value is None:
        return "none"
    if isinstance(value, BaseModel):
        said = value.model_dump(include=value.model_fields_set)
        return ", ".join(f"`{name}: {_written(inner)}`" for name, inner in said.items()) or "-"
    if value in ([], {}, ""):
        return "-"
    return f"`{_written(value)}`"


def _written(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:g}" if isinstance(value, float) else json.dumps(value)


def _text(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    Path(sys.argv[1] if len(sys.argv) > 1 else PAGE).write_text(settings_page(), encoding="utf-8")
