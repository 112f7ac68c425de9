"""What the settings call tenants, teams, queues and agents."""

from __future__ import annotations

import msgspec


class NamedTenant(msgspec.Struct, frozen=True):
    """A tenant; ``zone`` is that of its reports."""

    tenant_id: str
    name: str
    zone: str


class Named(msgspec.Struct, frozen=True):
    """A team or a queue."""

    id: str
    name: str


class NamedAgent(msgspec.Struct, frozen=True):
    """An agent and the team; empty where there is none."""

    agent_id: str
    name: str
    team_id: str


class CentreNames(msgspec.Struct, frozen=True):
    """What is called how from a moment on. Ids begin with the tenant."""

    at_us: int = 0
    tenants: tuple[NamedTenant, ...] = ()
    teams: tuple[Named, ...] = ()
    queues: tuple[Named, ...] = ()
    agents: tuple[NamedAgent, ...] = ()
