"""A telephone that answers 302: it is told where to, and the number is dialled as any other."""

from __future__ import annotations

import pytest
from msgspec import structs

from acdengine.commands import CancelRing, RingAgent
from acdengine.events import OfferAnswered, OfferEnded, OfferRedirected
from acdengine.plan import DialRoute, DialWay
from tests.unit.freeswitch.desk import Desk

CALL = "4418b64e-49c6-46cf-822a-ae66b765e8b7"
BORN = "95b76700-2f7f-4900-aa28-de7fdb219871"
OFFER = f"{CALL}-1"
REDIRECTED = "REQUESTED_CHAN_UNAVAIL"
RING = RingAgent(OFFER, CALL, "t/anna", "user/1000@acd.test", 20_000_000, may_redirect=True)
WAY = DialWay(contact="sofia/gateway/carrier/{number}", trunk_id="carrier", channels=1)
NUMBER = structs.replace(
    RING, number="+49171555", allow=("+49",), route=DialRoute(ways=(WAY,)), timeout_us=9_000_000
)


def rung(command: RingAgent = RING) -> Desk:
    desk = Desk()
    desk.caller(CALL)
    desk.orders.execute([command])
    return desk


def ends(desk: Desk, user: str, leg: str = OFFER, **more: str) -> None:
    desk.hear(
        "CHANNEL_HANGUP_COMPLETE", leg, direction="outbound", hangup_cause=REDIRECTED,
        redirected_user=user, **more,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("user", "number"),
    [("+49171555", "+49171555"), ("0171%3Bx", "0171"), ("0171;phone-context=x", "0171")],
)
def test_it_is_told_where_to(user: str, number: str) -> None:
    desk = rung()
    desk.drain()
    ends(desk, user)
    assert desk.drain() == ([], [OfferRedirected(0, OFFER, number)])
    # What `originate` says of it comes later.
    desk.on_end[-1](f"-ERR {REDIRECTED}\n")
    assert desk.drain() == ([], [])


@pytest.mark.parametrize("user", ["anna", "", "+49171a", "1" * 33, "0171\n1", "${x}"])
def test_where_the_contact_is_no_number_the_offer_has_failed(user: str) -> None:
    desk = rung()
    desk.drain()
    ends(desk, user)
    assert desk.drain()[1] == [OfferEnded(0, OFFER, "failed")]


def test_without_leave_the_offer_has_failed() -> None:
    desk = rung(structs.replace(RING, may_redirect=False))
    desk.drain()
    ends(desk, "+49171555")
    assert desk.drain()[1] == [OfferEnded(0, OFFER, "failed")]


def test_originate_that_is_faster_than_the_event_waits_for_it() -> None:
    desk = rung()
    desk.drain()
    desk.holds_waits = True
    desk.on_end[-1](f"-ERR {REDIRECTED}\n")
    assert desk.drain() == ([], [])
    ends(desk, "+49171555")
    assert desk.drain()[1] == [OfferRedirected(0, OFFER, "+49171555")]
    desk.later.pop()()
    assert desk.drain() == ([], [])
    # Where none comes, there was no leg.
    desk.orders.execute([RING])
    desk.drain()
    desk.on_end[-1](f"-ERR {REDIRECTED}\n")
    desk.later.pop()()
    assert desk.drain()[1] == [OfferEnded(0, OFFER, "failed")]


def test_the_number_is_dialled_on_a_leg_of_its_own() -> None:
    desk = rung()
    ends(desk, "+49171555")
    first = desk.on_end[-1]
    desk.drain()
    desk.orders.execute([NUMBER])
    (dialled,), _ = desk.drain()
    assert "sofia/gateway/carrier/+49171555" in dialled
    assert f"acd_offer={OFFER}" in dialled
    assert "acd_trunk=carrier" in dialled
    assert "outbound_redirect_fatal=true" in dialled
    assert "origination_uuid" not in dialled
    first(f"-ERR {REDIRECTED}\n")  # of the telephone
    desk.hear("CHANNEL_PARK", BORN, offer=OFFER, direction="outbound")
    assert desk.drain() == ([], [OfferAnswered(0, OFFER, "n1")])
    desk.orders.execute([CancelRing(OFFER)])
    assert desk.drain()[0] == [f"uuid_kill {BORN}"]


def test_the_number_may_redirect_as_well() -> None:
    desk = rung(NUMBER)
    desk.drain()
    ends(desk, "+49172", BORN, offer=OFFER)
    assert desk.drain() == ([], [])
    desk.on_end[-1](f"-ERR {REDIRECTED}\n")
    assert desk.drain()[1] == [OfferRedirected(0, OFFER, "+49172")]


@pytest.mark.parametrize(
    "change",
    [
        {"number": "+48171"}, {"allow": ()}, {"number": "+49171;x"}, {"route": DialRoute()},
        {"route": DialRoute(ways=(structs.replace(WAY, channels=0),))},
    ],
)  # fmt: skip
def test_what_may_not_be_dialled_is_not(change: dict[str, object]) -> None:
    desk = rung(structs.replace(NUMBER, **change))
    sent, reported = desk.drain()
    assert sent == []
    assert reported == [OfferEnded(0, OFFER, "not_rung")]


def test_its_channel_is_taken_while_it_rings() -> None:
    desk = rung(NUMBER)
    desk.drain()
    desk.orders.execute([structs.replace(NUMBER, offer_id=f"{CALL}-2")])
    assert desk.drain()[1] == [OfferEnded(0, f"{CALL}-2", "not_rung")]
