"""Who may take a call while it waits: requirement steps, levels, delays, live changes of agents."""

from __future__ import annotations

import pytest

from acdengine import events as ev
from acdengine import facts
from acdengine import requests as rq
from acdengine.centre_facts import AgentSkillsChanged
from queues.policy import Announcements, LevelRules, QueuePolicy, Step
from routing.policy import AgentProfile, Assignment
from tests.unit.engine.scene import S, Scene, agent, queue


def level(number: int, delay_s: int = 0) -> Assignment:
    return Assignment(level=number, delay_us=delay_s * S)


# -- requirement steps -------------------------------------------------------------------------


def steps() -> QueuePolicy:
    return queue(
        "a",
        steps=(
            Step(requirement="english >= 7", expires_us=30 * S),
            Step(requirement="english >= 3", expires_us=30 * S, drop_skills=("billing",)),
            Step(add_teams=("t/backup",)),
        ),
    )


def test_a_requirement_is_relaxed_step_by_step_and_the_call_keeps_its_place() -> None:
    scene = Scene(
        steps(),
        agent("expert", "a", skills={"english": 8}),
        agent("fair", "a", skills={"english": 4}),
        agent("none", "a"),
    )
    scene.ready("none", "fair")
    scene.call("c1", "a")
    assert scene.ringing("c1") == []
    scene.wait(10)
    scene.calls("c2", "a")
    scene.rings_after("c1", 19, "fair")
    scene.answers("fair")
    scene.wait(10)
    assert scene.ringing("c2") == [], "of those who may, nobody is free"
    scene.rings_after("c2", 30, "none")
    relaxed = scene.told(facts.RequirementRelaxed, call_id="c2")
    assert [fact.step for fact in relaxed] == [1, 2]


@pytest.mark.parametrize("late", [False, True], ids=["in time", "late"])
def test_steps_of_several_calls_that_are_overdue_are_taken_in_their_order(late: bool) -> None:
    scene = Scene(
        queue(
            "a",
            steps=(Step(requirement="english", expires_us=30 * S), Step()),
            announcements=Announcements(first_after_us=10 * S, every_us=18 * S, comfort=("wait",)),
        ),
        agent("anna", "a"),
    )
    scene.ready("anna")
    scene.call("c1", "a")
    scene.wait(1)
    scene.call("c2", "a")
    scene.wait(27)
    # Now c2 is due for an announcement, then c1 for its step, then c2 for its own.
    if late:
        scene.now_us += 4 * S
        scene.feed(ev.TimePassed(scene.now_us))
    else:
        scene.wait(4)
    assert scene.ringing("c1") == ["anna"]
    assert scene.ringing("c2") == []
    steps_in_force = scene.told(facts.RequirementRelaxed)
    assert [fact.call_id for fact in steps_in_force] == ["c1", "c2"]


def test_an_expert_who_becomes_ready_takes_the_first_call_whatever_its_step() -> None:
    scene = Scene(steps(), agent("expert", "a", skills={"english": 8}))
    scene.calls("c1", "a")
    scene.wait(70)
    scene.calls("c2", "a")
    scene.ready("expert")
    assert scene.ringing("c1") == ["expert"]


def test_a_step_adds_a_team_that_does_not_serve_the_queue() -> None:
    scene = Scene(steps(), agent("bob", team_id="t/backup"), agent("bill", team_id="t/other"))
    scene.ready("bob", "bill")
    scene.call("c1", "a")
    scene.rings_after("c1", 60, "bob")


def test_a_step_drops_skills_that_the_call_asks_for() -> None:
    scene = Scene(steps(), agent("expert", "a", skills={"english": 9}))
    scene.ready("expert")
    scene.call("c1", "a", skills={"billing": 1, "english": 9})
    scene.rings_after("c1", 30, "expert")


def test_what_the_call_asks_for_counts_besides_what_the_queue_asks_for() -> None:
    scene = Scene(
        queue("a", steps=(Step(requirement="sales or billing >= 5"),)),
        agent("anna", "a", skills={"sales": 1}),
        agent("ben", "a", skills={"billing": 6, "french": 2}),
        agent("cora", "a", skills={"sales": 1, "french": 3}),
    )
    scene.ready("anna", "ben", "cora")
    scene.call("c1", "a", skills={"french": 3})
    assert scene.ringing("c1") == ["cora"]
    scene.call("c2", "a", skills={"french": 1})
    assert scene.ringing("c2") == ["ben"]


# -- levels and delays -------------------------------------------------------------------------


