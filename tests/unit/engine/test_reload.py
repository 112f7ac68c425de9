"""New settings while calls wait and agents talk: nothing is lost, nothing is cut short."""

from __future__ import annotations

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import facts
from acdengine import requests as rq
from acdengine.centre_facts import AgentStateChanged, SettingsApplied
from acdengine.live_legs import LiveCall
from acdengine.plan import Flow, Plan, Tenant
from queues.policy import (
    CallbackPolicy,
    OrderPolicy,
    Overflow,
    PreferredRule,
    ServiceLevelPolicy,
    StaffRule,
    Step,
)
from queues.targets import ToCallback, ToFlow, ToQueue, ToVoicemail
from routing.policy import Assignment, Customer, Hours, WrapUpPolicy
from tests.unit.engine.scene import S, Scene, agent, centre, queue


def applied(scene: Scene) -> SettingsApplied:
    return scene.told(SettingsApplied)[-1]


# -- queues ------------------------------------------------------------------------------------


def test_the_same_settings_change_nothing() -> None:
    scene = Scene(queue("a"), agent("anna", "a"))
    scene.ready("anna")
    scene.call("c1", "a")
    before = len(scene.commands)
    scene.reload(queue("a"), agent("anna", "a"))
    fact = applied(scene)
    assert (fact.added, fact.changed, fact.draining, fact.removed) == ((), (), (), ())
    assert [type(command) for command in scene.commands[before:]] == [cmd.Reply]
    assert scene.ringing("c1") == ["anna"]


def test_a_new_queue_and_a_new_agent() -> None:
    scene = Scene(queue("a"), agent("anna", "a"))
    scene.reload(queue("a"), queue("b"), agent("anna", "a"), agent("ben", "b"))
    assert applied(scene).added == ("queue t/b", "agent t/ben")
    scene.ready("ben")
    scene.call("c1", "b")
    assert scene.ringing("c1") == ["ben"]


def test_a_changed_queue_keeps_its_callers_and_their_places() -> None:
    scene = Scene(queue("a"), agent("anna", "a"))
    scene.calls("plain", "a")
    scene.calls("vip", "a", priority=1)
    scene.calls("plain2", "a")
    scene.wait(100)
    scene.reload(queue("a", order=OrderPolicy(boost_per_priority_us=0)), agent("anna", "a"))
    assert applied(scene).changed == ("queue t/a",)
    assert [scene.position(c) for c in ("plain", "vip", "plain2")] == [1, 2, 3]
    scene.reload(queue("a", order=OrderPolicy(mode="bands")), agent("anna", "a"))
    assert [scene.position(c) for c in ("plain", "vip", "plain2")] == [2, 1, 3]
    scene.ready("anna")
    assert scene.served_order("anna", 3) == ["vip", "plain", "plain2"]


def test_new_limits_count_from_when_the_call_joined() -> None:
    scene = Scene(queue("a"))
    scene.call("c1", "a")
    scene.call("c2", "a")
    scene.wait(50)
    scene.reload(queue("a", max_wait_us=60 * S, when_waited=(ToVoicemail("t/box"),)))
    scene.wait(9)
    assert scene.live("c1").state == "waiting"
    scene.wait(1)
    assert scene.live("c1").state == "message"
    scene.call("c3", "a")
    scene.wait(55)
    scene.reload(queue("a"), queue("b"))
    scene.wait(3600)
    assert scene.live("c3").state == "waiting", "the limit is gone"
    late = (Overflow(after_us=10 * S, targets=(ToQueue("t/b"),)),)
    scene.reload(queue("a", overflow=late), queue("b"))
    scene.wait(0)
    assert scene.live("c3").queue_id == "t/b"


def test_a_new_requirement_counts_for_those_who_wait() -> None:
    scene = Scene(queue("a"), agent("anna", "a"), agent("ben", "a", skills={"french": 5}))
    scene.calls("c1 c2", "a")
    scene.reload(
        queue("a", steps=(Step(requirement="french"),)),
        agent("anna", "a"),
        agent("ben", "a", skills={"french": 5}),
    )
    scene.ready("anna")
    assert scene.ringing("c1") == []
    scene.ready("ben")
    assert scene.ringing("c1") == ["ben"]
    scene.reload(queue("a"), agent("anna", "a"), agent("ben", "a", skills={"french": 5}))
    assert scene.ringing("c2") == ["anna"]


