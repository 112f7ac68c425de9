"""Numbers outside that are not reached: the next way, the old place, or the end."""

from __future__ import annotations

import pytest

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import facts
from acdengine import requests as rq
from acdengine.plan import Flow, Plan
from queues.policy import CallbackPolicy, Overflow, QueuePolicy, StaffRule, Step
from queues.targets import Target, ToCallback, ToFlow, ToNumber, ToQueue, ToVoicemail
from tests.unit.engine.scene import S, Scene, agent, centre, number_of, queue

MOBILE, OTHER = ToNumber("0170"), ToNumber("0171")
BOX = ToVoicemail("t/box")


def misses(scene: Scene, call_id: str, cause: str = "busy") -> None:
    """The number outside that is dialled for a call is not reached."""
    assert scene.live(call_id).state == "outside"
    external = scene.live(call_id).external
    assert external is not None
    attempt = external.dialled
    scene.feed(ev.NumberEnded(scene.now_us, call_id, False, cause, attempt))


def overflowing(*ways: Target, after_s: int = 20, **policy: object) -> QueuePolicy:
    line = Overflow(after_us=after_s * S, targets=ways, retry_us=10 * S)
    return queue("a", overflow=(line,), **policy)


def dialled(scene: Scene) -> list[str]:
    return [order.number for order in scene.ordered(cmd.DialNumber)]


def went_on(scene: Scene) -> list[str]:
    return [fact.to for fact in scene.told(facts.NumberMissed)]


# -- back in the queue -------------------------------------------------------------------------


def test_the_caller_is_back_at_the_old_place_with_music_and_waits_on() -> None:
    scene = Scene(overflowing(MOBILE), agent("anna", "a"))
    scene.call("c1", "a", priority=1)
    scene.wait(19)
    scene.call("c2", "a", priority=1)
    scene.wait(1)
    scene.wait(8)
    misses(scene, "c1")
    assert scene.live("c1").state == "waiting"
    assert [scene.position(c) for c in ("c1", "c2")] == [1, 2]
    assert scene.commands[-1] == cmd.PlayMusic("c1", "default")
    [missed] = scene.told(facts.NumberMissed)
    assert (missed.cause, missed.rang_us, missed.to) == ("busy", 8 * S, "queue t/a")
    first, again = scene.told(facts.CallQueued, call_id="c1")
    assert (again.queued_at_us, again.priority, again.resumed) == (first.queued_at_us, 1, True)
    scene.ready("anna")
    assert scene.ringing("c1") == ["anna"]
    scene.answers("anna")
    [connected] = scene.told(facts.CallConnected)
    assert connected.waited_us == 29 * S, "the time outside was waiting"


def test_a_number_that_was_not_reached_is_not_dialled_again_by_the_queue() -> None:
    scene = Scene(overflowing(MOBILE, max_wait_us=100 * S, when_waited=(MOBILE, BOX)))
    scene.call("c1", "a")
    scene.wait(20)
    misses(scene, "c1")
    scene.wait(79)
    assert scene.live("c1").state == "waiting"
    scene.wait(1)
    assert scene.live("c1").state == "message", "the longest wait is counted from the first joining"
    assert dialled(scene) == ["0170"]


def test_later_lines_and_the_longest_wait_go_on_as_if_the_caller_had_stayed() -> None:
    lines = (
        Overflow(after_us=20 * S, targets=(MOBILE,)),
        Overflow(after_us=60 * S, targets=(OTHER, BOX)),
    )
    scene = Scene(queue("a", overflow=lines))
    scene.call("c1", "a")
    scene.wait(25)
    misses(scene, "c1")
    scene.wait(34)
    assert scene.live("c1").state == "waiting"
    scene.wait(1)
    misses(scene, "c1", "no_answer")
    assert scene.live("c1").state == "message"
    assert dialled(scene) == ["0170", "0171"]
    assert went_on(scene) == ["queue t/a", "voicemail t/box"]


