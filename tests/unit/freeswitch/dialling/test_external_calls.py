"""Numbers outside and customers rung back: what is dialled, in which order, and what is told."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from msgspec import structs

from acdengine.commands import CancelDial, DialCustomer, DialNumber
from acdengine.events import (
    CallbackAnswered,
    CallbackFailed,
    CallerHungUp,
    NumberAnswered,
    NumberEnded,
)
from acdengine.plan import DialRoute, DialWay
from adapters.freeswitch.dialling.external_calls import RINGING_TONE
from adapters.freeswitch.protocol.errors import LinkDown
from tests.unit.freeswitch import switch_parsers
from tests.unit.freeswitch.desk import BROKEN, Desk
from tests.unit.freeswitch.evil import anything

TONE = f"playback {RINGING_TONE}"


def way(name: str, **more: object) -> DialWay:
    fields = {"contact": f"sofia/gateway/{name}/{{number}}", "trunk_id": name, **more}
    return DialWay(**fields)  # type: ignore[arg-type]


ROUTE = DialRoute(ways=(way("one"), way("two")), caller_number="+49555")
ORDER = DialNumber("c", "+49301", ("+49",), ROUTE)
BACK = DialCustomer("b", "+49301", 20_000_000, ("+49",), ROUTE)


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.caller()
    return made


def leg_of(sent: str) -> str:
    found = re.search("origination_uuid=([^,}]+)", sent)
    assert found, sent
    return found[1]


def dialled(desk: Desk) -> list[str]:
    """The gateways dialled since the last look."""
    sent = desk.drain()[0]
    return [found[1] for line in sent if (found := re.search(r"gateway/(\w+)/", line))]


def put_through(desk: Desk) -> str:
    """The number has answered, and both hear each other; the leg outside."""
    desk.orders.execute([ORDER])
    leg = leg_of(desk.sent[-1])
    desk.on_end[-1](f"+OK {leg}\n")
    desk.hear("CHANNEL_PARK", leg, direction="outbound", answer_state="answered")
    desk.hear("CHANNEL_BRIDGE", "c", bridge_a_id="c", bridge_b_id=leg)
    return leg


def test_a_number_is_dialled_while_the_caller_hears_it_ring(desk: Desk) -> None:
    desk.orders.execute([ORDER, ORDER])
    assert desk.sent[:2] == ["uuid_setvar c acd_caller true", TONE]
    (originate,) = desk.sent[2:]
    for said in (
        "acd_number=+49301", "acd_trunk=one", "acd_outside=c", "ignore_early_media=true",
        "originate_timeout=60", "origination_caller_id_number=+49555",
        "sofia/gateway/one/+49301", "&park",
    ):  # fmt: skip
        assert said in originate, originate


def test_the_two_are_joined_when_the_number_has_answered_and_is_parked(desk: Desk) -> None:
    desk.orders.execute([ORDER])
    leg = leg_of(desk.sent[-1])
    desk.drain()
    desk.hear("CHANNEL_PARK", leg, direction="outbound", answer_state="answered")
    assert desk.drain() == ([], [])
    desk.on_end[-1](f"+OK {leg}\n")
    assert desk.drain() == ([f"uuid_bridge c {leg}"], [])
    desk.hear("CHANNEL_PARK", leg, direction="outbound", answer_state="answered")
    assert desk.drain() == ([], []), "one bridge at a time"
    desk.hear("CHANNEL_BRIDGE", "c", bridge_a_id="c", bridge_b_id=leg)
    assert desk.drain() == ([], [NumberAnswered(0, "c", 1)])


def test_a_number_that_hangs_up_has_ended(desk: Desk) -> None:
    leg = put_through(desk)
    desk.drain()
    desk.hear("CHANNEL_HANGUP_COMPLETE", leg, hangup_cause="NORMAL_CLEARING")
    assert desk.drain() == ([], [NumberEnded(0, "c", True, "normal", 1)])


@pytest.mark.parametrize("talking", [True, False])
def test_a_caller_who_hangs_up_takes_the_number_down(desk: Desk, talking: bool) -> None:
    if talking:
        leg = put_through(desk)
    else:
        desk.orders.execute([ORDER])
        leg = leg_of(desk.sent[-1])
    desk.drain()
    if talking:
        desk.hear("CHANNEL_HANGUP", "c", hangup_cause="NORMAL_CLEARING")
    desk.hear("CHANNEL_HANGUP_COMPLETE", "c", hangup_cause="NORMAL_CLEARING")
    assert desk.drain() == (
        [f"uuid_kill {leg} ORIGINATOR_CANCEL"], [CallerHungUp(0, "c", "normal")],
    )  # fmt: skip
    if not talking:
        desk.answer("-ERR No such channel!\n")
        desk.later.pop()()
        assert desk.drain()[0] == [f"uuid_kill {leg} ORIGINATOR_CANCEL"], "until it is there"
        desk.on_end[-1]("-ERR ORIGINATOR_CANCEL\n")
    else:
        desk.hear("CHANNEL_HANGUP_COMPLETE", leg, hangup_cause="ORIGINATOR_CANCEL")
    assert desk.drain() == ([], [])
    assert not desk.legs.outside


def test_the_next_gateway_is_tried_where_it_was_the_trunk_s_fault(desk: Desk) -> None:
    desk.orders.execute([ORDER])
    assert dialled(desk) == ["one"]
    desk.on_end[-1]("-ERR NORMAL_TEMPORARY_FAILURE\n")
    assert desk.sent[-1].startswith("uuid_exists ")
    desk.answer("true")
    desk.later.pop()()
    desk.answer("false")
    assert dialled(desk) == ["two"]
    desk.on_end[-1]("-ERR GATEWAY_DOWN\n")
    assert desk.drain()[1] == [NumberEnded(0, "c", False, "trunk_failed", 1)]


@pytest.mark.parametrize(
    ("cause", "told"),
    [("USER_BUSY", "busy"), ("NO_ANSWER", "no_answer"), ("CALL_REJECTED", "rejected")],
)
def test_the_number_s_own_fault_is_not_tried_again(desk: Desk, cause: str, told: str) -> None:
    desk.orders.execute([ORDER])
    desk.drain()
    desk.on_end[-1](f"-ERR {cause}\n")
    assert desk.drain() == (BROKEN, [NumberEnded(0, "c", False, told, 1)])


def test_a_trunk_group_has_so_many_channels_in_and_out() -> None:
    desk = Desk()
    desk.hear("CHANNEL_PARK", "c", direction="inbound", answer_state="answered", trunk="one")
    route = DialRoute(ways=(way("one", channels=1), way("two", channels=1)))
    for call_id in ("d", "e"):
        desk.caller(call_id)
    desk.drain()
    for call_id in ("c", "d", "e"):
        desk.orders.execute([DialNumber(call_id, "+49301", ("+49",), route)])
    assert desk.drain()[1] == [
        NumberEnded(0, "d", False, "trunk_busy", 1), NumberEnded(0, "e", False, "trunk_busy", 1),
    ]  # fmt: skip


def test_a_trunk_group_takes_so_many_calls_a_second() -> None:
    desk = Desk()
    route = DialRoute(ways=(way("one", calls_per_s=2.0),))
    told: list[int] = []
    for second in (0.0, 10.0, 10.4, 10.6):
        desk.now_s = second
        for n in range(4):
            desk.orders.execute([DialCustomer(f"x{second}{n}", "+49301", 1, ("+49",), route)])
            desk.answer("false")
        told.append(len(dialled(desk)))
    assert told == [2, 2, 0, 1]


@pytest.mark.parametrize(
    ("number", "allow"),
    [("+49301", ()), ("+44301", ("+49",)), ("+49301", ("+44", "0")), ("+49301x", ("+49",))],
)
def test_what_may_not_be_dialled_is_not(desk: Desk, number: str, allow: tuple[str, ...]) -> None:
    desk.orders.execute([DialNumber("c", number, allow, ROUTE)])
    assert dialled(desk) == []
    desk.orders.execute([DialNumber("c", number, allow, ROUTE)])
    assert desk.drain()[1] == [NumberEnded(0, "c", False, "not_allowed", 1)]


def test_without_a_gateway_there_is_no_way_out(desk: Desk) -> None:
    desk.orders.execute([DialNumber("c", "+49301", ("+49",))])
    assert desk.drain()[1] == [NumberEnded(0, "c", False, "no_route", 1)]


@settings(max_examples=200)
@given(anything, anything, anything)
def test_hostile_numbers_and_names_are_refused_or_arrive_as_data(
    number: str, shown: str, name: str
) -> None:
    desk = Desk()
    desk.caller()
    route = DialRoute(ways=(way("one"),), caller_number=shown, caller_name=name)
    desk.orders.execute([DialNumber("c", "+49" + number, ("+49",), route)])
    desk.orders.execute([DialCustomer("d", "+49" + number, 1, ("+49",), route)])
    for line in desk.sent:
        assert "\n" not in line
        assert "${" not in line
        if line.startswith("originate"):
            assert re.fullmatch("[0-9]*", number)
            dialled = switch_parsers.originate(line.removeprefix("originate "))
            assert [contact for contact, _ in dialled.legs] == [f"sofia/gateway/one/+49{number}"]
            assert dialled.application == ("park", "")
    assert len(desk.reported) in (1, 0)


# -- customers ---------------------------------------------------------------------------------


def ring_back(desk: Desk) -> None:
    desk.orders.execute([BACK, BACK])
    assert desk.drain() == (["uuid_exists b"], [])
    desk.answer("false")


def test_a_customer_becomes_a_caller_when_answered_and_parked() -> None:
    desk = Desk()
    ring_back(desk)
    (originate,) = desk.drain()[0]
    for said in (
        "origination_uuid=b",
        "acd_rung_back=b",
        "acd_caller=true",
        "originate_timeout=21",
    ):
        assert said in originate
    desk.on_end[-1]("+OK b\n")
    assert desk.drain() == ([], [])
    desk.hear("CHANNEL_PARK", "b", direction="outbound", answer_state="answered")
    assert desk.drain() == ([], [CallbackAnswered(0, "b", "b", "n1")])
    assert desk.legs.callers["b"].trunk_id == "one"
    desk.orders.execute([BACK, CancelDial("b")])
    assert desk.drain()[1] == [CallbackAnswered(0, "b", "b", "n1")] * 2


def test_nothing_is_dialled_until_the_caller_s_own_leg_has_gone() -> None:
    desk = Desk()
    desk.orders.execute([BACK])
    desk.answer("true")
    assert desk.drain() == (["uuid_exists b"], [])
    desk.later.pop()()
    desk.answer("false")
    assert dialled(desk) == ["one"]


def test_a_customer_who_is_not_reached() -> None:
    desk = Desk()
    ring_back(desk)
    desk.on_end[-1]("-ERR USER_BUSY\n")
    assert desk.drain()[1] == [CallbackFailed(0, "b", "busy")]


def test_a_stranger_with_another_identity_is_taken_down() -> None:
    desk = Desk()
    ring_back(desk)
    desk.drain()
    desk.on_end[-1]("+OK other\n")
    assert desk.drain() == (["uuid_kill other"], [CallbackFailed(0, "b", "failed")])


@pytest.mark.parametrize("stage", ["before", "asking", "ringing", "answered"])
def test_ringing_a_customer_is_stopped(stage: str) -> None:
    desk = Desk()
    if stage == "asking":
        desk.orders.execute([BACK])
    elif stage != "before":
        ring_back(desk)
    if stage == "answered":
        desk.on_end[-1]("+OK b\n")
    desk.orders.execute([CancelDial("b")])
    if stage == "asking":
        desk.answer("false", 0)
    elif stage == "ringing":
        desk.on_end[-1]("-ERR ORIGINATOR_CANCEL\n")
    elif stage == "answered":
        desk.hear("CHANNEL_PARK", "b", direction="outbound", answer_state="answered")
        desk.hear("CHANNEL_HANGUP_COMPLETE", "b", hangup_cause="ORIGINATOR_CANCEL")
    assert desk.drain()[1] == [CallbackFailed(0, "b", "cancelled")]
    assert not desk.legs.customers


def test_after_a_lost_connection_the_switch_is_asked() -> None:
    desk = Desk()
    ring_back(desk)
    desk.drain()
    desk.on_end[-1](LinkDown("gone"))
    assert desk.drain() == ([], [])
    assert not desk.legs.customers["b"].is_dialling


def test_a_leg_has_the_variables_that_may_be_set_and_no_others(desk: Desk) -> None:
    variables = {"flow_order": "7,a'b", "hangup_after_bridge": "true", "bad name": "x"}
    desk.orders.execute([structs.replace(ORDER, variables=variables)])
    (dialled,) = [line for line in desk.sent if line.startswith("originate ")]
    born = switch_parsers.originate(dialled.removeprefix("originate ")).variables
    assert born["flow_order"] == "7,a'b"
    assert not {"hangup_after_bridge", "bad name"} & set(born)