@pytest.mark.parametrize(("per_level", "third_s"), [(True, 20), (False, 10)])
def test_levels_join_in_one_after_the_other(per_level: bool, third_s: int) -> None:
    scene = Scene(
        queue("a", levels=LevelRules(wait_us=10 * S, per_level=per_level, skip_unstaffed=False)),
        agent("second", ("a", level(2))),
        agent("third", ("a", level(3))),
        agent("first", ("a", level(1))),
    )
    scene.ready("third")
    scene.call("c1", "a")
    scene.wait(third_s - 1)
    assert scene.ringing("c1") == []
    scene.wait(1)
    assert scene.ringing("c1") == ["third"]
    scene.ready("second")
    scene.call("c2", "a")
    scene.rings_after("c2", 10, "second")


def test_without_a_wait_all_levels_are_asked_the_lower_first() -> None:
    scene = Scene(queue("a"), agent("two", ("a", level(2))), agent("one", ("a", level(1))))
    scene.ready("two", "one")
    scene.calls("c1 c2", "a")
    assert (scene.ringing("c1"), scene.ringing("c2")) == (["one"], ["two"])


def test_a_level_without_staff_does_not_delay_the_next() -> None:
    scene = Scene(
        queue("a", levels=LevelRules(wait_us=60 * S)),
        agent("one", ("a", level(1))),
        agent("two", ("a", level(2))),
    )
    scene.ready("two")
    scene.call("c1", "a")
    assert scene.ringing("c1") == ["two"], "nobody of level 1 is signed in"
    scene.answers("two")
    scene.caller_hangs_up("c1")
    scene.sign_in("one")
    scene.call("c2", "a")
    assert scene.ringing("c2") == ["two"], "a break is not staff"
    scene.caller_hangs_up("c2")
    scene.ready("one")
    scene.call("c3", "a")
    scene.answers("one")
    scene.call("c4", "a")
    scene.wait(59)
    assert scene.ringing("c4") == [], "level 1 has staff, although it is busy"
    scene.wait(1)
    assert scene.ringing("c4") == ["two"]


def test_a_level_without_staff_in_the_middle_does_not_delay_the_next_either() -> None:
    scene = Scene(
        queue("a", levels=LevelRules(wait_us=60 * S)),
        agent("one", ("a", level(1))),
        agent("two", ("a", level(2))),
        agent("three", ("a", level(3))),
    )
    scene.ready("one", "three")
    scene.sign_in("two")
    scene.call("c0", "a")
    scene.answers("one")
    scene.call("c1", "a")
    scene.rings_after("c1", 60, "three")
    scene.misses("three", "busy")
    scene.ready("two")
    assert scene.ringing("c1") == ["two"]
    scene.answers("two")
    scene.call("c2", "a")
    scene.ready("three")
    scene.rings_after("c2", 119, "three")


def test_when_the_last_of_a_level_leaves_the_next_joins_in_at_once_for_those_who_wait() -> None:
    scene = Scene(
        queue("a", levels=LevelRules(wait_us=600 * S)),
        agent("one", ("a", level(1))),
        agent("two", ("a", level(2))),
    )
    scene.ready("one", "two")
    scene.call("c1", "a")
    scene.answers("one")
    scene.call("c2", "a")
    scene.wait(30)
    assert scene.ringing("c2") == []
    scene.not_ready("one")
    scene.caller_hangs_up("c1")
    assert scene.ringing("c2") == ["two"]


def test_when_a_level_gets_staff_the_next_waits_again() -> None:
    scene = Scene(
        queue("a", levels=LevelRules(wait_us=600 * S)),
        agent("one", ("a", level(1))),
        agent("two", ("a", level(2))),
    )
    scene.ready("two")
    scene.call("c1", "a")
    scene.answers("two")
    scene.calls("c2", "a")
    scene.ready("one")
    assert scene.ringing("c2") == ["one"]
    scene.answers("one")
    scene.calls("c3", "a")
    scene.caller_hangs_up("c1")
    assert scene.state("two") == "ready"
    assert scene.ringing("c3") == []


def test_an_agent_with_a_delay_joins_in_when_the_call_has_waited_so_long() -> None:
    scene = Scene(queue("a"), agent("anna", ("a", level(1, 15))), agent("ben", ("a", level(1, 40))))
    scene.ready("ben", "anna")
    scene.call("c1", "a")
    scene.rings_after("c1", 15, "anna")
    scene.misses("anna")
    scene.rings_after("c1", 25, "ben")


def test_steps_levels_and_delays_go_together() -> None:
    scene = Scene(
        queue(
            "a",
            steps=(Step(requirement="vip", expires_us=20 * S), Step()),
            levels=LevelRules(wait_us=30 * S, skip_unstaffed=False),
        ),
        agent("late", ("a", level(1, 25))),
        agent("deep", ("a", level(2)), skills={"vip": 1}),
    )
    scene.ready("late", "deep")
    scene.call("c1", "a")
    scene.rings_after("c1", 25, "late")
    scene.misses("late")
    scene.rings_after("c1", 5, "deep")


# -- live changes ------------------------------------------------------------------------------


