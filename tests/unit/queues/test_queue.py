"""A queue's limits, its staff and the places it keeps."""

from __future__ import annotations

import pytest

from queues.policy import WORKING, OrderPolicy, QueuePolicy, StaffRule
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
