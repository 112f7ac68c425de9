"""`python -m bench journal`: what the journal costs the engine's loop.

The load of `bench core` with an event log and without, in turns: each event is put in line
before the engine handles it, and each turn is encoded and handed to the system, as the daemon does
at its default policy (`interval`: on disk by a thread, several times a second). Under load a turn
has many events (`acdengine.runtime.loop.TURN_LIMIT`); ``throughput_ratio`` is of such turns,
``single_ratio`` of turns of one event each, as when there is little to do. Throughput is calls by
the processor's time, of this process and of the system on its behalf.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Final

from acdengine.commands import AnyCommand
from acdengine.events import AnyEvent
from acdengine.facts import AnyFact
from acdengine.runtime.journal import Journal
from acdengine.runtime.loop import TURN_LIMIT
from bench.core import HeapPair, Load
from bench.machine import describe_machine

_WAITING: Final = 200
_ROUNDS: Final = 20


class _Journalled:
    """The engine of a load with a journal before it."""

    def __init__(self, load: Load, journal: Journal) -> None:
        self._engine = load.engine
        self._journal = journal
        self.per_turn = TURN_LIMIT
        self.events = 0

    def handle(self, event: AnyEvent) -> list[AnyCommand]:
        """One event."""
        self.events += 1
        self._journal.append(self.events, event)
        commands = self._engine.handle(event)
        if self.events % self.per_turn == 0:
            self._journal.commit(self.events, _done)
        return commands

    def drain_facts(self) -> list[AnyFact]:
        """The facts since the last time."""
        return self._engine.drain_facts()


class _Plain:
    """The same without, by the same way."""

    def __init__(self, load: Load) -> None:
        self._engine = load.engine
        self.events = 0

    def handle(self, event: AnyEvent) -> list[AnyCommand]:
        """One event."""
        self.events += 1
        return self._engine.handle(event)

    def drain_facts(self) -> list[AnyFact]:
        """The facts since the last time."""
        return self._engine.drain_facts()


def _done(seq: int) -> None:
    """No command waits for it."""


def _measure(agents: int, calls: int, folder: Path) -> dict[str, float]:
    load = Load(agents, 64, 1)
    load.occupy(agents)
    load.fill(_WAITING)
    journal = Journal(folder)
    journal.rotate(0, load.engine.snapshot())
    plain, journalled = _Plain(load), _Journalled(load, journal)
    spent = dict.fromkeys(("plain", "turns", "single"), 0.0)
    each = max(1, calls // _ROUNDS)
    load.live(each, plain)
    for _ in range(_ROUNDS):
        for name in spent:
            engine = plain if name == "plain" else journalled
            journalled.per_turn = 1 if name == "single" else TURN_LIMIT
            begun = time.process_time()
            load.live(each, engine)
            spent[name] += time.process_time() - begun
    written = journal.bytes_written
    journal.close()
    done = each * _ROUNDS
    pair_us = HeapPair().time_us()
    us_per_event = (spent["turns"] - spent["plain"]) * 1e6 / (journalled.events / 2)
    return {
        "calls": done,
        "calls_per_s": done / spent["plain"],
        "calls_per_s_with_journal": done / spent["turns"],
        "throughput_ratio": spent["plain"] / spent["turns"],
        "single_ratio": spent["plain"] / spent["single"],
        "journal_us_per_event": us_per_event,
        "journal_pairs_per_event": us_per_event / pair_us,
        "bytes_per_event": written / journalled.events,
    }


def main(argv: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench journal", description=__doc__)
    parser.add_argument("--agents", type=int, default=500)
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures there")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        measured = _measure(options.agents, options.calls, Path(folder))
    for name, value in measured.items():
        print(f"{name:32} {value:>14,.3f}")
    if options.json is not None:
        options.json.write_text(json.dumps({**describe_machine(), **measured}, indent=1))
    return 0
