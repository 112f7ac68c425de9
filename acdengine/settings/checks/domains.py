"""Checks of the domains that telephones register in."""

from __future__ import annotations

from collections.abc import Iterator

from acdengine.settings.model import Remark
from acdengine.settings.names import agents_of
from acdengine.settings.registered import registered
from acdengine.settings.tenants import TenantSettings
from acdengine.settings.tree import Keys
from acdengine.settings.whole import Settings


def domain_remarks(settings: Settings) -> Iterator[Remark]:
    """Tenants with telephones in one domain that may dial different numbers outside: the dialplan
    written for a switch tells telephones apart by their domain alone, and would let each of them
    dial what any of these tenants may."""
    if not any(switch.setup.gateways for switch in settings.switches.values()):
        return
    first_in: dict[str, str] = {}
    for name, tenant in settings.tenants.items():
        for domain, path in _domains(tenant).items():
            first = first_in.setdefault(domain, name)
            if sorted(settings.tenants[first].dial_allow) != sorted(tenant.dial_allow):
                message = (
                    f"{domain} is the domain of telephones of '{first}' already, "
                    "which may dial other numbers (dial_allow)"
                )
                expected = "a domain of its own, or the same dial_allow"
                yield Remark(("tenants", name, *path), message, expected)


def _domains(tenant: TenantSettings) -> dict[str, Keys]:
    """The domains of a tenant's telephones, each with the place of the first contact in it."""
    found: dict[str, Keys] = {}
    for name, (key, agent) in agents_of(tenant).items():
        contact, path = agent.contact, ("agents", key, "contact")
        if contact is None:
            team = tenant.teams.get(agent.team or "")
            contact = team.contact if team is not None else ""
            path = ("teams", agent.team or "", "contact")
        phone = registered(contact.replace("{agent}", name))
        if phone is not None:
            found.setdefault(phone[1], path)
    return found
