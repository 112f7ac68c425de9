"""What FreeSWITCH sent in recorded calls, as the engine hears it."""

from __future__ import annotations

from typing import NoReturn

import msgspec
import pytest

from acdengine.events import (
    CallArrived,
    CallBridged,
    CallerHungUp,
    CallReferred,
    DigitPressed,
    HoldChanged,
    OfferAnswered,
    OfferEnded,
    SwitchSynced,
)
from acdengine.live_legs import LiveCall
from acdengine.plan import TrunkGroup
from adapters.freeswitch.legs.leg_table import AgentLeg
from adapters.freeswitch.protocol.channel_fields import EVENTS, PASSED_OVER, ChannelFields
from adapters.freeswitch.protocol.event_reader import json_headers
from adapters.freeswitch.protocol.frame_codec import API_RESPONSE, EVENT_JSON
from adapters.freeswitch.resync.live_channels import Dump, legs_listed, read_dump, synced
from adapters.freeswitch.wire.event_subscriptions import ALWAYS
from tests.unit.freeswitch.desk import READER, REPLAY, Desk, frames, recorded


def heard(desk: Desk, name: str, *offers: str) -> None:
    """Feed a recording in which these legs are agents' of the first call that comes."""
    for fields in recorded(name):
        if fields.event_name == "CHANNEL_CREATE" and fields.unique_id in offers:
            call_id = list(desk.legs.callers)[-1] if desk.legs.callers else ""
            desk.legs.agents[fields.unique_id] = AgentLeg(fields.unique_id, call_id, "t/anna")
        desk.dispatch.take(fields)


def test_a_call_through_the_queue() -> None:
    desk = Desk()
    heard(desk, "queue-call", "agent-leg-1")
    first, *rest = desk.reported
    assert isinstance(first, CallArrived)
    call_id = first.call_id
    assert (first.trunk_id, first.node_id, first.leg_id) == ("external", "n1", call_id)
    assert first.dnis
    assert first.ani
    assert [event for event in rest if not isinstance(event, DigitPressed)] == [
        OfferAnswered(0, "agent-leg-1", "n1"),
        CallBridged(0, call_id, "agent-leg-1"),
        HoldChanged(0, call_id, "agent-leg-1", True),
        HoldChanged(0, call_id, "agent-leg-1", False),
        OfferEnded(0, "agent-leg-1", "hangup"),
        CallerHungUp(0, call_id, "normal"),
    ]
    assert DigitPressed(0, call_id, "5", 1) in rest


def test_callers_who_leave() -> None:
    desk = Desk()
    heard(desk, "abandoned", "agent-leg-3")
    assert [type(event).__name__ for event in desk.reported] == [
        "CallArrived",
        "CallerHungUp",
        "CallArrived",
        "CallerHungUp",
        "OfferEnded",
    ]
    assert [event.cause for event in desk.reported if isinstance(event, CallerHungUp)] == [
        "originator_cancel",
        "normal",
    ]
    assert not desk.legs.callers
    assert not desk.legs.agents


def test_why_an_agent_was_not_reached() -> None:
    desk = Desk()
    heard(desk, "rings-that-fail", "ring-1", "ring-3", "ring-4")
    assert desk.reported == [
        OfferEnded(0, "ring-1", "no_answer"),
        OfferEnded(0, "ring-3", "busy"),
        OfferEnded(0, "ring-4", "rejected"),
    ]


def test_what_is_live_is_read_from_the_switch() -> None:
    answers = [
        frame.body.decode()
        for frame in frames("state-of-the-switch")
        if frame.content_type == API_RESPONSE
    ]
    assert legs_listed(answers[0]) == []
    table = next(text for text in answers[1:] if text.startswith('{"row_count":'))
    dump = next(text for text in answers if text.startswith('{"Event-Name":"CHANNEL_DATA"'))
    headers = json_headers(dump.encode())
    call_id = str(headers["Unique-ID"])
    assert call_id in legs_listed(table)
    assert Dump(headers).is_bridged
    headers |= {"variable_acd_caller": "true", "variable_acd_place": "1234:5:-6:t/sales"}
    agent = {
        "Channel-State": "CS_EXCHANGE_MEDIA",
        "Call-Direction": "outbound",
        "Unique-ID": "o",
        "variable_acd_call": call_id,
        "variable_acd_agent_id": "t/anna",
    }
    desk = Desk()
    event = synced("n1", {call_id: Dump(headers), "o": Dump(dict(agent))}, desk.tables)
    assert isinstance(event, SwitchSynced)
    (live,) = event.calls
    assert live == LiveCall(
        call_id, call_id, live.ani, live.dnis, "external",
        queue_id="t/sales", queued_at_us=1234, priority=5, boost_us=-6,
        offer_id="o", agent_id="t/anna", is_held=False, forgotten=True, wanted_queue="support",
        name="Test Caller",
    )  # fmt: skip
    assert event.offers == ("o",)


def test_what_went_down_while_the_switch_was_read_is_not_live() -> None:
    desk = Desk()
    desk.tables.changes.begin()
    desk.hear("CHANNEL_HANGUP_COMPLETE", "c")
    dump = Dump({"Call-Direction": "inbound", "variable_current_application": "park"})
    assert synced("n1", {"c": dump}, desk.tables).calls == ()


