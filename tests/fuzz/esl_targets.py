"""What must hold for any bytes from a switch and any text from a caller.

Each check takes bytes that a fuzzer made up, and raises `AssertionError` when a promise is broken.
"""

from __future__ import annotations

from adapters.freeswitch.protocol.command_lines import api, send_event
from adapters.freeswitch.protocol.dial_strings import NO_REDIRECTION, LegToDial, originate_argument
from adapters.freeswitch.protocol.errors import MalformedEvent, ProtocolError, Unrepresentable
from adapters.freeswitch.protocol.event_fields import EventFields
from adapters.freeswitch.protocol.event_reader import EventReader
from adapters.freeswitch.protocol.frame_codec import Codec, Frame, Limits
from adapters.freeswitch.protocol.quoting import display_text, setvar_value
from adapters.freeswitch.protocol.reply_matching import ReplyOrder
from tests.unit.freeswitch import switch_parsers as switch

LIMITS = Limits(header_bytes=2_000, body_bytes=4_000)
READER = EventReader(EventFields)


def check_codec(data: bytes) -> None:
    """Any stream, cut anyhow, gives the same frames, holds little, and breaks in one known way."""
    if not data:
        return
    step, data = data[0] + 1, data[1:]
    whole, cut = Codec(LIMITS), Codec(LIMITS)
    frames = whole.feed(data)
    others: list[Frame] = []
    for at in range(0, len(data), step):
        others += cut.feed(data[at : at + step])
        assert cut.held_bytes <= LIMITS.header_bytes + LIMITS.body_bytes + step + 2
    whole.end()
    cut.end()
    assert frames == others
    assert type(whole.error) is type(cut.error)
    assert whole.error is None or isinstance(whole.error, ProtocolError)
    for frame in frames:
        _check_frame(frame)


def _check_frame(frame: Frame) -> None:
    frame.header_text("Reply-Text").encode()
    try:
        ReplyOrder().answer(frame)
    except ProtocolError:
        pass  # nobody asked
    for kind in (b"text/event-json", b"text/event-plain"):
        for block in (frame.header, frame.body):
            try:
                event = READER.read(Frame(kind, b"", block))
                headers = event.headers()
            except MalformedEvent:
                assert kind == b"text/event-json"
                continue
            for name, value in headers.items():
                texts = [value] if isinstance(value, str) else value
                assert event.header(name) == (texts[0] if texts else "")
                for text in texts:
                    text.encode()


def check_quoting(data: bytes) -> None:
    """Any value reaches its place unchanged, and nothing else does; or it is refused."""
    value = data.decode("utf-8", "surrogateescape")
    try:
        argument = originate_argument([LegToDial("user/1", {"b": value})], {"a": value}, "park")
        dialled = switch.originate(_argument(api("originate", argument).wire))
        expected = {"a": value} if value else {}
        assert dialled.variables == {**expected, **NO_REDIRECTION}
        assert dialled.legs == [("user/1", {"b": value} if value else {})]
    except Unrepresentable:
        pass  # such as brackets that do not pair up
    try:
        line = _argument(api("uuid_setvar", f"leg x {setvar_value('x', value)}").wire)
        assert switch.setvar(line) == ("leg", "x", value)
    except Unrepresentable:
        pass  # such as control characters
    shown = display_text(value)
    assert switch.setvar(f"leg x {setvar_value('x', shown)}") == ("leg", "x", shown)
    send_event("acd::note", {"Name": shown})


def _argument(wire: bytes) -> str:
    [packet] = switch.packets(wire)
    return switch.api_call(packet)[1]
