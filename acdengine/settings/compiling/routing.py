"""Customers, rules, flows and trunk groups of the plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from acdengine.plan import Flow, TrunkGroup
from acdengine.settings.compiling.ids import full_id, to_us
from acdengine.settings.compiling.targets import target_of
from acdengine.settings.routing import (
    CustomerSettings,
    FlowSettings,
    Patterns,
    RuleSettings,
    ThenSettings,
    WhenSettings,
)
from acdengine.settings.trunks import TrunkSettings
from routing.policy import Customer, RoutingRule, RuleThen, RuleWhen

_SPAN_CHANNELS: Final = 30
"""Speech channels of an E1 span: 32 slots less synchronisation and signalling (ITU-T G.704)."""


def customers_of(
    tenant: str, name: str, settings: CustomerSettings
) -> Iterator[tuple[str, Customer]]:
    """A customer under each of their numbers, as `tenant/number`."""
    customer = Customer(
        customer_id=name,
        tenant_id=tenant,
        name=settings.name,
        vip_level=settings.vip_level,
        blacklisted=settings.blacklisted,
        preferred=_by_id(tenant, settings.preferred),
        skills=dict(settings.skills),
    )
    for number in settings.numbers:
        yield full_id(tenant, number), customer


def _by_id(tenant: str, scores: Mapping[str, int]) -> dict[str, int]:
    return {full_id(tenant, agent): score for agent, score in scores.items()}


def rule_of(tenant: str, number: int, settings: RuleSettings) -> RoutingRule:
    """A routing rule; `number` counts from 1 and names a rule without a name."""
    return RoutingRule(
        name=settings.name or f"rule {number}",
        when=_when(tenant, settings.when),
        then=_then(tenant, settings.then),
    )


def _when(tenant: str, settings: WhenSettings) -> RuleWhen:
    hours: tuple[str, bool] | None = None
    if settings.within is not None:
        hours = full_id(tenant, settings.within), True
    elif settings.outside is not None:
        hours = full_id(tenant, settings.outside), False
    return RuleWhen(
        ani=_patterns(settings.ani),
        dnis=_patterns(settings.dnis),
        trunks=tuple(settings.trunks),
        customers=tuple(settings.customers),
        vip_at_least=settings.vip_at_least,
        blacklisted=settings.blacklisted,
        known=settings.known,
        hours=hours,
    )


def _patterns(patterns: Patterns) -> tuple[str, ...]:
    return (patterns,) if isinstance(patterns, str) else tuple(patterns)


def _then(tenant: str, settings: ThenSettings) -> RuleThen:
    return RuleThen(
        target=None if settings.to is None else target_of(tenant, settings.to),
        priority=settings.priority,
        boost_us=to_us(settings.boost_s),
        skills=dict(settings.skills),
        preferred=_by_id(tenant, settings.preferred),
        last_agent_score=settings.last_agent_score,
        reject=settings.reject or "",
    )


def flow_of(tenant: str, name: str, settings: FlowSettings) -> Flow:
    """A flow of the plan."""
    return Flow(
        flow_id=full_id(tenant, name),
        prompts=tuple(settings.prompts),
        then=target_of(tenant, settings.then),
    )


def trunk_of(name: str, settings: TrunkSettings) -> TrunkGroup:
    """A trunk group of the plan."""
    channels = settings.channels
    if channels is None:
        channels = (settings.spans or 1) * _SPAN_CHANNELS
    return TrunkGroup(
        trunk_id=name,
        kind=settings.kind,
        channels=channels,
        calls_per_s=settings.calls_per_s,
        tenant_id=settings.tenant or "",
        refer_to=settings.refer_to or "",
    )
