"""Callback in place of waiting: placed, kept to its hours, given up."""

from __future__ import annotations

import pytest
from msgspec import structs

from acdengine import commands as cmd
from acdengine import facts
from acdengine import requests as rq
from acdengine.engine.confirmation import REPEAT_LIMIT, REPEAT_US
from queues.policy import CallbackPolicy
from queues.targets import ToQueue
from tests.unit.engine.ringing_back import placed, plan
from tests.unit.engine.scene import OPENING_US, S, Scene, agent, centre, queue

# -- placing -----------------------------------------------------------------------------------


def test_a_caller_who_asks_for_it_hangs_up_and_keeps_the_place() -> None:
    scene = Scene(plan(confirm_prompt="we-call-you"))
    for call_id, ani in (("c0", "0120"), ("c1", "0123"), ("c2", "0122")):
        scene.calls(call_id, "a", ani=ani)
    scene.presses("c1", "1")
    assert scene.heard("c1") == ["we-call-you"]
    assert not scene.ordered(cmd.HangUpCall)
    scene.prompt_ends("c1")
    assert scene.ordered(cmd.HangUpCall, call_id="c1")
    assert scene.live("c1").leg_id == ""
    assert scene.position("c1") == 2
    assert scene.told(facts.CallbackPlaced, number="0123")
    scene.ready("anna")
    assert scene.ringing("c0") == ["anna"]
    scene.talk("anna", 5)
    assert scene.ringing("c1") == ["anna"]


def test_a_caller_who_hangs_up_before_the_confirmation_ends_is_rung_back_too() -> None:
    scene = Scene(plan(confirm_prompt="we-call-you"))
    scene.calls("c1", "a")
    scene.presses("c1", "1")
    scene.caller_hangs_up("c1")
    scene.ready("anna")
    assert scene.ringing("c1") == ["anna"]


def test_a_leg_that_will_not_go_down_is_ordered_down_again() -> None:
    scene = Scene(plan(confirm_prompt="we-call-you"))
    scene.calls("c1", "a")
    scene.ignored = (cmd.HangUpCall,)
    scene.presses("c1", "1")
    scene.wait(180)
    assert len(scene.ordered(cmd.HangUpCall, call_id="c1")) > 1, "the prompt's end was never heard"
    scene.ignored = ()
    scene.wait(10)
    scene.ready("anna")
    assert scene.ringing("c1") == ["anna"]


def test_who_stops_waiting_stops_the_agents_phone() -> None:
    scene = Scene(plan())
    scene.ready("anna")
    scene.call("c1", "a")
    scene.presses("c1", "1")
    assert scene.ordered(cmd.CancelRing)
    assert scene.ringing("c1") == ["anna"], "rung again, now for the callback"


def test_a_callback_can_be_asked_for_without_a_call() -> None:
    scene = Scene(plan())
    scene.calls("c0", "a")
    request = rq.CallbackRequested(scene.now_us, call_id="w1", queue_id="t/a", number="0777")
    assert scene.ask(request) == ""
    assert scene.position("w1") == 2
    assert scene.told(facts.CallStarted, call_id="w1", ani="0777", rule="callback")
    assert scene.ask(request) == "this call is known already"
    scene.ready("anna")
    scene.talk("anna", 5)
    scene.answers("anna")
    assert scene.ordered(cmd.DialCustomer)[0].number == "0777"


def test_a_callback_asked_for_later_rests_until_then() -> None:
    scene = Scene(plan())
    scene.ready("anna")
    later = scene.now_us + 600 * S
    request = rq.CallbackRequested(
        scene.now_us, call_id="w1", queue_id="t/a", number="0777", not_before_us=later
    )
    scene.ask(request)
    scene.rings_after("w1", 600, "anna")


