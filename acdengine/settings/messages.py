"""Voicemail: how messages are taken."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from acdengine.settings.model import Expected, SettingsModel
from acdengine.settings.values import LongEnough, Seconds

EndKeys = Annotated[
    str,
    Field(pattern=r"^[0-9*#]*$", max_length=12),
    Expected("keys, such as #, or nothing"),
]


class MessageSettings(SettingsModel):
    """How messages are taken into the tenant's voicemail boxes.

    A message is a file in the switch's folder of recordings, below a folder for the tenant and one
    for the box; its name has the time (UTC), the caller and the call's id.
    """

    max_s: LongEnough = 180
    """Seconds of a message at most."""
    min_s: Seconds = 1
    """Shorter ones, in seconds, are no messages."""
    silence_s: Seconds = 5
    """Seconds of silence that end a message; 0: none do."""
    end_keys: EndKeys = "#"
    """Keys that end a message, or skip the announcement before it."""
    beep: bool = True
    """A tone tells when to speak."""
    mask_caller: bool = True
    """The file's name has only the last digits of the caller's number."""
