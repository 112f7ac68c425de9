"""Who may command the daemon: bearer tokens, of which only hashes are kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from acdengine.settings.compiling.ids import full_id
from acdengine.settings.daemon import ControlSettings, MetricsSettings, Role, TokenSettings
from acdengine.settings.errors import Problem, SettingsError
from acdengine.settings.tree import path_text
from acdengine.settings.values import SECRET_SOURCE

SHORTEST_TOKEN: Final = 16
"""Characters that a token must have at least."""

LONGEST_SECRET: Final = 16 * 1024
"""Characters that the file of a secret may have: a device or a log is none."""


@dataclass(frozen=True, slots=True)
class Access:
    """What the bearer of a token may do. Empty ids and lists mean no restriction."""

    name: str
    role: Role
    tenant_id: str = ""
    team_ids: tuple[str, ...] = ()
    agent_id: str = ""


class Credentials:
    """CredentialsReader by the SHA-256 of their tokens."""

    def __init__(self, credentials: Mapping[bytes, Access]) -> None:
        self._credentials = dict(credentials)

    def find(self, token: str) -> Access | None:
        """The access that a token gives; None for an unknown token."""
        return self.find_digest(digest_of(token))

    def find_digest(self, digest: bytes) -> Access | None:
        """The same by the hash, for stores that keep no token."""
        # Looking up a hash takes the same time for every wrong token.
        return self._credentials.get(digest)

    def __len__(self) -> int:
        return len(self._credentials)


def read_credentials(control: ControlSettings, environ: Mapping[str, str]) -> Credentials:
    """Read all tokens from where the settings say that they are.

    Raises `SettingsError` with every token that is missing, too short or given twice.
    """
    credentials: dict[bytes, Access] = {}
    problems: list[Problem] = []
    for name, settings in control.tokens.items():
        path = path_text(("daemon", "control", "tokens", name, "token"))
        secret, wrong = read_secret(settings.token, environ)
        if not wrong and len(secret) < SHORTEST_TOKEN:
            wrong = f"is too short, expected {SHORTEST_TOKEN} characters or more"
        digest = digest_of(secret)
        if not wrong and digest in credentials:
            wrong = f"is the token of '{credentials[digest].name}' already"
        if wrong:
            problems.append(Problem("settings", 0, 0, path, wrong))
        else:
            credentials[digest] = _access(name, settings)
    if problems:
        raise SettingsError(problems)
    return Credentials(credentials)


def read_metrics_token(metrics: MetricsSettings, environ: Mapping[str, str]) -> str:
    """The token of the metrics; empty where the settings want none.

    Raises `SettingsError` when it is missing or too short.
    """
    if metrics.token is None:
        return ""
    secret, wrong = read_secret(metrics.token, environ)
    if not wrong and len(secret) < SHORTEST_TOKEN:
        wrong = f"is too short, expected {SHORTEST_TOKEN} characters or more"
    if wrong:
        path = path_text(("daemon", "metrics", "token"))
        raise SettingsError([Problem("settings", 0, 0, path, wrong)])
    return secret


def read_secret(source: SecretStr, environ: Mapping[str, str]) -> tuple[str, str]:
    """A secret from where the settings say that it is, and what is wrong when it cannot be had."""
    found = SECRET_SOURCE.fullmatch(source.get_secret_value())
    if found is None:
        return "", "says no place of a secret"
    kind, place = found.groups()
    if kind == "env":
        secret = environ.get(place, "").strip()
        return secret, "" if secret else f"the environment variable {place} is not set"
    try:
        with Path(place).open(encoding="utf-8") as file:
            text = file.read(LONGEST_SECRET + 1)
    except OSError as error:
        return "", f"{place} cannot be read: {error.strerror or error}"
    except UnicodeDecodeError:
        return "", f"{place} is not text"
    if len(text) > LONGEST_SECRET:
        return "", f"{place} is too large for a secret"
    secret = text.strip()
    return secret, "" if secret else f"{place} is empty"


def _access(name: str, settings: TokenSettings) -> Access:
    tenant = settings.tenant or ""
    return Access(
        name,
        settings.role,
        tenant,
        _ids(tenant, settings.teams),
        full_id(tenant, settings.agent),
    )


def _ids(tenant: str, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(full_id(tenant, name) for name in names)


def digest_of(token: str) -> bytes:
    """The hash by which a token is known."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
