"""Scripts of FastAGI servers: ``agi://HOST[:PORT][/PATH]``."""

from __future__ import annotations

import asyncio
from typing import Final
from urllib.parse import urlsplit

PORT: Final = 4_573
#: For each address that a name has.
CONNECT_S: Final = 2.0


class ScriptNotFound(Exception):
    """There is no such script, or its server does not answer."""


def network_path(address: str) -> str:
    """The path of ``agi://HOST/PATH?QUERY`` without its first slash.

    Raises:
        ScriptNotFound: it is no such address.
    """
    parts = urlsplit(address)
    if parts.scheme != "agi" or not parts.hostname:
        raise ScriptNotFound(
            f"{address[:80]!r} is no address of a script, expected agi://HOST/NAME"
        )
    return (parts.path + (f"?{parts.query}" if parts.query else "")).removeprefix("/")


class NetworkScript:
    """A FastAGI server at the other end of a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, address: str) -> NetworkScript:
        """Connect, trying each address that the host's name has.

        Raises:
            ScriptNotFound: none of them answers within two seconds.
        """
        network_path(address)
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port or PORT
        loop = asyncio.get_running_loop()
        problem = "it has no address"
        try:
            found = await loop.getaddrinfo(host, port, type=1)
        except OSError as error:
            raise ScriptNotFound(f"{host}: {error}") from error
        for *_, place in found:
            try:
                streams = await asyncio.wait_for(
                    asyncio.open_connection(str(place[0]), port, limit=65_536), CONNECT_S
                )
                return cls(*streams)
            except (OSError, TimeoutError) as error:
                problem = str(error) or "no answer"
        raise ScriptNotFound(f"{host}:{port}: {problem}")

    async def read(self, most: int) -> bytes:
        """What it has sent; a broken connection is the end."""
        try:
            return await self._reader.read(most)
        except OSError:
            return b""

    async def send(self, text: str) -> None:
        """Send it text."""
        try:
            self._writer.write(text.encode(errors="surrogateescape"))
            await self._writer.drain()
        except OSError:
            pass

    @property
    def takes_signals(self) -> bool:
        """It does not: a line tells it."""
        return False

    def signal_hang_up(self) -> None:
        """Nothing to signal."""

    async def close(self) -> bool:
        """Close the connection."""
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except OSError:
            pass
        return True
