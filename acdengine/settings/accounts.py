"""The file of accounts: people who log in, with role, scope and the hash of a password each.

`acdengine account` writes it; the daemon reads it at its start and at each reload.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import yaml
from pydantic import AfterValidator, SecretStr

from acdengine.settings.checks.daemon import access_remarks
from acdengine.settings.checks.whole import scopes_of
from acdengine.settings.daemon import AccessSettings
from acdengine.settings.errors import Problem, SettingsError
from acdengine.settings.files import read_files
from acdengine.settings.model import Expected, Remark, SettingsModel, refusal
from acdengine.settings.passwords import is_hash
from acdengine.settings.validate import validate
from acdengine.settings.values import Name
from acdengine.settings.whole import Settings

_HASH_WORDS: Final = "a hash as `acdengine account passwd` writes it"
_HEAD: Final = "# Accounts of acdengine, written by `acdengine account`. Passwords are hashes.\n"


def _is_hash(value: SecretStr) -> SecretStr:
    if not is_hash(value.get_secret_value()):
        raise refusal("is no hash of a password", _HASH_WORDS)
    return value


class AccountSettings(AccessSettings):
    """A person who logs in."""

    password_hash: Annotated[SecretStr, AfterValidator(_is_hash), Expected(_HASH_WORDS)]
    """The hash of the password."""


class AccountsFile(SettingsModel):
    """All accounts."""

    accounts: dict[Name, AccountSettings] = {}
    """By the names with which they log in; the logs show them."""


def read_accounts(settings: Settings) -> Mapping[str, AccountSettings]:
    """The accounts of a centre; none where its settings name no file, or it is not there yet.

    Raises:
        SettingsError: with everything that is wrong with the file.
    """
    file = settings.daemon.control.accounts_file
    if not file or not Path(file).exists():
        return {}

    def check(found: AccountsFile) -> Iterator[Remark]:
        scopes = {scope.tenant: scope for scope in scopes_of(settings)}
        for name, account in found.accounts.items():
            path = ("accounts", name)
            if name in settings.daemon.control.tokens:
                # Facts and the audit log name who did what.
                yield Remark(path, "is the name of a token already", "another name")
            yield from access_remarks(account, scopes, path, "account")

    return validate(AccountsFile, read_files([file]), check).accounts


@contextmanager
def changing(settings: Settings) -> Iterator[dict[str, AccountSettings]]:
    """Give the accounts to be changed, and write them when the block ends without an error.

    One process at a time: a second one waits. The new file is checked before it replaces the old.

    Raises:
        SettingsError: the accounts are wrong, before or after the change; the file stays.
        OSError: the file cannot be read or written; it stays.
    """
    file = Path(settings.daemon.control.accounts_file)
    file.parent.mkdir(parents=True, exist_ok=True)
    folder = os.open(file.parent, os.O_RDONLY)
    unfinished = file.with_name(f".{file.name}.unfinished")
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        accounts = dict(read_accounts(settings))
        yield accounts
        unfinished.unlink(missing_ok=True)
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            _keep_owner(stream.fileno(), file)
            stream.write(_HEAD + _written(accounts))
            stream.flush()
            os.fsync(stream.fileno())
        _check(settings, unfinished, file)
        unfinished.replace(file)
        os.fsync(folder)
    finally:
        unfinished.unlink(missing_ok=True)
        os.close(folder)


def _keep_owner(handle: int, file: Path) -> None:
    """Root writes the file for the user whose file, or folder, it is: the daemon must read it."""
    if file.exists():
        os.fchmod(handle, file.stat().st_mode & 0o777)
    if os.geteuid() == 0:
        owner = file.stat() if file.exists() else file.parent.stat()
        os.fchown(handle, owner.st_uid, owner.st_gid)


def _check(settings: Settings, unfinished: Path, file: Path) -> None:
    control = settings.daemon.control.model_copy(update={"accounts_file": str(unfinished)})
    daemon = settings.daemon.model_copy(update={"control": control})
    try:
        read_accounts(settings.model_copy(update={"daemon": daemon}))
    except SettingsError as error:
        raise SettingsError(
            Problem(str(file), 0, 0, one.path, one.message, one.expected) for one in error.problems
        ) from None


def _written(accounts: Mapping[str, AccountSettings]) -> str:
    fields = {}
    for name, account in sorted(accounts.items()):
        given = account.model_dump(exclude_defaults=True, exclude={"password_hash"})
        given["password_hash"] = account.password_hash.get_secret_value()
        fields[name] = given
    return yaml.safe_dump({"accounts": fields}, sort_keys=False, allow_unicode=True, width=200)
