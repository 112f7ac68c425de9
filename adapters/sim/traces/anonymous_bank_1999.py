"""The "Anonymous Bank" records of 1999: every call to a bank's call centre for a year.

Published for research by the Technion (Mandelbaum, Sakov, Zeltyn: Empirical Analysis of a Call
Center, 2000). One text file a month, 17 columns parted by tabs:

    vru+line call_id customer_id priority type date vru_entry vru_exit vru_time
    q_start q_exit q_time outcome ser_start ser_exit ser_time server

Dates are YYMMDD, stamps H:MM:SS of the centre's wall clock, durations seconds; 0:00:00 where
there is no stamp. `priority` 0 and 1 are ordinary, 2 is a VIP, who was given credit for 1.5
minutes of waiting.

How a row is read:

- A call asks for an agent at `q_start`, or at `vru_exit` where it never had to queue.
- The wait is `q_time`, the service `ser_time`. Where the stamps disagree with them, as often by
  a second or two, the durations count.
- Over midnight a row keeps the date on which it began. A stamp more than 12 hours before the one
  it should follow belongs to the next day.
- A row is left out only where there was no call for an agent (`LeftOut.PHANTOM`,
  `LeftOut.BEFORE_QUEUE`) or where it cannot be read. Odd rows are kept and counted (`Remark`).
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from enum import StrEnum
from itertools import zip_longest
from pathlib import Path
from typing import IO, NamedTuple

from adapters.sim.traces.trace import Trace, TraceCall, TraceError, TraceOutcome

US = 1_000_000
DAY_S = 86_400

# What the bank gave its VIPs: they were queued as if they had come so much earlier.
VIP_PRIORITY = 2
VIP_CREDIT_US = 90 * US

_EPOCH = date(1970, 1, 1).toordinal()
_HEADING = (
    "vru+line", "call_id", "customer_id", "priority", "type", "date", "vru_entry", "vru_exit",
    "vru_time", "q_start", "q_exit", "q_time", "outcome", "ser_start", "ser_exit", "ser_time",
    "server",
)  # fmt: skip
_COLUMNS = len(_HEADING)
_LONGEST_LINE = 10_000
_GZIP = b"\x1f\x8b"
# Of a heading that is not known.
_SHOWN = 60
# The agent's stamp and the queue's differ by a second or two as a rule; this is more than that.
_STAMPS_AGREE_S = 5


class LeftOut(StrEnum):
    """Why a row is no call of the trace."""

    SHORT_ROW = "not 17 columns"
    BAD_NUMBER = "bad number"
    BAD_TIME = "bad date or time"
    UNKNOWN_OUTCOME = "unknown outcome"
    NEGATIVE_TIME = "negative wait or service"
    ENDLESS = "wait or service of more than a day"
    PHANTOM = "phantom call"
    """Put to an agent after the caller had gone: the switch's doing, not a caller's wish."""
    BEFORE_QUEUE = "hung up before the queue"
    """The caller left from the voice menu: their patience was not with the queue."""


class Remark(StrEnum):
    """What is odd about a row that was kept."""

    QUEUED_OVER_MIDNIGHT = "queued over midnight"
    SERVED_OVER_MIDNIGHT = "served over midnight"
    VRU_BACKWARDS = "left the voice menu before entering it"
    """The clocks of the parts of the system differ; the queue's counts."""
    DURATION_WORKED_OUT = "negative duration worked out from the stamps"
    STAMPS_DISAGREE = "service began over 5 s from the end of the wait"
    NOT_TIMED = "answered, but the service was not timed"
    UNKNOWN_SERVER = "answered by nobody named"
    ABANDONED_AND_SERVED = "given up, yet a service was timed"


class _Stamps(NamedTuple):
    """Seconds since the midnight that began the row's date; None where not stamped."""

    vru_in: int | None
    vru_out: int | None
    q_start: int | None
    q_exit: int | None
    ser_start: int | None
    ser_exit: int | None


class _LeftOutError(Exception):
    def __init__(self, reason: LeftOut) -> None:
        super().__init__(reason.value)
        self.reason = reason


def read_bank1999(paths: Sequence[Path]) -> Trace:
    """The calls of one or more months; packed files (gzip) are unpacked.

    Raises:
        TraceError: a file cannot be read, is given twice, or has another heading.
    """
    _refuse_twins(paths)
    calls: list[TraceCall] = []
    rows = 0
    left_out: Counter[str] = Counter()
    remarks: Counter[str] = Counter()
    for path in paths:
        for row in bank1999_rows(path):
            rows += 1
            if row.call is None:
                left_out[row.left_out] += 1
                continue
            calls.append(row.call)
            remarks.update(remark.value for remark in row.odd)
    calls.sort(key=lambda call: (call.at_us, call.call_id))
    return Trace(
        calls=tuple(calls),
        rows=rows,
        left_out=_in_order(left_out, LeftOut),
        remarks=_in_order(remarks, Remark),
    )


