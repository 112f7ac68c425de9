"""Who calls, by the events of FreeSWITCH: withheld, dialled by the switch, from within."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from acdengine.events import CallArrived
from acdengine.plan import TrunkGroup
from adapters.freeswitch.trunks.trunk_groups import TrunkMap, Way
from tests.unit.freeswitch.desk import Desk

PHONE = {"authorized": "true", "user_name": "1000", "domain_name": "acme.example"}


@pytest.fixture
def desk() -> Desk:
    return Desk()


def arrived(desk: Desk, leg: str = "c", **fields: str) -> CallArrived | None:
    """The call that a parked leg has become."""
    desk.hear("CHANNEL_PARK", leg, **{"direction": "inbound", "dialplan": "XML", **fields})
    found = [one for one in desk.reported if isinstance(one, CallArrived) and one.leg_id == leg]
    return found[0] if found else None


@pytest.mark.parametrize(
    ("fields", "number", "name"),
    [
        ({"caller_number": "anonymous", "caller_name": "Anonymous", "privacy": "id",
          "hides_number": "true"}, "", ""),
        ({"caller_number": "+49301", "hides_number": "true", "hides_name": "true",
          "privacy": "id"}, "+49301", ""),
        ({"caller_number": "+49301", "caller_name": "Ann", "privacy": "header;user;critical"},
         "+49301", "Ann"),
        ({"caller_number": "+49301", "privacy": "User"}, "+49301", ""),
        ({"caller_number": "", "caller_name": "unknown"}, "", ""),
        ({"caller_number": "0000000000"}, "", ""),
    ],
)  # fmt: skip
def test_a_caller_who_does_not_want_to_be_known(
    desk: Desk, fields: dict[str, str], number: str, name: str
) -> None:
    call = arrived(desk, **fields)
    assert call is not None
    assert (call.ani, call.name, call.withheld) == (number, name, True)
    leg = desk.legs.callers["c"]
    assert (leg.ani, leg.name, leg.is_withheld) == ("", "", True)


@pytest.mark.parametrize("privacy", ["", "none", "session", "history"])
def test_other_privacy_withholds_no_number(desk: Desk, privacy: str) -> None:
    call = arrived(desk, caller_number="+49301", caller_name="Ann", privacy=privacy)
    assert call is not None
    assert (call.ani, call.name, call.withheld) == ("+49301", "Ann", False)


def test_a_name_alone_may_be_withheld(desk: Desk) -> None:
    call = arrived(desk, caller_number="+49301", caller_name="Ann", hides_name="true")
    assert call is not None
    assert (call.ani, call.name, call.withheld) == ("+49301", "", False)


def dialled(desk: Desk, **fields: str) -> CallArrived | None:
    values = {"direction": "outbound", "caller_number": "0301", "caller_name": "Outbound Call"}
    return arrived(desk, **{**values, **fields})


def test_a_leg_that_the_switch_has_dialled_is_a_caller(desk: Desk) -> None:
    call = dialled(desk, destination_number="5001", answer_state="answered")
    assert call is not None
    assert (call.direction, call.ani, call.name, call.withheld) == ("outbound", "0301", "", False)
    assert desk.legs.callers["c"].is_answered


@pytest.mark.parametrize(
    "fields",
    [
        {"dialplan": ""},
        {"dialplan": "inline"},
        {"agent_id": "t/anna"},
        {"watched": "true"},
        {"from_agent": "true"},
    ],
)
def test_other_legs_that_it_has_dialled_are_left_alone(desk: Desk, fields: dict[str, str]) -> None:
    assert dialled(desk, **fields) is None


def test_one_that_the_dialplan_sends_by_socket_is_a_caller_once_it_is_parked(desk: Desk) -> None:
    assert dialled(desk, running="socket") is None
    assert dialled(desk, dialplan="inline") is not None


def test_whom_the_switch_has_dialled_does_not_meet_busy(desk: Desk) -> None:
    desk.groups = {"gw": TrunkGroup(trunk_id="gw", channels=1)}
    desk.trunks.groups = TrunkMap(gateways={"gw": "gw"})
    assert arrived(desk, "a", gateway_in="gw") is not None
    assert dialled(desk, gateway_out="gw") is not None


def test_a_telephone_is_known_by_its_password_and_not_by_what_it_says(desk: Desk) -> None:
    call = arrived(
        desk, caller_number="0190666", internal="true", from_agent="true", **PHONE
    )  # fmt: skip
    assert call is not None
    assert (call.direction, call.telephone) == ("internal", "1000@acme.example")


@pytest.mark.parametrize(
    "fields",
    [
        {**PHONE, "authorized": ""},
        {**PHONE, "authorized": "false"},
        {**PHONE, "user_name": ""},
        {**PHONE, "user_name": "1000@x/y"},
        {**PHONE, "domain_name": "a b"},
    ],
)
def test_one_that_has_given_no_password_is_no_telephone_of_the_centre(
    desk: Desk, fields: dict[str, str]
) -> None:
    call = arrived(desk, "a", caller_number="0301", internal="true", **fields)
    assert call is not None
    assert (call.direction, call.telephone) == ("inbound", "")
    assert arrived(desk, "b", internal="true", from_agent="true", **fields) is None


def test_a_private_call_of_a_telephone_is_none_of_the_centres(desk: Desk) -> None:
    assert arrived(desk, from_agent="true", **PHONE) is None


# -- trunk groups that there are not ---------------------------------------------------------------


def test_a_misnamed_group_leaves_the_limits_of_the_profiles(desk: Desk) -> None:
    desk.groups = {"pstn": TrunkGroup(trunk_id="pstn", channels=1)}
    desk.trunks.groups = TrunkMap(profiles={"external": "pstn"})
    with capture_logs() as lines:
        call = arrived(desk, "a", trunk="typo", profile="external")
    assert call is not None
    assert call.trunk_id == "pstn"
    assert [(line["name"], line["counts_for"]) for line in lines] == [("typo", "pstn")]
    assert arrived(desk, "b", trunk="typo", profile="external") is None
    assert desk.use.without_group == 2


def test_a_caller_of_no_group_is_counted_and_taken(desk: Desk) -> None:
    desk.groups = {"pstn": TrunkGroup(trunk_id="pstn", channels=1)}
    with capture_logs() as lines:
        for number in range(3):
            call = arrived(desk, f"c{number}", profile="external")
            assert call is not None
            assert call.trunk_id == "external"
    assert desk.use.without_group == 3
    assert [line["name"] for line in lines] == ["external"]


def test_a_group_that_there_is_and_a_telephone_are_not_told_of(desk: Desk) -> None:
    desk.groups = {"pstn": TrunkGroup(trunk_id="pstn", channels=9)}
    arrived(desk, "a", trunk="pstn", profile="external")
    arrived(desk, "b", profile="internal", internal="true", **PHONE)
    assert desk.use.without_group == 0
    assert desk.trunks.group(Way(trunk="typo")) == "typo"
