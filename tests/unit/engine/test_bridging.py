"""Joining a queue and being sent away from it: full, no staff, waited too long, keys, withdrawn."""

from __future__ import annotations

import pytest
from msgspec import structs

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import facts
from acdengine import requests as rq
from acdengine.live_legs import LiveCall
from acdengine.plan import Flow
from queues.policy import CallbackPolicy, StaffRule
from queues.targets import ToCallback, ToFlow, ToHangup, ToNumber, ToQueue, ToVoicemail
from routing.policy import WrapUpPolicy
from tests.unit.engine.scene import S, Scene, agent, centre, queue

# -- full --------------------------------------------------------------------------------------


def test_a_full_queue_sends_newcomers_the_first_open_way() -> None:
    scene = Scene(
        queue("a", max_length=1, when_full=(ToNumber("999"), ToQueue("t/b"), ToVoicemail("t/x"))),
        queue("b", max_length=1),
    )
    scene.calls("c1 c2 c3", "a")
    assert scene.live("c1").queue_id == "t/a"
    assert scene.live("c2").queue_id == "t/b", "the number may not be dialled"
    assert scene.live("c3").state == "message", "b is full as well"
    scene.caller_hangs_up("c1")
    scene.call("c4", "a")
    assert scene.live("c4").queue_id == "t/a"


def test_a_full_queue_without_a_way_out_hangs_up() -> None:
    scene = Scene(queue("a", max_length=0))
    scene.call("c1", "a")
    assert scene.outcome("c1") == "turned_away"
    assert not scene.told(facts.CallQueued)


def test_a_full_queue_whose_way_out_is_a_flow_back_into_it_plays_and_asks_again() -> None:
    flows = {"t/wait": Flow(flow_id="t/wait", prompts=("patience",), then=ToQueue("t/a"))}
    scene = Scene(centre(queue("a", max_length=1, when_full=(ToFlow("t/wait"),)), flows=flows))
    scene.calls("c1 c2", "a")
    scene.prompt_ends("c2")
    assert scene.heard("c2") == ["patience", "patience"]
    scene.caller_hangs_up("c1")
    scene.prompt_ends("c2")
    assert scene.live("c2").queue_id == "t/a"


# -- staff -------------------------------------------------------------------------------------


def test_nobody_joins_a_queue_without_staff_and_a_break_is_not_staff() -> None:
    scene = Scene(
        queue("a", join_staff=StaffRule(), when_no_staff=(ToHangup("call-later"),)),
        agent("anna", "a"),
    )
    scene.call("c1", "a")
    assert scene.heard("c1") == ["call-later"]
    scene.sign_in("anna")
    scene.not_ready("anna")
    scene.call("c2", "a")
    assert scene.heard("c2") == ["call-later"]
    scene.ready("anna")
    scene.call("c3", "a")
    scene.answers("anna")
    scene.call("c4", "a")
    assert scene.live("c4").queue_id == "t/a", "a talking agent is staff"
    scene.not_ready("anna")
    scene.caller_hangs_up("c3")
    scene.call("c5", "a")
    assert scene.heard("c5") == ["call-later"]
    assert scene.live("c4").queue_id == "t/a", "who waits is not sent away by a condition to join"


@pytest.mark.parametrize(
    ("rule", "anna", "joins"),
    [
        (StaffRule(states=("ready",)), "ready", True),
        (StaffRule(states=("ready",)), "talking", False),
        (StaffRule(states=("talking", "ready")), "talking", True),
        (StaffRule(states=("not_ready",)), "break", True),
        (StaffRule(states=("not_ready",)), "ready", False),
        (StaffRule(states=("not_ready",)), "out", False),
        (StaffRule(states=("ready", "not_ready")), "break", True),
        (StaffRule(at_least=2), "ready", False),
        (StaffRule(states=("ready", "ringing", "talking", "wrap_up", "not_ready")), "break", True),
        (StaffRule(states=("ready", "ringing", "talking", "wrap_up", "not_ready")), "out", False),
    ],
)
def test_which_states_count_as_staff_is_the_queues_choice(
    rule: StaffRule, anna: str, joins: bool
) -> None:
    scene = Scene(queue("a", join_staff=rule), queue("b"), agent("anna", "a", "b"))
    if anna == "break":
        scene.sign_in("anna")
        scene.not_ready("anna")
    elif anna != "out":
        scene.ready("anna")
    if anna == "talking":
        scene.call("c0", "b")
        scene.answers("anna")
    scene.call("c1", "a")
    assert scene.is_over("c1") != joins


