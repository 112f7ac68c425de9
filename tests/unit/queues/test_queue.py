"""A queue's limits, its staff and the places it keeps."""

from __future__ import annotations

import pytest

from queues.deadlines import NEVER_US
from queues.policy import (
    WORKING,
    Announcements,
    EstimatePolicy,
    OrderPolicy,
    QueuePolicy,
    RecordingPolicy,
    StaffRule,
)
from queues.queue import FULL_SHARE, CallQueue, Place, WaitingCall

S = 1_000_000


def a_queue(**policy: object) -> CallQueue:
    return CallQueue(QueuePolicy(queue_id="t/q", tenant_id="t", name="q", **policy))  # type: ignore[arg-type]


def a_call(name: str, serial: int = 1, **more: int) -> WaitingCall:
    call = WaitingCall(call_id=name, tenant_id="t", serial=serial)
    for field, value in more.items():
        setattr(call, field, value)
    return call


def test_a_place_counts_all_waiting_and_all_credit() -> None:
    queue = a_queue(order=OrderPolicy(boost_per_priority_us=10))
    calls = [
        a_call("plain", 1, wait_since_us=1000),
        a_call("waited before", 2, wait_since_us=1100, waited_us=101),
        a_call("credit", 3, wait_since_us=1100, boost_us=102),
        a_call("priority", 4, wait_since_us=1100, priority=11),
    ]
    for call in calls:
        queue.join(call, 1100)
    positions = {call.call_id: queue.position(call, 1100) for call in calls}
    assert positions == {"priority": 1, "credit": 2, "waited before": 3, "plain": 4}
    calls[0].priority = 50
    queue.rerank(calls[0])
    assert queue.position(calls[0], 1100) == 1
    queue.leave(calls[0])
    assert (calls[0].queue_id, len(queue.line)) == ("", 3)


def test_a_new_call_waits_nowhere_and_nothing_is_due_for_it() -> None:
    call = WaitingCall("c", "t", 7)
    assert (call.call_id, call.tenant_id, call.serial) == ("c", "t", 7)
    assert (call.queue_id, call.queue, call.joined_us, call.wait_since_us) == ("", None, 0, 0)
    assert (call.rank, call.weight, call.due_us, call.deadline) == (0, 1.0, NEVER_US, 0)


def test_the_wait_goes_on_in_a_queue_alone() -> None:
    call = a_call("c", wait_since_us=100, waited_us=30)
    assert call.wait_us(150) == 30
    call.queue_id = "t/q"
    assert call.wait_us(150) == 80


def test_a_new_queue_takes_calls_and_nothing_is_due_for_it() -> None:
    queue = a_queue()
    assert (queue.drained, queue.removed, queue.draining) == (False, False, False)
    assert (queue.unstaffed_deadline, queue.unstaffed_due_us, queue.callbacks) == (0, 0, 0)


@pytest.mark.parametrize(
    ("announcements", "tells"),
    [
        (Announcements(), False),
        (Announcements(greeting="hello"), False),
        (Announcements(position=True), True),
        (Announcements(estimate=True), True),
        (Announcements(comfort=("wait",)), True),
    ],
)
def test_whether_callers_are_told_anything(announcements: Announcements, tells: bool) -> None:
    assert a_queue(announcements=announcements).tells is tells


@pytest.mark.parametrize(
    ("mode", "records"),
    [("never", False), ("on_request", False), ("always", True), ("share", True)],
)
def test_whether_conversations_are_recorded_without_a_request(mode: str, records: bool) -> None:
    policy = RecordingPolicy(mode=mode)  # type: ignore[arg-type]
    assert a_queue(recording=policy).records is records


@pytest.mark.parametrize(
    ("order", "weight", "sooner_us"),
    [
        (OrderPolicy(), 1.0, 0),
        (OrderPolicy(boosts_us={0: 40}), 1.0, 40),
        (OrderPolicy(mode="weights", weights={0: 3.0}), 3.0, 0),
        (OrderPolicy(mode="weights", weights={0: 3.0}, boosts_us={1: 40}), 3.0, 0),
    ],
)
def test_priority_0_may_have_a_weight_and_a_boost_of_its_own(
    order: OrderPolicy, weight: float, sooner_us: int
) -> None:
    queue, call = a_queue(order=order), a_call("c", wait_since_us=1000)
    other = a_call("other", wait_since_us=1000 - sooner_us)
    queue.rank(call)
    a_queue().rank(other)
    assert (call.weight, call.rank) == (weight, other.rank)


def test_a_priority_adds_to_the_waiting_done_so_far() -> None:
    queue = a_queue(order=OrderPolicy(boost_per_priority_us=10))
    call = a_call("c", wait_since_us=1000, waited_us=300, boost_us=50, priority=2)
    other = a_call("other", wait_since_us=1000 - 300 - 50 - 20)
    queue.rank(call)
    queue.rank(other)
    assert call.rank == other.rank


