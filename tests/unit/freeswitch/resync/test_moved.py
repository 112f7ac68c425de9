"""Callers who were taken elsewhere while no engine listened, found when the switch is read."""

from __future__ import annotations

import pytest

from acdengine.events import SwitchSynced
from acdengine.live_legs import LiveMove
from adapters.freeswitch.protocol.channel_fields import REFER_VARIABLE
from tests.unit.freeswitch.desk import Desk
from tests.unit.freeswitch.resync.test_multiparty import agent, caller, leg, read, the_call

BEN = {"Channel-Presence-ID": "ben@T.test", "Caller-Destination-Number": "1001"}
SENT_ON = {
    "variable_sip_refer_to": "<sip:1001@t.test>",
    "Caller-Transfer-Source": "1796099057:8f2b:bl_xfer:1001/public/inline:park",
    "Caller-Dialplan": "XML",
}


def moved(desk: Desk, **legs: dict[str, str]) -> LiveMove | None:
    return the_call(read(desk, legs)).moved


@pytest.mark.parametrize(("disposition", "by"), [("bridge", "telephone"), ("", "switch")])
def test_a_caller_who_is_bridged_with_a_leg_that_was_not_ordered(disposition: str, by: str) -> None:
    told = {"variable_transfer_disposition": disposition} if disposition else {}
    desk = Desk()
    found = moved(desk, c=caller(bond="q"), q=leg(bond="c") | BEN | told)
    assert found is not None
    assert (found.leg_id, found.number, found.telephone, found.by) == (
        "q",
        "1001",
        "ben@t.test",
        by,
    )
    assert desk.legs.callers["c"].bridged_to == "q"


def test_an_agents_own_leg_is_no_move() -> None:
    event = read(Desk(), {"c": caller(bond="a"), "a": agent("anna", bond="c")})
    assert the_call(event).moved is None
    assert the_call(event).offer_id == "a"


def test_a_leg_that_has_ended_meanwhile_is_no_move() -> None:
    assert moved(Desk(), c=caller(bond="gone")) is None


def test_a_caller_whom_a_telephone_has_sent_on_is_parked() -> None:
    desk = Desk()
    event = read(desk, {"c": caller() | SENT_ON})
    assert the_call(event).moved == LiveMove("", "1001")
    desk.drain()
    desk.tables.rejoined.told(event)
    assert f"uuid_setvar c {REFER_VARIABLE}" in desk.drain()[0], "told once"


def test_an_older_transfer_is_no_move() -> None:
    without_refer = {name: value for name, value in SENT_ON.items() if "refer" not in name}
    assert moved(Desk(), c=caller() | without_refer) is None


@pytest.mark.parametrize("name", ["a@b@c", "@", "", "ben@", "x\ny"])
def test_odd_names_of_telephones_harm_no_comparison(name: str) -> None:
    desk = Desk()
    odd = {"Call-Direction": "inbound", "variable_user_name": name, "variable_domain_name": "d@e"}
    event = read(desk, {"c": caller(), "o": leg() | odd, "p": leg(**{"Channel-Presence-ID": name})})
    assert isinstance(event, SwitchSynced)
    desk.tables.rejoined.told(event)
