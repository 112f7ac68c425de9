"""Records as the daemon has them: a spool, and the process that writes it to the database."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from acdengine.program.daemon.options import StartError
from acdengine.records.orders import Keeping, Orders
from acdengine.records.process import RecordsProcess
from acdengine.records.spool import Spool, source_of
from acdengine.settings.credentials import read_secret
from acdengine.settings.daemon_records import RecordsSettings
from acdengine.settings.values import SECRET_SOURCE
from acdengine.settings.whole import Settings

_MB: Final = 1024 * 1024
#: What the writer needs; the daemon itself loads none of it.
_NEEDED: Final = {"sqlite": ("sqlalchemy", "alembic"), "postgresql": ("psycopg",)}


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
    for package in (*_NEEDED["sqlite"], *_NEEDED[backend]):
        if find_spec(package) is None:
            raise StartError(f"records need {package}: pip install 'acdengine[records]' has it")
    return url


def keeping_of(settings: Settings) -> dict[str, Keeping]:
    """How long the records of each tenant are kept."""
    return {
        name: Keeping(**tenant.records.model_dump()) for name, tenant in settings.tenants.items()
    }


def records_process(spool: Spool, settings: Settings, environ: Mapping[str, str]) -> RecordsProcess:
    """The process that writes a spool to the database of the settings; not started yet.

    Raises:
        StartError: there is no URL, or what the database needs is not installed.
    """
    records = settings.daemon.records
    orders = Orders(
        database_url(records, environ),
        str(spool.folder),
        spool.source,
        records.batch_facts,
        records.batch_s,
        records.migrate,
        keeping_of(settings),
    )
    return RecordsProcess(orders, spool)
