"""Preferred agents, calls for one named agent, and what follows when they do not come."""

from __future__ import annotations

import pytest
from msgspec import structs

from acdengine import events as ev
from acdengine import facts
from acdengine import requests as rq
from acdengine.plan import Plan
from queues.policy import OrderPolicy, PreferredRule, QueuePolicy, Step
from queues.targets import ToAgent, ToQueue
from routing.policy import AgentProfile, Customer, WrapUpPolicy
from tests.unit.engine.scene import S, Scene, agent, centre, queue

RULES = (PreferredRule(min_score=50, wait_us=30 * S), PreferredRule(min_score=10, wait_us=30 * S))


def plan(*parts: QueuePolicy | AgentProfile, **scores: int) -> Plan:
    """Customer 07 prefers these agents; number 1 leads to anna, then queue a."""
    preferred = {f"t/{name}": score for name, score in scores.items()}
    customer = Customer(customer_id="k", tenant_id="t", preferred=preferred)
    numbers = {"1": ToAgent("t/anna", 30 * S, "t/a")}
    return centre(*parts, customers={"t/07": customer}, numbers=numbers)  # type: ignore[arg-type]


def test_a_caller_gets_the_preferred_agent_though_others_are_idle_longer() -> None:
    scene = Scene(
        plan(queue("a", preferred=RULES), agent("anna", "a"), agent("ben", "a"), ben=60, anna=20)
    )
    scene.ready("anna", "ben")
    scene.call("c1", "a", ani="07")
    assert scene.ringing("c1") == ["ben"]
    assert scene.told(facts.OfferMade)[0].rule == "preferred"
    scene.call("c2", "a")
    assert scene.ringing("c2") == ["anna"]


def test_the_highest_score_is_taken_of_several() -> None:
    scene = Scene(
        plan(queue("a", preferred=RULES), agent("anna", "a"), agent("ben", "a"), anna=60, ben=90)
    )
    scene.ready("anna", "ben")
    scene.call("c1", "a", ani="07")
    assert scene.ringing("c1") == ["ben"]
    [offer] = scene.told(facts.OfferMade)
    assert (offer.candidates, offer.runner_up, offer.reason) == (2, "t/anna", "higher score")


def test_rules_widen_step_by_step_and_end_in_the_queue() -> None:
    scene = Scene(
        plan(
            queue("a", preferred=RULES),
            *(agent(name, "a") for name in ("anna", "ben", "cora")),
            anna=60,
            ben=20,
        )
    )
    scene.ready("cora", "ben", "anna")
    scene.call("c0", "a", ani="07")
    scene.answers("anna")
    scene.call("c1", "a", ani="07")
    scene.rings_after("c1", 30, "ben")
    scene.answers("ben")
    scene.call("c2", "a", ani="07")
    scene.wait(59)
    assert scene.ringing("c2") == [], "cora is idle, and preferred by nobody"
    scene.wait(1)
    assert scene.ringing("c2") == ["cora"]


def test_the_preferred_agent_takes_the_waiting_call_when_free_again() -> None:
    scene = Scene(plan(queue("a", preferred=RULES), agent("anna", "a"), agent("ben", "a"), anna=60))
    scene.ready("anna")
    scene.call("c0", "a")
    scene.answers("anna")
    scene.call("c1", "a", ani="07")
    scene.ready("ben")
    assert scene.ringing("c1") == []
    scene.caller_hangs_up("c0")
    assert scene.ringing("c1") == ["anna"]
    assert scene.told(facts.OfferMade, call_id="c1")[0].reason == "prefers this agent"


def test_an_agent_takes_what_waited_longer_before_what_prefers_it() -> None:
    scene = Scene(plan(queue("a", preferred=RULES), agent("anna", "a"), anna=60))
    scene.ready("anna")
    scene.call("c0", "a")
    scene.answers("anna")
    scene.calls("c1", "a")
    scene.calls("c2", "a", ani="07")
    scene.caller_hangs_up("c0")
    assert scene.ringing("c1") == ["anna"]
    scene.talk("anna", 1)
    assert scene.ringing("c2") == ["anna"]


def test_nobody_waits_for_an_agent_who_is_not_there() -> None:
    scene = Scene(plan(queue("a", preferred=RULES), agent("anna", "a"), agent("ben", "a"), anna=60))
    scene.sign_in("anna")
    scene.ready("ben")
    scene.call("c1", "a", ani="07")
    assert scene.ringing("c1") == ["ben"]


