"""Bytes from FreeSWITCH's event socket, in any chunking, cut into frames. No input or output here.

A frame is a block of `Name: value` lines, an empty line, and as many bytes of body as its
`Content-Length` says. Everything stays bytes: a body may hold anything, and text is only made of
the few fields that somebody asks for (`event_reader`).

What is held is bounded by `Limits`. Frames, and the error that ends a broken stream, are the same
however the bytes were cut on the way.

Source: `read_packet`, `listener_run` and `api_exec` of FreeSWITCH's mod_event_socket.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from adapters.freeswitch.protocol.errors import (
    IncompleteFrame,
    LimitExceeded,
    MalformedHeader,
    ProtocolError,
)

AUTH_REQUEST: Final = b"auth/request"
COMMAND_REPLY: Final = b"command/reply"
API_RESPONSE: Final = b"api/response"
EVENT_JSON: Final = b"text/event-json"
EVENT_PLAIN: Final = b"text/event-plain"
DISCONNECT_NOTICE: Final = b"text/disconnect-notice"
RUDE_REJECTION: Final = b"text/rude-rejection"
LOG_DATA: Final = b"log/data"

_TYPE_LINES: Final = {
    b"Content-Type: " + kind: kind for kind in (EVENT_JSON, EVENT_PLAIN, API_RESPONSE, LOG_DATA)
}
_LENGTH_LINE: Final = b"Content-Length: "
#: How the answers to commands begin, of which most have no other lines.
_REPLY_LINES: Final = b"Content-Type: command/reply\nReply-Text: "
_API_LINES: Final = b"Content-Type: api/response\nContent-Length: "
_LENGTH: Final = re.compile(rb"^content-length[ \t]*:[ \t]*([^\n]*?)[ \t\r]*$", re.I | re.M)
_TYPE: Final = re.compile(rb"^content-type[ \t]*:[ \t]*([^\n]*?)[ \t\r]*$", re.I | re.M)
_LENGTH_DIGITS: Final = 18
_LINE_END: Final = 0x0A
_EXCERPT_BYTES: Final = 60


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much of one frame is held at most."""

    header_bytes: int = 16 * 1024 * 1024
    """The header block. A `connect` reply carries every channel variable in it, and some callers'
    programs keep megabytes in one variable."""

    body_bytes: int = 64 * 1024 * 1024
    """The body. `show channels as json` of a full node is the largest that is asked for."""


DEFAULT_LIMITS: Final = Limits()


class Frame(msgspec.Struct, frozen=True, gc=False):
    """One frame as it came: `header` without its closing empty line, `body` as announced."""

    content_type: bytes
    header: bytes
    body: bytes

    def header_text(self, name: str) -> str:
        """The value of an outer header line as sent, bytes that are not UTF-8 replaced.

        Empty when there is no such line; the first one counts, as in FreeSWITCH. Names are matched
        exactly. Outer headers are not percent-encoded, but for the reply to `connect`, which is an
        event in the place of a header block: read that with `event_reader`.
        """
        start = _line_start(self.header, name.encode() + b": ")
        if start < 0:
            return ""
        end = self.header.find(b"\n", start)
        return self.header[start : end if end >= 0 else None].decode("utf-8", "replace")


def _line_start(block: bytes, prefix: bytes) -> int:
    """Where the rest of the first line with that prefix begins, or -1."""
    if block.startswith(prefix):
        return len(prefix)
    found = block.find(b"\n" + prefix)
    return found + 1 + len(prefix) if found >= 0 else -1


