"""Callers who do not want to be known, whom the switch has dialled, who call from within."""

from __future__ import annotations

import pytest
from msgspec import structs

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import requests as rq
from acdengine.facts import CallConnected, CallQueued, CallRefused, CallStarted, OfferMade
from acdengine.live_legs import LiveCall
from acdengine.plan import Plan, Tenant, WithheldFor
from queues.targets import ToQueue
from routing.policy import Customer, RoutingRule, RuleThen, RuleWhen
from tests.unit.engine.scene import Scene, agent, centre, queue

PHONE = "1001@acme.example"
CONTACT = f"user/{PHONE}"


def withheld(scene: Scene, call_id: str, number: str = "", dnis: str = "sales") -> None:
    scene.call(call_id, dnis, number, withheld=True, name="Anna" if number else "")


def rule(ani: str, queue_name: str) -> RoutingRule:
    return RoutingRule(
        name=f"ani {ani!r}",
        when=RuleWhen(ani=(ani,)),
        then=RuleThen(target=ToQueue(f"t/{queue_name}")),
    )


def test_a_second_withheld_caller_does_not_get_the_place_of_the_first() -> None:
    scene = Scene(queue("sales", resume_us=60_000_000), agent("anna", "sales"))
    withheld(scene, "one")
    scene.wait(10)
    scene.caller_hangs_up("one")
    scene.wait(5)
    withheld(scene, "two")
    assert [fact.resumed for fact in scene.told(CallQueued)] == [False, False]


def test_one_whose_number_the_network_tells_gets_their_own_place_back() -> None:
    scene = Scene(queue("sales", resume_us=60_000_000), agent("anna", "sales"))
    withheld(scene, "one", "+4930123")
    scene.caller_hangs_up("one")
    withheld(scene, "two", "+4930999")
    withheld(scene, "three", "+4930123")
    assert [fact.resumed for fact in scene.told(CallQueued)] == [False, False, True]
    assert {fact.ani for fact in scene.told(CallStarted)} == {""}


@pytest.mark.parametrize("number", ["", "+4930123"])
def test_a_rule_for_withheld_callers_holds(number: str) -> None:
    scene = Scene(centre(queue("sales"), queue("anonymous"), rules=(rule("", "anonymous"),)))
    withheld(scene, "c", number)
    assert scene.live("c").queue_id == "t/anonymous"
    scene.call("d", "sales", "+4930123")
    assert scene.live("d").queue_id == "t/sales"


@pytest.mark.parametrize(
    ("who", "routed", "seen"),
    [
        ("nobody", False, False),
        ("routing", True, False),
        ("control", True, True),
        ("telephones", True, True),
    ],
)
def test_who_may_use_the_number_of_a_withheld_caller(
    who: WithheldFor, routed: bool, seen: bool
) -> None:
    plan = centre(
        queue("sales"),
        queue("vip"),
        customers={"t/+4930123": Customer(customer_id="gold", tenant_id="t")},
        rules=(rule("+4930*", "vip"),),
        withheld_for=who,
    )
    scene = Scene(plan)
    withheld(scene, "c", "+4930123")
    call = scene.live("c")
    assert call.queue_id == ("t/vip" if routed else "t/sales")
    assert call.caller.customer_id == ("gold" if routed else "")
    assert call.caller.ani == ("+4930123" if seen else "")
    (told,) = scene.told(CallStarted)
    assert (told.ani, told.withheld) == (call.caller.ani, True)


def test_a_withheld_number_that_nobody_has_dialled_right_is_not_told() -> None:
    scene = Scene(queue("sales"))
    withheld(scene, "c", "+4930123", "nowhere")
    (told,) = scene.told(CallRefused)
    assert told.ani == ""


def internal(scene: Scene, call_id: str, dnis: str = "sales", telephone: str = PHONE) -> None:
    scene.call(call_id, dnis, "0190666", name="The Boss", telephone=telephone, direction="internal")


def test_an_agent_who_calls_a_queue_is_known_by_the_telephone_that_logged_in() -> None:
    ben = structs.replace(agent("ben", "other"), contact=CONTACT)
    scene = Scene(queue("sales"), queue("other"), ben, agent("anna", "sales"))
    internal(scene, "c")
    call = scene.live("c")
    assert (call.caller.ani, call.caller.name, call.caller.from_agent_id) == (
        "1001",
        "ben",
        "t/ben",
    )
    (told,) = scene.told(CallStarted)
    assert (told.direction, told.from_agent_id, told.ani) == ("internal", "t/ben", "1001")


