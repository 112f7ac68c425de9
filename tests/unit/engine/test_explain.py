"""Why a call went where it went is told as it is."""

from __future__ import annotations

import msgspec
import pytest

from acdengine import requests as rq
from acdengine.engine.explain.answer import MOMENTS_TOLD, Explanation
from acdengine.engine.explain.explanation import span
from acdengine.facts import CallStarted, OfferMade, QueueRefused
from queues.policy import OrderPolicy, Step
from queues.targets import Target, ToNumber, ToQueue
from routing.policy import Assignment, RoutingRule, RuleThen, RuleWhen
from tests.unit.engine.explained import groups, last_decision, moments, serving
from tests.unit.engine.scene import S, Scene, agent, centre, queue

# -- why it went where it went -----------------------------------------------------------------


def test_an_offer_says_what_was_compared_what_broke_the_tie_and_who_was_left_out() -> None:
    scene = Scene(
        queue("sales"),
        *serving("anna", "bert", "carl", "dora", "emil"),
        agent("fred", ("sales", Assignment(level=2))),
    )
    scene.ready("anna", "bert", "carl", "dora", "fred")
    scene.call("c0", "sales")
    scene.answers("anna")
    scene.wait(3)
    scene.not_ready("dora", "break")
    scene.wait(1)
    scene.call("c1", "sales")
    scene.answers("bert")
    scene.wait(100)
    scene.caller_hangs_up("c0")
    decision = last_decision(scene, "c1")
    assert decision.surplus == "call"
    assert decision.rule == "longest_idle"
    assert (decision.agent_id, decision.runner_up) == ("t/bert", "t/carl")
    assert (decision.candidates, decision.reason) == (3, "idle longer")
    assert (decision.waiting, decision.working, decision.resting) == (1, 4, 1)
    assert decision.outcome == "connected"
    assert groups(decision.left_out) == {
        "candidate": ["carl: free for 7 s", "fred: free for 5 s"],
        "talking": ["anna: with call c0 for 4 s"],
        "not_ready": ["dora: break, for 1 s"],
        "signed_out": ["emil"],
    }


def test_those_left_out_are_told_the_same_long_after() -> None:
    scene = Scene(queue("sales"), *serving("anna", "bert"))
    scene.ready("anna", "bert")
    scene.calls("c1 c2", "sales")
    scene.answers("anna")
    scene.answers("bert")
    told = last_decision(scene, "c2").left_out
    assert groups(told) == {"ringing": ["anna: with call c1 for 1 s"]}
    scene.wait(5)
    scene.caller_hangs_up("c2")
    scene.caller_hangs_up("c1")
    for number in range(12):
        scene.call(f"d{number}", "sales")
        for name in ("anna", "bert"):
            if scene.agent(name).state == "ringing":
                scene.talk(name, 5)
    assert last_decision(scene, "c2").left_out == told


def test_an_agent_whose_story_does_not_reach_back_is_not_guessed_at() -> None:
    scene = Scene(queue("sales"), *serving("anna", "bert"))
    scene.ready("anna", "bert")
    scene.call("c1", "sales")
    scene.answers("anna")
    for _ in range(60):
        scene.not_ready("bert", "break")
        scene.wait(1)
        scene.ready("bert")
    assert groups(last_decision(scene, "c1").left_out) == {"unknown": ["bert"]}


def test_agents_whose_skills_were_changed_since_are_not_judged_by_the_new_ones() -> None:
    scene = Scene(
        queue("sales", steps=(Step(requirement="english"),)),
        agent("anna", "sales", skills={"english": 5}),
        agent("bert", "sales", skills={"english": 5}),
    )
    scene.ready("anna", "bert")
    scene.call("c1", "sales")
    scene.wait(1)
    assert groups(last_decision(scene, "c1").left_out) == {"candidate": ["bert: free for 1 s"]}
    change = rq.SkillsChangeRequested(scene.now_us, agent_id="t/bert", skills={"french": 5})
    assert scene.ask(change) == ""
    told = groups(last_decision(scene, "c1").left_out)
    assert told == {"unknown": ["bert: skills or queues changed since"]}


