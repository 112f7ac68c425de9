"""Where a new call goes: numbers, routing rules, customers, limits."""

from __future__ import annotations

import pytest
from msgspec import structs

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import facts
from acdengine import requests as rq
from acdengine.centre_facts import DrainChanged
from acdengine.live_legs import LiveCall
from acdengine.plan import Flow, Plan, Tenant, TrunkGroup
from queues.policy import CallbackPolicy
from queues.targets import ToAgent, ToFlow, ToHangup, ToNumber, ToQueue, ToVoicemail
from routing.policy import (
    Customer,
    Hours,
    RoutingRule,
    RuleThen,
    RuleWhen,
    Window,
)
from tests.unit.engine.scene import S, Scene, agent, centre, queue


def rule(name: str, then: RuleThen, **when: object) -> RoutingRule:
    return RoutingRule(name=name, when=RuleWhen(**when), then=then)  # type: ignore[arg-type]


def test_a_call_waits_in_the_queue_of_the_number_it_dialled() -> None:
    scene = Scene(queue("sales"), queue("service"))
    scene.call("c1", "service")
    assert scene.live("c1").queue_id == "t/service"
    [started] = scene.told(facts.CallStarted)
    assert (started.tenant_id, started.dnis, started.rule) == ("t", "service", "")
    assert scene.ordered(cmd.AnswerCall, call_id="c1")
    assert scene.ordered(cmd.PlayMusic, call_id="c1", music="default")


def test_the_longest_prefix_of_a_number_wins_and_an_exact_number_before_it() -> None:
    scene = Scene(
        centre(
            queue("a"),
            queue("b"),
            queue("c"),
            numbers={"49*": ToQueue("t/a"), "4930*": ToQueue("t/b"), "49301": ToQueue("t/c")},
        )
    )
    scene.call("c1", "4989")
    scene.call("c2", "49309")
    scene.call("c3", "49301")
    assert [scene.live(c).queue_id for c in ("c1", "c2", "c3")] == ["t/a", "t/b", "t/c"]


def test_a_number_that_nobody_has_is_turned_away_without_an_answer() -> None:
    scene = Scene(queue("sales"))
    scene.call("c1", "other")
    assert scene.commands == [cmd.RejectCall("c1", "unallocated_number")]
    assert scene.told(facts.CallRefused, cause="unallocated_number", tenant_id="")
    assert not scene.engine.state.calls


def test_all_calls_of_a_trunk_group_with_a_tenant_are_that_tenants() -> None:
    one, other = centre(queue("sales")), Tenant(tenant_id="u", numbers={})
    plan = Plan(
        tenants={**one.tenants, "u": other},
        queues=one.queues,
        trunks={"trunk": TrunkGroup(trunk_id="trunk", tenant_id="u")},
    )
    scene = Scene(plan)
    scene.call("c1", "sales")
    assert scene.told(facts.CallRefused, cause="unallocated_number", tenant_id="u")
    assert scene.outcome("c1") == "refused"


def test_the_same_arrival_twice_is_one_call() -> None:
    scene = Scene(queue("sales"))
    scene.call("c1", "sales")
    assert scene.call("c1", "sales") == "c1"
    assert len(scene.told(facts.CallStarted)) == 1
    scene.caller_hangs_up("c1")
    scene.call("c1", "sales")
    assert scene.is_over("c1")
    assert len(scene.told(facts.CallStarted)) == 1


def test_a_caller_who_met_busy_is_counted_and_is_no_call() -> None:
    scene = Scene(queue("sales"))
    scene.feed(ev.CallBlocked(scene.now_us, "0555", "sales", "trunk", "channels"))
    assert scene.told(facts.CallTurnedBusy, trunk_id="trunk", cause="channels")
    assert not scene.engine.state.calls


# -- rules -------------------------------------------------------------------------------------


def test_rules_add_up_until_the_first_with_a_target() -> None:
    rules = (
        rule("night prefix", RuleThen(priority=1, skills={"english": 3}), ani=("055*",)),
        rule("nobody", RuleThen(priority=100), ani=("0999*",)),
        rule("more", RuleThen(boost_us=9 * S, skills={"english": 2, "billing": 4})),
        rule("there", RuleThen(target=ToQueue("t/b"), priority=2)),
        rule("not reached", RuleThen(priority=50)),
    )
    scene = Scene(centre(queue("a"), queue("b"), rules=rules))
    scene.call("c1", "a", priority=10)
    call = scene.live("c1")
    assert (call.queue_id, call.priority, call.boost_us) == ("t/b", 13, 9 * S)
    assert call.skills == (("billing", 4), ("english", 3))
    assert scene.told(facts.CallStarted)[0].rule == "night prefix, more, there"


