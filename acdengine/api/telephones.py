"""Which telephones a token may name, to sign in on or to supervise from.

A contact is what the switch dials. A client that could name any would dial costly numbers, another
tenant's telephones, the dialplan or, by some of the switch's endpoints, its applications. So every
role names only telephones that the settings name for the tenant: those of its agents, and what
`phones_allow` describes.
"""

from __future__ import annotations

import re
from functools import lru_cache

from acdengine.api.problems import forbidden
from acdengine.plan import Plan

#: What a `*` stands for: a user's name, and nothing that would lead elsewhere.
_USER = "[A-Za-z0-9_.+-]+"


def want_known_phone(plan: Plan, tenant_id: str, contact: str) -> None:
    """Let a contact pass that a token of any role may name for a tenant; empty is none.

    Raises:
        Refused: the settings name no such telephone (403).
    """
    if contact and not is_known_phone(plan, tenant_id, contact):
        raise forbidden(
            "only telephones of the tenant's agents and those of phones_allow may be named"
        )


def is_known_phone(plan: Plan, tenant_id: str, contact: str) -> bool:
    """Whether a telephone is one of a tenant's: an agent's, or one that `phones_allow` allows."""
    tenant = plan.tenants.get(tenant_id)
    if tenant is None:
        return False
    if any(_pattern(allowed).fullmatch(contact) for allowed in tenant.phones_allow):
        return True
    profiles = plan.agents.values()
    return any(who.contact == contact for who in profiles if who.tenant_id == tenant_id)


@lru_cache(maxsize=256)
def _pattern(allowed: str) -> re.Pattern[str]:
    return re.compile(_USER.join(re.escape(part) for part in allowed.split("*")))
