"""What an agent's leg is born with: read back as FreeSWITCH reads it."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given

from acdengine.commands import RingAgent, ScreenPop
from adapters.freeswitch import command_lines
from adapters.freeswitch.agent_legs import auto_answer_variables, ring_argument
from adapters.freeswitch.errors import Unrepresentable
from adapters.freeswitch.quoting import display_text
from routing.policy import AutoAnswer
from tests.unit.freeswitch import switch_parsers as switch
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


def ring(contact: str = "user/1000", shown: ScreenPop | None = None) -> RingAgent:
    return RingAgent("a", "c", "t/anna", contact, 20_000_000, screen_pop=shown)


@pytest.mark.parametrize("contact", CONTACTS)
def test_every_kind_of_contact_is_dialled_as_it_is(contact: str) -> None:
    dialled = born(ring(contact))
    assert [called for called, _ in dialled.legs] == [contact]
    assert dialled.variables["origination_uuid"] == "a"
    assert dialled.variables["return_ring_ready"] == "true"


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