def test_missed_offers_are_told_with_their_outcomes() -> None:
    scene = Scene(queue("sales", ring_timeout_us=10 * S), *serving("anna", "bert", "carl"))
    scene.ready("anna", "bert", "carl")
    scene.call("c1", "sales")
    scene.wait(11)
    scene.misses("bert", "rejected")
    scene.talk("carl", 5)
    told = scene.engine.explain("c1")
    assert [(one.agent_id, one.outcome, one.rang_us) for one in told.decisions] == [
        ("t/anna", "no_answer", 10 * S),
        ("t/bert", "rejected", 1 * S),
        ("t/carl", "connected", 0),
    ]
    assert moments(told) == [
        "arrived for sales on trunk; no rule held",
        "joined t/sales with priority 0",
        "offered to t/anna by longest_idle: first of 3 free who fitted, before t/bert: idle longer",
        "offer to t/anna over after ringing 10 s: no answer",
        "offered to t/bert by longest_idle: first of 2 free who fitted, before t/carl: idle longer",
        "offer to t/bert over after ringing 1 s: rejected",
        "offered to t/carl by longest_idle: the only one free who fitted",
        "talks with t/carl, having waited 11 s",
        "ended talking with t/carl after 5 s",
        "ended: answered, by the caller (normal)",
    ]
    assert told.now == "is over: answered, ended by the caller (normal)"


def test_a_ready_agent_took_the_first_in_line() -> None:
    scene = Scene(queue("sales", order=OrderPolicy(mode="bands")), *serving("anna"))
    scene.calls("c1 c2", "sales")
    scene.call("c3", "sales", priority=1)
    scene.ready("anna")
    decision = last_decision(scene, "c3")
    assert (decision.surplus, decision.rule, decision.runner_up) == ("agent", "order", "c1")
    assert moments(scene.engine.explain("c3"))[-1] == (
        "offered to t/anna, who had become free; first in line, before call c1: higher band"
    )


def test_the_ways_taken_and_the_rules_that_held_are_told_without_numbers() -> None:
    rules = (
        RoutingRule(name="vip", when=RuleWhen(ani=("0555*",)), then=RuleThen(priority=2)),
        RoutingRule(name="none", when=RuleWhen(ani=("9",))),
        RoutingRule(name="credit", then=RuleThen(boost_us=30 * S)),
    )
    numbers: dict[str, Target] = {"7": ToQueue("t/full")}
    scene = Scene(
        centre(
            queue("full", max_length=0, when_full=(ToQueue("t/sales"),)),
            queue("sales", max_wait_us=20 * S, when_waited=(ToNumber("0301234567"),)),
            numbers=numbers,
            rules=rules,
        )
    )
    scene.call("c1", "7", ani="0555987")
    scene.wait(21)
    told = scene.engine.explain("c1")
    assert told.rules == ("vip", "credit")
    assert moments(told) == [
        "arrived for 7 on trunk; rules that held: vip, credit",
        "was not taken by t/full: it was full; on to queue t/sales",
        "joined t/sales with priority 2, credit 30 s",
        "left t/sales from position 1 after 20 s: "
        + "it had waited as long as the queue allows; on to a number outside",
        "went to a number outside",
    ]
    assert told.now == "is with a number outside, for 1 s"
    written = msgspec.json.encode(told).decode() + told.text()
    assert "0301234567" not in written
    assert "0555987" not in written
    assert scene.told(QueueRefused, reason="full", to="queue t/sales")


def test_only_the_last_moments_are_told_and_the_others_counted() -> None:
    scene = Scene(queue("sales"))
    scene.call("c1", "sales")
    for priority in range(MOMENTS_TOLD + 3):
        change = rq.PriorityChangeRequested(scene.now_us, call_id="c1", priority=priority)
        assert scene.ask(change) == ""
    told = scene.engine.explain("c1")
    assert (len(told.moments), told.earlier) == (MOMENTS_TOLD, 5)
    assert "(5 earlier moments)" in told.text()


