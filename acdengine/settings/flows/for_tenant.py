"""What the flows of one tenant may name, from settings files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from acdengine.settings.compile import load_plan
from acdengine.settings.flows.references import References, names_of
from acdengine.settings.names import Scope
from acdengine.settings.suggest import did_you_mean, one_of


def references_of(files: Sequence[Path], tenant: str) -> tuple[str, References]:
    """The tenant's name, and what its flows may name.

    Raises:
        SettingsError: the settings are wrong.
        LookupError: there is no such tenant, or several and none is named.
    """
    settings, _ = load_plan(files)
    tenants = settings.tenants
    if not tenant and len(tenants) == 1:
        tenant = next(iter(tenants))
    if tenant not in tenants:
        known = one_of(tenants) or "none"
        what = (
            f"there is no tenant '{tenant}'{did_you_mean(tenant, tenants)}"
            if tenant
            else "which tenant?"
        )
        raise LookupError(f"{what} expected {known}")
    scope = Scope(tenant, tenants[tenant])
    allowed = tuple(tenants[tenant].dial_allow)
    return tenant, References(settings=names_of(scope), dial_allow=allowed)
