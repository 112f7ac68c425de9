"""One socket to one FreeSWITCH: bytes in and out, replies paired, events handed on in order.

Everything that arrives is dispatched at once and in order, from within `data_received`; there is
no task and no queue between the socket and the owner. An owner that needs a queue puts one there
(`inbox`), and stops the socket when it is long.

A link lives once. `connection` and `outbound_server` make them.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from enum import Enum
from typing import Final, Generic, Protocol, TypeVar, cast

import msgspec

from adapters.freeswitch.protocol.command_lines import (
    Command,
    bgapi,
    bgapi_unwaited,
    execute,
    leave,
)
from adapters.freeswitch.protocol.errors import (
    EslError,
    HalfOpen,
    LinkDown,
    MalformedEvent,
    Overloaded,
    ProtocolError,
    RudeRejection,
    SwitchClosed,
)
from adapters.freeswitch.protocol.event_fields import EventFields
from adapters.freeswitch.protocol.event_reader import Event, EventReader
from adapters.freeswitch.protocol.frame_codec import (
    API_RESPONSE,
    AUTH_REQUEST,
    COMMAND_REPLY,
    DISCONNECT_NOTICE,
    EVENT_JSON,
    EVENT_PLAIN,
    LOG_DATA,
    RUDE_REJECTION,
    Codec,
    Frame,
)
from adapters.freeswitch.protocol.reply_matching import OnReply, Reply, ReplyOrder, Waiting
from adapters.freeswitch.wire.background_jobs import UnderWay
from adapters.freeswitch.wire.batch_receiver import BatchReceiver
from adapters.freeswitch.wire.link_settings import LinkSettings
from adapters.freeswitch.wire.link_watchdog import Verdict, Watchdog
from adapters.freeswitch.wire.read_coalescing import ReadCoalescing

F = TypeVar("F", bound=EventFields)
T = TypeVar("T")

#: So often one of the patient commands is not, so that it is known how quick the switch is.
_TIMED_EVERY_S: Final = 1.0


class TroubleKind(Enum):
    """A fault that a link has survived, to be logged."""

    MALFORMED_EVENT = "malformed event"
    UNKNOWN_FRAME = "unknown frame"
    HANDLER_FAILED = "handler failed"
    SUBSCRIPTION_REFUSED = "subscription refused"


class Trouble(msgspec.Struct, frozen=True):
    """Something that went wrong without ending the link."""

    kind: TroubleKind
    detail: str


class LinkStatistics(msgspec.Struct):
    """What a link has done so far."""

    bytes_received: int = 0
    frames: int = 0
    events: int = 0
    troubles: int = 0
    probes: int = 0


class LinkOwner(Protocol[F]):
    """Who is told what a link hears. All of it from within the link's own call; none may wait."""

    def on_open(self, link: Link[F]) -> None:
        """The socket is open; nothing has been said yet."""

    def on_event(self, event: Event[F]) -> None:
        """An event came."""

    def on_linger(self) -> None:
        """The leg of an outbound link is gone, but the link stays for its last events."""

    def on_log(self, frame: Frame) -> None:
        """A line of the switch's log came."""

    def on_trouble(self, trouble: Trouble) -> None:
        """Something went wrong without ending the link."""


