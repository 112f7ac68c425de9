"""Names of jobs and executions."""

from __future__ import annotations

import pytest

from adapters.freeswitch.protocol.identifiers import call_of_offer, short_ids
from adapters.freeswitch.protocol.quoting import leg_uuid


def test_names_are_plain_short_and_nobody_elses() -> None:
    one, other = short_ids(), short_ids()
    names = [source() for _ in range(100) for source in (one, other)]
    assert len(set(names)) == 200
    assert all(leg_uuid(name) == name and len(name) <= 16 for name in names)


@pytest.mark.parametrize(
    ("offer_id", "call_id"),
    [
        ("4dd0f5a8-0000-4000-8000-000000000001-1", "4dd0f5a8-0000-4000-8000-000000000001"),
        ("c-12", "c"),
        ("c-1-2", "c-1"),
        ("4dd0f5a8-0000-4000-8000-000000000001", ""),
        ("c-", ""),
        ("c", ""),
        ("c-x", ""),
        ("c-²", ""),
        ("c-1234567", ""),
        ("", ""),
    ],
)
def test_an_offers_name_tells_its_call(offer_id: str, call_id: str) -> None:
    assert call_of_offer(offer_id) == call_id