def test_a_rule_can_turn_a_call_away() -> None:
    rules = (rule("withheld", RuleThen(reject="anonymous"), ani=("",)),)
    scene = Scene(centre(queue("a"), rules=rules))
    scene.feed(ev.CallArrived(scene.now_us, "c1", "leg", "", "a", "trunk"))
    scene.call("c2", "a")
    assert scene.outcome("c1") == "refused"
    assert scene.ordered(cmd.RejectCall, call_id="c1", cause="anonymous")
    assert scene.live("c2").queue_id == "t/a"


@pytest.mark.parametrize("how", ["list", "customer"])
def test_a_blacklisted_caller_is_turned_away_unless_a_rule_names_the_blacklisted(how: str) -> None:
    told_off = rule("tell them", RuleThen(target=ToHangup("go-away")), blacklisted=True)
    listed = ("0666",) if how == "list" else ()
    customers = {"t/0666": Customer(customer_id="x", tenant_id="t", blacklisted=how == "customer")}
    for rules, outcome in (((), "refused"), ((rule("all", RuleThen()),), "refused")):
        scene = Scene(centre(queue("a"), blacklist=listed, customers=customers, rules=rules))
        scene.call("c1", "a", ani="0666")
        assert scene.outcome("c1") == outcome
        assert scene.told(facts.CallRefused)[0].cause == "blacklisted"
    scene = Scene(centre(queue("a"), blacklist=listed, customers=customers, rules=(told_off,)))
    scene.call("c1", "a", ani="0666")
    assert scene.heard("c1") == ["go-away"]
    scene.call("c2", "a")
    assert scene.live("c2").queue_id == "t/a"


def test_a_very_important_customer_is_served_before_those_who_waited_longer() -> None:
    rules = (
        rule("gold", RuleThen(priority=2), vip_at_least=2),
        rule("silver", RuleThen(priority=1), vip_at_least=1),
    )
    customers = {
        f"t/{ani}": Customer(customer_id=ani, tenant_id="t", vip_level=level)
        for ani, level in (("01", 1), ("02", 2))
    }
    scene = Scene(centre(queue("a"), agent("anna", "a"), customers=customers, rules=rules))
    scene.call("plain", "a")
    scene.wait(30)
    scene.call("silver", "a", ani="01")
    scene.call("gold", "a", ani="02")
    assert scene.live("gold").priority == 3
    scene.ready("anna")
    assert scene.served_order("anna", 3) == ["gold", "silver", "plain"]


def test_what_a_customer_needs_and_prefers_comes_along() -> None:
    customer = Customer(
        customer_id="k", tenant_id="t", skills={"french": 5}, preferred={"t/ben": 3, "t/anna": 9}
    )
    scene = Scene(centre(queue("a"), customers={"t/077": customer}))
    scene.call("c1", "a", ani="077", skills={"french": 2, "billing": 1})
    call = scene.live("c1")
    assert call.caller.customer_id == "k"
    assert call.skills == (("billing", 1), ("french", 5))
    assert call.preferred == (("t/anna", 9), ("t/ben", 3))


def test_rules_hold_by_customer_trunk_number_and_hours() -> None:
    hours = Hours(hours_id="t/day", windows=tuple(Window(day, 480, 1020) for day in range(5)))
    rules = (
        rule("known", RuleThen(priority=1), known=True),
        rule("unknown", RuleThen(priority=2), known=False),
        rule("by name", RuleThen(priority=4), customers=("k",)),
        rule("trunk", RuleThen(priority=8), trunks=("trunk",)),
        rule("other trunk", RuleThen(priority=16), trunks=("x",)),
        rule("number", RuleThen(priority=32), dnis=("a*",)),
        rule("open", RuleThen(priority=64), hours=("t/day", True)),
        rule("shut", RuleThen(priority=128), hours=("t/day", False)),
    )
    customers = {"t/077": Customer(customer_id="k", tenant_id="t")}
    scene = Scene(centre(queue("a"), rules=rules, customers=customers, hours={"t/day": hours}))
    scene.call("known", "a", ani="077")
    scene.call("unknown", "a")
    assert scene.live("known").priority == 1 + 4 + 8 + 32 + 64
    assert scene.live("unknown").priority == 2 + 8 + 32 + 64
    scene.wait(9 * 3600)
    scene.call("late", "a")
    assert scene.live("late").priority == 2 + 8 + 32 + 128


