"""Which bearers hear of which facts, by what each fact is about."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import structs

from acdengine.api.authorisation import OF_SUPERVISION, Rights
from acdengine.centre_facts import DrainChanged, SettingsApplied
from acdengine.engine.state import EngineState
from acdengine.facts import AnyFact, CallTurnedBusy


class Subject(NamedTuple):
    """What a fact is about; empty where it is about no such thing."""

    tenant_id: str
    call_id: str
    agent_id: str
    queue_id: str


def subject_of(fact: AnyFact, state: EngineState) -> Subject:
    """What a fact is about. Without a tenant, only tokens that see all tenants get it."""
    call_id = getattr(fact, "call_id", "")
    agent_id = getattr(fact, "agent_id", "")
    queue_id = getattr(fact, "queue_id", "")
    tenant_id = getattr(fact, "tenant_id", "")
    of_tenant = agent_id or queue_id or getattr(fact, "flow_id", "")
    of_tenant = of_tenant or getattr(fact, "hours_id", "")
    if not tenant_id and of_tenant:
        # These ids are tenant/name, and outlive what they name.
        tenant_id = of_tenant.partition("/")[0]
    elif not tenant_id and call_id:
        call = state.calls.get(call_id) or state.ended.get(call_id)
        tenant_id = call.tenant_id if call is not None else ""
    elif isinstance(fact, CallTurnedBusy):
        trunk = state.plan.trunks.get(fact.trunk_id)
        tenant_id = trunk.tenant_id if trunk is not None else ""
    return Subject(tenant_id, call_id, agent_id, queue_id)


def as_told(rights: Rights, fact: AnyFact, subject: Subject) -> AnyFact | None:
    """The fact as a bearer hears of it; None: not at all. Numbers are masked elsewhere."""
    access = rights.access
    if isinstance(fact, SettingsApplied):
        return None if access.role == "agent" else _of_own_tenant(access.tenant_id, fact)
    if isinstance(fact, DrainChanged) and not fact.queue_id and not fact.node_id:
        return None if access.role == "agent" else fact
    if not rights.sees_tenant(subject.tenant_id):
        return None
    if isinstance(fact, OF_SUPERVISION) and not rights.sees_supervision(subject.agent_id):
        return None
    if access.role == "agent":
        own = subject.agent_id == access.agent_id or _on_own_call(rights, subject)
        return fact if own else None
    if subject.agent_id and not subject.call_id:
        agent = rights.state.agents.get(subject.agent_id)
        seen = rights.sees_agent(agent) if agent is not None else not access.team_ids
        return fact if seen else None
    return fact


def _of_own_tenant(own: str, fact: SettingsApplied) -> SettingsApplied | None:
    """A change of settings without what it changes for others; None when nothing is left."""
    if not own:
        return fact
    # Each is "queue tenant/name" or the like.
    lists = {
        name: tuple(what for what in getattr(fact, name) if f" {own}/" in what)
        for name in ("added", "changed", "draining", "removed")
    }
    return structs.replace(fact, **lists) if any(lists.values()) else None


def _on_own_call(rights: Rights, subject: Subject) -> bool:
    """A fact about a call that this agent has, that names no agent or another one."""
    if not subject.call_id:
        return False
    agent = rights.state.agents.get(rights.access.agent_id)
    offer = rights.state.offers.get(agent.offer_id) if agent is not None else None
    return offer is not None and offer.call_id == subject.call_id
