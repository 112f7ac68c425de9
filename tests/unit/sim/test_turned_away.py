"""Callers who meet a full queue or one without staff, and whether they ring again."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from acdengine import facts
from acdengine.conversation_facts import ConversationEnded
from acdengine.plan import Plan
from adapters.sim.draws.arrivals import Retrials
from adapters.sim.draws.distributions import Constant, Exponential
from adapters.sim.scenarios.scenario import ServiceTarget
from queues.policy import AbandonTreatment, StaffRule
from queues.targets import Target, ToHangup, ToVoicemail
from tests.unit.sim.test_world import CALLS, Played, S, every, plan, scenario

AWAY = (ToHangup(cause="busy"),)


def shop(agents: int, **policy: Any) -> Plan:
    """A queue with limits."""
    the_plan = plan(agents=agents)
    queue = structs.replace(the_plan.queues["t/q"], **policy)
    return structs.replace(the_plan, queues={"t/q": queue})


def full(when_full: tuple[Target, ...] = AWAY) -> Plan:
    return shop(1, max_length=1, when_full=when_full)


@pytest.mark.parametrize(
    ("the_plan", "reason"),
    [
        (full(), "full"),
        (shop(0, join_staff=StaffRule(), when_no_staff=AWAY), "no_staff"),
        (shop(1, max_wait_us=20 * S, when_waited=AWAY), "waited"),
    ],
)
def test_callers_turned_away_are_counted_by_reason(the_plan: Plan, reason: str) -> None:
    played = Played(scenario(the_plan))
    figures = played.figures
    gone = [fact for fact in played.of(facts.CallEnded) if fact.outcome == "turned_away"]
    assert len(gone) > 20
    assert figures["turned_away"] == figures[f"turned_away_{reason}"] == len(gone)
    others = {"full", "no_staff", "waited", "drained"} - {reason}
    assert {figures[f"turned_away_{other}"] for other in others} == {0}
    assert figures["offered"] == len(gone) + (figures["answered"] or 0)


def test_who_goes_another_way_is_not_turned_away() -> None:
    played = Played(scenario(full(when_full=(ToVoicemail("t/box"),))))
    assert played.of(facts.MessageStored)
    assert played.figures["turned_away"] == 0


@pytest.mark.parametrize("abandons", ["all", "late_only", "answered"])
def test_the_service_level_counts_them_by_its_definition(abandons: AbandonTreatment) -> None:
    target = ServiceTarget(20 * S, abandons)
    figures = Played(replace(scenario(full()), target=target)).figures
    answered, away = figures["answered"], figures["turned_away"]
    assert answered
    assert away
    assert figures["abandoned"] == 0
    counted = answered if abandons == "answered" else answered + away
    in_time = figures["service_level"] * counted  # type: ignore[operator]
    assert in_time == pytest.approx(round(in_time)), "a number of calls over those counted"
    assert 0 < in_time < answered


def attempts(played: Played) -> set[int]:
    """How often callers rang who were never served."""
    served = {fact.call_id for fact in played.of(facts.CallConnected)}
    lucky = {fact.ani for fact in played.of(facts.CallStarted) if fact.call_id in served}
    rang = Counter(fact.ani for fact in played.of(facts.CallStarted) if fact.ani not in lucky)
    return set(rang.values())


@pytest.mark.parametrize("again", [True, False])
def test_whether_callers_turned_away_ring_again_is_said(again: bool) -> None:
    no_staff = shop(0, join_staff=StaffRule(), when_no_staff=AWAY)
    retrials = Retrials(1.0, Constant(5 * S), most=2, turned_away=again)
    played = Played(scenario(no_staff, replace(CALLS, retrials=retrials)))
    assert attempts(played) == {3 if again else 1}


@pytest.mark.parametrize("redraws", [True, False])
def test_whether_patience_is_drawn_anew_is_said(redraws: bool) -> None:
    retrials = Retrials(1.0, Constant(5 * S), most=2, redraws=redraws)
    calls = replace(CALLS, patience=every(Exponential(30 * S)), retrials=retrials)
    played = Played(scenario(plan(agents=0), calls))
    ani_of = {fact.call_id: fact.ani for fact in played.of(facts.CallStarted)}
    waits: dict[str, set[int]] = {}
    for fact in played.of(facts.CallLeftQueue):
        waits.setdefault(ani_of[fact.call_id], set()).add(fact.waited_us)
    assert max(len(lengths) for lengths in waits.values()) == (3 if redraws else 1)


def test_the_length_of_the_conversation_is_the_callers_own_where_it_is_drawn_once() -> None:
    def talks(redraws: bool) -> list[int]:
        retrials = Retrials(1.0, Constant(5 * S), most=50, redraws=redraws)
        service = every(Exponential(60 * S))
        played = Played(scenario(full(), replace(CALLS, service=service, retrials=retrials)))
        return sorted(fact.talked_us for fact in played.of(ConversationEnded))

    assert talks(True) != talks(False)