def test_steps_taken_while_the_caller_was_outside_are_in_force() -> None:
    steps = (Step(requirement="german", expires_us=25 * S), Step())
    scene = Scene(overflowing(MOBILE, steps=steps), agent("anna", "a"))
    scene.ready("anna")
    scene.call("c1", "a")
    scene.wait(26)
    misses(scene, "c1")
    scene.wait(0)
    assert scene.ringing("c1") == ["anna"]


def test_a_caller_is_taken_back_though_the_queue_has_filled_up() -> None:
    scene = Scene(overflowing(MOBILE, max_length=1))
    scene.call("c1", "a")
    scene.wait(20)
    scene.call("c2", "a")
    misses(scene, "c1")
    assert [scene.position(c) for c in ("c1", "c2")] == [1, 2]


def test_a_queue_that_is_no_more_takes_nobody_back() -> None:
    scene = Scene(overflowing(MOBILE), queue("b"))
    scene.call("c1", "a")
    scene.wait(20)
    scene.reload(queue("b"))
    misses(scene, "c1")
    assert scene.outcome("c1") == "not_diverted"
    assert scene.told(facts.CallEnded)[0].cause == "busy"
    assert went_on(scene) == ["hangup"]


def test_who_was_moved_by_somebody_is_back_and_may_be_moved_there_again() -> None:
    scene = Scene(queue("a"))
    scene.call("c1", "a")
    for _ in range(2):
        assert scene.ask(rq.MoveRequested(scene.now_us, call_id="c1", target=MOBILE)) == ""
        misses(scene, "c1")
        assert scene.live("c1").queue_id == "t/a"


def test_a_caller_s_key_dials_again() -> None:
    scene = Scene(queue("a", exit_keys={"1": (MOBILE,), "2": (MOBILE, BOX)}))
    scene.call("c1", "a")
    for _ in range(2):
        scene.presses("c1", "1")
        misses(scene, "c1")
        assert scene.live("c1").queue_id == "t/a"
    scene.presses("c1", "2")
    misses(scene, "c1")
    assert scene.live("c1").state == "message"


def test_one_whom_an_agent_has_passed_on_waits_for_another_agent() -> None:
    scene = Scene(queue("a"), agent("anna", "a"), agent("ben", "a"))
    scene.ready("anna")
    scene.call("c1", "a")
    scene.wait(5)
    scene.answers("anna")
    scene.wait(60)
    scene.call("c2", "a")
    scene.wait(1)
    request = rq.TransferRequested(scene.now_us, call_id="c1", target=MOBILE)
    assert scene.ask(request) == ""
    misses(scene, "c1", "no_answer")
    assert scene.live("c1").queue_id == "t/a"
    assert went_on(scene) == ["queue t/a"]


# -- the ways behind the number ----------------------------------------------------------------


@pytest.mark.parametrize(
    "ways",
    [
        {"max_wait_us": 20 * S, "when_waited": (MOBILE, ToQueue("t/none"), OTHER, BOX)},
        {"overflow": (Overflow(after_us=20 * S, targets=(MOBILE, OTHER, BOX)),)},
        {"max_length": 0, "when_full": (MOBILE, ToCallback(), OTHER, BOX)},
        {"join_staff": StaffRule(), "when_no_staff": (MOBILE, OTHER, BOX)},
        {"leave_staff": StaffRule(), "leave_grace_us": S, "when_staff_left": (MOBILE, OTHER, BOX)},
    ],
    ids=["waited", "overflow", "full", "no staff", "staff left"],
)
def test_the_ways_behind_a_number_are_taken(ways: dict[str, object]) -> None:
    scene = Scene(queue("a", **ways))
    scene.call("c1", "a")
    scene.wait(20)
    misses(scene, "c1")
    misses(scene, "c1", "unallocated_number")
    assert scene.live("c1").state == "message"
    assert dialled(scene) == ["0170", "0171"]
    assert went_on(scene) == ["number 0171", "voicemail t/box"]