def test_a_new_strategy_while_the_phone_rings() -> None:
    agents = agent("anna", "a"), agent("ben", "a"), agent("cora", "a")
    scene = Scene(queue("a"), *agents)
    scene.ready("anna", "ben", "cora")
    scene.call("c1", "a")
    assert scene.ringing("c1") == ["anna"]
    scene.reload(queue("a", strategy="ring_all"), *agents)
    assert scene.ringing("c1") == ["anna", "ben", "cora"]
    scene.reload(queue("a"), *agents)
    assert scene.ringing("c1") == ["anna", "ben", "cora"]
    scene.answers("ben")
    assert [scene.state(name) for name in ("anna", "cora")] == ["ready", "ready"]


def test_a_higher_cap_lets_calls_through_at_once() -> None:
    agents = agent("anna", "a"), agent("ben", "a"), agent("cora", "a")
    scene = Scene(queue("a", max_conversations=1), *agents)
    scene.ready("anna", "ben", "cora")
    scene.calls("c1 c2 c3", "a")
    assert scene.ringing("c2") == []
    scene.reload(queue("a", max_conversations=3), *agents)
    assert [scene.ringing(c) for c in ("c2", "c3")] == [["ben"], ["cora"]]
    scene.reload(queue("a", max_conversations=1), *agents)
    scene.calls("c4", "a")
    scene.caller_hangs_up("c1")
    assert scene.ringing("c4") == []


def test_calls_that_wait_for_a_preferred_agent_go_on_in_the_queue() -> None:
    rules = (PreferredRule(min_score=1, wait_us=3600 * S),)
    customers = {"t/07": Customer(customer_id="k", tenant_id="t", preferred={"t/anna": 9})}
    agents = agent("anna", "a"), agent("ben", "a")
    scene = Scene(centre(queue("a", preferred=rules), *agents, customers=customers))
    scene.ready("anna", "ben")
    scene.call("c0", "a", ani="07")
    scene.answers("anna")
    scene.call("c1", "a", ani="07")
    assert scene.ringing("c1") == []
    scene.reload(centre(queue("a"), *agents, customers=customers))
    assert scene.ringing("c1") == ["ben"]


def test_the_measured_service_level_lasts_unless_its_definition_changes() -> None:
    scene = Scene(queue("a"), agent("anna", "a"))
    scene.ready("anna")
    scene.call("c1", "a")
    scene.talk("anna", 5)
    scene.reload(queue("a", max_length=5), agent("anna", "a"))
    assert scene.engine.state.queues["t/a"].service_level.value(scene.now_us) == 1
    new = ServiceLevelPolicy(threshold_us=1)
    scene.reload(queue("a", service_level=new), agent("anna", "a"))
    assert scene.engine.state.queues["t/a"].service_level.value(scene.now_us) is None


def test_who_would_be_sent_away_for_want_of_staff_is_not_when_the_rule_is_gone() -> None:
    scene = Scene(queue("a", leave_staff=StaffRule(), leave_grace_us=30 * S), agent("anna", "a"))
    scene.call("c1", "a")
    scene.wait(20)
    scene.reload(queue("a"), agent("anna", "a"))
    scene.wait(60)
    assert scene.live("c1").queue_id == "t/a"
    scene.reload(queue("a", leave_staff=StaffRule(), leave_grace_us=30 * S), agent("anna", "a"))
    scene.wait(30)
    assert scene.outcome("c1") == "turned_away"


def test_a_removed_queue_serves_its_callers_to_the_end_and_is_gone_then() -> None:
    scene = Scene(queue("a"), queue("b"), agent("anna", "a", "b"))
    scene.ready("anna")
    scene.calls("c1 c2 c3", "b")
    scene.answers("anna")
    scene.reload(queue("a"), agent("anna", "a"))
    assert applied(scene).draining == ("queue t/b",)
    assert applied(scene).removed == ()
    scene.call("c4", "b")
    assert scene.told(facts.CallRefused, call_id="c4", cause="unallocated_number")
    assert scene.live("c2").queue_id == "t/b"
    scene.caller_hangs_up("c1")
    assert scene.ringing("c2") == ["anna"], "the agent serves it to the end"
    scene.talk("anna", 5)
    scene.talk("anna", 5)
    assert "t/b" not in scene.engine.state.queues
    assert applied(scene).removed == ("queue t/b",)
    assert list(scene.agent("anna").queues) == ["t/a"]
    scene.call("c5", "a")
    assert scene.ringing("c5") == ["anna"], "and is free for the rest"