def test_when_the_last_agent_leaves_callers_are_sent_away_after_a_grace() -> None:
    scene = Scene(
        queue(
            "a", leave_staff=StaffRule(), leave_grace_us=30 * S, when_staff_left=(ToQueue("t/b"),)
        ),
        queue("b", max_length=1),
        agent("anna", "a"),
    )
    scene.ready("anna")
    scene.call("c0", "a")
    scene.answers("anna")
    scene.calls("c1 c2", "a")
    scene.not_ready("anna")
    scene.caller_hangs_up("c0")
    scene.wait(29)
    assert [scene.live(c).queue_id for c in ("c1", "c2")] == ["t/a", "t/a"]
    scene.wait(1)
    assert scene.live("c1").queue_id == "t/b", "the first in line goes first"
    assert scene.outcome("c2") == "turned_away"
    left = scene.told(facts.CallLeftQueue, reason="no_staff")
    assert [(fact.call_id, fact.to) for fact in left] == [("c1", "queue t/b"), ("c2", "hangup")]


def test_staff_that_comes_back_within_the_grace_keeps_the_callers() -> None:
    scene = Scene(queue("a", leave_staff=StaffRule(), leave_grace_us=30 * S), agent("anna", "a"))
    scene.ready("anna")
    scene.call("c1", "a")
    scene.misses("anna")
    assert scene.state("anna") == "not_ready missed"
    scene.wait(28)
    scene.ready("anna")
    scene.answers("anna")
    scene.call("c2", "a")
    scene.wait(60)
    assert scene.live("c2").queue_id == "t/a"


def test_who_joins_a_queue_that_lost_its_staff_long_ago_is_sent_away_too() -> None:
    scene = Scene(queue("a", leave_staff=StaffRule(), leave_grace_us=30 * S), agent("anna", "a"))
    scene.wait(3600)
    scene.call("c1", "a")
    scene.wait(29)
    assert scene.live("c1").queue_id == "t/a"
    scene.wait(1)
    assert scene.outcome("c1") == "turned_away"
    scene.wait(3600)
    scene.call("c2", "a")
    scene.wait(30)
    assert scene.outcome("c2") == "turned_away"


def test_a_condition_to_leave_may_leave_wrap_up_out_of_staff() -> None:
    scene = Scene(
        queue(
            "a",
            leave_staff=StaffRule(states=("ready", "ringing", "talking")),
            leave_grace_us=10 * S,
        ),
        agent("anna", "a", wrap_up=WrapUpPolicy(mode="mandatory")),
    )
    scene.ready("anna")
    scene.calls("c1 c2", "a")
    scene.talk("anna", 60)
    assert scene.state("anna") == "wrap_up"
    scene.wait(9)
    assert scene.live("c2").queue_id == "t/a"
    scene.wait(1)
    assert scene.outcome("c2") == "turned_away"


# -- waited too long ---------------------------------------------------------------------------


def test_who_has_waited_too_long_takes_the_first_open_way_out() -> None:
    scene = Scene(
        queue("a", max_wait_us=60 * S, when_waited=(ToNumber("999"), ToVoicemail("t/box"))),
    )
    scene.call("c1", "a")
    scene.wait(59)
    assert scene.live("c1").state == "waiting"
    scene.wait(1)
    assert scene.live("c1").state == "message"
    [left] = scene.told(facts.CallLeftQueue)
    assert (left.reason, left.waited_us, left.position, left.short) == ("waited", 60 * S, 1, False)
    assert scene.ordered(cmd.RecordMessage, box="t/box")


def test_who_has_waited_too_long_can_be_made_a_callback() -> None:
    scene = Scene(
        queue("a", max_wait_us=60 * S, when_waited=(ToCallback(),), callback=CallbackPolicy())
    )
    scene.call("c1", "a")
    scene.wait(60)
    assert scene.live("c1").queue_id == "t/a"
    assert not scene.live("c1").leg_id
    assert scene.told(facts.CallbackPlaced, call_id="c1")