def test_the_agent_spoken_with_last_is_preferred_where_a_rule_says_so() -> None:
    rules = (rule("last", RuleThen(last_agent_score=80)),)
    scene = Scene(centre(queue("a"), agent("anna", "a"), agent("ben", "a"), rules=rules))
    scene.ready("anna", "ben")
    scene.call("c1", "a", ani="077")
    assert scene.ringing("c1") == ["anna"]
    scene.talk("anna", 60)
    scene.call("c2", "a", ani="077")
    assert scene.live("c2").preferred == (("t/anna", 80),)


# -- targets of numbers ------------------------------------------------------------------------


def test_a_flow_plays_its_prompts_one_after_the_other_and_then_goes_on() -> None:
    flows = {"t/hello": Flow(flow_id="t/hello", prompts=("hello", "menu"), then=ToQueue("t/a"))}
    scene = Scene(centre(queue("a"), flows=flows, numbers={"1": ToFlow("t/hello")}))
    scene.call("c1", "1")
    assert scene.live("c1").state == "flow"
    assert scene.ordered(cmd.AnswerCall, call_id="c1")
    assert scene.heard("c1") == ["hello", "menu"]
    scene.prompt_ends("c1")
    assert scene.live("c1").state == "flow"
    scene.prompt_ends("c1")
    assert scene.live("c1").queue_id == "t/a"
    assert len(scene.ordered(cmd.AnswerCall)) == 1


def test_a_prompt_that_never_ends_is_taken_as_ended() -> None:
    flows = {"t/hello": Flow(flow_id="t/hello", prompts=("hello", "menu"), then=ToQueue("t/a"))}
    scene = Scene(centre(queue("a"), flows=flows, numbers={"1": ToFlow("t/hello")}))
    scene.call("c1", "1")
    scene.wait(119)
    assert scene.heard("c1") == ["hello", "menu"]
    scene.wait(1)
    assert scene.heard("c1") == ["hello", "menu", "menu"], "the rest of the row"
    scene.wait(120)
    assert scene.live("c1").queue_id == "t/a"


def test_a_flow_that_leads_nowhere_open_hangs_up() -> None:
    flows = {"t/out": Flow(flow_id="t/out", prompts=("bye",), then=ToNumber("999"))}
    scene = Scene(centre(queue("a"), flows=flows, numbers={"1": ToFlow("t/out")}))
    scene.call("c1", "1")
    scene.prompt_ends("c1")
    assert scene.outcome("c1") == "turned_away"
    assert not scene.ordered(cmd.DialNumber)


def test_numbers_lead_to_agents_boxes_numbers_and_announcements() -> None:
    scene = Scene(
        centre(
            queue("a"),
            agent("anna", "a"),
            agent("ben", "a"),
            numbers={
                "1": ToAgent("t/anna", 20 * S, "t/a"),
                "2": ToVoicemail("t/box", "speak"),
                "3": ToNumber("0123"),
                "4": ToHangup("closed", "shut"),
            },
        )
    )
    scene.ready("ben", "anna")
    scene.call("c1", "1")
    assert scene.ringing("c1") == ["anna"]
    scene.call("c2", "2")
    assert scene.ordered(cmd.RecordMessage) == [
        cmd.RecordMessage("c2", "t/box", "speak", "t/box/20260105-080002_x394_c2.wav")
    ]
    scene.feed(ev.MessageLeft(scene.now_us, "c2", "file.wav", 5 * S))
    assert scene.outcome("c2") == "message"
    assert scene.told(facts.MessageStored)[0].box == "t/box"
    scene.call("c3", "3")
    assert scene.ordered(cmd.DialNumber) == [cmd.DialNumber("c3", "0123", ("0", "+"))]
    scene.feed(ev.NumberEnded(scene.now_us, "c3", True, "normal"))
    assert scene.outcome("c3") == "diverted"
    scene.call("c4", "4")
    assert scene.heard("c4") == ["closed"]
    scene.prompt_ends("c4")
    assert scene.outcome("c4") == "turned_away"
    assert scene.ordered(cmd.HangUpCall, call_id="c4", cause="shut")