@pytest.mark.parametrize(
    ("queue_id", "number", "problem"),
    [
        ("t/none", "0777", "no such queue"),
        ("t/b", "0777", "no callbacks in this queue"),
        ("t/a", "999", "this number may not be dialled"),
        ("t/a", "", "this number may not be dialled"),
        ("t/a", "+49", "this is no number that can be dialled"),
        ("t/a", "+49*21#", "this is no number that can be dialled"),
        ("t/a", "0x30", "this is no number that can be dialled"),
    ],
)
def test_what_cannot_be_rung_back(queue_id: str, number: str, problem: str) -> None:
    scene = Scene(plan())
    request = rq.CallbackRequested(scene.now_us, call_id="w1", queue_id=queue_id, number=number)
    assert scene.ask(request) == problem
    assert not scene.engine.state.calls


def test_there_are_no_more_callbacks_than_the_queue_allows() -> None:
    scene = Scene(plan(limit=1))
    scene.calls("c1 c2", "a")
    scene.presses("c1", "1")
    scene.presses("c2", "1")
    assert scene.live("c2").callback is None
    assert scene.live("c2").leg_id
    request = rq.CallbackRequested(scene.now_us, call_id="w1", queue_id="t/a", number="0777")
    assert scene.ask(request) == "too many callbacks"


# -- hours, expiry, cancelling -----------------------------------------------------------------


def test_nobody_is_rung_outside_the_hours() -> None:
    scene = Scene(plan())
    scene.wait(10 * 3600 - 60)
    scene.ready("anna")
    scene.call("c0", "a")
    scene.answers("anna")
    scene.call("c1", "a")
    scene.presses("c1", "1")
    scene.caller_hangs_up("c0")
    assert scene.ringing("c1") == ["anna"]
    scene.answers("anna")
    scene.customer_misses("c1")
    assert scene.live("c1").state == "waiting"
    scene.wait(3600)
    assert scene.ringing("c1") == []
    next_day = OPENING_US + 24 * 3600 * S
    callback = scene.live("c1").callback
    assert callback is not None
    assert callback.resume_us == next_day


def test_a_callback_asked_for_at_night_rests_until_the_morning() -> None:
    scene = Scene(plan(expires_us=24 * 3600 * S))
    scene.wait(12 * 3600)
    scene.ready("anna")
    request = rq.CallbackRequested(scene.now_us, call_id="w1", queue_id="t/a", number="0777")
    scene.ask(request)
    scene.wait(12 * 3600 - 2)
    assert scene.ringing("w1") == []
    scene.wait(1)
    assert scene.ringing("w1") == ["anna"]


def test_a_callback_not_reached_in_time_is_given_up() -> None:
    scene = placed(expires_us=7200 * S)
    scene.wait(7199)
    assert scene.live("c1").state == "waiting", "the longest wait of callers is not that of these"
    scene.wait(1)
    assert scene.outcome("c1") == "callback_failed"
    assert scene.told(facts.CallEnded)[0].cause == "expired"


def test_a_callback_that_expires_while_an_agent_is_rung_lets_the_agent_go() -> None:
    scene = placed(expires_us=600 * S)
    scene.wait(590)
    scene.ready("anna")
    scene.wait(9)
    assert scene.outcome("c1") == "callback_failed"
    assert scene.state("anna") == "ready"


def test_a_waiting_callback_can_be_cancelled() -> None:
    scene = placed()
    assert scene.ask(rq.CallbackCancelRequested(scene.now_us, call_id="c1")) == ""
    assert scene.outcome("c1") == "callback_failed"
    assert scene.told(facts.CallEnded)[0].cause == "cancelled"
    scene.ready("anna")
    assert scene.state("anna") == "ready"
    problem = scene.ask(rq.CallbackCancelRequested(scene.now_us, call_id="c1"))
    assert problem == "the call has ended"


def test_cancelling_while_the_agent_is_rung_frees_the_agent() -> None:
    scene = placed()
    scene.ready("anna")
    assert scene.ask(rq.CallbackCancelRequested(scene.now_us, call_id="c1")) == ""
    assert scene.state("anna") == "ready"