# -- keys, withdrawal, moving away -------------------------------------------------------------


def test_a_key_takes_the_caller_out_of_the_queue_if_a_way_behind_it_is_open() -> None:
    keys = {"1": (ToNumber("999"), ToQueue("t/b")), "2": (ToQueue("t/gone"),)}
    scene = Scene(queue("a", exit_keys=keys), queue("b"))
    scene.call("c1", "a")
    scene.presses("c1", "5")
    scene.presses("c1", "2")
    assert scene.live("c1").queue_id == "t/a"
    scene.presses("c1", "1")
    assert scene.live("c1").queue_id == "t/b"
    assert scene.told(facts.CallLeftQueue, reason="key", to="queue t/b")
    scene.presses("c1", "1")
    assert scene.live("c1").queue_id == "t/b"


def test_a_key_stops_the_agents_phone_from_ringing() -> None:
    scene = Scene(queue("a", exit_keys={"1": (ToVoicemail("t/box"),)}), agent("anna", "a"))
    scene.ready("anna")
    scene.call("c1", "a")
    scene.presses("c1", "1")
    assert scene.ordered(cmd.CancelRing)
    assert scene.state("anna") == "ready"


def test_a_waiting_call_can_be_withdrawn_from_outside() -> None:
    scene = Scene(queue("a"), agent("anna", "a"))
    scene.ready("anna")
    scene.call("c1", "a")
    scene.call("c2", "a")
    assert scene.ask(rq.WithdrawRequested(scene.now_us, call_id="c2", cause="full moon")) == ""
    assert scene.outcome("c2") == "withdrawn"
    assert scene.ordered(cmd.HangUpCall, call_id="c2", cause="full moon")
    scene.answers("anna")
    problem = scene.ask(rq.WithdrawRequested(scene.now_us, call_id="c1"))
    assert problem == "the call is with an agent, or ends"


def test_the_short_abandon_is_marked() -> None:
    scene = Scene(queue("a", short_abandon_us=5 * S))
    scene.calls("c1 c2", "a")
    scene.wait(3)
    scene.caller_hangs_up("c1")
    scene.wait(5)
    scene.caller_hangs_up("c2")
    left = scene.told(facts.CallLeftQueue, reason="abandoned")
    assert [(fact.call_id, fact.short) for fact in left] == [("c1", True), ("c2", False)]
    assert scene.outcome("c1") == "abandoned"


# -- messages ----------------------------------------------------------------------------------


def test_a_message_that_is_too_short_is_none() -> None:
    scene = Scene(queue("a", exit_keys={"1": (ToVoicemail("t/box"),)}))
    scene.calls("c1 c2", "a")
    scene.presses("c1", "1")
    scene.feed(ev.MessageLeft(scene.now_us, "c1", "f", S - 1))
    assert scene.outcome("c1") == "no_message"
    scene.presses("c2", "1")
    scene.feed(ev.MessageLeft(scene.now_us, "c2", "f", S))
    assert scene.outcome("c2") == "message"
    assert [fact.call_id for fact in scene.told(facts.MessageStored)] == ["c2"]


def test_a_box_is_the_tenant_s_own() -> None:
    scene = Scene(queue("a"))
    scene.call("c1", "a")
    for box in ("box", "other/box", "tt/box"):
        move = rq.MoveRequested(scene.now_us, call_id="c1", target=ToVoicemail(box))
        assert scene.ask(move) == "no such box"


def test_an_order_to_take_a_message_that_was_lost_is_given_again() -> None:
    scene = Scene(queue("a", exit_keys={"1": (ToVoicemail("t/box", "hello"),)}))
    scene.call("c1", "a")
    scene.presses("c1", "1")
    live = LiveCall("c1", "leg-c1", "0555", "a", "trunk", diverted_to="voicemail t/box")
    for diverted_to in ("voicemail t/box", ""):
        here = structs.replace(live, diverted_to=diverted_to)
        scene.feed(ev.SwitchSynced(scene.now_us, "", (here,), ()))
    assert len(scene.ordered(cmd.RecordMessage, prompt="hello")) == 2
