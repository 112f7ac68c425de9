"""Trunk groups: which one a leg belongs to, channels taken on all nodes, callers who meet busy."""

from __future__ import annotations

import pytest

from acdengine.events import CallArrived, CallBlocked, SwitchSynced
from acdengine.plan import TrunkGroup
from adapters.freeswitch.protocol.channel_fields import ChannelFields
from adapters.freeswitch.resync.live_channels import Dump, synced
from adapters.freeswitch.trunks.trunk_groups import NodeTrunks, TrunkMap, TrunkUse, Way, way_of
from tests.unit.freeswitch.desk import Desk

MAP = TrunkMap(
    gateways={"gw": "by-gateway"},
    spans={"1": "by-number", "smg_prid": "by-name"},
    networks={"10.0.0.0/8": "wide", "10.1.0.0/16": "narrow", "2001:db8::1": "six"},
    profiles={"external": "by-profile"},
)


@pytest.mark.parametrize(
    ("way", "group"),
    [
        (Way(trunk="said", gateway="gw", profile="external"), "said"),
        (Way(gateway="gw", address="10.1.0.1", profile="external"), "by-gateway"),
        (Way(span_name="smg_prid", span_number="1"), "by-name"),
        (Way(span_name="other", span_number="1"), "by-number"),
        (Way(address="10.1.2.3", profile="external"), "narrow"),
        (Way(address="10.2.2.3", profile="external"), "wide"),
        (Way(address="2001:db8::1"), "six"),
        (Way(address="192.0.2.1", profile="external"), "by-profile"),
        (Way(address="not an address", profile="internal"), "internal"),
        (Way(), ""),
    ],
)
def test_the_group_of_a_leg(way: Way, group: str) -> None:
    assert MAP.group(way) == group


def test_the_way_of_an_outbound_leg_is_no_address() -> None:
    fields = ChannelFields(direction="outbound", network_address="10.1.0.1", gateway_out="gw")
    assert way_of(fields) == Way(gateway="gw")


def test_an_event_tells_by_what_a_leg_came() -> None:
    desk = Desk()
    desk.trunks.groups = MAP
    desk.hear("CHANNEL_PARK", "a", direction="inbound", network_address="10.1.0.1")
    desk.hear("CHANNEL_PARK", "b", direction="inbound", gateway_in="gw")
    desk.hear("CHANNEL_PARK", "c", direction="inbound", span_number="1")
    trunks = [event.trunk_id for event in desk.reported if isinstance(event, CallArrived)]
    assert trunks == ["narrow", "by-gateway", "by-number"]


# -- limits ----------------------------------------------------------------------------------------


def limited(channels: int = 9, calls_per_s: float | None = None) -> Desk:
    desk = Desk()
    desk.groups["t"] = TrunkGroup(trunk_id="t", channels=channels, calls_per_s=calls_per_s)
    return desk


def call(desk: Desk, leg_id: str, **fields: str) -> None:
    desk.hear(
        "CHANNEL_PARK", leg_id, direction="inbound", trunk="t", caller_number="1",
        destination_number="2", **fields,
    )  # fmt: skip


def test_the_tenth_call_at_nine_channels_hears_busy() -> None:
    desk = limited()
    for number in range(9):
        call(desk, f"c{number}")
    assert desk.use.used("t") == 9
    desk.drain()
    call(desk, "c9")
    sent, reported = desk.drain()
    assert reported == [CallBlocked(0, "1", "2", "t", "channels")]
    assert sent == ["uuid_kill c9 USER_BUSY"]
    assert "c9" not in desk.legs.callers
    desk.hear("CHANNEL_HANGUP", "c9")
    desk.hear("CHANNEL_HANGUP_COMPLETE", "c9")
    assert desk.use.used("t") == 9
    desk.hear("CHANNEL_HANGUP", "c0")
    desk.hear("CHANNEL_HANGUP_COMPLETE", "c0")
    assert desk.use.used("t") == 8
    desk.drain()
    call(desk, "c10")
    assert [type(event) for event in desk.drain()[1]] == [CallArrived]


def test_a_caller_whom_the_dialplan_answers_first_is_one_call_and_limited_too() -> None:
    desk = limited(channels=1)
    for leg in ("c0", "c1"):
        # Before the dialplan names the group, the profile tells it.
        desk.hear("CHANNEL_ANSWER", leg, direction="inbound", profile="external")
        call(desk, leg, answer_state="answered")
    assert list(desk.legs.callers) == ["c0"]
    assert dict(desk.use.legs_of("n1")) == {"c0": "t"}
    assert desk.use.used("t") == 1


