"""Names of jobs and executions."""

from __future__ import annotations

from adapters.freeswitch.identities import short_ids
from adapters.freeswitch.quoting import leg_uuid


def test_names_are_plain_short_and_nobody_elses() -> None:
    one, other = short_ids(), short_ids()
    names = [source() for _ in range(100) for source in (one, other)]
    assert len(set(names)) == 200
    assert all(leg_uuid(name) == name and len(name) <= 16 for name in names)
