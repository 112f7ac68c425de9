"""Recorded calls in the form in which they are replayed, read from any format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class TraceError(ValueError):
    """A trace that cannot be used: no such format, no such file, nothing usable in it."""


class TraceOutcome(StrEnum):
    """How a recorded call ended."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class TraceCall:
    """One recorded call that was offered to agents.

    Attributes:
        at_us: when it asked for an agent. The record's own wall clock, taken as UTC.
        call_id: unique in the trace.
        customer_id: None for a caller who was not identified.
        priority: as recorded; what it means is the format's.
        call_type: as recorded; the scenario says which queue and skills it needs.
        outcome: answered or abandoned.
        wait_us: until an agent answered or the caller gave up.
        service_us: with the agent; 0 for an abandoned call.
        server: the agent who took it; None where the record does not say.
        service_at_us: when the agent began, by the agent's stamp; None where not stamped.
        recorded_date: the day the record files it under, which over midnight need not be the day
            of `at_us`; YYYY-MM-DD.
    """

    at_us: int
    call_id: str
    customer_id: str | None
    priority: int
    call_type: str
    outcome: TraceOutcome
    wait_us: int
    service_us: int
    server: str | None
    service_at_us: int | None
    recorded_date: str

    @property
    def answered(self) -> bool:
        return self.outcome is TraceOutcome.ANSWERED


@dataclass(frozen=True, slots=True)
class Trace:
    """A recorded stretch of traffic and what had to be done to read it.

    Attributes:
        calls: in order of `at_us`, then `call_id`.
        rows: rows read, headings not counted; `len(calls) + sum(left_out.values())`.
        left_out: how many rows were left out, by reason.
        remarks: how many of the calls kept are odd, by what is odd; a call may count in several.
    """

    calls: tuple[TraceCall, ...]
    rows: int
    left_out: Mapping[str, int]
    remarks: Mapping[str, int]
