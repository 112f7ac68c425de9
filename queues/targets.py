"""Where a call can be sent: the ways into and out of a queue.

A target is data. The settings give lists of them (for a full queue, a long wait, an exit key,
a dialled number), the engine takes the first whose condition holds.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct


class ToQueue(Struct, frozen=True, tag="queue"):
    """Wait in another queue, the place kept.

    The conditions, where given, look at that other queue first, so that a donor is protected:
    its estimated wait must be below, its service level (0 to 1) above the bound.
    """

    queue_id: str
    estimate_below_us: int | None = None
    service_level_above: float | None = None


class ToAgent(Struct, frozen=True, tag="agent"):
    """Wait for one named agent, then fall through to the backup queue."""

    agent_id: str
    wait_us: int
    backup_queue_id: str


class ToNumber(Struct, frozen=True, tag="number"):
    """Leave for a number outside (subject to the tenant's allow-list).

    ``by_refer``: off the switch, by REFER to the trunk that the call came in on, which joins the
    two.
    """

    number: str
    by_refer: bool = False


class ToVoicemail(Struct, frozen=True, tag="voicemail"):
    """Leave a message in a box after a prompt."""

    box: str
    prompt: str = ""


class ToCallback(Struct, frozen=True, tag="callback"):
    """Keep the place in line without the telephone: the caller is rung back."""


class ToFlow(Struct, frozen=True, tag="flow"):
    """Go through a flow of the tenant."""

    flow_id: str


class ToHangup(Struct, frozen=True, tag="hangup"):
    """Hang up, after an announcement where one is named."""

    prompt: str = ""
    cause: str = "normal"


Target: TypeAlias = ToQueue | ToAgent | ToNumber | ToVoicemail | ToCallback | ToFlow | ToHangup


def describe(target: Target) -> str:
    """A target in a few words, for facts."""
    if isinstance(target, ToQueue):
        return f"queue {target.queue_id}"
    if isinstance(target, ToAgent):
        return f"agent {target.agent_id}"
    if isinstance(target, ToNumber):
        return f"number {target.number}"
    if isinstance(target, ToVoicemail):
        return f"voicemail {target.box}"
    if isinstance(target, ToFlow):
        return f"flow {target.flow_id}"
    return "callback" if isinstance(target, ToCallback) else "hangup"
