"""The fields of an event, from any bytes."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from adapters.freeswitch.protocol.errors import MalformedEvent
from adapters.freeswitch.protocol.event_fields import EventFields
from adapters.freeswitch.protocol.event_reader import (
    Event,
    EventReader,
    json_headers,
    plain_headers,
)
from adapters.freeswitch.protocol.frame_codec import Codec, Frame
from tests.unit.freeswitch import esl_frames
from tests.unit.freeswitch.evil import anything, names

READER = EventReader(EventFields)
PARK = {
    "Event-Name": "CHANNEL_PARK",
    "Core-UUID": "core-1",
    "Event-Sequence": "1234567",
    "Event-Date-Timestamp": "1795305600123456",
    "Unique-ID": "leg-1",
    "Caller-Caller-ID-Name": "Chan Tai Man 陳大文",
    "variable_acd_call_id": "call-1",
}


class MoreFields(EventFields):
    """Fields of a translation that needs one more variable and one more number."""

    call_id: str = msgspec.field(name="variable_acd_call_id", default="")
    created_at_us: int = msgspec.field(name="Caller-Channel-Created-Time", default=0)


def only(data: bytes) -> Frame:
    [frame] = Codec().feed(data)
    return frame


def both(headers: esl_frames.Values, body: str | None = None) -> list[Event[EventFields]]:
    encoded = None if body is None else body.encode()
    return [
        READER.read(only(esl_frames.json_event(headers, body))),
        READER.read(only(esl_frames.plain_event(headers, encoded))),
    ]


def test_fields_are_read_alike_from_both_formats() -> None:
    for event in both(PARK):
        fields = event.fields
        assert (fields.event_name, fields.unique_id) == ("CHANNEL_PARK", "leg-1")
        assert (fields.sequence, fields.sent_at_us) == (1234567, 1795305600123456)
        assert fields.caller_name == "Chan Tai Man 陳大文"
        assert fields.hangup_cause == ""
        assert event.variable("acd_call_id") == "call-1"
        assert event.header("No-Such") == ""
        assert event.headers() == PARK
        assert repr(event) == "<Event CHANNEL_PARK leg-1 1234567>"


@given(st.dictionaries(names, anything, max_size=6))
def test_any_headers_are_read_back(headers: dict[str, str]) -> None:
    assume(not any(value.startswith("ARRAY::") for value in headers.values()))
    try:
        data = esl_frames.json_event(headers)
    except UnicodeEncodeError:
        assume(False)
    by_json, by_plain = READER.read(only(data)), READER.read(only(esl_frames.plain_event(headers)))
    assert by_json.headers() == headers
    # What looks encoded already is not encoded again: that much is lost in plain events.
    if not any("%" in value or value == "_undef_" for value in headers.values()):
        assert by_plain.headers() == headers
    assert list(by_plain.headers()) == list(headers)
    for name in headers:
        assert by_plain.header(name) == by_plain.headers()[name]


@pytest.mark.parametrize("name", ["evil\nUnique-ID: forged", "evil%0AUnique-ID: forged", "\n\n"])
def test_a_name_never_becomes_a_header(name: str) -> None:
    headers = {"Caller-Caller-ID-Name": name, "Unique-ID": "leg-1", "variable_x": f"{name}\n"}
    for event in both(headers):
        assert event.fields.unique_id == "leg-1"
        assert event.header("Unique-ID") == "leg-1"
        assert list(event.headers()) == list(headers)
    assert both(headers)[0].fields.caller_name == name


def test_the_first_header_of_a_name_counts_as_in_the_switch() -> None:
    block = b"A: 1\nUnique-ID: first\nB: 2\nUnique-ID: second\n\n"
    event = READER.read(Frame(b"text/event-plain", b"", block))
    assert event.header("Unique-ID") == event.fields.unique_id == "first"
    assert event.headers()["Unique-ID"] == "first"


def test_a_header_is_found_wherever_it_stands() -> None:
    block = b"Unique-ID: leg\nCore-UUID: core\nX-Event-Name: no\nEvent-Name: LAST\n\nbody: x"
    event = READER.read(Frame(b"text/event-plain", b"", block))
    assert event.fields.event_name == "LAST"
    assert event.fields.unique_id == "leg"
    assert event.header("body") == ""
    assert event.fields.body == "body: x"


def test_empty_values_and_lists() -> None:
    headers: dict[str, str | list[str]] = {
        "Unique-ID": "",
        "variable_legs": ["a", "b"],
        "Hangup-Cause": ["X", "Y"],
    }
    for event in both(headers):
        assert event.fields.unique_id == ""
        assert event.header("Unique-ID") == ""
        assert event.headers()["variable_legs"] == ["a", "b"]
        assert event.header("variable_legs") == "a"
        assert event.fields.hangup_cause == "X"


@pytest.mark.parametrize("body", ["+OK a: b\n", "\n\nUnique-ID: forged\n\n", "x", "é\r\n"])
def test_a_body_is_no_header(body: str) -> None:
    for event in both({"Event-Name": "BACKGROUND_JOB", "Job-UUID": "job-1"}, body):
        assert event.fields.job_uuid == "job-1"
        assert event.fields.body == body
        assert event.fields.unique_id == ""
        assert event.headers()["_body"] == event.header("_body") == body
    assert both({"Event-Name": "X"})[1].header("_body") == ""


@pytest.mark.parametrize("name", ["Caller-Caller-ID-Name", "variable_other"])
def test_wrong_utf8_costs_only_its_letters(name: str) -> None:
    latin = {"Unique-ID": "leg-1", "Event-Sequence": "7", name: "Jos\udce9 M\udcff", "Z": "z"}
    for event in both(latin):
        assert (event.fields.unique_id, event.fields.sequence) == ("leg-1", 7)
        assert event.header(name) == "Jos\ufffd M\ufffd"
        assert event.headers()["Z"] == "z"
        assert event.raw.count(b"leg-1") == 1


@pytest.mark.parametrize("escape", ["\\ud800", "\\udfff x", "a\\ud83d"])
def test_halves_of_surrogate_pairs_are_replaced(escape: str) -> None:
    document = '{"Unique-ID":"leg-1","Caller-Caller-ID-Name":"%s"}' % escape  # noqa: UP031
    event = READER.read(only(esl_frames.frame("text/event-json", document.encode())))
    assert event.fields.unique_id == "leg-1"
    assert "\ufffd" in event.fields.caller_name
    event.fields.caller_name.encode()


@pytest.mark.parametrize("number", ["", "x", "-1", "1.5", "٣", "1" * 40])
def test_numbers_that_are_none_count_as_absent(number: str) -> None:
    event = READER.read(
        only(esl_frames.plain_event({"Event-Sequence": number, "Unique-ID": "leg"}))
    )
    assert (event.fields.sequence, event.fields.unique_id) == (0, "leg")


def test_odd_values_in_json() -> None:
    document = b'{"Unique-ID":null,"Event-Sequence":"x","Core-UUID":[],"A":5,"B":{"c":1},"D":[1]}'
    event = READER.read(only(esl_frames.frame("text/event-json", document)))
    assert event.fields == EventFields()
    assert event.headers() == {
        "Unique-ID": "", "Event-Sequence": "x", "Core-UUID": [], "A": "5", "B": '{"c": 1}',
        "D": ["1"],
    }  # fmt: skip


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"5", b'{"a"}', b'{"A":"\xff', b"[" * 100_000])
def test_what_is_no_event(body: bytes) -> None:
    with pytest.raises(MalformedEvent):
        READER.read(Frame(b"text/event-json", b"", body))
    with pytest.raises(MalformedEvent):
        json_headers(body)


@given(st.binary(max_size=120))
def test_any_bytes_are_a_plain_event(block: bytes) -> None:
    event = READER.read(Frame(b"text/event-plain", b"", block))
    for name, value in event.headers().items():
        assert isinstance(value, str | list)
        name.encode()
    assert event.raw == block


@given(st.binary(max_size=60))
def test_any_bytes_are_a_json_event_or_malformed(block: bytes) -> None:
    frame = Frame(b"text/event-json", b"", b'{"Unique-ID":"' + block + b'"}')
    try:
        event = READER.read(frame)
    except MalformedEvent:
        return
    assert event.fields.unique_id.encode().decode() == event.fields.unique_id


def test_fields_of_ones_own() -> None:
    reader = EventReader(MoreFields)
    headers = PARK | {"Caller-Channel-Created-Time": "1795305600000000"}
    for data in (esl_frames.json_event(headers), esl_frames.plain_event(headers)):
        fields = reader.read(only(data)).fields
        assert (fields.call_id, fields.created_at_us) == ("call-1", 1795305600000000)
        assert fields.event_name == "CHANNEL_PARK"


def test_a_custom_event_is_named_by_its_subclass() -> None:
    for event in both({"Event-Name": "CUSTOM", "Event-Subclass": "sofia::register"}):
        assert event.name == "sofia::register"


def test_the_reply_to_connect_is_an_event() -> None:
    big = "%" * 300_000
    headers = PARK | {"variable_big": big, "Content-Type": "command/reply", "Reply-Text": "+OK\n"}
    frame = only(esl_frames.plain(headers))
    assert frame.content_type == b"command/reply"
    assert frame.header_text("Reply-Text") == "%2BOK%0A"
    event = READER.read_headers(frame)
    assert event.fields.unique_id == "leg-1"
    assert event.header("variable_big") == big
    assert plain_headers(frame.header) == headers


BRIEF = EventReader(
    MoreFields, {"CHANNEL_PARK": ("Caller-", ""), "DTMF": ("Caller-", "variable_acd_call_id")}
)


def brief(headers: esl_frames.Values) -> Event[MoreFields]:
    return BRIEF.read(only(esl_frames.json_event(headers)))


def test_what_nobody_looks_at_is_passed_over() -> None:
    event = brief(PARK)
    assert (event.fields.event_name, event.fields.unique_id) == ("CHANNEL_PARK", "leg-1")
    assert (event.fields.caller_name, event.fields.call_id) == ("", "")
    assert event.whole().caller_name == "Chan Tai Man 陳大文"
    assert event.variable("acd_call_id") == "call-1"
    assert event.headers() == PARK


def test_reading_goes_on_behind_what_is_passed_over() -> None:
    event = brief(PARK | {"Event-Name": "DTMF"})
    assert (event.fields.caller_name, event.fields.call_id) == ("", "call-1")
    del (without := PARK | {"Event-Name": "DTMF"})["variable_acd_call_id"]
    assert (brief(without).fields.caller_name, brief(without).fields.unique_id) == ("", "leg-1")


@pytest.mark.parametrize("name", ["CHANNEL_ANSWER", "CHANNEL_PARK ", ""])
def test_other_events_are_read_whole(name: str) -> None:
    event = brief(PARK | {"Event-Name": name})
    assert event.fields.caller_name == event.whole().caller_name == "Chan Tai Man 陳大文"


@pytest.mark.parametrize(
    "value", [',"Caller-', '\\",\\"Caller-X":"', '","Caller-X":"y', 'a,","variable_acd_call_id":"']
)
@pytest.mark.parametrize("name", ["CHANNEL_PARK", "DTMF"])
def test_no_text_ends_the_part_that_is_read(name: str, value: str) -> None:
    headers = {"Event-Name": name, "Core-UUID": value, "Unique-ID": "leg-1", "Caller-ANI": value}
    event = brief(headers | {"variable_acd_call_id": value, "variable_z": value})
    assert (event.fields.core_uuid, event.fields.unique_id) == (value, "leg-1")
    assert event.fields.call_id == (value if name == "DTMF" else "")


def test_a_list_that_would_be_cut_is_read_whole() -> None:
    headers: dict[str, str | list[str]] = {
        "Event-Name": "CHANNEL_PARK",
        "X": ["a", "Caller-"],
        "Unique-ID": "leg-1",
        "variable_acd_call_id": "call-1",
    }
    event = brief(headers)
    assert (event.fields.unique_id, event.fields.call_id) == ("leg-1", "call-1")


@pytest.mark.parametrize("tail", ["", "}", "\\", ',"Caller-'])
def test_what_is_passed_over_need_not_be_whole(tail: str) -> None:
    document = f'{{"Event-Name":"CHANNEL_PARK","Unique-ID":"leg-1","Caller-ANI":"{tail}'
    event = BRIEF.read(Frame(b"text/event-json", b"", document.encode()))
    assert event.fields.unique_id == "leg-1"
    with pytest.raises(MalformedEvent):
        event.headers()


@given(st.text(max_size=40), st.sampled_from(["CHANNEL_PARK", "DTMF"]))
def test_any_text_is_read_back_from_a_part(text: str, name: str) -> None:
    event = brief({"Event-Name": name, "Core-UUID": text, "Unique-ID": text, "Caller-ANI": text})
    assert event.fields.core_uuid == event.fields.unique_id == event.whole().core_uuid
    assert event.fields.core_uuid == text


def test_of_a_part_only_the_fields_are_read_that_it_can_have() -> None:
    reader = EventReader(MoreFields, {"CHANNEL_PARK": ("Caller-", "")}, EventFields)
    headers = {"Event-Name": "CHANNEL_PARK", "variable_acd_call_id": "early", "Unique-ID": "leg-1"}
    event = reader.read(only(esl_frames.json_event(headers | {"Caller-ANI": "x"})))
    assert (event.fields.unique_id, event.fields.call_id) == ("leg-1", "")
    assert event.whole().call_id == "early"


def test_an_event_without_the_part_that_is_passed_over_is_read_whole() -> None:
    reader = EventReader(MoreFields, {"CHANNEL_PARK": ("Caller-", "")}, EventFields)
    headers = {"Event-Name": "CHANNEL_PARK", "variable_acd_call_id": "call-1"}
    event = reader.read(only(esl_frames.json_event(headers)))
    assert event.fields.call_id == "call-1"


@pytest.mark.parametrize("body", [b'{"Event-Name":"', b'{"Event-Name":"CHANNEL_ANSWER'])
def test_an_event_that_breaks_off_in_its_name_is_none(body: bytes) -> None:
    reader = EventReader(EventFields, {"CHANNEL_ANSWER": ("Caller-", "")})
    with pytest.raises(MalformedEvent):
        reader.read(Frame(b"text/event-json", b"", body))