def test_an_extension_that_is_no_agents_is_known_by_its_number() -> None:
    scene = Scene(queue("sales"), agent("anna", "sales"))
    internal(scene, "c", telephone="2000@acme.example")
    call = scene.live("c")
    assert (call.caller.ani, call.caller.name, call.caller.from_agent_id) == ("2000", "", "")


def test_an_agents_telephone_is_internal_without_a_word_of_the_dialplan() -> None:
    ben = structs.replace(agent("ben", "sales"), contact=CONTACT)
    scene = Scene(queue("sales"), ben)
    scene.call("c", "sales", "0190666", telephone=PHONE)
    assert scene.live("c").caller.direction == "internal"


def test_a_trunk_that_logs_in_is_none_of_the_centres_telephones() -> None:
    scene = Scene(queue("sales"), agent("anna", "sales"))
    scene.call("c", "sales", "+4930123", telephone="carrier@acme.example")
    call = scene.live("c")
    assert (call.caller.direction, call.caller.ani) == ("inbound", "+4930123")


def test_who_has_signed_in_on_a_telephone_calls_from_it() -> None:
    ben = structs.replace(agent("ben", "other"), contact=CONTACT)
    scene = Scene(queue("sales"), queue("other"), ben, agent("carl", "other"))
    scene.sign_in("carl", contact=CONTACT)
    internal(scene, "c")
    assert scene.live("c").caller.from_agent_id == "t/carl"


def test_nobody_is_rung_for_their_own_call() -> None:
    ben = structs.replace(agent("ben", "sales"), contact=CONTACT)
    scene = Scene(queue("sales"), ben)
    scene.sign_in("ben")
    scene.ready("ben")
    internal(scene, "c")
    assert scene.state("ben") == "not_ready phone-busy"
    assert not scene.told(OfferMade)
    scene.caller_hangs_up("c")
    assert scene.state("ben") == "ready"


def test_an_agent_talks_with_a_colleague_who_called_the_queue() -> None:
    ben = structs.replace(agent("ben", "sales"), contact=CONTACT)
    scene = Scene(queue("sales"), ben, agent("anna", "sales"))
    scene.sign_in("ben", "anna")
    scene.ready("ben", "anna")
    internal(scene, "c")
    assert scene.ringing("c") == ["anna"]
    scene.answers("anna")
    assert len(scene.told(CallConnected)) == 1
    scene.caller_hangs_up("c")
    assert scene.state("ben") == "ready"


def two_tenants() -> Plan:
    plan = centre(queue("sales"), structs.replace(agent("ben", "sales"), contact=CONTACT))
    other = Tenant(tenant_id="u", phones_allow=("user/*@other.example",))
    return structs.replace(plan, tenants={**plan.tenants, "u": other})


@pytest.mark.parametrize("telephone", ["9@other.example", "ben@other.example"])
def test_a_telephone_of_another_tenant_is_refused(telephone: str) -> None:
    scene = Scene(two_tenants())
    internal(scene, "c", telephone=telephone)
    (told,) = scene.told(CallRefused)
    assert (told.tenant_id, told.cause) == ("t", "not_allowed")
    assert not scene.told(CallStarted)


def test_a_leg_that_the_switch_dialled_is_queued_like_any_other() -> None:
    scene = Scene(queue("sales"), agent("anna", "sales"))
    scene.sign_in("anna")
    scene.ready("anna")
    scene.call("c", "sales", "0301", direction="outbound")
    assert scene.ringing("c") == ["anna"]
    (told,) = scene.told(CallStarted)
    assert (told.direction, told.ani) == ("outbound", "0301")