def test_a_preferred_agent_who_does_not_serve_the_queue_is_not_rung() -> None:
    scene = Scene(
        plan(
            queue("a", preferred=RULES), queue("b"), agent("anna", "b"), agent("ben", "a"),
            anna=90, ben=60,
        )
    )  # fmt: skip
    scene.ready("anna", "ben")
    scene.call("c1", "a", ani="07")
    assert scene.ringing("c1") == ["ben"]
    scene.answers("ben")
    scene.call("c2", "a", ani="07")
    scene.wait(60)
    assert scene.ringing("c2") == []
    assert scene.state("anna") == "ready"


def test_a_preferred_agent_who_loses_the_queue_meanwhile_is_not_rung() -> None:
    scene = Scene(plan(queue("a", preferred=RULES), queue("b"), agent("anna", "a", "b"), anna=90))
    scene.ready("anna")
    scene.call("c0", "b")
    scene.answers("anna")
    scene.call("c1", "a", ani="07")
    scene.ask(rq.QueuesChangeRequested(scene.now_us, agent_id="t/anna", queues={}))
    scene.caller_hangs_up("c0")
    assert scene.state("anna") == "ready"
    assert scene.ringing("c1") == []


def test_a_capped_queue_does_not_hide_a_call_of_another_that_prefers_the_agent() -> None:
    capped = queue("full", max_conversations=1, preferred=RULES)
    scene = Scene(
        plan(
            capped, queue("a", preferred=RULES), agent("anna", "full", "a"), agent("ben", "full"),
            anna=60,
        )
    )  # fmt: skip
    scene.ready("anna")
    scene.call("c0", "a")
    scene.answers("anna")
    scene.ready("ben")
    scene.call("c1", "full")
    scene.answers("ben")
    scene.call("c2", "full", ani="07")
    scene.wait(1)
    scene.call("c3", "a", ani="07")
    scene.caller_hangs_up("c0")
    assert scene.ringing("c3") == ["anna"]


def test_rules_need_not_fall_in_score() -> None:
    """An agent whom a later rule leaves out is not rung under it, though it waited for before."""
    rules = (
        PreferredRule(min_score=10, wait_us=30 * S),
        PreferredRule(min_score=50, wait_us=60 * S),
    )
    scene = Scene(
        plan(queue("a", preferred=rules), agent("anna", "a"), agent("ben", "a"), anna=20, ben=60)
    )
    scene.ready("anna", "ben")
    scene.call("c0", "a", ani="07")
    scene.answers("ben")
    scene.call("c01", "a")
    scene.answers("anna")
    scene.call("c1", "a", ani="07")
    scene.wait(30)
    scene.caller_hangs_up("c01")
    assert scene.ringing("c1") == []
    scene.caller_hangs_up("c0")
    assert scene.ringing("c1") == ["ben"]


# -- for one agent -----------------------------------------------------------------------------


def test_a_direct_call_waits_for_its_agent_and_then_falls_through_to_the_queue() -> None:
    scene = Scene(plan(queue("a", preferred=RULES), agent("anna", "a"), agent("ben", "a")))
    scene.ready("anna", "ben")
    scene.call("c0", "1")
    scene.answers("anna")
    scene.call("c1", "1")
    scene.rings_after("c1", 30, "ben")
    assert scene.told(facts.RequirementRelaxed, call_id="c1")


def test_a_direct_call_reaches_an_agent_who_does_not_serve_the_backup_queue() -> None:
    scene = Scene(plan(queue("a"), queue("b"), agent("anna", "b")))
    scene.ready("anna")
    scene.call("c1", "1")
    assert scene.ringing("c1") == ["anna"]


@pytest.mark.parametrize("how", ["signed out", "on a break"])
def test_a_direct_call_for_an_agent_who_is_not_there_goes_to_the_queue_at_once(how: str) -> None:
    scene = Scene(plan(queue("a"), agent("anna", "a"), agent("ben", "a")))
    scene.ready("ben")
    if how == "on a break":
        scene.sign_in("anna")
        scene.not_ready("anna")
    scene.call("c1", "1")
    assert scene.ringing("c1") == ["ben"]


