"""What an agent's leg is born with: read back as FreeSWITCH reads it."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import example, given
from msgspec import structs

from acdengine.commands import RingAgent, ShownCaller
from acdengine.screen_pop import ScreenPop
from adapters.freeswitch.agents.agent_originate import auto_answer_variables, ring_argument
from adapters.freeswitch.legs.leg_table import CallerLeg
from adapters.freeswitch.protocol import command_lines
from adapters.freeswitch.protocol.dial_strings import (
    NO_REDIRECTION,
    LegToDial,
    Shown,
    originate_argument,
    shown_name,
)
from adapters.freeswitch.protocol.errors import Unrepresentable
from adapters.freeswitch.protocol.quoting import display_text
from routing.policy import AutoAnswer
from tests.unit.freeswitch import switch_parsers as switch
from tests.unit.freeswitch.desk import Desk
from tests.unit.freeswitch.evil import anything

CONTACTS = (
    "user/1000@acd.test",
    "sofia/internal/1000@192.0.2.1:5060;transport=tcp",
    "sofia/gateway/trunk/0851234",
    "verto.rtc/1000@acd.test",
    "loopback/9001/public",
)


def born(command: RingAgent) -> switch.Dialled:
    """What FreeSWITCH makes of the order."""
    wire = command_lines.bgapi("originate", ring_argument(command, None), "j").wire
    return switch.originate(switch.api_call(switch.packets(wire)[0])[1])


def line(command: RingAgent, caller: CallerLeg | None = None) -> str:
    """The order as it stands on the wire."""
    wire = command_lines.bgapi("originate", ring_argument(command, caller), "j").wire
    return switch.api_call(switch.packets(wire)[0])[1]


def calls(ani: str, name: str) -> CallerLeg:
    """A caller's leg, of which nothing but who calls is looked at."""
    leg = Desk().tables.callers.new("c")
    leg.ani, leg.name = ani, name
    return leg


def ring(contact: str = "user/1000", shown: ScreenPop | None = None) -> RingAgent:
    return RingAgent("a", "c", "t/anna", contact, 20_000_000, screen_pop=shown)


@pytest.mark.parametrize("contact", CONTACTS)
def test_every_kind_of_contact_is_dialled_as_it_is(contact: str) -> None:
    dialled = born(ring(contact))
    assert [called for called, _ in dialled.legs] == [contact]
    assert dialled.variables["origination_uuid"] == "a"
    assert dialled.variables["return_ring_ready"] == "1"


@pytest.mark.parametrize(
    "contact", ["", "1000", "user/1 &system(id)", "user/1,user/2", "user/${x}"]
)
def test_what_is_no_contact_is_refused(contact: str) -> None:
    with pytest.raises(Unrepresentable):
        ring_argument(ring(contact), None)


@given(anything, anything, anything, anything)
def test_a_screen_is_told_what_there_is_and_nothing_else(
    name: str, ani: str, customer: str, own: str
) -> None:
    shown = ScreenPop("t/sales", ani, name, "5001", customer, 3, 61_900_000, {"Campaign": own})
    variables = born(ring(shown=shown)).variables
    told = {key: text for key, text in variables.items() if key.startswith("sip_h_")}
    expected = {
        "Campaign": display_text(own),
        "Call": "c",
        "Queue": "t/sales",
        "ANI": display_text(ani),
        "Name": display_text(name),
        "DNIS": "5001",
        "Customer": display_text(customer),
        "Priority": "3",
        "Waited": "61",
    }
    assert told == {f"sip_h_X-ACD-{key}": text for key, text in expected.items() if text}
    assert not any(character < " " for text in told.values() for character in text)


@pytest.mark.parametrize(
    ("contact", "prefix"),
    [
        ("user/1000", "sip_h_"),
        ("loopback/9001/public", "sip_h_"),
        ("verto.rtc/1000@acd.test", "verto_h_"),
        ("null/x", ""),
    ],
)
def test_a_screen_is_told_in_the_way_of_its_telephone(contact: str, prefix: str) -> None:
    variables = born(ring(contact, ScreenPop("t/sales", "1", "Ann", "5001", "", 0, 0))).variables
    told = [name for name in variables if "X-ACD-" in name]
    assert bool(told) == bool(prefix)
    assert all(name.startswith(f"{prefix}X-ACD-") for name in told)


def test_what_a_queue_tells_does_not_stand_for_something_else() -> None:
    shown = ScreenPop("t/sales", "1", "Ann", "5001", "", 0, 0, {"call": "other", "Name": "Bob"})
    variables = born(ring(shown=shown)).variables
    assert "sip_h_X-ACD-call" not in variables
    assert (variables["sip_h_X-ACD-Call"], variables["sip_h_X-ACD-Name"]) == ("c", "Ann")


