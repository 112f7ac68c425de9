"""Callers whose dialplan sends them to us by the `socket` application, taken over by their node.

The connection that FreeSWITCH opens for such a call says that the call is there and where to look
for it. Its leg is then parked by order of the node's own connection, and is a caller like every
other from there on: it outlives this connection, and us. Where the node is not connected in time
the call is left to its dialplan, which goes on behind `socket`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final, Protocol

import structlog

from adapters.freeswitch.protocol.errors import EslError, LinkDown
from adapters.freeswitch.protocol.event_fields import EventFields
from adapters.freeswitch.protocol.event_reader import Event, EventReader
from adapters.freeswitch.protocol.identifiers import is_callers_uuid
from adapters.freeswitch.wire.esl_link import Trouble
from adapters.freeswitch.wire.outbound_server import OutboundCall, OutboundServer, OutboundSettings

_log = structlog.get_logger("acdengine.freeswitch")

#: A node that is only just connecting is waited for so often, so long each time.
_TRIES: Final = 20
_AGAIN_S: Final = 0.25
#: Characters of a leg's identity that the log shows.
_SHOWN: Final = 80


class Node(Protocol):
    """A switch that is driven by a connection of its own."""

    @property
    def core(self) -> str:
        """Which process it is; empty until it has been compared with the engine."""

    @property
    def is_usable(self) -> bool:
        """Whether it is connected, and has been compared with the engine."""

    def park_caller(self, leg_id: str) -> None:
        """Take a leg out of the application that it is in, and park it."""


class SocketCalls:
    """Listens for calls and hands them to their nodes.

    Args:
        nodes: gives those of the moment.
        allow: networks that may connect; others are turned away unheard.
        max_calls: that wait to be taken over, at most.
    """

    def __init__(
        self,
        nodes: Callable[[], Iterable[Node]],
        allow: Iterable[IPv4Network | IPv6Network],
        max_calls: int = 1_000,
    ) -> None:
        self._nodes = nodes
        self._allow = tuple(allow)
        #: Calls handed to a node, and left to their dialplan.
        self.taken = 0
        self.left = 0
        settings = OutboundSettings(max_calls=max_calls, linger_s=0, allows=self.allows)
        self.server: OutboundServer[EventFields] = OutboundServer(
            settings, EventReader(EventFields), self
        )

    def allows(self, peer: str) -> bool:
        """Whether this address may send calls."""
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        return any(address in network for network in self._allow)

    async def open(self, host: str, port: int) -> None:
        """Listen.

        Raises:
            OSError: the address cannot be had.
        """
        await self.server.open(host, port)

    async def close(self) -> None:
        """Stop listening. Calls that were not taken yet are left to their dialplan."""
        await self.server.close()

    # -- what the server tells -----------------------------------------------------------------

    def on_call(self, call: OutboundCall[EventFields]) -> None:
        """A call is there. One whose leg cannot be named in a command is left to its dialplan."""
        if is_callers_uuid(call.leg):
            self._take(call, _TRIES)
            return
        self.left += 1
        _log.warning("a call that cannot be named", leg=call.leg[:_SHOWN])
        call.link.abort(LinkDown("its leg cannot be named"))

    def _take(self, call: OutboundCall[EventFields], tries: int) -> None:
        if call.link.lost.done():
            return  # the caller has gone
        core = call.data.header("Core-UUID")
        for node in self._nodes():
            if core and node.core == core and node.is_usable:
                self.taken += 1
                node.park_caller(call.leg)
                return
        if tries:
            loop = asyncio.get_running_loop()
            loop.call_later(_AGAIN_S, self._take, call, tries - 1)
            return
        self.left += 1
        _log.warning("a call of no switch that is connected", leg=call.leg, core=core)
        call.link.abort(LinkDown("its switch is not connected"))

    def on_event(self, call: OutboundCall[EventFields], event: Event[EventFields]) -> None:
        """The node's own connection tells."""

    def on_linger(self, call: OutboundCall[EventFields]) -> None:
        """The leg has gone."""

    def on_gone(self, call: OutboundCall[EventFields], reason: EslError) -> None:
        """Taken over, or gone."""

    def on_trouble(self, call: OutboundCall[EventFields], trouble: Trouble) -> None:
        """Something went wrong without ending the link."""
        _log.warning("event socket of a call", leg=call.leg, kind=trouble.kind.value)
