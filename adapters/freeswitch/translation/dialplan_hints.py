"""Reads the variables that the dialplan has set for the engine: skills, priority, customer, queue.

    <action application="set" data="acd_skills=german:5,machines"/>
    <action application="set" data="acd_priority=2"/>
    <action application="set" data="acd_customer=miller"/>
    <action application="set" data="acd_queue=acme/support"/>

Whatever is not as it must be is left out and logged; the call goes on without it.
"""

from __future__ import annotations

import re
from typing import Final

import structlog
from msgspec import Struct

from adapters.freeswitch.protocol.channel_fields import ChannelFields, whole_number

_log = structlog.get_logger("acdengine.freeswitch")

#: Skills that one call may ask for.
_SKILLS_LIMIT: Final = 32
_PRIORITY_LIMIT: Final = 1000
_CUSTOMER: Final = "acd_customer"
#: Characters of a value that the log shows.
_SHOWN: Final = 80

_SKILL: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_-]{0,63})(?:[:=]([0-9]{1,2}))?")
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63}")
_QUEUE: Final = re.compile(
    r"[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63}(/[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63})?"
)


class Hints(Struct, frozen=True):
    """What is known of a caller beforehand, as far as it can be used.

    Attributes:
        skills: to the minimum proficiency, 1 to 10.
        priority: added to the one that routing gives, -1000 to 1000.
        customer_id: a customer of the settings.
        queue_id: of a queue, or its name within the tenant.
    """

    skills: dict[str, int] = {}
    priority: int = 0
    customer_id: str = ""
    queue_id: str = ""


NO_HINTS: Final = Hints()


def hints_of(fields: ChannelFields) -> Hints:
    """What stands on the leg of an event."""
    return read_hints(
        fields.unique_id, fields.skills, fields.priority, fields.customer, fields.queue
    )


def read_hints(leg_id: str, skills: str, priority: str, customer: str, queue: str) -> Hints:
    """What the values of the four variables say; empty ones say nothing."""
    if not (skills or priority or customer or queue):
        return NO_HINTS
    return Hints(
        _skills(leg_id, skills) if skills else {},
        _priority(leg_id, priority) if priority else 0,
        _fitting(leg_id, _CUSTOMER, customer, _NAME),
        _fitting(leg_id, "acd_queue", queue, _QUEUE),
    )


def _skills(leg_id: str, text: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in text.split(","):
        match = _SKILL.fullmatch(part.strip())
        level = int(match[2] or 1) if match is not None else 0
        if match is None or not 1 <= level <= 10:
            _left_out(leg_id, "acd_skills", part)
        elif match[1] not in found and len(found) == _SKILLS_LIMIT:
            _left_out(leg_id, "acd_skills", text)
            break
        else:
            found[match[1]] = max(level, found.get(match[1], 0))
    return found


def _priority(leg_id: str, text: str) -> int:
    try:
        priority = whole_number(text.strip())
    except ValueError:
        priority = _PRIORITY_LIMIT + 1
    if -_PRIORITY_LIMIT <= priority <= _PRIORITY_LIMIT:
        return priority
    _left_out(leg_id, "acd_priority", text)
    return 0


def _fitting(leg_id: str, name: str, value: str, pattern: re.Pattern[str]) -> str:
    if not value or pattern.fullmatch(value):
        return value
    _left_out(leg_id, name, value)
    return ""


def _left_out(leg_id: str, name: str, value: str) -> None:
    # Who a customer is belongs in no log, least of all written in a way that nobody foresaw.
    shown = "" if name == _CUSTOMER else value[:_SHOWN]
    _log.warning("channel variable left out", leg=leg_id, name=name, value=shown)