def test_cancelling_while_the_customer_is_rung_first_stops_that_and_a_late_answer_is_let_go() -> (
    None
):
    scene = placed(mode="customer_first")
    scene.ready("anna")
    scene.ignored = (cmd.CancelDial,)
    assert scene.ask(rq.CallbackCancelRequested(scene.now_us, call_id="c1")) == ""
    assert scene.ordered(cmd.CancelDial)
    scene.customer_answers("c1")
    assert scene.ordered(cmd.HangUpCall, call_id="c1")


def test_a_callback_with_somebody_on_the_line_is_not_cancelled() -> None:
    scene = placed()
    scene.ready("anna")
    scene.answers("anna")
    problem = scene.ask(rq.CallbackCancelRequested(scene.now_us, call_id="c1"))
    assert problem == "the caller or an agent is on the line"
    scene.customer_answers("c1")
    problem = scene.ask(rq.CallbackCancelRequested(scene.now_us, call_id="c1"))
    assert problem == "the call is no callback"


def test_a_callback_can_be_withdrawn_but_not_moved() -> None:
    scene = placed()
    move = rq.MoveRequested(scene.now_us, call_id="c1", target=ToQueue("t/b"))
    assert scene.ask(move) == "a callback cannot be moved"
    assert scene.ask(rq.WithdrawRequested(scene.now_us, call_id="c1")) == ""
    assert scene.outcome("c1") == "callback_failed"


@pytest.mark.parametrize("request_name", ["move", "withdraw"])
def test_a_call_about_to_become_a_callback_is_neither_moved_nor_left_hanging(
    request_name: str,
) -> None:
    scene = Scene(plan(confirm_prompt="we-call-you"))
    scene.calls("c1", "a")
    scene.presses("c1", "1")
    if request_name == "move":
        move = rq.MoveRequested(scene.now_us, call_id="c1", target=ToQueue("t/b"))
        assert scene.ask(move) == "a callback cannot be moved"
        assert scene.live("c1").queue_id == "t/a"
    else:
        assert scene.ask(rq.WithdrawRequested(scene.now_us, call_id="c1")) == ""
        assert scene.outcome("c1") == "withdrawn"