# -- limits ------------------------------------------------------------------------------------


def test_beyond_the_tenants_limit_calls_are_turned_away() -> None:
    scene = Scene(centre(queue("a"), max_calls=2))
    scene.calls("c1 c2 c3", "a")
    assert scene.outcome("c3") == "refused"
    assert scene.told(facts.CallRefused)[0].cause == "tenant_limit"
    scene.caller_hangs_up("c1")
    scene.call("c4", "a")
    assert scene.live("c4").queue_id == "t/a"


def test_a_draining_engine_takes_no_new_calls_and_serves_those_present() -> None:
    scene = Scene(queue("a"), agent("anna", "a"))
    scene.call("c1", "a")
    assert scene.ask(rq.DrainRequested(scene.now_us, by="root")) == ""
    assert scene.told(DrainChanged, on=True, by="root")
    scene.call("c2", "a")
    assert scene.outcome("c2") == "refused"
    scene.ready("anna")
    assert scene.ringing("c1") == ["anna"]
    scene.talk("anna", 5)
    scene.ask(rq.DrainRequested(scene.now_us, on=False))
    scene.call("c3", "a")
    assert scene.ringing("c3") == ["anna"]


def test_a_draining_queue_sends_new_calls_the_way_of_no_staff() -> None:
    scene = Scene(queue("a", when_no_staff=(ToQueue("t/b"),)), queue("b"), agent("anna", "a"))
    scene.call("c1", "a")
    assert scene.ask(rq.DrainRequested(scene.now_us, queue_id="t/a")) == ""
    scene.call("c2", "a")
    assert (scene.live("c1").queue_id, scene.live("c2").queue_id) == ("t/a", "t/b")
    scene.ready("anna")
    assert scene.ringing("c1") == ["anna"]
    assert scene.ask(rq.DrainRequested(scene.now_us, queue_id="t/x")) == "no such queue"


def test_no_callback_is_taken_in_while_the_engine_drains() -> None:
    scene = Scene(queue("a", callback=CallbackPolicy()))
    scene.ask(rq.DrainRequested(scene.now_us))
    problem = scene.ask(
        rq.CallbackRequested(scene.now_us, call_id="w1", queue_id="t/a", number="0777")
    )
    assert "drain" in problem
    assert not scene.engine.state.calls


# -- what the dialplan says ------------------------------------------------------------------------


def two_tenants() -> Scene:
    """Tenant t with queues sales and service, u with help; nobody has the number 999."""
    plan = centre(
        queue("sales"),
        queue("service"),
        customers={
            "t/0777": Customer(customer_id="miller", tenant_id="t", skills={"english": 3}),
            "t/0888": Customer(customer_id="smith", tenant_id="t", skills={"german": 7}),
        },
        trunks={"own": TrunkGroup(trunk_id="own", tenant_id="t")},
    )
    helping = structs.replace(queue("help"), queue_id="u/help", tenant_id="u")
    return Scene(
        structs.replace(
            plan,
            tenants={**plan.tenants, "u": Tenant(tenant_id="u")},
            queues={**plan.queues, "u/help": helping},
        )
    )


@pytest.mark.parametrize(
    ("dnis", "trunk", "wanted", "queue_id"),
    [
        ("sales", "", "service", "t/service"),
        ("sales", "", "t/service", "t/service"),
        ("sales", "", "nothing", "t/sales"),
        ("sales", "", "u/help", "t/sales"),
        ("999", "", "u/help", "u/help"),
        ("999", "own", "service", "t/service"),
    ],
)
def test_the_dialplan_may_name_a_queue_of_the_tenant_that_the_call_is_of(
    dnis: str, trunk: str, wanted: str, queue_id: str
) -> None:
    scene = two_tenants()
    scene.feed(ev.CallArrived(scene.now_us, "c1", "leg", "0555", dnis, trunk, wanted_queue=wanted))
    assert scene.live("c1").queue_id == queue_id
    assert bool(scene.engine.state.counters.get("wanted_queues_unknown")) == (queue_id == "t/sales")


