"""Checks of how tenants dial out."""

from __future__ import annotations

from collections.abc import Iterator

from acdengine.settings.model import Remark
from acdengine.settings.suggest import did_you_mean, one_of
from acdengine.settings.whole import PlanSettings


def dial_remarks(settings: PlanSettings) -> Iterator[Remark]:
    """Trunk groups that are none, another tenant's, or without a gateway to dial through."""
    for tenant, about in settings.tenants.items():
        own = [name for name, trunk in settings.trunks.items() if trunk.tenant in (None, tenant)]
        able = [name for name in own if settings.trunks[name].gateways]
        for n, name in enumerate(about.dial.via):
            path = ("tenants", tenant, "dial", "via", n)
            if name not in own:
                message = f"there is no trunk group '{name}'{did_you_mean(name, own)}"
                expected = one_of(own) or "a name under trunks"
                yield Remark(path, message, expected, refers_to=("trunks", name))
            elif name not in able:
                message = f"'{name}' has no gateways to dial through"
                yield Remark(
                    path, message, f"gateways under trunks, {name}", lacks=("trunks", name)
                )
