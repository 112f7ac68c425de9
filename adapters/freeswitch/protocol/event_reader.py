"""Reads events: a few typed fields always, any other header on demand.

JSON events (`event json`) are the rule: they are read straight into a struct of the wanted fields,
and they are lossless. Plain events are read lazily: a header is looked for in the undecoded bytes
of the header block and only its value is percent-decoded, after the lines have been cut apart, so
a caller's name can never become a header.

Text is UTF-8 with every wrong byte replaced by U+FFFD: callers' names come from all the world's
switches, and one Latin-1 letter must not cost an event.

Source: `switch_event_serialize`, `switch_event_serialize_json_obj` and `switch_url_encode` of
FreeSWITCH. Plain is lossy: a `%` followed by two upper-case hexadecimal digits is not encoded
again, so a literal `%41` in a name cannot be told from `A`; and an empty value is sent as
`_undef_`, which is read as empty here.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Final, Generic, TypeVar, cast
from urllib.parse import unquote_to_bytes

import msgspec

from adapters.freeswitch.protocol.errors import MalformedEvent
from adapters.freeswitch.protocol.event_fields import BODY, EventFields
from adapters.freeswitch.protocol.frame_codec import EVENT_JSON, Frame

HeaderValue = str | list[str]
"""One value, or the values of a header that FreeSWITCH holds as an array."""

_UNDEFINED: Final = b"_undef_"
_ARRAY: Final = "ARRAY::"
_ARRAY_GLUE: Final = "|:"
#: How FreeSWITCH begins an event in JSON.
_BEGINNING: Final = b'{"Event-Name":"'

F = TypeVar("F", bound=EventFields)


class PlainHeaders:
    """The header block of a plain event, undecoded, and the body behind it."""

    __slots__ = ("_block", "_end", "body")

    def __init__(self, block: bytes) -> None:
        # So that every line, the first one too, begins behind a line end.
        self._block = block = b"\n" + block
        end = block.find(b"\n\n")
        self._end = end if end >= 0 else len(block)
        self.body = block[self._end + 2 :]

    def raw(self, beginning: bytes) -> bytes | None:
        """The undecoded value of the first line that begins so (`line_beginning`), if any."""
        block, end = self._block, self._end
        at = block.find(beginning, 0, end)
        if at < 0:
            return None
        at += len(beginning)
        line_end = block.find(b"\n", at, end)
        return block[at : line_end if line_end >= 0 else end]

    def all(self) -> dict[str, HeaderValue]:
        """Every header, decoded, by name; the first one of a name counts."""
        headers: dict[str, HeaderValue] = {}
        for line in self._block[: self._end].split(b"\n"):
            name, colon, value = line.partition(b":")
            if colon:
                headers.setdefault(
                    name.decode("utf-8", "replace"), _values(decoded(value.removeprefix(b" ")))
                )
        if self.body:
            headers[BODY] = self.body.decode("utf-8", "replace")
        return headers


def line_beginning(name: str) -> bytes:
    """How the line of a header of that exact name begins, the line end before it included."""
    return f"\n{name}: ".encode()


def decoded(value: bytes) -> str:
    """A plain header's value as text: percent-decoded, `_undef_` as empty, wrong UTF-8 replaced."""
    if b"%" in value:
        value = unquote_to_bytes(value)
    elif value == _UNDEFINED:
        return ""
    return value.decode("utf-8", "replace")


def _values(text: str) -> HeaderValue:
    return text[len(_ARRAY) :].split(_ARRAY_GLUE) if text.startswith(_ARRAY) else text


def _first(value: HeaderValue) -> str:
    if isinstance(value, str):
        return value
    return value[0] if value else ""


def plain_headers(block: bytes) -> dict[str, HeaderValue]:
    """Every header of a plain event, or of the reply to `connect`, decoded."""
    return PlainHeaders(block).all()