@pytest.mark.parametrize("way", get_args(AutoAnswer))
def test_a_telephone_is_told_to_answer_by_itself_in_its_own_way(way: AutoAnswer) -> None:
    command = RingAgent("a", "c", "t/anna", "user/1000", 20_000_000, auto_answer=way)
    variables = born(command).variables
    told = auto_answer_variables(way)
    assert len(told) == (1 if way else 0)
    assert {name: variables[name] for name in told} == told
    assert way == "standard" or "sip_auto_answer" not in variables


def test_all_that_is_sent_for_a_plain_ring() -> None:
    leg = "4dd0f5a8-0000-4000-8000-000000000001"
    command = RingAgent(f"{leg}-1", leg, "t/anna", "null/x", 20_000_000)
    assert line(command, calls("0301", "Ann")) == (
        f"{{origination_uuid={leg}-1,acd_agent_id=t/anna,ignore_early_media=1,return_ring_ready=1,"
        "park_timeout=23:NO_ANSWER,outbound_redirect_fatal=true,"
        "force_transfer_dialplan=inline:park}null/x &park 0 0 Ann 0301 23"
    )


@pytest.mark.parametrize(
    ("offer_id", "call_id", "told"),
    [("c-1", "c", ""), ("c-1-2", "c-1", ""), ("a", "c", "c"), ("c-1", "d", "d"), ("c-x", "c", "c")],
)
def test_the_call_is_told_where_the_legs_name_does_not_tell_it(
    offer_id: str, call_id: str, told: str
) -> None:
    variables = born(RingAgent(offer_id, call_id, "t/anna", "user/1", 20_000_000)).variables
    assert variables.get("acd_call", "") == told


@pytest.mark.parametrize("contact", CONTACTS)
def test_a_leg_that_does_not_even_ring_ends_by_itself(contact: str) -> None:
    """`user/` and `verto` have another dial string dialled, which knows of the variable only."""
    words = line(ring(contact)).split(" ")
    is_own = contact.startswith(("sofia/", "loopback/", "null/"))
    assert (words[-1] == "23") == is_own
    assert ("originate_timeout=23" in words[0]) != is_own
    assert born(ring(contact)).variables["park_timeout"] == "23:NO_ANSWER"


@given(anything, anything)
@example("undef", "Undef")
@example("0301", "UNDEF")
@example("undef", "Ann")
@example("", "")
def test_who_calls_arrives_as_it_is_meant(ani: str, name: str) -> None:
    argument = line(ring("null/x"), calls(ani, name))
    words = switch.separated(argument, " ", 10)
    assert len(words) == 7
    assert words[1:4] == ["&park", "0", "0"]
    assert words[6] == "23"
    variables = switch.originate(argument).variables
    assert variables.get("origination_caller_id_name", "") == (
        shown_name(name or ani) or ("" if ani else "Anonymous")
    )
    assert variables.get("origination_caller_id_number", "") in ("", ani or "anonymous")
    assert ("origination_privacy" in variables) == (not ani)


@pytest.mark.parametrize(
    ("shown", "name", "number"),
    [
        (ShownCaller(), "Anonymous", "anonymous"),
        (ShownCaller("Support"), "Support", "anonymous"),
    ],
)
def test_a_number_that_is_withheld_is_not_on_the_telephone_whatever_the_leg_tells(
    shown: ShownCaller, name: str, number: str
) -> None:
    command = structs.replace(ring("user/1"), shown=shown)
    variables = switch.originate(line(command, calls("0301", "Ann"))).variables
    assert variables["origination_caller_id_name"] == name
    assert variables["origination_caller_id_number"] == number
    assert variables["origination_privacy"] == "hide_name:hide_number"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Support: Ann", "Support - Ann"),
        ("Ann/Bob", "Ann-Bob"),
        ("a:b", "a-b"),
        ("ann@home", "ann at home"),
        ("Dr. X (sales)", "Dr. X (sales)"),
    ],
)
def test_freeswitch_drops_nothing_of_a_name_for_the_display(name: str, shown: str) -> None:
    assert shown_name(name) == shown


def test_what_the_engine_says_is_shown_goes_before_the_leg() -> None:
    command = structs.replace(ring("user/1"), shown=ShownCaller("Support: Ann", "0302"))
    variables = switch.originate(line(command, calls("0301", "Ann"))).variables
    assert variables["origination_caller_id_name"] == "Support - Ann"
    assert variables["origination_caller_id_number"] == "0302"
    assert "origination_privacy" not in variables


@given(anything, anything)
def test_a_word_of_who_calls_is_never_more_than_a_word(name: str, number: str) -> None:
    legs = [LegToDial("user/1")]
    try:
        argument = originate_argument(legs, {"a": "b"}, "park", shown=Shown(name, number))
    except Unrepresentable:
        return
    born_with = {
        "a": "b",
        **NO_REDIRECTION,
        "origination_caller_id_name": name,
        "origination_caller_id_number": number,
    }
    dialled = switch.originate(argument)
    assert dialled.variables == {key: value for key, value in born_with.items() if value}
    assert dialled.legs == [("user/1", {})]
