"""Callback in place of waiting: placed, kept to its hours, given up."""

from __future__ import annotations

import pytest

from acdengine import commands as cmd
from acdengine import facts
from acdengine import requests as rq
from queues.targets import ToQueue
from tests.unit.engine.ringing_back import placed, plan
from tests.unit.engine.scene import OPENING_US, S, Scene, agent, centre, queue

# -- placing -----------------------------------------------------------------------------------


def test_a_caller_who_asks_for_it_hangs_up_and_keeps_the_place() -> None:
    scene = Scene(plan(confirm_prompt="we-call-you"))
    scene.calls("c0 c1 c2", "a", ani="0123")
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
    ],
)
def test_what_cannot_be_rung_back(queue_id: str, number: str, problem: str) -> None:
    scene = Scene(plan())
    request = rq.CallbackRequested(scene.now_us, call_id="w1", queue_id=queue_id, number=number)
    assert scene.ask(request) == problem
    assert not scene.engine.floor.calls


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
    assert problem == "no such callback"


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
    assert problem == "no such callback"


def test_a_callback_can_be_withdrawn_but_not_moved() -> None:
    scene = placed()
    move = rq.MoveRequested(scene.now_us, call_id="c1", target=ToQueue("t/b"))
    assert scene.ask(move) == "no such waiting call"
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
        assert scene.ask(move) == "no such waiting call"
        assert scene.live("c1").queue_id == "t/a"
    else:
        assert scene.ask(rq.WithdrawRequested(scene.now_us, call_id="c1")) == ""
        assert scene.outcome("c1") == "withdrawn"


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