def test_a_removed_queue_without_calls_is_gone_at_once() -> None:
    scene = Scene(queue("a"), queue("b"), agent("anna", "a", "b"))
    scene.ready("anna")
    scene.reload(queue("a"), agent("anna", "a"))
    assert applied(scene).removed == ("queue t/b",)
    scene.call("c1", "a")
    assert scene.ringing("c1") == ["anna"]


def test_a_removed_queue_whose_last_caller_hangs_up_is_gone() -> None:
    scene = Scene(queue("a"), queue("b"))
    scene.call("c1", "b")
    scene.reload(queue("a"))
    scene.caller_hangs_up("c1")
    assert "t/b" not in scene.engine.state.queues
    assert applied(scene).removed == ("queue t/b",)


def test_a_queue_that_comes_back_before_it_was_empty_takes_calls_again() -> None:
    scene = Scene(queue("a"), queue("b"), agent("anna", "b"))
    scene.calls("c1", "b")
    scene.reload(queue("a"), agent("anna"))
    scene.reload(queue("a"), queue("b"), agent("anna", "b"))
    scene.call("c2", "b")
    assert scene.live("c2").queue_id == "t/b"
    scene.ready("anna")
    assert scene.ringing("c1") == ["anna"]


def test_a_queue_drained_by_hand_stays_so_over_a_change_of_its_settings() -> None:
    scene = Scene(queue("a"))
    scene.ask(rq.DrainRequested(scene.now_us, queue_id="t/a"))
    scene.reload(queue("a", max_length=7))
    scene.call("c1", "a")
    assert scene.outcome("c1") == "turned_away"


def test_a_call_on_its_way_to_a_queue_that_is_gone_is_not_left_hanging() -> None:
    flows = {"t/f": Flow(flow_id="t/f", prompts=("hello",), then=ToQueue("t/b"))}
    scene = Scene(centre(queue("a"), queue("b"), flows=flows, numbers={"1": ToFlow("t/f")}))
    scene.call("c1", "1")
    scene.reload(queue("a"))
    scene.prompt_ends("c1")
    assert scene.outcome("c1") == "turned_away"


def test_a_transfer_from_a_queue_that_is_gone() -> None:
    scene = Scene(queue("a"), queue("b"), agent("anna", "b"))
    scene.ready("anna")
    scene.call("c1", "b")
    scene.answers("anna")
    scene.reload(queue("a"), agent("anna", "a"))
    request = rq.TransferRequested(scene.now_us, call_id="c1", target=ToQueue("t/a"))
    assert scene.ask(request) == ""
    assert "t/b" not in scene.engine.state.queues
    assert scene.ringing("c1") == ["anna"]


def test_callbacks_outlive_their_hours() -> None:
    policy = CallbackPolicy(hours_id="t/day")
    keys = {"1": (ToCallback(),)}
    hours = {"t/day": Hours(hours_id="t/day")}
    scene = Scene(
        centre(
            queue("a"), queue("b", callback=policy, exit_keys=keys), agent("anna", "b"), hours=hours
        )
    )
    scene.call("c1", "b")
    scene.presses("c1", "1")
    scene.reload(queue("a"), agent("anna", "b"))
    scene.wait(11 * 24 * 3600)
    assert scene.is_over("c1")


# -- agents ------------------------------------------------------------------------------------


def test_an_agents_new_skills_and_queues_count_at_once() -> None:
    wanted = queue("a", steps=(Step(requirement="french"),))
    scene = Scene(wanted, queue("b"), agent("anna", "b"))
    scene.ready("anna")
    scene.call("c1", "a")
    scene.reload(wanted, queue("b"), agent("anna", "a", skills={"french": 1}))
    assert applied(scene).changed == ("agent t/anna",)
    assert scene.ringing("c1") == ["anna"]


