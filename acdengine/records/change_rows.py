"""Rows of what people changed, and of what switches and lines reported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from acdengine.centre_facts import (
    AgentChangePending,
    AgentSkillsChanged,
    DrainChanged,
    HoursChanged,
    LineChanged,
    PickUpRefused,
    RecordingSpaceChanged,
    SettingsApplied,
    SwitchChanged,
    SwitchEmptied,
)
from acdengine.facts import AnyFact, PriorityChanged
from acdengine.flow_facts import AgentPinChecked, FlowVersionChanged
from acdengine.records.open_rows import OpenRows
from acdengine.records.rows import ChangeRow

#: What each kind of change is called, and the fields that say what is concerned: the first that is
#: not empty.
_CHANGES: Final[dict[type[AnyFact], tuple[str, tuple[str, ...]]]] = {
    AgentChangePending: ("agent_change_pending", ("agent_id",)),
    AgentPinChecked: ("agent_pin", ("agent_id", "call_id")),
    AgentSkillsChanged: ("agent_skills", ("agent_id",)),
    DrainChanged: ("drain", ("queue_id", "node_id")),
    FlowVersionChanged: ("flow_version", ("flow_id",)),
    HoursChanged: ("hours", ("hours_id",)),
    LineChanged: ("line", ("agent_id",)),
    PickUpRefused: ("pick_up_refused", ("agent_id",)),
    PriorityChanged: ("priority", ("call_id",)),
    RecordingSpaceChanged: ("recording_space", ("node_id",)),
    SettingsApplied: ("settings", ()),
    SwitchChanged: ("switch", ("node_id",)),
    SwitchEmptied: ("switch_emptied", ("node_id",)),
}
#: Fields with columns of their own.
_APART: Final = ("type", "at_us", "by")
#: Ids that begin with the tenant.
_OF_TENANT: Final = ("agent_id", "queue_id", "flow_id", "hours_id")


class ChangeRows:
    """Makes a row of each change."""

    def __init__(self, rows: OpenRows) -> None:
        self._rows = rows

    def handlers(self) -> dict[type[AnyFact], Callable[[Any], None]]:
        """What takes each kind of fact."""
        return dict.fromkeys(_CHANGES, self.changed)

    def changed(self, fact: AnyFact) -> None:
        """Something is no longer as it was."""
        rows = self._rows
        kind, subjects = _CHANGES[type(fact)]
        fields: dict[str, Any] = msgspec.to_builtins(fact)
        name = next((name for name in subjects if fields[name]), "")
        subject = fields.get(name, "")
        tenant_id = ""
        if name == "call_id":
            tenant_id = rows.tenant_of(subject)
        elif name in _OF_TENANT:
            tenant_id = subject.partition("/")[0]
        detail = {key: value for key, value in fields.items() if key not in (*_APART, name)}
        rows.add(
            ChangeRow(
                rows.source_id, rows.seq, rows.idx, kind, tenant_id, subject,
                fields.get("by", ""), msgspec.json.encode(detail).decode(), fact.at_us,
            )
        )  # fmt: skip
