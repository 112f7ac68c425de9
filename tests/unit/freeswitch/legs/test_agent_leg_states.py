"""The states of an agent's leg: the tables, and triggers that come out of order."""

from __future__ import annotations

import pytest

from adapters.freeswitch.legs.agent_leg_states import (
    AHEAD_TABLE,
    ORDER_TABLE,
    PROGRESS_TABLE,
    AheadTrigger,
    ProgressTrigger,
)
from adapters.freeswitch.legs.leg_table import AgentLeg


@pytest.mark.parametrize("table", [PROGRESS_TABLE, ORDER_TABLE, AHEAD_TABLE])
def test_every_target_is_a_state_of_the_table(table: dict[str, dict[str, str]]) -> None:
    assert {target for moves in table.values() for target in moves.values()} <= set(table)


@pytest.mark.parametrize(
    ("triggers", "state"),
    [
        (["parked"], "ringing"),
        (["answered"], "answered"),
        (["parked", "answered"], "ready"),
        (["answered", "parked", "parked"], "ready"),
        (["answered", "answered"], "answered"),
    ],
)
def test_a_leg_is_ready_once_it_is_parked_and_answered(
    triggers: list[ProgressTrigger], state: str
) -> None:
    leg = AgentLeg("a", "c", "anna")
    for trigger in triggers:
        leg.advance(trigger)
    assert leg.progress == state
    assert leg.is_parked == ("parked" in triggers)
    assert leg.is_answered == ("answered" in triggers)


def test_a_cancelled_leg_takes_no_order_to_bridge() -> None:
    leg = AgentLeg("a", "c", "anna")
    leg.take_order("end_ordered")
    leg.take_order("bridge_ordered")
    leg.take_order("bridge_done")
    assert leg.is_cancelled


@pytest.mark.parametrize(
    ("triggers", "state"),
    [
        (["set", "withdrawn"], "off"),
        (["set", "answered_in_time", "withdrawn"], "done"),
        (["set", "answered_too_early"], "in_doubt"),
        (["set", "answered_too_early", "asked"], "off"),
        (["answered_too_early"], "off"),
    ],
)
def test_the_bridge_that_freeswitch_makes_by_itself(
    triggers: list[AheadTrigger], state: str
) -> None:
    leg = AgentLeg("a", "c", "anna")
    for trigger in triggers:
        leg.set_ahead(trigger)
    assert leg.ahead == state


def test_a_comparison_leaves_a_doubt_until_it_is_answered() -> None:
    leg = AgentLeg("a", "c", "anna", ahead="in_doubt")
    leg.found(is_answered=True, is_idle=False, bridges_itself=False)
    assert (leg.progress, leg.ahead) == ("answered", "in_doubt")
    leg.set_ahead("asked")
    leg.found(is_answered=True, is_idle=True, bridges_itself=True)
    assert (leg.progress, leg.ahead) == ("ready", "set")