def test_the_leg_of_a_callback_that_is_not_confirmed_down_is_hung_up_again_so_often() -> None:
    scene = Scene(plan())
    scene.calls("c1", "a")
    scene.ignored = (cmd.HangUpCall,)
    scene.presses("c1", "1")
    scene.wait(REPEAT_US // S * REPEAT_LIMIT)
    assert len(scene.ordered(cmd.HangUpCall)) == 1 + REPEAT_LIMIT
    assert scene.live("c1").leg_id
    scene.wait(REPEAT_US // S)
    assert len(scene.ordered(cmd.HangUpCall)) == 1 + REPEAT_LIMIT
    assert not scene.live("c1").leg_id, "and then taken as down"
    assert scene.engine.state.counters["unconfirmed_orders"] == 1


# -- reloads -----------------------------------------------------------------------------------


def test_callbacks_that_wait_are_served_after_the_queue_offers_none_any_more() -> None:
    scene = placed(mode="agent_first")
    scene.reload(centre(queue("a"), queue("b"), agent("anna", "a")))
    scene.ready("anna")
    scene.answers("anna")
    scene.customer_misses("c1")
    scene.wait(300)
    assert scene.ringing("c1") == ["anna"]
    scene.answers("anna")
    scene.customer_answers("c1")
    assert scene.live("c1").state == "talking"


def test_a_priority_given_to_a_callback_counts() -> None:
    scene = Scene(plan())
    scene.calls("c1 c2", "a")
    scene.presses("c2", "1")
    request = rq.PriorityChangeRequested(scene.now_us, call_id="c2", priority=5)
    assert scene.ask(request) == ""
    scene.ready("anna")
    assert scene.ringing("c2") == ["anna"]


# -- one callback for a number -----------------------------------------------------------------


def request(scene: Scene, call_id: str, number: str = "0777", queue_id: str = "t/a") -> str:
    return scene.ask(
        rq.CallbackRequested(scene.now_us, call_id=call_id, queue_id=queue_id, number=number)
    )


def test_a_second_request_for_a_number_is_told_about_the_first() -> None:
    scene = Scene(plan(2))
    scene.calls("c0", "a")
    assert request(scene, "w1") == ""
    assert request(scene, "w2") == "this number is to be rung back already, by w1"
    assert request(scene, "w3", "0778") == ""
    scene.ready("anna", "ben")
    scene.talk("anna", 1)
    assert sorted(order.number for order in scene.ordered(cmd.DialCustomer)) == []
    scene.answers("ben")
    scene.answers("anna")
    assert sorted(order.number for order in scene.ordered(cmd.DialCustomer)) == ["0777", "0778"]


@pytest.mark.parametrize("again", ["+49301234", "0049301234"])
def test_a_number_is_the_same_however_it_is_dialled(again: str) -> None:
    scene = Scene(plan())
    assert request(scene, "w1", "+49301234") == ""
    assert request(scene, "w2", again) == "this number is to be rung back already, by w1"


def test_a_national_number_is_the_international_one_of_its_country() -> None:
    national = [
        part if part.queue_id != "t/a" else structs.replace(part, country_code="49")
        for part in plan().queues.values()
    ]
    in_germany = structs.replace(plan(), queues={one.queue_id: one for one in national})
    scene = Scene(in_germany)
    assert request(scene, "w1", "0301234") == ""
    for again in ("+49301234", "0049301234", "49301234", "0301234"):
        assert request(scene, "w2", again) == "this number is to be rung back already, by w1"
    # Known by the new rule, and over by it, when the settings change.
    scene.reload(plan())
    assert request(scene, "w3", "+49301234") == ""
    scene.reload(in_germany)
    scene.reload(plan())
    for call_id in ("w1", "w3"):
        assert scene.ask(rq.CallbackCancelRequested(scene.now_us, call_id=call_id)) == ""
    scene.reload(in_germany)
    assert request(scene, "w4", "+49301234") == ""


def test_a_number_may_be_rung_back_again_once_that_is_over() -> None:
    scene = Scene(plan())
    request(scene, "w1")
    scene.ask(rq.CallbackCancelRequested(scene.now_us, call_id="w1"))
    assert request(scene, "w2") == ""
    scene.ready("anna")
    scene.answers("anna")
    scene.customer_answers("w2")
    assert request(scene, "w3") == ""


def test_the_caller_who_rings_in_takes_over_the_place() -> None:
    scene = Scene(plan())
    request(scene, "w1", "0123")
    scene.wait(60)
    scene.calls("c2", "a")
    scene.call("c1", "a", ani="0123")
    assert scene.outcome("w1") == "taken_over"
    assert [scene.position(c) for c in ("c1", "c2")] == [1, 2]
    assert scene.told(facts.CallLeftQueue, call_id="w1", reason="rang_in", to="call c1")
    assert scene.told(facts.CallQueued, call_id="c1", resumed=True)
    scene.ready("anna")
    assert scene.served_order("anna", 2) == ["c1", "c2"]
    assert not scene.ordered(cmd.DialCustomer), "who has been served is not rung back"


def test_who_takes_over_a_place_is_taken_in_by_a_full_queue() -> None:
    full = structs.replace(plan().queues["t/a"], max_length=1)
    scene = Scene(structs.replace(plan(), queues={**plan().queues, "t/a": full}))
    request(scene, "w1", "0123")
    scene.call("c1", "a", ani="0123")
    assert scene.position("c1") == 1
    scene.call("c2", "a")
    assert scene.outcome("c2") == "turned_away"


def test_who_rings_in_while_being_rung_stops_that() -> None:
    scene = Scene(plan())
    request(scene, "w1", "0123")
    scene.ready("anna")
    scene.answers("anna")
    assert len(scene.ordered(cmd.DialCustomer)) == 1
    scene.call("c1", "a", ani="0123")
    assert scene.ordered(cmd.CancelDial, call_id="w1")
    assert scene.ringing("c1") == ["anna"], "free again, once the leg is down"


def test_who_rings_in_and_hangs_up_unserved_is_rung_back_after_all() -> None:
    scene = Scene(plan())
    request(scene, "w1", "0123")
    scene.wait(60)
    scene.calls("c2", "a")
    scene.calls("c1", "a", ani="0123")
    scene.caller_hangs_up("c1")
    assert [scene.position(c) for c in ("c1", "c2")] == [1, 2]
    assert not scene.told(facts.CallLeftQueue, call_id="c1")
    scene.ready("anna")
    scene.answers("anna")
    [order] = scene.ordered(cmd.DialCustomer)
    assert (order.call_id, order.number) == ("c1", "0123")
    scene.customer_answers("c1")
    assert scene.live("c1").state == "talking"


def test_who_rings_in_and_hangs_up_as_an_agent_answers_is_rung_back_after_all() -> None:
    scene = Scene(plan())
    scene.ignored = (cmd.Bridge,)
    request(scene, "w1", "0123")
    scene.call("c1", "a", ani="0123")
    scene.ready("anna")
    scene.answers("anna")
    assert scene.live("c1").state == "connecting"
    scene.caller_hangs_up("c1")
    assert scene.live("c1").callback is not None
    assert scene.ringing("c1") == ["anna"]


def test_who_was_served_and_hangs_up_is_not_rung_back() -> None:
    scene = Scene(plan())
    request(scene, "w1", "0123")
    scene.ready("anna")
    scene.call("c1", "a", ani="0123")
    scene.talk("anna", 5)
    assert scene.is_over("c1")
    assert not scene.ordered(cmd.DialCustomer, call_id="c1")


def test_a_callback_that_has_expired_meanwhile_does_not_hold_again() -> None:
    scene = Scene(plan(expires_us=600 * S))
    request(scene, "w1", "0123")
    scene.call("c1", "a", ani="0123")
    scene.wait(601)
    scene.caller_hangs_up("c1")
    assert scene.outcome("c1") == "abandoned"


def test_two_callers_with_one_number_who_ask_for_it_are_rung_back_once() -> None:
    """At the place of the first."""
    scene = Scene(plan())
    scene.calls("c1 c3", "a", ani="0123")
    scene.calls("c2", "a", ani="0124")
    scene.presses("c1", "1")
    scene.presses("c3", "1")
    assert scene.outcome("c1") == "taken_over"
    assert [scene.position(c) for c in ("c3", "c2")] == [1, 2]
    scene.ready("anna")
    scene.answers("anna")
    assert [order.call_id for order in scene.ordered(cmd.DialCustomer)] == ["c3"]


def test_who_is_served_on_another_line_is_not_rung_back() -> None:
    scene = Scene(plan())
    scene.calls("c1 c2", "a", ani="0123")
    scene.presses("c2", "1")
    scene.ready("anna")
    scene.talk("anna", 5)
    assert scene.outcome("c1") == "answered"
    assert scene.outcome("c2") == "taken_over"


def test_callbacks_of_two_queues_are_two() -> None:
    callback = CallbackPolicy()
    scene = Scene(queue("a", callback=callback), queue("b", callback=callback), agent("anna", "a"))
    assert request(scene, "w1") == ""
    assert request(scene, "w2", queue_id="t/b") == ""


def test_a_second_caller_is_not_rung_back_while_the_first_hears_the_confirmation() -> None:
    scene = Scene(plan(confirm_prompt="we-call-you"))
    scene.calls("c1 c2", "a", ani="0123")
    scene.presses("c1", "1")
    scene.presses("c2", "1")
    assert scene.live("c2").callback is None
    scene.prompt_ends("c1")
    scene.presses("c2", "1")
    assert scene.outcome("c1") == "taken_over"
    scene.prompt_ends("c2")
    assert scene.position("c2") == 1
