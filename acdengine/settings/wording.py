"""Validation errors in plain words: what is wrong, and what was expected."""

from __future__ import annotations

from typing import NamedTuple

from acdengine.settings.errors import Problem
from acdengine.settings.located import Located
from acdengine.settings.suggest import did_you_mean, one_of
from acdengine.settings.tree import Keys, Mapping, Node, Scalar, Sequence, position_of

# Longer values are cut in messages.
_SHOWN = 60

# By pydantic's kind of error; what is expected comes from the field itself.
_BEYOND_LIMITS = {
    "greater_than": "{value} is too small",
    "greater_than_equal": "{value} is too small",
    "less_than": "{value} is too large",
    "less_than_equal": "{value} is too large",
    "finite_number": "{value} is not a finite number",
    "string_too_short": "{value} is too short",
    "string_too_long": "{value} is too long",
    "string_pattern_mismatch": "{value} does not fit",
    "too_short": "{value} is too short",
    "too_long": "{value} is too long",
}


class Words(NamedTuple):
    """A problem in words, and where it is: `keys` lead there, to the key itself when `of_key`."""

    keys: Keys
    message: str
    expected: str
    of_key: bool = False


def problem_of(error: Located, root: Mapping) -> Problem:
    """The problem that a validation error means to the one who wrote the files."""
    words = _words(error)
    position = position_of(root, words.keys, of_key=words.of_key)
    return Problem.at(position, words.keys, words.message, words.expected)


def _words(error: Located) -> Words:
    if error.kind == "missing":
        return Words(error.keys, "is missing", error.shape.words())
    if error.kind == "extra_forbidden":
        return _unknown_key(error)
    if error.kind == "settings":
        context = error.context
        return Words((*error.keys, *context["at"]), context["message"], context["expected"])
    if error.kind in ("value_error", "assertion_error"):
        return Words(error.keys, str(error.context["error"]), "")
    if error.kind.startswith("union_tag"):
        return _unknown_tag(error)
    if error.of_key:
        message = f"'{error.keys[-1]}' cannot be a key here"
        return Words(error.keys, message, error.holder.key_words(), of_key=True)
    return _wrong_value(error)


def _unknown_key(error: Located) -> Words:
    key = str(error.keys[-1])
    known = error.holder.fields()
    message = f"is not a known key{did_you_mean(key, known)}"
    return Words(error.keys, message, one_of(known), of_key=True)


def _unknown_tag(error: Located) -> Words:
    name = str(error.context["discriminator"]).strip("'")
    shapes = [shape.fields()[name] for shape in error.shape.alternatives()]
    known = [choice for shape in shapes for choice in shape.choices()]
    keys = (*error.keys, name)
    if error.kind == "union_tag_not_found":
        return Words(keys, "is missing", one_of(known))
    tag = str(error.context["tag"])
    return Words(keys, f"'{tag}' is not known{did_you_mean(tag, known)}", one_of(known))


def _wrong_value(error: Located) -> Words:
    expected = error.shape.words()
    choices = error.shape.choices()
    if choices and isinstance(error.node, Scalar) and error.node.text:
        suggestion = did_you_mean(error.node.text, choices)
        return Words(error.keys, f"{_shown(error)} is not known{suggestion}", expected)
    if error.kind in _BEYOND_LIMITS:
        message = _BEYOND_LIMITS[error.kind].format(value=_shown(error))
        return Words(error.keys, message, expected)
    if error.is_mismatch:
        return Words(error.keys, _what_it_is(error), expected)
    return Words(error.keys, error.text[:1].lower() + error.text[1:], expected)


def _shown(error: Located) -> str:
    if error.shape.is_secret:
        return "the value"
    if not isinstance(error.node, Scalar):
        return "the list" if isinstance(error.node, Sequence) else "the whole"
    text = error.node.text
    short = text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
    return repr(short) if isinstance(error.node.value, str) else short


def _what_it_is(error: Located) -> str:
    if not isinstance(error.node, Scalar):
        return f"is {_kind(error.node)}"
    if error.node.value is None:
        return "is empty" if error.node.text == "" else f"is {error.node.text}"
    return f"{_shown(error)} is {_kind(error.node)}"


def _kind(node: Node | None) -> str:
    if not isinstance(node, Scalar):
        return "keys with values" if isinstance(node, Mapping) else "a list"
    if not node.plain:
        return "text, for it is in quotes"
    if isinstance(node.value, bool):
        return "a truth value"
    if isinstance(node.value, int):
        return "a whole number"
    return "a number" if isinstance(node.value, float) else "text"
