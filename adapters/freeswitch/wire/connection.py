"""A lasting connection to one FreeSWITCH: logs in, subscribes, and comes back when it is lost.

While it is down nothing is kept for later: a command raises `LinkDown`, and what was under way
fails with the reason. After each `on_up` the owner has to ask the switch what it missed; `on_gap`
says when that is needed also without an outage.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import msgspec

from adapters.freeswitch.protocol.command_lines import Command, EventFormat, auth, userauth
from adapters.freeswitch.protocol.errors import (
    AuthRefused,
    CommandRefused,
    EslError,
    HalfOpen,
    LinkDown,
    RudeRejection,
)
from adapters.freeswitch.protocol.event_fields import EventFields
from adapters.freeswitch.protocol.event_reader import Event, EventReader
from adapters.freeswitch.protocol.frame_codec import Frame
from adapters.freeswitch.protocol.identifiers import short_ids
from adapters.freeswitch.protocol.reply_matching import Reply
from adapters.freeswitch.wire.backoff import Backoff, Outage
from adapters.freeswitch.wire.batch_receiver import BatchReceiver
from adapters.freeswitch.wire.esl_link import Link, Trouble, TroubleKind
from adapters.freeswitch.wire.event_sequence import Gap, SequenceWatch
from adapters.freeswitch.wire.event_subscriptions import Subscriptions
from adapters.freeswitch.wire.link_facade import LinkFacade
from adapters.freeswitch.wire.link_settings import LinkSettings

F = TypeVar("F", bound=EventFields)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionSettings:
    """Where the switch's event socket is, and how hard to try."""

    host: str
    port: int = 8021
    password: str = field(repr=False)
    user: str = ""
    """With a user of the switch's directory (`userauth`); without one, the socket's password."""
    domain: str = ""
    tls: ssl.SSLContext | None = None
    """For a tunnel that ends in front of the switch: FreeSWITCH itself speaks no TLS here."""
    tls_name: str | None = None
    """The name in the tunnel's certificate, when it is not `host`."""
    event_format: EventFormat = EventFormat.JSON
    open_limit_s: float = 5.0
    """For opening the socket, logging in and subscribing together."""
    first_wait_s: float = 0.25
    longest_wait_s: float = 10.0
    refused_wait_s: float = 30.0
    """Until the next try after a refusal: only a person can change that."""
    link: LinkSettings = field(default_factory=LinkSettings)


class ConnectionStatistics(msgspec.Struct):
    """What a connection has done so far, over all its links."""

    connects: int = 0
    failed_tries: int = 0
    losses: int = 0
    gaps: int = 0


class ConnectionObserver(Protocol[F]):
    """Who is told what a connection hears. Called in the order of the wire; none may wait."""

    def on_up(self) -> None:
        """Logged in and subscribed; no event of this link has been handed on yet."""

    def on_event(self, event: Event[F]) -> None:
        """An event came."""

    def on_gap(self, gap: Gap) -> None:
        """Events were missed before the one that is handed on next."""

    def on_down(self, outage: Outage) -> None:
        """The connection was lost, or a try to open it failed."""

    def on_trouble(self, trouble: Trouble) -> None:
        """Something went wrong without ending the connection."""