def change_skills(scene: Scene, name: str, **skills: int) -> str:
    return scene.ask(rq.SkillsChangeRequested(scene.now_us, agent_id=f"t/{name}", skills=skills))


def change_queues(scene: Scene, name: str, **queues: Assignment) -> str:
    named = {f"t/{queue_name}": how for queue_name, how in queues.items()}
    return scene.ask(rq.QueuesChangeRequested(scene.now_us, agent_id=f"t/{name}", queues=named))


def test_a_skill_learned_while_calls_wait_counts_at_once() -> None:
    scene = Scene(queue("a", steps=(Step(requirement="french >= 4"),)), agent("anna", "a"))
    scene.ready("anna")
    scene.calls("c1 c2", "a")
    assert change_skills(scene, "anna", french=3) == ""
    assert scene.ringing("c1") == []
    assert change_skills(scene, "anna", french=4) == ""
    assert scene.ringing("c1") == ["anna"]
    assert change_skills(scene, "anna") == ""
    assert scene.ringing("c1") == ["anna"], "an offer is not taken back"
    scene.talk("anna", 5)
    assert scene.ringing("c2") == []
    told = scene.told(AgentSkillsChanged)
    assert [fact.skills for fact in told] == [{"french": 3}, {"french": 4}, {}]


def test_a_proficiency_is_from_one_to_ten() -> None:
    scene = Scene(queue("a"), agent("anna", "a"))
    for wrong in (0, 11):
        assert change_skills(scene, "anna", french=wrong) == (
            "proficiency of french must be 1 to 10"
        )
    assert not scene.told(AgentSkillsChanged)


def test_a_queue_given_while_calls_wait_counts_at_once() -> None:
    scene = Scene(queue("a"), queue("b"), agent("anna", "a"))
    scene.ready("anna")
    scene.calls("c1", "b")
    assert change_queues(scene, "anna", a=level(1), b=level(1)) == ""
    assert scene.ringing("c1") == ["anna"]
    assert change_queues(scene, "anna", a=level(1)) == ""
    scene.answers("anna")
    assert scene.live("c1").state == "talking"
    scene.caller_hangs_up("c1")
    scene.call("c2", "b")
    assert scene.ringing("c2") == []


@pytest.mark.parametrize(
    "how",
    [Assignment(level=0), Assignment(delay_us=-1), Assignment(weight=0), Assignment(position=-1)],
)
def test_an_assignment_that_no_settings_could_give_is_refused(how: Assignment) -> None:
    scene = Scene(queue("a", strategy="weighted_random"), agent("anna", "a"))
    scene.ready("anna")
    assert "assignment" in change_queues(scene, "anna", a=how)
    assert change_queues(scene, "anna", b=Assignment()) == "no such queue: t/b"
    scene.call("c1", "a")
    assert scene.ringing("c1") == ["anna"]


def test_new_delays_and_levels_of_signed_in_agents_open_for_calls_that_wait() -> None:
    scene = Scene(
        queue("a", levels=LevelRules(wait_us=50 * S, skip_unstaffed=False)), agent("anna")
    )
    scene.ready("anna")
    scene.calls("c1", "a")
    change_queues(scene, "anna", a=level(1, 30))
    scene.rings_after("c1", 29, "anna")
    change_queues(scene, "anna", a=level(3))
    scene.misses("anna")
    scene.ready("anna")
    scene.wait(68)
    assert scene.ringing("c1") == []
    scene.wait(2)
    assert scene.ringing("c1") == ["anna"]


def test_the_levels_rules_can_change_while_agents_of_all_levels_work() -> None:
    """The delays counted under the old rules are not those taken back under the new."""

    def plan(rules: LevelRules) -> list[QueuePolicy | AgentProfile]:
        one, two = agent("one", ("a", level(1))), agent("two", ("a", level(2)))
        return [queue("a", levels=rules), one, two]

    scene = Scene(*plan(LevelRules()))
    scene.ready("one", "two")
    scene.call("c1", "a")
    scene.answers("one")
    scene.not_ready("two")
    scene.reload(*plan(LevelRules(wait_us=40 * S)))
    scene.ready("two")
    scene.call("c2", "a")
    scene.rings_after("c2", 40, "two")
    assert change_queues(scene, "two", a=level(3)) == ""
    assert change_queues(scene, "one", a=level(2)) == ""


def test_levels_without_staff_are_known_after_a_change_of_the_rules() -> None:
    def plan(rules: LevelRules) -> list[QueuePolicy | AgentProfile]:
        one, two = agent("one", ("a", level(1))), agent("two", ("a", level(2)))
        return [queue("a", levels=rules), one, two]

    scene = Scene(*plan(LevelRules()))
    scene.ready("two")
    scene.reload(*plan(LevelRules(wait_us=40 * S)))
    scene.call("c1", "a")
    assert scene.ringing("c1") == ["two"]
