"""A leg that an agent's telephone has dialled to pick up a call becomes the leg of the offer."""

from __future__ import annotations

from acdengine.commands import Bridge, CancelRing, RingAgent
from acdengine.events import CallBridged, OfferAnswered, OfferEnded
from tests.unit.freeswitch.desk import Desk

CALL = "4418b64e-49c6-46cf-822a-ae66b765e8b7"
DIALLED = "95b76700-2f7f-4900-aa28-de7fdb219871"
OFFER = f"{CALL}-2"
RING = RingAgent(OFFER, CALL, "t/ben", "user/1001@acd.test", 20_000_000, leg_id=DIALLED)


def dialled(**more: str) -> Desk:
    desk = Desk()
    desk.caller(CALL)
    desk.hear("CHANNEL_PARK", DIALLED, direction="inbound", answer_state="ringing", **more)
    desk.drain()
    return desk


def hear(desk: Desk, name: str, **more: str) -> None:
    desk.hear(name, DIALLED, direction="inbound", **more)


def test_it_is_marked_and_answered_and_goes_by_the_offers_id() -> None:
    desk = dialled()
    desk.orders.execute([RING])
    assert desk.drain() == (
        [
            f"uuid_setvar {DIALLED} acd_agent_id t/ben",
            f"uuid_setvar {DIALLED} acd_call {CALL}",
            f"uuid_setvar {DIALLED} acd_offer {OFFER}",
            f"uuid_setvar {DIALLED} park_after_bridge false",
            f"uuid_setvar {DIALLED} uuid_bridge_park_on_cancel true",
            f"uuid_setvar {DIALLED} force_transfer_dialplan inline:park",
            f"uuid_setvar {DIALLED} deny_refer_requests true",
            f"uuid_answer {DIALLED}",
        ],
        [],
    )
    desk.orders.execute([RING])  # safe to repeat
    assert desk.drain() == ([], [])
    hear(desk, "CHANNEL_ANSWER")
    assert desk.drain()[1] == [OfferAnswered(0, OFFER, "n1")]
    desk.orders.execute([Bridge(CALL, OFFER)])
    assert desk.drain()[0] == [f"uuid_bridge {CALL} {DIALLED}"]
    desk.hear("CHANNEL_BRIDGE", CALL, bridge_a_id=CALL, bridge_b_id=DIALLED)
    assert desk.drain()[1] == [CallBridged(0, CALL, OFFER)]
    hear(desk, "CHANNEL_HANGUP_COMPLETE", hangup_cause="NORMAL_CLEARING")
    assert desk.drain()[1] == [OfferEnded(0, OFFER, "hangup")]
    assert not desk.legs.answered_legs
    assert not desk.trunks.counts(DIALLED)


def test_what_the_dialplan_has_planned_for_it_is_cancelled() -> None:
    desk = dialled(fallback="20")
    desk.orders.execute([RING])
    assert f"sched_del {DIALLED}" in desk.drain()[0]


def test_a_cancel_ends_it() -> None:
    desk = dialled()
    desk.orders.execute([RING, CancelRing(OFFER)])
    assert desk.drain()[0][-1] == f"uuid_kill {DIALLED}"


def test_one_that_has_ended_meanwhile_takes_nothing() -> None:
    desk = dialled()
    hear(desk, "CHANNEL_HANGUP_COMPLETE", hangup_cause="ORIGINATOR_CANCEL")
    desk.drain()
    desk.orders.execute([RING])
    assert desk.drain() == ([], [OfferEnded(0, OFFER, "not_rung")])


def test_one_that_ends_before_it_is_answered_has_rejected_the_offer() -> None:
    desk = dialled()
    desk.orders.execute([RING])
    desk.drain()
    hear(desk, "CHANNEL_HANGUP_COMPLETE", hangup_cause="ORIGINATOR_CANCEL")
    assert desk.drain()[1] == [OfferEnded(0, OFFER, "rejected")]


def test_an_inbound_leg_that_is_named_as_an_offer_is_still_no_agents() -> None:
    desk = dialled()
    desk.orders.execute([RING])
    desk.drain()
    desk.hear("CHANNEL_ANSWER", OFFER, direction="inbound")
    assert desk.drain() == ([], [])
