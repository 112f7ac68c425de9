"""The voicemail boxes of a tenant: those that its targets and its IVR flows name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from acdengine.ivr.definition import FlowDefinition, VoicemailStep
from acdengine.settings.compiling.ids import full_id
from acdengine.settings.model import SettingsModel
from acdengine.settings.targets import TargetSettings
from acdengine.settings.tenants import TenantSettings


def boxes_of(name: str, tenant: TenantSettings, flows: Iterable[FlowDefinition]) -> tuple[str, ...]:
    """All boxes, by name."""
    boxes = {full_id(name, to.voicemail) for to in _targets(tenant) if to.voicemail is not None}
    for flow in flows:
        boxes |= {step.box for step in flow.steps.values() if isinstance(step, VoicemailStep)}
    return tuple(sorted(boxes))


def _targets(part: object) -> Iterator[TargetSettings]:
    """The targets in a part of the settings, wherever they stand."""
    if isinstance(part, TargetSettings):
        yield part
    elif isinstance(part, SettingsModel):
        for _, value in part:
            yield from _targets(value)
    elif isinstance(part, dict):
        for value in part.values():
            yield from _targets(value)
    elif isinstance(part, list | tuple):
        for value in part:
            yield from _targets(value)