class Link(asyncio.Protocol, Generic[F]):
    """One connection over the event socket, client or server.

    `lost` is done when the connection is over; its result is the reason. Until then commands may be
    sent in any number: FreeSWITCH works on them one after the other.
    """

    def __init__(
        self,
        owner: LinkOwner[F],
        reader: EventReader[F],
        settings: LinkSettings,
        *,
        probe: Command,
        new_id: Callable[[], str],
        monotonic_s: Callable[[], float] | None = None,
        timed: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        self.statistics = LinkStatistics()
        self.settings = settings
        loop = self._loop = asyncio.get_running_loop()
        self._monotonic_s = monotonic_s or loop.time
        self._owner = owner
        self._reader = reader
        self._probe = probe
        self._new_id = new_id
        self._codec = Codec(settings.limits)
        self._replies = ReplyOrder(settings.max_pending)
        self._jobs: UnderWay[str] = UnderWay(settings.max_pending)
        self._applications: UnderWay[Event[F]] = UnderWay(settings.max_pending)
        self._watchdog = Watchdog(settings.quiet_s, settings.answer_s, self._monotonic_s())
        self._watch_timer: asyncio.TimerHandle | None = None
        self._limit_timer: asyncio.TimerHandle | None = None
        self._limit_due_s = 0.0
        self._transport: asyncio.Transport | None = None
        self._reason: EslError | None = None
        self._is_paused = False
        self._is_reading = False
        #: Commands that are written together, when what was read has been seen to or else when this
        #: turn of the event loop is over.
        self._unwritten: list[bytes] = []
        self._unwritten_bytes = 0
        self._gathering = ReadCoalescing(None, 0.0, loop.call_later, self._replies.__len__)
        self._timed = timed
        self._timed_at_s = -_TIMED_EVERY_S
        #: Told before bytes are read, and when all that they say has been handed on.
        self.held: BatchReceiver | None = None
        #: Whether silence ends the link. Not so where each application keeps the switch silent.
        self.is_watched = True
        self.lost: asyncio.Future[EslError] = loop.create_future()
        #: The switch asks to log in; or why it will not.
        self.greeted: asyncio.Future[EslError | None] = loop.create_future()

    # What the owner asks for

    @property
    def is_open(self) -> bool:
        """Whether commands can be sent."""
        return self._transport is not None and not self.lost.done() and self._reason is None

    @property
    def unanswered(self) -> int:
        """Commands that wait for their reply, given-up ones included."""
        return len(self._replies)

    @property
    def late_replies(self) -> int:
        """Replies that came after their wait had ended."""
        return self._replies.late

    def send(self, command: Command, on_reply: OnReply | None = None) -> Waiting:
        """Send a command. `on_reply` is called once, with the reply or the reason for none.

        Raises `LinkDown` when the link is not open, and `Overloaded` at the limits of `settings`.
        """
        transport = self._transport
        if transport is None or not self.is_open:
            raise LinkDown("the link is not open")
        unsent = transport.get_write_buffer_size() + self._unwritten_bytes
        if unsent > self.settings.max_unsent_bytes:
            raise Overloaded(f"{unsent} bytes are unsent")
        now_s = self._monotonic_s()
        waiting = self._replies.expect(command, on_reply, now_s)
        waiting.is_timed = not command.is_patient or now_s - self._timed_at_s >= _TIMED_EVERY_S
        if waiting.is_timed:
            self._timed_at_s = now_s
        self._gathering.sent(is_patient=not waiting.is_timed)
        if not self._unwritten and not self._is_reading:
            self._loop.call_soon(self._write)
        self._unwritten.append(command.wire)
        self._unwritten_bytes += len(command.wire)
        return waiting

    def start_job(
        self,
        name: str,
        argument: str,
        on_end: Callable[[str | EslError], None],
        limit_s: float,
    ) -> str:
        """Run an API command beside the link; its identity.

        `on_end` is called once: with what the command printed, or why that is not known. When the
        command itself fails, what it printed says so (`-ERR ...`). Raises as `send` does.
        """
        job_uuid = self._new_id()
        make = bgapi_unwaited if self.settings.unwaited_jobs else bgapi
        command = make(name, argument, job_uuid)
        self._start(self._jobs, job_uuid, command, on_end, limit_s)
        return job_uuid

    def start_application(
        self,
        leg: str | None,
        application: str,
        argument: str,
        on_end: Callable[[Event[F] | EslError], None],
        limit_s: float,
    ) -> str:
        """Run an application on a leg; its identity, which its events carry.

        `on_end` is called once: with the CHANNEL_EXECUTE_COMPLETE event, or why there is none.
        """
        event_uuid = self._new_id()
        command = execute(leg, application, argument, event_uuid)
        self._start(self._applications, event_uuid, command, on_end, limit_s)
        return event_uuid

    def pause_reading(self) -> None:
        """Take nothing more from the socket: replies and events wait in the switch."""
        self._is_paused = True
        if self._transport is not None and self.is_open:
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Go on taking from the socket."""
        self._is_paused = False
        self._watchdog.excuse(self._monotonic_s())
        if self._transport is not None and self.is_open:
            self._transport.resume_reading()

    def abort(self, reason: EslError) -> None:
        """End the link at once, for this reason."""
        self._reason = self._reason or reason
        if self._transport is not None and not self.lost.done():
            self._transport.abort()

    async def close(self, limit_s: float = 1.0) -> None:
        """Say goodbye and wait for the end, but not longer than `limit_s`."""
        if self._transport is None or self.lost.done():
            return
        if self.is_open:
            try:
                self.send(leave())
                self._write()
            except Overloaded:
                self._transport.close()  # without a word
            self._reason = LinkDown("closed by us")
        self._transport.resume_reading()  # or the end would not be seen
        try:
            async with asyncio.timeout(limit_s):
                await asyncio.shield(self.lost)
        except TimeoutError:
            self._transport.abort()
            await self.lost

    # What the event loop tells

    @property
    def peer(self) -> str:
        """The address of the other side; empty where there is none."""
        name = self._transport.get_extra_info("peername") if self._transport is not None else None
        return str(name[0]) if isinstance(name, tuple) and name else ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is open."""
        # A cast and no check: uvloop's transports are not of asyncio's class.
        transport = self._transport = cast(asyncio.Transport, transport)
        sock = transport.get_extra_info("socket")
        _keep_alive(sock)
        self._gathering = ReadCoalescing(
            sock, self.settings.gather_s, self._loop.call_later, self._replies.__len__
        )
        self._watchdog.excuse(self._monotonic_s())
        self._watch_timer = self._loop.call_later(self._watchdog.tick_s, self._watch)
        if self._reason is not None:  # given up while it was being opened
            transport.abort()
            return
        if self._is_paused:
            transport.pause_reading()
        self._owner.on_open(self)

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        held = self.held
        self._is_reading = True
        if held is not None:
            held.hold()
        try:
            self._read(data)
        finally:
            if held is not None:
                held.release()
            self._is_reading = False
            self._write()

    def _read(self, data: bytes) -> None:
        self._watchdog.heard(self._monotonic_s())
        frames = self._codec.feed(data)
        statistics = self.statistics
        statistics.bytes_received += len(data)
        statistics.frames += len(frames)
        for frame in frames:
            try:
                self._dispatch(frame)
            except ProtocolError as error:
                self.abort(error)
                return
            except MalformedEvent as error:
                self._report(TroubleKind.MALFORMED_EVENT, str(error))
            except Exception as error:  # noqa: BLE001 - reported; the events behind it must not be lost
                self._report(TroubleKind.HANDLER_FAILED, repr(error))
                self._loop.call_exception_handler(
                    {"message": "a handler of the event socket failed", "exception": error}
                )
        if self._codec.error is not None:
            self.abort(self._codec.error)
        self._gathering.heard(self._codec.missing_bytes)

    def eof_received(self) -> None:
        """The switch has closed its side."""
        self._codec.end()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over."""
        if self._watch_timer is not None:
            self._watch_timer.cancel()
        if self._limit_timer is not None:
            self._limit_timer.cancel()
        self._gathering.end()
        self._unwritten.clear()
        reason = self._reason or self._codec.error
        if reason is None:
            reason = (
                LinkDown(str(exc) or repr(exc)) if exc else SwitchClosed("closed by the switch")
            )
        self._reason = reason
        if not self.lost.done():
            self.lost.set_result(reason)
        if not self.greeted.done():
            self.greeted.set_result(reason)
        self._replies.fail_all(reason)
        self._jobs.fail_all(reason)
        self._applications.fail_all(reason)

    # Inside

    def _start(
        self,
        table: UnderWay[T],
        identity: str,
        command: Command,
        on_end: Callable[[T | EslError], None],
        limit_s: float,
    ) -> None:
        def replied(outcome: Reply | EslError) -> None:
            if isinstance(outcome, EslError):
                table.end(identity, outcome)
            elif outcome.is_refusal:
                table.end(identity, outcome.refusal)

        now_s = self._monotonic_s()
        table.expect(identity, on_end, limit_s, now_s)
        self._look_again(limit_s, now_s)
        try:
            self.send(command, replied)
        except EslError:
            table.abandon(identity)
            raise

    def _look_again(self, wait_s: float, now_s: float) -> None:
        """Look for what has not ended in time, after so long; one timer for all."""
        due_s = now_s + wait_s
        if self._limit_timer is not None:
            if self._limit_due_s <= due_s:
                return
            self._limit_timer.cancel()
        self._limit_due_s = due_s
        self._limit_timer = self._loop.call_later(wait_s, self._end_overdue)

    def _end_overdue(self) -> None:
        self._limit_timer = None
        now_s = self._monotonic_s()
        for due_s in (self._jobs.end_overdue(now_s), self._applications.end_overdue(now_s)):
            if due_s is not None and self.is_open:
                self._look_again(max(due_s - now_s, 0.0), now_s)

    def _dispatch(self, frame: Frame) -> None:
        kind = frame.content_type
        if kind in (EVENT_JSON, EVENT_PLAIN):
            self._take_event(self._reader.read(frame))
        elif kind in (COMMAND_REPLY, API_RESPONSE):
            self._answered(frame)
        elif kind == LOG_DATA:
            self._owner.on_log(frame)
        elif kind == AUTH_REQUEST:
            if not self.greeted.done():
                self.greeted.set_result(None)
        elif kind == DISCONNECT_NOTICE:
            if frame.header_text("Content-Disposition") == "linger":
                self._owner.on_linger()
            else:
                text = frame.body.decode("utf-8", "replace").split("\n", 1)[0]
                self._reason = self._reason or SwitchClosed(text)
        elif kind == RUDE_REJECTION:
            self.abort(RudeRejection("the switch's access list does not let us in"))
        else:
            self._report(TroubleKind.UNKNOWN_FRAME, kind[:60].decode("ascii", "replace"))

    def _answered(self, frame: Frame) -> None:
        waiting = self._replies.oldest
        if waiting is not None and waiting.is_timed:
            self._gathering.answered()
            self._timed(self._monotonic_s() - waiting.sent_at_s)
        self._replies.answer(frame)

    def _write(self) -> None:
        unwritten, self._unwritten, self._unwritten_bytes = self._unwritten, [], 0
        if unwritten and self._transport is not None:
            self._transport.write(b"".join(unwritten))

    def _take_event(self, event: Event[F]) -> None:
        self.statistics.events += 1
        fields = event.fields
        if fields.job_uuid and fields.event_name == "BACKGROUND_JOB":
            self._jobs.end(fields.job_uuid, fields.body)
        elif fields.application_uuid and fields.event_name == "CHANNEL_EXECUTE_COMPLETE":
            self._applications.end(fields.application_uuid, event)
        self._owner.on_event(event)

    def _report(self, kind: TroubleKind, detail: str) -> None:
        self.statistics.troubles += 1
        self._owner.on_trouble(Trouble(kind, detail))

    def _watch(self) -> None:
        now_s = self._monotonic_s()
        if not self.is_open:
            return
        if self._is_paused or not self.is_watched or self._is_at_work(now_s):
            self._watchdog.excuse(now_s)
        verdict = self._watchdog.look(now_s)
        if verdict is Verdict.DEAD:
            silence_s = self.settings.quiet_s + self.settings.answer_s
            self.abort(HalfOpen(f"nothing was heard for {silence_s:g} s"))
            return
        if verdict is Verdict.PROBE:
            self.statistics.probes += 1
            try:
                self.send(self._probe)
            except Overloaded:
                pass  # what was sent before it will be answered, or the link is dead
        self._watch_timer = self._loop.call_later(self._watchdog.tick_s, self._watch)

    def _is_at_work(self, now_s: float) -> bool:
        """Whether the switch may be busy with a command of ours that blocks the link."""
        oldest = self._replies.oldest
        if oldest is None or not oldest.command.may_block:
            return False
        return now_s - oldest.sent_at_s < self.settings.blocking_limit_s


def _keep_alive(sock: socket.socket | None) -> None:
    """Have the kernel notice a dead peer as well, and send small commands at once."""
    if sock is None or sock.family not in (socket.AF_INET, socket.AF_INET6):
        return
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", 5), ("TCP_KEEPINTVL", 2), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, option):  # not every system lets these be set for each socket
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
