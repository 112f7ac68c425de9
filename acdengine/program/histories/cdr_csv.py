"""Call detail records as CSV: Asterisk's ``Master.csv`` and FreeSWITCH's ``mod_cdr_csv``.

Asterisk (``cdr_csv``, its columns in order): accountcode, src, dst, dcontext, clid, channel,
dstchannel, lastapp, lastdata, start, answer, end, duration, billsec, disposition, amaflags,
uniqueid, userfield. FreeSWITCH's template ``asterisk`` has the same. FreeSWITCH's ``example``,
``snom`` and ``linksys`` begin with: caller_id_name, caller_id_number, destination_number, context,
start_stamp, answer_stamp, end_stamp, duration, billsec, hangup_cause, uuid, bleg_uuid, accountcode.
Which of the two a line is, its moments tell.

A record tells no queue wait apart from ringing: of an answered call the time up to the answer is
its wait, in the queue of ``Queue()`` where that was the last application. The agent is the called
device; FreeSWITCH's records name none. Lines of one call (Asterisk writes one for each dialled
device) become one call.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from acdengine.conversation_facts import ConversationEnded, EndedBy
from acdengine.facts import (
    AnyFact,
    CallConnected,
    CallEnded,
    CallLeftQueue,
    CallQueued,
    CallStarted,
)
from acdengine.program.histories.history import Centre, HistoryError, HistoryLine

_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d")
_ASTERISK_COLUMNS: Final = 17
_FREESWITCH_COLUMNS: Final = 12
#: What the end of a channel's name tells apart: ``PJSIP/1001-0000002a``.
_CHANNEL_END: Final = re.compile(r"(-[0-9a-f]+)?(;[12])?$")
_ANSWERED: Final = ("ANSWERED", "NORMAL_CLEARING")
#: Ends of calls that were not answered, as outcomes of ours; others are taken as given up.
_OUTCOMES: Final = {
    "BUSY": "busy", "USER_BUSY": "busy", "FAILED": "failed", "CONGESTION": "failed",
    "NO_ROUTE_DESTINATION": "failed", "CALL_REJECTED": "refused", "UNALLOCATED_NUMBER": "failed",
}  # fmt: skip


class _Record(NamedTuple):
    call_id: str
    ani: str
    dnis: str
    queue: str
    agent: str
    start_us: int
    #: None: not answered.
    answer_us: int | None
    end_us: int
    cause: str


def read_cdr_csv(path: Path, centre: Centre) -> Iterator[HistoryLine]:
    """The lines of a file; the facts of a call stand at its first line.

    Raises:
        HistoryError: the file cannot be read.
    """
    left_out: dict[int, str] = {}
    calls: dict[str, list[_Record]] = {}
    first: dict[int, str] = {}
    last = 0
    try:
        with path.open(encoding="utf-8", errors="replace", newline="") as file:
            lines = csv.reader(file, skipinitialspace=True)
            for columns in lines:
                number = last = lines.line_num
                if not columns:
                    continue
                try:
                    record = _record(columns, centre)
                except ValueError as error:
                    left_out[number] = str(error)
                    continue
                if record.call_id not in calls:
                    first[number] = record.call_id
                calls.setdefault(record.call_id, []).append(record)
    except (OSError, csv.Error) as error:
        raise HistoryError(f"{path} cannot be read: {error}") from error
    for number in range(1, last + 1):
        if number in first:
            yield HistoryLine(number, _facts(calls[first[number]], centre))
        else:
            yield HistoryLine(number, (), left_out.get(number, ""))


def _record(columns: Sequence[str], centre: Centre) -> _Record:
    """A record of either kind.

    Raises:
        ValueError: it is none; the text says why.
    """
    if len(columns) >= _ASTERISK_COLUMNS and _MOMENT.match(columns[9]):
        src, dst, last_app, last_data = columns[1], columns[2], columns[7], columns[8]
        queue = last_data.partition(",")[0] if last_app.lower() == "queue" else ""
        start, answer, end = columns[9:12]
        cause, call_id = columns[14], columns[16]
        agent = _CHANNEL_END.sub("", columns[6]).replace("/", "-")
        is_answered = cause in _ANSWERED
    elif len(columns) >= _FREESWITCH_COLUMNS and _MOMENT.match(columns[4]):
        (src, dst), (start, answer, end) = columns[1:3], columns[4:7]
        cause, call_id = columns[9], columns[10]
        queue = agent = ""
        # Without a second leg only the switch itself has answered: a menu, an announcement.
        is_answered = bool(columns[11])
    else:
        raise ValueError("neither 17 columns of Asterisk nor 12 of FreeSWITCH")
    if not call_id:
        raise ValueError("no unique id")
    try:
        start_us, end_us = centre.us(start), centre.us(end)
        answer_us = centre.us(answer) if is_answered and answer else None
    except ValueError:
        raise ValueError("bad date or time") from None
    if not start_us <= (start_us if answer_us is None else answer_us) <= end_us:
        raise ValueError("ends before it begins")
    return _Record(call_id, src, dst, queue, agent, start_us, answer_us, end_us, cause)


def _facts(records: Sequence[_Record], centre: Centre) -> Sequence[AnyFact]:
    first = min(records, key=lambda record: record.start_us)
    call_id, tenant_id, start_us = first.call_id, centre.tenant_id, first.start_us
    queue_id = centre.full_id(next((one.queue for one in records if one.queue), ""))
    answered = next((one for one in records if one.answer_us is not None), None)
    end_us = max(one.end_us for one in records)
    facts: list[AnyFact] = [
        CallStarted(start_us, call_id, tenant_id, first.ani, first.dnis, "", "", 0, "")
    ]
    if queue_id:
        facts.append(CallQueued(start_us, call_id, queue_id, start_us, 0, 0, resumed=False))
    if answered is None or answered.answer_us is None:
        waited_us = end_us - start_us
        outcome = _OUTCOMES.get(first.cause, "abandoned")
        if queue_id:
            facts.append(
                CallLeftQueue(end_us, call_id, queue_id, "abandoned", waited_us, 0, False, "")
            )
        ended_by: EndedBy = "caller" if outcome == "abandoned" else "system"
        return [*facts, CallEnded(end_us, call_id, tenant_id, outcome, ended_by, first.cause)]
    at_us, agent_id = answered.answer_us, centre.full_id(answered.agent)
    waited_us, talked_us = at_us - start_us, answered.end_us - at_us
    return [
        *facts,
        CallConnected(at_us, call_id, agent_id, "", queue_id, waited_us, waited_us),
        ConversationEnded(
            answered.end_us, call_id, agent_id, "", queue_id, talked_us, 0, "caller"
        ),
        CallEnded(end_us, call_id, tenant_id, "answered", "caller", first.cause),
    ]  # fmt: skip
