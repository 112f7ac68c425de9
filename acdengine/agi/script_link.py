"""The way to a script: what it sends, what it is sent."""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

from acdengine.agi.command_line import LineBuffer

#: Lines that may wait to be carried out; a script that sends more waits to be read.
_LINES_WAITING: Final = 64
_CHUNK: Final = 4_096


class ScriptLink(Protocol):
    """A script's two streams, and how it is told of a hang-up."""

    async def read(self, most: int) -> bytes:
        """What the script has sent, at most so many bytes; empty when it has closed its end."""

    async def send(self, text: str) -> None:
        """Send it text, lines with their ends. A script that has gone gets nothing."""

    @property
    def takes_signals(self) -> bool:
        """Whether it is a local program, told of a hang-up by SIGHUP and not by a line."""

    def signal_hang_up(self) -> None:
        """Send SIGHUP, where it takes signals."""

    async def close(self) -> bool:
        """End the link, and the program with it; False where that has failed by itself."""


class ScriptLines:
    """The lines of a script, read ahead, so that a prompt ends when the next command comes."""

    def __init__(self, link: ScriptLink) -> None:
        self._link = link
        self._buffer = LineBuffer()
        self._arrived = asyncio.Event()
        self._taken = asyncio.Event()
        self._is_over = False
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            while data := await self._link.read(_CHUNK):
                self._buffer.feed(data)
                self._arrived.set()
                while len(self._buffer) >= _LINES_WAITING:
                    self._taken.clear()
                    await self._taken.wait()
        finally:
            self._buffer.end()
            self._is_over = True
            self._arrived.set()

    async def arrival(self) -> None:
        """Wait until a byte has come that was not taken, or the script has closed its end."""
        while not (self._buffer.holds_bytes or self._is_over):
            self._arrived.clear()
            await self._arrived.wait()

    async def next(self) -> str | None:
        """The next line; None when there will be none."""
        while (line := self._buffer.take()) is None:
            if self._is_over:
                return None
            self._arrived.clear()
            await self._arrived.wait()
        self._taken.set()
        return line

    @property
    def is_over(self) -> bool:
        """Whether the script has closed its end."""
        return self._is_over

    async def stop(self) -> None:
        """Read no more."""
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)
