"""Checks of agents, teams and the policies for what follows calls and misses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from acdengine.settings.agents import AgentSettings, TeamSettings
from acdengine.settings.compiling.agents import MISSED, assignments_of, number_of
from acdengine.settings.model import Remark
from acdengine.settings.names import Scope, given_twice, many
from acdengine.settings.suggest import did_you_mean, one_of
from acdengine.settings.tree import Keys
from routing.agent import ENGINE_REASONS

_TIMED: Final = ("optional", "timed", "forced", "on_request")


def agent_remarks(scope: Scope) -> Iterator[Remark]:
    """What is wrong with a tenant's agents, teams and policies."""
    yield from given_twice(scope.settings.skills, scope.at("skills"))
    yield from _skill_names(scope)
    yield from _reasons(scope)
    yield from _policies(scope)
    for name, team in scope.settings.teams.items():
        yield from _equipment(scope, team, scope.at("teams", name))
        yield from _not_served(team, None, scope.at("teams", name))
    yield from _names(scope)
    for key, agent in scope.settings.agents.items():
        path = scope.at("agents", key)
        yield from _equipment(scope, agent, path)
        if agent.team is not None:
            yield from scope.refer("teams", agent.team, (*path, "team"))
        if agent.team is None or agent.team in scope.settings.teams:
            team_or_none = scope.settings.teams.get(agent.team or "")
            yield from _not_served(agent, team_or_none, path)
            yield from _not_had(agent, team_or_none, path)
    yield from _positions(scope)
    yield from _numbers(scope)


def _skill_names(scope: Scope) -> Iterator[Remark]:
    for number, name in enumerate(scope.settings.skills):
        if name in ("and", "or", "not"):
            message = f"'{name}' is a word of requirements"
            yield Remark(scope.at("skills", number), message, "another name")


def _reasons(scope: Scope) -> Iterator[Remark]:
    path = scope.at("not_ready_reasons")
    yield from given_twice(scope.settings.not_ready_reasons, path)
    for number, reason in enumerate(scope.settings.not_ready_reasons):
        if reason in ENGINE_REASONS:
            message = f"'{reason}' is a reason that only the engine gives"
            yield Remark((*path, number), message, "another name")


def _policies(scope: Scope) -> Iterator[Remark]:
    for name, wrap_up in scope.settings.wrap_up.items():
        if wrap_up.mode in _TIMED and not wrap_up.time_s:
            path = scope.at("wrap_up", name, "time_s")
            yield Remark(path, f"0 is no time for {wrap_up.mode} wrap-up", "more, or mode: none")
    reasons = [MISSED, *scope.settings.not_ready_reasons]
    for name, misses in scope.settings.misses.items():
        if misses.reason not in reasons:
            message = f"there is no reason '{misses.reason}' in {scope.tenant}"
            message += did_you_mean(misses.reason, reasons)
            lacks = scope.at("not_ready_reasons")
            path = scope.at("misses", name, "reason")
            yield Remark(path, message, one_of(reasons), lacks=lacks)


def _equipment(scope: Scope, who: AgentSettings | TeamSettings, path: Keys) -> Iterator[Remark]:
    yield from scope.refer_all("skills", who.skills, (*path, "skills"))
    yield from scope.refer_all("queues", who.queues, (*path, "queues"))
    if isinstance(who.queues, list):
        yield from given_twice(who.queues, (*path, "queues"))
    if who.wrap_up is not None:
        yield from scope.refer("wrap_up", who.wrap_up, (*path, "wrap_up"))
    if who.misses is not None:
        yield from scope.refer("misses", who.misses, (*path, "misses"))


def _not_served(
    who: AgentSettings | TeamSettings, team: TeamSettings | None, path: Keys
) -> Iterator[Remark]:
    if isinstance(who.queues, list):
        return
    for queue, how in who.queues.items():
        if not how.serves and (team is None or queue not in team.queues):
            place = (*path, "queues", queue, "serves")
            yield Remark(place, f"no team serves '{queue}' here", "the queue left out")


def _not_had(agent: AgentSettings, team: TeamSettings | None, path: Keys) -> Iterator[Remark]:
    for skill, level in agent.skills.items():
        if level == 0 and (team is None or skill not in team.skills):
            place = (*path, "skills", skill)
            yield Remark(place, f"no team has '{skill}' here", "1 to 10, or the skill left out")


def _names(scope: Scope) -> Iterator[Remark]:
    for key in scope.settings.agents:
        path = scope.at("agents", key)
        names = many(key)
        if not names:
            yield Remark(
                path, "these numbers stand for no agent", "{FIRST..LAST}, such as {01..20}"
            )
        for name in names:
            first = scope.agents[name].key
            if first != key:
                yield Remark(path, f"'{name}' is an agent already, by '{first}'", "another name")
                break


def _numbers(scope: Scope) -> Iterator[Remark]:
    """Numbers by which agents sign in, twice; and PINs without one."""
    taken: dict[str, str] = {}
    for name, (key, agent) in scope.agents.items():
        number = number_of(name, agent)
        path = scope.at("agents", key)
        if agent.pin is not None and not number:
            yield Remark((*path, "pin"), f"'{name}' has no number to sign in with", "number")
        if number and taken.setdefault(number, name) != name:
            message = f"{number} is the number of '{taken[number]}' already"
            yield Remark((*path, "number"), message, "another number", lacks=path)


def _positions(scope: Scope) -> Iterator[Remark]:
    """Positions that an agent was given by name, twice in one level of a queue."""
    taken: dict[tuple[str, int, int], str] = {}
    for name, (key, agent) in scope.agents.items():
        if name != key or isinstance(agent.queues, list):
            continue
        team = scope.settings.teams.get(agent.team or "")
        for queue, how in assignments_of(team, agent).items():
            own = agent.queues.get(queue)
            if own is None or "position" not in own.model_fields_set:
                continue
            seat = (queue, how.level, how.position)
            first = taken.setdefault(seat, name)
            if first != name:
                path = scope.at("agents", name, "queues", queue, "position")
                message = f"{how.position} is the position of '{first}' in level {how.level}"
                yield Remark(path, message, "a position for each")
