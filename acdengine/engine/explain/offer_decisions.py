"""The offers of a call: why that agent, and who was left out.

What was compared and what broke the tie is recorded with the offer. Who was left out is worked out
from the agents' stories, by the settings of now, as far back as the stories reach.
"""

from __future__ import annotations

from typing import Final

from msgspec import structs

from acdengine import facts as ft
from acdengine.engine.explain.agents_passed_over import (
    Standing,
    agents_asked,
    asked_of,
    grouped,
    standing_at,
)
from acdengine.engine.explain.explanation import Decision, LeftOut
from acdengine.engine.records import Call
from acdengine.engine.state import EngineState
from acdengine.facts import AnyFact
from routing.agent import WORKING_STATES
from routing.stages import Stage

#: The last offers that are told, and those of them looked into for who was left out, where the
#: queue has no more agents than that; agents named in each group.
OFFERS_TOLD: Final = 20
OFFERS_LOOKED_INTO: Final = 3
AGENTS_LOOKED_AT: Final = 2_000
NAMED: Final = 5
#: Who is rung at that very moment changes its state by it, and is at work.
_AT_WORK: Final = frozenset({*WORKING_STATES, "changing"})


def decisions_of(state: EngineState, call: Call) -> tuple[Decision, ...]:
    """The last offers, each with its outcome, the very last with those left out."""
    story: list[AnyFact] = call.story
    made = [fact for fact in story if isinstance(fact, ft.OfferMade)]
    outcomes = {
        fact.offer_id: ("connected" if isinstance(fact, ft.CallConnected) else fact.outcome,
                        fact.rang_us)
        for fact in story
        if isinstance(fact, ft.OfferClosed | ft.CallConnected)
    }  # fmt: skip
    looked_into = {fact.offer_id for fact in made[-OFFERS_LOOKED_INTO:]}
    decisions = []
    for fact in made[-OFFERS_TOLD:]:
        outcome, rang_us = outcomes.get(fact.offer_id, ("", 0))
        decisions.append(
            Decision(
                at_us=fact.at_us,
                offer_id=fact.offer_id,
                agent_id=fact.agent_id,
                queue_id=fact.queue_id,
                surplus=fact.surplus,
                rule=fact.rule,
                candidates=fact.candidates,
                runner_up=fact.runner_up,
                reason=fact.reason,
                waiting=fact.waiting,
                working=fact.working,
                resting=fact.resting,
                outcome=outcome,
                rang_us=rang_us,
                left_out=_left_out(state, call, fact, made) if fact.offer_id in looked_into else (),
            )
        )
    return tuple(decisions)


def _left_out(
    state: EngineState, call: Call, made: ft.OfferMade, offers: list[ft.OfferMade]
) -> tuple[LeftOut, ...]:
    """The other agents of the queue at the moment of an offer, by the settings of now."""
    matching = state.matcher.queues.get(made.queue_id)
    if matching is None or len(state.agents_of.get(made.queue_id, {})) > AGENTS_LOOKED_AT:
        return ()
    stage = _stage_at(call.story, made)
    if stage.step >= len(matching.policy.steps):
        return ()
    preferred = tuple(name for name, _ in call.preferred) if made.rule == "preferred" else ()
    asked = asked_of(
        matching.policy, call, stage,
        at_us=made.at_us, from_us=0, staffed=(), preferred=preferred,
    )  # fmt: skip
    agents = agents_asked(state, asked)
    states = {agent.agent_id: standing_at(agent, made.at_us) for agent in agents}
    if made.runner_up in states and states[made.runner_up].state == "changing":
        # Compared, so free: what made it something else at the same moment came after.
        states[made.runner_up] = Standing("ready", since_us=made.at_us)
    levels = [
        agent.queues[made.queue_id].level
        for agent in agents
        if made.queue_id in agent.queues and states[agent.agent_id].state in _AT_WORK
    ]
    asked = structs.replace(asked, staffed=tuple(sorted(dict.fromkeys(levels))))
    # Those whom the same decision rang, and the one it is about.
    rung = frozenset(other.agent_id for other in offers if other.at_us == made.at_us)
    others = [agent for agent in agents if agent.agent_id not in rung]
    return grouped(asked, others, states, NAMED)


def _stage_at(story: list[AnyFact], made: ft.OfferMade) -> Stage:
    """The step and what was open when an offer was made."""
    stage = Stage(0, 0, 0)
    for fact in story:
        if fact is made:
            break
        if isinstance(fact, ft.CallQueued):
            stage = Stage(0, 0, 0)
        elif isinstance(fact, ft.RequirementRelaxed):
            stage = Stage(0, fact.step, fact.opened_us)
    return stage
