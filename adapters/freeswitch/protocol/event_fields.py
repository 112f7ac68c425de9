"""The fields of an event that are read of every event, as a struct that `event_reader` fills."""

from __future__ import annotations

from typing import Final

import msgspec

BODY: Final = "_body"
"""The name under which an event's own body is found among its headers."""


class EventFields(msgspec.Struct, gc=False, kw_only=True):
    """The fields of an event that the engine's translation reads; absent ones are empty or 0.

    A subclass may add fields, each a `str` or an `int` with a default and the header's exact name.
    """

    event_name: str = msgspec.field(name="Event-Name", default="")
    core_uuid: str = msgspec.field(name="Core-UUID", default="")
    """Changes when the switch is restarted."""
    sent_at_us: int = msgspec.field(name="Event-Date-Timestamp", default=0)
    """By the switch's clock, microseconds since 1970, UTC."""
    sequence: int = msgspec.field(name="Event-Sequence", default=0)
    """Counts every event of the switch's core, also those that were not subscribed to."""
    subclass: str = msgspec.field(name="Event-Subclass", default="")
    """The kind of a CUSTOM event, such as `sofia::register`."""
    bridge_a_id: str = msgspec.field(name="Bridge-A-Unique-ID", default="")
    bridge_b_id: str = msgspec.field(name="Bridge-B-Unique-ID", default="")
    unique_id: str = msgspec.field(name="Unique-ID", default="")
    direction: str = msgspec.field(name="Call-Direction", default="")
    answer_state: str = msgspec.field(name="Answer-State", default="")
    hangup_cause: str = msgspec.field(name="Hangup-Cause", default="")
    caller_name: str = msgspec.field(name="Caller-Caller-ID-Name", default="")
    caller_number: str = msgspec.field(name="Caller-Caller-ID-Number", default="")
    destination_number: str = msgspec.field(name="Caller-Destination-Number", default="")
    application_uuid: str = msgspec.field(name="Application-UUID", default="")
    """Our own `Event-UUID` of the `sendmsg` that started the application."""
    dtmf_digit: str = msgspec.field(name="DTMF-Digit", default="")
    job_uuid: str = msgspec.field(name="Job-UUID", default="")
    body: str = msgspec.field(name=BODY, default="")