@pytest.mark.parametrize(
    ("dnis", "trunk", "wanted", "flow_id"),
    [
        ("sales", "", "menu", "t/menu"),
        ("sales", "", "t/menu", "t/menu"),
        ("999", "own", "menu", "t/menu"),
        ("999", "", "t/menu", "t/menu"),
        ("sales", "", "u/hello", ""),
        ("sales", "", "no", ""),
    ],
)
def test_the_dialplan_may_name_a_flow_of_the_tenant_that_the_call_is_of(
    dnis: str, trunk: str, wanted: str, flow_id: str
) -> None:
    plan = two_tenants().engine.state.plan
    flows = {
        name: Flow(flow_id=name, prompts=("hello",), then=ToHangup())
        for name in ("t/menu", "u/hello")
    }
    scene = Scene(structs.replace(plan, flows=flows))
    scene.feed(ev.CallArrived(scene.now_us, "c1", "leg", "0555", dnis, trunk, wanted_flow=wanted))
    call = scene.live("c1")
    assert (call.flow.flow_id if call.flow is not None else "") == flow_id
    assert bool(scene.engine.state.counters.get("wanted_flows_unknown")) == (not flow_id)


@pytest.mark.parametrize(("trunk", "wanted"), [("", "service"), ("own", "u/help"), ("", "u/no")])
def test_a_number_that_nobody_has_is_not_helped_by_a_queue_that_cannot_be(
    trunk: str, wanted: str
) -> None:
    scene = two_tenants()
    scene.feed(ev.CallArrived(scene.now_us, "c1", "leg", "0555", "999", trunk, wanted_queue=wanted))
    assert scene.told(facts.CallRefused, cause="unallocated_number")


def test_rules_come_before_the_queue_that_the_dialplan_wants() -> None:
    plan = centre(
        queue("sales"), queue("service"), queue("vip"),
        rules=(rule("vips", RuleThen(target=ToQueue("t/vip")), ani=("0777",)),),
    )  # fmt: skip
    scene = Scene(plan)
    for call_id, ani in (("c1", "0777"), ("c2", "0888")):
        scene.feed(
            ev.CallArrived(scene.now_us, call_id, "leg", ani, "sales", "", wanted_queue="service")
        )
    assert [scene.live(c).queue_id for c in ("c1", "c2")] == ["t/vip", "t/service"]


@pytest.mark.parametrize(
    ("ani", "said", "customer", "skills"),
    [
        ("0777", "", "miller", {"english": 3}),
        ("0777", "smith", "smith", {"german": 7}),
        ("0555", "smith", "smith", {"german": 7}),
        ("0777", "nobody", "miller", {"english": 3}),
        ("0555", "nobody", "", {}),
    ],
)
def test_a_customer_whom_the_dialplan_names_counts_before_the_number(
    ani: str, said: str, customer: str, skills: dict[str, int]
) -> None:
    scene = two_tenants()
    scene.feed(ev.CallArrived(scene.now_us, "c1", "leg", ani, "sales", "", customer_id=said))
    assert scene.live("c1").caller.customer_id == customer
    assert dict(scene.live("c1").skills) == skills
    assert bool(scene.engine.state.counters.get("named_customers_unknown")) == (said == "nobody")


def test_an_engine_that_lost_its_memory_hears_it_all_again() -> None:
    scene = two_tenants()
    live = LiveCall(
        "c1", "leg", "0555", "sales", "", priority=4, skills={"german": 2},
        customer_id="miller", wanted_queue="service",
    )  # fmt: skip
    scene.feed(ev.SwitchSynced(scene.now_us, "n1", (live,), ()))
    call = scene.live("c1")
    assert (call.queue_id, call.caller.customer_id, call.priority) == ("t/service", "miller", 4)
    assert dict(call.skills) == {"german": 2, "english": 3}


def test_a_skill_that_the_tenant_does_not_have_is_not_asked_for() -> None:
    """The dialplan names it; no agent could ever take the call."""
    scene = Scene(centre(queue("a"), agent("anna", "a", skills={"x": 3}), skills=("x",)))
    scene.ready("anna")
    scene.call("c1", "a", skills={"klingon": 3, "x": 2})
    assert scene.live("c1").skills == (("x", 2),)
    assert scene.ringing("c1") == ["anna"]
    assert scene.engine.state.counters["wanted_skills_unknown"] == 1
