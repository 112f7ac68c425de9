"""What the flows of one tenant may name, from settings files; and its flows for the daemon."""

from __future__ import annotations

from pathlib import Path

from acdengine.ivr.definition import FlowDefinition
from acdengine.settings.flows.library import load_flows
from acdengine.settings.flows.references import References, names_of
from acdengine.settings.names import Scope
from acdengine.settings.suggest import did_you_mean, one_of
from acdengine.settings.tenants import TenantSettings
from acdengine.settings.whole import PlanSettings


def references_of(settings: PlanSettings, tenant: str) -> tuple[str, References]:
    """The tenant's name, and what its flows may name.

    Raises:
        LookupError: there is no such tenant, or several and none is named.
    """
    tenants = settings.tenants
    if not tenant and len(tenants) == 1:
        tenant = next(iter(tenants))
    if tenant not in tenants:
        known = one_of(tenants) or "none"
        meant = did_you_mean(tenant, tenants)
        what = f"there is no tenant '{tenant}'{meant}" if tenant else "which tenant?"
        raise LookupError(f"{what} expected {known}")
    return tenant, _references(tenant, tenants[tenant])


def _references(name: str, tenant: TenantSettings) -> References:
    allowed = tuple(tenant.dial_allow)
    return References(
        settings=names_of(Scope(name, tenant)),
        dial_allow=allowed,
        http_hosts=(*tenant.http.hosts, *tenant.http.private_hosts),
        agi=tenant.agi,
        has_recogniser=tenant.ivr is None or tenant.ivr.recogniser is not None,
    )


def ivr_flows_of(name: str, tenant: TenantSettings) -> list[FlowDefinition]:
    """The IVR flows that a tenant's settings name.

    Raises `SettingsError` with every problem of their files.
    """
    ivr = tenant.ivr
    if ivr is None:
        return []
    overlay = Path(ivr.overlay) if ivr.overlay is not None else None
    library = load_flows(
        [Path(ivr.folder)],
        tenant=name,
        known=_references(name, tenant),
        overlay=overlay,
    )
    return list(library.definitions.values())
