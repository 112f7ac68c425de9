"""The "Anonymous Bank" records of 1999 (`adapters.sim.traces.anonymous_bank_1999`) as facts.

All calls wait in one queue, ``bank``; the type of a call is that of the record, and so is its
priority. A call begins when it asks for an agent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from acdengine.conversation_facts import ConversationEnded
from acdengine.facts import (
    AnyFact,
    CallConnected,
    CallEnded,
    CallLeftQueue,
    CallQueued,
    CallStarted,
)
from acdengine.flow_facts import CallTagged
from acdengine.program.histories.history import Centre, HistoryError, HistoryLine
from acdengine.records.rows import CALL_TYPE_TAG
from adapters.sim.traces.anonymous_bank_1999 import bank1999_rows
from adapters.sim.traces.trace import TraceCall, TraceError

_QUEUE: Final = "bank"
#: Of an agent whom the record does not name.
_UNNAMED: Final = "unnamed"


def read_bank(path: Path, centre: Centre) -> Iterator[HistoryLine]:
    """The lines of a month.

    Raises:
        HistoryError: the file cannot be read, or has other columns.
    """
    try:
        for row in bank1999_rows(path):
            if row.call is None:
                yield HistoryLine(row.number, (), row.left_out)
            else:
                yield HistoryLine(row.number, _facts(row.call, centre))
    except TraceError as error:
        raise HistoryError(str(error)) from error


def _facts(call: TraceCall, centre: Centre) -> Sequence[AnyFact]:
    # The record's wall clock is read as UTC by the trace.
    wall_clock = datetime.fromtimestamp(call.at_us / 1e6, UTC).replace(tzinfo=None)
    at_us = centre.us(wall_clock.isoformat())
    tenant_id, queue_id, call_id = centre.tenant_id, centre.full_id(_QUEUE), call.call_id
    over_us = at_us + call.wait_us
    begun: list[AnyFact] = [
        CallStarted(
            at_us, call_id, tenant_id, "", "", "", call.customer_id or "", call.priority, ""
        ),
        CallTagged(at_us, call_id, CALL_TYPE_TAG, call.call_type),
        CallQueued(at_us, call_id, queue_id, at_us, call.priority, 0, resumed=False),
    ]
    if not call.answered:
        return [
            *begun,
            CallLeftQueue(over_us, call_id, queue_id, "abandoned", call.wait_us, 0, False, ""),
            CallEnded(over_us, call_id, tenant_id, "abandoned", "caller", ""),
        ]
    agent_id, end_us = centre.full_id(call.server or _UNNAMED), over_us + call.service_us
    return [
        *begun,
        CallConnected(over_us, call_id, agent_id, "", queue_id, call.wait_us, 0),
        ConversationEnded(end_us, call_id, agent_id, "", queue_id, call.service_us, 0, "caller"),
        CallEnded(end_us, call_id, tenant_id, "answered", "caller", ""),
    ]
