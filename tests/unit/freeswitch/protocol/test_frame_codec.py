"""Frames, and the error that ends a stream, are the same however the bytes were cut on the way."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.freeswitch.protocol.errors import (
    IncompleteFrame,
    LimitExceeded,
    MalformedHeader,
    ProtocolError,
)
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
    Limits,
)
from tests.unit.freeswitch import esl_frames

CONVERSATION = [
    (AUTH_REQUEST, b"Content-Type: auth/request\n\n"),
    (COMMAND_REPLY, esl_frames.reply("+OK accepted")),
    (API_RESPONSE, esl_frames.api_response(b"+OK\n\nContent-Length: 9\n\n")),
    (EVENT_JSON, esl_frames.json_event({"Event-Name": "HEARTBEAT"})),
    (EVENT_PLAIN, esl_frames.plain_event({"Event-Name": "BACKGROUND_JOB"}, b"+OK a: b\n\n\xff\0")),
    (LOG_DATA, b"Content-Type: log/data\nContent-Length: 3\nLog-Level: 4\n\nhi\n"),
    (DISCONNECT_NOTICE, b"Content-Type: text/disconnect-notice\nContent-Length: 4\n\nbye\n"),
    (RUDE_REJECTION, b"Content-Type: text/rude-rejection\nContent-Length: 24\n\n" + b"x" * 24),
    (b"text/something-new", b"Content-Type: text/something-new\n\n"),
]


def cut(data: bytes, places: list[int]) -> list[bytes]:
    bounds = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(bounds)]


def read(chunks: list[bytes], limits: Limits) -> tuple[list[Frame], ProtocolError | None]:
    codec = Codec(limits)
    frames = [frame for chunk in chunks for frame in codec.feed(chunk)]
    codec.end()
    return frames, codec.error


SMALL = Limits(header_bytes=60, body_bytes=40)
places = st.lists(st.integers(0, 10_000), max_size=12)
kinds = st.sampled_from([EVENT_JSON, EVENT_PLAIN, API_RESPONSE, COMMAND_REPLY, LOG_DATA])
bodies = st.one_of(st.binary(max_size=40), st.sampled_from([b"\n\n", b"\n", b"Content-Length: 5"]))
garbage = st.lists(
    st.sampled_from(
        [
            b"\n", b"\n\n", b"Content-Length: 3", b"Content-Type: text/event-json", b"abc",
            b"Content-Length: 41", b"Content-Length: x", b"content-type:b", b": ", b"\r\n",
            b"x" * 50, b"Content-Length:", b"\xff",
        ]
    ),
    max_size=14,
).map(b"".join)  # fmt: skip


def test_a_conversation_one_byte_at_a_time() -> None:
    stream = b"".join(data for _, data in CONVERSATION)
    whole, error = read([stream], Limits())
    assert [frame.content_type for frame in whole] == [kind for kind, _ in CONVERSATION]
    assert error is None
    assert whole[2].body == b"+OK\n\nContent-Length: 9\n\n"
    assert whole[4].body.endswith(b"+OK a: b\n\n\xff\0")
    assert read([stream[at : at + 1] for at in range(len(stream))], Limits()) == (whole, None)


@given(st.lists(st.tuples(kinds, bodies, st.integers(0, 2)), max_size=6), places)
def test_frames_survive_any_chunking(
    sent: list[tuple[bytes, bytes, int]], where: list[int]
) -> None:
    stream = b"".join(esl_frames.frame(kind.decode(), body) + b"\n" * n for kind, body, n in sent)
    frames, error = read(cut(stream, where), Limits())
    assert error is None
    assert [(frame.content_type, frame.body) for frame in frames] == [
        (kind, body) for kind, body, _ in sent
    ]


@given(garbage, places)
def test_errors_survive_any_chunking(stream: bytes, where: list[int]) -> None:
    frames, error = read([stream], SMALL)
    others, other = read(cut(stream, where), SMALL)
    assert frames == others
    assert type(error) is type(other)
    if isinstance(error, LimitExceeded) and isinstance(other, LimitExceeded):
        assert (error.what, error.limit) == (other.what, other.limit)


@given(st.binary(max_size=200), places)
def test_any_bytes_are_frames_or_an_error(stream: bytes, where: list[int]) -> None:
    frames, error = read(cut(stream, where), SMALL)
    assert error is None or isinstance(error, ProtocolError)
    assert sum(len(frame.header) + len(frame.body) for frame in frames) <= len(stream)


@pytest.mark.parametrize("step", [1, 7, 1000, 1001, 5000])
def test_a_header_block_of_just_the_limit(step: int) -> None:
    kind = b"Content-Type: a/b\n"
    filling = b"X: " + b"y" * (1000 - len(kind) - 3)
    limits = Limits(header_bytes=1000)
    fits = kind + filling + b"\n\n"
    frames, error = read([fits[at : at + step] for at in range(0, len(fits), step)], limits)
    assert len(frames) == 1
    assert error is None
    over = kind + filling + b"y\n\n"
    frames, error = read([over[at : at + step] for at in range(0, len(over), step)], limits)
    assert frames == []
    assert isinstance(error, LimitExceeded)
    assert (error.what, error.limit) == ("header block", 1000)
    assert str(error) == f"header block: {error.seen} is over the limit of 1000"


def test_a_header_that_never_ends_is_not_held_for_ever() -> None:
    codec = Codec(Limits(header_bytes=10_000))
    for _ in range(1000):
        assert codec.feed(b"X: " + b"y" * 97) == []
        assert codec.held_bytes <= 10_100
    assert isinstance(codec.error, LimitExceeded)
    assert codec.held_bytes == 0


def test_a_body_over_the_limit_is_refused_before_it_comes() -> None:
    codec = Codec(Limits(body_bytes=10))
    assert len(codec.feed(esl_frames.api_response(b"x" * 10))) == 1
    assert codec.feed(b"Content-Type: api/response\nContent-Length: 11\n\n") == []
    assert isinstance(codec.error, LimitExceeded)
    assert (codec.error.what, codec.error.limit, codec.error.seen) == ("body", 10, 11)


def test_frames_before_a_break_are_handed_out_and_none_after() -> None:
    codec = Codec()
    frames = codec.feed(esl_frames.reply("+OK") + b"nonsense\n\n" + esl_frames.reply("+OK"))
    assert [frame.content_type for frame in frames] == [COMMAND_REPLY]
    assert isinstance(codec.error, MalformedHeader)
    assert codec.feed(esl_frames.reply("+OK")) == []


@pytest.mark.parametrize(
    "length", ["x", "-1", "+1", "1_0", " ", "0x10", "1" * 30, "٣", "1 2", "1.0"]
)
@pytest.mark.parametrize("order", ["Content-Length: {}\n{}", "{1}\nContent-Length: {0}"])
def test_a_length_that_is_no_number(length: str, order: str) -> None:
    header = order.format(length, "Content-Type: text/event-json")
    _, error = read([header.encode() + b"\n\n"], Limits())
    assert isinstance(error, MalformedHeader | LimitExceeded)


def test_two_lengths_are_one_too_many() -> None:
    header = b"Content-Type: a/b\nContent-Length: 1\nContent-Length: %d\n\nx"
    assert isinstance(read([header % 2], Limits())[1], MalformedHeader)
    frames, error = read([header % 1], Limits())
    assert error is None
    assert frames[0].body == b"x"


def test_names_in_any_case_and_line_ends_of_other_servers() -> None:
    [frame], error = read(
        [b"content-type:  Text/Event-JSON \r\nCONTENT-LENGTH:2\r\n\n{}"], Limits()
    )
    assert error is None
    assert (frame.content_type, frame.body) == (EVENT_JSON, b"{}")


@pytest.mark.parametrize("end", [1, 20, 40, 60])
def test_a_stream_that_ends_inside_a_frame(end: int) -> None:
    stream = esl_frames.frame("text/event-json", b"{}" * 10)
    frames, error = read([stream[:end]], Limits())
    assert frames == []
    assert isinstance(error, IncompleteFrame)
    assert read([stream + b"\n\n"], Limits())[1] is None


@pytest.mark.parametrize("before", [b"", esl_frames.reply("+OK")])
def test_a_frame_cut_between_its_two_line_ends(before: bytes) -> None:
    codec = Codec()
    assert len(codec.feed(before + b"Content-Type: auth/request\n")) == bool(before)
    assert len(codec.feed(b"\n")) == 1
    assert codec.held_bytes == 0


@pytest.mark.slow
def test_headers_of_megabytes_in_small_pieces() -> None:
    value = "x" * 5_000_000
    stream = esl_frames.plain({"Content-Type": "command/reply", "variable_big": value, "Last": "y"})
    frames, error = read(
        [stream[at : at + 65_536] for at in range(0, len(stream), 65_536)], Limits()
    )
    assert error is None
    assert frames[0].header_text("variable_big") == value
    assert frames[0].header_text("Last") == "y"


def test_outer_headers_are_found_by_whole_lines() -> None:
    [frame], _ = read([b"Content-Type: a/b\nX-Reply-Text: no\nReply-Text: +OK \xff\n\n"], Limits())
    assert frame.header_text("Reply-Text") == "+OK \ufffd"
    assert frame.header_text("Content-Type") == "a/b"
    assert frame.header_text("Text") == ""


@pytest.mark.parametrize(
    ("header", "kind", "body_bytes"),
    [
        (b"Content-Type: api/response\nContent-Length: 3", API_RESPONSE, 3),
        (b"Content-Type: api/response\nContent-Length: 3\nX: y", API_RESPONSE, 3),
        (b"Content-Type: api/response\nX: y\nContent-Length: 3", API_RESPONSE, 3),
        (b"Content-Type: api/response", API_RESPONSE, 0),
        (b"Content-Type: command/reply\nReply-Text: Content-Length: 3", COMMAND_REPLY, 0),
        (b"Content-Type: command/reply\nReply-Text: +OK\nContent-Length: 3", COMMAND_REPLY, 3),
        (b"Content-Type: command/reply\nReply-Text: +OK\ncontent-length:3", COMMAND_REPLY, 3),
        (b"Content-Type: command/reply\nReply-Text: +OK j\nJob-UUID: j", COMMAND_REPLY, 0),
    ],
)
def test_answers_have_the_length_that_they_say(header: bytes, kind: bytes, body_bytes: int) -> None:
    stream = header + b"\n\n" + b"abc"[:body_bytes]
    for step in (1, 20, len(stream)):
        chunks = [stream[at : at + step] for at in range(0, len(stream), step)]
        frames, error = read(chunks, Limits())
        assert error is None
        assert frames == [Frame(kind, header, b"abc"[:body_bytes])]


def test_two_lengths_of_an_answer_are_one_too_many() -> None:
    header = b"Content-Type: api/response\nContent-Length: 1\nContent-Length: 2\n\nx"
    assert isinstance(read([header], Limits())[1], MalformedHeader)


@pytest.mark.parametrize("stream", [b"Content-Length: \n\n", b"\nContent-Length: 5\n\n"])
def test_a_length_and_nothing_else_is_no_header(stream: bytes) -> None:
    codec = Codec()
    assert codec.feed(stream) == []
    assert isinstance(codec.error, MalformedHeader)
