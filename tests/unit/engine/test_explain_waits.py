"""Why a call waits is told as it is."""

from __future__ import annotations

import msgspec

from acdengine import events as ev
from acdengine import requests as rq
from acdengine.engine.explain.answer import NAMED
from queues.policy import CallbackPolicy, LevelRules, Overflow, PreferredRule, Step
from queues.targets import ToAgent, ToHangup, ToNumber, ToQueue, ToVoicemail
from routing.policy import Assignment, Customer, WrapUpPolicy
from tests.unit.engine.explained import groups, last_decision, moments, serving, wait_of
from tests.unit.engine.scene import S, Scene, agent, centre, full, queue


def test_every_agent_of_the_queue_is_named_under_what_keeps_it_from_the_call() -> None:
    able = {"english": 8}
    scene = Scene(
        queue(
            "sales",
            steps=(Step(requirement="english >= 5"),),
            levels=LevelRules(wait_us=60 * S, skip_unstaffed=False),
        ),
        queue("other"),
        agent("anna", "sales", skills=able),
        agent("bert", "sales", skills=able, wrap_up=WrapUpPolicy(mode="forced", time_us=40 * S)),
        agent("carl", "sales", skills={"english": 3}),
        agent("dora", ("sales", Assignment(level=2)), skills=able),
        agent("emil", ("sales", Assignment(delay_us=90 * S)), skills=able),
        agent("fred", "sales", skills=able),
        agent("gina", "sales", skills=able),
        agent("hans", "sales", skills=able),
        agent("ines", "sales", skills=able),
        agent("jane", "sales", skills=able),
        agent("karl", "other", skills=able),
    )
    scene.ready("anna", "bert", "carl", "dora", "emil", "karl")
    scene.calls("c1 c2", "sales")
    scene.answers("anna")
    scene.talk("bert", 7)
    scene.ready("fred", "gina", "hans")
    scene.not_ready("fred", "break")
    scene.feed(ev.PhoneChanged(scene.now_us, full("gina"), "unregistered"))
    scene.call("c3", "sales")
    scene.misses("hans", "unreachable")
    scene.ready("jane")
    scene.wait(4)
    wait = wait_of(scene, "c3")
    assert groups(wait.agents) == {
        "ringing": ["jane: with call c3 for 5 s"],
        "talking": ["anna: with call c1 for 15 s"],
        "wrap_up": ["bert: for 8 s, another 32 s"],
        "not_ready": ["fred: break, for 5 s", "hans: missed, for 5 s"],
        "phone": ["gina: phone-unregistered, for 5 s"],
        "delay": ["emil: after 1 min 30 s, in 1 min 25 s"],
        "level": ["dora: level 2, in 55 s"],
        "lacks_skill": ["carl: english >= 5 (has 3)"],
        "signed_out": ["ines"],
    }
    assert wait.rule == "english >= 5"


def test_a_rest_after_a_missed_offer_says_when_it_ends() -> None:
    missed = agent("anna", "sales")
    scene = Scene(queue("sales"), msgspec.structs.replace(
        missed, misses=msgspec.structs.replace(missed.misses, limit=0)))  # fmt: skip
    scene.ready("anna")
    scene.call("c1", "sales")
    scene.misses("anna", "busy")
    scene.wait(3)
    (group,) = wait_of(scene, "c1").agents
    assert (group.reason, group.agents[0].detail) == ("missed", "for 3 s, another 7 s")
    assert group.agents[0].until_us == scene.now_us + 7 * S


def test_position_estimate_and_what_comes_next_are_told() -> None:
    scene = Scene(
        queue(
            "sales",
            steps=(
                Step(requirement="english", expires_us=20 * S),
                Step(requirement="french", expires_us=30 * S, add_teams=("red",)),
                Step(drop_skills=("wine",)),
            ),
            overflow=(
                Overflow(after_us=40 * S, targets=(ToQueue("t/other"), ToVoicemail("t/box"))),
                Overflow(after_us=200 * S, targets=(ToNumber("0301"),)),
            ),
            max_wait_us=300 * S,
            when_waited=(ToHangup(),),
        ),
        queue("other", max_length=0),
        agent("anna", "sales"),
    )
    scene.call("c1", "sales", skills={"wine": 2})
    scene.wait(5)
    scene.call("c2", "sales")
    wait = wait_of(scene, "c1")
    assert (wait.position, wait.waiting, wait.waited_us) == (1, 2, 5 * S)
    assert wait.estimate_us is None
    assert wait.rule == "english and wine >= 2; by step 1 of 3"
    assert [(line.at_us - scene.now_us, line.what) for line in wait.coming] == [
        (15 * S, "step 2 of 3; requirement french; teams added: red"),
        (
            35 * S,
            "overflow: queue t/other (shut: the queue takes no call: full), else voicemail t/box",
        ),
        (295 * S, "it must leave: hangup"),
    ]
    scene.wait(16)
    assert wait_of(scene, "c1").rule == "french and wine >= 2; by step 2 of 3; teams added: red"
    scene.wait(20)
    assert scene.engine.explain("c1").now == "leaves a message in box t/box, for 1 s"
    assert wait_of(scene, "c2").rule == "french; by step 2 of 3; teams added: red"


