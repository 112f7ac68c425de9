"""What a change of the settings would leave nothing of: rather a file cut off than a wish."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from acdengine.plan import Plan

_KINDS: Final = {
    "tenants": "tenants", "trunks": "trunk groups", "queues": "queues", "agents": "agents",
}  # fmt: skip


def emptied(
    old: Plan, new: Plan, old_switches: Collection[str] = (), new_switches: Collection[str] = ()
) -> str:
    """What there was and would not be any more, in words; empty when there is no such thing."""
    gone = list(_gone(old, new))
    if old_switches and not new_switches:
        gone.append("no switches")
    if not gone:
        return ""
    return f"these settings leave {', '.join(gone)}; force it if that is meant"


def _gone(old: Plan, new: Plan) -> Iterator[str]:
    whole = [kind for kind in _KINDS if getattr(old, kind) and not getattr(new, kind)]
    yield from (f"no {_KINDS[kind]}" for kind in whole)
    for name, tenant in old.tenants.items():
        after = new.tenants.get(name)
        if after is None:
            continue
        if tenant.numbers and not after.numbers:
            yield f"{name} no numbers"
        for kind in ("queues", "agents"):
            if kind not in whole and _has(old, kind, name) and not _has(new, kind, name):
                yield f"{name} no {kind}"


def _has(plan: Plan, kind: str, tenant_id: str) -> bool:
    return any(one.tenant_id == tenant_id for one in getattr(plan, kind).values())