def json_headers(block: bytes) -> dict[str, HeaderValue]:
    """Every header of a JSON event; wrong UTF-8 is replaced.

    Raises `MalformedEvent` when it is not a JSON object.
    """
    try:
        headers = json.loads(block.decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError) as error:
        raise MalformedEvent(f"an event of {len(block)} bytes is not JSON: {error}") from None
    if not isinstance(headers, dict):
        raise MalformedEvent(f"an event of {len(block)} bytes is not a JSON object")
    return {_whole(name): _json_value(value) for name, value in headers.items()}


def _json_value(value: object) -> HeaderValue:
    if isinstance(value, list):
        return [_json_text(one) for one in value]
    return _json_text(value)


def _json_text(value: object) -> str:
    if isinstance(value, str):
        return _whole(value)
    return "" if value is None else json.dumps(value)


def _whole(text: str) -> str:
    """Text without halves of surrogate pairs, which JSON can spell but UTF-8 cannot."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class Event(Generic[F]):
    """One event. `fields` are read already; everything else is decoded when asked for."""

    __slots__ = ("_all", "_frame", "_reader", "fields")

    def __init__(self, fields: F, frame: Frame, reader: EventReader[F] | None = None) -> None:
        #: Those behind what a reader passes over are as if they were absent: see `whole`.
        self.fields = fields
        self._frame = frame
        self._reader = reader
        self._all: dict[str, HeaderValue] | None = None

    @property
    def raw(self) -> bytes:
        """The event as it came."""
        return self._frame.body

    @property
    def name(self) -> str:
        """What happened: `CHANNEL_PARK`, or the subclass of a CUSTOM event."""
        return self.fields.subclass or self.fields.event_name

    def whole(self) -> F:
        """The fields as the event has them, those too that its reader has passed over.

        Raises `MalformedEvent` when the event's other parts cannot be read.
        """
        return self.fields if self._reader is None else self._reader.read_whole(self._frame).fields

    def headers(self) -> dict[str, HeaderValue]:
        """Every header by name, `_body` among them when there is a body. Decoded once, then kept.

        Raises `MalformedEvent` when a JSON event's other parts cannot be read.
        """
        if self._all is None:
            is_json = self._frame.content_type == EVENT_JSON
            self._all = (json_headers if is_json else plain_headers)(self._frame.body)
        return self._all

    def header(self, name: str) -> str:
        """One header's value by its exact name; empty when absent, the first value of an array."""
        if self._all is None and self._frame.content_type != EVENT_JSON and name != BODY:
            raw = PlainHeaders(self._frame.body).raw(line_beginning(name))
            return "" if raw is None else _first(_values(decoded(raw)))
        return _first(self.headers().get(name, ""))

    def variable(self, name: str) -> str:
        """A channel variable's value; empty when it is not set."""
        return self.header(f"variable_{name}")

    def __repr__(self) -> str:
        fields = self.fields
        return f"<Event {self.name} {fields.unique_id or fields.job_uuid} {fields.sequence}>"


