"""Serves the `socket` application: FreeSWITCH connects to us, one connection for each call.

In the dialplan: `socket 10.0.0.5:8084 async full`. Each call says `connect`, is told to linger so
that its last events still come after the hang-up, and sends the events of its own leg.

Source: `socket_function`, `listener_run` and `parse_command` of FreeSWITCH's mod_event_socket.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from adapters.freeswitch.protocol.command_lines import (
    EventFormat,
    connect,
    linger,
    myevents,
    no_linger,
    subscribe,
)
from adapters.freeswitch.protocol.errors import EslError, HalfOpen, LinkDown, UnexpectedReply
from adapters.freeswitch.protocol.event_fields import EventFields
from adapters.freeswitch.protocol.event_reader import Event, EventReader, HeaderValue
from adapters.freeswitch.protocol.frame_codec import Frame
from adapters.freeswitch.protocol.identifiers import short_ids
from adapters.freeswitch.protocol.reply_matching import Reply
from adapters.freeswitch.wire.esl_link import Link, Trouble
from adapters.freeswitch.wire.link_facade import LinkFacade
from adapters.freeswitch.wire.link_settings import LinkSettings

F = TypeVar("F", bound=EventFields)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundSettings:
    """How many calls may connect, and how they are greeted."""

    max_calls: int = 1_000
    """Calls over this are turned away: their dialplan goes on behind the `socket` application."""
    greeting_limit_s: float = 5.0
    """For `connect`, `linger` and `myevents` together."""
    linger_s: int = 10
    """So long the link stays for the last events after the leg is gone; 0 for not at all."""
    allows: Callable[[str], bool] = lambda _: True
    """Whether an address may connect; what comes from others is turned away unheard."""
    event_format: EventFormat = EventFormat.JSON
    link: LinkSettings = field(
        default_factory=lambda: LinkSettings(quiet_s=20.0, answer_s=5.0, max_pending=1_000)
    )


class OutboundStatistics(msgspec.Struct):
    """What a server has done so far."""

    calls: int = 0
    turned_away: int = 0
    failed_greetings: int = 0


class OutboundObserver(Protocol[F]):
    """Who is told what the calls' links hear. In the order of the wire; none may wait."""

    def on_call(self, call: OutboundCall[F]) -> None:
        """A call is connected: its data is known and its events will come."""

    def on_event(self, call: OutboundCall[F], event: Event[F]) -> None:
        """An event of the call came."""

    def on_linger(self, call: OutboundCall[F]) -> None:
        """The call's leg is gone; the link stays for its last events."""

    def on_gone(self, call: OutboundCall[F], reason: EslError) -> None:
        """The call's link is over. Not said for links that never got so far as `on_call`."""

    def on_trouble(self, call: OutboundCall[F], trouble: Trouble) -> None:
        """Something went wrong without ending the link."""


