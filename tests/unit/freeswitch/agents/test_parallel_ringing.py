"""One offer that rings several telephones: who wins, who loses, and what a cancel ends."""

from __future__ import annotations

from acdengine.commands import Bridge, CancelRing, RingAgent
from acdengine.events import OfferAnswered, OfferEnded
from tests.unit.freeswitch.desk import Desk

CALL = "4418b64e-49c6-46cf-822a-ae66b765e8b7"
WON = "95b76700-2f7f-4900-aa28-de7fdb219871"
LOST = "05c8eed1-9aa8-4d13-be01-16a4b22f1e52"
RING = RingAgent("a", CALL, "t/anna", "user/1000@acd.test", 20_000_000)


def ringing() -> Desk:
    desk = Desk()
    desk.caller(CALL)
    desk.several.append(RING.contact)
    desk.orders.execute([RING])
    (dialled,), _ = desk.drain()
    assert f"acd_offer=a,acd_call={CALL}" in dialled
    assert "return_ring_ready" not in dialled
    assert "origination_uuid" not in dialled
    return desk


def parked(desk: Desk, leg_id: str) -> None:
    desk.hear("CHANNEL_PARK", leg_id, offer="a", direction="outbound")


def test_the_leg_that_parks_has_won_and_goes_by_the_offers_id() -> None:
    desk = ringing()
    desk.hear("CHANNEL_ANSWER", WON)
    desk.hear("CHANNEL_HANGUP_COMPLETE", LOST, hangup_cause="LOSE_RACE")
    assert desk.drain() == ([], [])
    parked(desk, WON)
    desk.on_end[-1](f"+OK {WON}\n")
    assert desk.drain() == ([], [OfferAnswered(0, "a", "n1")])
    desk.orders.execute([Bridge(CALL, "a")])
    assert desk.drain()[0] == [f"uuid_bridge {CALL} {WON}"]
    desk.hear("CHANNEL_HANGUP_COMPLETE", WON, hangup_cause="NORMAL_CLEARING")
    assert desk.drain()[1] == [OfferEnded(0, "a", "hangup")]
    assert not desk.legs.answered_legs


def test_a_cancel_ends_all_that_ring() -> None:
    desk = ringing()
    desk.orders.execute([CancelRing("a", answered_elsewhere=True)])
    assert desk.drain() == (["hupall LOSE_RACE acd_offer a"], [])
    desk.answer("+OK hangup all channels matching [acd_offer]=[a] with cause: LOSE_RACE\n")
    assert desk.drain() == ([], [])
    desk.on_end[-1]("-ERR LOSE_RACE\n")
    assert [type(event) for event in desk.drain()[1]] == [OfferEnded]


def test_a_cancel_after_the_answer_ends_the_leg_that_has_won() -> None:
    desk = ringing()
    parked(desk, WON)
    desk.drain()
    desk.orders.execute([CancelRing("a")])
    assert desk.drain() == ([f"uuid_kill {WON}"], [])
    desk.hear("CHANNEL_HANGUP_COMPLETE", WON, hangup_cause="NORMAL_CLEARING")
    assert desk.drain()[1] == [OfferEnded(0, "a", "hangup")]


def test_an_answer_that_crosses_the_cancel_is_ended() -> None:
    desk = ringing()
    desk.orders.execute([CancelRing("a")])
    desk.drain()
    desk.on_end[-1](f"+OK {WON}\n")
    assert desk.drain() == ([f"uuid_kill {WON}"], [])
