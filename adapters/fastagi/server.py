"""Listens for the connections that Asterisk opens for ``AGI(agi://…)``."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from typing import Final

import structlog

from adapters.fastagi.agi_environment import LINE_BYTES, AgiRequest, BadRequest, read_request
from adapters.fastagi.asterisk_context import AsteriskContext
from adapters.fastagi.connection import AgiConnection
from adapters.fastagi.fastagi_port import FastAgiPort

_log = structlog.get_logger("acdengine.fastagi")

#: A peer that is not allowed is told of in the log so often at most.
_TOLD_EVERY_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What strangers may not exceed.

    Attributes:
        connections: at once.
        head_s: seconds in which the environment must have come.
    """

    connections: int = 1_000
    head_s: float = 5.0


class FastAgiServer:
    """Takes connections and hands them to the port.

    Args:
        port: serves them.
        limits: of connections.
    """

    def __init__(self, port: FastAgiPort, limits: Limits) -> None:
        self._port = port
        #: May be put in another's place at any time.
        self.limits = limits
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._told_s = 0.0

    async def open(self, host: str, port: int) -> tuple[str, int]:
        """Listen here, and where it was listened before no more; returns the address.

        Raises:
            OSError: the address cannot be had; nothing has changed.
        """
        server = await asyncio.start_server(self.connected, host, port, limit=LINE_BYTES)
        self.stop_listening()
        self._server = server
        name = server.sockets[0].getsockname()
        return name[0], name[1]

    def stop_listening(self) -> None:
        """Take no further connection; those that there are stay."""
        if self._server is not None:
            self._server.close()
            self._server = None

    @property
    def is_listening(self) -> bool:
        """Whether connections are taken."""
        return self._server is not None

    async def close(self) -> None:
        """Stop listening, and let all channels go: their dialplans go on behind ``AGI()``."""
        self.stop_listening()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a new connection, or close it."""
        if len(self._tasks) >= self.limits.connections:
            self._tell(f"more than {self.limits.connections} connections")
            writer.close()
            return
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(lambda _: self._over(task, writer))

    def _over(self, task: asyncio.Task[None], writer: asyncio.StreamWriter) -> None:
        """Also of a task that was cancelled before it began."""
        self._tasks.discard(task)
        writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = writer.get_extra_info("peername")
        address = str(peer[0]) if peer else ""
        desk = self._port.desk_of(address)
        if desk is None:
            self._tell(f"not of the settings' Asterisks: {address}")
        else:
            await self._serve_allowed(desk, reader, writer)

    async def _serve_allowed(
        self, desk: AsteriskContext, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        wire = writer.get_extra_info("socket")
        if wire is not None:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        request = await self._request(reader)
        if request is not None:
            connection = AgiConnection(reader, writer)
            try:
                await self._port.serve(desk, request, connection)
            finally:
                await connection.close()

    async def _request(self, reader: asyncio.StreamReader) -> AgiRequest | None:
        try:
            async with asyncio.timeout(self.limits.head_s):
                return await read_request(reader)
        except BadRequest as error:
            self._tell(str(error))
        except (OSError, ValueError, TimeoutError):
            self._tell(f"no environment within {self.limits.head_s:g} s")
        return None

    def _tell(self, reason: str) -> None:
        now_s = asyncio.get_running_loop().time()
        if not self._told_s or now_s - self._told_s >= _TOLD_EVERY_S:
            self._told_s = now_s
            _log.warning("agi connection refused", reason=reason)
