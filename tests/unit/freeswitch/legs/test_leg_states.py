"""The states of legs that the adapter dials: the tables, and triggers out of order."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from adapters.freeswitch.legs.leg_states import (
    AHEAD_TABLE,
    LINE_STATE_TABLE,
    ORDER_TABLE,
    PROGRESS_TABLE,
    AheadBridge,
    AheadTrigger,
    LegOrder,
    LegProgress,
    LineState,
    LineTrigger,
    OrderTrigger,
    ProgressTrigger,
)
from adapters.freeswitch.legs.leg_table import AgentLeg, ExternalLeg, LineLeg


@pytest.mark.parametrize(
    ("table", "states", "triggers"),
    [
        (PROGRESS_TABLE, LegProgress, ProgressTrigger),
        (ORDER_TABLE, LegOrder, OrderTrigger),
        (AHEAD_TABLE, AheadBridge, AheadTrigger),
        (LINE_STATE_TABLE, LineState, LineTrigger),
    ],
)
def test_a_table_has_a_row_for_each_state_and_uses_each_trigger(
    table: dict[str, dict[str, str]], states: Any, triggers: Any
) -> None:
    assert set(table) == set(get_args(states))
    assert {target for moves in table.values() for target in moves.values()} <= set(table)
    assert {trigger for moves in table.values() for trigger in moves} == set(get_args(triggers))


@pytest.mark.parametrize(
    ("triggers", "state"),
    [
        (["parked", "answered"], "idle"),
        (["answered", "parked"], "idle"),
        (["answered", "bridged", "parked"], "idle"),
        (["parked", "answered", "bridged", "answered"], "bridged"),
        (["parked", "bridged"], "ringing"),
    ],
)
def test_a_line_is_idle_between_its_callers(triggers: list[LineTrigger], state: str) -> None:
    line = LineLeg("l", "anna")
    for trigger in triggers:
        line.advance(trigger)
    assert line.state == state


@pytest.mark.parametrize(
    ("is_answered", "is_bridged", "state"),
    [(True, False, "idle"), (True, True, "bridged"), (False, False, "ringing")],
)
def test_a_comparison_finds_a_line_as_it_is(
    is_answered: bool, is_bridged: bool, state: str
) -> None:
    line = LineLeg("l", "anna")
    line.found(is_answered=is_answered, is_bridged=is_bridged)
    assert (line.state, line.is_told) == (state, is_answered)


def test_a_leg_outside_that_is_to_end_stays_so_when_it_is_answered() -> None:
    leg = ExternalLeg("l", "c")
    leg.advance("parked")
    leg.take_order("end_ordered")
    leg.advance("answered")
    assert (leg.progress, leg.is_cancelled) == ("ready", True)


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
