"""One AGI connection: commands out, replies in, one at a time.

A command that plays or waits for keys is stopped by the next byte that arrives on the socket, and
may then have no reply at all. So what stops it is a command with a reply of its own that cannot be
mistaken, a mark, and whatever comes before that reply belongs to the command that was stopped.

Asterisk reads lines through a buffer (``fgets`` in ``run_agi`` of ``res_agi.c``) but waits for the
socket. Two lines that arrive together are read at once, and the second one is not looked at before
another byte comes. So a mark follows what it is to stop after a moment, and is repeated until one
is answered; the others are answered later, and dropped.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from typing import Final

import structlog

from adapters.fastagi.quoting import command
from adapters.fastagi.replies import AgiReply, read_reply

_log = structlog.get_logger("acdengine.fastagi")

#: Seconds in which a command must be answered that neither plays nor dials.
_ANSWER_S: Final = 10.0
#: Lines of the text that tells how a command is used.
_MOST_LINES: Final = 200
#: From a command until it may be stopped, and from one mark to the next.
_READ_S: Final = 0.01
_AGAIN_S: Final = 0.1
_MOST_MARKS: Final = 100
_MARK: Final = "acdengine-mark-"
_MARKED: Final = re.compile(f"{_MARK}[0-9]{{1,9}}")
#: Replies that nothing has asked for.
_MOST_UNASKED: Final = 100


class ChannelGone(Exception):
    """The connection is closed, or Asterisk does not answer any more."""


def _is_mark(reply: AgiReply) -> bool:
    return _MARKED.fullmatch(reply.text) is not None


class AgiConnection:
    """The commands of one channel.

    Attributes:
        is_hung_up: the caller has hung up; most commands are refused then.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.is_hung_up = False
        self._is_gone = False
        self._is_interrupted = False
        self._replies: deque[AgiReply] = deque()
        self._changed = asyncio.Event()
        #: Marks sent, and number of the first whose reply is waited for.
        self._marks = 0
        self._first_mark = 1
        self._pump = asyncio.get_running_loop().create_task(self._read())

    # -- in ------------------------------------------------------------------------------------

    async def _read(self) -> None:
        try:
            while len(self._replies) < _MOST_UNASKED:
                line = await self._line()
                if line == "HANGUP":
                    self.is_hung_up = True
                    self._changed.set()
                    continue
                if line.startswith("520-"):
                    line = await self._usage(line)
                reply = read_reply(line)
                # 100: `GOSUB` has begun; 0: a line that is no reply.
                if reply.code not in (0, 100) and not self._is_stale(reply):
                    self._replies.append(reply)
                    self._changed.set()
        except (OSError, ValueError, EOFError):
            pass  # broken, closed, or a line that is too long
        finally:
            self._is_gone = True
            self._changed.set()
            self._writer.close()

    async def _line(self) -> str:
        data = await self._reader.readline()
        if not data.endswith(b"\n"):
            raise EOFError
        return data.decode(errors="surrogateescape").rstrip("\r\n")

    async def _usage(self, line: str) -> str:
        """Read the text that tells how a command is used, to its last line."""
        for _ in range(_MOST_LINES):
            if line.startswith("520 "):
                return line
            line = await self._line()
        raise ValueError("a reply without an end")

    def _is_stale(self, reply: AgiReply) -> bool:
        """Whether it answers a mark that is not waited for any more."""
        return _is_mark(reply) and int(reply.text.removeprefix(_MARK)) < self._first_mark

    # -- out -----------------------------------------------------------------------------------

    async def ask(self, line: str) -> AgiReply:
        """Have a command carried out that is answered at once.

        Raises:
            ChannelGone: it is not.
        """
        self._send(line)
        try:
            async with asyncio.timeout(_ANSWER_S):
                return await self._next()
        except TimeoutError:
            await self._give_up(line.partition(' "')[0])
            raise ChannelGone from None

    async def _give_up(self, unanswered: str) -> None:
        _log.warning("asterisk does not answer", command=unanswered)
        await self.close()

    async def execute(self, application: str, argument: str = "") -> AgiReply:
        """Run an application of the dialplan, which may take as long as a call.

        Raises:
            ChannelGone: the connection ends meanwhile.
        """
        arguments = (argument,) if argument else ()
        reply = await self.run(command("EXEC", application, *arguments))
        if reply.result == 1:
            # `handle_exec` hands the application's 1 on as RESULT_SHOWUSAGE.
            await self._mark()
        return reply

    async def run(self, line: str) -> AgiReply:
        """Have a command carried out that nothing stops, however long it takes.

        Raises:
            ChannelGone: the connection ends meanwhile.
        """
        self._send(line)
        return await self._next()

    async def play(self, line: str) -> AgiReply | None:
        """Have a command carried out that `interrupt` stops.

        Returns:
            Its reply; None where it was stopped.

        Raises:
            ChannelGone: the connection ends meanwhile.
        """
        if self._is_interrupted:
            return None
        self._send(line)
        sent_s = asyncio.get_running_loop().time()
        while not self._replies and not self._is_interrupted:
            await self._wait()
        if self._replies:
            return self._replies.popleft()
        await asyncio.sleep(max(sent_s + _READ_S - asyncio.get_running_loop().time(), 0))
        reply = await self._mark()
        # `WAIT FOR DIGIT` replies to being stopped, by a number that is no key.
        says_something = reply is not None and (reply.key or reply.endpos)
        return reply if says_something else None

    async def _mark(self) -> AgiReply | None:
        """Stop the command under way; returns its reply, where it has ended before.

        Raises:
            ChannelGone: no mark is answered.
        """
        before: AgiReply | None = None
        for _ in range(_MOST_MARKS):
            self._marks += 1
            # Echoed, also of a channel that has hung up.
            self._send(command("GET FULL VARIABLE", f"{_MARK}{self._marks}"))
            try:
                async with asyncio.timeout(_AGAIN_S):
                    while not _is_mark(reply := await self._next()):
                        before = reply
            except TimeoutError:
                continue
            self._first_mark = self._marks + 1
            return before
        await self._give_up("GET FULL VARIABLE")
        raise ChannelGone

    async def _next(self) -> AgiReply:
        while not self._replies:
            await self._wait()
        return self._replies.popleft()

    async def _wait(self) -> None:
        if self._is_gone:
            raise ChannelGone
        self._changed.clear()
        await self._changed.wait()

    def _send(self, line: str) -> None:
        if self._is_gone:
            raise ChannelGone
        self._writer.write(f"{line}\n".encode(errors="surrogateescape"))

    # -- interrupting --------------------------------------------------------------------------

    def interrupt(self) -> None:
        """Stop what plays, and what would be played until `resume`."""
        self._is_interrupted = True
        self._changed.set()

    def resume(self) -> None:
        """Let commands play again."""
        self._is_interrupted = False

    @property
    def is_interrupted(self) -> bool:
        """Whether `interrupt` was called since the last `resume`."""
        return self._is_interrupted

    async def is_interrupted_within(self, wait_s: float) -> bool:
        """Whether `interrupt` or the hang-up comes so soon.

        Raises:
            ChannelGone: the connection ends meanwhile.
        """
        try:
            async with asyncio.timeout(wait_s):
                await self.wait_interrupt()
        except TimeoutError:
            return False
        return True

    async def wait_interrupt(self) -> None:
        """Wait for `interrupt` or the hang-up.

        Raises:
            ChannelGone: the connection ends meanwhile.
        """
        while not (self._is_interrupted or self.is_hung_up):
            await self._wait()

    async def close(self) -> None:
        """Close it: the dialplan goes on behind ``AGI()``."""
        self._is_gone = True
        self._changed.set()
        self._pump.cancel()
        self._writer.close()