def test_what_was_changed_live_stays_unless_the_settings_change_it_too() -> None:
    scene = Scene(queue("a"), queue("b"), agent("anna", "a"))
    scene.ask(rq.SkillsChangeRequested(scene.now_us, agent_id="t/anna", skills={"x": 1}))
    scene.ask(
        rq.QueuesChangeRequested(
            scene.now_us, agent_id="t/anna", queues={"t/a": Assignment(), "t/b": Assignment()}
        )
    )
    timed = WrapUpPolicy(mode="timed")
    scene.reload(queue("a"), queue("b"), agent("anna", "a", wrap_up=timed))
    assert scene.agent("anna").skills == {"x": 1}
    assert list(scene.agent("anna").queues) == ["t/a", "t/b"]
    assert scene.agent("anna").profile.wrap_up == timed
    scene.reload(queue("a"), queue("b"), agent("anna", "b", wrap_up=timed, skills={"y": 2}))
    assert scene.agent("anna").skills == {"y": 2}
    assert list(scene.agent("anna").queues) == ["t/b"]


def test_an_agent_removed_in_a_call_finishes_it_and_is_gone() -> None:
    scene = Scene(queue("a"), agent("anna", "a"))
    scene.ready("anna")
    scene.calls("c1 c2", "a")
    scene.answers("anna")
    scene.reload(queue("a"))
    assert applied(scene).draining == ("agent t/anna",)
    assert scene.live("c1").state == "talking"
    scene.caller_hangs_up("c1")
    assert "t/anna" not in scene.engine.state.agents
    assert applied(scene).removed == ("agent t/anna",)
    assert scene.live("c2").state == "waiting"


def test_a_removed_agent_cannot_stay_on() -> None:
    scene = Scene(queue("a"), agent("anna", "a"))
    scene.ready("anna")
    scene.call("c1", "a")
    scene.answers("anna")
    scene.reload(queue("a"))
    assert scene.ask(rq.ReadyRequested(scene.now_us, agent_id="t/anna")) == "no such agent"
    assert scene.ask(rq.SignInRequested(scene.now_us, agent_id="t/anna")) == "no such agent"
    assert scene.not_ready("anna") == "no such agent"
    scene.caller_hangs_up("c1")
    assert "t/anna" not in scene.engine.state.agents


def test_a_removed_agent_who_was_free_is_gone_at_once() -> None:
    scene = Scene(queue("a"), agent("anna", "a"), agent("ben", "a"))
    scene.ready("anna")
    scene.reload(queue("a"), agent("ben", "a"))
    assert applied(scene).removed == ("agent t/anna",)
    assert scene.told(AgentStateChanged, agent_id="t/anna", state="logged_out")
    scene.call("c1", "a")
    assert scene.ringing("c1") == []


def in_a_call(*agents: str) -> Scene:
    """Anna talks on c1, c2 waits."""
    scene = Scene(*SHOP)
    scene.ready(*agents)
    scene.calls("c1", "a")
    scene.answers("anna")
    scene.calls("c2", "a")
    return scene


#: What is there before and after; without anna and queue b in between.
SHOP = (queue("a"), queue("b"), agent("anna", "a", "b"), agent("ben"))
LESS = (queue("a"), agent("ben"))


def test_an_agent_who_comes_back_before_the_end_of_the_call_goes_on_as_if_nothing_had_been() -> (
    None
):
    scene = in_a_call("anna")
    scene.reload(queue("a"), queue("b"), agent("ben"))
    scene.wait(10)
    scene.reload(*SHOP)
    assert applied(scene).added == ("agent t/anna",)
    scene.caller_hangs_up("c1")
    assert scene.ringing("c2") == ["anna"]


def test_a_queue_that_comes_back_with_its_agent_before_the_end_of_the_call_is_theirs_again() -> (
    None
):
    """No call waited in the queue, so it was removed at once."""
    scene = in_a_call("anna")
    scene.reload(*LESS)
    assert applied(scene).removed == ("queue t/b",)
    scene.reload(*SHOP)
    scene.caller_hangs_up("c1")
    scene.call("c3", "b")
    assert scene.served_order("anna", 2) == ["c2", "c3"]


