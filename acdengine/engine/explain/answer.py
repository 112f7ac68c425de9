"""Why a call waits, or why it went where it went.

Made when it is asked for, from what is recorded anyway: the call's story (each offer says what was
compared and what broke the tie), the agents' stories (what the others did at that moment) and, for
a call that waits, the state as it is. Nothing in the engine waits for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from acdengine.engine.explain.agents_passed_over import (
    Asked,
    agents_asked,
    asked_of,
    grouped,
    standing_now,
)
from acdengine.engine.explain.explanation import Coming, Explanation, Moment, Wait, span
from acdengine.engine.explain.offer_decisions import decisions_of
from acdengine.engine.explain.timeline import in_words, place_in_words
from acdengine.engine.records import Call, ending_of
from acdengine.engine.state import EngineState
from acdengine.facts import AnyFact, CallStarted, OfferMade
from queues.deadlines import NEVER_US
from queues.queue import queue_of
from queues.targets import Target, describe
from routing.call_group import NO_PREFERENCE
from routing.matcher import QueueMatching
from routing.stages import Stage

__all__ = ["Explanation", "explain"]

#: Why a call cannot go to a target now; empty when it can (`Ways.problem`).
Problem: TypeAlias = Callable[[Call, Target], str]

#: Agents named in each group.
NAMED: Final = 20
#: The last moments that are told.
MOMENTS_TOLD: Final = 60


def explain(state: EngineState, call: Call, problem: Problem, now_us: int) -> Explanation:
    """Explain a call, live or ended."""
    story: list[AnyFact] = call.story
    told = [(fact, words) for fact in story if (words := in_words(fact))]
    began = story[0].at_us if story else call.since_us
    decisions = decisions_of(state, call)
    known = frozenset(decision.offer_id for decision in decisions)
    return Explanation(
        call_id=call.call_id,
        tenant_id=call.tenant_id,
        state=call.state,
        began_us=began,
        at_us=now_us,
        now=_now(state, call, now_us),
        rules=tuple(_rules(story)),
        moments=tuple(
            Moment(at_us=fact.at_us, what=words, offer_id=_decision(fact, known))
            for fact, words in told[-MOMENTS_TOLD:]
        ),
        earlier=max(0, len(told) - MOMENTS_TOLD),
        decisions=decisions,
        wait=_wait(state, call, problem, now_us) if call.state == "waiting" else None,
    )


def _decision(fact: AnyFact, known: frozenset[str]) -> str:
    return fact.offer_id if isinstance(fact, OfferMade) and fact.offer_id in known else ""


def _rules(story: list[AnyFact]) -> list[str]:
    return [
        rule
        for fact in story
        if isinstance(fact, CallStarted)
        for rule in fact.rule.split(", ")
        if rule
    ]


def _now(state: EngineState, call: Call, now_us: int) -> str:
    """What the call does now, as the rest of a sentence that begins with its name."""
    offer = state.offers.get(call.offer_id)
    agent = offer.agent_id if offer is not None else "no agent"
    lasting = f"for {span(now_us - call.since_us)}"
    match call.state:
        case "waiting":
            how = " without a telephone" if call.callback is not None and not call.leg_id else ""
            return f"waits in {call.queue_id}{how}"
        case "connecting":
            if call.callback is not None and not call.leg_id:
                return f"is being rung back for {agent}, who has answered"
            return f"is being joined with {agent}, who has answered"
        case "talking":
            return f"talks with {agent}, {lasting}"
        case "held":
            return f"is on hold with {agent}, {lasting}"
        case "flow":
            flow_id = call.flow.flow_id if call.flow is not None else ""
            return f"hears {f'flow {flow_id}' if flow_id else 'a prompt'}, {lasting}"
        case "message":
            box = call.mailbox.box if call.mailbox is not None else ""
            return f"leaves a message in box {box}, {lasting}"
        case "outside":
            return f"is with a number outside, {lasting}"
        case "ending":
            return f"is being hung up ({ending_of(call).cause})"
        case "ended":
            ending = ending_of(call)
            return f"is over: {ending.outcome}, ended by the {ending.by} ({ending.cause})"
        case "arrived":
            return "has just arrived"


# -- a call that waits -------------------------------------------------------------------------


def _wait(state: EngineState, call: Call, problem: Problem, now_us: int) -> Wait:
    queue = queue_of(call)
    matching = state.matcher.queues[call.queue_id]
    stage = matching.stages[call.stage]
    asked = asked_of(
        matching.policy,
        call,
        stage,
        at_us=now_us,
        from_us=call.stages_from_us,
        staffed=matching.levels.staffed,
        preferred=_preferred_now(state, call),
        direct=bool(call.direct_wait_us),
    )
    agents = agents_asked(state, asked)
    states = {agent.agent_id: standing_now(state, agent) for agent in agents}
    position = queue.position(call, now_us)
    return Wait(
        queue_id=call.queue_id,
        position=position,
        waiting=len(queue.calls),
        waited_us=call.wait_us(now_us),
        estimate_us=queue.estimate_us(position - 1, now_us),
        rule=_rule_in_force(matching, call, asked, stage),
        held_up=tuple(_held_up(state, call, now_us)),
        coming=tuple(_coming(state, call, matching, problem)),
        agents=grouped(asked, agents, states, NAMED),
    )


def _preferred_now(state: EngineState, call: Call) -> tuple[str, ...]:
    if call.preferred_rule == NO_PREFERENCE:
        return ()
    return tuple(state.matcher.preferred_now(call))


def _rule_in_force(matching: QueueMatching, call: Call, asked: Asked, stage: Stage) -> str:
    names = ", ".join(asked.preferred)
    if asked.preferred and call.direct_wait_us:
        return f"to be {names}, whom the caller wants"
    if asked.preferred:
        rules = matching.policy.preferred
        which = f"preferred-agent rule {call.preferred_rule + 1} of {len(rules)}"
        return f"to be preferred by this call ({names}), by {which}"
    steps = matching.policy.steps
    parts = [asked.demand.text or "nothing but to serve the queue"]
    if len(steps) > 1:
        parts.append(f"by step {stage.step + 1} of {len(steps)}")
    if asked.teams:
        parts.append(f"teams added: {', '.join(asked.teams)}")
    return "; ".join(parts)


def _held_up(state: EngineState, call: Call, now_us: int) -> list[str]:
    """What holds the call up independently of agents, in sentences."""
    found = []
    queue, callback = queue_of(call), call.callback
    if state.matcher.queues[call.queue_id].capped:
        found.append(
            f"The queue has all the conversations it may have: {queue.policy.max_conversations}"
            f" ({queue.conversations} going on, {queue.ringing} about to begin)."
        )
    if call.retry_due_us < NEVER_US:
        times = call.failures.stepped_back if call.failures is not None else 0
        found.append(
            f"It has stepped back, for {span(call.retry_due_us - now_us)} more: its offers failed"
            f" in a row ({times} times back so far), through no telephone."
        )
    for offer_id in call.ringing:
        offer = state.offers[offer_id]
        found.append(f"{offer.agent_id} is ringing for it, for {span(now_us - offer.made_us)}.")
    if callback is None or callback.state == "reached":
        return found
    if callback.state == "paused" and call.leg_id:
        found.append("The callback is served once the caller's telephone is free.")
    elif callback.state == "paused":
        tries = f" after {callback.attempt} tries" if callback.attempt else ""
        found.append(f"The callback is paused{tries}.")
    elif callback.state == "dialling":
        found.append(f"The customer is being rung, try {callback.attempt}.")
    return found


def _coming(
    state: EngineState, call: Call, matching: QueueMatching, problem: Problem
) -> list[Coming]:
    """What happens to the call by itself, the next first."""
    policy, callback = matching.policy, call.callback
    found = [(call.stage_due_us, _next_stage(matching, call))]
    found.append((call.ring_more_due_us, "one more agent is rung"))
    found.append((call.retry_due_us, "agents are rung for it again"))
    found += [
        (offer.due_us, f"{offer.agent_id} stops ringing")
        for offer in (state.offers[offer_id] for offer_id in call.ringing)
    ]
    if policy.overflow:
        due = call.overflow_due_us
        targets = [
            target for line in policy.overflow if call.joined_us + line.after_us <= due
            for target in line.targets
        ]  # fmt: skip
        found.append((due, f"overflow: {_in_words(call, targets, problem)}"))
    if callback is not None and not call.leg_id:
        found.append((call.leave_due_us, "the callback is given up"))
    else:
        targets = list(policy.when_waited)
        found.append((call.leave_due_us, f"it must leave: {_in_words(call, targets, problem)}"))
    if callback is not None and callback.state == "paused":
        found.append((callback.resume_us, "the callback is in line again"))
    if queue_of(call).unstaffed_deadline:
        targets = list(policy.when_staff_left)
        what = f"no staff: all who wait must leave: {_in_words(call, targets, problem)}"
        found.append((queue_of(call).unstaffed_due_us, what))
    return [Coming(at_us=at, what=what) for at, what in sorted(found) if 0 < at < NEVER_US]


def _in_words(call: Call, targets: list[Target], problem: Problem) -> str:
    """The targets in their order, each with why it is not open now."""
    told = []
    for target in targets:
        shut = problem(call, target)
        told.append(place_in_words(describe(target)) + (f" (shut: {shut})" if shut else ""))
    return ", else ".join(told) or "hangup"


def _next_stage(matching: QueueMatching, call: Call) -> str:
    if call.preferred_rule != NO_PREFERENCE:
        return "it waits for these agents alone no longer"
    stages, steps = matching.stages, matching.policy.steps
    if call.stage + 1 >= len(stages):
        return ""
    now, following = stages[call.stage], stages[call.stage + 1]
    parts = []
    if following.step != now.step:
        step = steps[following.step]
        parts.append(f"step {following.step + 1} of {len(steps)}")
        parts.append(f"requirement {step.requirement}" if step.requirement else "no requirement")
        if step.drop_skills:
            parts.append(f"without {', '.join(step.drop_skills)}")
        if step.add_teams:
            parts.append(f"teams added: {', '.join(step.add_teams)}")
    if following.open_us != now.open_us:
        parts.append(f"open to those who join in after {span(following.open_us)}")
    return "; ".join(parts)
