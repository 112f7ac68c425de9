"""Sends commands over a connection. A command that cannot be sent is answered with the reason."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import structlog

from adapters.freeswitch.protocol.channel_fields import ChannelFields
from adapters.freeswitch.protocol.command_lines import Command
from adapters.freeswitch.protocol.errors import EslError
from adapters.freeswitch.protocol.hangup_causes import NOT_SENT
from adapters.freeswitch.protocol.reply_matching import Reply
from adapters.freeswitch.wire.connection import Connection

_log = structlog.get_logger("acdengine.freeswitch")


class CommandChannel:
    """Sends commands and runs `originate` on one node.

    Args:
        node_id: the engine's name of the switch.
        connection: to its event socket.
        counted: counts a command that is sent, and returns the callback for its reply.
    """

    def __init__(
        self,
        node_id: str,
        connection: Connection[ChannelFields],
        counted: Callable[
            [Callable[[Reply | EslError], None] | None], Callable[[Reply | EslError], None]
        ],
    ) -> None:
        self._node_id = node_id
        self._connection = connection
        self._counted = counted

    def tell(
        self, command: Command, on_reply: Callable[[Reply | EslError], None] | None = None
    ) -> None:
        """Send a command, or call `on_reply` with the reason why it cannot be sent."""
        replied = self._counted(on_reply)
        try:
            self._connection.send(command, replied)
        except EslError as error:
            replied(error)

    def dial(self, argument: str, on_end: Callable[[str | EslError], None], limit_s: float) -> None:
        """Run `originate`. An `originate` that cannot be sent ends as a failure."""
        try:
            self._connection.start_job("originate", argument, on_end, limit_s)
        except EslError as error:
            reason = str(error) or type(error).__name__
            _log.warning("ring refused", node=self._node_id, reason=reason)
            on_end(f"-ERR {NOT_SENT}")

    def new_uuid(self) -> str:
        """A new uuid for a leg."""
        return str(uuid.uuid4())

    def new_id(self) -> str:
        """A new short name for an execution, unique on the switch."""
        return self._connection.new_id()
