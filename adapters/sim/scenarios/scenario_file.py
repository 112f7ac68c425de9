"""Scenario files: YAML to a `Scenario`, with everything that is wrong told at once.

A file has the keys of `ScenarioSettings`. Its ``settings`` are either written in it or the name of
a settings file (or several) relative to it; what such a file says of the daemon is passed over.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from acdengine.plan import Plan, Tenant
from acdengine.settings.compile import compile_plan
from acdengine.settings.compiling.ids import full_id, to_us
from acdengine.settings.compiling.targets import target_of
from acdengine.settings.errors import Problem
from acdengine.settings.files import read_files, unite
from acdengine.settings.tree import Item, Scalar, Sequence
from acdengine.settings.validate import validate
from acdengine.settings.whole import PlanSettings
from acdengine.settings.yaml_source import Document
from adapters.sim.draws.arrivals import RateProfile, Retrials
from adapters.sim.draws.distributions import Distribution
from adapters.sim.draws.timetable import Timetable
from adapters.sim.scenarios.durations import Duration, DurationSettings, Length, length_of
from adapters.sim.scenarios.file_models import (
    AgentGroupSettings,
    CallTypeSettings,
    LatencySettings,
    NumbersSettings,
    OpeningSettings,
    RatesSettings,
    ScenarioSettings,
    ServiceLevelSettings,
)
from adapters.sim.scenarios.reference_checks import (
    agents_of_group,
    check_scenario,
    resolved,
    tenant_of_group,
)
from adapters.sim.scenarios.scenario import (
    AgentGroup,
    AgentManners,
    AnswerManners,
    Breaks,
    CallbackManners,
    CallType,
    KeyPress,
    Opening,
    Scenario,
    ServiceTarget,
)
from adapters.sim.scenarios.switch_latencies import NO_LATENCY, USUAL, Latencies
from adapters.sim.scenarios.systems import systems_of
from routing.policy import Hours, RoutingRule, RuleThen, RuleWhen, Window

T = TypeVar("T")
_HOUR_S = 3_600
#: The calendar that opening hours of a scenario become, in every tenant.
_HOURS = "scenario opening"


@dataclass(frozen=True, slots=True)
class ScenarioFile:
    """A scenario as a file has it.

    Attributes:
        scenario: what to simulate.
        replications: how often, unless told otherwise.
    """

    scenario: Scenario
    replications: int


def load_scenario(path: Path | str) -> ScenarioFile:
    """Read a scenario file, check it with its settings, and make the scenario.

    Raises:
        SettingsError: with every problem of the files.
    """
    path = Path(path)
    settings = validate(ScenarioSettings, [_document(path)], check_scenario)
    return ScenarioFile(scenario_of(settings, settings.name or path.stem), settings.replications)


def scenario_of(settings: ScenarioSettings, name: str) -> Scenario:
    """The scenario of settings in which `check_scenario` finds nothing wrong."""
    plan = compile_plan(settings.settings)
    opening = None if settings.opening is None else _opening(settings.opening)
    if opening is not None:
        plan = closed_outside(plan, opening)
    midnight = datetime.combine(settings.date, datetime.min.time(), UTC)
    return Scenario(
        name=name,
        plan=plan,
        call_types=tuple(
            _call_type(name, kind, settings.settings) for name, kind in settings.call_types.items()
        ),
        groups=tuple(
            _group(name, group, settings.settings) for name, group in settings.agent_groups.items()
        ),
        horizon_us=to_us(settings.horizon_s),
        warm_up_us=to_us(settings.warm_up_s),
        origin_us=to_us(round(midnight.timestamp())),
        interval_us=to_us(settings.interval_s),
        run_out_us=to_us(settings.run_out_s),
        seed=settings.seed,
        opening=opening,
        latencies=_latencies(settings.latencies),
        target=_target(settings.service_level),
        systems=systems_of(settings.systems),
    )


# -- files ----------------------------------------------------------------------------------------


def _document(path: Path) -> Document:
    """The scenario's file, with the files that its settings name in the place of the names."""
    (document,) = read_files([path])
    item = document.root.items.get("settings")
    if document.broken or item is None:
        return document
    names = item.value.items if isinstance(item.value, Sequence) else [item.value]
    files = [node.text for node in names if isinstance(node, Scalar)]
    if not files or len(files) < len(names):
        return document
    united = _united(path.parent / file for file in files)
    united.root.items.pop("daemon", None)
    document.root.items["settings"] = Item(item.key, united.root)
    problems = tuple(
        replace(problem, path=f"settings.{problem.path}" if problem.path else "")
        for problem in united.problems
    )
    return replace(document, problems=(*document.problems, *problems))


def _united(paths: Iterable[Path]) -> Document:
    united = unite(read_files(paths))
    problems: tuple[Problem, ...] = united.problems
    return replace(united, problems=problems)


# -- durations and timetables ---------------------------------------------------------------------


def _or(length: Length | None, otherwise: Distribution) -> Distribution:
    return otherwise if length is None else length_of(length)


def _duration(duration: Duration) -> Timetable[Distribution]:
    if not isinstance(duration, DurationSettings):
        return Timetable.always(length_of(duration))
    if not duration.by_time:
        return Timetable.always(duration.distribution)
    return _timetable(
        [stretch.from_s for stretch in duration.by_time],
        [stretch.distribution for stretch in duration.by_time],
        duration.period_s,
    )


def _timetable(
    starts_s: Iterable[float], values: Iterable[T], period_s: float | None
) -> Timetable[T]:
    period_us = None if period_s is None else to_us(period_s)
    return Timetable(tuple(to_us(start) for start in starts_s), tuple(values), period_us)


