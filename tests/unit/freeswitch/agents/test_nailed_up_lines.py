"""Lines of nailed-up agents: dialled once, bridged often, and every offer told like any other."""

from __future__ import annotations

import pytest
from hypothesis import given

from acdengine.commands import Bridge, CancelRing, CloseLine, HoldCall, OpenLine, RingAgent
from acdengine.events import (
    AnyEvent,
    CallBridged,
    CallerHungUp,
    LineClosed,
    LineOpened,
    OfferAnswered,
    OfferEnded,
)
from adapters.freeswitch.protocol import command_lines
from adapters.freeswitch.protocol.errors import LinkDown, Unrepresentable
from tests.unit.freeswitch import switch_parsers as switch
from tests.unit.freeswitch.desk import Desk
from tests.unit.freeswitch.evil import anything

OPEN = OpenLine("l", "t/anna", "user/1000", 30_000_000, "call_info")
RING = RingAgent("a", "c", "t/anna", "user/1000", 20_000_000, line_id="l")
SERVES = (
    "uuid_setvar_multi l acd_offer='a';acd_call='c';acd_consult='';hold_music='local_stream://moh'"
)
SERVES_NONE = "uuid_setvar_multi l acd_offer='';acd_call='';acd_consult=''"
BEEP = "playback tone_stream://%(200,50,880)"
TAKE_OFF = "uuid_transfer l park inline"


@pytest.fixture
def desk() -> Desk:
    """Anna is on her line, and a caller waits."""
    made = Desk()
    made.caller()
    made.orders.execute([OPEN])
    made.on_end[0]("+OK l\n")
    made.hear("CHANNEL_ANSWER", "l")
    assert made.reported == []
    made.hear("CHANNEL_PARK", "l", answer_state="answered")
    assert made.drain()[1] == [LineOpened(0, "l", "n1")]
    return made


def beeped(desk: Desk) -> None:
    """The offer is on the line, and the beep is over."""
    desk.orders.execute([RING, Bridge("c", "a")])
    assert desk.drain() == ([SERVES, BEEP], [OfferAnswered(0, "a", "n1")])
    desk.hear("CHANNEL_EXECUTE_COMPLETE", "l", application_uuid=desk.legs.agents["a"].hearing)


def talking(desk: Desk) -> None:
    beeped(desk)
    assert desk.drain() == (["uuid_bridge c l"], [])
    desk.hear("CHANNEL_BRIDGE", "c", bridge_a_id="c", bridge_b_id="l")
    assert desk.drain() == ([], [CallBridged(0, "c", "a")])


def over(desk: Desk) -> tuple[list[str], list[AnyEvent]]:
    """The line is parked again."""
    desk.hear("CHANNEL_PARK", "l", answer_state="answered")
    return desk.drain()


def test_the_telephone_is_dialled_once_and_kept() -> None:
    desk = Desk()
    desk.orders.execute([OPEN, OPEN])
    [argument] = desk.sent
    dialled = switch.originate(argument.removeprefix("originate "))
    assert [called for called, _ in dialled.legs] == ["user/1000"]
    assert dialled.variables["origination_uuid"] == "l"
    assert dialled.variables["park_after_bridge"] == "true"
    assert dialled.variables["acd_agent_id"] == "t/anna"
    assert dialled.variables["sip_h_Call-Info"] == "<sip:localhost>;answer-after=0"
    assert dialled.application == ("park", "")


def test_an_offer_is_answered_at_once_and_announced_by_a_beep(desk: Desk) -> None:
    talking(desk)
    desk.orders.execute([RING, Bridge("c", "a")])
    assert desk.drain() == ([], [CallBridged(0, "c", "a")])


def test_the_whisper_comes_after_the_beep(desk: Desk) -> None:
    desk.orders.execute([RING, Bridge("c", "a", "greeting")])
    desk.drain()
    for expected in (["playback /s/greeting.wav"], ["uuid_bridge c l"]):
        desk.hear("CHANNEL_EXECUTE_COMPLETE", "l", application_uuid=desk.legs.agents["a"].hearing)
        assert desk.drain()[0] == expected


def test_a_caller_who_leaves_leaves_the_line(desk: Desk) -> None:
    talking(desk)
    desk.hear("CHANNEL_HANGUP_COMPLETE", "c", hangup_cause="NORMAL_CLEARING")
    assert desk.drain()[1] == [CallerHungUp(0, "c", "normal")]
    desk.orders.execute([CancelRing("a")])
    assert desk.drain() == ([], [])
    assert over(desk) == ([SERVES_NONE], [OfferEnded(0, "a", "hangup")])
    assert list(desk.legs.lines) == ["l"]


