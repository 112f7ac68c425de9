"""Why a call waits, or went where it went, is told as it is."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from acdengine import events as ev
from acdengine import requests as rq
from acdengine.commands import AnyCommand
from acdengine.engine.explain import MOMENTS_TOLD, NAMED, Explanation
from acdengine.engine.explanation import HEADINGS, Decision, LeftOut, Wait, span
from acdengine.engine.left_out import asked_of, reason_for, standing_now
from acdengine.engine.records import Call
from acdengine.events import AnyEvent
from acdengine.facts import AnyFact, CallStarted, OfferMade, QueueRefused
from adapters.sim.faults import FaultyRun
from adapters.sim.random_scenarios import draw_scenario
from adapters.sim.streams import Streams
from queues.policy import (
    CallbackPolicy,
    LevelRules,
    OrderPolicy,
    Overflow,
    PreferredRule,
    Step,
)
from queues.targets import Target, ToAgent, ToHangup, ToNumber, ToQueue, ToVoicemail
from queues.waiting import NO_PREFERENCE
from routing.policy import (
    AgentProfile,
    Assignment,
    Customer,
    RoutingRule,
    RuleThen,
    RuleWhen,
    WrapUpPolicy,
)
from tests.unit.engine.scene import S, Scene, agent, centre, full, queue


def wait_of(scene: Scene, call_id: str) -> Wait:
    wait = scene.engine.explain(call_id).wait
    assert wait is not None
    return wait


def groups(left_out: Sequence[LeftOut]) -> dict[str, list[str]]:
    """Reason to the agents named, each with what is said of it: "anna: with call c1 for 3 s"."""
    return {
        group.reason: [
            f"{one.agent_id[2:]}: {one.detail}".removesuffix(": ") for one in group.agents
        ]
        for group in left_out
    }


def moments(told: Explanation) -> list[str]:
    return [moment.what for moment in told.moments]


def last_decision(scene: Scene, call_id: str) -> Decision:
    return scene.engine.explain(call_id).decisions[-1]


def serving(*names: str, **profile: object) -> list[AgentProfile]:
    return [agent(name, "sales", **profile) for name in names]


# -- why it waits ------------------------------------------------------------------------------


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


# -- under fire --------------------------------------------------------------------------------


class Explaining:
    """Looks at every waiting call after every event, and at every call that has ended."""

    def __init__(self) -> None:
        self.run: FaultyRun
        self.waits = 0
        self.unfit = 0
        self.decisions = 0

    def handled(
        self, event: AnyEvent, commands: Sequence[AnyCommand], facts: Sequence[AnyFact]
    ) -> None:
        engine = self.run.engine
        self.run.engine.check()
        for fact in facts:
            call_id = getattr(fact, "call_id", "")
            if call_id in engine.floor.calls or call_id in engine.floor.ended:
                self._look_at(engine.explain(call_id))
        for call in engine.floor.calls.values():
            if call.state == "waiting" and call.preference == NO_PREFERENCE:
                self._same_as_the_matcher(call)

    def forgotten(self) -> None:
        """The engine has lost everything but its settings."""

    def _look_at(self, told: Explanation) -> None:
        assert told.text()
        reasons = list(HEADINGS)
        lots = [decision.left_out for decision in told.decisions]
        if told.wait is not None:
            self.waits += 1
            lots.append(told.wait.agents)
            assert 1 <= told.wait.position <= told.wait.waiting
        for lot in lots:
            assert [group.reason for group in lot] == [
                reason for reason in reasons if any(group.reason == reason for group in lot)
            ]
        for decision in told.decisions:
            self.decisions += 1
            named = [one.agent_id for group in decision.left_out for one in group.agents]
            assert decision.agent_id not in named

    def _same_as_the_matcher(self, call: Call) -> None:
        """Whom the explanation calls unfit, the matcher does too, and nobody else."""
        floor = self.run.engine.floor
        matching = floor.matcher.queues[call.queue_id]
        asked = asked_of(
            matching.policy, call, matching.stages[call.stage],
            at_us=floor.now_us, from_us=call.stages_from_us,
            staffed=matching.levels.staffed, preferred=(),
        )  # fmt: skip
        for one in floor.agents_of.get(call.queue_id, {}).values():
            standing = msgspec.structs.replace(standing_now(floor, one), state="ready")
            reason = reason_for(asked, one, standing)
            fits = call.group.assignment_of(one.capability) is not None
            assert fits == (reason == "candidate"), (reason, one.agent_id)
            self.unfit += not fits


# In some seeds, such as 1, everybody dials a number that nobody has.
@pytest.mark.parametrize("seed", [0, 4, 6, 7])
def test_explanations_agree_with_the_matcher_whatever_happens(seed: int) -> None:
    watch = Explaining()
    scenario = draw_scenario(seed)
    watch.run = FaultyRun(scenario, Streams(seed), watch)
    watch.run.run()
    assert watch.waits > 20
    assert watch.decisions > 100
