"""A small day in the records, worked out by hand in `test_metrics.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Engine, insert

from acdengine.records.migrating import migrate
from acdengine.records.schema import (
    agent_states,
    calls,
    metadata,
    segments,
    sources,
    survey_answers,
)

S = 1_000_000
#: 2026-03-02 08:00 UTC, a Monday.
EIGHT_US = 1_772_438_400 * S
HOUR_US = 3600 * S


def _row(table: Any, seq: int, **values: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"source_id": 1, "seq": seq, "idx": 0}
    for column in table.columns:
        kind = str(column.type)
        empty = "" if kind == "TEXT" else False if kind == "BOOLEAN" else 0
        row.setdefault(column.name, None if column.nullable else empty)
    return {**row, **values}


def call(seq: int, at_s: int, outcome: str, **values: Any) -> dict[str, Any]:
    """A call of Acme; times in seconds after eight."""
    at_us = EIGHT_US + at_s * S
    usual = {
        "call_id": f"c{seq}", "tenant_id": "acme", "direction": "inbound", "dnis": "100",
        "trunk_id": "line", "started_at_us": at_us, "ended_at_us": at_us + 60 * S,
    }  # fmt: skip
    return _row(calls, seq, outcome=outcome, **{**usual, **values})


def segment(seq: int, kind: str, call_id: str, at_s: int, **values: Any) -> dict[str, Any]:
    """A segment of a call."""
    at_us = EIGHT_US + at_s * S
    usual = {"ended_at_us": at_us + 1, "tenant_id": "acme", "told_us": -1}
    return _row(
        segments, seq, kind=kind, call_id=call_id, started_at_us=at_us, **{**usual, **values}
    )


def state(
    seq: int, agent_id: str, name: str, from_s: float, to_s: float | None, **values: Any
) -> dict[str, Any]:
    """An agent's state."""
    return _row(
        agent_states, seq, agent_id=agent_id, tenant_id="acme", state=name,
        started_at_us=EIGHT_US + round(from_s * S),
        ended_at_us=None if to_s is None else EIGHT_US + round(to_s * S), **values,
    )  # fmt: skip


def keep(
    engine: Engine, rows: Mapping[str, Iterable[dict[str, Any]]], last_s: float = HOUR_US
) -> None:
    """Write rows by table; the records reach up to ``last_s`` after eight."""
    migrate(engine)
    last_us = EIGHT_US + round(last_s * S)
    with engine.begin() as connection:
        connection.execute(
            insert(sources),
            {"source_id": 1, "name": "one", "is_simulated": False, "seq": 1, "idx": 0,
             "last_at_us": last_us, "is_closed": False},
        )  # fmt: skip
        for name, found in rows.items():
            values = list(found)
            if values:
                connection.execute(insert(metadata.tables[name]), values)