def test_a_line_that_is_parked_before_the_order_is_free_with_it(desk: Desk) -> None:
    talking(desk)
    desk.hear("CHANNEL_HANGUP_COMPLETE", "c", hangup_cause="NORMAL_CLEARING")
    assert over(desk)[1] == [CallerHungUp(0, "c", "normal")]
    desk.orders.execute([CancelRing("a")])
    assert desk.drain() == ([SERVES_NONE], [OfferEnded(0, "a", "hangup")])


def test_a_caller_who_stays_is_taken_off_the_line(desk: Desk) -> None:
    talking(desk)
    desk.orders.execute([CancelRing("a")])
    assert desk.drain() == ([TAKE_OFF], [])
    assert over(desk) == ([SERVES_NONE], [OfferEnded(0, "a", "hangup")])


def test_a_bridge_under_way_is_left_to_come_about_first(desk: Desk) -> None:
    beeped(desk)
    desk.drain()
    desk.orders.execute([CancelRing("a")])
    assert desk.drain() == ([], [])
    desk.hear("CHANNEL_BRIDGE", "c", bridge_a_id="c", bridge_b_id="l")
    assert desk.sent == [TAKE_OFF]
    assert over(desk)[1][-1] == OfferEnded(0, "a", "hangup")


def test_a_caller_who_leaves_while_being_joined_leaves_a_deaf_line_that_is_fetched_back(
    desk: Desk,
) -> None:
    beeped(desk)
    desk.drain()
    desk.hear("CHANNEL_HANGUP", "c", hangup_cause="NORMAL_CLEARING")
    assert desk.drain()[0] == [TAKE_OFF]
    desk.hear("CHANNEL_HANGUP_COMPLETE", "c", hangup_cause="NORMAL_CLEARING")
    desk.orders.execute([CancelRing("a")])
    assert desk.drain() == ([], []), "not free before it is parked again"
    assert over(desk) == ([SERVES_NONE], [OfferEnded(0, "a", "hangup")])


def test_an_offer_that_is_taken_back_during_the_beep_is_over_at_once(desk: Desk) -> None:
    desk.orders.execute([RING, Bridge("c", "a")])
    desk.drain()
    desk.orders.execute([CancelRing("a")])
    assert desk.drain() == (["uuid_break l all", SERVES_NONE], [OfferEnded(0, "a", "hangup")])
    desk.orders.execute([RING])
    assert desk.reported == [OfferAnswered(0, "a", "n1")]


def test_an_order_that_is_repeated_takes_the_caller_off_by_force(desk: Desk) -> None:
    talking(desk)
    desk.hear("CHANNEL_HANGUP_COMPLETE", "c", hangup_cause="NORMAL_CLEARING")
    desk.orders.execute([CancelRing("a")])
    desk.drain()
    desk.orders.execute([CancelRing("a")])
    assert desk.sent == [TAKE_OFF]


def test_a_line_that_is_hung_up_is_down_before_its_offer(desk: Desk) -> None:
    talking(desk)
    desk.hear("CHANNEL_HANGUP_COMPLETE", "l", hangup_cause="NORMAL_CLEARING")
    assert desk.drain()[1] == [LineClosed(0, "l", "hangup"), OfferEnded(0, "a", "hangup")]
    assert not desk.legs.lines
    assert not desk.legs.agents


@pytest.mark.parametrize(
    ("hangup_cause", "cause"),
    [("NORMAL_CLEARING", "hangup"), ("SYSTEM_SHUTDOWN", "lost"), ("MEDIA_TIMEOUT", "lost")],
)
def test_why_a_line_is_down(desk: Desk, hangup_cause: str, cause: str) -> None:
    desk.hear("CHANNEL_HANGUP_COMPLETE", "l", hangup_cause=hangup_cause)
    assert desk.reported == [LineClosed(0, "l", cause)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("printed", "cause"),
    [
        ("-ERR NO_ANSWER", "no_answer"),
        ("-ERR USER_BUSY", "busy"),
        ("-ERR USER_NOT_REGISTERED", "unreachable"),
        ("-ERR NOT_CONNECTED", "failed"),
    ],
)
def test_why_a_line_did_not_come_up(printed: str, cause: str) -> None:
    desk = Desk()
    desk.orders.execute([OPEN])
    desk.on_end[0](printed)
    assert desk.reported == [LineClosed(0, "l", cause)]  # type: ignore[arg-type]


