"""A callback in both modes, and every race between customer, agent and clock."""

from __future__ import annotations

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import facts
from acdengine import requests as rq
from tests.unit.engine.ringing_back import attempts, placed, plan
from tests.unit.engine.scene import S, Scene

# -- agent first -------------------------------------------------------------------------------


def test_the_agent_first_and_then_the_customer() -> None:
    scene = placed()
    scene.ready("anna")
    assert scene.ringing("c1") == ["anna"]
    assert attempts(scene) == 0
    scene.answers("anna")
    assert scene.ordered(cmd.DialCustomer)[0].timeout_us == 30 * S
    assert not scene.ordered(cmd.Bridge)
    scene.wait(10)
    scene.customer_answers("c1")
    assert scene.live("c1").state == "talking"
    assert scene.told(facts.CallbackReached, attempt=1)
    scene.wait(20)
    scene.caller_hangs_up("c1")
    assert scene.outcome("c1") == "answered"
    assert scene.state("anna") == "ready"


def test_a_customer_who_does_not_answer_is_rung_again_later_and_the_agent_is_free_meanwhile() -> (
    None
):
    scene = placed(attempts=2, retry_us=300 * S)
    scene.ready("anna")
    scene.answers("anna")
    scene.customer_misses("c1", "busy")
    [missed] = scene.told(facts.CallbackMissed)
    assert (missed.attempt, missed.cause, missed.next_at_us) == (1, "busy", scene.now_us + 300 * S)
    assert scene.state("anna") == "ready", "nobody's fault"
    scene.rings_after("c1", 300, "anna")
    scene.answers("anna")
    scene.customer_misses("c1")
    assert scene.outcome("c1") == "callback_failed"
    assert scene.told(facts.CallbackMissed, attempt=2)[0].next_at_us == 0
    assert scene.told(facts.CallLeftQueue, reason="callback")
    assert scene.state("anna") == "ready"


def test_a_customer_of_whom_nothing_is_heard_counts_as_not_answering() -> None:
    scene = placed()
    scene.ready("anna")
    scene.answers("anna")
    scene.wait(39)
    assert scene.state("anna") == "talking"
    scene.wait(1)
    assert scene.ordered(cmd.CancelDial)
    assert scene.state("anna") == "ready"
    assert scene.told(facts.CallbackMissed, cause="no_answer")


def test_a_customer_who_answers_after_we_gave_up_is_served_at_once() -> None:
    scene = placed()
    scene.ready("anna")
    scene.answers("anna")
    scene.ignored = (cmd.CancelDial,)
    scene.wait(45)
    assert scene.state("anna") == "ready"
    scene.customer_answers("c1")
    assert scene.ringing("c1") == ["anna"]
    scene.answers("anna")
    assert scene.live("c1").state == "talking"
    assert attempts(scene) == 1


def test_a_customer_who_answers_when_the_callback_is_in_line_again_is_not_lost() -> None:
    scene = placed(retry_us=60 * S)
    scene.ready("anna")
    scene.answers("anna")
    scene.ignored = (cmd.CancelDial,)
    scene.wait(42)
    scene.not_ready("anna")
    scene.wait(70)
    callback = scene.live("c1").callback
    assert callback is not None
    assert callback.state == "waiting"
    scene.customer_answers("c1")
    assert scene.live("c1").leg_id
    scene.ready("anna")
    scene.answers("anna")
    assert scene.live("c1").state == "talking"


def test_a_customer_who_answers_while_the_next_agent_is_rung_is_bridged_with_that_agent() -> None:
    scene = placed(retry_us=60 * S)
    scene.ready("anna")
    scene.answers("anna")
    scene.ignored = (cmd.CancelDial,)
    scene.wait(101)
    assert scene.ringing("c1") == ["anna"]
    scene.customer_answers("c1")
    assert scene.ringing("c1") == ["anna"]
    scene.answers("anna")
    assert scene.live("c1").state == "talking"
    assert attempts(scene) == 1


def test_a_customer_who_answers_when_the_callback_is_over_is_let_go() -> None:
    scene = placed(attempts=1)
    scene.ready("anna")
    scene.answers("anna")
    scene.customer_misses("c1")
    scene.commands.clear()
    scene.customer_answers("c1")
    assert scene.commands == [cmd.HangUpCall("c1", "normal")]


def test_an_agent_who_hangs_up_while_the_customer_is_rung_stops_that() -> None:
    scene = placed(agents=2)
    scene.ready("anna")
    scene.answers("anna")
    scene.agent_hangs_up("anna")
    assert scene.ordered(cmd.CancelDial)
    assert scene.live("c1").state == "waiting"
    scene.ready("ben")
    scene.wait(5)
    assert scene.ringing("c1") == ["ben"]
    scene.answers("ben")
    assert [fact.attempt for fact in scene.told(facts.CallbackDialled)] == [1, 1]
    scene.customer_answers("c1")
    assert scene.live("c1").state == "talking"


