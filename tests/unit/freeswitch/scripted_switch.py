"""A small event socket on loopback that says what a test tells it to, and can misbehave."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Callable
from types import TracebackType
from typing import Self

from tests.unit.freeswitch import esl_frames

#: Long enough never to matter on a busy machine; a test that waits so long has failed.
PATIENCE_S = 20.0


class Changes:
    """Lets a test wait until something has happened, looking again at every change."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []

    def happened(self) -> None:
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                future = asyncio.get_running_loop().create_future()
                self._waiting.append(future)
                await future


class Heard:
    """One command that a client sent."""

    def __init__(self, lines: list[str], body: bytes) -> None:
        self.line = lines[0]
        self.headers = dict(re.split(": *", line, maxsplit=1) for line in lines[1:])
        self.body = body

    def __repr__(self) -> str:
        return f"<Heard {self.line}>"


Answer = Callable[["SwitchSide", Heard], bytes | None]


class SwitchSide:
    """The switch's end of one connection."""

    def __init__(self, switch: ScriptedSwitch, writer: asyncio.StreamWriter) -> None:
        self.switch = switch
        self.heard: list[Heard] = []
        self.is_deaf = False
        self._writer = writer

    @property
    def lines(self) -> list[str]:
        return [heard.line for heard in self.heard]

    def say(self, data: bytes) -> None:
        if self.switch.piece_bytes is None:
            self._writer.write(data)
        else:
            for at in range(0, len(data), self.switch.piece_bytes):
                self._writer.write(data[at : at + self.switch.piece_bytes])

    async def say_slowly(self, data: bytes, step: int = 1) -> None:
        """In pieces that each go out by themselves."""
        for at in range(0, len(data), step):
            self._writer.write(data[at : at + step])
            await self._writer.drain()
            await asyncio.sleep(0)

    def hang_up(self) -> None:
        self._writer.close()

    def cut(self) -> None:
        self._writer.transport.abort()

    async def ended(self) -> None:
        try:
            await self._writer.wait_closed()
        except OSError:
            pass  # it was cut

    async def serve(self, reader: asyncio.StreamReader) -> None:
        if self.switch.greeting:
            self.say(self.switch.greeting)
        while (heard := await _command(reader)) is not None:
            self.heard.append(heard)
            self.switch.happened()
            if self.is_deaf:
                continue
            answer = self.switch.answer(self, heard)
            if answer is not None:
                self.say(answer)
        self.hang_up()


async def _command(reader: asyncio.StreamReader) -> Heard | None:
    try:
        head = await reader.readuntil(b"\n\n")
        lines = head.decode().strip("\n").split("\n")
        length = next((line for line in lines if line.startswith("Content-Length:")), ":0")
        return Heard(lines, await reader.readexactly(int(length.split(":")[1])))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


class ScriptedSwitch(Changes):
    """Listens on loopback; each connection becomes a `SwitchSide`."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__()
        self.sides: list[SwitchSide] = []
        self.port = 0
        self.greeting = b"Content-Type: auth/request\n\n"
        self.piece_bytes: int | None = None
        self.answers: dict[str, bytes | Answer | None] = {}
        self._tls = tls
        self.tasks: list[asyncio.Task[object]] = []
        self._server: asyncio.Server | None = None

    @property
    def side(self) -> SwitchSide:
        return self.sides[-1]

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop_listening()
        for side in self.sides:
            side.cut()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for side in self.sides:
            await side.ended()

    async def listen(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(
            self._accept, "127.0.0.1", port, ssl=self._tls, limit=2**24
        )
        self.port = self._server.sockets[0].getsockname()[1]

    def stop_listening(self) -> None:
        assert self._server is not None
        self._server.close()

    def answer(self, side: SwitchSide, heard: Heard) -> bytes | None:
        """What FreeSWITCH would say, unless the test scripted something for the command."""
        for start, scripted in self.answers.items():
            if heard.line.startswith(start):
                return scripted(side, heard) if callable(scripted) else scripted
        verb = heard.line.split(" ")[0]
        match verb:
            case "auth" | "userauth":
                return esl_frames.reply("+OK accepted")
            case "api":
                return esl_frames.api_response(b"+OK\n")
            case "bgapi":
                job = heard.headers["Job-UUID"]
                text = f"Reply-Text: +OK Job-UUID: {job}\nJob-UUID: {job}"
                return f"Content-Type: command/reply\n{text}\n\n".encode()
            case "exit":
                notice = b"Content-Type: text/disconnect-notice\nContent-Length: 5\n\nbye!\n"
                self_said = esl_frames.reply("+OK bye") + notice
                side.say(self_said)
                side.hang_up()
                return None
            case _:
                return esl_frames.reply("+OK")

    def served_by(self, writer: asyncio.StreamWriter) -> SwitchSide:
        side = SwitchSide(self, writer)
        self.sides.append(side)
        self.happened()
        return side

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.append(task)
        await self.served_by(writer).serve(reader)
