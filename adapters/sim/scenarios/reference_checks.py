"""What a scenario refers to: does it exist, and does it stand only once?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Final

from acdengine.settings.checks.targets import target_remarks
from acdengine.settings.checks.whole import check_plan
from acdengine.settings.model import Remark
from acdengine.settings.names import Scope, many
from acdengine.settings.suggest import did_you_mean, one_of
from acdengine.settings.tree import Keys
from acdengine.settings.whole import PlanSettings
from adapters.sim.scenarios.durations import Length
from adapters.sim.scenarios.file_models import (
    AgentGroupSettings,
    CallTypeSettings,
    OpeningSettings,
    RatesSettings,
    ScenarioSettings,
)

#: Of one type in one replication; some hours of work.
MOST_CALLS: Final = 20_000_000
_SETTINGS: Keys = ("settings",)


def check_scenario(scenario: ScenarioSettings) -> Iterator[Remark]:
    """Everything that is wrong with a scenario of which each field is right by itself."""
    for remark in check_plan(scenario.settings):
        yield _within_settings(remark)
    for name, kind in scenario.call_types.items():
        yield from _call_type_remarks(scenario, kind, ("call_types", name))
    yield from _group_remarks(scenario)
    yield from _volume_remarks(scenario)
    if scenario.warm_up_s >= scenario.horizon_s:
        yield Remark(("warm_up_s",), "nothing is left to be counted", "less than horizon_s")
    if scenario.opening is not None:
        yield from _opening_remarks(scenario.opening)


def _within_settings(remark: Remark) -> Remark:
    def moved(keys: Keys) -> Keys:
        return (*_SETTINGS, *keys) if keys else ()

    return Remark(
        (*_SETTINGS, *remark.path), remark.message, remark.expected, moved(remark.refers_to),
        moved(remark.lacks),
    )  # fmt: skip


def _opening_remarks(opening: OpeningSettings) -> Iterator[Remark]:
    begin, _, end = opening.hours.partition("-")
    if begin >= end:
        yield Remark(("opening", "hours"), "closes before it opens", "two times of one day")


# -- call types -----------------------------------------------------------------------------------


def _call_type_remarks(
    scenario: ScenarioSettings, kind: CallTypeSettings, path: Keys
) -> Iterator[Remark]:
    trunks = scenario.settings.trunks
    for number, trunk in enumerate(kind.trunks):
        if trunk not in trunks:
            yield _nothing("trunk group", trunk, trunks, (*path, "trunks", number))
    if not trunks and kind.callback_queue is None:
        yield Remark((*path, "trunks"), "the settings have no trunk group", "trunks in settings")
    for group in kind.service_by_group:
        if group not in scenario.agent_groups:
            yield _nothing(
                "agent group", group, scenario.agent_groups, (*path, "service_by_group", group)
            )
    if kind.callback_queue is not None:
        yield from _named(scenario.settings, "queue", kind.callback_queue,
                          (*path, "callback_queue"))  # fmt: skip
    yield from _skill_remarks(scenario.settings, kind, path)
    if kind.known_share and not kind.known:
        yield Remark((*path, "known_share"), "no callers are known", "numbers in known")
    if kind.known and not kind.known_share:
        yield Remark((*path, "known"), "none of the calls comes from them", "a known_share above 0")
    if kind.day_factor and not kind.day_cv:
        yield Remark((*path, "day_factor"), "the factor is always 1", "a day_cv above 0")


def _skill_remarks(settings: PlanSettings, kind: CallTypeSettings, path: Keys) -> Iterator[Remark]:
    """Skills that calls ask for and no tenant has: their callers would wait in vain."""
    known = dict.fromkeys(skill for tenant in settings.tenants.values() for skill in tenant.skills)
    for skill in kind.skills:
        if skill not in known:
            yield _nothing("skill", skill, known, (*path, "skills", skill))


def _endless_remarks(group: AgentGroupSettings, path: Keys) -> Iterator[Remark]:
    """Things that happen again and again without time between them."""
    if group.breaks is not None and not _mean_s(group.breaks.every):
        yield Remark(
            (*path, "breaks", "every"), "breaks follow each other without end", "a time above 0"
        )
    if not _mean_s(group.loses_phone):
        yield Remark(
            (*path, "loses_phone"), "the phone is lost again and again", "a time above 0, or never"
        )


def _mean_s(length: Length) -> float:
    if isinstance(length, str):
        return math.inf
    return length if isinstance(length, int | float) else length.distribution.mean_us / 1e6


def _volume_remarks(scenario: ScenarioSettings) -> Iterator[Remark]:
    """More calls than a simulation can get through: mostly a rate by second, not by hour."""
    for name, kind in scenario.call_types.items():
        calls = _highest_per_h(kind) * scenario.horizon_s / 3600
        if calls > MOST_CALLS:
            yield Remark(
                ("call_types", name, "arrivals"), f"up to {calls:,.0f} calls in one replication",
                f"calls an hour, at most {MOST_CALLS:,} in one replication",
            )  # fmt: skip


def _highest_per_h(kind: CallTypeSettings) -> float:
    rates = kind.arrivals
    return max(rates.per_h) if isinstance(rates, RatesSettings) else rates


def _named(settings: PlanSettings, noun: str, name: str, path: Keys) -> Iterator[Remark]:
    known = full_names(settings, f"{noun}s")
    if resolved(settings, name) not in known:
        one = len(settings.tenants) == 1
        shown = [full.partition("/")[2] for full in known] if one else known
        yield _nothing(noun, name, shown, path)


def _nothing(noun: str, name: str, known: Iterable[str], path: Keys) -> Remark:
    known = list(known)
    return Remark(
        path, f"there is no {noun} '{name}'{did_you_mean(name, known)}",
        one_of(known) or f"a {noun} in the settings",
    )  # fmt: skip


# -- agent groups ---------------------------------------------------------------------------------


def _group_remarks(scenario: ScenarioSettings) -> Iterator[Remark]:
    settings = scenario.settings
    group_of: dict[str, str] = {}
    for name, group in scenario.agent_groups.items():
        path: Keys = ("agent_groups", name)
        if (group.team is None) == (not group.agents):
            yield Remark(path, "the agents are named in one way", "either team or agents")
            continue
        yield from _names_remarks(settings, group, path)
        for agent_id in agents_of_group(settings, group):
            first = group_of.setdefault(agent_id, name)
            if first != name:
                yield Remark(path, f"{agent_id} is in {first} already", "each agent in one group")
        yield from _manners_remarks(settings, group, path)
        yield from _endless_remarks(group, path)


def _names_remarks(
    settings: PlanSettings, group: AgentGroupSettings, path: Keys
) -> Iterator[Remark]:
    if group.team is not None:
        unknown = list(_named(settings, "team", group.team, (*path, "team")))
        yield from unknown
        if not unknown and not agents_of_group(settings, group):
            yield Remark((*path, "team"), f"nobody is in {group.team}", "a team with agents")
    for number, key in enumerate(group.agents):
        for name in many(key) or [key]:
            unknown = list(_named(settings, "agent", name, (*path, "agents", number)))
            yield from unknown
            if unknown:
                break


def _manners_remarks(
    settings: PlanSettings, group: AgentGroupSettings, path: Keys
) -> Iterator[Remark]:
    count = len(agents_of_group(settings, group))
    numbers = group.number if group.number is not None else count
    most = numbers if isinstance(numbers, int) else max(numbers.agents)
    if 0 < count < most:
        yield Remark((*path, "number"), f"there are only {count} agents", f"{count} at most")
    if bool(group.transfers) != bool(group.transfer_to):
        yield Remark(path, "only one of transfers and transfer_to is given", "both or neither")
    if group.misses + group.rejects + group.fails > 1:
        problem = "misses, rejects and fails add up to more than 1"
        yield Remark((*path, "rejects"), problem, "1 at most")
    tenant = tenant_of_group(settings, group)
    if tenant not in settings.tenants:
        return
    about = settings.tenants[tenant]
    if group.breaks is not None and group.breaks.reason not in about.not_ready_reasons:
        yield _nothing("reason", group.breaks.reason, about.not_ready_reasons,
                       (*path, "breaks", "reason"))  # fmt: skip
    scope = Scope(tenant, about, tuple(settings.trunks))
    for number, target in enumerate(group.transfer_to):
        for remark in target_remarks(scope, target, (*path, "transfer_to", number)):
            yield Remark(remark.path, remark.message, remark.expected)


# -- names ----------------------------------------------------------------------------------------


def resolved(settings: PlanSettings, name: str) -> str:
    """``tenant/name`` of a name; the tenant may be left out where there is only one."""
    if "/" in name or len(settings.tenants) != 1:
        return name
    return f"{next(iter(settings.tenants))}/{name}"


def full_names(settings: PlanSettings, kind: str) -> list[str]:
    """All queues, teams or agents as ``tenant/name``."""
    return [
        f"{tenant}/{name}"
        for tenant, about in settings.tenants.items()
        for key in getattr(about, kind)
        for name in (many(key) if kind == "agents" else [key])
    ]


def agents_of_group(settings: PlanSettings, group: AgentGroupSettings) -> list[str]:
    """The ids of a group's agents, in their order; those that do not exist left out."""
    if group.team is None:
        known = dict.fromkeys(full_names(settings, "agents"))
        named = [resolved(settings, name) for key in group.agents for name in many(key)]
        return [name for name in dict.fromkeys(named) if name in known]
    tenant, _, team = resolved(settings, group.team).partition("/")
    about = settings.tenants.get(tenant)
    if about is None:
        return []
    return [
        f"{tenant}/{name}"
        for key, agent in about.agents.items()
        if agent.team == team
        for name in many(key)
    ]


def tenant_of_group(settings: PlanSettings, group: AgentGroupSettings) -> str:
    """The tenant whose agents they are: that of the first."""
    first = group.team if group.team is not None else group.agents[0]
    return resolved(settings, first).partition("/")[0]
