"""The event socket's own language, from the switch's side: commands in, replies and events out.

Source: `read_packet`, `parse_command` of FreeSWITCH's mod_event_socket, and recordings of it
(`tests/replay/esl`).
"""

from __future__ import annotations

import json
import re
from typing import Final, NamedTuple
from urllib.parse import quote_from_bytes

import msgspec

AUTH_REQUEST: Final = b"Content-Type: auth/request\n\n"
RUDE_REJECTION: Final = (
    b"Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n"
)
GOODBYE: Final = "Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n"

_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_encode: Final = msgspec.json.Encoder().encode

Headers = dict[str, str]


class Request(NamedTuple):
    """One command: its first line, its headers as they were sent, and what came behind them."""

    line: str
    headers: Headers
    body: str

    def header(self, name: str) -> str:
        """A header's value, by its name in any case; empty when it was not sent."""
        value = self.headers.get(name)
        if value is not None:
            return value
        lowered = name.lower()
        return next((v for n, v in self.headers.items() if n.lower() == lowered), "")


class RequestReader:
    """Cuts what arrives into commands. Blank lines between them are skipped."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._head: bytes | None = None
        self._body_bytes = 0

    def feed(self, data: bytes) -> list[Request]:
        """The commands that these bytes complete."""
        self._held += data
        found: list[Request] = []
        while (request := self._next()) is not None:
            found.append(request)
        return found

    def _next(self) -> Request | None:
        held = self._held
        if self._head is None:
            skipped = len(held) - len(held.lstrip(b"\r\n"))
            if skipped:
                del held[:skipped]
            end = _HEAD_END.search(held)
            if end is None:
                return None
            self._head = bytes(held[: end.start()])
            del held[: end.end()]
            self._body_bytes = _content_length(self._head)
        if len(held) < self._body_bytes:
            return None
        body = bytes(held[: self._body_bytes])
        del held[: self._body_bytes]
        head, self._head = self._head, None
        return _request(head, body)


def _content_length(head: bytes) -> int:
    found = re.search(rb"^content-length:[ \t]*(\d{1,9})", head, re.I | re.M)
    return int(found[1]) if found else 0


def _request(head: bytes, body: bytes) -> Request:
    line, *rest = head.decode("utf-8", "surrogateescape").replace("\r", "").split("\n")
    headers: Headers = {}
    for one in rest:
        name, colon, value = one.partition(":")
        if colon:
            headers[name] = value.lstrip(" ")
    return Request(line, headers, body.decode("utf-8", "surrogateescape"))


def as_bytes(text: str) -> bytes:
    """Text as bytes, with the bytes that were no UTF-8 restored."""
    return text.encode("utf-8", "surrogateescape")


def reply(text: str, further: str = "") -> bytes:
    """The answer to a command; `further` are more header lines."""
    return as_bytes(f"Content-Type: command/reply\nReply-Text: {text}\n{further}\n")


def api_response(text: str) -> bytes:
    """What an API command printed."""
    body = as_bytes(text)
    return b"Content-Type: api/response\nContent-Length: %d\n\n%b" % (len(body), body)


def disconnect_notice(text: str) -> bytes:
    """The notice before the switch closes a connection."""
    body = as_bytes(text)
    return b"Content-Type: text/disconnect-notice\nContent-Length: %d\n\n%b" % (len(body), body)


def linger_notice(leg: str, channel_name: str, linger_s: int) -> bytes:
    """The leg of an outbound connection is gone; its last events still come."""
    return as_bytes(
        "Content-Type: text/disconnect-notice\n"
        f"Controlled-Session-UUID: {leg}\nContent-Disposition: linger\n"
        f"Channel-Name: {channel_name}\nLinger-Time: {linger_s}\nContent-Length: 0\n\n"
    )


def log_line(level: int, text: str) -> bytes:
    """A line of the switch's log."""
    body = as_bytes(text)
    head = f"Content-Type: log/data\nContent-Length: {len(body)}\nLog-Level: {level}\n"
    where = "Text-Channel: 0\nLog-File: standin\nLog-Func: log\nLog-Line: 1\nUser-Data: \n\n"
    return as_bytes(head + where) + body


def url_encoded(value: str) -> str:
    """A value as it stands in a plain event."""
    return quote_from_bytes(as_bytes(value), safe="!$'()*,-./_").replace("~", "%7E")


def header_block(headers: Headers) -> str:
    """Header lines as plain events have them."""
    return "".join(f"{name}: {url_encoded(value)}\n" for name, value in headers.items())


def to_json(headers: Headers) -> bytes:
    """Headers as one JSON object; bytes that are no UTF-8 stay what they are, as there."""
    try:
        return _encode(headers)
    except UnicodeEncodeError:
        return as_bytes(json.dumps(headers, ensure_ascii=False, separators=(",", ":")))


class Event:
    """Something that the switch tells. Built once for all who listen, encoded once a format.

    Args:
        before, behind: its headers; a name may be in both, and then is sent twice.
    """

    __slots__ = ("_json", "_plain", "before", "behind", "body", "name", "subclass")

    def __init__(
        self, name: str, subclass: str, before: Headers, behind: Headers, body: str = ""
    ) -> None:
        self.name = name
        self.subclass = subclass
        self.before = before
        self.behind = behind
        self.body = body
        self._json = b""
        self._plain = b""

    def get(self, name: str) -> str:
        """A header's value; empty when there is none."""
        return self.before.get(name) or self.behind.get(name, "")

    def json_frame(self) -> bytes:
        """As `event json` sends it."""
        if not self._json:
            behind = self.behind
            if self.body:
                length = str(len(as_bytes(self.body)))
                behind = {**behind, "Content-Length": length, "_body": self.body}
            text = to_json(self.before)
            if behind:
                text = b"%b,%b" % (text[:-1], to_json(behind)[1:])
            self._json = b"Content-Length: %d\nContent-Type: text/event-json\n\n%b" % (
                len(text),
                text,
            )
        return self._json

    def plain_frame(self) -> bytes:
        """As `event plain` sends it."""
        if not self._plain:
            block = as_bytes(header_block(self.before) + header_block(self.behind))
            if self.body:
                body = as_bytes(self.body)
                block += b"Content-Length: %d\n\n%b" % (len(body), body)
            else:
                block += b"\n"
            self._plain = b"Content-Length: %d\nContent-Type: text/event-plain\n\n%b" % (
                len(block),
                block,
            )
        return self._plain
