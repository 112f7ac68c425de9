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


#: Fields of a call that version 3 keeps in the record of the caller.
_OF_CALLER: Final = (
    "ani", "name", "known_by", "withheld", "asserted", "direction", "from_agent_id", "customer_id",
)  # fmt: skip
#: Fields of a call that have other names in version 3.
_RENAMED: Final = {
    "early": "early_media",
    "moves": "sent",
    "moved_us": "sent_at_us",
    "told": "announced",
    "promised": "suspended_callback",
    "awaits": "unconfirmed",
    "preference": "preferred_rule",
    "patient_until_us": "preferred_until_us",
    "aside_due_us": "retry_due_us",
    "asked": "last_seat",
}


def _from_2(fields: Fields) -> Fields:
    """Caller, conversation, recordings, playback, failed offers and ending are records."""
    for call in _calls_of(fields):
        call["caller"] = {name: call.pop(name) for name in _OF_CALLER if name in call}
        began_us, held_us = call.pop("connected_us", 0), call.pop("held_us", 0)
        if call.pop("was_connected", False):
            call["conversation"] = {"began_us": began_us, "held_us": held_us}
        recordings = {
            "file": call.pop("recording", ""),
            "made": call.pop("recordings_made", 0),
            "stopped": call.pop("unrecorded", False),
        }
        if any(recordings.values()):
            call["recordings"] = recordings
        prompt_id, since_us = call.pop("playing", 0), call.pop("playing_since_us", 0)
        left = call.pop("prompts", ())
        if prompt_id:
            call["playback"] = {"prompt_id": prompt_id, "since_us": since_us, "left": left}
        agents, stepped_back = call.pop("failed_with", ()), call.pop("failures", 0)
        if agents:
            call["failures"] = {"agents": agents, "stepped_back": stepped_back}
        outcome, cause = call.pop("outcome", ""), call.pop("cause", "")
        by = call.pop("ended_by", "system")
        if call["state"] in ("ending", "ended"):
            call["ending"] = {"outcome": outcome, "by": by, "cause": cause}
        back = call.pop("back", None)
        if back is not None:
            call["fallback"] = {
                "targets": back["ways"], "queue_id": back["queue_id"], "requested": back["asked"],
            }  # fmt: skip
        for before, after in _RENAMED.items():
            if before in call:
                call[after] = call.pop(before)
    return fields


#: By the version that a step begins with.
MIGRATIONS: Final[dict[int, Callable[[Fields], Fields]]] = {1: _from_1, 2: _from_2}


def migrate(fields: Fields, version: int) -> Fields:
    """The fields of the latest version.

    Raises:
        KeyError: there is no step from a version: it is newer than this engine.
    """
    while fields["version"] != version:
        before = fields["version"]
        fields = {**MIGRATIONS[before](fields), "version": before + 1}
    return fields
