"""Rows that have been begun and not ended, and those that have changed since they were written."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from msgspec.structs import astuple

from acdengine.records.intervals import QueueIntervals
from acdengine.records.regions import Regions
from acdengine.records.rows import (
    CHANGING,
    TABLE_OF,
    AgentStateRow,
    CallbackRow,
    CallRow,
    KeyedRow,
    SegmentRow,
    changed_values,
)

#: Values of rows by table.
Values: TypeAlias = dict[str, list[tuple[Any, ...]]]

#: By what an open segment of a kind is found again; of all others by the call.
_FOUND_BY: Final = {
    "offer": "reference",
    "consult": "reference",
    "supervision": "reference",
    "recording": "target",
    "wrap_up": "agent_id",
}
#: A call is in one of these at a time: away from queue and agent.
AWAY_KINDS: Final = ("number", "voicemail", "diverted")
_SEGMENT_KINDS: Final = (
    "queue_wait", "talk", "hold", "flow", "away", *_FOUND_BY,
)  # fmt: skip


class OpenRows:
    """What goes on, by call, agent, offer and so on; and every row to be written.

    Attributes:
        seq, idx: the key of the fact that is being taken.
    """

    def __init__(self, source_id: int, regions: Regions) -> None:
        self.source_id = source_id
        self.regions = regions
        self.seq = 0
        self.idx = 0
        self.calls: dict[str, CallRow] = {}
        self.callbacks: dict[str, CallbackRow] = {}
        self.agent_states: dict[str, AgentStateRow] = {}
        self.intervals = QueueIntervals()
        self._segments: dict[str, dict[str, SegmentRow]] = {kind: {} for kind in _SEGMENT_KINDS}
        #: Where open segments of a kind are, and by which of their fields.
        self._places = {
            kind: (found, _FOUND_BY.get(kind, "call_id")) for kind, found in self._segments.items()
        }
        self._places.update(dict.fromkeys(AWAY_KINDS, (self._segments["away"], "call_id")))
        #: Rows that were never written, and those that were and have changed since.
        self._new: dict[str, list[Any]] = {name: [] for name in TABLE_OF.values()}
        self._new_segments: list[SegmentRow] = self._new["segments"]
        self._changed: dict[str, dict[int, KeyedRow]] = {name: {} for name in CHANGING}
        #: The last fact whose rows were written.
        self._written_seq = 0
        self._written_idx = 0

    # -- writing ----------------------------------------------------------------------------------

    def add(self, row: KeyedRow) -> None:
        """Have a new row written."""
        self._new[TABLE_OF[type(row)]].append(row)

    def changed(self, row: CallRow | SegmentRow | AgentStateRow | CallbackRow) -> None:
        """Have what has changed of a row written; a new one is written as it then is."""
        seq = row.seq
        if seq > self._written_seq:
            return
        if seq < self._written_seq or row.idx <= self._written_idx:
            self._changed[TABLE_OF[type(row)]][id(row)] = row

    def drain(self) -> tuple[Values, Values]:
        """The values of new rows by table, in the order of columns; and of rows that were written
        before and have changed, those of `CHANGING` and the key."""
        new = {table: list(map(astuple, rows)) for table, rows in self._new.items() if rows}
        changed = {
            table: list(map(changed_values[table], rows.values()))
            for table, rows in self._changed.items()
            if rows
        }
        for fresh in self._new.values():
            fresh.clear()
        for table in changed:
            self._changed[table] = {}
        self._written_seq, self._written_idx = self.seq, self.idx
        return new, changed

    def tenant_of(self, call_id: str, full_id: str = "") -> str:
        """Whose a call is; of an unknown one by the queue's or agent's full id."""
        call = self.calls.get(call_id)
        return full_id.partition("/")[0] if call is None else call.tenant_id

    # -- segments ---------------------------------------------------------------------------------

    def begin(
        self,
        kind: str,
        call_id: str,
        at_us: int,
        queue_id: str = "",
        agent_id: str = "",
        reference: str = "",
        target: str = "",
        detail: str = "",
    ) -> SegmentRow:
        """Begin a segment; one of its kind that still goes on for the same call ends."""
        call = self.calls.get(call_id)
        tenant_id = (queue_id or agent_id).partition("/")[0] if call is None else call.tenant_id
        segment = SegmentRow(
            self.source_id, self.seq, self.idx, call_id, tenant_id, kind, queue_id, agent_id,
            reference, at_us, None, "", target, detail,
        )  # fmt: skip
        found, key = self._place(segment)
        before = found.get(key)
        if before is not None:
            self._end(before, at_us, "replaced")
        found[key] = segment
        self._new_segments.append(segment)
        return segment

    def point(self, kind: str, call_id: str, at_us: int, **fields: str) -> SegmentRow:
        """Something that takes no time."""
        segment = self.begin(kind, call_id, at_us, **fields)
        self._forget(segment)
        segment.ended_at_us = at_us
        return segment

    def of(self, kind: str, key: str) -> SegmentRow | None:
        """The open segment of a kind; None where there is none."""
        return self._segments[kind].get(key)

    def end(self, kind: str, key: str, at_us: int, outcome: str) -> SegmentRow | None:
        """End the open segment of a kind; returns it, None where there is none."""
        segment = self._segments[kind].pop(key, None)
        if segment is not None:
            self._end(segment, at_us, outcome)
        return segment

    def _end(self, segment: SegmentRow, at_us: int, outcome: str) -> None:
        segment.ended_at_us = at_us
        if outcome:
            segment.outcome = outcome
        self.changed(segment)

    def _place(self, segment: SegmentRow) -> tuple[dict[str, SegmentRow], str]:
        place = self._places.get(segment.kind)
        if place is None:
            # What takes no time (a transfer, a refusal, a step) has no place of its own.
            return {}, ""
        found, by = place
        return found, getattr(segment, by)

    def _forget(self, segment: SegmentRow) -> None:
        found, key = self._place(segment)
        if found.get(key) is segment:
            del found[key]

    # -- after a restart --------------------------------------------------------------------------

    def keep(self, row: KeyedRow) -> None:
        """Go on with an open row that the database holds."""
        if (row.seq, row.idx) > (self._written_seq, self._written_idx):
            self._written_seq, self._written_idx = row.seq, row.idx
        if isinstance(row, CallRow):
            self.calls[row.call_id] = row
        elif isinstance(row, CallbackRow):
            self.callbacks[row.call_id] = row
        elif isinstance(row, AgentStateRow):
            self.agent_states[row.agent_id] = row
        elif isinstance(row, SegmentRow):
            found, key = self._place(row)
            found[key] = row

    def close_all(self, at_us: int, outcome: str) -> None:
        """End everything that goes on."""
        for found in self._segments.values():
            for segment in found.values():
                self._end(segment, max(at_us, segment.started_at_us), outcome)
            found.clear()
        for rows in (self.calls, self.callbacks):
            for row in rows.values():
                row.ended_at_us = max(at_us, row.started_at_us)
                row.outcome = outcome
                self.changed(row)
        for state in self.agent_states.values():
            state.ended_at_us = max(at_us, state.started_at_us)
            self.changed(state)
        self.calls.clear()
        self.callbacks.clear()
        self.agent_states.clear()
