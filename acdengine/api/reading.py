"""Reading a request: its body and parameters as checked records, or what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from acdengine.api.bodies import PATTERN_WORDS
from acdengine.api.problems import Refused
from acdengine.settings.suggest import one_of

S = TypeVar("S", bound=Struct)

_PLACE: Final = re.compile(r"(?: - at (?P<key>`key` in )?`\$(?P<path>[^`]*)`)$")
_EXPECTED: Final = re.compile(r"Expected (?P<expected>.*?)(?:, got .*)?$", re.DOTALL)
_NAMED: Final = re.compile(
    r"Object (?:missing required|contains unknown) field `(?P<name>.*)`$", re.DOTALL
)
#: As people say it; the rest of msgspec's words are understood as they are.
_WORDS: Final = {
    "`int`": "a whole number", "`str`": "text", "`bool`": "true or false",
    "`object`": "an object", "`array`": "a list", "`float`": "a number",
}  # fmt: skip


def read_body(content: bytes, kind: type[S]) -> S:
    """A body of JSON.

    Raises:
        Refused: it is not JSON (400), or has wrong fields (422).
    """
    try:
        return msgspec.json.decode(content or b"{}", type=kind)
    except msgspec.ValidationError as error:
        raise _refusal(str(error), kind) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused(400, f"the body is not JSON: {error}", "", "JSON in UTF-8") from error


def read_query(pairs: Mapping[str, list[str]], kind: type[S]) -> S:
    """Query parameters, each given once.

    Raises:
        Refused: a parameter is unknown, missing or of the wrong form (422).
    """
    for name, values in pairs.items():
        if len(values) > 1:
            raise Refused(422, "given more than once", name, "one value")
    try:
        return msgspec.convert({n: v[0] for n, v in pairs.items()}, kind, strict=False)
    except msgspec.ValidationError as error:
        raise _refusal(str(error), kind) from error


def _refusal(message: str, kind: type[Struct]) -> Refused:
    """What msgspec says, taken apart: the field, what was expected, what is wrong."""
    place = _PLACE.search(message)
    field = ""
    if place is not None:
        message = message[: place.start()]
        field = place["path"].lstrip(".").replace("[...]", "")
    named = _NAMED.match(message)
    if named is not None:
        field = f"{field}.{named['name']}" if field else named["name"]
        missing = "missing" in message
        expected = "" if missing or "." in field else _fields_of(kind)
        return Refused(422, "is missing" if missing else "is not known here", field, expected)
    if place is not None and place["key"]:
        field = f"{field} (a key)"
    if message.startswith("Invalid enum value"):
        return Refused(422, "is not known here", field, _choices_of(kind, field))
    expected_words = _EXPECTED.match(message)
    expected = _in_words(expected_words["expected"]) if expected_words is not None else ""
    problem = message[:1].lower() + message[1:]
    return Refused(422, "has the wrong form" if expected else problem, field, expected)


def _fields_of(kind: type[Struct]) -> str:
    return "one of " + ", ".join(kind.__struct_fields__) if kind.__struct_fields__ else "nothing"


def _choices_of(kind: type[Struct], field: str) -> str:
    """What may stand in a field of a few choices; empty where that is further down."""
    hints = get_type_hints(kind)
    return one_of(_choices(hints[field])) if field in hints else ""


def _choices(hint: object) -> Iterator[str]:
    if get_origin(hint) is Literal:
        yield from map(str, get_args(hint))
    else:
        for part in get_args(hint):
            yield from _choices(part)


def _in_words(expected: str) -> str:
    for pattern, words in PATTERN_WORDS.items():
        if expected == f"`str` matching regex {pattern!r}":
            return words
    for written, word in _WORDS.items():
        expected = expected.replace(written, word)
    return expected
