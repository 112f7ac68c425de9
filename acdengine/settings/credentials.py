"""Who may use the control interface: bearer tokens and accounts, of which only hashes are kept."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from acdengine.settings.accounts import read_accounts
from acdengine.settings.compiling.ids import full_id
from acdengine.settings.daemon import AccessSettings, MetricsSettings, Role
from acdengine.settings.difference import Change
from acdengine.settings.errors import Problem, SettingsError
from acdengine.settings.names import agents_of
from acdengine.settings.passwords import HASH_OF_NO_PASSWORD, is_hash, matches
from acdengine.settings.tree import path_text
from acdengine.settings.values import SECRET_SOURCE
from acdengine.settings.whole import Settings

SHORTEST_TOKEN: Final = 16
"""Characters that a token must have at least."""

_PIN: Final = re.compile(r"[0-9]{4,12}")

LONGEST_SECRET: Final = 16 * 1024
"""Characters that the file of a secret may have: a device or a log is none."""


@dataclass(frozen=True, slots=True)
class Access:
    """What may be done with a token or a session. Empty ids and lists mean no restriction."""

    name: str
    role: Role
    tenant_id: str = ""
    team_ids: tuple[str, ...] = ()
    agent_id: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """A person who logs in. A session lasts as long as both fields stay as they are."""

    access: Access
    password_hash: str = field(repr=False)


class Credentials:
    """Who may use the control interface: tokens, known by their SHA-256, and accounts by name; and
    the PINs of agents."""

    def __init__(
        self,
        tokens: Mapping[bytes, Access],
        accounts: Mapping[str, Account] | None = None,
        pins: Mapping[str, str] | None = None,
    ) -> None:
        self._tokens = dict(tokens)
        self._accounts = dict(accounts or {})
        self._pins = dict(pins or {})

    def find(self, token: str) -> Access | None:
        """The access that a token gives; None for an unknown token."""
        return self.find_digest(digest_of(token))

    def find_digest(self, digest: bytes) -> Access | None:
        """The same by the hash, for stores that keep no token."""
        # Looking up a hash takes the same time for every wrong token.
        return self._tokens.get(digest)

    def with_token(self, token: str, access: Access) -> Credentials:
        """These and one more token."""
        tokens = {**self._tokens, digest_of(token): access}
        return Credentials(tokens, self._accounts, self._pins)

    def is_pin(self, agent_id: str, typed: str) -> bool:
        """Whether this is the PIN of an agent: never, where there is no such agent or PIN. Takes a
        fifth of a second of one core, whatever the answer."""
        pin = self._pins.get(agent_id, "")
        if is_hash(pin):
            return matches(typed, pin)
        matches(typed, HASH_OF_NO_PASSWORD)
        return bool(pin) and hmac.compare_digest(typed.encode(), pin.encode())

    def account(self, name: str) -> Account | None:
        """The account of a name; None for an unknown one."""
        return self._accounts.get(name)

    def changes(self, new: Credentials) -> Iterator[Change]:
        """What others add, change or remove: tokens and accounts by name."""
        holders: tuple[tuple[str, Mapping[str, object], Mapping[str, object]], ...] = (
            ("token", self._by_name(), new._by_name()),
            ("account", self._accounts, new._accounts),
            ("pin of agent", self._pins, new._pins),
        )
        for kind, before, after in holders:
            for name in dict.fromkeys([*before, *after]):
                if name not in after:
                    yield Change(kind, name, "removed")
                elif name not in before:
                    yield Change(kind, name, "added")
                elif before[name] != after[name]:
                    yield Change(kind, name, "changed")

    def _by_name(self) -> dict[str, object]:
        return {access.name: (digest, access) for digest, access in self._tokens.items()}

    def __len__(self) -> int:
        return len(self._tokens)


def read_credentials(settings: Settings, environ: Mapping[str, str]) -> Credentials:
    """Read all tokens and accounts from where the settings say that they are.

    Raises `SettingsError` with every token that is missing, too short or given twice, and with
    everything that is wrong with the file of accounts.
    """
    control = settings.daemon.control
    tokens: dict[bytes, Access] = {}
    problems: list[Problem] = []
    for name, token in control.tokens.items():
        path = path_text(("daemon", "control", "tokens", name, "token"))
        secret, wrong = read_secret(token.token, environ)
        if not wrong and len(secret) < SHORTEST_TOKEN:
            wrong = f"is too short, expected {SHORTEST_TOKEN} characters or more"
        digest = digest_of(secret)
        if not wrong and digest in tokens:
            wrong = f"is the token of '{tokens[digest].name}' already"
        if wrong:
            problems.append(Problem("settings", 0, 0, path, wrong))
        else:
            tokens[digest] = _access(name, token)
    accounts: dict[str, Account] = {}
    try:
        for name, account in read_accounts(settings).items():
            password_hash = account.password_hash.get_secret_value()
            accounts[name] = Account(_access(name, account), password_hash)
    except SettingsError as error:
        problems += error.problems
    pins = dict(_pins(settings, environ, problems))
    if problems:
        raise SettingsError(problems)
    return Credentials(tokens, accounts, pins)


def can_be_pin(text: str) -> bool:
    """Whether a text has the form of a PIN."""
    return _PIN.fullmatch(text) is not None


def _pins(
    settings: Settings, environ: Mapping[str, str], problems: list[Problem]
) -> Iterator[tuple[str, str]]:
    """Agents' ids to their PINs; what is wrong with one goes to ``problems``."""
    for tenant, about in settings.tenants.items():
        for name, (key, agent) in agents_of(about).items():
            if agent.pin is None:
                continue
            pin, wrong = agent.pin.get_secret_value(), ""
            if not is_hash(pin):
                pin, wrong = read_secret(agent.pin, environ)
            if not wrong and not is_hash(pin) and not can_be_pin(pin):
                wrong = "is no PIN, expected 4 to 12 digits, or their hash"
            if wrong:
                path = path_text(("tenants", tenant, "agents", key, "pin"))
                problems.append(Problem("settings", 0, 0, path, wrong))
            else:
                yield full_id(tenant, name), pin


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


def _access(name: str, settings: AccessSettings) -> Access:
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