def test_too_many_calls_a_second_meet_congestion() -> None:
    desk = limited(channels=100, calls_per_s=2)
    for number in range(2):
        call(desk, f"c{number}")
    desk.drain()
    call(desk, "c2")
    assert desk.drain() == (
        ["uuid_kill c2 NORMAL_CIRCUIT_CONGESTION"],
        [CallBlocked(0, "1", "2", "t", "rate")],
    )
    desk.now_s = 1.0
    call(desk, "c3")
    assert [type(event) for event in desk.drain()[1]] == [CallArrived]


def test_a_leg_that_is_turned_away_is_turned_away_once() -> None:
    desk = limited(channels=1)
    call(desk, "c0")
    call(desk, "c1")
    desk.drain()
    desk.hear("CHANNEL_ANSWER", "c1", direction="inbound", trunk="t")
    assert desk.use.used("t") == 1


def test_outbound_legs_take_channels_and_are_not_refused() -> None:
    desk = limited(channels=2)
    desk.trunks.groups = TrunkMap(gateways={"gw": "t"})
    for number in range(3):
        desk.hear("CHANNEL_PARK", f"o{number}", direction="outbound", gateway_out="gw")
        desk.hear("CHANNEL_ANSWER", f"o{number}", direction="outbound", gateway_out="gw")
    assert desk.use.used("t") == 3
    desk.drain()
    call(desk, "c0")
    assert [type(event) for event in desk.drain()[1]] == [CallBlocked]


def test_groups_without_settings_are_not_limited() -> None:
    desk = Desk()
    for number in range(100):
        call(desk, f"c{number}")
    assert len(desk.legs.callers) == 100
    assert desk.use.used("t") == 100


def test_other_limits_hold_from_the_next_call_on_and_the_calls_stay() -> None:
    desk = limited(channels=1)
    call(desk, "c0")
    desk.groups["t"] = TrunkGroup(trunk_id="t", channels=2)
    call(desk, "c1")
    assert desk.use.used("t") == 2
    del desk.groups["t"]
    call(desk, "c2")
    desk.groups["t"] = TrunkGroup(trunk_id="t", channels=3)
    assert desk.use.used("t") == 3
    desk.hear("CHANNEL_HANGUP_COMPLETE", "c2")
    desk.hear("CHANNEL_HANGUP_COMPLETE", "c2")
    assert desk.use.used("t") == 2


# -- all nodes, and after a loss -------------------------------------------------------------------


def test_a_group_on_two_nodes_is_one_group() -> None:
    group = {"t": TrunkGroup(trunk_id="t", channels=2)}
    use = TrunkUse(lambda: group, lambda: 0)
    one, two = (NodeTrunks(name, use, TrunkMap()) for name in ("n1", "n2"))
    assert one.arrive("a", "t") is None
    assert two.arrive("a", "t") is None
    assert two.arrive("b", "t") == "channels"
    one.forget()
    assert use.used("t") == 1
    assert two.arrive("c", "t") is None


def dump(leg_id: str) -> Dump:
    return Dump({
        "Unique-ID": leg_id, "Call-Direction": "inbound", "Answer-State": "answered",
        "variable_current_application": "park", "variable_acd_trunk": "t",
    })  # fmt: skip


def test_reading_the_switch_counts_right_again() -> None:
    desk = limited(channels=3)
    desk.trunks.groups = TrunkMap(gateways={"gw": "t"})
    for leg in ("gone", "stays"):
        call(desk, leg)
    desk.tables.changes.begin()
    desk.trunks.reading()
    # An outbound leg of somebody else's is heard of while the switch is read.
    desk.hear("CHANNEL_ANSWER", "new", direction="outbound", gateway_out="gw")
    dumps = {leg: dump(leg) for leg in ("stays", "found")}
    event = synced("n1", dumps, desk.tables)
    assert [live.trunk_id for live in event.calls] == ["t", "t"]
    assert dict(desk.use.legs_of("n1")) == {"stays": "t", "found": "t", "new": "t"}
    assert desk.use.used("t") == 3
    desk.tables.changes.end()
    desk.drain()
    call(desk, "next")
    assert [type(event) for event in desk.drain()[1]] == [CallBlocked]


def test_a_leg_on_its_way_down_for_want_of_a_channel_is_not_taken_in_by_a_reading() -> None:
    desk = limited(channels=1)
    call(desk, "in")
    call(desk, "out")
    desk.trunks.reading()
    event = synced("n1", {leg: dump(leg) for leg in ("in", "out")}, desk.tables)
    assert isinstance(event, SwitchSynced)
    assert [live.call_id for live in event.calls] == ["in"]
    assert desk.use.used("t") == 1
    desk.trunks.reading()
    synced("n1", {"in": dump("in")}, desk.tables)
    assert not desk.trunks.is_turned_away("out")
