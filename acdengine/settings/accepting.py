"""The key by which agents accept calls."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from acdengine.settings.model import Expected, SettingsModel

AcceptanceKey = Annotated[
    str, Field(pattern=r"^[0-9*#]$"), Expected("a key: a digit, * or #, in quotation marks")
]
AcceptanceSeconds = Annotated[
    float, Field(ge=2, le=60), Expected("a number of seconds from 2 to 60")
]


class AcceptKeySettings(SettingsModel):
    """A key that the agent presses after answering to accept the call. The answer of a mobile
    voicemail, which presses none, is a missed call, and the next agent is rung."""

    key: AcceptanceKey = "1"
    """The key; others change nothing."""
    prompt: Annotated[str, Field(min_length=1)]
    """Prompt that says so. The agent hears it after the queue's `whisper`, alone, and may press the
    key before its end; the caller hears the music until then."""
    timeout_s: AcceptanceSeconds = 15
    """Seconds from the answer within which the key must be pressed."""