def test_who_had_to_leave_and_has_no_other_way_is_hung_up() -> None:
    scene = Scene(queue("a", max_wait_us=20 * S, when_waited=(MOBILE,)))
    scene.call("c1", "a")
    scene.wait(20)
    misses(scene, "c1", "no_answer")
    assert scene.outcome("c1") == "not_diverted"
    [ended] = scene.told(facts.CallEnded)
    assert (ended.ended_by, ended.cause) == ("system", "no_answer")
    assert went_on(scene) == ["hangup"]


def test_a_callback_behind_a_number_is_placed_in_the_queue() -> None:
    scene = Scene(
        queue(
            "a", max_wait_us=20 * S, when_waited=(MOBILE, ToCallback()), callback=CallbackPolicy()
        )
    )
    scene.call("c1", "a")
    scene.wait(20)
    misses(scene, "c1")
    callback = scene.live("c1").callback
    assert callback is not None
    assert callback.number == number_of("c1")
    assert scene.live("c1").queue_id == "t/a"
    assert went_on(scene) == ["callback"]


@pytest.mark.parametrize("policy", [None, CallbackPolicy(limit=0)])
def test_a_callback_that_cannot_be_is_passed_over(policy: CallbackPolicy | None) -> None:
    ways = (MOBILE, ToCallback(), BOX)
    scene = Scene(queue("a", max_wait_us=20 * S, when_waited=ways, callback=policy))
    scene.call("c1", "a")
    scene.wait(20)
    misses(scene, "c1")
    assert scene.live("c1").state == "message"


def test_a_number_that_was_dialled_is_nobody_s_way_back() -> None:
    flows = {"t/out": Flow(flow_id="t/out", prompts=("bye",), then=MOBILE)}
    numbers: dict[str, Target] = {"1": MOBILE, "2": ToFlow("t/out")}
    scene = Scene(centre(queue("a"), numbers=numbers, flows=flows))
    scene.call("c1", "1")
    misses(scene, "c1")
    assert scene.outcome("c1") == "not_diverted"
    scene.call("c2", "2")
    scene.prompt_ends("c2")
    misses(scene, "c2", "congestion")
    assert scene.told(facts.CallEnded)[1].cause == "congestion"


# -- news that comes late ----------------------------------------------------------------------


def test_what_is_told_twice_of_one_number_does_not_end_the_next() -> None:
    scene = Scene(overflowing(MOBILE, OTHER, BOX))
    scene.call("c1", "a")
    scene.wait(20)
    over = ev.NumberEnded(scene.now_us, "c1", False, "busy", 1)
    scene.feed(over)
    scene.feed(over)
    scene.feed(ev.NumberAnswered(scene.now_us, "c1", 1))
    external = scene.live("c1").external
    assert external is not None
    assert (scene.live("c1").state, external.number) == ("outside", "0171")
    assert not scene.told(facts.NumberReached)
    assert [order.attempt for order in scene.ordered(cmd.DialNumber)] == [1, 2]
    scene.feed(ev.NumberAnswered(scene.now_us, "c1", 2))
    scene.feed(ev.NumberEnded(scene.now_us, "c1", True, "normal", 2))
    assert scene.outcome("c1") == "diverted"


def test_an_end_whose_number_is_not_known_is_taken_for_the_present_one() -> None:
    scene = Scene(overflowing(MOBILE))
    scene.call("c1", "a")
    scene.wait(20)
    scene.feed(ev.NumberEnded(scene.now_us, "c1", False, "normal"))
    assert scene.live("c1").state == "waiting"


def test_the_story_says_what_became_of_it() -> None:
    scene = Scene(overflowing(MOBILE))
    scene.call("c1", "a")
    scene.wait(20)
    misses(scene, "c1")
    told = [moment.what for moment in scene.engine.explain("c1").moments]
    assert "was not answered outside: busy; on to queue t/a" in told
    assert "0170" not in " ".join(told)


# -- back from what was played -----------------------------------------------------------------


