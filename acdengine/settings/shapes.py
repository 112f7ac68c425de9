"""What a field of a settings model may hold: walked along paths, and put into words."""

from __future__ import annotations

import enum
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

from pydantic import BaseModel, RootModel, SecretBytes, SecretStr
from pydantic.fields import FieldInfo

from acdengine.settings.model import Expected
from acdengine.settings.suggest import one_of

_WORDS: dict[object, str] = {
    bool: "true or false",
    date: "a date such as 2026-01-31",
    datetime: "a date and time such as 2026-01-31T08:30:00Z",
    time: "a time of day such as 08:30",
    type(None): "nothing",
}
_UNITS = {"s": "seconds", "ms": "milliseconds", "us": "microseconds"}
_LISTS = (list, tuple, set, frozenset)


@dataclass(frozen=True, slots=True)
class Shape:
    """A type with its limits; `name` is the field that has it, for the unit in the name."""

    annotation: object
    metadata: tuple[object, ...] = ()
    name: str = ""

    @classmethod
    def of_field(cls, name: str, field: FieldInfo) -> Shape:
        """The shape of a model's field."""
        return cls(field.annotation, tuple(field.metadata), name)

    def alternatives(self) -> list[Shape]:
        """The types of which a value must have one; `X | None` counts as X alone."""
        found = [shape for shape in self._unpacked() if shape.annotation is not type(None)]
        return found or [self]

    def _unpacked(self) -> Iterator[Shape]:
        origin = typing.get_origin(self.annotation)
        if origin is typing.Annotated:
            inner, *metadata = typing.get_args(self.annotation)
            yield from Shape(inner, (*self.metadata, *metadata), self.name)._unpacked()
        elif origin in (typing.Union, types.UnionType):
            for inner in typing.get_args(self.annotation):
                yield from Shape(inner, self.metadata, self.name)._unpacked()
        elif hasattr(self.annotation, "__value__"):
            yield from Shape(self.annotation.__value__, self.metadata, self.name)._unpacked()
        elif isinstance(self.annotation, type) and issubclass(self.annotation, RootModel):
            root = self.annotation.model_fields["root"]
            yield from Shape(root.annotation, tuple(root.metadata), self.name)._unpacked()
        else:
            yield self

    @property
    def model(self) -> type[BaseModel] | None:
        """The model, where the shape is one."""
        is_model = isinstance(self.annotation, type) and issubclass(self.annotation, BaseModel)
        return typing.cast(type[BaseModel], self.annotation) if is_model else None

    @property
    def kind(self) -> object:
        """The type without what it is a list or mapping of."""
        return typing.get_origin(self.annotation) or self.annotation

    @property
    def is_secret(self) -> bool:
        """Whether a value must not be shown."""
        return self.annotation in (SecretStr, SecretBytes)

    def fields(self) -> dict[str, Shape]:
        """A model's fields by the names that they have in the files."""
        if self.model is None:
            return {}
        return {
            (name := _written_name(attribute, field)): Shape.of_field(name, field)
            for attribute, field in self.model.model_fields.items()
        }

    def below(self, key: str | int) -> Shape:
        """The shape of what stands under `key`; of anything, where that is not known."""
        anything = Shape(object)
        if self.model is not None:
            return self.fields().get(str(key), anything)
        inner = typing.get_args(self.annotation)
        if self.kind is dict and inner:
            return Shape(inner[1])
        if self.kind is tuple and inner and inner[-1] is not Ellipsis and isinstance(key, int):
            return Shape(inner[key]) if key < len(inner) else anything
        if self.kind in _LISTS and inner:
            return Shape(inner[0])
        return anything

    def values(self) -> list[object]:
        """The values of which one must be taken: those of a Literal or an Enum."""
        if typing.get_origin(self.annotation) is typing.Literal:
            return list(typing.get_args(self.annotation))
        if isinstance(self.annotation, type) and issubclass(self.annotation, enum.Enum):
            return [choice.value for choice in self.annotation]
        return []

    def choices(self) -> list[str]:
        """All the words that may be written, over all alternatives."""
        return [_written(value) for shape in self.alternatives() for value in shape.values()]

    def tagged(self, tag: str) -> Shape | None:
        """The alternative for which pydantic's error path says `tag`.

        That is a model's name or a value of its discriminator, else a type such as `list[str]`,
        `constrained-int` or `literal['a','b']`. A model with validators of its own is wrapped in
        them: `function-after[_check(), Model]`.
        """
        if tag.startswith("function-"):
            tag = tag.rstrip("]").rpartition(" ")[2]
        kind = tag.partition("[")[0].removeprefix("constrained-")
        for shape in self.alternatives():
            if shape.model is None and kind == getattr(shape.kind, "__name__", "").lower():
                return shape
            if shape.model is not None and tag == shape.model.__name__:
                return shape
        models = [shape for shape in self.alternatives() if shape.model is not None]
        return next((shape for shape in models if shape._has_discriminator(tag)), None)

    def _has_discriminator(self, tag: str) -> bool:
        return any(field.choices() == [tag] for field in self.fields().values())

    def key_words(self) -> str:
        """What is expected of a mapping's keys, in words."""
        inner = typing.get_args(self.annotation)
        return Shape(inner[0]).words() if self.kind is dict and inner else "text"

    def words(self) -> str:
        """What is expected, in words."""
        return one_of(dict.fromkeys(shape._own_words() for shape in self.alternatives()))

    def _own_words(self) -> str:
        for extra in _flat(self.metadata):
            if isinstance(extra, Expected):
                return extra.words
        if values := self.values():
            return one_of(_written(value) for value in values)
        if self.annotation in (int, float):
            return self._number_words()
        if self.model is not None or self.kind is dict:
            return "keys with values"
        if self.kind in _LISTS:
            return self._list_words()
        known = _WORDS.get(self.annotation)
        return known if known is not None else self._text_words()

    def _number_words(self) -> str:
        noun = "a whole number" if self.annotation is int else "a number"
        rest, _, last = self.name.rpartition("_")
        unit = _UNITS.get(last) if rest and not rest.endswith("per") else None
        text = f"{noun} of {unit}" if unit else noun
        low, high = self._limit("ge"), self._limit("le")
        if low is not None and high is not None:
            return f"{text} from {low} to {high}"
        limits = {
            "above": self._limit("gt"),
            "at least": low,
            "below": self._limit("lt"),
            "at most": high,
        }
        marks = [f"{words} {limit}" for words, limit in limits.items() if limit is not None]
        return ", ".join([text, " and ".join(marks)]) if marks else text

    def _text_words(self) -> str:
        least, most, pattern = (self._limit(n) for n in ("min_length", "max_length", "pattern"))
        if pattern is not None:
            return f"text that matches {pattern}"
        if most is not None:
            return f"text of {least or 0} to {most} characters"
        return "text that is not empty" if least else "text"

    def _list_words(self) -> str:
        inner = self.below(0).words() if typing.get_args(self.annotation) else ""
        least = self._limit("min_length")
        noun = f"a list of at least {least}" if least else "a list"
        return f"{noun}, each {inner}" if inner else noun

    def _limit(self, name: str) -> object:
        found = (getattr(extra, name, None) for extra in _flat(self.metadata))
        return next((limit for limit in found if limit is not None), None)


def _written_name(attribute: str, field: FieldInfo) -> str:
    alias = field.validation_alias or field.alias
    return alias if isinstance(alias, str) else attribute


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _flat(metadata: tuple[object, ...]) -> Iterator[object]:
    for extra in metadata:
        if isinstance(extra, FieldInfo):
            yield from extra.metadata
        else:
            yield extra