class Connection(LinkFacade[F]):
    """Keeps one link to one switch alive. `run` does it; the rest may be called from its loop."""

    def __init__(
        self,
        settings: ConnectionSettings,
        reader: EventReader[F],
        *,
        uniform: Callable[[float, float], float],
        monotonic_s: Callable[[], float] = time.monotonic,
        new_id: Callable[[], str] | None = None,
        timed: Callable[[float], None] = lambda seconds: None,
        held: BatchReceiver | None = None,
    ) -> None:
        self.settings = settings
        self.statistics = ConnectionStatistics()
        self._reader = reader
        self._monotonic_s = monotonic_s
        #: A source of names for what is under way: jobs and executions.
        self.new_id = new_id or short_ids()
        self._timed = timed
        self._backoff = Backoff(settings.first_wait_s, settings.longest_wait_s, uniform)
        self._subscriptions = Subscriptions(settings.event_format)
        self._sequence = SequenceWatch()
        self._link: Link[F] | None = None
        self._is_up = False
        self._up_at_s = 0.0
        self._is_paused = False
        self._held = held
        self._observer: ConnectionObserver[F]
        self._closing = asyncio.Event()
        self._retry = asyncio.Event()

    @property
    def is_up(self) -> bool:
        """Whether commands can be sent."""
        return self._is_up

    @property
    def link(self) -> Link[F]:
        """The link that is up now. Raises `LinkDown` when there is none."""
        if self._link is None or not self._is_up:
            raise LinkDown("not connected")
        return self._link

    async def run(self, observer: ConnectionObserver[F]) -> None:
        """Connect, and again whenever the connection is lost, until `close`.

        The observer is told what happens on it.

        After `close` it ends at once, or within `open_limit_s` when it was just about to connect.
        """
        self._observer = observer
        try:
            while not self._closing.is_set():
                reason = await self._live_once()
                if self._closing.is_set():
                    return
                outage = self._go_down(reason)
                self._observer.on_down(outage)
                self._retry.clear()
                if self._closing.is_set():
                    return
                try:
                    async with asyncio.timeout(outage.retry_in_s):
                        await self._retry.wait()
                except TimeoutError:
                    pass  # time for the next try
        finally:
            self._is_up = False

    async def close(self) -> None:
        """Close the link with `exit` and stop reconnecting."""
        self._closing.set()
        self._retry.set()
        if self._link is not None and self._is_up:
            self._is_up = False
            await self._link.close()
        elif self._link is not None:
            self._link.abort(LinkDown("closed by us"))

    def reconnect(self, settings: ConnectionSettings) -> None:
        """Connect by other settings, at once: what is up now is given up."""
        self.settings = settings
        self._backoff.reset()
        self._retry.set()
        if self._link is not None:
            self._link.abort(LinkDown("connecting by other settings"))

    def subscribe(self, names: Iterable[str] = (), subclasses: Iterable[str] = ()) -> None:
        """Ask for events from now on and after every reconnect; `ALL` for all of them."""
        self._tell(self._subscriptions.add(names, subclasses))

    def unsubscribe(self, names: Iterable[str] = (), subclasses: Iterable[str] = ()) -> None:
        """Unsubscribe from events."""
        self._tell(self._subscriptions.remove(names, subclasses))

    def add_filter(self, header: str, value: str) -> None:
        """Have only events sent with that value in that header; filters are alternatives."""
        self._tell(self._subscriptions.add_filter(header, value))

    def leave_out(self, header: str, values: Iterable[str]) -> None:
        """Have events with one of these values in that header not sent. To be said before `run`."""
        self._subscriptions.leave_out(header, values)

    def narrow(self, name: str, wanted: Iterable[tuple[str, str]]) -> None:
        """Have events of a name sent only with one of these values in these headers. To be said
        before `run`."""
        self._subscriptions.narrow(name, wanted)

    def remove_filter(self, header: str, value: str) -> None:
        """Take a filter back."""
        self._tell(self._subscriptions.remove_filter(header, value))

    def pause(self) -> None:
        """Take nothing more from the switch, replies included, until `resume`."""
        self._is_paused = True
        if self._link is not None and self._is_up:
            self._link.pause_reading()

    def resume(self) -> None:
        """Go on."""
        self._is_paused = False
        if self._link is not None and self._is_up:
            self._link.resume_reading()

    # What the link tells

    def on_open(self, link: Link[F]) -> None:
        """The socket is open: wait to be greeted."""

    def on_event(self, event: Event[F]) -> None:
        """An event came."""
        fields = event.fields
        gap = self._sequence.see(fields.core_uuid, fields.sequence)
        if gap is not None:
            self.statistics.gaps += 1
            self._observer.on_gap(gap)
        self._observer.on_event(event)

    def on_linger(self) -> None:
        """Only outbound links linger."""

    def on_log(self, frame: Frame) -> None:
        """The log is not asked for."""

    def on_trouble(self, trouble: Trouble) -> None:
        """Something went wrong without ending the link."""
        self._observer.on_trouble(trouble)

    # Inside

    async def _live_once(self) -> Exception:
        """Open a link and stay with it to its end; why it ended."""
        try:
            link = await self._open()
        except (EslError, OSError) as error:  # a time limit is an OSError
            return error
        except ValueError as error:  # such as a host name that cannot be
            return error
        try:
            return await asyncio.shield(link.lost)
        finally:
            link.abort(LinkDown("given up"))

    def _go_down(self, reason: Exception) -> Outage:
        was_up, self._is_up = self._is_up, False
        self._sequence.away()
        if was_up:
            self.statistics.losses += 1
            # A switch that takes us in and drops us at once is not pestered either.
            if self._monotonic_s() - self._up_at_s >= self.settings.longest_wait_s:
                self._backoff.reset()
        else:
            self.statistics.failed_tries += 1
        if isinstance(reason, AuthRefused | RudeRejection | CommandRefused):
            return Outage(reason, was_up, self.settings.refused_wait_s)
        return Outage(reason, was_up, self._backoff.next_s())

    async def _open(self) -> Link[F]:
        settings = self.settings
        link = self._link = Link(
            self,
            self._reader,
            settings.link,
            probe=self._subscriptions.probe(),
            new_id=self.new_id,
            monotonic_s=self._monotonic_s,
            timed=self._timed,
        )
        link.held = self._held
        limit_s = settings.open_limit_s
        try:
            async with asyncio.timeout(limit_s):
                await asyncio.get_running_loop().create_connection(
                    lambda: link,
                    settings.host,
                    settings.port,
                    ssl=settings.tls,
                    server_hostname=settings.tls_name if settings.tls else None,
                )
                await self._log_in(link)
                await self._subscribe(link)
        except TimeoutError:
            error = HalfOpen(f"not connected, logged in and subscribed within {limit_s:g} s")
            link.abort(error)
            raise error from None
        except BaseException:
            link.abort(LinkDown("given up"))
            raise
        return link

    async def _log_in(self, link: Link[F]) -> None:
        settings = self.settings
        if (refusal := await link.greeted) is not None:
            raise refusal
        if settings.user:
            command = userauth(settings.user, settings.domain, settings.password)
        else:
            command = auth(settings.password)
        reply = await _reply(link, command)
        if not reply.text.startswith("+OK"):
            raise AuthRefused(reply.text.strip())

    async def _subscribe(self, link: Link[F]) -> None:
        *before, last = self._subscriptions.commands()
        for command in before:
            (await _reply(link, command)).accepted()
        # Events may come in the same bytes as the reply to this one, and the owner is to hear that
        # the connection is up before any of them.
        (await _reply(link, last, self._came_up)).accepted()

    def _came_up(self, reply: Reply) -> None:
        if reply.is_refusal or self._closing.is_set() or self._link is None:
            return
        self._is_up = True
        self._sequence.is_complete = self._subscriptions.is_complete
        self._up_at_s = self._monotonic_s()
        self.statistics.connects += 1
        if self._is_paused:
            self._link.pause_reading()
        self._observer.on_up()

    def _tell(self, commands: list[Command]) -> None:
        self._sequence.is_complete = self._subscriptions.is_complete
        if self._is_up:
            for command in commands:
                self.send(command, self._told)

    def _told(self, outcome: Reply | EslError) -> None:
        if isinstance(outcome, Reply) and outcome.is_refusal:
            self._observer.on_trouble(
                Trouble(TroubleKind.SUBSCRIPTION_REFUSED, outcome.text.strip())
            )


async def _reply(
    link: Link[F], command: Command, on_reply: Callable[[Reply], None] | None = None
) -> Reply:
    """Send a command of the beginning, which the limit for opening covers."""
    arrived: asyncio.Future[Reply | EslError] = asyncio.get_running_loop().create_future()

    def replied(outcome: Reply | EslError) -> None:
        if not arrived.done():
            arrived.set_result(outcome)
            if on_reply is not None and isinstance(outcome, Reply):
                on_reply(outcome)

    link.send(command, replied)
    outcome = await arrived
    if isinstance(outcome, EslError):
        raise outcome
    return outcome
