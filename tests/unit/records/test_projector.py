"""The projector: which rows facts make, whenever it is stopped and goes on."""

from __future__ import annotations

from collections import Counter
from typing import Any, get_args

import pytest

from acdengine.conversation_facts import (
    ConsultChanged,
    RecordingPaused,
    RecordingResumed,
    SupervisionChanged,
)
from acdengine.facts import (
    AcceptanceAwaited,
    AnyFact,
    CallConnected,
    CallEnded,
    CallLeftQueue,
    CallQueued,
    CallRefused,
    CallStarted,
    CallSteppedBack,
    CallTurnedBusy,
    EstimateChecked,
    OfferMade,
    RequirementRelaxed,
)
from acdengine.flow_facts import AgentPinChecked
from acdengine.records.intervals import COUNT_NAMES, INTERVAL_US, WITHIN_NAMES, QueueIntervals
from acdengine.records.projector import Projector
from acdengine.records.rows import TABLE_OF
from tests.unit.records.history import Tables, Told, of_a_busy_day, of_a_seed, tables_of

#: Facts that say no more than others do, of which rows are made.
NO_ROWS = {
    AcceptanceAwaited, CallSteppedBack, ConsultChanged, EstimateChecked, RecordingPaused,
    RecordingResumed, RequirementRelaxed, SupervisionChanged,
}  # fmt: skip
STRUCTS = {name: kind for kind, name in TABLE_OF.items()}


def column(table: str, name: str) -> int:
    return STRUCTS[table].__struct_fields__.index(name)


def values(tables: Tables, table: str, *names: str) -> list[tuple[Any, ...]]:
    """Columns of a table, in the order of its keys."""
    places = [column(table, name) for name in names]
    rows = sorted(tables.rows.get(table, {}).items())
    return [tuple(row[place] for place in places) for _, row in rows]


def test_every_kind_of_fact_makes_rows_or_is_named_here() -> None:
    assert set(get_args(AnyFact)) - Projector(1).handled == NO_ROWS


def test_a_call_that_was_answered_and_one_that_gave_up() -> None:
    tables = tables_of(of_a_busy_day(calls=4))
    calls = values(tables, "calls", "call_id", "outcome", "first_agent_id", "waits", "answers")
    assert calls == [
        ("c1", "answered", "acme/a1", 1, 1),
        ("c2", "", "acme/a2", 1, 1),
        ("c3", "abandoned", "", 1, 0),
        ("c4", "", "", 1, 0),
    ]
    waits = [
        row
        for row in values(tables, "segments", "kind", "call_id", "outcome", "waited_us")
        if row[0] == "queue_wait"
    ]
    assert waits == [
        ("queue_wait", "c1", "answered", 1_000_005),
        ("queue_wait", "c2", "answered", 1_000_005),
        ("queue_wait", "c3", "abandoned", 1_000_000),
        ("queue_wait", "c4", "", 0),
    ]