def _rates(rates: float | RatesSettings) -> RateProfile:
    if not isinstance(rates, RatesSettings):
        return RateProfile.constant(rates / _HOUR_S)
    table = _timetable(rates.starts_of(len(rates.per_h)), rates.per_h, rates.period_s)
    per_s = tuple(rate / _HOUR_S for rate in table.values)
    return RateProfile(table.starts_us, per_s, table.period_us)


def _numbers(numbers: int | NumbersSettings | None) -> Timetable[int] | None:
    if numbers is None:
        return None
    if isinstance(numbers, int):
        return Timetable.always(numbers)
    return _timetable(numbers.starts_of(len(numbers.agents)), numbers.agents, numbers.period_s)


# -- people ---------------------------------------------------------------------------------------


def _call_type(name: str, kind: CallTypeSettings, settings: PlanSettings) -> CallType:
    retrials = kind.retrials
    rung_back = kind.rung_back
    queue = kind.callback_queue
    return CallType(
        name=name,
        arrivals=_rates(kind.arrivals),
        dnis=kind.dnis,
        trunks=tuple(kind.trunks or settings.trunks),
        service=_duration(kind.service),
        patience=_duration(kind.patience),
        priority=kind.priority,
        skills=kind.skills,
        service_by_group={
            group: _duration(duration) for group, duration in kind.service_by_group.items()
        },
        day_cv=kind.day_cv,
        day_factor=kind.day_factor,
        retrials=None
        if retrials is None
        else Retrials(
            retrials.probability,
            length_of(retrials.delay),
            retrials.most,
            redraws=retrials.draw == "anew",
            turned_away=retrials.turned_away,
        ),
        keys=tuple(KeyPress(key.digit, length_of(key.after), key.probability) for key in kind.keys),
        answers=AnswerManners(
            tuple(kind.answers.keys),
            kind.answers.random,
            length_of(kind.answers.first),
            to_us(kind.answers.every_s),
            tuple(kind.answers.words),
            kind.answers.speech,
            kind.answers.understood,
        ),
        leaves=length_of(kind.leaves),
        callback=CallbackManners(rung_back.answers, length_of(rung_back.ring)),
        callback_queue="" if queue is None else resolved(settings, queue),
        known=tuple(kind.known),
        known_share=kind.known_share,
        balks=kind.balks,
        target=None if kind.service_level is None else _target(kind.service_level),
    )


def _target(level: ServiceLevelSettings) -> ServiceTarget:
    return ServiceTarget(to_us(level.within_s), level.abandons)


def _group(name: str, group: AgentGroupSettings, settings: PlanSettings) -> AgentGroup:
    return AgentGroup(
        name=name,
        agents=tuple(agents_of_group(settings, group)),
        number=_numbers(group.number),
        manners=_manners(group, tenant_of_group(settings, group)),
        leaving=group.leaving,
    )


def _manners(group: AgentGroupSettings, tenant: str) -> AgentManners:
    breaks = group.breaks
    return AgentManners(
        answer=length_of(group.answer),
        misses=group.misses,
        rejects=group.rejects,
        fails=group.fails,
        voicemail=group.voicemail,
        wrap_up=None if group.wrap_up is None else length_of(group.wrap_up),
        asks_wrap_up=group.asks_wrap_up,
        extends=group.extends,
        hangs_up=group.hangs_up,
        holds=group.holds,
        hold=length_of(group.hold),
        transfers=group.transfers,
        transfer_to=tuple(target_of(tenant, target) for target in group.transfer_to),
        back=length_of(group.back),
        breaks=None
        if breaks is None
        else Breaks(length_of(breaks.every), length_of(breaks.length), breaks.reason),
        loses_phone=length_of(group.loses_phone),
        phone_lost=length_of(group.phone_lost),
    )


# -- the centre -----------------------------------------------------------------------------------


def _latencies(settings: LatencySettings) -> Latencies:
    base = USUAL if settings.like == "usual" else NO_LATENCY
    answers, follows = settings.outside_answers, settings.agent_leg_follows
    return Latencies(
        command=_or(settings.command, base.command),
        set_up=_or(settings.set_up, base.set_up),
        prompt=_or(settings.prompt, base.prompt),
        whisper=_or(settings.whisper, base.whisper),
        message=_or(settings.message, base.message),
        outside=_or(settings.outside, base.outside),
        outside_answers=base.outside_answers if answers is None else answers,
        agent_leg_follows=base.agent_leg_follows if follows is None else follows,
    )


def _opening(settings: OpeningSettings) -> Opening:
    begin, _, end = settings.hours.partition("-")
    return Opening(_from_midnight_us(begin), _from_midnight_us(end), settings.at_closing)


def _from_midnight_us(time: str) -> int:
    return to_us(int(time[:2]) * 3_600 + int(time[3:]) * 60)


def closed_outside(plan: Plan, opening: Opening) -> Plan:
    """The plan with a rule before all others in each tenant: outside these hours of every day (in
    UTC) a call is turned away."""
    minute_us = to_us(60)
    windows = tuple(
        Window(day, opening.from_us // minute_us, opening.to_us // minute_us) for day in range(7)
    )
    hours = {
        hours_id: Hours(hours_id=hours_id, windows=windows)
        for tenant in plan.tenants
        for hours_id in [full_id(tenant, _HOURS)]
    }
    tenants = {name: _closing(tenant) for name, tenant in plan.tenants.items()}
    return msgspec.structs.replace(plan, tenants=tenants, hours={**plan.hours, **hours})


def _closing(tenant: Tenant) -> Tenant:
    rule = RoutingRule(
        name="outside the scenario's opening hours",
        when=RuleWhen(hours=(full_id(tenant.tenant_id, _HOURS), False)),
        then=RuleThen(reject="no_agent"),
    )
    return msgspec.structs.replace(tenant, rules=(rule, *tenant.rules))
