"""`python -m bench agi`: AGI scripts on legs of the FreeSWITCH stand-in, many at once.

Three processes: the stand-in, the bridge (engine, adapter, flows and the AGI side of the daemon, on
a core of its own where there are two), and this one, a FastAGI server whose scripts keep a
stopwatch. Each script plays, collects, says, and between them reads and writes variables and the
database, in about the proportions of real ones (STREAM FILE, SET and GET VARIABLE, GET DATA, EXEC,
VERBOSE first), over and over. The callers press a key now and then, which ends prompts and waits.

`reply_ms` is the bridge's own part of a reply: from the moment at which the script hands a command
to the kernel until it has read the reply, less the switch's turn. That is measured, on the
machine's one monotonic clock: from the reading of the command's bytes in the switch (where it was
sent none and only a key is waited for: from the end of the adapter's work) until the writing of
the last event there that was read by the bridge before its reply. What the switch and the caller
take, sounds, keys, frames of 20 ms and the poll of events, is in that turn; the kernel's ways and
the wait until the bridge reads are in the reply. On a busy machine give it a real-time priority.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
import wave
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
import uvloop

from bench.agi_bridge import Noted
from bench.agi_switch import Turns
from bench.machine import describe_machine
from bench.pinning import cores_for
from bench.wire import Process, percentile

GOALS: Final = {"sessions": 200, "reply_ms_p99": 3.0}
#: One round of a script, and whether the leg takes part.
ROUND: Final = (
    "VERBOSE round 3",
    "GET VARIABLE CALLERID(num)",
    'SET VARIABLE step "main menu"',
    "STREAM FILE hello 0123456789",
    "GET VARIABLE step",
    "CHANNEL STATUS",
    "DATABASE GET customers 30",
    "GET DATA hello 5000 4",
    "SET VARIABLE __customer 4711",
    'EXEC NoOp "choice made"',
    "SAY DIGITS 12 #",
    "DATABASE PUT customers 30 seen",
    "WAIT FOR DIGIT 5000",
    "EXEC Playback hello",
    "GET FULL VARIABLE ${CALLERID(name)}",
)
_SOUND_S: Final = 2
#: All scripts have begun by then, or something is wrong.
_BEGIN_LIMIT_S: Final = 60.0
_FLOW: Final = """flow: 1
languages: [en]
steps:
  run: {{ agi: "agi://127.0.0.1:{port}/bench", total_s: 3600, on_error: end }}
  end: {{ hangup: normal }}
"""
_SETTINGS: Final = """daemon:
  scripts: {{ database: "{folder}/agi.sqlite", at_once: {sessions} }}
sounds: {{ folder: "{sounds}", music: {{ default: moh }} }}
tenants:
  bench:
    numbers: {{ "*": {{ flow: main }} }}
    ivr: {{ folder: "{flows}" }}
    agi: {{ hosts: ["127.0.0.1:{port}"] }}
    queues: {{ q: {{}} }}
"""


class Timed(msgspec.Struct):
    """One command: which, and when it was sent and answered, in nanoseconds."""

    command: str
    sent_ns: int
    answered_ns: int
    reply: str


class Scripts:
    """A FastAGI server: all scripts of the bench."""

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted
        self.sessions = 0
        self.most = 0
        self.all_run = asyncio.Event()
        self.timed: dict[str, list[Timed]] = defaultdict(list)
        self.is_over = False

    async def run(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One script."""
        given = {}
        while line := (await reader.readline()).decode().strip():
            key, _, value = line.partition(": ")
            given[key] = value
        self.sessions += 1
        self.most = max(self.most, self.sessions)
        if self.sessions == self.wanted:
            self.all_run.set()
        timed = self.timed[given["agi_uniqueid"]]
        try:
            while not self.is_over:
                for command in ROUND:
                    sent = time.monotonic_ns()
                    writer.write(f"{command}\n".encode())
                    reply = (await reader.readline()).decode()
                    if not reply:
                        return
                    timed.append(Timed(command, sent, time.monotonic_ns(), reply.strip()))
        finally:
            self.sessions -= 1
            writer.close()


class Notes(NamedTuple):
    """What was noted of one leg, in nanoseconds, in order.

    Attributes:
        arrived: when commands for it were read in the switch.
        written: when events about it were written there.
        taken: when its session was handed one.
        ordered: when its session had handed an order to the adapter.
    """

    arrived: list[int]
    written: list[int]
    taken: list[int]
    ordered: list[int]


def own_part_ns(one: Timed, notes: Notes) -> int:
    """The bridge's own part of a reply: all of it, less the turn of the switch and the caller."""
    whole = one.answered_ns - one.sent_ns
    last_taken = bisect_right(notes.taken, one.answered_ns) - 1
    if last_taken < 0:
        return whole
    last_written = bisect_right(notes.written, notes.taken[last_taken]) - 1
    ended = notes.written[last_written] if last_written >= 0 else 0
    begun = _first(notes.arrived, one.sent_ns)
    if begun > ended:
        # The switch was told nothing: only a key was waited for.
        begun = _first(notes.ordered, one.sent_ns)
    return whole - max(ended - begun, 0)


def _first(times: list[int], since_ns: int) -> int:
    """The first of them from a moment on; far in the future where there is none."""
    place = bisect_left(times, since_ns)
    return times[place] if place < len(times) else 2**63


