"""One connection to the event socket: commands in their order, events in between.

As in FreeSWITCH's listener loop, a reply is said at once, and events wait until the socket is
quiet: they are drained each 20 ms, or when something has been read.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Callable
from typing import cast

from adapters.sim.standin.core import event_socket_protocol
from adapters.sim.standin.core.channel import Channel, Message
from adapters.sim.standin.core.event_socket_protocol import Event, Request
from adapters.sim.standin.core.switch_core import SwitchCore
from adapters.sim.standin.event_socket.subscription import Subscription


class Listener(asyncio.Protocol):
    """One connection; with a `leg`, made by the `socket` application for that leg."""

    def __init__(
        self, switch: SwitchCore, leg: Channel | None = None, *, is_full: bool = True
    ) -> None:
        self.switch = switch
        self.leg = leg
        self.is_full = is_full
        self.transport: asyncio.Transport | None = None
        self.is_let_in = leg is not None
        self.is_closing = False
        self.linger_s = -1.0
        self.on_gone: Callable[[], None] | None = None
        """Called when the connection is over."""
        self._reader = event_socket_protocol.RequestReader()
        self._requests: deque[Request] = deque()
        self._is_blocked = False
        self._unread: list[bytes] = []
        self._out: list[bytes] = []
        self._events: deque[Event] = deque()
        self._drain_timer: asyncio.Handle | None = None
        self._last_read_s = 0.0
        self._subscription = Subscription(leg.uuid if leg else "", switch.wishes_changed)
        self._after: asyncio.Handle | None = None

    # -- the socket ----------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for authentication, or refuse by the access list."""
        # A cast and no check: uvloop's transports are not of asyncio's class.
        self.transport = cast(asyncio.Transport, transport)
        found = transport.get_extra_info("socket")
        if found is not None:
            found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.switch.listeners.append(self)
        if self.leg is not None:
            return
        if self.switch.settings.is_rude:
            self.say(event_socket_protocol.RUDE_REJECTION)
            self.close()
        elif not self.switch.faults.is_frozen:
            self.say(event_socket_protocol.AUTH_REQUEST)
        else:
            self._out.append(event_socket_protocol.AUTH_REQUEST)
        self.flush()

    def data_received(self, data: bytes) -> None:
        """Commands, or parts of them."""
        faults = self.switch.faults
        if faults.is_frozen:
            self._unread.append(data)
            return
        if faults.read_pause_s and self.transport is not None:
            self.transport.pause_reading()
            asyncio.get_running_loop().call_later(faults.read_pause_s, self._read_on)
        self._requests.extend(self._reader.feed(data))
        self._work()
        self._last_read_s = asyncio.get_running_loop().time()
        self.drain()

    def _read_on(self) -> None:
        if self.transport is not None and not self.is_closing:
            self.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over."""
        self.is_closing = True
        self.switch.listener_gone(self)
        if self._drain_timer is not None:
            self._drain_timer.cancel()
        if self.on_gone is not None:
            self.on_gone()

    def thawed(self) -> None:
        """Process what was held back while the switch was frozen."""
        unread, self._unread = self._unread, []
        self.flush()
        for data in unread:
            self.data_received(data)
        self.drain()

    def say(self, data: bytes) -> None:
        """Queue bytes for sending."""
        self._out.append(data)

    def flush(self) -> None:
        """Write the queued bytes to the socket."""
        faults = self.switch.faults
        if not self._out or self.transport is None or faults.is_frozen:
            return
        data = b"".join(self._out)
        self._out.clear()
        if faults.piece_bytes or faults.delay_s:
            self._send_slowly(data)
        else:
            self.transport.write(data)

    def abort(self) -> None:
        """Break the connection; nothing is sent."""
        self.is_closing = True
        if self.transport is not None:
            self.transport.abort()

    def end_with(self, text: str) -> None:
        """Send the events that wait and a disconnect notice, then end."""
        self.drain()
        self.say(event_socket_protocol.disconnect_notice(text))
        self.close()

    def _send_slowly(self, data: bytes, *, then_close: bool = False) -> None:
        """Send bytes late, or in pieces, in their order."""
        transport, faults = self.transport, self.switch.faults
        loop = asyncio.get_running_loop()
        if transport is None:
            return
        size = faults.piece_bytes or max(len(data), 1)
        pieces = [data[at : at + size] for at in range(0, len(data), size)]

        def send() -> None:
            if pieces and not transport.is_closing():
                transport.write(pieces.pop(0))
            if pieces:
                loop.call_soon(send)
            elif then_close:
                transport.close()

        if faults.delay_s:
            loop.call_later(faults.delay_s, send)
        else:
            send()

    def close(self) -> None:
        """End the connection after the queued bytes are sent."""
        self.is_closing = True
        self.flush()
        transport = self.transport
        if transport is None:
            return
        if self.switch.faults.delay_s or self.switch.faults.piece_bytes:
            self._send_slowly(b"", then_close=True)
        else:
            transport.close()

    # -- events --------------------------------------------------------------------------------

    def wants(self, name: str, subclass: str, leg: Channel | None) -> bool:
        """Whether an event of that name is to be sent here."""
        leg_uuid = leg.uuid if leg is not None else ""
        return not self.is_closing and self._subscription.wants(name, subclass, leg_uuid)

    def may_want(self, name: str, subclass: str) -> bool:
        """Whether events of that name might be wanted here, of any leg."""
        return self._subscription.may_want(name, subclass)

    def take(self, event: Event) -> None:
        """An event that is wanted."""
        if not self._subscription.passes(event):
            return
        faults = self.switch.faults
        if faults.harms_events:
            for _ in range(faults.copies(event)):
                self._events.append(event)
            if faults.is_swapped() and len(self._events) > 1:
                self._events[-1], self._events[-2] = self._events[-2], self._events[-1]
        else:
            self._events.append(event)
        self._drain_soon()

    def _drain_soon(self) -> None:
        if self._drain_timer is not None or self._is_blocked:
            return
        loop = asyncio.get_running_loop()
        poll_s = self.switch.settings.poll_s
        if poll_s <= 0:
            self._drain_timer = loop.call_soon(self._drained)
            return
        wait_s = poll_s - (loop.time() - self._last_read_s) % poll_s
        self._drain_timer = loop.call_later(wait_s, self._drained)

    def _drained(self) -> None:
        self._drain_timer = None
        self.drain()

    def drain(self) -> None:
        """Send the events that wait."""
        if self._is_blocked or self.switch.faults.is_frozen:
            return
        if self._events:
            frame = Event.json_frame if self._subscription.is_json else Event.plain_frame
            self._out.extend(map(frame, self._events))
            self._events.clear()
        self.flush()

    def log(self, level: int, text: str) -> None:
        """A line of the log, for who asked for it."""
        if level <= self._subscription.log_level:
            self.say(event_socket_protocol.log_line(level, text))
            self._drain_soon()

    # -- commands ------------------------------------------------------------------------------

    def _work(self) -> None:
        while self._requests and not self._is_blocked and not self.is_closing:
            self.obey(self._requests.popleft())

    def obey(self, request: Request) -> None:
        """Carry a command out, and answer it."""
        verb, _, rest = request.line.strip().partition(" ")
        rest = rest.strip()
        if verb in self.switch.faults.unknown:
            self.say(event_socket_protocol.reply("-ERR command not found"))
        elif verb.startswith("exit"):
            self.say(event_socket_protocol.reply("+OK bye"))
            self.say(event_socket_protocol.disconnect_notice(event_socket_protocol.GOODBYE))
            self.close()
        elif not self.is_let_in:
            self._let_in(verb, rest)
        elif not self.is_full and verb in ("api", "bgapi", "event"):
            self.say(event_socket_protocol.reply("-ERR permission denied"))
        elif verb == "api" and rest:
            self._api(rest)
        elif verb == "bgapi" and rest:
            self._bgapi(rest, request)
        elif verb == "sendmsg":
            self._sendmsg(rest, request)
        elif verb == "sendevent":
            self._sendevent(request)
        else:
            answer = self._subscription.obey(verb, rest)
            if verb == "noevents":
                self._events.clear()
            if answer:
                self.say(event_socket_protocol.reply(answer))
            else:
                self._say_of_leg(verb, rest)

    def _let_in(self, verb: str, rest: str) -> None:
        settings = self.switch.settings
        if verb == "auth":
            is_right = rest == settings.password
        elif verb == "userauth":
            user, _, password = rest.partition(":")
            is_right = settings.users.get(user) == password
        else:
            self.say(event_socket_protocol.reply("-ERR command not found"))
            return
        if is_right:
            self.is_let_in = True
            self.say(event_socket_protocol.reply("+OK accepted"))
            return
        self.say(event_socket_protocol.reply("-ERR invalid"))
        self.say(event_socket_protocol.disconnect_notice(event_socket_protocol.GOODBYE))
        self.close()

    def _api(self, rest: str) -> None:
        name, _, argument = rest.partition(" ")
        if name == "bgapi":
            self._job(argument)
            return
        self._is_blocked = True
        is_now = True

        def done(printed: str) -> None:
            self._is_blocked = False
            self.say(event_socket_protocol.api_response(printed or "-ERR no reply\n"))
            if not is_now:
                self._go_on()

        self.switch.api(name, argument.strip(), done)
        is_now = False

    def _job(self, rest: str) -> None:
        """`bgapi` of mod_commands."""
        first, _, command = rest.partition(" ")
        job = first.removeprefix("uuid:") if first.startswith("uuid:") else self.switch.new_uuid()
        name, _, argument = (command if first.startswith("uuid:") else rest).partition(" ")
        self.say(event_socket_protocol.api_response(f"+OK Job-UUID: {job}\n"))
        self.switch.start_job(job, name, argument.strip())

    def _bgapi(self, rest: str, request: Request) -> None:
        job = request.header("Job-UUID") or self.switch.new_uuid()
        self.say(event_socket_protocol.reply(f"+OK Job-UUID: {job}", f"Job-UUID: {job}\n"))
        name, _, argument = rest.partition(" ")
        self.switch.start_job(job, name, argument.strip())

    def _sendmsg(self, uuid: str, request: Request) -> None:
        leg = self.leg if not uuid and self.leg is not None else self.switch.living(uuid)
        if leg is None or not leg.is_up:
            self.say(event_socket_protocol.reply(f"-ERR invalid session id [{uuid}]"))
            return
        argument = request.header("execute-app-arg")
        if not argument and request.header("content-type") == "text/plain":
            argument = request.body
        loops = request.header("loops")
        command = request.header("call-command")
        message = Message(
            command,
            request.header("execute-app-name"),
            argument,
            request.header("Event-UUID"),
            request.header("event-lock").lower() == "true",
            request.header("hangup-cause"),
            int(loops) if loops.lstrip("-").isdigit() else 1,
            self._blocked() if self._waits_for(leg, command) else None,
        )
        if message.on_end is None:
            self.say(event_socket_protocol.reply("+OK"))
        leg.messages.append(message)
        self.switch.at_frame(leg)

    def _waits_for(self, leg: Channel, command: str) -> bool:
        return command == "execute" and leg is self.leg and leg.get("socket_mode") == "static"

    def _blocked(self) -> Callable[[], None]:
        """Without `async` no other command is answered until the application has ended."""
        self._is_blocked = True

        def ended() -> None:
            self._is_blocked = False
            self.say(event_socket_protocol.reply("+OK"))
            asyncio.get_running_loop().call_soon(self._go_on)

        return ended

    def _go_on(self) -> None:
        self._work()
        self.drain()

    def _sendevent(self, request: Request) -> None:
        name = request.line.partition(" ")[2].strip() or "CLONE"
        uuid = self.switch.new_uuid()
        headers = {n: v for n, v in request.headers.items() if n.lower() != "content-length"}
        subclass = headers.pop("Event-Subclass", "")
        headers = {"Command": request.line.strip(), **headers, "Event-UUID": uuid}
        self.say(event_socket_protocol.reply(f"+OK {uuid}"))
        self.switch.tell(
            name, None, first=headers, subclass=subclass, body=request.body, is_sent=True
        )

    # -- the leg of an outbound connection -----------------------------------------------------

    def _say_of_leg(self, verb: str, rest: str) -> None:
        leg = self.leg
        if verb in ("linger", "nolinger", "divert_events"):
            dot = "." if verb == "divert_events" else ""
            if leg is None:
                self.say(event_socket_protocol.reply(f"-ERR not controlling a session{dot}"))
            elif verb == "linger":
                self.linger_s = float(rest) if rest.isdigit() else 0.0
                seconds = f" {rest} seconds" if rest.isdigit() else ""
                self.say(event_socket_protocol.reply(f"+OK will linger{seconds}"))
            elif verb == "nolinger":
                self.linger_s = -1.0
                self.say(event_socket_protocol.reply("+OK will not linger"))
            else:
                self.say(event_socket_protocol.reply("+OK"))
        elif leg is None:
            self.say(event_socket_protocol.reply("-ERR command not found"))
        elif verb == "connect":
            self.say(self.switch.connect_reply(leg, self.is_full))
        elif verb == "getvar":
            self.say(event_socket_protocol.reply(leg.get(rest)))
        elif verb == "resume":
            leg.set("socket_resume", "true")
            self.say(event_socket_protocol.reply("+OK"))
        else:
            self.say(event_socket_protocol.reply("-ERR command not found"))

    def leg_ended(self, leg: Channel) -> None:
        """The leg of this connection is gone: the last events, the notice, and the end."""
        if self.is_closing:
            return
        self.drain()
        if self.linger_s < 0:
            self.say(event_socket_protocol.disconnect_notice(event_socket_protocol.GOODBYE))
            self.close()
            return
        self.say(event_socket_protocol.linger_notice(leg.uuid, leg.name, int(self.linger_s)))
        self.flush()
        if self.linger_s > 0:
            self._after = self.switch.clock.after(self.linger_s, self._lingered)

    def _lingered(self) -> None:
        if not self.is_closing:
            self.drain()
            self.say(event_socket_protocol.disconnect_notice(event_socket_protocol.GOODBYE))
            self.close()
