"""What a telephone shows as the caller's name: a text with `{field}` where a value belongs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

#: What every call has, besides the queue's own `screen_pop`.
FIELDS: Final = (
    "queue", "queue_id", "name", "number", "dnis", "customer", "priority", "waited",
)  # fmt: skip
_FIELD: Final = re.compile(r"\{([A-Za-z][A-Za-z0-9_-]*)\}")
#: What is left at the ends of `{queue}: {name}` where a value is empty.
_LEFT_OVER: Final = " :;,-/|()"


def fields_of(template: str) -> tuple[str, ...]:
    """The fields that a template names.

    Raises:
        ValueError: a brace is none of a field's.
    """
    if "{" in (rest := _FIELD.sub("", template)) or "}" in rest:
        raise ValueError("a brace that belongs to no field")
    return tuple(_FIELD.findall(template))


def filled(template: str, values: Mapping[str, str]) -> str:
    """A template with its values; what only joined values that are empty is gone."""
    text = _FIELD.sub(lambda found: values.get(found[1], ""), template)
    return " ".join(text.strip(_LEFT_OVER).split())
