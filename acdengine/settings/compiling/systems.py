"""What flows may reach beyond the switch, as the plan has it."""

from __future__ import annotations

from acdengine.plan import Systems
from acdengine.settings.compiling.recognisers import recogniser_of
from acdengine.settings.compiling.targets import target_of
from acdengine.settings.tenants import TenantSettings


def systems_of(tenant: str, settings: TenantSettings) -> Systems:
    """The systems, scripts and places of a tenant."""
    http, agi = settings.http, settings.agi
    return Systems(
        hosts=tuple(http.hosts),
        private_hosts=tuple(http.private_hosts),
        script_hosts=tuple(agi.hosts),
        script_folder=agi.folder,
        places={place: target_of(tenant, to) for place, to in agi.places.items()},
        recogniser=recogniser_of(settings.ivr.recogniser) if settings.ivr is not None else None,
    )
