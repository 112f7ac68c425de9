"""All checks, tenant by tenant. No check looks from one tenant into another's names."""

from __future__ import annotations

from collections.abc import Iterator

from acdengine.settings.checks.agents import agent_remarks
from acdengine.settings.checks.daemon import daemon_remarks
from acdengine.settings.checks.dialling import dial_remarks
from acdengine.settings.checks.domains import domain_remarks
from acdengine.settings.checks.fastagi import fastagi_remarks
from acdengine.settings.checks.hours import hours_remarks
from acdengine.settings.checks.queues import queue_remarks
from acdengine.settings.checks.routing import number_remarks, routing_remarks
from acdengine.settings.checks.switches import switch_remarks
from acdengine.settings.checks.trunks import trunk_remarks
from acdengine.settings.model import Remark
from acdengine.settings.names import Scope
from acdengine.settings.whole import PlanSettings, Settings


def check(settings: Settings) -> Iterator[Remark]:
    """Everything that is wrong with settings of which each field is right by itself."""
    yield from check_plan(settings)
    scopes = {scope.tenant: scope for scope in scopes_of(settings)}
    yield from daemon_remarks(settings.daemon, scopes)
    yield from switch_remarks(settings)
    yield from fastagi_remarks(settings)
    yield from domain_remarks(settings)


def check_plan(settings: PlanSettings) -> Iterator[Remark]:
    """The same for the engine's part of the settings."""
    yield from trunk_remarks(settings)
    yield from dial_remarks(settings)
    yield from number_remarks(settings.tenants)
    for scope in scopes_of(settings):
        yield from hours_remarks(scope)
        yield from queue_remarks(scope)
        yield from agent_remarks(scope)
        yield from routing_remarks(scope)


def scopes_of(settings: PlanSettings) -> list[Scope]:
    """The names of each tenant."""
    return [
        Scope(name, tenant, tuple(
            trunk for trunk, group in settings.trunks.items() if group.tenant in (None, name)
        ))
        for name, tenant in settings.tenants.items()
    ]  # fmt: skip
