"""Settings files to the plan that the engine takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from acdengine.ivr.definition import FlowDefinition
from acdengine.plan import PinPolicy, Plan, Tenant
from acdengine.settings.checks.whole import check
from acdengine.settings.compiling.agents import profiles_of
from acdengine.settings.compiling.boxes import boxes_of
from acdengine.settings.compiling.dialling import dial_route_of
from acdengine.settings.compiling.hours import hours_of
from acdengine.settings.compiling.ids import full_id, to_us
from acdengine.settings.compiling.messages import message_policy_of
from acdengine.settings.compiling.queues import queue_of
from acdengine.settings.compiling.routing import customers_of, flow_of, rule_of, trunk_of
from acdengine.settings.compiling.systems import systems_of
from acdengine.settings.compiling.targets import target_of
from acdengine.settings.files import read_files
from acdengine.settings.flows.for_tenant import ivr_flows_of
from acdengine.settings.tenants import TenantSettings
from acdengine.settings.trunks import TrunkSettings
from acdengine.settings.validate import validate
from acdengine.settings.whole import PlanSettings, Settings
from acdengine.settings.yaml_source import Document


def load_plan(paths: Iterable[Path | str]) -> tuple[Settings, Plan]:
    """Read settings files, check them as one whole, and make the plan.

    Raises `SettingsError` with every problem that the files have.
    """
    return plan_of_documents(read_files(paths))


def settings_of(paths: Iterable[Path | str]) -> Settings:
    """Settings files, checked as one whole, without the flows that they name.

    Raises `SettingsError` with every problem that the files have.
    """
    return validate(Settings, read_files(paths), check)


def plan_of_documents(documents: Iterable[Document]) -> tuple[Settings, Plan]:
    """The same for files that have been read."""
    settings = validate(Settings, documents, check)
    return settings, compile_plan(settings)


def compile_plan(settings: PlanSettings) -> Plan:
    """The plan of settings that `acdengine.settings.checks.whole` finds nothing wrong with.

    Raises `SettingsError` with every problem of the IVR flows that the settings name.
    """
    tenants = settings.tenants
    ivr_flows = {name: ivr_flows_of(name, tenant) for name, tenant in tenants.items()}
    return Plan(
        tenants={
            name: _tenant(name, tenant, settings.trunks, ivr_flows[name])
            for name, tenant in tenants.items()
        },
        queues={
            full_id(name, queue): queue_of(name, queue, policy, tenant)
            for name, tenant in tenants.items()
            for queue, policy in tenant.queues.items()
        },
        agents={
            profile.agent_id: profile
            for name, tenant in tenants.items()
            for profile in profiles_of(name, tenant)
        },
        customers={
            number_id: known
            for name, tenant in tenants.items()
            for customer, about in tenant.customers.items()
            for number_id, known in customers_of(name, customer, about)
        },
        flows={
            full_id(name, flow): flow_of(name, flow, about)
            for name, tenant in tenants.items()
            for flow, about in tenant.flows.items()
        },
        ivr_flows={flow.flow_id: flow for flows in ivr_flows.values() for flow in flows},
        hours={
            full_id(name, hours): hours_of(full_id(name, hours), about)
            for name, tenant in tenants.items()
            for hours, about in tenant.hours.items()
        },
        trunks={name: trunk_of(name, trunk) for name, trunk in settings.trunks.items()},
        seed=settings.engine.seed,
        history_limit=settings.engine.history_limit,
    )


def _tenant(
    name: str,
    settings: TenantSettings,
    trunks: Mapping[str, TrunkSettings],
    ivr_flows: Iterable[FlowDefinition],
) -> Tenant:
    return Tenant(
        tenant_id=name,
        name=settings.name or name,
        numbers={number: target_of(name, to) for number, to in settings.numbers.items()},
        rules=tuple(rule_of(name, n, rule) for n, rule in enumerate(settings.rules, 1)),
        dial_allow=tuple(settings.dial_allow),
        dial=dial_route_of(settings.dial, trunks),
        follow_redirects=settings.follow_redirects,
        phones_allow=tuple(settings.phones_allow),
        messages=message_policy_of(settings.messages),
        max_calls=settings.max_calls,
        not_ready_reasons=tuple(settings.not_ready_reasons),
        telephone_in_use=settings.telephone_in_use,
        pins=PinPolicy(settings.pins.attempts, to_us(settings.pins.lock_s)),
        pickup_code=settings.pickup_code or "",
        skills=tuple(settings.skills),
        boxes=boxes_of(name, settings, ivr_flows),
        blacklist=tuple(settings.blacklist),
        withheld_for=settings.withheld_for,
        show_numbers=settings.show_numbers,
        systems=systems_of(name, settings),
    )
