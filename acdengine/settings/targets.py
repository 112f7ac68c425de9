"""Where a call can be sent."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from acdengine.settings.model import SettingsModel
from acdengine.settings.values import Cause, DialNumber, Name, Seconds, Share

BELONGS: Final[dict[str, tuple[str, ...]]] = {
    "queue": ("estimate_below_s", "service_level_above"),
    "agent": ("wait_s", "backup"),
    "number": (),
    "voicemail": ("prompt",),
    "callback": (),
    "flow": (),
    "hangup": (),
}
"""The kinds of target, and the settings that belong to each."""


class HangupSettings(SettingsModel):
    """How a call is hung up."""

    prompt: str = ""
    """Announcement before hanging up; empty: none."""
    cause: Cause = "normal"
    """What the caller's network is told."""


class TargetSettings(SettingsModel):
    """Where a call goes: exactly one of `queue`, `agent`, `number`, `voicemail`, `callback`, `flow`
    and `hangup`, with what belongs to it.

    Where several targets are given, the first that is open is taken; a caller for whom none is open
    is hung up with the cause `no_agent`.
    """

    queue: str | None = None
    """Wait in this queue; a caller who waited in another keeps the place."""
    estimate_below_s: Seconds | None = None
    """With `queue`: only while its estimated wait, in seconds, is below this."""
    service_level_above: Share | None = None
    """With `queue`: only while its service level is above this share."""

    agent: str | None = None
    """Wait for this agent, then in the queue named by `backup`."""
    wait_s: Seconds = 20
    """With `agent`: how long to wait for that agent, in seconds."""
    backup: str | None = None
    """With `agent`: the queue in which the call waits, open to all after `wait_s`."""

    number: DialNumber | None = None
    """Dial this number outside; it must begin with one of the tenant's `dial_allow`."""

    voicemail: Name | None = None
    """Take a message into this box."""
    prompt: str = ""
    """With `voicemail`: announcement before the tone."""

    callback: Literal[True] | None = None
    """Keep the place in line and be rung back; only for callers who wait in a queue with
    `callback` settings."""

    flow: str | None = None
    """Go through this flow."""

    hangup: HangupSettings | None = None
    """Hang up."""


Targets: TypeAlias = TargetSettings | list[TargetSettings]
"""One target, or several in the order in which they are tried."""
