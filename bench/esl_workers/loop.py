"""What all workers share: the loop between `bench.esl` and one client's codec.

Started as `python -m bench.esl_workers.WORKER STREAM NAMES`: a file of bytes as they come from the
socket, and a file with the wanted header names in JSON. For every line on its standard input a
worker reads the whole stream once and answers with a line of JSON: the CPU time it took in seconds,
how many events it saw, and a digest of the wanted values, by which `bench.esl` sees that all did
the same work.
"""

from __future__ import annotations

import gc
import hashlib
import json
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

#: As much as one read of a socket brings.
CHUNK_BYTES = 65_536

#: Reads chunks of a stream; for every event the wanted values, as text, "" for absent ones.
Codec = Callable[[list[bytes], list[str]], list[tuple[str, ...]]]


def serve(codec: Codec) -> None:
    """Answer until the input ends."""
    stream = Path(sys.argv[1]).read_bytes()
    wanted = json.loads(Path(sys.argv[2]).read_text())
    chunks = [stream[at : at + CHUNK_BYTES] for at in range(0, len(stream), CHUNK_BYTES)]
    for _ in sys.stdin:
        gc.collect()
        started_s = time.process_time()
        events = codec(chunks, wanted)
        cpu_s = time.process_time() - started_s
        digest = hashlib.sha256(json.dumps(events).encode()).hexdigest()
        answer = {
            "cpu_s": cpu_s,
            "events": len(events),
            "digest": digest,
            "python": platform.python_version(),
        }
        print(json.dumps(answer), flush=True)
