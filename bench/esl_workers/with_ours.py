"""Our codec: frames, then the fields that the engine's translation reads."""

from __future__ import annotations

import msgspec

from adapters.freeswitch.protocol.channel_fields import ChannelFields
from adapters.freeswitch.protocol.event_reader import EventReader
from adapters.freeswitch.protocol.frame_codec import Codec
from bench.esl_workers.loop import serve

READER = EventReader(ChannelFields)
NAMES = {field.encode_name: field.name for field in msgspec.structs.fields(ChannelFields)}


def read(chunks: list[bytes], wanted: list[str]) -> list[tuple[str, ...]]:
    """The wanted fields of every event, decoded whether they are used or not."""
    codec = Codec()
    fields = [READER.read(frame).fields for chunk in chunks for frame in codec.feed(chunk)]
    attributes = [NAMES[name] for name in wanted]
    return [tuple(str(getattr(one, name) or "") for name in attributes) for one in fields]


if __name__ == "__main__":
    serve(read)
