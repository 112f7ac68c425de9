"""Records as the daemon has them: a spool, and the process that writes it to the database."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from acdengine.plan import Plan
from acdengine.program.daemon.options import StartError
from acdengine.records.named import CentreNames, Named, NamedAgent, NamedTenant
from acdengine.records.orders import Keeping, Orders
from acdengine.records.spool import Spool, source_of
from acdengine.settings.credentials import read_secret
from acdengine.settings.daemon_records import RecordsSettings
from acdengine.settings.tenants import TenantSettings
from acdengine.settings.values import SECRET_SOURCE
from acdengine.settings.whole import Settings

_MB: Final = 1024 * 1024
#: What the writer needs beyond what every installation has; the daemon itself loads none of it.
_NEEDED: Final = {"sqlite": "", "postgresql": "psycopg"}
_UTC: Final = "UTC"


def open_spool(
    settings: RecordsSettings, journal: Path | None, *, is_simulated: bool
) -> Spool | None:
    """The spool of the records; None where the settings want no records.

    Raises:
        StartError: it cannot be written.
    """
    if settings.url is None:
        return None
    folder = Path(settings.spool)
    try:
        return Spool(
            folder,
            source_of(journal),
            is_simulated=is_simulated,
            limit_bytes=settings.spool_limit_mb * _MB,
        )
    except OSError as error:
        raise StartError(
            f"the spool of the records in {folder} cannot be written: {error.strerror or error}"
        ) from error


def database_url(settings: RecordsSettings, environ: Mapping[str, str]) -> str:
    """The URL of the database, from where the settings say that it is.

    Raises:
        StartError: it is not there, or what it needs is not installed.
    """
    if settings.url is None:
        raise StartError("daemon.records.url: the settings name no database")
    url = settings.url.get_secret_value()
    if SECRET_SOURCE.fullmatch(url):
        url, wrong = read_secret(settings.url, environ)
        if wrong:
            raise StartError(f"daemon.records.url: {wrong}")
    return known_url(url, "daemon.records.url")


def known_url(url: str, name: str) -> str:
    """The same URL, if it is of a database for records.

    Raises:
        StartError: it is not, or what it needs is not installed.
    """
    backend = url.partition(":")[0]
    if backend not in _NEEDED:
        raise StartError(f"{name}: is neither sqlite:///FILE nor postgresql://HOST/NAME")
    package = _NEEDED[backend]
    if package and find_spec(package) is None:
        raise StartError(f"{name}: needs {package}: pip install 'acdengine[{backend}]' has it")
    return url


def names_of(settings: Settings, plan: Plan, at_us: int) -> CentreNames:
    """What the settings call tenants, teams, queues and agents from a moment on.

    The plan is that of the engine, which a simulated scenario brings along.
    """
    of_settings = settings.tenants
    return CentreNames(
        at_us,
        tuple(
            NamedTenant(tenant_id, tenant.name or tenant_id, _zone_of(of_settings.get(tenant_id)))
            for tenant_id, tenant in plan.tenants.items()
        ),
        tuple(
            Named(f"{tenant_id}/{name}", team.name or name)
            for tenant_id, tenant in of_settings.items()
            if tenant_id in plan.tenants
            for name, team in tenant.teams.items()
        ),
        tuple(Named(queue_id, queue.name) for queue_id, queue in plan.queues.items()),
        tuple(
            NamedAgent(agent_id, agent.name, agent.team_id)
            for agent_id, agent in plan.agents.items()
        ),
    )


def _zone_of(tenant: TenantSettings | None) -> str:
    if tenant is None:
        return _UTC
    zones = {hours.zone for hours in tenant.hours.values()}
    return tenant.zone or (zones.pop() if len(zones) == 1 else _UTC)


def _regions_of(settings: Settings) -> dict[str, dict[str, str]]:
    return {name: tenant.regions for name, tenant in settings.tenants.items() if tenant.regions}


def recording_folders(settings: Settings) -> list[str]:
    """Where the switches write recordings and messages, each folder once."""
    folders = [switch.recordings.folder for switch in settings.switches.values()]
    return list(dict.fromkeys(folders))


def keeping_of(settings: Settings) -> dict[str, Keeping]:
    """How long the records of each tenant are kept."""
    return {
        name: Keeping(**tenant.records.model_dump()) for name, tenant in settings.tenants.items()
    }


def orders_of(
    spool: Spool, settings: Settings, plan: Plan, environ: Mapping[str, str], at_us: int
) -> Orders:
    """What the writer is to do, with these settings from a moment on.

    Raises:
        StartError: there is no URL, or what the database needs is not installed.
    """
    records = settings.daemon.records
    return Orders(
        database_url(records, environ),
        str(spool.folder),
        spool.source,
        records.batch_facts,
        records.batch_s,
        records.migrate,
        keeping_of(settings),
        names_of(settings, plan, at_us),
        _regions_of(settings),
        tuple(recording_folders(settings)),
    )
