"""CallGroup of legs in calls with more than two legs."""

from __future__ import annotations

from adapters.freeswitch.multiparty.leg_places import AGAIN_S, LegPlaces


def test_the_partner_of_a_leg_that_is_parked_is_alone() -> None:
    places = LegPlaces(lambda: 0.0)
    places.bridged("c", "a")
    assert (places.partner("c"), places.partner("a")) == ("a", "c")
    places.parted("a")
    assert (places.partner("c"), places.partner("a")) == ("", "")


def test_a_bridge_ends_the_bridges_before_it() -> None:
    places = LegPlaces(lambda: 0.0)
    places.bridged("c", "a")
    places.bridged("a", "b")
    assert (places.partner("c"), places.partner("a"), places.partner("b")) == ("", "b", "a")


def test_a_leg_eavesdrops_until_it_is_parked_bridged_or_refused() -> None:
    places = LegPlaces(lambda: 0.0)
    places.bridged("c", "a")
    places.eavesdrops("b", "a")
    assert (places.heard_by("b"), places.hearers("a"), places.partner("b")) == ("a", ["b"], "")
    places.eavesdrop_failed("b")
    assert places.hearers("a") == []
    places.eavesdrops("b", "a")
    places.bridged("b", "c")
    assert (places.heard_by("b"), places.partner("b"), places.partner("a")) == ("", "c", "")


def test_a_leg_that_leaves_is_not_touched_until_it_is_parked_or_the_time_is_over() -> None:
    now_s = 0.0
    places = LegPlaces(lambda: now_s)
    places.bridged("c", "a")
    places.leaves("c")
    assert places.is_leaving("c")
    assert places.partner("c") == "a", "it is still bridged"
    now_s = AGAIN_S
    assert (places.is_leaving("c"), places.is_to_leave("c")) == (False, True)
    places.parted("c")
    assert not places.is_to_leave("c")


def test_a_comparison_replaces_all_places() -> None:
    places = LegPlaces(lambda: 0.0)
    places.bridged("x", "y")
    places.leaves("c")
    places.found({"c": "a", "a": "c"}, {"b": "a"})
    assert (places.partner("c"), places.heard_by("b"), places.partner("x")) == ("a", "a", "")
    assert not places.is_to_leave("c")
