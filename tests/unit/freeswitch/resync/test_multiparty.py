"""Calls with more than two legs, found on a switch that is read through after a restart of ours."""

from __future__ import annotations

from acdengine.commands import Bridge, EndParty, JoinAll, JoinConsult, Supervise
from acdengine.events import AllJoined, ConsultJoined, PartyAnswered, SupervisionSet, SwitchSynced
from acdengine.live_legs import LiveCall
from adapters.freeswitch.resync.live_channels import Dump, synced
from adapters.freeswitch.resync.multiparty import asking, pairs, settle_parties
from tests.unit.freeswitch.desk import Desk

MUSIC = {"variable_current_application": "playback",
         "variable_current_application_data": "local_stream://moh"}  # fmt: skip
PARKED = {"variable_current_application": "park"}


def leg(bond: str = "", before: str = "", **more: str) -> dict[str, str]:
    """A leg that is bridged with another, or was before."""
    state = "CS_SOFT_EXECUTE" if bond else "CS_EXECUTE"
    bond = bond or before
    told = {"Call-Direction": "outbound", "Answer-State": "answered", "Channel-State": state}
    return told | ({"variable_signal_bond": bond} if bond else {}) | more


def caller(**more: str) -> dict[str, str]:
    told = {"variable_acd_caller": "true", "variable_acd_place": "7:0:0:t/sales"}
    return leg(**more) | {"Call-Direction": "inbound"} | told


def agent(name: str, *, consult: bool = False, **more: str) -> dict[str, str]:
    told = {"variable_acd_call": "c", "variable_acd_agent_id": name}
    asked = {"variable_acd_consult": "true"} if consult else {}
    return leg(**more) | told | asked


def hears(heard: str) -> dict[str, str]:
    return {"variable_current_application": "eavesdrop", "variable_current_application_data": heard}


def read(desk: Desk, legs: dict[str, dict[str, str]]) -> SwitchSynced:
    """As the node does it."""
    dumps = {name: Dump({"Unique-ID": name, **headers}) for name, headers in legs.items()}
    settle_parties(desk.legs, dumps)
    event = synced("n1", dumps, desk.tables, "core", asking(dumps))
    desk.parts.external.resume(dumps)
    return event


def the_call(event: SwitchSynced) -> LiveCall:
    [call] = event.calls
    return call


def steps(desk: Desk) -> list[str]:
    return [line for line in desk.drain()[0] if not line.startswith("uuid_setvar")]


def test_two_agents_alone() -> None:
    desk = Desk()
    event = read(
        desk,
        {
            "c": caller(before="a") | MUSIC,
            "a": agent("anna", bond="b"),
            "b": agent("ben", consult=True, bond="a"),
        },
    )
    call = the_call(event)
    assert (call.offer_id, call.agent_id, call.consult_id) == ("a", "anna", "b")
    assert event.offers == ("a", "b")
    desk.drain()
    desk.orders.execute([JoinConsult("c", "a", "b", "default")])
    assert desk.reported == [ConsultJoined(0, "c", "b")], "it is so already"
    assert steps(desk) == []
    desk.orders.execute([Bridge("c", "a")])
    assert steps(desk) == ["uuid_transfer a -both park inline"]


def test_agent_and_number_alone() -> None:
    desk = Desk()
    event = read(
        desk,
        {
            "c": caller() | MUSIC,
            "a": agent("anna", bond="p"),
            "p": leg(bond="a", variable_acd_party="c", variable_acd_number="0301"),
        },
    )
    assert the_call(event).consult_id == "p"
    assert event.parties == ("p",)
    assert PartyAnswered(0, "p", "n1") in desk.drain()[1], "perhaps nobody heard of it"


def test_one_who_waits_and_one_who_hears() -> None:
    for found in (PARKED, hears("a")):
        desk = Desk()
        event = read(
            desk,
            {
                "c": caller(bond="a"),
                "a": agent("anna", bond="c"),
                "b": agent("ben", consult=True) | found,
            },
        )
        assert the_call(event).consult_id == "b"
        assert desk.legs.callers["c"].bridged_to == "a"
        desk.drain()
        desk.orders.execute([JoinAll("c", "a", "b")])
        if found == PARKED:
            assert steps(desk)[-1:] == ["uuid_transfer b eavesdrop:a,park inline"]
        else:
            assert desk.reported == [AllJoined(0, "c", "b")]


def test_a_caller_who_was_left_to_a_number() -> None:
    desk = Desk()
    event = read(desk, {"c": caller(bond="p"), "p": leg(bond="c", variable_acd_party="c")})
    assert (the_call(event).offer_id, the_call(event).consult_id) == ("", "")
    assert desk.legs.callers["c"].bridged_to == "p"
    desk.drain()
    desk.orders.execute([EndParty("p")])
    assert steps(desk) == ["uuid_kill p ORIGINATOR_CANCEL"]


def test_a_supervisor_hears_on_and_obeys() -> None:
    desk = Desk()
    read(
        desk,
        {
            "c": caller(bond="a"),
            "a": agent("anna", bond="c"),
            "p": leg(variable_acd_party="c") | hears("a"),
        },
    )
    desk.drain()
    desk.orders.execute([Supervise("p", "c", "a", "barge")])
    assert steps(desk) == ["uuid_transfer p eavesdrop:a,park inline"]
    desk.on_reply.append(desk.on_reply[-1])
    desk.answer("+OK\n")
    assert desk.reported == [SupervisionSet(0, "p", "barge")]


def test_what_is_gone_is_forgotten() -> None:
    desk = Desk()
    legs = {"c": caller() | MUSIC, "p": leg(variable_acd_party="c") | PARKED}
    assert read(desk, legs).parties == ("p",)
    del legs["p"]
    assert read(desk, legs).parties == ()


def test_a_bond_of_before_is_no_bridge() -> None:
    dumps = {"c": Dump(dict(caller(bond="b"))), "a": Dump(dict(agent("anna", bond="c")))}
    assert pairs(dumps) == {}
