"""What the daemon and the records' writer tell each other, in lines of JSON."""

from __future__ import annotations

import msgspec

from acdengine.records.named import CentreNames


class Keeping(msgspec.Struct, frozen=True):
    """Days for which records of a tenant are kept; 0: for ever."""

    calls_days: int = 0
    agent_states_days: int = 0
    intervals_days: int = 0
    changes_days: int = 0
    anonymise_after_days: int = 0
    recordings_days: int = 0


class Orders(msgspec.Struct):
    """What the daemon wants of its writer.

    Attributes:
        url: of the database.
        folder: of the spool.
        source: the numbering of events that the daemon appends to.
        batch_facts, batch_s: a transaction at the latest after so many facts or seconds.
        migrate: whether tables are brought up to date.
        keeping: how long records are kept, by tenant.
        names: of tenants, teams, queues and agents.
        recordings: folders of recordings and messages on this machine.
        regions: by tenant, beginnings of callers' numbers to regions.
    """

    url: str
    folder: str
    source: str
    batch_facts: int = 20_000
    batch_s: float = 1.0
    migrate: bool = False
    keeping: dict[str, Keeping] = {}
    names: CentreNames = CentreNames()
    regions: dict[str, dict[str, str]] = {}
    recordings: tuple[str, ...] = ()


class WriterStatus(msgspec.Struct):
    """How the writer fares."""

    #: Whether the database takes rows; why not; empty while all is well.
    is_connected: bool = False
    trouble: str = ""
    facts: int = 0
    rows: int = 0
    batches: int = 0
    failures: int = 0
    #: Frames of the spool that could not be read.
    damaged: int = 0
    #: The last fact in the database: number of its event, time.
    seq: int = 0
    at_us: int = 0
    batch_ns: int = 0