def test_agents_of_a_team_that_a_step_added_are_among_those_asked() -> None:
    scene = Scene(
        queue("sales", steps=(Step(expires_us=10 * S), Step(add_teams=("red",)))),
        queue("other"),
        agent("rose", "other", team_id="red"),
        agent("blue", "other", team_id="blue"),
    )
    scene.ready("rose", "blue")
    scene.call("x", "other")
    scene.answers("rose")
    scene.call("c1", "sales")
    assert wait_of(scene, "c1").agents == ()
    scene.wait(11)
    assert groups(wait_of(scene, "c1").agents) == {"talking": ["rose: with call x for 11 s"]}


def test_a_cap_on_conversations_is_what_holds_a_call_up() -> None:
    scene = Scene(queue("sales", max_conversations=1), *serving("anna", "bert"))
    scene.ready("anna", "bert")
    scene.calls("c1", "sales")
    scene.answers("anna")
    scene.call("c2", "sales")
    wait = wait_of(scene, "c2")
    assert wait.held_up == (
        "The queue has all the conversations it may have: 1 (1 going on, 0 about to begin).",
    )
    assert groups(wait.agents)["candidate"] == ["bert: free for 2 s"]


def preferring(*rules: PreferredRule) -> Scene:
    customer = Customer(
        customer_id="t/smith", tenant_id="t", preferred={full("anna"): 90, full("bert"): 40}
    )
    plan = centre(
        queue("sales", preferred=rules),
        *serving("anna", "bert", "carl"),
        customers={"t/0123": customer},
    )
    return Scene(plan)


def test_a_call_that_waits_for_its_preferred_agent_says_so_and_until_when() -> None:
    scene = preferring(PreferredRule(min_score=80, wait_us=20 * S))
    scene.ready("anna", "carl")
    scene.call("c1", "sales", ani="0199")
    scene.answers("anna")
    scene.call("c2", "sales", ani="0123")
    scene.wait(5)
    wait = wait_of(scene, "c2")
    assert wait.rule == ("to be preferred by this call (t/anna), by preferred-agent rule 1 of 1")
    assert groups(wait.agents) == {
        "talking": ["anna: with call c1 for 5 s"],
        "not_preferred": ["carl"],
        "signed_out": ["bert"],
    }
    assert wait.coming[0].at_us == scene.now_us + 15 * S
    assert wait.coming[0].what == "it waits for these agents alone no longer"
    scene.wait(16)
    decision = last_decision(scene, "c2")
    assert (decision.agent_id, decision.rule) == ("t/carl", "longest_idle")


def test_a_preferred_agent_of_another_queue_is_not_called_free_for_the_call() -> None:
    regular = Customer(
        customer_id="t/smith", tenant_id="t", preferred={full("anna"): 90, full("bert"): 90}
    )
    plan = centre(
        queue("sales", preferred=(PreferredRule(min_score=80, wait_us=20 * S),)),
        queue("other"),
        *serving("anna"),
        agent("bert", "other"),
        customers={"t/0123": regular},
    )
    scene = Scene(plan)
    scene.ready("anna", "bert")
    scene.calls("c1", "sales", ani="0199")
    scene.answers("anna")
    scene.call("c2", "sales", ani="0123")
    assert groups(wait_of(scene, "c2").agents) == {
        "talking": ["anna: with call c1 for 0 s"],
        "other_queue": ["bert"],
    }


def test_a_call_for_one_agent_says_whom_it_wants() -> None:
    scene = Scene(
        centre(
            queue("sales"), *serving("anna"), numbers={"1": ToAgent("t/anna", 30 * S, "t/sales")}
        )
    )
    scene.ready("anna")
    scene.call("c1", "sales")
    scene.answers("anna")
    scene.call("c2", "1")
    assert wait_of(scene, "c2").rule == "to be t/anna, whom the caller wants"


def test_a_callback_that_is_paused_says_until_when() -> None:
    scene = Scene(queue("sales", callback=CallbackPolicy(attempts=2)), *serving("anna"))
    later = scene.now_us + 60 * S
    asked = rq.CallbackRequested(
        scene.now_us, call_id="c1", queue_id="t/sales", number="0123", not_before_us=later
    )
    assert scene.ask(asked) == ""
    told = scene.engine.explain("c1")
    assert told.now == "waits in t/sales without a telephone"
    assert told.wait is not None
    assert told.wait.held_up == ("The callback is paused.",)
    assert [(line.at_us - scene.now_us, line.what) for line in told.wait.coming] == [
        (60 * S, "the callback is in line again"),
        (4 * 3600 * S, "the callback is given up"),
    ]
    scene.wait(61)
    scene.ready("anna")
    scene.answers("anna")
    assert scene.engine.explain("c1").now == "is being rung back for t/anna, who has answered"
    scene.customer_misses("c1")
    wait = wait_of(scene, "c1")
    assert wait.held_up == ("The callback is paused after 1 tries.",)
    assert "try 1 did not reach the customer: no_answer" in moments(scene.engine.explain("c1"))


def test_agents_beyond_the_first_of_a_reason_are_counted() -> None:
    names = [f"a{number:02}" for number in range(NAMED + 5)]
    scene = Scene(queue("sales"), *serving(*names))
    scene.call("c1", "sales")
    (group,) = wait_of(scene, "c1").agents
    assert (group.reason, group.count, len(group.agents)) == ("signed_out", NAMED + 5, NAMED)
    assert "and 5 more" in scene.engine.explain("c1").text()


def test_the_present_time_may_be_later_than_the_last_event() -> None:
    scene = Scene(queue("sales"), *serving("anna"))
    scene.call("c1", "sales")
    wait = scene.engine.explain("c1", scene.now_us + 9 * S).wait
    assert wait is not None
    assert wait.waited_us == 9 * S
