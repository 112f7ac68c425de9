"""Targets of the plan."""

from __future__ import annotations

from acdengine.settings.compiling.ids import full_id, to_us, to_us_or_none
from acdengine.settings.targets import Targets, TargetSettings
from queues.targets import (
    Target,
    ToAgent,
    ToCallback,
    ToFlow,
    ToHangup,
    ToNumber,
    ToQueue,
    ToVoicemail,
)


def target_of(tenant: str, settings: TargetSettings) -> Target:
    """The target that settings name; they have been checked to name exactly one."""
    if settings.queue is not None:
        below_us = to_us_or_none(settings.estimate_below_s)
        return ToQueue(full_id(tenant, settings.queue), below_us, settings.service_level_above)
    if settings.agent is not None:
        backup_id = full_id(tenant, settings.backup)
        return ToAgent(full_id(tenant, settings.agent), to_us(settings.wait_s), backup_id)
    if settings.number is not None:
        return ToNumber(settings.number)
    if settings.voicemail is not None:
        return ToVoicemail(full_id(tenant, settings.voicemail), settings.prompt)
    if settings.flow is not None:
        return ToFlow(full_id(tenant, settings.flow))
    if settings.hangup is not None:
        return ToHangup(settings.hangup.prompt, settings.hangup.cause)
    return ToCallback()


def targets_of(tenant: str, settings: Targets) -> tuple[Target, ...]:
    """One target or several, in the order in which they are tried."""
    listed = [settings] if isinstance(settings, TargetSettings) else settings
    return tuple(target_of(tenant, target) for target in listed)