# -- how it reads ------------------------------------------------------------------------------


def test_the_text_is_a_page_of_sentences() -> None:
    scene = Scene(
        queue("sales", steps=(Step(requirement="english >= 5", expires_us=30 * S), Step())),
        agent("anna", "sales", skills={"english": 8}),
        agent("bert", "sales", skills={"english": 2}),
    )
    scene.ready("anna", "bert")
    scene.calls("c1 c2", "sales")
    scene.answers("anna")
    scene.wait(11)
    assert scene.engine.explain("c2").text().splitlines() == [
        "Call c2 waits in t/sales.",
        "Position 1 of 1 in t/sales, 12 s so far; the estimate from here is 1 min 30 s.",
        "Asked of agents now: english >= 5; by step 1 of 2.",
        "The agents (2):",
        "  - talking, 1: t/anna (with call c1 for 11 s)",
        "  - lacking a skill, 1: t/bert (english >= 5 (has 2))",
        "What comes next:",
        "  in 18 s: step 2 of 2; no requirement",
        "How it came here:",
        "    0:00.0  arrived for sales on trunk; no rule held",
        "    0:00.0  joined t/sales with priority 0",
    ]
    scene.wait(20)
    assert scene.engine.explain("c2").text().splitlines()[-3:] == [
        "    0:30.0  step 2 in force",
        "    0:30.0  offered to t/bert by longest_idle: the only one free who fitted",
        "            - talking, 1: t/anna (with call c1 for 29 s)",
    ]


def test_where_nobody_is_looked_into_the_counts_of_that_moment_are_told() -> None:
    names = ["anna", "bert", "carl", "dora", "emil"]
    scene = Scene(queue("sales", strategy="ring_all"), *serving(*names))
    scene.ready(*names)
    scene.not_ready("emil")
    scene.wait(2)
    scene.call("c1", "sales")
    lines = scene.engine.explain("c1").text().splitlines()
    first = next(number for number, line in enumerate(lines) if "offered to t/anna" in line)
    assert lines[first + 1] == "            - of 4 agents at work and 1 at rest"
    assert "not ready, 1: t/emil" in lines[-1]


@pytest.mark.parametrize(
    ("length_us", "words"),
    [
        (0, "0 s"),
        (40_000, "0.1 s"),
        (1_500_000, "1.5 s"),
        (2 * S, "2 s"),
        (59_600_000, "1 min"),
        (80 * S, "1 min 20 s"),
        (3600 * S, "1 h"),
        (7500 * S, "2 h 5 min"),
    ],
)
def test_lengths_of_time_read_as_people_say_them(length_us: int, words: str) -> None:
    assert span(length_us) == words


def test_an_explanation_goes_through_json_and_back() -> None:
    scene = Scene(queue("sales"), *serving("anna"))
    scene.ready("anna")
    scene.calls("c1 c2", "sales")
    for call_id in ("c1", "c2"):
        told = scene.engine.explain(call_id)
        assert msgspec.json.decode(msgspec.json.encode(told), type=Explanation) == told


# -- stories -----------------------------------------------------------------------------------


def test_the_story_of_a_call_and_of_an_agent_are_facts_in_order() -> None:
    scene = Scene(queue("sales"), *serving("anna"))
    scene.ready("anna")
    scene.call("c1", "sales")
    scene.talk("anna", 5)
    story = scene.engine.story("c1")
    assert isinstance(story[0], CallStarted)
    assert [fact for fact in scene.engine.story("t/anna") if isinstance(fact, OfferMade)] == [
        fact for fact in story if isinstance(fact, OfferMade)
    ]
    assert [fact.at_us for fact in story] == sorted(fact.at_us for fact in story)
    story.clear()
    assert scene.engine.story("c1"), "the list is the reader's own"


@pytest.mark.parametrize("ask", ["story", "explain"])
def test_what_nobody_knows_is_a_key_error(ask: str) -> None:
    scene = Scene(queue("sales"))
    with pytest.raises(KeyError):
        getattr(scene.engine, ask)("nobody")