class Codec:
    """Cuts a stream into frames.

    Feed it what arrives and take the frames; then look at `error`: when it is set, the stream is
    broken, the frames before the break have been handed out, and nothing more will come.
    """

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self.limits = limits
        self.error: ProtocolError | None = None
        #: What there is of the unfinished frame: of its header block, or behind that of its body.
        self._held = bytearray()
        #: The header block of the unfinished frame, once it is whole.
        self._header: bytes | None = None
        self._kind = b""
        self._body_bytes = 0

    @property
    def held_bytes(self) -> int:
        """Bytes of the frame that is not whole yet."""
        return len(self._header or b"") + len(self._held)

    @property
    def missing_bytes(self) -> int:
        """Bytes that must at least come until the frame that is not whole yet is; 0: there is none.

        As long as its header block is not whole, that is one.
        """
        if self._header is None:
            return 1 if self._held else 0
        return self._body_bytes - len(self._held)

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that these bytes complete, in order."""
        frames: list[Frame] = []
        if self.error is not None or not data:
            return frames
        try:
            # Only the unfinished frame is put together; the others are cut out of `data` itself.
            at = self._finish(data, frames) if self.held_bytes else 0
            self._cut(data, at, frames)
        except ProtocolError as error:
            self.error = error
            self._held.clear()
            self._header = None
        return frames

    def end(self) -> None:
        """The stream has ended. Sets `error` to `IncompleteFrame` when it ended inside a frame."""
        if self.error is None and self.held_bytes:
            self.error = IncompleteFrame(f"the stream ended {self.held_bytes} bytes into a frame")

    def _finish(self, data: bytes, frames: list[Frame]) -> int:
        """Take what belongs to the unfinished frame; how much that was."""
        at = self._finish_header(data) if self._header is None else 0
        header = self._header
        if header is None:
            return len(data)
        missing = self._body_bytes - len(self._held)
        if len(data) - at < missing:
            self._held += memoryview(data)[at:]
            return len(data)
        body = data[at : at + missing]
        if self._held:
            body = bytes(self._held) + body
        frames.append(Frame(self._kind, header, body))
        self._held.clear()
        self._header = None
        return at + missing

    def _finish_header(self, data: bytes) -> int:
        """Take what belongs to the unfinished header block; how much that was."""
        held = self._held
        if held[-1] == _LINE_END and data[0] == _LINE_END:
            end = 1
        else:
            found = data.find(b"\n\n")
            end = found + 2 if found >= 0 else 0
        if end:
            header = bytes(held + data[:end])[:-2]
            self._check_header(len(header))
            held.clear()
            self._kind, self._body_bytes = self._describe(header)
            self._header = header
            return end
        held += data
        self._check_header(len(held) - (held[-1] == _LINE_END))
        return len(data)

    def _cut(self, data: bytes, at: int, frames: list[Frame]) -> None:
        """Append the whole frames of `data` from `at` on, and hold what is left."""
        end = len(data)
        while at < end:
            if data[at] == _LINE_END:  # FreeSWITCH may end a frame with more than one empty line
                at += 1
                continue
            header_end = data.find(b"\n\n", at)
            if header_end < 0:
                # A line end may be the first half of the empty line that closes the block.
                self._check_header(end - at - (data[end - 1] == _LINE_END))
                self._held += memoryview(data)[at:]
                return
            self._check_header(header_end - at)
            header = data[at:header_end]
            kind, body_bytes = self._describe(header)
            at = header_end + 2
            if end - at < body_bytes:
                self._header, self._kind, self._body_bytes = header, kind, body_bytes
                self._held += memoryview(data)[at:]
                return
            frames.append(Frame(kind, header, data[at : at + body_bytes]))
            at += body_bytes

    def _check_header(self, header_bytes: int) -> None:
        if header_bytes > self.limits.header_bytes:
            raise LimitExceeded("header block", self.limits.header_bytes, header_bytes)

    def _describe(self, header: bytes) -> tuple[bytes, int]:
        """The content type and the length of the body that a header block announces."""
        if header.startswith(_LENGTH_LINE):  # as events and API responses begin or end
            line_end = header.find(b"\n")
            kind = _TYPE_LINES.get(header[line_end + 1 :]) if line_end >= 0 else None
            if kind is not None:
                return kind, self._length(header[len(_LENGTH_LINE) : line_end])
        elif header.startswith(_API_LINES):
            digits = header[len(_API_LINES) :]
            if digits.isdigit():
                return API_RESPONSE, self._length(digits)
        elif header.startswith(_REPLY_LINES) and header.find(b"\n", len(_REPLY_LINES)) < 0:
            return COMMAND_REPLY, 0
        lengths = _LENGTH.findall(header)
        if any(other != lengths[0] for other in lengths):
            raise MalformedHeader("the header block has two content lengths")
        length = self._length(lengths[0]) if lengths else 0
        found = _TYPE.search(header)
        if found is None:
            raise MalformedHeader(f"no content type in {header[:_EXCERPT_BYTES]!r}")
        return found[1].lower(), length

    def _length(self, digits: bytes) -> int:
        if not digits.isdigit() or len(digits) > _LENGTH_DIGITS:
            raise MalformedHeader(f"content length {digits[:_EXCERPT_BYTES]!r} is no number")
        length = int(digits)
        if length > self.limits.body_bytes:
            raise LimitExceeded("body", self.limits.body_bytes, length)
        return length
