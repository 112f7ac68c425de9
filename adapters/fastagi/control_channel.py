"""A channel of our own on an Asterisk, for what the caller's channel cannot be told.

While ``Dial`` runs on a channel, that channel takes no AGI command. Any other one can hang it up,
or the one that it has dialled: AGI ``HANGUP channel``. So a channel of our own is made, which does
nothing else: ``Local/control@CONTEXT``, whose dialplan connects to ``agi://HOST/control``.
"""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from adapters.fastagi.connection import AgiConnection, ChannelGone
from adapters.fastagi.quoting import Unrepresentable, bare, command

_log = structlog.get_logger("acdengine.fastagi")

#: The other half of the channel waits so long; after that the next call makes another.
_LIVES_S: Final = 86_400
#: Channels whose end was ordered before the control channel was there.
_MOST_WAITING: Final = 1_000


class ControlChannel:
    """Ends channels by their names.

    Args:
        node_id: the Asterisk, for the log.
        context: of the dialplan.
    """

    def __init__(self, node_id: str, context: str) -> None:
        self._node_id = node_id
        #: May be changed at any time.
        self.context = context
        self._channels: asyncio.Queue[str] = asyncio.Queue(_MOST_WAITING)
        self._connection: AgiConnection | None = None
        self._is_ordered = False

    @property
    def is_up(self) -> bool:
        """Whether it is there."""
        return self._connection is not None

    async def order(self, caller: AgiConnection) -> None:
        """Have the channel made, by a caller's.

        Raises:
            ChannelGone: the caller's connection ends meanwhile.
        """
        if self._connection is not None or self._is_ordered:
            return
        self._is_ordered = True
        try:
            device = f"Local/control@{bare('context', self.context)}"
            reply = await caller.execute("Originate", f"{device},app,Wait,{_LIVES_S},10,,a")
        finally:
            self._is_ordered = False
        if reply.result:
            _log.warning("no control channel", node=self._node_id, expected="app_originate")

    def hang_up(self, channel: str) -> None:
        """Hang a channel up."""
        if channel and not self._channels.full():
            self._channels.put_nowait(channel)

    async def serve(self, connection: AgiConnection) -> None:
        """Send what is ordered by this connection, until it ends."""
        before, self._connection = self._connection, connection
        if before is not None:
            await before.close()
        try:
            while True:
                channel = await self._next(connection)
                try:
                    await connection.ask(command("HANGUP", channel))
                except Unrepresentable:
                    continue
        except ChannelGone:
            pass
        finally:
            if self._connection is connection:
                self._connection = None

    async def _next(self, connection: AgiConnection) -> str:
        """The next channel.

        Raises:
            ChannelGone: the connection ends before there is one.
        """
        taking = asyncio.ensure_future(self._channels.get())
        ending = asyncio.ensure_future(connection.wait_interrupt())
        try:
            await asyncio.wait((taking, ending), return_when=asyncio.FIRST_COMPLETED)
            if not taking.done():
                raise ChannelGone
            return taking.result()
        finally:
            taking.cancel()
            ending.cancel()
            await asyncio.gather(ending, return_exceptions=True)