class BankRow(NamedTuple):
    """A row: its call and what is odd about it, or why it is left out."""

    number: int
    call: TraceCall | None
    odd: Sequence[Remark] = ()
    left_out: str = ""


def bank1999_rows(path: Path) -> Iterator[BankRow]:
    """The rows of one file, each with the number of its line.

    Raises:
        TraceError: it cannot be read, or has another heading.
    """
    try:
        with _opened(path) as file:
            for number, line in enumerate(_lines(file), 1):
                if line.startswith(_HEADING[0]):
                    _check_heading(path, number, line)
                    continue
                if number == 1:
                    _refuse_heading(path, line)
                try:
                    call, odd = _read_row(line.rstrip("\r\n").split("\t"))
                except _LeftOutError as error:
                    yield BankRow(number, None, left_out=error.reason.value)
                else:
                    yield BankRow(number, call, odd)
    except (OSError, EOFError, zlib.error) as error:
        raise TraceError(f"{path} cannot be read: {error}") from error


def _opened(path: Path) -> IO[str]:
    # Latin-1 reads any byte; a damaged name must not stop the import.
    with path.open("rb") as file:
        packed = file.read(len(_GZIP)) == _GZIP
    if packed:
        return gzip.open(path, "rt", encoding="latin-1")
    return path.open(encoding="latin-1")


def _lines(file: IO[str]) -> Iterator[str]:
    """The lines of a file; what has no lines (packed zeros) comes in parts."""
    while line := file.readline(_LONGEST_LINE):
        yield line


def _refuse_twins(paths: Sequence[Path]) -> None:
    """Calls of a file that is given twice would be counted twice."""
    seen: dict[bytes, Path] = {}
    for path in paths:
        if path.exists() and not path.is_file():
            raise TraceError(f"{path} cannot be read: it is no file")
        try:
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").digest()
        except OSError as error:
            raise TraceError(f"{path} cannot be read: {error.strerror}") from error
        if content in seen:
            raise TraceError(f"{path}: the same calls as {seen[content]}; name each file once")
        seen[content] = path


def _check_heading(path: Path, number: int, line: str) -> None:
    """The columns must be in the known order: they are read by it."""
    columns = [text.strip().lower() for text in line.rstrip("\r\n").split("\t")]
    for place, (known, found) in enumerate(zip_longest(_HEADING, columns, fillvalue=""), 1):
        if known != found:
            expected = f"expected {known!r}" if known else f"expected {_COLUMNS} columns"
            raise TraceError(
                f"{path}:{number}: column {place} is headed {found[:_SHOWN]!r}, {expected}"
            )


def _refuse_heading(path: Path, line: str) -> None:
    """A first line without a number is a heading, and only one is known."""
    columns = [text.strip() for text in line.rstrip("\r\n").split("\t")]
    if not any(any(char.isdigit() for char in text) for text in columns):
        told = " ".join(columns)[:_SHOWN]
        raise TraceError(
            f"{path}:1: unknown heading {told!r}, expected 17 columns from {_HEADING[0]} on, "
            "parted by tabs"
        )


def _in_order(counts: Counter[str], reasons: Iterable[StrEnum]) -> dict[str, int]:
    return {reason.value: counts[reason.value] for reason in reasons if counts[reason.value]}


def _read_row(columns: Sequence[str]) -> tuple[TraceCall, list[Remark]]:
    """One call and what is odd about it.

    Raises:
        _LeftOutError: it is none.
    """
    if len(columns) != _COLUMNS:
        raise _LeftOutError(LeftOut.SHORT_ROW)
    line, number, customer, priority, call_type, day = (text.strip() for text in columns[:6])
    outcome, server = columns[12].strip(), columns[16].strip()
    if outcome == "PHANTOM":
        raise _LeftOutError(LeftOut.PHANTOM)
    if outcome not in ("AGENT", "HANG"):
        raise _LeftOutError(LeftOut.UNKNOWN_OUTCOME)
    answered = outcome == "AGENT"
    stamps = _stamps(columns)
    if not answered and stamps.q_start is None:
        raise _LeftOutError(LeftOut.BEFORE_QUEUE)
    midnight_us, recorded_date = _day(day)
    odd = _odd(stamps, answered, server)
    wait_s, wait_odd = _duration(columns[11], stamps.q_start, stamps.q_exit)
    service_s, service_odd = _duration(columns[15], stamps.ser_start, stamps.ser_exit)
    service_at = stamps.ser_start if answered else None
    call = TraceCall(
        at_us=midnight_us + _joined(stamps) * US,
        call_id=f"{line}/{number}",
        customer_id=None if customer in ("", "0") else customer,
        priority=_whole(priority),
        call_type=call_type,
        outcome=TraceOutcome.ANSWERED if answered else TraceOutcome.ABANDONED,
        wait_us=wait_s * US,
        service_us=service_s * US if answered else 0,
        server=None if server in ("", "NO_SERVER") or not answered else server,
        service_at_us=None if service_at is None else midnight_us + service_at * US,
        recorded_date=recorded_date,
    )
    if call.priority < 0:
        raise _LeftOutError(LeftOut.BAD_NUMBER)
    return call, odd + wait_odd + service_odd


