"""Snapshots of older versions: each step makes the fields of one version those of the next.

A change of what a snapshot holds raises `acdengine.engine.snapshot.VERSION` and adds a step here.
New fields with a default need neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

#: What a snapshot holds, by name of the field.
Fields: TypeAlias = dict[str, Any]


_NOTHING_TOLD: Final = {
    "position": 0, "estimate_us": -1, "estimate_at_us": 0, "announcements": 0,
}  # fmt: skip


def _calls_of(fields: Fields) -> Iterator[Fields]:
    yield from fields["calls"]
    for generation in fields["ended"]:
        yield from generation.values()


def _from_1(fields: Fields) -> Fields:
    """Flow, voicemail box, external number and what was told are records of their own."""
    for call in _calls_of(fields):
        then, flow_id = call.pop("then", None), call.pop("flow_id", "")
        cause = call.pop("last_cause", "") or "normal"
        if call["state"] == "flow":
            call["flow"] = {"flow_id": flow_id, "then": then, "cause": cause}
        box, prompt = call.pop("box", ""), call.pop("box_prompt", "")
        if box:
            call["mailbox"] = {"box": box, "prompt": prompt}
        external = {
            "number": call.pop("number", ""),
            "dialled": call.pop("numbers_dialled", 0),
            "reached_us": call.pop("reached_us", 0),
            "missed": call.pop("missed_numbers", ()),
        }
        if any(external.values()):
            call["external"] = external
        told = {
            "position": call.pop("told_position", 0),
            "estimate_us": call.pop("told_us", -1),
            "estimate_at_us": call.pop("told_at_us", 0),
            "announcements": call.pop("announced", 0),
        }
        if told != _NOTHING_TOLD:
            call["told"] = told
    return fields


#: By the version that a step begins with.
MIGRATIONS: Final[dict[int, Callable[[Fields], Fields]]] = {1: _from_1}


def migrate(fields: Fields, version: int) -> Fields:
    """The fields of the latest version.

    Raises:
        KeyError: there is no step from a version: it is newer than this engine.
    """
    while fields["version"] != version:
        before = fields["version"]
        fields = {**MIGRATIONS[before](fields), "version": before + 1}
    return fields