def with_news(*, key_leads_to: str = "t/a", **policy: object) -> Plan:
    """Key 5 plays the news, and then leads to a queue."""
    news = Flow(flow_id="t/news", prompts=("news",), then=ToQueue(key_leads_to))
    keys = {"5": (ToFlow("t/news"),)}
    return centre(
        queue("a", exit_keys=keys, **policy),
        queue("b"),
        agent("anna", "a", "b"),
        flows={"t/news": news},
    )


def test_who_heard_something_on_a_key_has_the_old_place() -> None:
    scene = Scene(with_news())
    scene.calls("c1 c2", "a")
    scene.presses("c1", "5")
    scene.wait(20)
    scene.call("c3", "a")
    scene.wait(5)
    scene.prompt_ends("c1")
    assert [scene.position(c) for c in ("c1", "c2", "c3")] == [1, 2, 3]
    assert scene.live("c1").wait_us(scene.now_us) == 27 * S
    assert scene.told(facts.CallQueued, call_id="c1")[-1].resumed
    scene.ready("anna")
    assert scene.served_order("anna", 3) == ["c1", "c2", "c3"]


def test_who_comes_back_from_a_key_is_taken_in_by_a_full_queue() -> None:
    scene = Scene(with_news(max_length=1))
    scene.calls("c1", "a")
    scene.presses("c1", "5")
    scene.call("c2", "a")
    scene.prompt_ends("c1")
    assert [scene.position(c) for c in ("c1", "c2")] == [1, 2]


def test_the_limits_of_the_queue_count_from_when_the_caller_first_joined() -> None:
    scene = Scene(with_news(max_wait_us=60 * S))
    scene.call("c1", "a")
    scene.wait(30)
    scene.presses("c1", "5")
    scene.wait(20)
    scene.prompt_ends("c1")
    scene.wait(9)
    assert scene.live("c1").state == "waiting"
    scene.wait(1)
    assert scene.outcome("c1") == "turned_away"


def test_what_is_played_between_two_queues_does_not_cost_the_place() -> None:
    scene = Scene(with_news(key_leads_to="t/b"))
    scene.calls("c1", "a")
    scene.presses("c1", "5")
    scene.wait(20)
    scene.call("c2", "b")
    scene.wait(5)
    scene.prompt_ends("c1")
    assert [scene.position(c) for c in ("c1", "c2")] == [1, 2]


def test_who_is_sent_through_a_flow_by_an_overflow_has_the_old_place_and_time_anew() -> None:
    """Otherwise the overflow would send the call through the flow again at once, for ever."""
    news = Flow(flow_id="t/news", prompts=("news",), then=ToQueue("t/a"))
    scene = Scene(centre(overflowing(ToFlow("t/news")), flows={"t/news": news}))
    scene.call("c1", "a")
    scene.wait(20)
    scene.call("c2", "a")
    scene.wait(5)
    scene.prompt_ends("c1")
    assert [scene.position(c) for c in ("c1", "c2")] == [1, 2]
    scene.wait(19)
    assert scene.live("c1").state == "waiting"
    scene.wait(1)
    assert scene.live("c1").state == "flow"


def test_a_number_outside_between_two_queues_does_not_cost_the_place() -> None:
    scene = Scene(centre(overflowing(MOBILE, ToQueue("t/b")), queue("b")))
    scene.call("c1", "a")
    scene.wait(20)
    scene.call("c2", "b")
    scene.wait(5)
    misses(scene, "c1")
    assert [scene.position(c) for c in ("c1", "c2")] == [1, 2]


def test_the_time_with_an_agent_is_no_waiting() -> None:
    scene = Scene(with_news())
    scene.ready("anna")
    scene.call("c1", "a")
    scene.answers("anna")
    scene.wait(50)
    scene.not_ready("anna")
    scene.call("c2", "a")
    scene.wait(5)
    flow = ToFlow("t/news")
    assert scene.ask(rq.TransferRequested(scene.now_us, call_id="c1", target=flow)) == ""
    scene.wait(25)
    scene.prompt_ends("c1")
    assert [scene.position(c) for c in ("c1", "c2")] == [2, 1]
