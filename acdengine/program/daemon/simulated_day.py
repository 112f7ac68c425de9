"""A simulated day that was killed goes on where its journal ends.

A mark in the journal's folder says that its events are simulated, and of which day; a clean end
empties it: the next run begins a new day. The events of the day are all kept, up to a size.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import structlog

from acdengine.engine import Engine
from acdengine.facts import AnyFact
from acdengine.program.daemon.options import Options
from acdengine.program.daemon.simulation import Simulation
from acdengine.runtime.journal_files import JournalDamaged, numbered
from acdengine.runtime.recovery import events_after
from adapters.sim.centre.simulated_world import World
from adapters.sim.runs.repeated_day import DayDiffers, RepeatedDay

_log = structlog.get_logger("acdengine.daemon")

#: In the folder of a journal: its events are simulated. The day; empty where it is over.
_MARK: Final = "simulated"
#: Events of a day beyond so much are not all kept: it cannot go on then.
WHOLE_UP_TO_BYTES: Final = 256 * 1024 * 1024


@dataclass(slots=True)
class GoneOn:
    """A day as it was when its journal ended.

    Attributes:
        seq, at_us: of the last event.
        facts: of the events after the last snapshot, which may not be in files yet.
    """

    engine: Engine
    world: World
    seq: int
    at_us: int
    facts: list[tuple[int, Sequence[AnyFact]]]


def is_marked(folder: Path) -> bool:
    """Whether the events in a folder are simulated."""
    return (folder / _MARK).exists()


def mark(folder: Path, day: str) -> None:
    """Say which day the events are of; empty: it is over, nothing goes on with it."""
    (folder / _MARK).write_text(day, encoding="ascii")


def unmark(folder: Path) -> None:
    """Say that the events are real."""
    (folder / _MARK).unlink(missing_ok=True)


def day_of(simulation: Simulation, options: Options) -> str:
    """What tells a simulated day from others: all that its calls depend on."""
    digest = hashlib.sha256(msgspec.msgpack.encode(simulation.plan))
    digest.update(f"{simulation.scenario.seed} {simulation.start_us} {simulation.title}".encode())
    for path in (options.scenario or options.profile, *options.trace_files):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def gone_on(folder: Path, day: str, simulation: Simulation) -> GoneOn | None:
    """The day that the journal in a folder has, lived again up to its last event.

    Returns:
        None where it is over, another one, or cannot go on; the log says why in the last case.
    """
    if not is_marked(folder) or (folder / _MARK).read_text(encoding="ascii") != day:
        return None
    try:
        return _lived_again(folder, simulation)
    except (DayDiffers, JournalDamaged) as error:
        _log.warning("the simulated day cannot go on, a new one begins", reason=str(error))
        return None


def _lived_again(folder: Path, simulation: Simulation) -> GoneOn | None:
    events, skipped, _ = events_after(folder, 0)
    if any(one.reason != "refused" for one in skipped):
        raise DayDiffers("the engine failed on that day")
    if not events:
        return None
    snapshots = numbered(folder, ".snapshot")
    told_up_to = snapshots[-1][0] if snapshots else 0
    facts: list[tuple[int, Sequence[AnyFact]]] = []

    def tell(seq: int, of_event: Sequence[AnyFact]) -> None:
        if seq > told_up_to:
            facts.append((seq, of_event))

    engine = Engine(simulation.plan)
    world, begin = simulation.drawn()
    RepeatedDay(world, begin, engine, tell).repeat(events)
    seq, last = events[-1]
    return GoneOn(engine, world, seq, last.at_us, facts)