def test_an_agent_who_misses_a_direct_call_gets_it_again_while_it_waits_for_them() -> None:
    scene = Scene(plan(queue("a"), agent("anna", "a"), agent("ben", "a")))
    scene.ready("anna")
    scene.call("c1", "1")
    scene.misses("anna")
    assert scene.state("anna") == "not_ready missed"
    assert scene.ringing("c1") == []
    scene.ready("anna")
    assert scene.ringing("c1") == ["anna"]
    scene.misses("anna")
    scene.ready("ben")
    assert scene.ringing("c1") == ["ben"]


def test_a_direct_call_that_moves_on_waits_for_its_agent_no_more() -> None:
    scene = Scene(plan(queue("a"), queue("b"), agent("anna", "a"), agent("ben", "b")))
    scene.ready("anna", "ben")
    scene.call("c0", "1")
    scene.answers("anna")
    scene.call("c1", "1")
    scene.ask(rq.MoveRequested(scene.now_us, call_id="c1", target=ToQueue("t/b")))
    assert scene.ringing("c1") == ["ben"]


@pytest.mark.parametrize("mode", ["wait", "weights"])
def test_calls_that_prefer_an_agent_obey_the_order(mode: str) -> None:
    order = OrderPolicy(mode=mode, weights={1: 50.0})  # type: ignore[arg-type]
    scene = Scene(plan(queue("a", order=order, preferred=RULES), agent("anna", "a"), anna=60))
    scene.ready("anna")
    scene.call("c0", "a")
    scene.answers("anna")
    scene.calls("plain", "a", ani="07")
    scene.calls("urgent", "a", ani="07", priority=1)
    scene.wait(3)
    scene.caller_hangs_up("c0")
    assert scene.ringing("urgent") == ["anna"]
    scene.answers("anna")
    scene.caller_hangs_up("urgent")
    assert scene.ringing("plain") == ["anna"]


# -- when none of them can take it any more ----------------------------------------------------


def waiting_for_anna(**profile: object) -> Scene:
    """Anna talks, c1 waits for her alone, ben is idle in the backup queue."""
    anna = agent("anna", "a", **profile)
    scene = Scene(plan(queue("a"), anna, agent("ben", "a")))
    scene.ready("anna")
    scene.call("c0", "1")
    scene.answers("anna")
    scene.ready("ben")
    scene.call("c1", "1")
    assert scene.ringing("c1") == []
    return scene


@pytest.mark.parametrize("how", ["signs out", "breaks"])
def test_another_is_rung_at_once_when_the_agent_will_not_come_after_the_call(how: str) -> None:
    """What the agent has asked for during the conversation counts as soon as it is asked."""
    scene = waiting_for_anna()
    scene.wait(5)
    assert (scene.sign_out if how == "signs out" else scene.not_ready)("anna") == ""
    assert scene.ringing("c1") == ["ben"]


def test_another_is_rung_at_once_when_the_agent_takes_a_break_after_the_call() -> None:
    scene = waiting_for_anna(wrap_up=WrapUpPolicy(mode="mandatory"))
    scene.caller_hangs_up("c0")
    scene.wait(5)
    assert scene.ringing("c1") == []
    scene.not_ready("anna")
    assert scene.ringing("c1") == ["ben"]


def test_another_is_rung_at_once_when_the_agent_loses_the_phone() -> None:
    scene = waiting_for_anna()
    scene.feed(ev.PhoneChanged(scene.now_us, "t/anna", "unregistered"))
    scene.wait(5)
    scene.caller_hangs_up("c0")
    assert scene.state("anna") == "not_ready phone-unregistered"
    assert scene.ringing("c1") == ["ben"]


@pytest.mark.parametrize("cause", ["no_answer", "busy", "rejected", "unreachable"])
def test_another_is_rung_at_once_when_the_agent_misses_the_call(cause: ev.OfferCause) -> None:
    scene = Scene(plan(queue("a"), agent("anna", "a"), agent("ben", "a")))
    scene.ready("anna", "ben")
    scene.call("c1", "1")
    assert scene.ringing("c1") == ["anna"]
    scene.wait(4)
    scene.misses("anna", cause)
    assert scene.ringing("c1") == ["ben"]


def test_another_is_rung_at_once_when_the_agent_does_not_answer_in_time() -> None:
    scene = Scene(plan(queue("a"), agent("anna", "a"), agent("ben", "a")))
    scene.ready("anna", "ben")
    scene.call("c1", "1")
    scene.wait(20)
    assert scene.state("anna") == "not_ready missed"
    assert scene.ringing("c1") == ["ben"]


