"""Fact fan-out: at once or through an outbox, and what happens at its limit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from acdengine.engine import Engine
from acdengine.facts import AnyFact, CallRefused
from acdengine.ports import FactKeys
from acdengine.runtime.fact_fanout import KEPT_LIMIT, FactFanout
from acdengine.runtime.facts_file import FactsFile, last_seq
from acdengine.runtime.journal import Journal
from acdengine.runtime.longest_waits import LongestWaits
from acdengine.runtime.loop import Runtime
from acdengine.runtime.meters import Meters
from tests.unit.runtime.centre import DAY_US, HandClock, Nobody, S, arrival, plan


class Noting:
    """Notes the numbers of the events that it is told of."""

    def __init__(self) -> None:
        self.seqs: list[int] = []
        self.error: Exception | None = None

    def take(self, seq: int, facts: Sequence[AnyFact]) -> None:
        self.seqs.append(seq)
        if self.error is not None:
            raise self.error


def some_facts(number: int) -> list[AnyFact]:
    return [CallRefused(DAY_US, f"c{n}", "acme", "1", "2", "t", "full") for n in range(number)]


@pytest.fixture
def fanout() -> FactFanout:
    return FactFanout(Meters())


def test_some_are_told_at_once_and_others_when_somebody_asks(fanout: FactFanout) -> None:
    first, later = Noting(), Noting()
    fanout.add(later, later=True)
    fanout.add(first, later=False)
    fanout.tell(1, some_facts(2))
    fanout.tell(2, some_facts(1))
    assert (first.seqs, later.seqs) == ([1, 2], [])
    fanout.catch_up()
    fanout.catch_up()
    assert (first.seqs, later.seqs) == ([1, 2], [1, 2])


def test_not_more_is_kept_than_can_be_told_quickly(fanout: FactFanout) -> None:
    later = Noting()
    fanout.add(later, later=True)
    fanout.tell(1, some_facts(KEPT_LIMIT - 1))
    assert later.seqs == []
    fanout.tell(2, some_facts(1))
    assert later.seqs == [1, 2]


def test_nobody_hears_of_the_time_before_he_was_added_nor_misses_what_was_before_he_left(
    fanout: FactFanout,
) -> None:
    one, other = Noting(), Noting()
    fanout.add(one, later=True)
    fanout.tell(1, some_facts(1))
    fanout.add(other, later=True)
    fanout.tell(2, some_facts(1))
    fanout.remove(one)
    fanout.tell(3, some_facts(1))
    fanout.catch_up()
    assert (one.seqs, other.seqs) == ([1, 2], [2, 3])


def test_nothing_is_kept_where_nobody_is_told_later(fanout: FactFanout) -> None:
    first, later = Noting(), Noting()
    fanout.add(first, later=False)
    fanout.tell(1, some_facts(1))
    fanout.add(later, later=True)
    fanout.catch_up()
    assert (first.seqs, later.seqs) == ([1], [])


def test_one_that_fails_later_does_not_keep_the_facts_from_the_others() -> None:
    meters = Meters()
    fanout = FactFanout(meters)
    broken, well = Noting(), Noting()
    broken.error = OSError("gone")
    fanout.add(broken, later=True)
    fanout.add(well, later=True)
    fanout.tell(1, some_facts(1))
    fanout.tell(2, some_facts(1))
    fanout.catch_up()
    assert (broken.seqs, well.seqs) == ([1, 2], [1, 2])
    assert (meters.sink_errors, meters.facts) == (2, 2)


def test_a_full_outbox_of_sinks_is_delivered_and_counted() -> None:
    meters = Meters()
    fanout = FactFanout(meters)
    fanout.add(Noting(), later=True)
    fanout.tell(1, some_facts(KEPT_LIMIT))
    assert (meters.outbox_full, meters.facts_dropped) == (1, 0)


def test_a_slow_reader_loses_the_facts_above_its_limit_which_are_counted() -> None:
    meters = Meters()
    fanout = FactFanout(meters)
    outbox = fanout.open_outbox(4)
    for seq, count in ((1, 3), (2, 2), (3, 1)):
        fanout.tell(seq, some_facts(count))
    assert [(seq, len(facts)) for seq, facts in outbox.take_all()] == [(1, 3), (3, 1)]
    assert (outbox.dropped, meters.facts_dropped) == (2, 2)
    fanout.tell(4, some_facts(4))
    assert len(outbox) == 4
    fanout.close_outbox(outbox)
    fanout.tell(5, some_facts(1))
    assert [seq for seq, _ in outbox.take_all()] == [4]


def test_the_index_of_a_fact_goes_on_within_an_event_and_begins_again_with_the_next() -> None:
    keys = FactKeys()
    assert [keys.first(7, 2), keys.first(7, 1), keys.first(7, 1), keys.first(8, 1)] == [0, 2, 3, 0]


def test_a_snapshot_waits_for_the_facts_that_it_makes_impossible_to_tell_again(
    tmp_path: Path,
) -> None:
    journal = Journal(tmp_path / "journal", "never")
    made = Runtime(Engine(plan()), HandClock(), journal=journal)
    made.woken_by(Nobody())
    path = tmp_path / "facts.jsonl"
    facts = FactsFile(path, None)
    made.add_sink(facts, later=True)
    made.before_snapshot = facts.flush
    made.snapshot()
    made.post(arrival(1))
    made.turn()
    made.snapshot()
    assert last_seq(path) == made.seq == 1
    facts.close()
    journal.close()


def test_the_longest_wait_is_that_of_this_moment_though_it_is_told_later() -> None:
    clock = HandClock()
    made = Runtime(Engine(plan()), clock)
    made.woken_by(Nobody())
    longest = LongestWaits(lambda: made.state, made.catch_up)
    made.add_sink(longest, later=True)
    made.post(arrival(1))
    made.turn()
    (queue_id,) = [queue_id for queue_id, queue in made.state.queues.items() if queue.calls]
    assert longest.longest_us(queue_id, clock.us + 7 * S) == 7 * S