def test_the_call_goes_with_the_agent_up_to_wrap_up() -> None:
    states = values(tables_of(of_a_busy_day(4)), "agent_states", "agent_id", "state", "call_id")
    first = [(state, call_id) for agent_id, state, call_id in states if agent_id == "acme/a1"]
    assert first[:5] == [
        ("not_ready", ""), ("ready", ""), ("ringing", "c1"), ("talking", "c1"), ("wrap_up", "c1"),
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_stopped_anywhere_it_goes_on_from_the_rows_that_have_no_end(seed: int) -> None:
    told = of_a_seed(seed)
    whole = tables_of(told)
    tables, projector = Tables(), Projector(1)
    for place, (seq, facts) in enumerate(told):
        projector.take(seq, 0, facts)
        if place % (seed * 3 + 1) == 0:
            tables.write(projector.drain())
        if place % (seed * 15 + 5) == 0:
            tables.write(projector.drain())
            projector = Projector(1)
            for table in ("calls", "segments", "agent_states", "callbacks"):
                end = column(table, "ended_at_us")
                projector.resume(table, tables.open_rows(table, end))
    tables.write(projector.drain())
    assert tables.rows == whole.rows
    assert tables.intervals == whole.intervals


def test_the_facts_of_an_event_may_come_in_several_parts() -> None:
    told = of_a_busy_day()
    projector, tables = Projector(1), Tables()
    for seq, facts in told:
        for index, fact in enumerate(facts):
            projector.take(seq, index, [fact])
    tables.write(projector.drain())
    assert tables.rows == tables_of(told).rows


def of_kind(told: list[Told], *kinds: type[AnyFact]) -> list[Any]:
    return [fact for _, facts in told for fact in facts if type(fact) in kinds]


@pytest.mark.parametrize("seed", range(6, 12))
def test_rows_are_what_an_independent_count_of_the_facts_gives(seed: int) -> None:
    told = of_a_seed(seed)
    tables = tables_of(told)
    outcomes = Counter(outcome for (outcome,) in values(tables, "calls", "outcome"))
    begun = len(of_kind(told, CallStarted, CallRefused, CallTurnedBusy))
    assert outcomes.total() == begun
    # Some that are refused have an end as well, though they never began.
    started = {fact.call_id for fact in of_kind(told, CallStarted)}
    ended = Counter(fact.outcome for fact in of_kind(told, CallEnded) if fact.call_id in started)
    ended["refused"] += len(of_kind(told, CallRefused))
    ended["blocked"] += len(of_kind(told, CallTurnedBusy))
    del outcomes[""]
    assert outcomes == +ended
    kinds = Counter(kind for (kind,) in values(tables, "segments", "kind"))
    assert kinds["queue_wait"] == len(of_kind(told, CallQueued))
    assert kinds["offer"] == len(of_kind(told, OfferMade))
    waited = sum(fact.waited_us for fact in of_kind(told, CallConnected, CallLeftQueue))
    assert sum(us for (us,) in values(tables, "calls", "waited_us")) <= waited


@pytest.mark.parametrize("seed", range(6))
def test_the_counts_of_queues_add_up(seed: int) -> None:
    tables = tables_of(of_a_seed(seed))
    names = (*COUNT_NAMES, *WITHIN_NAMES)
    sums = dict.fromkeys(names, 0)
    for counts in tables.intervals.values():
        for name, count in zip(names, counts, strict=True):
            sums[name] += count
    waits = values(tables, "segments", "kind", "outcome", "ended_at_us")
    unfinished = sum(kind == "queue_wait" and end is None for kind, _, end in waits)
    left = sums["answered"] + sums["abandoned"] + sums["left_otherwise"]
    lost = sum(kind == "queue_wait" and how == "replaced" for kind, how, _ in waits)
    assert sums["queued"] + sums["resumed"] == left + unfinished + lost
    for what in ("answered", "abandoned"):
        within = [sums[name] for name in WITHIN_NAMES if name.startswith(what)]
        assert within == sorted(within)
        assert within[-1] <= sums[what]


@pytest.mark.parametrize(("waited_s", "columns"), [(5, 12), (5.000001, 11), (600, 1), (601, 0)])
def test_a_wait_counts_in_all_columns_that_are_as_long(waited_s: float, columns: int) -> None:
    intervals = QueueIntervals()
    intervals.of("acme/sales", INTERVAL_US + 1).answered += 1
    intervals.add_wait("acme/sales", INTERVAL_US + 1, int(waited_s * 1e6), answered=True)
    ((source_id, queue_id, at_us, tenant_id, *counts),) = intervals.drain(7)
    assert (source_id, queue_id, at_us, tenant_id) == (7, "acme/sales", INTERVAL_US, "acme")
    assert sum(map(int, counts[len(COUNT_NAMES) :])) == columns
    assert intervals.drain(7) == []


def test_a_pin_that_an_agent_typed_is_among_the_changes() -> None:
    told: list[Told] = [
        (1, [AgentPinChecked(5, "c1", "acme/ann", "locked")]),
        (2, [AgentPinChecked(6, "c2", "", "refused")]),
    ]
    found = values(tables_of(told), "changes", "kind", "tenant_id", "subject", "detail")
    assert [row[:3] for row in found] == [
        ("agent_pin", "acme", "acme/ann"),
        ("agent_pin", "", "c2"),
    ]
    assert found[0][3] == '{"call_id":"c1","outcome":"locked","locked_until_us":0}'


def test_an_event_without_facts_makes_no_rows() -> None:
    projector = Projector(1)
    projector.take(1, 0, [])
    assert (projector.drain().row_count, projector.last_at_us) == (0, 0)
