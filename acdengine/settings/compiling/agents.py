"""Agents of the plan: their own settings over those of their team."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from acdengine.settings.agents import (
    AgentSettings,
    AssignmentSettings,
    MissRuleSettings,
    MissSettings,
    Served,
    TeamSettings,
    WrapUpSettings,
)
from acdengine.settings.compiling.accepting import accept_key_of
from acdengine.settings.compiling.ids import full_id, to_us
from acdengine.settings.names import agents_of
from acdengine.settings.tenants import TenantSettings
from routing.policy import AgentProfile, Assignment, AutoAnswer, MissPolicy, MissRule, WrapUpPolicy

MISSED: Final = "missed"
"""The not-ready reason after missed calls that need not be declared."""

_DEFAULT: Final = "default"


def profiles_of(tenant: str, settings: TenantSettings) -> Iterator[AgentProfile]:
    """All agents of a tenant, those written in one line one by one."""
    wrap_ups = {name: _wrap_up(policy) for name, policy in settings.wrap_up.items()}
    misses = {name: _misses(policy) for name, policy in settings.misses.items()}
    for name, (_, agent) in agents_of(settings).items():
        team = settings.teams.get(agent.team or "") or TeamSettings()
        contact = team.contact if agent.contact is None else agent.contact
        yield AgentProfile(
            agent_id=full_id(tenant, name),
            tenant_id=tenant,
            name=(agent.name or name).replace("{agent}", name),
            team_id=full_id(tenant, agent.team),
            skills=_skills(team, agent),
            queues={
                full_id(tenant, queue): _assignment(how)
                for queue, how in assignments_of(team, agent).items()
            },
            contact=contact.replace("{agent}", name),
            node_id=team.switch if agent.switch is None else agent.switch,
            wrap_up=wrap_ups.get(agent.wrap_up or team.wrap_up or _DEFAULT, WrapUpPolicy()),
            misses=misses.get(agent.misses or team.misses or _DEFAULT, MissPolicy()),
            auto_answer=_auto_answer(team, agent),
            nailed_up=team.nailed_up if agent.nailed_up is None else agent.nailed_up,
            accept_key=accept_key_of(agent.accept_key or team.accept_key),
            number=number_of(name, agent),
        )


def number_of(name: str, agent: AgentSettings) -> str:
    """What an agent types to sign in by telephone; empty where it has no number."""
    if agent.number is None:
        return name if name.isascii() and name.isdigit() else ""
    digits = "".join(sign for sign in name if sign in "0123456789")
    return agent.number.replace("{digits}", digits)


def _auto_answer(team: TeamSettings, agent: AgentSettings) -> AutoAnswer:
    if not (team.auto_answer if agent.auto_answer is None else agent.auto_answer):
        return ""
    return agent.auto_answer_by or team.auto_answer_by


def _skills(team: TeamSettings, agent: AgentSettings) -> dict[str, int]:
    both = {**team.skills, **agent.skills}
    return {skill: level for skill, level in both.items() if level}


def assignments_of(
    team: TeamSettings | None, agent: AgentSettings
) -> dict[str, AssignmentSettings]:
    """The queues that an agent serves, and how: what the agent says, else what the team says."""
    served = dict(_served(team.queues)) if team is not None else {}
    for queue, own in _served(agent.queues):
        of_team = served.get(queue, AssignmentSettings())
        said = {name: getattr(own, name) for name in own.model_fields_set}
        served[queue] = of_team.model_copy(update=said)
    return {queue: how for queue, how in served.items() if how.serves}


def _served(queues: Served) -> Iterator[tuple[str, AssignmentSettings]]:
    if isinstance(queues, list):
        yield from ((queue, AssignmentSettings()) for queue in queues)
    else:
        yield from queues.items()


def _assignment(settings: AssignmentSettings) -> Assignment:
    return Assignment(
        level=settings.level,
        position=settings.position,
        delay_us=to_us(settings.delay_s),
        weight=settings.weight,
        rank=settings.rank,
    )


def _wrap_up(settings: WrapUpSettings) -> WrapUpPolicy:
    return WrapUpPolicy(
        mode=settings.mode,
        time_us=to_us(settings.time_s),
        extend_limit_us=to_us(settings.extend_limit_s),
    )


def _misses(settings: MissSettings) -> MissPolicy:
    return MissPolicy(
        no_answer=_miss(settings.no_answer),
        busy=_miss(settings.busy),
        rejected=_miss(settings.rejected),
        unreachable=_miss(settings.unreachable),
        limit=settings.limit,
        reason=settings.reason,
    )


def _miss(settings: MissRuleSettings) -> MissRule:
    return MissRule(delay_us=to_us(settings.delay_s), counts=settings.counts)
