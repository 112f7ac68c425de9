"""Checks of trunk groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from acdengine.settings.model import Remark
from acdengine.settings.suggest import did_you_mean, one_of
from acdengine.settings.tree import Keys
from acdengine.settings.whole import PlanSettings


def trunk_remarks(settings: PlanSettings) -> Iterator[Remark]:
    """Tenants that are none, and channels said twice."""
    for name, trunk in settings.trunks.items():
        path = ("trunks", name)
        if trunk.tenant is not None:
            yield from no_tenant(trunk.tenant, settings.tenants, (*path, "tenant"))
        if trunk.spans is not None and trunk.kind != "e1":
            yield Remark((*path, "spans"), "has no meaning for sip", "channels, or kind: e1")
        elif trunk.spans is not None and trunk.channels is not None:
            yield Remark((*path, "spans"), "says again what channels says", "one of the two")


def no_tenant(name: str, tenants: Iterable[str], path: Keys) -> Iterator[Remark]:
    """The remark that a name, written at `path`, is no tenant's."""
    known = list(tenants)
    if name not in known:
        message = f"there is no tenant '{name}'{did_you_mean(name, known)}"
        expected = one_of(known) or "a name under tenants"
        yield Remark(path, message, expected, refers_to=("tenants", name))
