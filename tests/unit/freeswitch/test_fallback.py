"""The dialplan's fallback for a caller is cancelled once the engine has the call."""

from __future__ import annotations

from tests.unit.freeswitch.desk import Desk


def parked(**fields: str) -> Desk:
    desk = Desk()
    desk.hear("CHANNEL_PARK", "c", direction="inbound", answer_state="ringing", **fields)
    desk.drain()
    return desk


def test_the_planned_transfer_is_cancelled_once() -> None:
    desk = parked(fallback="10")
    desk.places.keep("c")
    desk.places.keep("c")
    assert desk.sent == ["sched_del c"]


def test_where_nothing_was_planned_nothing_is_cancelled() -> None:
    desk = parked()
    desk.places.keep("c")
    desk.places.keep("unknown")
    assert desk.sent == []
