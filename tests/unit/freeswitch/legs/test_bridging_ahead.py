"""FreeSWITCH told ahead to bridge at the answer: only where nothing can come between."""

from __future__ import annotations

import pytest

from acdengine.commands import Bridge, CancelRing, PlayMusic, RingAgent, StopPrompt
from acdengine.events import CallBridged, OfferAnswered, OfferEnded
from tests.unit.freeswitch.desk import Desk

MUSIC = "playback local_stream://moh"
AHEAD = "uuid_setvar a api_on_answer 'uuid_bridge c a'"
NO_MORE = "uuid_setvar a api_on_answer"


def ring(desk: Desk, offer_id: str = "a", whisper: str = "") -> None:
    """The engine has an agent rung, and FreeSWITCH begins to."""
    desk.orders.execute(
        [RingAgent(offer_id, "c", "t/anna", "user/1000", 20_000_000, whisper=whisper)]
    )
    assert desk.sent.pop().startswith("originate ")


def rings(desk: Desk, offer_id: str = "a") -> None:
    """The telephone rings, and its leg is parked."""
    desk.hear("CHANNEL_PARK", offer_id, answer_state="ringing")


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.caller()
    ring(made)
    return made


def test_the_only_telephone_is_joined_by_the_switch_and_the_engine_hears_of_it_all(
    desk: Desk,
) -> None:
    rings(desk)
    assert desk.drain() == ([AHEAD], [])
    desk.hear("CHANNEL_ANSWER", "a", joins_itself="uuid_bridge c a")
    assert desk.drain() == ([], [OfferAnswered(0, "a", "n1")])
    desk.orders.execute([StopPrompt("c"), Bridge("c", "a")])
    assert desk.drain() == ([], [])
    desk.hear("CHANNEL_BRIDGE", "c", bridge_a_id="c", bridge_b_id="a")
    assert desk.drain() == ([], [CallBridged(0, "c", "a")])
    # The engine's order may as well come after the bridge.
    desk.orders.execute([Bridge("c", "a")])
    assert desk.drain() == ([], [CallBridged(0, "c", "a")])


def test_a_bridge_of_which_nothing_is_heard_is_ordered_after_all(desk: Desk) -> None:
    rings(desk)
    desk.hear("CHANNEL_ANSWER", "a", joins_itself="uuid_bridge c a")
    desk.drain()
    desk.now_s = 3.0
    desk.orders.execute([Bridge("c", "a")])
    assert desk.sent == ["uuid_bridge c a"]


def test_of_two_telephones_neither_is(desk: Desk) -> None:
    rings(desk)
    desk.drain()
    ring(desk, "b")
    assert desk.drain()[0] == [NO_MORE]
    rings(desk, "b")
    desk.hear("CHANNEL_ANSWER", "b")
    assert desk.drain() == ([], [OfferAnswered(0, "b", "n1")])
    desk.orders.execute([CancelRing("a", answered_elsewhere=True), Bridge("c", "b")])
    assert desk.sent == ["uuid_kill a LOSE_RACE", "uuid_bridge c b"]


def test_the_last_of_several_is_again(desk: Desk) -> None:
    ring(desk, "b")
    rings(desk)
    rings(desk, "b")
    assert desk.sent == []
    desk.hear("CHANNEL_HANGUP_COMPLETE", "b", hangup_cause="USER_BUSY")
    assert desk.drain() == ([AHEAD], [OfferEnded(0, "b", "busy")])


def test_not_before_a_whisper() -> None:
    desk = Desk()
    desk.caller()
    ring(desk, whisper="greeting")
    rings(desk)
    assert desk.sent == []


def test_not_for_a_telephone_that_was_parked_answered(desk: Desk) -> None:
    desk.hear("CHANNEL_ANSWER", "a")
    desk.hear("CHANNEL_PARK", "a", answer_state="answered")
    assert desk.sent == []


def test_not_before_the_caller_is_answered() -> None:
    desk = Desk()
    desk.hear("CHANNEL_PARK", "c", direction="inbound", answer_state="ringing")
    ring(desk)
    rings(desk)
    assert desk.sent == []
    desk.hear("CHANNEL_ANSWER", "c")
    assert desk.sent == [AHEAD]


def test_not_for_a_customer_who_is_not_on_the_line() -> None:
    desk = Desk()
    ring(desk)
    rings(desk)
    assert desk.sent == []


def test_not_once_the_offer_is_taken_back(desk: Desk) -> None:
    desk.orders.execute([CancelRing("a")])
    desk.drain()
    rings(desk)
    assert desk.drain() == ([], [])


def test_a_late_answer_leaves_the_caller_with_the_music(desk: Desk) -> None:
    """The telephone was taken up while the order to stop ringing was on its way: FreeSWITCH joins
    it, and takes it down. The engine has moved on, and orders nothing anew."""
    desk.orders.execute([PlayMusic("c", "default")])
    rings(desk)
    desk.orders.execute([CancelRing("a")])
    desk.drain()
    desk.hear("CHANNEL_ANSWER", "a", joins_itself="uuid_bridge c a")
    assert desk.drain() == ([], [])
    desk.hear("CHANNEL_HANGUP_COMPLETE", "a", hangup_cause="NORMAL_CLEARING")
    assert desk.drain() == ([MUSIC], [OfferEnded(0, "a", "hangup")])


def test_the_next_agent_of_a_caller_who_was_joined_late_is_joined_when_that_is_over(
    desk: Desk,
) -> None:
    rings(desk)
    desk.orders.execute([CancelRing("a")])
    desk.hear("CHANNEL_ANSWER", "a", joins_itself="uuid_bridge c a")
    desk.hear("CHANNEL_BRIDGE", "c", bridge_a_id="c", bridge_b_id="a")
    desk.hear("CHANNEL_HANGUP_COMPLETE", "a", hangup_cause="NORMAL_CLEARING")
    desk.drain()
    ring(desk, "b")
    rings(desk, "b")
    assert desk.sent == []
    desk.hear("CHANNEL_PARK", "c", direction="inbound")
    assert desk.sent == ["uuid_setvar b api_on_answer 'uuid_bridge c b'"]


def test_an_answer_that_crosses_our_telling_is_asked_about(desk: Desk) -> None:
    rings(desk)
    desk.drain()
    desk.hear("CHANNEL_ANSWER", "a")
    desk.orders.execute([Bridge("c", "a")])
    ask = [NO_MORE, "uuid_getvar a signal_bond"]
    assert desk.drain() == (ask, [OfferAnswered(0, "a", "n1")])
    desk.answer("_undef_")
    assert desk.drain() == (["uuid_bridge c a"], [])


def test_an_answer_that_crossed_our_telling_may_have_been_in_time(desk: Desk) -> None:
    rings(desk)
    desk.hear("CHANNEL_ANSWER", "a")
    desk.orders.execute([Bridge("c", "a")])
    desk.drain()
    desk.answer("c")
    assert desk.drain() == ([], [])
    desk.hear("CHANNEL_BRIDGE", "c", bridge_a_id="c", bridge_b_id="a")
    assert desk.drain() == ([], [CallBridged(0, "c", "a")])


def test_a_caller_whose_leg_is_parked_afresh_is_not_joined_meanwhile(desk: Desk) -> None:
    rings(desk)
    desk.drain()
    desk.tables.callers.renew(desk.legs.callers["c"])
    assert desk.drain()[0] == [NO_MORE, "uuid_transfer c park inline"]
    desk.hear("CHANNEL_PARK", "c", direction="inbound")
    assert desk.drain()[0] == [AHEAD]
