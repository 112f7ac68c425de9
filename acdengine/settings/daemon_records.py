"""Records in a database: where it is, and how facts get there."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field, SecretStr

from acdengine.settings.model import Expected, SettingsModel, refusal
from acdengine.settings.values import SECRET_SOURCE, LongEnough

_WORDS: Final = (
    "sqlite:///FILE, postgresql://HOST/NAME without a password, or ${env:NAME} or ${file:PATH} of"
    " such a URL with one"
)
_URL: Final = re.compile(r"sqlite:///[^?\s]+|postgresql://(?:[^:@/\s]+@)?[^@/\s]*/[^@\s]+")


def _is_url(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not SECRET_SOURCE.fullmatch(text) and not _URL.fullmatch(text):
        raise refusal("is no database for records", _WORDS)
    return value


DatabaseUrl = Annotated[SecretStr, AfterValidator(_is_url), Expected(_WORDS)]
"""A database; one with a password is named, never written in the settings."""


class RecordsSettings(SettingsModel):
    """Records of calls and agents in a database, for reports and other programs."""

    url: DatabaseUrl | None = None
    """The database: `sqlite:///var/records.db`, `postgresql://acd@db.example/acd`, or
    `${env:NAME}` or `${file:PATH}` of a URL with a password. Without: no records."""
    migrate: bool = False
    """Whether tables are made and brought up to date at the start; otherwise by
    `acdengine records migrate`, and until then facts wait in the spool."""
    spool: str = "var/records-spool"
    """Folder for facts that the database does not have yet."""
    spool_limit_mb: Annotated[int, Field(ge=1, le=10_000_000)] = 4096
    """Size of the spool, as while the database is away for days; facts beyond it are lost to the
    records, and counted. Calls go on."""
    batch_facts: Annotated[int, Field(ge=1, le=1_000_000)] = 20_000
    """Facts that are written in one transaction at most."""
    batch_s: LongEnough = 1
    """Seconds after which facts are written, however few."""
