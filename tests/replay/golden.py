"""`python -m tests.replay.golden`: writes the golden journal of this version (`make golden`).

A busy stretch of a simulated centre with callbacks, transfers, consults, supervision and
recordings, as the file journal keeps it: a snapshot at the beginning, one half way, the events
after each, and what a replay has to give (`expected.json`). Every later version of acdengine must
replay it.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

from acdengine.commands import AnyCommand
from acdengine.engine.snapshot import VERSION as STATE_VERSION
from acdengine.events import AnyEvent
from acdengine.facts import AnyFact
from acdengine.ports import FactKeys
from acdengine.runtime.journal import Journal
from acdengine.runtime.journal_records import RECORD_VERSION
from adapters.sim.draws.random_streams import Streams
from adapters.sim.scenarios.fault_mix import FaultMix
from adapters.sim.seeds.faulty_run import FaultyRun
from adapters.sim.seeds.random_scenarios import draw_scenario

FOLDER: Final = Path(__file__).parent / "journal"
#: Drawn so that everything in `MUST_HAPPEN` does.
SEED: Final = 36
MUST_HAPPEN: Final = (
    "AgentStateChanged",
    "CallConnected",
    "CallTransferred",
    "CallbackPlaced",
    "CallbackReached",
    "ConsultStarted",
    "ConsultEnded",
    "SupervisionStarted",
    "RecordingStarted",
    "RecordingStopped",
    "NumberReached",
    "CallHeld",
    "OfferClosed",
    "CallEnded",
)
_SNAPSHOT_AT: Final = 0.5


class Expected(msgspec.Struct):
    """What a replay has to give.

    Attributes:
        events: how many there are.
        snapshot_seq: the last event in the snapshot half way.
        fields: of each kind of fact; facts of later versions have more, which are not compared.
        kinds: how many facts there are of each kind.
        digest: of all facts with their keys.
        digest_after: of those after the snapshot half way.
    """

    events: int
    snapshot_seq: int
    fields: dict[str, list[str]]
    kinds: dict[str, int]
    digest: str
    digest_after: str


class FactRecord:
    """The digest of facts with their keys, of the given fields only."""

    def __init__(self, fields: dict[str, list[str]] | None = None) -> None:
        self._fields = fields
        self._hash = hashlib.blake2b(digest_size=16)
        self._keys = FactKeys()
        self.kinds: Counter[str] = Counter()
        self.fields: dict[str, list[str]] = {}

    def take(self, seq: int, facts: Sequence[AnyFact]) -> None:
        """Add the facts of an event (`acdengine.ports.FactSink`)."""
        first = self._keys.first(seq, len(facts))
        for index, fact in enumerate(facts, first):
            kind = type(fact).__name__
            names = self._names(fact)
            if names is None:
                continue
            self.kinds[kind] += 1
            values = [getattr(fact, name) for name in names]
            self._hash.update(msgspec.json.encode([seq, index, kind, values]) + b"\n")

    def _names(self, fact: AnyFact) -> list[str] | None:
        kind = type(fact).__name__
        if self._fields is None:
            return self.fields.setdefault(kind, list(fact.__struct_fields__))
        return self._fields.get(kind)

    def digest(self) -> str:
        """Give 32 hexadecimal digits."""
        return self._hash.hexdigest()


class _Writing:
    """Writes down what a run does (`adapters.sim.seeds.faulty_run.Watch`)."""

    def __init__(self, journal: Journal, half: int) -> None:
        self._journal = journal
        self._half = half
        self.run: FaultyRun | None = None
        self.seq = 0
        self.snapshot_seq = 0
        self.all = FactRecord()
        self.after = FactRecord()

    def handled(
        self, event: AnyEvent, commands: Sequence[AnyCommand], facts: Sequence[AnyFact]
    ) -> None:
        """Keep an event and its facts."""
        assert self.run is not None
        self.seq += 1
        self._journal.append(self.seq, event)
        self.all.take(self.seq, facts)
        if self.snapshot_seq:
            self.after.take(self.seq, facts)
        elif self.seq == self._half:
            self.snapshot_seq = self.seq
            self._journal.rotate(self.seq, self.run.engine.snapshot())

    def forgotten(self) -> None:
        """Never: nothing is lost in this run."""
        raise AssertionError("the run has lost its journal")


def write(folder: Path, seed: int = SEED, half: int = 0) -> Expected:
    """Simulate, and write journal and expectation."""
    scenario = draw_scenario(seed)
    mix = scenario.faults or FaultMix()
    scenario = replace(scenario, faults=replace(mix, forget_every_us=0, crash_every_us=0))
    journal = Journal(folder, "never")
    writing = _Writing(journal, half)
    run = FaultyRun(scenario, Streams(seed), writing)
    writing.run = run
    journal.rotate(0, run.engine.snapshot())
    run.run()
    journal.close()
    return Expected(
        writing.seq, writing.snapshot_seq, writing.all.fields,
        dict(sorted(writing.all.kinds.items())), writing.all.digest(), writing.after.digest(),
    )  # fmt: skip


def main() -> int:
    """Write the folder of this version."""
    folder = FOLDER / f"records-{RECORD_VERSION}-state-{STATE_VERSION}"
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    with tempfile.TemporaryDirectory() as trial:
        events = write(Path(trial)).events
    expected = write(folder, half=int(events * _SNAPSHOT_AT))
    missing = [kind for kind in MUST_HAPPEN if not expected.kinds.get(kind)]
    if missing:
        sys.stderr.write(f"the run has no {', '.join(missing)}: choose another seed\n")
        return 1
    (folder / "lock").unlink()
    text = msgspec.json.format(msgspec.json.encode(expected), indent=1)
    (folder / "expected.json").write_bytes(text + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
