"""Asking an agent who has answered for the key that accepts the call."""

from __future__ import annotations

import pytest

from acdengine.commands import AskToAccept, Bridge, RingAgent
from acdengine.events import OfferEnded, OfferKeyPressed
from tests.unit.freeswitch.desk import Desk

ASK = AskToAccept("a", "c", "1", ("greeting",))


@pytest.fixture
def desk() -> Desk:
    """The telephone of offer `a` has answered; it was parked while it rang."""
    made = Desk()
    made.caller()
    made.agent()
    made.hear("CHANNEL_PARK", "a", answer_state="ringing")
    made.hear("CHANNEL_ANSWER", "a")
    made.drain()
    return made


def presses(desk: Desk, digit: str) -> None:
    desk.hear("DTMF", "a", dtmf_digit=digit)


def test_a_telephone_that_is_to_be_asked_is_not_joined_by_its_answer() -> None:
    desk = Desk()
    desk.caller()
    desk.orders.execute([RingAgent("a", "c", "t/anna", "user/1000", 20_000_000, awaits_key=True)])
    assert not desk.legs.agents["a"].may_bridge_itself


def test_the_agent_hears_the_prompt_once_and_every_key_is_reported(desk: Desk) -> None:
    desk.orders.execute([ASK, ASK])
    assert desk.drain() == (["playback /s/greeting.wav"], [])
    presses(desk, "7")
    presses(desk, "1")
    keys = [OfferKeyPressed(0, "a", "7"), OfferKeyPressed(0, "a", "1")]
    assert desk.drain() == ([], keys)


def test_the_bridge_ends_the_prompt_and_keys_are_no_more_reported(desk: Desk) -> None:
    desk.orders.execute([AskToAccept("a", "c", "1", ("greeting", "position:7"))])
    desk.drain()
    desk.orders.execute([Bridge("c", "a")])
    assert desk.drain()[0] == ["uuid_bridge c a"]
    presses(desk, "1")
    assert desk.drain() == ([], [])


def test_after_the_prompt_nothing_is_joined_without_an_order(desk: Desk) -> None:
    desk.orders.execute([ASK])
    desk.drain()
    heard = desk.legs.agents["a"].hearing
    desk.hear("CHANNEL_EXECUTE_COMPLETE", "a", application_uuid=heard)
    assert desk.drain() == ([], [])


def test_keys_of_an_agent_who_is_not_asked_are_none_of_the_engines(desk: Desk) -> None:
    presses(desk, "1")
    assert desk.drain() == ([], [])


def test_an_agent_who_has_gone_is_not_asked(desk: Desk) -> None:
    desk.hear("CHANNEL_HANGUP_COMPLETE", "a", hangup_cause="NORMAL_CLEARING")
    desk.drain()
    desk.orders.execute([ASK])
    assert desk.drain() == ([], [OfferEnded(0, "a", "hangup")])