async def measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Run the three, and take the figures."""
    switch_core, bridge_core = cores_for(2)
    scripts = Scripts(options.sessions)
    server = await asyncio.start_server(scripts.run, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    written = write_settings(folder, port, options.sessions)
    loop = asyncio.get_running_loop()
    sounds = ("--sounds", str(folder / "sounds"), "--core", str(switch_core))
    with Process("agi_switch", *sounds) as switch:
        said = json.loads(switch.ask())
        where = ("--port", str(said["port"]), "--settings", str(written))
        profile = ("--profile", options.profile) if options.profile else ()
        with Process("agi_bridge", *where, "--core", str(bridge_core), *profile) as bridge:
            await loop.run_in_executor(None, bridge.ask)
            await loop.run_in_executor(None, switch.ask, f"call {options.sessions}")
            await asyncio.wait_for(scripts.all_run.wait(), _BEGIN_LIMIT_S)
            # Past the first round of all.
            await asyncio.sleep(options.seconds / 4)
            before = msgspec.json.decode(bridge.ask("notes"), type=Noted)
            switch.ask("notes")
            began = time.monotonic_ns()
            await asyncio.sleep(options.seconds)
            timed = {
                call_id: [one for one in ones if one.sent_ns >= began]
                for call_id, ones in scripts.timed.items()
            }
            whole_s = (time.monotonic_ns() - began) / 1e9
            noted = msgspec.json.decode(
                await loop.run_in_executor(None, bridge.ask, "notes"), type=Noted
            )
            turns = msgspec.json.decode(
                await loop.run_in_executor(None, switch.ask, "notes"), type=Turns
            )
            scripts.is_over = True
    server.close()
    core_share = (noted.cpu_s - before.cpu_s) / whole_s
    return summary(options, scripts.most, timed, turns, noted, core_share)


def summary(
    options: argparse.Namespace,
    sessions: int,
    timed: dict[str, list[Timed]],
    turns: Turns,
    noted: Noted,
    core_share: float,
) -> dict[str, Any]:
    """The figures as they are written."""
    by_command: dict[str, list[float]] = defaultdict(list)
    for call_id, ones in timed.items():
        notes = Notes(
            turns.arrived.get(call_id, []),
            turns.written.get(call_id, []),
            noted.taken.get(call_id, []),
            noted.ordered.get(call_id, []),
        )
        for one in ones:
            by_command[one.command].append(own_part_ns(one, notes) / 1e6)
    parts = [part for some in by_command.values() for part in some]
    strange = {
        one.reply for ones in timed.values() for one in ones if not one.reply.startswith("200 ")
    }
    found: dict[str, Any] = {
        "bench": "agi",
        "sessions": sessions,
        "reply_ms_p50": round(percentile(parts, 0.5), 3),
        "reply_ms_p99": round(percentile(parts, 0.99), 3),
        "reply_ms_most": round(max(parts, default=0.0), 3),
        "replies": len(parts),
        "replies_per_s": round(len(parts) / options.seconds, 1),
        "bridge_core_share": round(core_share, 3),
        "by_command": {
            command: {
                "p50": round(percentile(some, 0.5), 3),
                "p99": round(percentile(some, 0.99), 3),
            }
            for command, some in by_command.items()
        },
        "not_200": sorted(strange),
        "invalid_transitions": noted.invalid_transitions,
        "compiled": noted.compiled,
        "seconds": options.seconds,
        "machine": describe_machine(),
        "goals": GOALS,
    }
    found["goals_met"] = (
        found["sessions"] >= GOALS["sessions"] and found["reply_ms_p99"] <= GOALS["reply_ms_p99"]
    )
    return found


def write_settings(folder: Path, port: int, sessions: int) -> Path:
    """A centre whose one number is a flow that runs the script."""
    for name in ("flows", "sounds"):
        (folder / name).mkdir()
    with wave.open(str(folder / "sounds" / "hello.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8_000)
        sound.writeframes(bytes(2 * 8_000 * _SOUND_S))
    (folder / "flows" / "main.yaml").write_text(_FLOW.format(port=port))
    path = folder / "bench.yaml"
    path.write_text(
        _SETTINGS.format(
            folder=folder,
            flows=folder / "flows",
            sounds=folder / "sounds",
            port=port,
            sessions=sessions,
        )
    )
    return path


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m bench agi", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--sessions", type=int, default=200, help="scripts at once")
    parser.add_argument("--seconds", type=float, default=20.0, help="counted")
    parser.add_argument("--profile", default="", help="a cProfile of the bridge goes there")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        found = uvloop.run(measure(options, Path(folder)))
    print(
        f"{found['sessions']} AGI sessions at once (goal: {GOALS['sessions']}), "
        f"{found['replies_per_s']:,.0f} replies a second; the bridge's core "
        f"{found['bridge_core_share']:.0%} busy\n"
        f"the bridge's part of a reply: p50 {found['reply_ms_p50']} ms, p99 "
        f"{found['reply_ms_p99']} ms (goal: at most {GOALS['reply_ms_p99']:g}), "
        f"{found['replies']:,} timed, compiled: {'true' if found['compiled'] else 'false'}"
    )
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0