def test_losing_the_agent_while_the_customer_is_rung_costs_no_attempt() -> None:
    scene = placed(agents=2, attempts=2, retry_us=60 * S)
    scene.ready("anna")
    scene.answers("anna")
    scene.agent_hangs_up("anna")
    callback = scene.live("c1").callback
    assert callback is not None
    assert (callback.attempt, callback.attempts_left) == (0, 2)
    scene.ready("ben")
    scene.rings_after("c1", 4, "ben")
    scene.answers("ben")
    scene.customer_misses("c1")
    assert not scene.is_over("c1"), "one try is left"
    scene.wait(60)
    scene.answers("ben")
    scene.customer_misses("c1")
    assert scene.outcome("c1") == "callback_failed"
    told = scene.told(facts.CallbackMissed)
    assert [(fact.attempt, bool(fact.next_at_us)) for fact in told] == [(1, True), (2, False)]


def test_an_agent_who_does_not_answer_costs_no_attempt() -> None:
    scene = placed(attempts=1)
    scene.ready("anna")
    scene.misses("anna")
    scene.ready("anna")
    scene.answers("anna")
    scene.customer_answers("c1")
    assert scene.live("c1").state == "talking"


def test_a_customer_and_agent_who_cannot_be_bridged_wait_on_as_caller_and_agent() -> None:
    scene = placed(agents=2)
    scene.ready("anna")
    scene.answers("anna")
    scene.ignored = (cmd.Bridge,)
    scene.customer_answers("c1")
    scene.ready("ben")
    scene.feed(ev.BridgeFailed(scene.now_us, "c1", scene.offer_of("anna"), "codec"))
    scene.ignored = ()
    assert scene.ringing("c1") == ["ben"]
    scene.answers("ben")
    assert attempts(scene) == 1
    assert scene.live("c1").state == "talking"


def test_a_report_of_a_bridge_without_a_customer_is_no_conversation() -> None:
    scene = placed()
    scene.ready("anna")
    scene.answers("anna")
    scene.feed(ev.CallBridged(scene.now_us, "c1", scene.offer_of("anna")))
    assert scene.live("c1").state == "connecting"
    assert not scene.told(facts.CallConnected)


def test_a_customer_who_hangs_up_before_the_bridge_has_abandoned() -> None:
    scene = placed()
    scene.ready("anna")
    scene.answers("anna")
    scene.ignored = (cmd.Bridge,)
    scene.customer_answers("c1")
    scene.caller_hangs_up("c1")
    assert scene.outcome("c1") == "abandoned"
    assert scene.state("anna") == "ready"


# -- customer first ----------------------------------------------------------------------------


def test_the_customer_first_and_then_the_front_of_the_line() -> None:
    scene = placed(mode="customer_first")
    scene.calls("c2", "a")
    scene.ready("anna")
    assert attempts(scene) == 1
    assert scene.ringing("c2") == ["anna"], "the agent is not kept waiting"
    scene.customer_answers("c1")
    assert scene.ordered(cmd.PlayMusic, call_id="c1")[-1].music == "default"
    assert scene.position("c1") == 1
    scene.talk("anna", 5)
    assert scene.ringing("c1") == ["anna"]
    scene.answers("anna")
    assert scene.live("c1").state == "talking"
    assert attempts(scene) == 1


def test_a_customer_who_answers_gets_an_idle_agent_at_once() -> None:
    scene = placed(mode="customer_first")
    scene.ready("anna")
    scene.customer_answers("c1")
    assert scene.ringing("c1") == ["anna"]


def test_a_customer_first_callback_is_rung_when_it_is_asked_for_and_an_agent_is_idle() -> None:
    scene = Scene(plan(mode="customer_first"))
    scene.ready("anna")
    request = rq.CallbackRequested(scene.now_us, call_id="w1", queue_id="t/a", number="0777")
    scene.ask(request)
    assert attempts(scene) == 1
    assert scene.state("anna") == "ready"


def test_one_free_agent_is_no_reason_to_ring_all_customers() -> None:
    scene = Scene(plan(agents=2, mode="customer_first"))
    scene.calls("c1 c2 c3 c4", "a")
    for call_id in ("c1", "c2", "c3", "c4"):
        scene.presses(call_id, "1")
    scene.ready("anna")
    assert [command.call_id for command in scene.ordered(cmd.DialCustomer)] == ["c1"]
    scene.customer_misses("c1")
    assert [command.call_id for command in scene.ordered(cmd.DialCustomer)] == ["c1", "c2"]
    scene.ready("ben")
    assert attempts(scene) == 3
    scene.customer_answers("c2")
    assert scene.ringing("c2") != []
    assert attempts(scene) == 3, "one agent left, one customer being rung"


def test_a_customer_who_hangs_up_while_waiting_for_an_agent_has_abandoned() -> None:
    scene = placed(mode="customer_first")
    scene.ready("anna")
    scene.not_ready("anna")
    scene.customer_answers("c1")
    scene.caller_hangs_up("c1")
    assert scene.outcome("c1") == "abandoned"


def test_customer_first_is_tried_again_and_given_up() -> None:
    scene = placed(mode="customer_first", attempts=2, retry_us=60 * S)
    scene.ready("anna")
    scene.wait(40)
    assert scene.told(facts.CallbackMissed, attempt=1, cause="no_answer")
    scene.wait(58)
    assert attempts(scene) == 1
    scene.wait(1)
    assert attempts(scene) == 2
    scene.customer_misses("c1", "busy")
    assert scene.outcome("c1") == "callback_failed"
