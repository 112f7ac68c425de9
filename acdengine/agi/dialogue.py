"""One script's dialogue: environment, commands, replies, hang-up (``run_agi``)."""

from __future__ import annotations

import asyncio
from typing import Final, Literal

from acdengine.agi.command_line import words_of
from acdengine.agi.command_table import find
from acdengine.agi.environment import environment
from acdengine.agi.replies import (
    DEAD_CHANNEL,
    HANG_UP,
    UNKNOWN_COMMAND,
    Reply,
    UsageProblem,
    usage_block,
)
from acdengine.agi.script_call import ScriptCall, TooManyVariables
from acdengine.agi.script_link import ScriptLink
from acdengine.leg_sessions.port import LegGone

#: What AGISTATUS can be after a dialogue.
AgiStatus = Literal["SUCCESS", "FAILURE", "HANGUP"]
_FALSE: Final = ("no", "false", "n", "f", "0", "off")
_TRUE: Final = ("yes", "true", "y", "t", "1", "on")


class Dialogue:
    """Serves a script until it ends.

    Args:
        call: what its commands work on.
        link: the way to it.
        limit_commands: how many commands it may send; the dialogue ends as failed at the next.
    """

    def __init__(self, call: ScriptCall, link: ScriptLink, limit_commands: int = 100_000) -> None:
        self._call = call
        self._link = link
        self._left = limit_commands
        self._has_failed = False
        self._has_hung_up = False
        # Asterisk reads both before a script begins: one cannot set them for itself.
        self._signals = (call.variables.read("AGISIGHUP") or "").lower() not in _FALSE
        self._ends_at_hang_up = (call.variables.read("AGIEXITONHANGUP") or "").lower() in _TRUE

    async def run(self) -> AgiStatus:
        """Send the environment, then serve commands until the script closes its end.

        After the caller's hang-up a script is told and may go on with the commands that need no
        leg. The link is closed, and nothing is left running.
        """
        call = self._call
        hang_up = asyncio.ensure_future(call.session.wait_hang_up())
        try:
            await self._link.send(environment(call.request))
            while (line := await self._next(hang_up)) is not None:
                if line.lower().startswith("failure"):
                    self._has_failed = True
                    break
                self._left -= 1
                if self._left < 0:
                    call.host.told("agi script sends too many commands", {})
                    self._has_failed = True
                    break
                await self._serve(line)
        finally:
            hang_up.cancel()
            call.stop()
            await self._end()
        return "FAILURE" if self._has_failed else "HANGUP" if self._has_hung_up else "SUCCESS"

    async def _next(self, hang_up: asyncio.Future[str]) -> str | None:
        """The next command; the caller's hang-up is told when it comes first."""
        coming = asyncio.ensure_future(self._call.lines.next())
        try:
            if not self._call.is_dead:
                await asyncio.wait((coming, hang_up), return_when=asyncio.FIRST_COMPLETED)
                if hang_up.done() and not await self._told_of_hang_up():
                    return None
            return await coming
        finally:
            coming.cancel()

    async def _told_of_hang_up(self) -> bool:
        """Tell the script; False where it asked to be ended then."""
        self._call.is_dead = self._has_hung_up = True
        if self._signals:
            await self._signal()
        return not self._ends_at_hang_up

    async def _signal(self) -> None:
        if self._link.takes_signals:
            self._link.signal_hang_up()
        else:
            await self._link.send(f"{HANG_UP}\n")

    async def _end(self) -> None:
        # A program that has closed its end by itself is waited for, not signalled.
        has_left = self._call.lines.is_over and self._link.takes_signals
        if self._signals and not has_left:
            await self._signal()
        await self._call.lines.stop()
        if not await self._link.close():
            self._has_failed = True

    async def _serve(self, line: str) -> None:
        words = words_of(line)
        found = find(words)
        if found is None:
            await self._link.send(f"{UNKNOWN_COMMAND}\n")
            return
        command, arguments = found
        if self._call.is_dead and not command.is_for_dead:
            await self._link.send(f"{DEAD_CHANNEL}\n")
            return
        usage = f"{command.name} {command.usage}".rstrip()
        if not command.least <= len(arguments) <= command.most:
            await self._link.send(f"{usage_block(usage)}\n")
            return
        try:
            reply = await command.carry_out(self._call, arguments)
        except UsageProblem:
            await self._link.send(f"{usage_block(usage)}\n")
            return
        except LegGone:
            reply = Reply("200 result=-1", is_failure=True)
        except TooManyVariables as problem:
            self._call.host.told("agi script is refused", {"problem": str(problem)})
            reply = Reply("200 result=0")
        await self._send(reply, usage)

    async def _send(self, reply: Reply, usage: str) -> None:
        if reply.text:
            await self._link.send(f"{reply.text}\n")
        if reply.shows_usage:
            await self._link.send(f"{usage_block(usage)}\n")
        if reply.is_failure and (self._call.is_dead or self._call.session.is_up):
            self._has_failed = True
