"""A small blocking event-socket client, written apart from the adapter it helps to judge."""

from __future__ import annotations

import json
import socket
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from types import TracebackType
from urllib.parse import unquote

Headers = dict[str, str]


class EslError(Exception):
    """The switch refused a command, or the connection ended while an answer was awaited."""


class EslPeer:
    """One connection. `recorded` keeps every byte the switch sent, `sent` each command of ours."""

    def __init__(self, connected: socket.socket, timeout_s: float = 10.0) -> None:
        """Speaks over a connected socket: one that the switch opened, or see `log_in`."""
        self.recorded = bytearray()
        self.sent: list[str] = []
        self._timeout_s = timeout_s
        self._buffer = bytearray()
        self._events: deque[Headers] = deque()
        self._socket = connected
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @classmethod
    def log_in(cls, port: int, password: str, timeout_s: float = 10.0) -> EslPeer:
        """Connects to 127.0.0.1 and logs in.

        Raises:
            EslError: the password is refused.
            OSError: nobody listens on `port`.
        """
        peer = cls(socket.create_connection(("127.0.0.1", port), timeout_s), timeout_s)
        try:
            peer._log_in(password)
        except (EslError, OSError):
            peer.close()
            raise
        return peer

    def __enter__(self) -> EslPeer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connection; a second time does nothing."""
        self._socket.close()

    def command(self, text: str, headers: Mapping[str, str] | None = None) -> Headers:
        """Sends one command and returns the headers of its `command/reply`."""
        self._send(text, headers)
        return self._reply("command/reply")[0]

    def api(self, text: str) -> str:
        """Runs an API command on this connection and returns its output."""
        self._send(f"api {text}", None)
        return self._reply("api/response")[1].decode("utf-8", "replace")

    def bgapi(self, text: str) -> str:
        """Starts an API command in the background and returns the Job-UUID, chosen here."""
        job = str(uuid.uuid4())
        self.command(f"bgapi {text}", {"Job-UUID": job})
        return job

    def job(self, text: str, timeout_s: float | None = None) -> str:
        """Runs `bgapi` to its end and returns the job's output; needs BACKGROUND_JOB events."""
        job = self.bgapi(text)
        done = self.wait_for("BACKGROUND_JOB", timeout_s, Job_UUID=job)
        return done.get("_body", "")

    def execute(self, leg: str, app: str, argument: str = "", **options: str) -> str:
        """Sends `sendmsg … execute` and returns the Event-UUID, chosen here.

        Raises:
            EslError: no such leg.
        """
        event_uuid = str(uuid.uuid4())
        reply = self.command(
            f"sendmsg {leg}",
            {
                "call-command": "execute",
                "execute-app-name": app,
                **({"execute-app-arg": argument} if argument else {}),
                "Event-UUID": event_uuid,
                **{name.replace("_", "-"): value for name, value in options.items()},
            },
        )
        if not reply.get("Reply-Text", "").startswith("+OK"):
            raise EslError(f"execute {app} on {leg}: {reply}")
        return event_uuid

    def subscribe(self, *names: str, form: str = "json") -> None:
        """Subscribes to events; a name with `::` is a CUSTOM subclass."""
        plain = [name for name in names if "::" not in name]
        custom = [name for name in names if "::" in name]
        listed = " ".join(plain + (["CUSTOM", *custom] if custom else []))
        reply = self.command(f"event {form} {listed}")
        if not reply.get("Reply-Text", "").startswith("+OK"):
            raise EslError(f"not subscribed: {reply}")

    def wait_for(self, name: str, timeout_s: float | None = None, **fields: str) -> Headers:
        """The next event of that name whose fields are equal; `_` in a field name stands for `-`.

        `name` is the Event-Name, or the Event-Subclass for CUSTOM events. Variables are given
        as `variable_x`. Events that were skipped over stay for later calls.

        Raises:
            TimeoutError: it did not come, with the names of what came instead.
        """
        wanted = {
            key if key.startswith(("variable_", "_")) else key.replace("_", "-"): value
            for key, value in fields.items()
        }

        def matches(event: Headers) -> bool:
            named = name in (event.get("Event-Name"), event.get("Event-Subclass"))
            return named and all(event.get(key) == value for key, value in wanted.items())

        return self.wait_until(matches, timeout_s, what=f"{name} {wanted}")

    def wait_until(
        self, matches: Callable[[Headers], bool], timeout_s: float | None = None, what: str = ""
    ) -> Headers:
        """The next event for which `matches` is true.

        Raises:
            TimeoutError: it did not come.
        """
        deadline = self._deadline(timeout_s)
        for event in self._events:
            if matches(event):
                self._events.remove(event)
                return event
        while True:
            try:
                headers, body = self._frame(deadline)
            except TimeoutError:
                seen = " ".join(_title(event) for event in self._events)
                raise TimeoutError(f"no {what}; came instead: {seen}") from None
            came = self._event(headers, body)
            if came is not None:
                if matches(came):
                    return came
                self._events.append(came)

    def drain(self, quiet_s: float = 0.3, most_s: float = 10.0) -> list[Headers]:
        """All events until none came for `quiet_s`, with those that were skipped over.

        A source that never falls silent is listened to for `most_s`.
        """
        end = time.monotonic() + most_s
        while True:
            try:
                headers, body = self._frame(min(time.monotonic() + quiet_s, end))
            except TimeoutError:
                break
            event = self._event(headers, body)
            if event is not None:
                self._events.append(event)
        events = list(self._events)
        self._events.clear()
        return events

    def _log_in(self, password: str) -> None:
        greeting = self._frame(self._deadline())
        if greeting[0].get("Content-Type") != "auth/request":
            raise EslError(f"no greeting: {greeting}")
        reply = self.command(f"auth {password}")
        if not reply.get("Reply-Text", "").startswith("+OK"):
            raise EslError(f"not let in: {reply}")

    def _deadline(self, timeout_s: float | None = None) -> float:
        return time.monotonic() + (self._timeout_s if timeout_s is None else timeout_s)

    def _send(self, text: str, headers: Mapping[str, str] | None) -> None:
        lines = [text, *(f"{name}: {value}" for name, value in (headers or {}).items())]
        self.sent.append("\n".join(lines))
        self._socket.sendall((self.sent[-1] + "\n\n").encode())

    def _reply(self, kind: str) -> tuple[Headers, bytes]:
        deadline = self._deadline()
        while True:
            headers, body = self._frame(deadline)
            if headers.get("Content-Type") == kind:
                return headers, body
            event = self._event(headers, body)
            if event is not None:
                self._events.append(event)

    def _event(self, headers: Headers, body: bytes) -> Headers | None:
        kind = headers.get("Content-Type")
        if kind == "text/event-json":
            return {str(k): str(v) for k, v in json.loads(body.decode("utf-8", "replace")).items()}
        if kind == "text/event-plain":
            block, _, rest = body.partition(b"\n\n")
            event = {name: unquote(value) for name, value in _headers(block).items()}
            if rest:
                event["_body"] = rest.decode("utf-8", "replace")
            return event
        if kind in ("text/disconnect-notice", "text/rude-rejection"):
            raise EslError(f"{kind}: {body!r}")
        return None

    def _frame(self, deadline: float) -> tuple[Headers, bytes]:
        while (end := self._buffer.find(b"\n\n")) < 0:
            self._receive(deadline)
        headers = _headers(bytes(self._buffer[:end]))
        length = int(headers.get("Content-Length", "0"))
        while len(self._buffer) < end + 2 + length:
            self._receive(deadline)
        body = bytes(self._buffer[end + 2 : end + 2 + length])
        del self._buffer[: end + 2 + length]
        return headers, body

    def _receive(self, deadline: float) -> None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)
        data = self._socket.recv(65536)
        if not data:
            raise EslError("the switch closed the connection")
        self.recorded += data
        self._buffer += data


def _headers(block: bytes) -> Headers:
    pairs = (line.partition(": ") for line in block.decode("utf-8", "replace").split("\n") if line)
    return {name: value for name, _, value in pairs}


def _title(event: Headers) -> str:
    leg = event.get("Unique-ID", "")[:8]
    return f"{event.get('Event-Subclass', event.get('Event-Name', '?'))}({leg})"
