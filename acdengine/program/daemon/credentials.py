"""Who may use the control interface: as the settings say, else the user who started the daemon."""

from __future__ import annotations

import os
import secrets
from typing import Final

from acdengine.api.own_access import (
    OwnAccessTaken,
    hold_own_access,
    remove_own_access,
    write_own_access,
)
from acdengine.settings.credentials import Access, Credentials, read_credentials
from acdengine.settings.difference import Change
from acdengine.settings.errors import Problem, SettingsError
from acdengine.settings.whole import Settings

_TOKEN_BYTES: Final = 24


class CredentialsReader:
    """Reads tokens and accounts from where the settings say that they are."""

    def __init__(self) -> None:
        self._own_token = ""
        self._url = ""
        self._lock = -1
        self._in_force = Credentials({})

    def read(self, settings: Settings) -> Credentials:
        """All credentials; where the settings name no token, with a token of our own.

        Raises:
            SettingsError: a token is missing, too short or given twice; the file of accounts is
                wrong; or there is no token, and another daemon that was started here has made its
                own.
            OSError: the file with our own token cannot be written.
        """
        credentials = read_credentials(settings, os.environ)
        if len(credentials):
            return credentials
        if not self._own_token:
            self._lock = _held()
            self._own_token = secrets.token_urlsafe(_TOKEN_BYTES)
            if self._url:
                write_own_access(self._url, self._own_token)
        return credentials.with_token(self._own_token, Access("this-user", "admin"))

    def is_pin(self, agent_id: str, typed: str) -> bool:
        """Whether this is the PIN of an agent, by what is in force; see `Credentials.is_pin`."""
        return self._in_force.is_pin(agent_id, typed)

    def changes(self, new: Credentials) -> list[Change]:
        """What these change, beside those in force."""
        return list(self._in_force.changes(new))

    def put_in_force(self, new: Credentials) -> None:
        """These hold from now on."""
        self._in_force = new

    def listening(self, url: str) -> None:
        """The control interface is there now.

        Raises:
            OSError: the file with our own token cannot be written.
        """
        self._url = url
        if self._own_token:
            write_own_access(url, self._own_token)

    async def forget(self) -> None:
        """The control interface is gone.

        Raises:
            OSError: the file with our own token cannot be removed.
        """
        if self._own_token:
            self._own_token = ""
            remove_own_access()
            os.close(self._lock)


def _held() -> int:
    try:
        return hold_own_access()
    except OwnAccessTaken as taken:
        wish = "tokens in the settings, or another folder to start in"
        raise SettingsError(
            [Problem("settings", 0, 0, "daemon.control.tokens", f"is empty, and {taken}", wish)]
        ) from None