def test_who_comes_while_the_switch_is_read_is_taken_in_with_the_rest() -> None:
    desk = Desk()
    desk.tables.changes.begin()
    desk.hear("CHANNEL_PARK", "c", direction="inbound")
    assert desk.reported == []
    assert list(desk.tables.changes.came or ()) == ["c"]


def test_a_leg_that_an_agent_dialled_is_no_caller() -> None:
    desk = Desk()
    desk.hear("CHANNEL_PARK", "c", direction="inbound", from_agent="true")
    desk.hear("CHANNEL_PARK", "o", direction="outbound")
    desk.hear("CHANNEL_PARK", "a", direction="inbound", agent_id="t/anna")
    assert desk.reported == []


# -- legs whose identity the caller has chosen (`inbound-use-callid-as-uuid`) ----------------------


STRANGE = ["a b", "a@host", "a\nexit", "${hupall}", "x" * 200, "", "é"]


@pytest.mark.parametrize("leg_id", STRANGE)
def test_a_leg_that_no_command_can_name_is_left_alone(leg_id: str) -> None:
    desk = Desk()
    desk.groups["t"] = TrunkGroup(trunk_id="t", channels=1)
    desk.caller("c")
    desk.hear("CHANNEL_PARK", leg_id, direction="inbound", trunk="t")
    assert desk.drain() == ([], [])
    assert list(desk.legs.callers) == ["c"]


@pytest.mark.parametrize("leg_id", STRANGE)
async def test_reading_the_switch_passes_over_it(leg_id: str) -> None:
    class Silent:
        def send(self, command: object, on_reply: object = None) -> NoReturn:
            raise AssertionError("nothing is to be sent")

    assert await read_dump(Silent(), leg_id) is None  # type: ignore[arg-type]


def test_all_events_that_anybody_is_told_of_are_asked_for() -> None:
    assert set(Desk().dispatch.names) <= {*EVENTS, *ALWAYS}


def test_nothing_is_passed_over_that_is_looked_at() -> None:
    """What is missing are texts of the caller's profile and variables, in all recordings."""
    seen = set()
    fields_of = msgspec.structs.fields(ChannelFields)
    for path in sorted(REPLAY.glob("*.bin")):
        for frame in frames(path.stem):
            if frame.content_type == EVENT_JSON:
                event = READER.read(frame)
                whole = event.whole()
                missing = {
                    one.encode_name
                    for one in fields_of
                    if getattr(event.fields, one.name) != getattr(whole, one.name)
                }
                assert all(
                    name.startswith(("Caller-", "Other-Leg-", "variable_")) for name in missing
                )
                assert event.name != "CHANNEL_ANSWER" or "variable_api_on_answer" not in missing
                assert not missing or event.name in PASSED_OVER
                seen.add(event.name)
    assert set(PASSED_OVER) <= seen


def talking(desk: Desk, offer_id: str = "a") -> None:
    """A caller and an agent are joined."""
    desk.hear("CHANNEL_PARK", "c", direction="inbound", answer_state="answered")
    desk.legs.agents[offer_id] = agent = AgentLeg(offer_id, "c", "t/anna")
    agent.progress = "ready"
    agent.is_answer_reported = True
    desk.hear("CHANNEL_BRIDGE", "c", bridge_a_id="c", bridge_b_id=offer_id)
    desk.reported.clear()


def went(disposition: str, referred_to: str) -> ChannelFields:
    """The end of the agent's leg, read whole."""
    return ChannelFields(
        event_name="CHANNEL_HANGUP_COMPLETE", unique_id="a", direction="outbound",
        hangup_cause="NORMAL_CLEARING", disposition=disposition, referred_to=referred_to,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("dialled", "number"),
    [
        ("1001", "1001"),
        ("%2B4930123", "+4930123"),
        ("*21", "*21"),
        ("0301;phone-context=x", "0301"),
        ("", ""),
        ("a b", ""),
        ("1001%0Auuid_kill", ""),
        ("1001@elsewhere", ""),
        ("${system(x)}", ""),
        ("9" * 65, ""),
    ],
)
def test_an_agents_telephone_that_sends_the_caller_on(dialled: str, number: str) -> None:
    desk = Desk()
    talking(desk)
    desk.dispatch.take(went(disposition="BLIND_TRANSFER", referred_to=f"blind:{dialled}"))
    assert desk.reported == [CallReferred(0, "c", "a", number), OfferEnded(0, "a", "hangup")]


@pytest.mark.parametrize("disposition", ["ANSWER", "ATTENDED_TRANSFER_ERROR", ""])
def test_a_transfer_that_the_switch_has_refused_is_none(disposition: str) -> None:
    desk = Desk()
    talking(desk)
    desk.dispatch.take(went(disposition=disposition, referred_to="blind:1001"))
    assert desk.reported == [OfferEnded(0, "a", "hangup")]


def test_an_agent_whom_the_caller_sends_on_is_joined_with_the_caller_again() -> None:
    desk = Desk()
    talking(desk)
    said = {"disposition": "BLIND_TRANSFER", "referred_to": "blind:1001"}
    desk.hear("CHANNEL_PARK", "a", direction="outbound", answer_state="answered")
    desk.hear("CHANNEL_PARK", "c", direction="inbound", answer_state="answered", **said)
    assert desk.reported == []
    assert desk.sent == ["uuid_setvar c endpoint_disposition", "uuid_bridge c a"]
