"""Agents: signing in and out, what they ask for during a call, phones, missed offers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec import structs

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import facts
from acdengine import requests as rq
from acdengine.centre_facts import AgentChangePending, AgentStateChanged
from acdengine.plan import Tenant
from routing.policy import MissPolicy, MissRule, WrapUpPolicy
from tests.unit.engine.scene import S, Scene, agent, centre, full, queue


def one(**profile: object) -> Scene:
    return Scene(queue("a"), agent("anna", "a", **profile))


# -- signing in and out ------------------------------------------------------------------------


def test_an_agent_signs_in_not_ready_and_becomes_ready_when_asked_to() -> None:
    scene = one()
    assert scene.state("anna") == "logged_out"
    scene.call("c1", "a")
    scene.sign_in("anna")
    assert scene.state("anna") == "not_ready signed-in"
    assert scene.ringing("c1") == []
    scene.ready("anna")
    assert scene.ringing("c1") == ["anna"]
    changes = scene.told(AgentStateChanged)
    assert [(fact.before, fact.state) for fact in changes] == [
        ("logged_out", "not_ready"),
        ("not_ready", "ready"),
        ("ready", "ringing"),
    ]


def test_a_ready_agent_signs_out_at_once_and_is_not_rung() -> None:
    scene = one()
    scene.ready("anna")
    scene.sign_out("anna")
    scene.call("c1", "a")
    assert scene.state("anna") == "logged_out"
    assert scene.ringing("c1") == []
    assert scene.sign_out("anna") == ""


def test_signing_in_counts_from_nothing() -> None:
    scene = one()
    scene.ready("anna")
    scene.call("c1", "a")
    scene.talk("anna", 60)
    assert (scene.agent("anna").calls, scene.agent("anna").talk_us) == (1, 60 * S)
    scene.sign_out("anna")
    scene.sign_in("anna")
    assert (scene.agent("anna").calls, scene.agent("anna").talk_us) == (0, 0)


def test_nobody_unknown_signs_in() -> None:
    scene = one()
    requests: list[Callable[..., rq.Request]] = [
        rq.SignInRequested,
        rq.SignOutRequested,
        rq.ReadyRequested,
        lambda now, agent_id: rq.NotReadyRequested(now, agent_id=agent_id, reason="break"),
        rq.WrapUpRequested,
        rq.WrapUpEndRequested,
    ]
    for request in requests:
        assert scene.ask(request(scene.now_us, agent_id="t/nobody")) == "no such agent"  # type: ignore[arg-type]
    assert scene.ask(rq.ReadyRequested(scene.now_us, agent_id="t/anna")) == "not signed in"
    assert scene.not_ready("anna") == "not signed in"


def test_an_agent_signs_in_on_any_phone() -> None:
    scene = one()
    scene.sign_in("anna", contact="sip:cafe")
    scene.ready("anna")
    scene.call("c1", "a")
    assert scene.ordered(cmd.RingAgent)[0].contact == "sip:cafe"


def test_signing_in_elsewhere_takes_the_calls_there_but_not_the_present_one() -> None:
    scene = one()
    scene.ready("anna")
    scene.sign_in("anna", contact="sip:home")
    assert scene.state("anna") == "ready"
    scene.call("c1", "a")
    assert scene.ordered(cmd.RingAgent)[0].contact == "sip:home"
    request = rq.SignInRequested(scene.now_us, agent_id="t/anna", contact="sip:cafe")
    assert scene.ask(request) == "the phone cannot change during a call"
    scene.answers("anna")
    assert scene.ask(request) == "the phone cannot change during a call"
    scene.caller_hangs_up("c1")
    assert scene.ask(request) == ""
    scene.call("c2", "a")
    assert scene.ordered(cmd.RingAgent)[1].contact == "sip:cafe"


def test_who_signs_out_and_in_again_has_the_usual_phone() -> None:
    scene = one()
    scene.sign_in("anna", contact="sip:cafe")
    scene.sign_out("anna")
    scene.ready("anna")
    scene.call("c1", "a")
    assert scene.ordered(cmd.RingAgent)[0].contact == "sip:anna"


# -- during a call -----------------------------------------------------------------------------


def test_not_ready_during_a_call_comes_after_it_and_is_announced() -> None:
    scene = one()
    scene.ready("anna")
    scene.call("c1", "a")
    scene.answers("anna")
    assert scene.not_ready("anna", "break") == ""
    assert scene.state("anna") == "talking"
    assert scene.told(AgentChangePending, agent_id="t/anna", state="not_ready")
    scene.caller_hangs_up("c1")
    assert scene.state("anna") == "not_ready break"
    scene.wait(60)
    assert scene.state("anna") == "not_ready break"


def test_ready_during_a_call_takes_back_what_was_to_follow() -> None:
    scene = one()
    scene.ready("anna")
    scene.call("c1", "a")
    scene.answers("anna")
    scene.not_ready("anna")
    assert scene.ask(rq.ReadyRequested(scene.now_us, agent_id="t/anna")) == ""
    scene.caller_hangs_up("c1")
    assert scene.state("anna") == "ready"


def test_signing_out_during_a_call_comes_after_wrap_up() -> None:
    scene = one(wrap_up=WrapUpPolicy(mode="timed", time_us=20 * S))
    scene.ready("anna")
    scene.call("c1", "a")
    scene.answers("anna")
    scene.sign_out("anna")
    scene.caller_hangs_up("c1")
    assert scene.state("anna") == "wrap_up"
    scene.wait(20)
    assert scene.state("anna") == "logged_out"


def test_the_last_of_several_wishes_counts() -> None:
    scene = one()
    scene.ready("anna")
    scene.call("c1", "a")
    scene.sign_out("anna")
    scene.not_ready("anna")
    scene.misses("anna")
    assert scene.state("anna") == "not_ready break"
    scene.ready("anna")
    scene.not_ready("anna")
    scene.sign_out("anna")
    assert scene.state("anna") in ("talking", "ringing")
    scene.misses("anna")
    assert scene.state("anna") == "logged_out"


def test_only_the_tenants_reasons_are_known() -> None:
    scene = Scene(centre(queue("a"), agent("anna", "a"), not_ready_reasons=("lunch", "training")))
    scene.sign_in("anna")
    assert scene.not_ready("anna", "break") == "no such reason; one of lunch, training"
    assert scene.not_ready("anna", "lunch") == ""
    assert scene.state("anna") == "not_ready lunch"
    assert scene.not_ready("anna", "training") == ""
    assert scene.state("anna") == "not_ready training"


# -- missed offers -----------------------------------------------------------------------------


def test_a_phone_that_nobody_answers_is_given_up_after_the_queues_time() -> None:
    scene = Scene(queue("a", ring_timeout_us=12 * S), agent("anna", "a"))
    scene.ready("anna")
    scene.call("c1", "a")
    assert scene.ordered(cmd.RingAgent)[0].timeout_us == 12 * S
    scene.wait(11)
    assert scene.ringing("c1") == ["anna"]
    scene.wait(1)
    assert scene.ordered(cmd.CancelRing)
    [closed] = scene.told(facts.OfferClosed)
    assert (closed.outcome, closed.rang_us) == ("no_answer", 12 * S)
    assert scene.state("anna") == "not_ready missed"


@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        ("no_answer", "no_answer"),
        ("busy", "busy"),
        ("rejected", "rejected"),
        ("hangup", "rejected"),
        ("unreachable", "unreachable"),
    ],
)
def test_each_cause_counts_and_after_the_limit_the_agent_rests(
    cause: ev.OfferCause, outcome: str
) -> None:
    now = MissRule()
    policy = MissPolicy(
        limit=3, reason="break", no_answer=now, busy=now, rejected=now, unreachable=now
    )
    scene = one(misses=policy)
    scene.ready("anna")
    scene.call("c1", "a")
    scene.misses("anna", cause)
    scene.misses("anna", cause)
    assert scene.ringing("c1") == ["anna"]
    scene.misses("anna", cause)
    assert scene.state("anna") == "not_ready break"
    assert [fact.outcome for fact in scene.told(facts.OfferClosed)] == [outcome] * 3
    scene.wait(600)
    assert scene.state("anna") == "not_ready break"
    scene.ready("anna")
    scene.misses("anna", cause)
    assert scene.ringing("c1") == ["anna"], "the count begins anew"


@pytest.mark.parametrize(
    ("cause", "delay_s"),
    [("no_answer", 7), ("busy", 11), ("rejected", 13), ("unreachable", 17), ("failed", 5)],
)
def test_each_cause_has_its_delay(cause: ev.OfferCause, delay_s: int) -> None:
    def after(seconds: int) -> MissRule:
        return MissRule(delay_us=seconds * S, counts=False)

    policy = MissPolicy(
        no_answer=after(7), busy=after(11), rejected=after(13), unreachable=after(17)
    )
    scene = one(misses=policy)
    scene.ready("anna")
    scene.call("c1", "a")
    scene.misses("anna", cause)
    assert scene.state("anna") == "not_ready miss-delay"
    scene.wait(delay_s - 1)
    assert scene.ringing("c1") == []
    scene.wait(1)
    assert scene.ringing("c1") == ["anna"]


def test_a_cause_can_be_left_out_of_the_count() -> None:
    scene = one(misses=MissPolicy(limit=1, busy=MissRule(counts=False)))
    scene.ready("anna")
    scene.call("c1", "a")
    scene.misses("anna", "busy")
    assert scene.ringing("c1") == ["anna"]
    scene.misses("anna", "rejected")
    assert scene.state("anna") == "not_ready missed"


def test_without_a_limit_an_agent_is_rung_for_ever() -> None:
    scene = one(misses=MissPolicy(limit=0))
    scene.ready("anna")
    scene.call("c1", "a")
    for _ in range(5):
        scene.misses("anna")
    assert scene.ringing("c1") == ["anna"]


def test_an_answer_ends_the_row_of_misses() -> None:
    scene = one(misses=MissPolicy(limit=2))
    scene.ready("anna")
    scene.call("c1", "a")
    scene.misses("anna")
    scene.talk("anna", 5)
    scene.call("c2", "a")
    scene.misses("anna")
    assert scene.ringing("c2") == ["anna"]


def test_a_missed_offer_sends_the_agent_behind_those_who_are_idle() -> None:
    scene = Scene(
        queue("a"),
        agent("anna", "a", misses=MissPolicy(limit=0)),
        agent("ben", "a"),
    )
    scene.ready("anna", "ben")
    scene.call("c1", "a")
    assert scene.ringing("c1") == ["anna"]
    scene.misses("anna")
    assert scene.ringing("c1") == ["ben"]


def test_a_withdrawn_offer_keeps_the_agents_place_among_the_idle() -> None:
    scene = Scene(queue("a"), agent("anna", "a"), agent("ben", "a"))
    scene.ready("anna", "ben")
    scene.call("c1", "a")
    scene.caller_hangs_up("c1")
    scene.call("c2", "a")
    assert scene.ringing("c2") == ["anna"]


def test_an_agent_can_end_the_delay_of_a_miss() -> None:
    scene = one(misses=MissPolicy(limit=0, busy=MissRule(delay_us=100 * S)))
    scene.ready("anna")
    scene.call("c1", "a")
    scene.misses("anna", "busy")
    scene.ready("anna")
    assert scene.ringing("c1") == ["anna"]


# -- two agents on one telephone ---------------------------------------------------------------


def desk(*, other: str = "ben", **tenant: object) -> Scene:
    """Anna is ready on the telephone that both could use."""
    parts = (queue("a"), agent("anna", "a"), agent(other, "a"))
    scene = Scene(centre(*parts, **tenant))  # type: ignore[arg-type]
    scene.sign_in("anna", contact="user/7@acme.example")
    scene.ready("anna")
    return scene


def takes(scene: Scene, name: str, contact: str = "user/7@acme.example") -> str:
    return scene.ask(rq.SignInRequested(scene.now_us, agent_id=full(name), contact=contact))


@pytest.mark.parametrize("contact", ["user/7@acme.example", "USER/7@Acme.example"])
def test_a_telephone_on_which_another_is_signed_in_is_refused(contact: str) -> None:
    scene = desk()
    assert takes(scene, "ben", contact) == "t/anna is signed in on this telephone"
    assert scene.state("ben") == "logged_out"
    assert takes(scene, "ben", "user/8") == ""
    assert takes(scene, "ben", contact) == "t/anna is signed in on this telephone"
    assert scene.agent("ben").contact == "user/8"


def test_the_usual_telephone_is_refused_too_while_another_uses_it() -> None:
    scene = desk()
    assert takes(scene, "anna", "sip:ben") == ""
    assert takes(scene, "ben", "") == "t/anna is signed in on this telephone"


def test_a_telephone_is_free_once_the_other_has_signed_out_or_moved() -> None:
    scene = desk()
    scene.sign_out("anna")
    assert takes(scene, "ben") == ""
    assert takes(scene, "ben", "user/8") == ""
    assert takes(scene, "anna") == ""


def test_an_agent_signs_in_again_on_the_same_telephone() -> None:
    scene = desk()
    assert takes(scene, "anna") == ""
    assert scene.state("anna") == "ready"


def test_the_other_is_signed_out_where_the_settings_say_so() -> None:
    scene = desk(telephone_in_use="sign_out")
    assert takes(scene, "ben") == ""
    assert scene.state("anna") == "logged_out"
    scene.call("c1", "a")
    scene.ready("ben")
    assert scene.ringing("c1") == ["ben"]


def test_an_agent_in_a_call_keeps_the_telephone_whatever_the_settings_say() -> None:
    scene = desk(telephone_in_use="sign_out")
    scene.call("c1", "a")
    assert takes(scene, "ben") == "t/anna is in a call on this telephone"
    scene.talk("anna", 5)
    assert takes(scene, "ben") == ""


def test_an_agent_of_another_tenant_is_not_named() -> None:
    plan = centre(queue("a"), agent("anna", "a"))
    stranger = structs.replace(agent("x"), agent_id="u/x", tenant_id="u")
    plan = structs.replace(
        plan,
        tenants={**plan.tenants, "u": Tenant(tenant_id="u", telephone_in_use="sign_out")},
        agents={**plan.agents, "u/x": stranger},
    )
    scene = Scene(plan)
    scene.sign_in("anna", contact="user/7")
    assert takes(scene, "u/x", "user/7") == "another agent is signed in on this telephone"


def test_agents_who_swap_telephones_by_a_reload_both_stay() -> None:
    scene = Scene(queue("a"), agent("anna", "a"), agent("ben", "a"))
    scene.ready("anna", "ben")
    anna, ben = agent("anna", "a"), agent("ben", "a")
    scene.reload(
        queue("a"),
        structs.replace(anna, contact=ben.contact),
        structs.replace(ben, contact=anna.contact),
    )
    assert [scene.state(name) for name in ("anna", "ben")] == ["ready", "ready"]
    assert takes(scene, "anna", "sip:anna") == "t/ben is signed in on this telephone"


def test_an_agent_whom_a_reload_moves_to_a_telephone_in_use_is_signed_out() -> None:
    scene = Scene(queue("a"), agent("anna", "a"), agent("ben", "a"))
    scene.ready("anna", "ben")
    moved = structs.replace(agent("ben", "a"), contact="sip:anna")
    scene.reload(queue("a"), agent("anna", "a"), moved)
    assert [scene.state(name) for name in ("anna", "ben")] == ["ready", "logged_out"]


def test_a_skill_that_the_tenant_does_not_have_is_refused() -> None:
    scene = Scene(centre(queue("a"), agent("anna", "a", skills={"x": 3}), skills=("x", "y")))
    asked = rq.SkillsChangeRequested(scene.now_us, agent_id="t/anna", skills={"z": 3})
    assert scene.ask(asked) == "no such skill: z; one of x, y"
    assert scene.agent("anna").skills == {"x": 3}