def test_another_is_rung_at_once_when_the_settings_take_the_agent_away() -> None:
    scene = waiting_for_anna()
    without = plan(queue("a"), agent("ben", "a"))
    numbers = {"1": ToQueue("t/a")}
    tenant = structs.replace(without.tenants["t"], numbers=numbers)
    scene.reload(structs.replace(without, tenants={"t": tenant}))
    assert scene.ringing("c1") == ["ben"]


def test_a_call_is_patient_again_when_the_agent_is_back_in_time() -> None:
    scene = waiting_for_anna()
    scene.not_ready("ben")
    scene.sign_out("anna")
    scene.caller_hangs_up("c0")
    scene.wait(10)
    scene.ready("anna")
    assert scene.ringing("c1") == ["anna"]
    [first, again] = scene.told(facts.RequirementRelaxed, call_id="c1")
    assert (first.preferred, again.preferred) == ((), ("t/anna",))
    scene.misses("anna")
    scene.ready("ben")
    assert scene.ringing("c1") == ["ben"]


def test_patience_that_is_back_ends_at_the_time_it_would_have_ended_at() -> None:
    scene = waiting_for_anna()
    scene.not_ready("ben")
    scene.not_ready("anna")
    scene.wait(10)
    scene.ask(rq.ReadyRequested(scene.now_us, agent_id="t/anna"))
    scene.ready("ben")
    assert scene.ringing("c1") == [], "anna will come after her call"
    scene.wait(18)
    assert scene.ringing("c1") == []
    scene.wait(1)
    assert scene.ringing("c1") == ["ben"]


def test_an_agent_who_comes_after_the_time_is_one_of_many() -> None:
    scene = Scene(plan(queue("a"), queue("b"), agent("anna", "b"), agent("ben", "a")))
    scene.call("c1", "1")
    scene.wait(30)
    scene.ready("anna")
    assert scene.ringing("c1") == [], "she does not serve the queue"


def test_a_call_that_found_the_agent_away_waits_for_them_when_they_come_in_time() -> None:
    scene = Scene(plan(queue("a"), queue("b"), agent("anna", "b"), agent("ben", "a")))
    scene.call("c1", "1")
    scene.wait(28)
    scene.ready("anna")
    assert scene.ringing("c1") == ["anna"]


def test_the_next_rule_follows_at_once_when_a_rule_has_no_agent_left() -> None:
    scene = Scene(
        plan(
            queue("a", preferred=RULES),
            *(agent(name, "a") for name in ("anna", "ben", "cora")),
            anna=60,
            ben=20,
        )
    )
    scene.ready("anna")
    scene.call("c0", "a", ani="07")
    scene.answers("anna")
    scene.ready("cora", "ben")
    scene.call("c1", "a", ani="07")
    assert scene.ringing("c1") == []
    scene.ask(rq.QueuesChangeRequested(scene.now_us, agent_id="t/anna", queues={}))
    assert scene.ringing("c1") == ["ben"]


def test_steps_go_on_from_where_they_were_when_patience_ends_again() -> None:
    steps = (Step(requirement="x >= 1", expires_us=20 * S), Step())
    scene = Scene(plan(queue("a", steps=steps), agent("anna", "a"), agent("ben", "a")))
    scene.ready("anna")
    scene.call("c0", "1")
    scene.answers("anna")
    scene.ready("ben")
    scene.call("c1", "1")
    scene.not_ready("anna")
    scene.wait(15)
    scene.ask(rq.ReadyRequested(scene.now_us, agent_id="t/anna"))
    scene.wait(10)
    assert scene.ringing("c1") == []
    scene.not_ready("anna")
    assert scene.ringing("c1") == ["ben"], "25 s after it first waited for all agents"


def test_other_settings_do_not_end_the_wait_for_one_agent() -> None:
    scene = waiting_for_anna()
    parts = (agent("anna", "a"), agent("ben", "a"))
    scene.wait(10)
    scene.reload(plan(queue("a", preferred=RULES, max_wait_us=900 * S), *parts))
    scene.wait(18)
    assert scene.ringing("c1") == []
    scene.wait(2)
    assert scene.ringing("c1") == ["ben"]
