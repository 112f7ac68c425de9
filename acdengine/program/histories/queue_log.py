"""Asterisk's ``queue_log`` as facts: the file, or the rows of its database as CSV.

File: ``epoch|callid|queue|agent|EVENT|data1|data2|...`` (Asterisk 20 to 23, ``main/logger.c``).
Database: CSV with a heading that names ``time``, ``callid``, ``queuename``, ``agent``, ``event``
and ``data1`` to ``data5`` (or ``data``, with bars); ``time`` is the epoch, or a date in the zone.

A log names no end of a call that left a queue for elsewhere: such a call ends where it left, unless
it enters a queue within five minutes. Agents are ready from when they are added, log in or are
first seen, not ready while they are paused in all of their queues, and talking from ``CONNECT`` on.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from acdengine.program.histories.history import US, Centre, HistoryError, HistoryLine
from acdengine.program.histories.queue_log_agents import LoggedAgents
from acdengine.program.histories.queue_log_calls import LoggedCalls, LoggedEvent

#: Events that say nothing that records have, of Asterisk and of QueueMetrics.
_WITHOUT_FACTS: Final = frozenset(
    "CONFIGRELOAD PENALTY RINGINUSE OUTCALL CALLSTATUS CALLOUTBOUND URL QUEUERULERELOAD".split()
)
_DATABASE: Final = ("time", "callid", "queuename", "agent", "event")
_DATA: Final = 5

_Handler: TypeAlias = Callable[[LoggedEvent], None]


def read_queue_log(path: Path, centre: Centre) -> Iterator[HistoryLine]:
    """The lines of a log, in order.

    Raises:
        HistoryError: the file cannot be read, or has another heading.
    """
    log = _Log(centre)
    try:
        with path.open(encoding="utf-8", errors="replace", newline="") as file:
            heading = file.readline()
            file.seek(0)
            if "|" in heading or not heading.strip():
                for number, line in enumerate(file, 1):
                    yield log.take(number, line.rstrip("\r\n").split("|"))
            else:
                yield from _rows(path, csv.DictReader(file), log)
    except (OSError, csv.Error) as error:
        raise HistoryError(f"{path} cannot be read: {error}") from error


def _rows(path: Path, rows: csv.DictReader[str], log: _Log) -> Iterator[HistoryLine]:
    names = [name.strip().lower() for name in rows.fieldnames or ()]
    missing = [name for name in _DATABASE if name not in names]
    if missing:
        raise HistoryError(
            f"{path}:1: neither a queue_log with bars nor CSV of its table: no column"
            f" {', '.join(missing)}"
        )
    rows.fieldnames = names
    for row in rows:
        yield log.take(rows.line_num, _fields(row))


def _fields(row: Mapping[str, str | None]) -> list[str]:
    if "data" in row and "data1" not in row:
        data = (row["data"] or "").split("|")
    else:
        data = [row.get(f"data{place}") or "" for place in range(1, _DATA + 1)]
        while data and not data[-1]:
            data.pop()
    return [*(row[name] or "" for name in _DATABASE), *data]


class _Log:
    """Takes line after line."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        agents = LoggedAgents(centre)
        calls = LoggedCalls(centre, agents.talking, agents.over)
        self._calls, self._agents = calls, agents
        self._handlers: dict[str, _Handler] = {
            "QUEUESTART": calls.restarted,
            "DID": calls.dialled,
            "INFO": calls.informed,
            "ENTERQUEUE": calls.entered,
            "JOINEMPTY": calls.refused,
            "FULL": calls.refused,
            "ABANDON": calls.abandoned,
            "EXITWITHTIMEOUT": calls.left,
            "EXITWITHKEY": calls.left,
            "EXITEMPTY": calls.left,
            "WITHDRAW": calls.left,
            "CONNECT": calls.connected,
            "COMPLETEAGENT": calls.completed,
            "COMPLETECALLER": calls.completed,
            "TRANSFER": calls.transferred,
            "BLINDTRANSFER": calls.transferred,
            "ATTENDEDTRANSFER": calls.transferred,
            "RINGNOANSWER": calls.missed,
            "RINGCANCELED": calls.missed,
            "AGENTDUMP": calls.missed,
            "SYSCOMPAT": calls.missed,
            "CALLERONHOLD": calls.held,
            "CALLEROFFHOLD": calls.retrieved,
            "ADDMEMBER": agents.added,
            "REMOVEMEMBER": agents.removed,
            "AGENTLOGIN": agents.logged_in,
            "AGENTCALLBACKLOGIN": agents.logged_in,
            "AGENTLOGOFF": agents.logged_off,
            "AGENTCALLBACKLOGOFF": agents.logged_off,
            "PAUSE": agents.paused,
            "PAUSEALL": agents.paused,
            "UNPAUSE": agents.unpaused,
            "UNPAUSEALL": agents.unpaused,
            "PAUSEREASON": agents.reason_told,
        }

    def take(self, number: int, fields: Sequence[str]) -> HistoryLine:
        if len(fields) == 1 and not fields[0].strip():
            return HistoryLine(number, ())
        if len(fields) < len(_DATABASE):
            return HistoryLine(number, (), f"{len(fields)} fields, expected 5 or more")
        try:
            at_us = self._us(fields[0])
        except ValueError:
            return HistoryLine(number, (), "bad time")
        name = fields[4].strip().upper()
        handler = self._handlers.get(name)
        if handler is None:
            known = name in _WITHOUT_FACTS
            return HistoryLine(number, (), "" if known else f"unknown event {name[:40]}")
        call_id, queue, agent = (_name(field) for field in fields[1:4])
        event = LoggedEvent(at_us, call_id, queue, agent, name, fields[5:])
        self._calls.end_those_gone(at_us)
        try:
            handler(event)
        except ValueError as error:
            self._calls.drain()
            self._agents.drain()
            return HistoryLine(number, (), str(error))
        return HistoryLine(number, [*self._calls.drain(), *self._agents.drain()])

    def _us(self, text: str) -> int:
        text = text.strip()
        if text.replace(".", "", 1).isdigit():
            return round(float(text) * US)
        return self._centre.us(text)


def _name(field: str) -> str:
    """A name of the log as part of an id; ``NONE`` names nothing."""
    field = field.strip()
    return "" if field == "NONE" else field.replace("/", "-")
