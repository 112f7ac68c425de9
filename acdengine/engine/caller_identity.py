"""Who calls: by which number a caller is known, and a telephone of the centre as its agent."""

from __future__ import annotations

from typing import Final

from acdengine.engine.records import Caller
from acdengine.engine.state import EngineState
from acdengine.events import CallArrived
from acdengine.plan import Tenant
from routing.agent import Agent

#: What a contact of a telephone that registers begins with.
_REGISTERED: Final = "user/"


def identify(state: EngineState, event: CallArrived, tenant: Tenant) -> Caller:
    """The caller of a new call, with what agents and routing may know."""
    if event.telephone and _is_internal(state, event):
        return _of_telephone(state, event.telephone)
    if not event.withheld:
        return Caller(event.ani, event.name, event.ani, False, "", event.direction)
    seen = tenant.withheld_for in ("control", "telephones")
    return Caller(
        event.ani if seen else "",
        event.name if seen else "",
        "" if tenant.withheld_for == "nobody" else event.ani,
        True,
        event.ani,
        event.direction,
    )


def may_call(state: EngineState, event: CallArrived, tenant: Tenant) -> bool:
    """Whether a telephone of the centre may call this tenant: not that of another one."""
    return is_telephone_of(state, event.telephone, tenant.tenant_id)


def is_telephone_of(state: EngineState, telephone: str, tenant_id: str) -> bool:
    """Whether a telephone of the centre, `user@domain`, is not another tenant's."""
    owners = _owners(state, telephone)
    return not owners or tenant_id in owners


def agent_on(state: EngineState, telephone: str) -> str:
    """The agent who is signed in on a telephone, else whose it is; empty where there is none."""
    return _of_telephone(state, telephone).from_agent_id if telephone else ""


def _is_internal(state: EngineState, event: CallArrived) -> bool:
    """Whether it calls as a telephone of the centre. A trunk may have a password as well."""
    if event.direction == "internal":
        return True
    contact = _REGISTERED + event.telephone
    return any(contact in (one.contact, one.profile.contact) for one in state.agents.values())


def _of_telephone(state: EngineState, telephone: str) -> Caller:
    """The agent signed in on a telephone of the centre, else the agent whose it is, else the
    extension. What the telephone itself says (its From header) is ignored: only the login
    counts."""
    extension = telephone.partition("@")[0]
    found = agent_at(state, telephone)
    name = found.profile.name if found is not None else ""
    agent_id = found.agent_id if found is not None else ""
    return Caller(
        extension, name, extension, direction="internal", from_agent_id=agent_id,
        telephone=telephone,
    )  # fmt: skip


def agent_at(state: EngineState, telephone: str) -> Agent | None:
    """The agent who is signed in on a telephone, ``user@domain``, else whose it is."""
    contact = _REGISTERED + telephone
    found = None
    for agent in state.agents.values():
        if agent.contact == contact and agent.state != "logged_out":
            return agent
        if found is None and agent.profile.contact == contact:
            found = agent
    return found


def _owners(state: EngineState, telephone: str) -> dict[str, bool]:
    """The tenants whose telephone it is, or in whose domain it is."""
    domain = telephone.rpartition("@")[2]
    owners = {}
    for agent in state.agents.values():
        for contact in (agent.contact, agent.profile.contact):
            if contact.startswith(_REGISTERED) and contact.rpartition("@")[2] == domain:
                owners[agent.tenant_id] = True
    for tenant in state.plan.tenants.values():
        for allowed in tenant.phones_allow:
            if allowed.startswith(_REGISTERED) and allowed.rpartition("@")[2] == domain:
                owners[tenant.tenant_id] = True
    return owners
