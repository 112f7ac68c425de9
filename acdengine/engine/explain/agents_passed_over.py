"""Why agents do not take a call: now, from the engine's state; at a past offer, from their stories.

Nothing is recorded for this that the engine would not record anyway. An agent's story holds every
change of state with how long the one before lasted, so the state at any moment that it reaches
back to can be read from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from acdengine.centre_facts import AgentSkillsChanged, AgentStateChanged
from acdengine.engine.explain.explanation import HEADINGS, LeftOut, NamedAgent, Reason, span
from acdengine.engine.records import Call
from acdengine.engine.state import EngineState
from acdengine.facts import OfferMade
from queues.policy import LevelRules, QueuePolicy
from routing.agent import (
    REASON_MISS_DELAY,
    REASON_PHONE_BUSY,
    REASON_PHONE_LOST,
    Agent,
)
from routing.policy import Assignment
from routing.shortfall import Demand
from routing.stages import Stage, level_delay_us

_BUSY: Final[dict[str, Reason]] = {"ringing": "ringing", "talking": "talking", "wrap_up": "wrap_up"}
_RESTS: Final[dict[str, Reason]] = {
    REASON_MISS_DELAY: "missed",
    REASON_PHONE_LOST: "phone",
    REASON_PHONE_BUSY: "phone",
}


class Asked(Struct, frozen=True, kw_only=True):
    """What a waiting call asks of agents at one moment."""

    at_us: int
    queue_id: str
    demand: Demand
    #: Levels and agents with a delay up to this take part; delays count from ``from_us``.
    open_us: int
    #: 0: when they will open is not to be told (the moment is past).
    from_us: int
    levels: LevelRules
    #: Levels with anybody at work, ascending.
    staffed: tuple[int, ...]
    #: Teams that may take the call although they do not serve the queue.
    teams: tuple[str, ...] = ()
    #: The only agents it waits for; empty: it waits for any.
    preferred: tuple[str, ...] = ()
    #: Of these, the one for whom the call came may be of another queue.
    direct: bool = False


class Standing(Struct, frozen=True):
    """An agent's state at one moment; ``state`` is empty when it is no longer known, and "changing"
    when it became another at exactly that moment, so that before and after cannot be told apart."""

    state: str
    reason: str = ""
    since_us: int = 0
    until_us: int = 0
    call_id: str = ""
    #: Skills or queues were changed since.
    changed: bool = False


def asked_of(
    policy: QueuePolicy,
    call: Call,
    stage: Stage,
    *,
    at_us: int,
    from_us: int,
    staffed: tuple[int, ...],
    preferred: tuple[str, ...],
    direct: bool = False,
) -> Asked:
    """What a call asks at a stage of its queue, by the settings of now."""
    step = policy.steps[stage.step]
    minimums = tuple(minimum for minimum in call.skills if minimum[0] not in step.drop_skills)
    return Asked(
        at_us=at_us,
        queue_id=policy.queue_id,
        demand=Demand(step.requirement, minimums),
        open_us=stage.open_us,
        from_us=from_us,
        levels=policy.levels,
        staffed=staffed,
        teams=tuple(team for one in policy.steps[: stage.step + 1] for team in one.add_teams),
        preferred=preferred,
        direct=direct,
    )


# -- states ------------------------------------------------------------------------------------


def standing_now(state: EngineState, agent: Agent) -> Standing:
    """The agent's state as it is."""
    offer = state.offers.get(agent.offer_id)
    call_id = offer.call_id if offer is not None else ""
    return Standing(agent.state, agent.reason, agent.since_us, agent.until_us, call_id)


def standing_at(agent: Agent, at_us: int) -> Standing:
    """The agent's state just before a moment, as far as its story reaches back."""
    after: AgentStateChanged | None = None
    before: AgentStateChanged | None = None
    changed = False
    for fact in reversed(agent.story):
        if isinstance(fact, AgentSkillsChanged):
            changed = changed or fact.at_us >= at_us
        elif isinstance(fact, AgentStateChanged):
            if fact.at_us < at_us:
                before = fact
                break
            after = fact
            if fact.at_us == at_us:
                return Standing("changing", f"{fact.before}, then {fact.state}", at_us)
    state: str = agent.state if after is None else after.before
    since_us = agent.since_us if after is None else after.at_us - after.lasted_us
    if state == "logged_out" and after is not None and not after.lasted_us:
        # The first sign-in: it was so since the beginning.
        since_us = 0
    if since_us >= at_us:
        return Standing("")
    # The reason and the end stand in the fact that began the state, where it is still kept.
    kept = before is not None and before.at_us == since_us
    return Standing(
        state,
        before.reason if before is not None and kept else "",
        since_us,
        before.until_us if before is not None and kept else 0,
        _offered_call(agent, at_us) if state in ("ringing", "talking") else "",
        changed=changed,
    )


def _offered_call(agent: Agent, at_us: int) -> str:
    """The call that was offered to an agent last before a moment."""
    for fact in reversed(agent.story):
        if isinstance(fact, OfferMade) and fact.at_us < at_us:
            return fact.call_id
    return ""