def test_what_the_switch_knows_of_a_caller_survives_the_loss_of_the_engines_memory() -> None:
    ben = structs.replace(agent("ben", "other"), contact=CONTACT)
    scene = Scene(queue("sales"), queue("other"), ben)
    hidden = LiveCall(
        "h", "h", "+4930123", "sales", "trunk", "t/sales", scene.now_us, withheld=True, name="Anna"
    )
    own = LiveCall(
        "o", "o", "9", "sales", "trunk", "t/sales", scene.now_us, telephone=PHONE,
        direction="internal",
    )  # fmt: skip
    scene.feed(ev.SwitchSynced(scene.now_us, "n1", (hidden, own), ()))
    one, other = scene.live("h"), scene.live("o")
    assert (one.caller.ani, one.caller.known_by, one.caller.withheld) == ("", "+4930123", True)
    assert (other.caller.ani, other.caller.from_agent_id, other.caller.direction) == (
        "1001",
        "t/ben",
        "internal",
    )
    assert not scene.ordered(cmd.HangUpCall)


def shown(scene: Scene) -> tuple[str, str, str, str]:
    """Name and number on the telephone that rang last; number and name for its screen."""
    ring = scene.ordered(cmd.RingAgent)[-1]
    assert ring.shown is not None
    assert ring.screen_pop is not None
    return ring.shown.name, ring.shown.number, ring.screen_pop.ani, ring.screen_pop.name


def at_anna(plan: Plan) -> Scene:
    scene = Scene(plan)
    scene.sign_in("anna")
    scene.ready("anna")
    return scene


@pytest.mark.parametrize("who", ["nobody", "routing", "control"])
def test_a_withheld_number_is_on_no_telephone(who: WithheldFor) -> None:
    scene = at_anna(centre(queue("sales"), agent("anna", "sales"), withheld_for=who))
    withheld(scene, "c", "+4930123")
    assert shown(scene) == ("", "", "", "")


def test_a_withheld_number_is_on_telephones_where_the_settings_say_so() -> None:
    scene = at_anna(centre(queue("sales"), agent("anna", "sales"), withheld_for="telephones"))
    withheld(scene, "c", "+4930123")
    assert shown(scene) == ("Anna", "+4930123", "+4930123", "Anna")


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("Miller", "Miller"),
        ("+4930123", ""),
        ("030 12 34 56", ""),
        ("", ""),
        ("Studio 54", "Studio 54"),
    ],
)
def test_a_queue_may_hide_numbers_from_its_agents_telephones(name: str, seen: str) -> None:
    scene = at_anna(centre(queue("sales", show_numbers=False), agent("anna", "sales")))
    scene.call("c", "sales", "+4930123", name=name)
    assert shown(scene) == (seen, "", "", seen)
    assert scene.live("c").caller.ani == "+4930123"


def test_a_hidden_number_is_hidden_from_an_agent_who_is_consulted_too() -> None:
    hiding = queue("sales", show_numbers=False)
    scene = at_anna(centre(hiding, queue("other"), agent("anna", "sales"), agent("ben", "other")))
    scene.sign_in("ben")
    scene.ready("ben")
    scene.call("c", "sales", "+4930123", name="Miller")
    scene.answers("anna")
    scene.ask(rq.ConsultRequested(at_us=scene.now_us, call_id="c", agent_id="t/ben"))
    ring = scene.ordered(cmd.RingAgent)[-1]
    assert ring.shown == cmd.ShownCaller("Miller")


@pytest.mark.parametrize(
    ("template", "name", "number", "said"),
    [
        ("{queue}: {name}", "Miller", "+4930123", "Billing & co: Miller"),
        ("{queue}: {name}", "", "+4930123", "Billing & co: +4930123"),
        ("[{team}] {number} {dnis} {priority} {waited}", "x", "1", "[north] 1 sales 0 0"),
        ("{queue} ({customer})", "x", "1", "Billing & co"),
        ("{queue_id}", "x", "1", "t/sales"),
    ],
)
def test_a_queues_own_words_on_the_display(
    template: str, name: str, number: str, said: str
) -> None:
    named = queue("sales", caller_name=template, screen_pop={"team": "north"})
    named = structs.replace(named, name="Billing & co")
    plan = centre(queue("sales"), agent("anna", "sales"))
    scene = at_anna(structs.replace(plan, queues={"t/sales": named}))
    scene.call("c", "sales", number, name=name)
    assert shown(scene)[:2] == (said, number)


def test_a_queues_own_words_tell_nothing_of_who_withholds_it() -> None:
    named = queue("sales", caller_name="{queue}: {name} {number}")
    scene = at_anna(centre(named, agent("anna", "sales")))
    withheld(scene, "c", "+4930123")
    assert shown(scene) == ("sales", "", "", "")
