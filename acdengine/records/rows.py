"""The rows of the records, a struct for each table; a column for each field, in this order.

The key of a row is that of the fact which began it: the numbering of events (``source_id``), the
number of the event and the fact's place among those of the event. Times are microseconds, UTC;
``ended_at_us`` is None as long as what the row tells of goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final, TypeAlias

import msgspec

#: The name of the tag by which flows say of what type a call is.
CALL_TYPE_TAG: Final = "call_type"


class Row(msgspec.Struct, gc=False):
    """What a row begins with: its key."""

    source_id: int
    seq: int
    idx: int


class CallRow(Row, gc=False):
    """A call; also one that was refused ("refused") or met busy on its trunk ("blocked")."""

    call_id: str
    tenant_id: str
    direction: str
    ani: str
    dnis: str
    trunk_id: str
    customer_id: str
    from_agent_id: str
    #: 0 or 1, as SQLite has it: `sqlite3` takes four times as long for a bool.
    is_withheld: int
    priority: int
    rule: str
    started_at_us: int
    ended_at_us: int | None = None
    outcome: str = ""
    ended_by: str = ""
    cause: str = ""
    #: The first queue and the last, the first agent and the last.
    first_queue_id: str = ""
    last_queue_id: str = ""
    first_agent_id: str = ""
    last_agent_id: str = ""
    #: When it first took a place in a queue, and when an agent first answered.
    queued_at_us: int | None = None
    answered_at_us: int | None = None
    #: Of all its waits, conversations and holds; ``rang_us``: until the first answer of an agent.
    waited_us: int = 0
    rang_us: int = 0
    talked_us: int = 0
    held_us: int = 0
    #: How many queue waits, offers, conversations and transfers.
    waits: int = 0
    offers: int = 0
    answers: int = 0
    transfers: int = 0
    #: The tag `CALL_TYPE_TAG` that a flow gave it last, else its direction.
    call_type: str = ""
    #: Of the caller's number (`acdengine.records.regions`).
    region: str = ""


class SegmentRow(Row, gc=False):
    """A stretch of a call's way; which fields mean something depends on its ``kind``."""

    call_id: str
    tenant_id: str
    kind: str
    queue_id: str
    agent_id: str
    #: The offer, consult or supervisor's leg; the flow of a step.
    reference: str
    started_at_us: int
    ended_at_us: int | None = None
    #: How it ended.
    outcome: str = ""
    #: The number, box, flow, file or agent that it went to.
    target: str = ""
    #: Why, or by which rule.
    detail: str = ""
    #: The wait in the queue, of queue waits and talks.
    waited_us: int = 0
    #: Ringing, of offers, talks, consults and numbers outside.
    rang_us: int = 0
    #: The conversation without holds; the length of a recording or message.
    active_us: int = 0
    held_us: int = 0
    #: Place in line at the end of a queue wait.
    position: int = 0
    #: A queue wait given up within the short-abandon time.
    is_short: int = 0
    #: The estimate that the caller was told last; -1: none.
    told_us: int = -1
    #: Of a flow: when its last step was left.
    step_at_us: int | None = None


class AgentStateRow(Row, gc=False):
    """An agent in one state, for one reason."""

    agent_id: str
    tenant_id: str
    state: str
    reason: str
    started_at_us: int
    ended_at_us: int | None = None
    #: Who asked for it; empty where it came by itself.
    changed_by: str = ""
    #: The call that the agent is rung for, talks with, or finishes.
    call_id: str = ""
    queue_id: str = ""


class CallbackRow(Row, gc=False):
    """A caller who waits to be rung back."""

    call_id: str
    tenant_id: str
    queue_id: str
    number: str
    started_at_us: int
    ended_at_us: int | None = None
    outcome: str = ""
    attempts: int = 0
    attempted_at_us: int | None = None
    #: Why the last attempt came to nothing, and when the next is due.
    cause: str = ""
    next_at_us: int | None = None
    reached_at_us: int | None = None


class SurveyAnswerRow(Row, gc=False):
    """A caller's answer to a question of a survey, and the last queue and agent of the call."""

    call_id: str
    tenant_id: str
    queue_id: str
    agent_id: str
    survey: str
    question: str
    score: int
    scale: int
    at_us: int


class CallTagRow(Row, gc=False):
    """A tag that a flow gave a call."""

    call_id: str
    tenant_id: str
    name: str
    value: str
    at_us: int


class ChangeRow(Row, gc=False):
    """What people changed, or a switch or a line reported."""

    kind: str
    tenant_id: str
    #: The agent, queue, node, flow or call concerned.
    subject: str
    changed_by: str
    #: The fact's other fields, as JSON.
    detail: str
    at_us: int


KeyedRow: TypeAlias = (
    CallRow | SegmentRow | AgentStateRow | CallbackRow | SurveyAnswerRow | CallTagRow | ChangeRow
)

#: The table of each struct.
TABLE_OF: Final[dict[type[KeyedRow], str]] = {
    CallRow: "calls",
    SegmentRow: "segments",
    AgentStateRow: "agent_states",
    CallbackRow: "callbacks",
    SurveyAnswerRow: "survey_answers",
    CallTagRow: "call_tags",
    ChangeRow: "changes",
}

_KEY: Final = Row.__struct_fields__

#: Columns of a table that may change after a row was first written; rows of others never do.
CHANGING: Final[dict[str, tuple[str, ...]]] = {
    "calls": (
        "ended_at_us", "outcome", "ended_by", "cause", "first_queue_id", "last_queue_id",
        "first_agent_id", "last_agent_id", "queued_at_us", "answered_at_us", "waited_us", "rang_us",
        "talked_us", "held_us", "waits", "offers", "answers", "transfers", "call_type",
    ),
    "segments": (
        "agent_id", "reference", "ended_at_us", "outcome", "target", "detail", "waited_us",
        "rang_us", "active_us", "held_us", "position", "is_short", "told_us", "step_at_us",
    ),
    "agent_states": ("ended_at_us", "call_id", "queue_id"),
    "callbacks": (
        "ended_at_us", "outcome", "attempts", "attempted_at_us", "cause", "next_at_us",
        "reached_at_us",
    ),
}  # fmt: skip

#: Of a row of each of these tables: the values of what may change, then the key.
changed_values: Final[dict[str, Callable[[KeyedRow], tuple[Any, ...]]]] = {
    table: attrgetter(*columns, *_KEY) for table, columns in CHANGING.items()
}
