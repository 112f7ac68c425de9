"""What a real FreeSWITCH sent is read whole, however it is cut."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.freeswitch.protocol.event_fields import EventFields
from adapters.freeswitch.protocol.event_reader import EventReader
from adapters.freeswitch.protocol.frame_codec import EVENT_JSON, EVENT_PLAIN, Codec, Frame

RECORDED = sorted((Path(__file__).parents[3] / "replay" / "esl").glob("*.bin"))
READER = EventReader(EventFields)


def frames_of(data: bytes, step: int) -> list[Frame]:
    codec = Codec()
    frames = [
        frame for at in range(0, len(data), step) for frame in codec.feed(data[at : at + step])
    ]
    codec.end()
    assert codec.error is None
    return frames


def test_there_are_recordings() -> None:
    assert RECORDED


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_a_recording_is_read_whole(path: Path) -> None:
    data = path.read_bytes()
    frames = frames_of(data, len(data))
    assert len(frames) > 3
    for step in (1_000, 4_099, 65_536):
        assert frames_of(data, step) == frames
    events = [
        READER.read(frame) for frame in frames if frame.content_type in (EVENT_JSON, EVENT_PLAIN)
    ]
    assert events
    for event in events:
        headers = event.headers()
        assert event.fields.event_name == headers["Event-Name"]
        assert event.fields.sequence == int(event.header("Event-Sequence")) > 0
        assert event.fields.unique_id == headers.get("Unique-ID", "")
        assert event.fields.caller_name == headers.get("Caller-Caller-ID-Name", "")