class OutboundCall(LinkFacade[F]):
    """One call that FreeSWITCH connected to us, and its link.

    With `leg` None, applications run on the call's own leg. Jobs need `full` in the dialplan.
    """

    def __init__(self, server: OutboundServer[F]) -> None:
        self._server = server
        self._link: Link[F] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._data: Event[F] | None = None
        self.is_lingering = False

    @property
    def link(self) -> Link[F]:
        """The call's link."""
        if self._link is None:
            raise LinkDown("the call is not connected")
        return self._link

    @property
    def data(self) -> Event[F]:
        """The leg's data at the time of `connect`, as an event of type CHANNEL_DATA."""
        if self._data is None:
            raise LinkDown("the call is not connected")
        return self._data

    @property
    def leg(self) -> str:
        """The identity of the call's leg."""
        return self.data.fields.unique_id

    @property
    def is_async(self) -> bool:
        """Whether applications run beside the link; otherwise each blocks it until it ends."""
        return self.data.header("Socket-Mode") == "async"

    def headers(self) -> dict[str, HeaderValue]:
        """Everything that was known of the leg at the time of `connect`."""
        return self.data.headers()

    async def close(self) -> None:
        """End the link. Without `async`, the call goes on in its dialplan."""
        await self.link.close()

    # What the link tells

    def on_open(self, link: Link[F]) -> None:
        """FreeSWITCH connected: ask what for."""
        settings = self._server.settings
        self._link = link
        if not settings.allows(link.peer):
            self._server.statistics.turned_away += 1
            link.lost.add_done_callback(lambda _: self._server.forget(self))
            link.abort(LinkDown(f"{link.peer} may not connect"))
            return
        limit_s = settings.greeting_limit_s
        self._timer = asyncio.get_running_loop().call_later(
            limit_s, link.abort, HalfOpen(f"not greeted within {limit_s:g} s")
        )
        link.lost.add_done_callback(self._gone)
        link.send(connect(), self._connected)

    def on_event(self, event: Event[F]) -> None:
        """An event of the call came."""
        self._server.observer.on_event(self, event)

    def on_linger(self) -> None:
        """The leg is gone."""
        self.is_lingering = True
        self._server.observer.on_linger(self)

    def on_log(self, frame: Frame) -> None:
        """The log is not asked for."""

    def on_trouble(self, trouble: Trouble) -> None:
        """Something went wrong without ending the link."""
        self._server.observer.on_trouble(self, trouble)

    # Inside

    def _connected(self, outcome: Reply | EslError) -> None:
        if isinstance(outcome, EslError):
            return
        settings = self._server.settings
        data = self._server.reader.read_headers(outcome.frame)
        if not data.fields.unique_id:
            self.link.abort(UnexpectedReply("the reply to connect names no leg"))
            return
        self._data = data
        link = self.link
        link.is_watched = self.is_async
        link.send(linger(settings.linger_s) if settings.linger_s else no_linger())
        # Jobs end by this event. Without `full` in the dialplan it is refused, as jobs are.
        link.send(subscribe(settings.event_format, ["BACKGROUND_JOB"]))
        link.send(myevents(settings.event_format), self._greeted)

    def _greeted(self, outcome: Reply | EslError) -> None:
        if isinstance(outcome, EslError):
            return
        if outcome.is_refusal:
            self.link.abort(outcome.refusal)
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._server.statistics.calls += 1
        self._server.observer.on_call(self)

    def _gone(self, lost: asyncio.Future[EslError]) -> None:
        self._server.forget(self)
        if self._timer is not None:
            self._timer.cancel()
            self._server.statistics.failed_greetings += 1
        else:
            self._server.observer.on_gone(self, lost.result())


class OutboundServer(Generic[F]):
    """Listens for the calls that FreeSWITCH sends with its `socket` application."""

    def __init__(
        self,
        settings: OutboundSettings,
        reader: EventReader[F],
        observer: OutboundObserver[F],
        *,
        monotonic_s: Callable[[], float] = time.monotonic,
        new_id: Callable[[], str] | None = None,
    ) -> None:
        self.settings = settings
        self.reader = reader
        self.observer = observer
        self.statistics = OutboundStatistics()
        self._monotonic_s = monotonic_s
        self._new_id = new_id or short_ids()
        self._calls: dict[OutboundCall[F], None] = {}
        self._server: asyncio.Server | None = None

    @property
    def calls(self) -> list[OutboundCall[F]]:
        """The calls whose links are open, in the order in which they came."""
        return list(self._calls)

    @property
    def port(self) -> int:
        """The port that is listened on. Raises `LinkDown` when the server is not open."""
        # uvloop's servers have a list where asyncio's have a tuple.
        server: Any = self._server
        if server is None or not server.sockets:
            raise LinkDown("the server is not open")
        port: int = server.sockets[0].getsockname()[1]
        return port

    async def open(self, host: str, port: int) -> None:
        """Listen; port 0 for any that is free."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._accept, host, port)

    async def close(self) -> None:
        """Stop listening, and end every call's link."""
        if self._server is not None:
            self._server.close()
        for call in self.calls:
            await call.close()

    def forget(self, call: OutboundCall[F]) -> None:
        """The call's link is over."""
        self._calls.pop(call, None)

    def _accept(self) -> asyncio.Protocol:
        if len(self._calls) >= self.settings.max_calls:
            self.statistics.turned_away += 1
            return _TurnAway()
        call = OutboundCall(self)
        self._calls[call] = None
        return Link(
            call,
            self.reader,
            self.settings.link,
            # Refused as "already enabled", which is an answer. (`linger` again would end the
            # link of a leg that is gone.)
            probe=myevents(self.settings.event_format),
            new_id=self._new_id,
            monotonic_s=self._monotonic_s,
        )


class _TurnAway(asyncio.Protocol):
    """Closes at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The call is over the limit."""
        transport.close()
