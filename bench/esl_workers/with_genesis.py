"""genesis: its reader of the stream, into its queue of events; nothing of what follows."""

from __future__ import annotations

import asyncio

from genesis.protocol.base import Protocol

from bench.esl_workers.loop import serve


def read(chunks: list[bytes], wanted: list[str]) -> list[tuple[str, ...]]:
    """The wanted headers of every event."""
    return asyncio.run(_read(chunks, wanted))


async def _read(chunks: list[bytes], wanted: list[str]) -> list[tuple[str, ...]]:
    protocol = Protocol()
    protocol.is_connected = True
    protocol.reader = asyncio.StreamReader()
    reading = asyncio.ensure_future(protocol.handler())
    for chunk in chunks:
        protocol.reader.feed_data(chunk)
        await asyncio.sleep(0)
    protocol.reader.feed_eof()
    await reading
    events = [protocol.events.get_nowait() for _ in range(protocol.events.qsize())]
    return [tuple(event.get(name, "") for name in wanted) for event in events if event is not None]


if __name__ == "__main__":
    serve(read)