class EventReader(Generic[F]):
    """Reads events into one type of fields.

    Args:
        fields_type: the fields.
        passed_over: by the name of an event, what of it no part reads, and is not decoded: all
            headers from the first one on whose name begins with the first text up to the last one
            of the second name; to the end where there is none, or the second text is empty.
        part_type: those of the fields that the rest of such an event can have.
        never_in: by the name of an event that is read whole, the fields that it never has.
    """

    def __init__(
        self,
        fields_type: type[F],
        passed_over: Mapping[str, tuple[str, str]] | None = None,
        part_type: type[EventFields] | None = None,
        never_in: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        self._fields_type = fields_type
        # `strict=False`: FreeSWITCH sends numbers as text.
        self._json = msgspec.json.Decoder(fields_type, strict=False)
        described = msgspec.structs.fields(fields_type)
        others = set[str]()
        if part_type is not None:
            others.update(fields_type.__struct_fields__)
            others.difference_update(part_type.__struct_fields__)
        self._part = msgspec.json.Decoder(_without_fields(fields_type, others), strict=False)
        self._narrow = {
            name.encode(): msgspec.json.Decoder(_without_fields(fields_type, absent), strict=False)
            for name, absent in (never_in or {}).items()
        }
        self._numbers = frozenset(f.encode_name for f in described if f.type is int)
        self._attributes = {f.encode_name: f.name for f in described}
        self._lines = tuple(
            (f.encode_name, line_beginning(f.encode_name))
            for f in described
            if f.encode_name != BODY
        )
        self._passed_over = {
            name.encode(): (f',"{first}'.encode(), f',"{then}":'.encode() if then else b"")
            for name, (first, then) in (passed_over or {}).items()
        }

    def read(self, frame: Frame) -> Event[F]:
        """The event in a `text/event-json` or `text/event-plain` frame.

        Raises `MalformedEvent` when the body of a JSON frame is not a JSON object; of an event that
        is not read whole, when that can be seen from what is read.
        """
        body = frame.body
        if self._passed_over and frame.content_type == EVENT_JSON and body.startswith(_BEGINNING):
            begins = len(_BEGINNING)
            ends = body.find(b'"', begins)
            name = body[begins:ends] if ends >= 0 else b""
            marks = self._passed_over.get(name)
            part = _without(body, marks[0], marks[1]) if marks is not None else b""
            try:
                if part:
                    return Event(self._part.decode(part), frame, self)
                if name in self._narrow:
                    return Event(self._narrow[name].decode(body), frame)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                pass  # such as a list that has been cut
        return self.read_whole(frame)

    def read_whole(self, frame: Frame) -> Event[F]:
        """As `read`, with nothing passed over."""
        if frame.content_type == EVENT_JSON:
            try:
                return Event(self._json.decode(frame.body), frame)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                return Event(self._read_oddly(json_headers(frame.body)), frame)
        headers = PlainHeaders(frame.body)
        texts = {
            name: _first(_values(decoded(raw)))
            for name, beginning in self._lines
            if (raw := headers.raw(beginning)) is not None
        }
        if headers.body:
            texts[BODY] = headers.body.decode("utf-8", "replace")
        return Event(self._from_texts(texts), frame)

    def read_headers(self, frame: Frame) -> Event[F]:
        """The event that stands in the place of a header block: the reply to `connect`."""
        return self.read(Frame(b"text/event-plain", b"", frame.header))

    def _read_oddly(self, headers: dict[str, HeaderValue]) -> F:
        """Fields of an event that the fast way refuses: wrong UTF-8, arrays, numbers that are not.

        The first value of an array counts; a number that is none counts as absent.
        """
        return self._from_texts(
            {name: _first(headers[name]) for name in self._attributes if name in headers}
        )

    def _from_texts(self, texts: dict[str, str]) -> F:
        fields = self._fields_type()
        for name, text in texts.items():
            if name not in self._numbers:
                setattr(fields, self._attributes[name], text)
            elif text.isascii() and text.isdigit() and len(text) < 20:
                setattr(fields, self._attributes[name], int(text))
        return fields


def _without_fields(whole: type[F], absent: Collection[str]) -> type[F]:
    """The same fields, some of them as constants: as if the headers were absent.

    A header is compared with the name of each field in turn, so that fewer are read faster.
    """
    if not absent:
        return whole
    described = msgspec.structs.fields(whole)
    kept = [
        (f.name, f.type, msgspec.field(name=f.encode_name, default=f.default))
        for f in described
        if f.name not in absent
    ]
    constants = {f.name: f.default for f in described if f.name in absent}
    made: type = msgspec.defstruct(
        f"{whole.__name__}InPart", kept, gc=False, kw_only=True, namespace=constants
    )
    return cast("type[F]", made)


def _without(body: bytes, first: bytes, then: bytes) -> bytes:
    """A JSON event without what stands between two marks, or from the first to the end; empty
    where the first is not there.

    A mark is a comma, a quotation mark and a name. No text of a caller's can be taken for one:
    inside a text a quotation mark is escaped, so one behind a comma begins a text or ends one, and
    behind the end of one comes no name.
    """
    begins = body.find(first)
    if begins < 0:
        return b""
    resumes = body.rfind(then) if then else -1
    return body[:begins] + (body[resumes:] if resumes > begins else b"}")