def small_day() -> dict[str, list[dict[str, Any]]]:
    """Ten attempts, nine received; sales and service, two agents of two teams."""
    queued = {"first_queue_id": "acme/sales", "last_queue_id": "acme/sales"}
    kim = {"last_agent_id": "acme/kim", "first_agent_id": "acme/kim"}
    lee = {"last_agent_id": "acme/lee", "first_agent_id": "acme/lee"}

    def answered(seq: int, at_s: int, waited_s: int, **more: Any) -> dict[str, Any]:
        at_us = EIGHT_US + at_s * S
        return call(
            seq, at_s, "answered", queued_at_us=at_us, answered_at_us=at_us + waited_s * S,
            waited_us=waited_s * S, rang_us=10 * S, answers=1, **{**queued, **more},
        )  # fmt: skip

    def gave_up(seq: int, at_s: int, waited_s: int, **more: Any) -> dict[str, Any]:
        at_us = EIGHT_US + at_s * S
        return call(
            seq, at_s, "abandoned", queued_at_us=at_us, waited_us=waited_s * S,
            **{**queued, **more},
        )  # fmt: skip

    in_service = {"first_queue_id": "acme/service", "last_queue_id": "acme/service"}
    found_calls = [
        answered(1, 0, 10, ani="+491", region="Berlin", call_type="order", **kim),
        answered(2, 300, 30, ani="+492", **kim),
        answered(3, 1800, 20, ani="+491", **in_service, **lee),
        gave_up(4, 400, 15),
        gave_up(5, 500, 45),
        gave_up(6, 2000, 60, **in_service),
        call(7, 600, "flow_ended", ended_by="system"),
        call(8, 700, "blocked", call_id=""),
        call(9, 800, "diverted", queued_at_us=EIGHT_US + 800 * S, waited_us=90 * S, **queued),
        answered(10, 2400, 5, ani="", **lee),
        call(11, 900, "answered", direction="outbound"),
    ]
    sales, service = {"queue_id": "acme/sales"}, {"queue_id": "acme/service"}
    by_kim, by_lee = {"agent_id": "acme/kim"}, {"agent_id": "acme/lee"}

    def wait(seq: int, call_id: str, at_s: int, outcome: str, waited_s: int, queue: dict[str, str],
             **more: Any) -> dict[str, Any]:  # fmt: skip
        return segment(
            seq,
            "queue_wait",
            call_id,
            at_s,
            outcome=outcome,
            waited_us=waited_s * S,
            **queue,
            **more,
        )

    def talk(seq: int, call_id: str, at_s: int, active_s: int, held_s: int, **more: Any) -> Any:
        return segment(
            seq, "talk", call_id, at_s, active_us=active_s * S, held_us=held_s * S, **more
        )

    found_segments = [
        wait(21, "c1", 0, "answered", 10, sales, **by_kim),
        wait(22, "c2", 300, "answered", 30, sales, **by_kim),
        wait(23, "c3", 1800, "answered", 20, service, **by_lee),
        wait(24, "c4", 400, "abandoned", 15, sales),
        wait(25, "c5", 500, "abandoned", 45, sales),
        wait(26, "c6", 2000, "abandoned", 60, service),
        wait(27, "c9", 800, "waited", 90, sales),
        wait(28, "c10", 2400, "answered", 5, sales, **by_lee),
        wait(29, "c2", 330, "no_staff", 5, sales, detail="resumed"),
        segment(31, "queue_refusal", "c7", 600, outcome="full", **sales),
        segment(32, "queue_refusal", "c7", 601, outcome="no_staff", **sales),
        talk(41, "c1", 10, 200, 0, outcome="caller", **sales, **by_kim),
        talk(42, "c2", 330, 100, 40, outcome="agent", **sales, **by_kim),
        talk(43, "c3", 1820, 300, 0, outcome="system", **service, **by_lee),
        talk(44, "c10", 2405, 50, 10, outcome="caller", **sales, **by_lee),
        segment(51, "wrap_up", "c1", 210, active_us=30 * S, **sales, **by_kim),
        segment(52, "wrap_up", "c3", 2120, active_us=50 * S, **service, **by_lee),
        segment(61, "transfer", "c2", 470, outcome="blind", target="queue acme/service", **by_kim),
        segment(62, "transfer", "c3", 1900, outcome="refused", **by_lee),
    ]
    found_states = [
        state(71, "acme/kim", "ready", -600, 0),
        state(72, "acme/kim", "ringing", 0, 10),
        state(73, "acme/kim", "talking", 10, 210),
        state(74, "acme/kim", "wrap_up", 210, 240),
        state(75, "acme/kim", "ready", 240, 320),
        state(76, "acme/kim", "ringing", 320, 330),
        state(77, "acme/kim", "talking", 330, 470),
        state(78, "acme/kim", "not_ready", 470, 3000, reason="lunch"),
        state(79, "acme/kim", "logged_out", 3000, None),
        state(81, "acme/lee", "ready", 1000, 1820),
        state(82, "acme/lee", "talking", 1820, 2120),
        state(83, "acme/lee", "wrap_up", 2120, 2170),
        state(84, "acme/lee", "ready", 2170, None),
    ]

    def turn(agent: str, from_s: int, to_s: int) -> dict[str, Any]:
        return {
            "agent_id": agent, "tenant_id": "acme", "started_at_us": EIGHT_US + from_s * S,
            "ended_at_us": EIGHT_US + to_s * S,
        }  # fmt: skip

    year = {"started_at_us": EIGHT_US - 365 * 86400 * S, "ended_at_us": EIGHT_US + 86400 * S * 365}
    return {
        "costs": [
            {"tenant_id": "acme", "what": "wages", "started_at_us": EIGHT_US - 3600 * S,
             "ended_at_us": EIGHT_US + 3600 * S, "amount_cents": 20_001},
            {"tenant_id": "acme", "what": "lines", "started_at_us": EIGHT_US,
             "ended_at_us": EIGHT_US + 7200 * S, "amount_cents": 5_000},
        ],
        "schedules": [
            turn("acme/kim", -300, 400), turn("acme/kim", 600, 1600), turn("acme/lee", 0, 900),
            turn("acme/lee", 3000, 7200), turn("acme/lee", 7200, 9000),
        ],
        "quality_scores": [
            {"call_id": "c1", "agent_id": "acme/kim", "tenant_id": "acme", "scored_by": "sam",
             "at_us": EIGHT_US + 900 * S, "score": 80},
            {"call_id": "c3", "agent_id": "acme/lee", "tenant_id": "acme", "scored_by": "sam",
             "at_us": EIGHT_US + 3000 * S, "score": 65},
        ],
        "head_counts": [{"tenant_id": "acme", "team_id": "acme/one", "heads": 4, **year}],
        "departures": [
            {"agent_id": "acme/max", "tenant_id": "acme", "team_id": "acme/one",
             "at_us": EIGHT_US + 60 * S},
        ],
        "calls": found_calls,
        "segments": found_segments,
        "agent_states": found_states,
        "agents": [
            {"agent_id": "acme/kim", "from_us": 0, "until_us": None, "tenant_id": "acme",
             "name": "Kim", "team_id": "acme/one"},
            {"agent_id": "acme/lee", "from_us": 0, "until_us": None, "tenant_id": "acme",
             "name": "Lee", "team_id": "acme/two"},
        ],
        "survey_answers": [
            _row(survey_answers, 91, call_id="c1", tenant_id="acme", agent_id="acme/kim",
                 queue_id="acme/sales", survey="s", question="q", score=4, scale=5,
                 at_us=EIGHT_US + 220 * S),
            _row(survey_answers, 92, call_id="c3", tenant_id="acme", agent_id="acme/lee",
                 queue_id="acme/service", survey="s", question="q", score=1, scale=5,
                 at_us=EIGHT_US + 2130 * S),
        ],
    }  # fmt: skip