def test_a_line_under_another_name_is_ended() -> None:
    desk = Desk()
    desk.orders.execute([OPEN])
    desk.on_end[0]("+OK other")
    assert desk.sent[1:] == ["uuid_kill other"]
    assert desk.reported == [LineClosed(0, "l", "failed")]


def test_of_a_line_whose_dialling_was_lost_sight_of_nothing_is_told() -> None:
    desk = Desk()
    desk.orders.execute([OPEN])
    desk.on_end[0](LinkDown("cut"))
    assert desk.reported == []


def test_a_line_is_closed_and_told_so_when_it_is_down(desk: Desk) -> None:
    desk.orders.execute([CloseLine("l")])
    assert desk.drain() == (["uuid_kill l"], [])
    desk.hear("CHANNEL_HANGUP_COMPLETE", "l", hangup_cause="NORMAL_CLEARING")
    assert desk.reported == [LineClosed(0, "l", "hangup")]
    desk.orders.execute([CloseLine("l")])
    desk.answer("-ERR No such channel!\n")
    assert desk.reported[1:] == [LineClosed(0, "l", "hangup")]


def test_a_line_that_is_closed_while_it_is_dialled_ends_when_it_is_there() -> None:
    desk = Desk()
    desk.orders.execute([OPEN, CloseLine("l")])
    desk.answer("-ERR No such channel!\n")
    assert desk.reported == []
    desk.on_end[0]("+OK l")
    assert desk.sent[-1] == "uuid_kill l"


def test_an_offer_on_a_line_that_is_not_there_has_not_reached_anybody() -> None:
    desk = Desk()
    desk.orders.execute([RING])
    assert desk.drain() == ([], [LineClosed(0, "l", "lost"), OfferEnded(0, "a", "unreachable")])


def test_a_line_serves_one_offer(desk: Desk) -> None:
    talking(desk)
    desk.orders.execute([RingAgent("b", "d", "t/anna", "user/1000", 20_000_000, line_id="l")])
    assert desk.drain() == ([], [OfferEnded(0, "b", "busy")])


@pytest.mark.parametrize("order", [("c", "l"), ("l", "c")])
def test_an_attended_transfer_leaves_the_line_and_the_caller_to_the_other(
    desk: Desk, order: tuple[str, str]
) -> None:
    talking(desk)
    desk.agent("b").is_consult = True
    for name in ("CHANNEL_PARK", "CHANNEL_ANSWER"):
        desk.hear(name, "b", answer_state="answered")
    desk.drain()
    desk.orders.execute([Bridge("c", "b"), CancelRing("a")])
    # One transfer parks both: another would meet it on the way.
    assert [sent for sent in desk.drain()[0] if sent.startswith("uuid_transfer")] == [
        "uuid_transfer c -both park inline"
    ]
    for leg_id in order:
        desk.hear("CHANNEL_PARK", leg_id, answer_state="answered")
    assert "uuid_bridge c b" in desk.sent
    assert OfferEnded(0, "a", "hangup") in desk.reported


def test_hold_is_of_the_lines_leg(desk: Desk) -> None:
    talking(desk)
    desk.orders.execute([HoldCall("c", "default")])
    assert desk.sent[-1] == "uuid_hold l"


def test_a_contact_that_is_none_is_unreachable() -> None:
    desk = Desk()
    desk.orders.execute([OpenLine("l", "t/anna", "user/1,user/2", 30_000_000)])
    assert desk.drain() == ([], [LineClosed(0, "l", "unreachable")])


@given(anything)
def test_whoever_has_a_line_is_written_on_it_as_data(agent_id: str) -> None:
    desk = Desk()
    desk.orders.execute([OpenLine("l", agent_id, "user/1000", 30_000_000)])
    if not desk.sent:
        assert desk.reported == [LineClosed(0, "l", "unreachable")]
        return
    argument = desk.sent[0].removeprefix("originate ")
    try:
        wire = command_lines.bgapi("originate", argument, "j").wire
    except Unrepresentable:
        return
    dialled = switch.originate(switch.api_call(switch.packets(wire)[0])[1])
    assert dialled.variables.get("acd_agent_id", "") == agent_id
    assert [called for called, _ in dialled.legs] == ["user/1000"]
