"""Regions of callers' numbers."""

from __future__ import annotations

import pytest

from acdengine.records.regions import Regions

REGIONS = Regions({"acme": {"+4930": "Berlin", "+49": "Germany", "0": "national"}})


@pytest.mark.parametrize(
    ("tenant", "ani", "region"),
    [
        ("acme", "+4930123", "Berlin"),
        ("acme", "+4989123", "Germany"),
        ("acme", "0301234", "national"),
        ("acme", "+15551234", "+1"),
        ("acme", "+79161234", "+7"),
        ("acme", "+33491000", "+33"),
        ("acme", "+420123456", "+420"),
        ("acme", "1001", ""),
        ("acme", "", ""),
        ("globex", "+4930123", "+49"),
    ],
)
def test_the_longest_beginning_wins_and_others_have_their_country_code(
    tenant: str, ani: str, region: str
) -> None:
    assert REGIONS.of(tenant, ani) == region