def test_an_agent_who_comes_back_gets_the_break_that_was_asked_for_before() -> None:
    scene = in_a_call("anna")
    scene.not_ready("anna")
    scene.reload(*LESS)
    scene.reload(*SHOP)
    scene.caller_hangs_up("c1")
    assert scene.state("anna") == "not_ready break"


def test_an_agent_who_comes_back_keeps_the_skills_that_were_changed_live() -> None:
    scene = in_a_call("anna")
    scene.ask(rq.SkillsChangeRequested(scene.now_us, agent_id="t/anna", skills={"x": 3}))
    scene.reload(*LESS)
    scene.reload(*SHOP)
    assert scene.agent("anna").skills == {"x": 3}


def test_an_agent_who_comes_back_while_rung_is_not_signed_out() -> None:
    scene = Scene(*SHOP)
    scene.ready("anna")
    scene.calls("c1", "a")
    scene.reload(*LESS)
    scene.reload(*SHOP)
    scene.talk("anna", 5)
    assert scene.state("anna") == "ready"


def test_a_removed_agent_who_misses_the_call_is_gone() -> None:
    scene = Scene(*SHOP)
    scene.ready("anna")
    scene.calls("c1", "a")
    scene.reload(*LESS)
    scene.misses("anna")
    assert "t/anna" not in scene.engine.state.agents


def test_an_agent_who_comes_back_in_wrap_up_is_not_signed_out() -> None:
    anna = agent("anna", "a", wrap_up=WrapUpPolicy(mode="timed", time_us=30 * S))
    scene = Scene(queue("a"), anna)
    scene.ready("anna")
    scene.calls("c1", "a")
    scene.answers("anna")
    scene.reload(queue("a"))
    scene.caller_hangs_up("c1")
    assert scene.state("anna") == "wrap_up"
    scene.reload(queue("a"), anna)
    scene.wait(30)
    assert scene.state("anna") == "ready"


def test_a_queue_that_comes_back_before_the_end_of_the_call_goes_on_as_if_nothing_had_been() -> (
    None
):
    scene = in_a_call("anna")
    window = scene.engine.state.queues["t/a"].service_level.dump()
    scene.reload(queue("b"), agent("anna", "b"), agent("ben"))
    scene.reload(*SHOP)
    assert scene.engine.state.queues["t/a"].service_level.dump() == window
    scene.call("c3", "a")
    scene.caller_hangs_up("c1")
    assert scene.served_order("anna", 2) == ["c2", "c3"]


def test_a_queue_that_was_drained_on_request_is_so_when_it_comes_back() -> None:
    scene = in_a_call("anna")
    scene.ask(rq.DrainRequested(scene.now_us, queue_id="t/a"))
    scene.reload(queue("b"), agent("anna", "b"), agent("ben"))
    scene.reload(*SHOP)
    scene.call("c3", "a")
    assert scene.outcome("c3") == "turned_away"
    scene.ask(rq.DrainRequested(scene.now_us, queue_id="t/a", on=False))
    scene.call("c4", "a")
    assert scene.live("c4").state == "waiting"


# -- everything at once ------------------------------------------------------------------------


def test_a_tenant_that_is_gone_serves_its_calls_to_the_end() -> None:
    keys = {"1": (ToCallback(),)}
    scene = Scene(centre(queue("b", callback=CallbackPolicy(), exit_keys=keys), agent("anna", "b")))
    scene.ready("anna")
    scene.calls("c1 c2 c3", "b")
    scene.answers("anna")
    other = Tenant(tenant_id="u", numbers={})
    scene.reload(Plan(tenants={"u": other}))
    scene.presses("c3", "1")
    for request in (
        rq.NotReadyRequested(scene.now_us, agent_id="t/anna", reason="break"),
        rq.WrapUpRequested(scene.now_us, agent_id="t/anna"),
    ):
        assert scene.ask(request)
    live = LiveCall("c9", "leg", "07", "b", "trunk", "t/b", scene.now_us)
    scene.feed(ev.SwitchSynced(scene.now_us, "elsewhere", (live,), ()))
    scene.caller_hangs_up("c1")
    scene.wait(60)
    assert "t/anna" not in scene.engine.state.agents
    for call_id in ("c2", "c3", "c9"):
        scene.caller_hangs_up(call_id)
    scene.wait(24 * 3600)
    assert not scene.engine.state.calls
    assert not scene.engine.state.queues