# -- one agent ---------------------------------------------------------------------------------


def reason_for(asked: Asked, agent: Agent, standing: Standing) -> Reason:
    """Why an agent does not take the call; "candidate" when nothing of the agent's forbids it."""
    state = standing.state
    if state == "logged_out":
        return "signed_out"
    if state == "changing":
        return "changing"
    if not state:
        return "unknown"
    if asked.preferred:
        if agent.agent_id not in asked.preferred:
            return "not_preferred"
        if not asked.direct and asked.queue_id not in agent.queues:
            return "other_queue"
    else:
        unfit = _unfit(asked, agent)
        if unfit is not None:
            return "unknown" if standing.changed else unfit
    if state == "not_ready":
        return _RESTS.get(standing.reason, "not_ready")
    return "candidate" if state == "ready" else _BUSY.get(state, "not_ready")


def _unfit(asked: Asked, agent: Agent) -> Reason | None:
    """Why `RequirementClass.assignment_of` says no; None when it says yes."""
    if not asked.demand.is_met(agent.skills):
        return "lacks_skill"
    assignment = agent.queues.get(asked.queue_id)
    if assignment is None:  # of a team that a step added
        return None
    if assignment.delay_us > asked.open_us:
        return "delay"
    delay_us = level_delay_us(asked.levels, assignment.level, asked.staffed)
    return "level" if delay_us > asked.open_us else None


def named_agent(asked: Asked, agent: Agent, standing: Standing, reason: Reason) -> NamedAgent:
    """An agent with what there is to say of the reason."""
    until_us = standing.until_us
    if reason == "changing":
        detail = standing.reason
    elif reason == "unknown":
        detail = "skills or queues changed since" if standing.changed else ""
    elif reason in ("signed_out", "not_preferred", "other_queue"):
        detail = ""
    elif reason == "lacks_skill":
        detail = asked.demand.lacking(agent.skills)
    elif reason in ("delay", "level"):
        detail, until_us = _opens(asked, agent.queues[asked.queue_id], reason)
    else:
        detail = _lasting(asked, standing, reason)
    return NamedAgent(
        agent_id=agent.agent_id, detail=detail, until_us=until_us, call_id=standing.call_id
    )


def _opens(asked: Asked, assignment: Assignment, reason: Reason) -> tuple[str, int]:
    """What an agent waits for before joining in, and when that is."""
    if reason == "delay":
        delay_us, what = assignment.delay_us, f"after {span(assignment.delay_us)}"
    else:
        delay_us = level_delay_us(asked.levels, assignment.level, asked.staffed)
        what = f"level {assignment.level}"
    if not asked.from_us:
        return what, 0
    until_us = asked.from_us + delay_us
    return f"{what}, in {span(max(0, until_us - asked.at_us))}", until_us


def _lasting(asked: Asked, standing: Standing, reason: Reason) -> str:
    """The call or break that the reason comes from, how long it has lasted, and how long it will,
    where that is known."""
    lasting = f"for {span(asked.at_us - standing.since_us)}"
    if reason == "candidate":
        return f"free {lasting}"
    if standing.state == "not_ready" and reason != "missed":
        lasting = f"{standing.reason or 'reason not kept'}, {lasting}"
    elif standing.call_id:
        lasting = f"with call {standing.call_id} {lasting}"
    left = standing.until_us - asked.at_us
    return f"{lasting}, another {span(left)}" if standing.until_us and left >= 0 else lasting


# -- all of them -------------------------------------------------------------------------------


def agents_asked(state: EngineState, asked: Asked) -> list[Agent]:
    """The agents of the queue, those of the teams that a step added, and those preferred, by id."""
    agents = dict(state.agents_of.get(asked.queue_id, {}))
    if asked.teams:
        tenant_id = state.queues[asked.queue_id].policy.tenant_id
        for agent in state.agents.values():
            if agent.profile.team_id in asked.teams and agent.tenant_id == tenant_id:
                agents[agent.agent_id] = agent
    for agent_id in asked.preferred:
        preferred = state.agents.get(agent_id)
        if preferred is not None:
            agents[agent_id] = preferred
    return [agent for _, agent in sorted(agents.items())]


def grouped(
    asked: Asked, agents: Iterable[Agent], states: Mapping[str, Standing], named: int
) -> tuple[LeftOut, ...]:
    """The agents by reason, each reason with all that it holds for counted, and some named."""
    counts: dict[Reason, int] = {}
    first: dict[Reason, list[NamedAgent]] = {}
    for agent in agents:
        standing = states[agent.agent_id]
        reason = reason_for(asked, agent, standing)
        count = counts[reason] = counts.get(reason, 0) + 1
        if count <= named:
            first.setdefault(reason, []).append(named_agent(asked, agent, standing, reason))
    return tuple(
        LeftOut(reason=reason, count=counts[reason], agents=tuple(first[reason]))
        for reason in HEADINGS
        if reason in counts
    )
