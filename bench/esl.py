"""`python -m bench esl`: reading a FreeSWITCH event, beside the clients that others wrote.

Every client reads the same events of 186 headers from bytes to the fields that the engine needs.
Ours asks FreeSWITCH for JSON, as the daemon does, and reads all the fields that the daemon looks at
of any event; the peers can only read plain events, and decode all of them. Ours is also timed on
the very bytes that the peers read.
What a client does with an event afterwards (queues, tasks, telemetry) is left out for all.

Each client runs in a process of its own, the peers in environments of their own. The rounds
alternate, CPU time is counted, and the ratios are those of the medians.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Final

import msgspec

from adapters.freeswitch.protocol.channel_fields import ChannelFields
from bench import esl_event
from bench.machine import describe_machine
from bench.peer_environments import (
    GENESIS,
    GREENSWITCH,
    PeerUnavailable,
    default_cache,
    python_with,
)

GOALS: Final = {"genesis": 20.0, "greenswitch": 8.0}

#: One pass that does not count, so that everything is imported and warm.
WARM_UP_ROUNDS: Final = 1


class Answer(msgspec.Struct):
    """What a worker says of one pass over its stream."""

    cpu_s: float
    events: int
    digest: str
    python: str


class Worker:
    """One client's process, and what its passes cost."""

    def __init__(self, name: str, process: subprocess.Popen[str]) -> None:
        self.name = name
        self.us_per_event: list[float] = []
        self.last = Answer(0.0, 0, "", "")
        self._process = process

    def pass_once(self, *, counts: bool) -> None:
        """Have the stream read once. Raises `RuntimeError` when the worker has died."""
        send, receive = self._process.stdin, self._process.stdout
        assert send is not None
        assert receive is not None
        _say(send)
        line = receive.readline()
        if not line:
            raise RuntimeError(f"the worker for {self.name} ended: run it by hand to see why")
        self.last = msgspec.json.decode(line, type=Answer)
        if counts:
            self.us_per_event.append(self.last.cpu_s / self.last.events * 1e6)

    @property
    def median_us(self) -> float:
        """The CPU time for one event."""
        return statistics.median(self.us_per_event)


def _say(send: IO[str]) -> None:
    send.write("go\n")
    send.flush()


@contextmanager
def _started(name: str, python: str, module: str, files: list[Path]) -> Iterator[Worker]:
    process = subprocess.Popen(
        [python, "-m", f"bench.esl_workers.{module}", *map(str, files)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=Path(__file__).parents[1],
        env=_environment(),
    )
    with process:
        try:
            yield Worker(name, process)
        finally:
            process.kill()


def _environment() -> dict[str, str]:
    """Where the workers are found; nothing else of this process is handed on."""
    return {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).parents[1])}


def measure(events: int, rounds: int, cache: Path) -> dict[str, Worker]:
    """Time all clients, round by round. Raises `PeerUnavailable` when a peer cannot be had."""
    headers = [esl_event.event(seed) for seed in range(events)]
    names = [field.encode_name for field in msgspec.structs.fields(ChannelFields)]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        plain, as_json, wanted = (Path(folder, name) for name in ("plain", "json", "names"))
        plain.write_bytes(b"".join(map(esl_event.plain_frame, headers)))
        as_json.write_bytes(b"".join(map(esl_event.json_frame, headers)))
        wanted.write_text(json.dumps(names))
        clients = {
            "ours": (sys.executable, "with_ours", as_json),
            "ours_plain": (sys.executable, "with_ours", plain),
            "genesis": (str(python_with(GENESIS, cache)), "with_genesis", plain),
            "greenswitch": (str(python_with(GREENSWITCH, cache)), "with_greenswitch", plain),
        }
        workers = {
            name: stack.enter_context(_started(name, python, module, [stream, wanted]))
            for name, (python, module, stream) in clients.items()
        }
        for number in range(WARM_UP_ROUNDS + rounds):
            for worker in workers.values():
                worker.pass_once(counts=number >= WARM_UP_ROUNDS)
        digests = {worker.last.digest for worker in workers.values()}
        if len(digests) != 1:
            raise RuntimeError("the clients did not read the same values out of the same events")
        return workers


def summary(workers: dict[str, Worker], rounds: int) -> dict[str, object]:
    """What the run found, as it is written to the JSON file."""
    ours, plain = workers["ours"], workers["ours_plain"]
    peers = {"genesis": GENESIS, "greenswitch": GREENSWITCH}
    found: dict[str, object] = {
        "bench": "esl",
        "headers_per_event": esl_event.HEADERS_PER_EVENT,
        "events": ours.last.events,
        "rounds": rounds,
        "us_per_event": round(ours.median_us, 2),
        "us_per_event_plain": round(plain.median_us, 2),
    }
    for name in peers:
        found[f"ratio_{name}"] = round(workers[name].median_us / ours.median_us, 1)
        found[f"ratio_{name}_plain"] = round(workers[name].median_us / plain.median_us, 1)
    found["peers"] = {
        name: {
            "version": peer.version,
            "python": workers[name].last.python,
            "us_per_event": round(workers[name].median_us, 1),
        }
        for name, peer in peers.items()
    }
    found["machine"] = describe_machine()
    found["goals"] = {f"ratio_{name}": goal for name, goal in GOALS.items()}
    found["goals_met"] = all(
        workers[name].median_us / ours.median_us >= goal for name, goal in GOALS.items()
    )
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and write; 0 unless a peer cannot be had."""
    parser = argparse.ArgumentParser(prog="python -m bench esl", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the results to this file")
    parser.add_argument("--events", type=int, default=400, help="events in one round")
    parser.add_argument("--rounds", type=int, default=15, help="rounds of every client")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="peers' environments")
    arguments = parser.parse_args(argv)
    try:
        workers = measure(arguments.events, arguments.rounds, arguments.cache)
    except PeerUnavailable as error:
        print(f"not measured: {error}", file=sys.stderr)
        return 1
    found = summary(workers, arguments.rounds)
    for name, worker in workers.items():
        spread = f"{min(worker.us_per_event):.1f} to {max(worker.us_per_event):.1f}"
        print(f"{name:12} {worker.median_us:8.1f} us CPU per event ({spread})")
    for name, goal in GOALS.items():
        print(f"{name:12} {found[f'ratio_{name}']:>8} times ours (goal: at least {goal:g})")
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=2) + "\n")
    return 0