def test_a_queue_is_full_at_its_length_and_capped_at_its_conversations() -> None:
    queue = a_queue(max_length=1, max_conversations=2)
    assert not queue.is_full()
    queue.join(a_call("c1"), 0)
    assert queue.is_full()
    queue.conversations, queue.ringing = 1, 0
    assert not queue.is_capped()
    queue.ringing = 1
    assert queue.is_capped()
    assert not a_queue().is_capped()
    assert not a_queue().is_full()


@pytest.mark.parametrize(
    ("rule", "enough"),
    [
        (StaffRule(), True),
        (StaffRule(at_least=2), True),
        (StaffRule(at_least=3), False),
        (StaffRule(states=("not_ready",)), True),
        (StaffRule(states=("not_ready",), at_least=2), False),
        (StaffRule(states=(*WORKING, "not_ready"), at_least=3), True),
        (StaffRule(states=(*WORKING, "not_ready"), at_least=4), False),
    ],
)
def test_who_counts_as_staff(rule: StaffRule, enough: bool) -> None:
    queue = a_queue()
    queue.working, queue.resting = 2, 1
    assert queue.has_staff(rule) == enough


def test_single_states_are_counted_by_the_engine() -> None:
    queue = a_queue()
    queue.working = 5
    assert not queue.has_staff(StaffRule(states=("ready",)), 0)
    assert queue.has_staff(StaffRule(states=("ready",)), 1)


def test_a_newcomer_waits_behind_everybody() -> None:
    queue = a_queue()
    queue.shares = 2 * FULL_SHARE
    assert queue.newcomer_estimate_us(0) == 90 * S
    queue.join(a_call("c1"), 0)
    assert queue.newcomer_estimate_us(0) == 180 * S


def test_a_place_is_kept_for_a_time_and_given_back_once() -> None:
    queue = a_queue(resume_us=60 * S)
    place = Place(0, 5 * S, 10 * S)
    queue.remember("0777", place)
    assert queue.resume("0888", 11 * S) is None
    assert queue.resume("0777", 70 * S) == place
    assert queue.resume("0777", 70 * S) is None
    queue.remember("0777", place)
    assert queue.resume("0777", 70 * S + 1) is None


def test_places_are_not_kept_without_end() -> None:
    queue = a_queue(resume_us=60 * S)
    for number in range(25_000):
        queue.remember(str(number), Place(0, 0, number))
    assert len(queue.dump_places()) <= 20_000
    assert queue.resume("24999", 0) is not None
    assert queue.resume("15001", 0) is not None
    assert queue.resume("0", 0) is None


def test_a_number_is_rung_back_by_one_call_until_that_is_over() -> None:
    queue = a_queue()
    assert queue.callback_to("+4930123") == ""
    queue.callback_placed("+4930123", "c1")
    assert (queue.callback_to("004930123"), queue.callback_to(""), queue.callbacks) == ("c1", "", 1)
    queue.callback_over("+4930123", "c2")
    assert queue.callback_to("+4930123") == "c1"
    queue.callback_over("+4930123", "c1")
    queue.callback_over("+4930123", "c1")
    assert (queue.callback_to("+4930123"), queue.callbacks) == ("", 0)


def test_the_estimate_leaves_out_the_share_that_gives_up() -> None:
    queue = a_queue(estimate=EstimatePolicy(initial_handle_us=100 * S))
    queue.shares = 2 * FULL_SHARE
    for number in range(3):
        queue.join(a_call(f"c{number}", number), 0)
    assert queue.newcomer_estimate_us(10 * S) == (3 + 1) * 50 * S
    for _ in range(3):
        queue.service_level.answered(0, 10 * S)
    queue.service_level.abandoned(0, 10 * S)
    assert queue.estimate_us(3, 10 * S) == (3 * 3 / 4 + 1) * 50 * S
    assert queue.newcomer_estimate_us(10 * S) == queue.estimate_us(3, 10 * S)


def test_of_too_many_places_the_one_kept_longest_ago_is_dropped() -> None:
    queue = a_queue(resume_us=S)
    for number in range(10_000):
        queue.remember(f"n{number}", Place(0, 0, 0))
    queue.remember("n5", Place(1, 1, 0))
    assert len(queue.dump_places()) == 10_000
    queue.remember("new", Place(0, 0, 0))
    assert len(queue.dump_places()) == 10_000
    assert queue.resume("n0", 0) is None
    assert queue.resume("n1", 0) == Place(0, 0, 0)
    assert queue.resume("n5", 0) == Place(1, 1, 0)
    assert queue.resume("n5", 0) is None