def _day(text: str) -> tuple[int, str]:
    """Midnight in microseconds since 1970, and the date in full, of YYMMDD in the 1900s."""
    if len(text) != 6 or not (text.isascii() and text.isdigit()):
        raise _LeftOutError(LeftOut.BAD_TIME)
    try:
        day = date(1900 + int(text[:2]), int(text[2:4]), int(text[4:]))
    except ValueError:
        raise _LeftOutError(LeftOut.BAD_TIME) from None
    return (day.toordinal() - _EPOCH) * DAY_S * US, day.isoformat()


def _stamps(columns: Sequence[str]) -> _Stamps:
    entered, left, q_start, q_exit, ser_start, ser_exit = (
        _stamp(columns[place]) for place in (6, 7, 9, 10, 13, 14)
    )
    left = _following(left, entered)
    q_start = _following(q_start, left if entered is None else entered)
    q_exit = _following(q_exit, q_start)
    ser_start = _following(ser_start, left if q_exit is None else q_exit)
    return _Stamps(entered, left, q_start, q_exit, ser_start, _following(ser_exit, ser_start))


def _stamp(text: str) -> int | None:
    """Seconds since midnight of H:MM:SS; None for 0:00:00, which stands for no stamp."""
    parts = text.strip().split(":")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
        raise _LeftOutError(LeftOut.BAD_TIME)
    hours, minutes, seconds = (int(part) for part in parts)
    if hours > 23 or minutes > 59 or seconds > 59:
        raise _LeftOutError(LeftOut.BAD_TIME)
    return hours * 3600 + minutes * 60 + seconds or None


def _following(stamp: int | None, before: int | None) -> int | None:
    """The stamp, on the next day if it is more than half a day before the one it follows."""
    if stamp is None or before is None or stamp >= before - DAY_S // 2:
        return stamp
    return stamp + DAY_S


def _joined(stamps: _Stamps) -> int:
    for stamp in (stamps.q_start, stamps.vru_out, stamps.vru_in):
        if stamp is not None:
            return stamp
    return 0  # Midnight sharp looks like no stamp.


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise _LeftOutError(LeftOut.BAD_NUMBER) from None


def _duration(text: str, start: int | None, end: int | None) -> tuple[int, list[Remark]]:
    """Seconds, with a negative figure mended where the stamps tell the duration."""
    seconds = _whole(text)
    if seconds > DAY_S:
        raise _LeftOutError(LeftOut.ENDLESS)
    if seconds >= 0:
        return seconds, []
    if start is None or end is None or end < start:
        raise _LeftOutError(LeftOut.NEGATIVE_TIME)
    return end - start, [Remark.DURATION_WORKED_OUT]


def _odd(stamps: _Stamps, answered: bool, server: str) -> list[Remark]:
    odd = []
    entered, left, q_start, q_exit, ser_start, ser_exit = stamps
    if q_exit is not None and q_exit >= DAY_S:
        odd.append(Remark.QUEUED_OVER_MIDNIGHT)
    if entered is not None and left is not None and left < entered:
        odd.append(Remark.VRU_BACKWARDS)
    if not answered:
        return [*odd, Remark.ABANDONED_AND_SERVED] if ser_start is not None else odd
    if ser_exit is not None and ser_exit >= DAY_S:
        odd.append(Remark.SERVED_OVER_MIDNIGHT)
    if ser_start is None:
        odd.append(Remark.NOT_TIMED)
    else:
        due = left if q_start is None else q_exit
        if due is not None and abs(ser_start - due) > _STAMPS_AGREE_S:
            odd.append(Remark.STAMPS_DISAGREE)
    if server in ("", "NO_SERVER"):
        odd.append(Remark.UNKNOWN_SERVER)
    return odd
