"""What FreeSWITCH puts on the wire, written the way it writes it: for tests of reading."""

from __future__ import annotations

import json
from collections.abc import Mapping

Values = Mapping[str, str | list[str]]

#: What is percent-encoded, besides all that is not printable ASCII (switch_utils.h).
UNSAFE = b'\r\n #%&+:;<=>?@[\\]^`{|}"'
HEX = b"0123456789ABCDEF"


def frame(content_type: str, body: bytes = b"", **headers: str) -> bytes:
    """One frame, length first, as events are sent."""
    lines = [f"Content-Length: {len(body)}"] if body else []
    lines.append(f"Content-Type: {content_type}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\n".join(lines).encode() + b"\n\n" + body


def reply(text: str) -> bytes:
    return f"Content-Type: command/reply\nReply-Text: {text}\n\n".encode()


def api_response(body: bytes) -> bytes:
    return b"Content-Type: api/response\nContent-Length: %d\n\n%b" % (len(body), body)


def url_encoded(value: bytes) -> bytes:
    """`switch_url_encode`: with its habit of leaving what looks encoded already."""
    out = bytearray()
    for at, byte in enumerate(value):
        looks_encoded = (
            byte == 0x25 and len(value) - at > 2 and value[at + 1] in HEX and value[at + 2] in HEX
        )
        if not looks_encoded and (byte < 0x20 or byte > 0x7E or byte in UNSAFE):
            out += b"%%%02X" % byte
        else:
            out.append(byte)
    return bytes(out)


def plain(headers: Values, body: bytes | None = None) -> bytes:
    """`switch_event_serialize`, percent-encoded."""
    lines = []
    for name, value in headers.items():
        text = value if isinstance(value, str) else "ARRAY::" + "|:".join(value)
        encoded = url_encoded(text.encode("utf-8", "surrogateescape"))
        lines.append(name.encode() + b": " + (encoded or b"_undef_") + b"\n")
    if body:
        lines.append(b"Content-Length: %d\n\n%b" % (len(body), body))
    else:
        lines.append(b"\n")
    return b"".join(lines)


def as_json(headers: Values, body: str | None = None) -> bytes:
    """`switch_event_serialize_json`: bytes that are not UTF-8 go out as they are."""
    document = dict(headers)
    if body is not None:
        document["Content-Length"] = str(len(body.encode()))
        document["_body"] = body
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogateescape")


def plain_event(headers: Values, body: bytes | None = None) -> bytes:
    return frame("text/event-plain", plain(headers, body))


def json_event(headers: Values, body: str | None = None) -> bytes:
    return frame("text/event-json", as_json(headers, body))
