"""greenswitch: its reader of the stream, into its queue of events; nothing of what follows."""

from __future__ import annotations

import io

from greenswitch.esl import ESLProtocol

from bench.esl_workers.loop import serve


def read(chunks: list[bytes], wanted: list[str]) -> list[tuple[str, ...]]:
    """The wanted headers of every event."""
    protocol = ESLProtocol()
    protocol.connected = True
    protocol.sock_file = io.BytesIO(b"".join(chunks))
    protocol.receive_events()
    queue = protocol._esl_event_queue
    events = [queue.get_nowait() for _ in range(queue.qsize())]
    return [tuple(event.headers.get(name, "") for name in wanted) for event in events]


if __name__ == "__main__":
    serve(read)
