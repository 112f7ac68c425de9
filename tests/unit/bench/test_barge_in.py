"""The measure of barge-in: what it says of its calls."""

from __future__ import annotations

from bench.barge_in import FLOWS, percentile
from tests.live.rtp_caller import TONES
from tests.live.test_shipped_flows import NUMBERS


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [float(ms) for ms in range(100, 0, -1)]
    assert (percentile(values, 0.5), percentile(values, 0.99)) == (51.0, 100.0)
    assert percentile([7.0], 0.99) == 7.0


def test_the_flows_are_shipped_ones() -> None:
    assert FLOWS.keys() <= {name.removeprefix("/") for name in NUMBERS}


def test_keys_have_the_tones_of_telephones() -> None:
    assert (TONES["1"], TONES["#"], TONES["5"]) == ((697, 1209), (941, 1477), (770, 1336))
