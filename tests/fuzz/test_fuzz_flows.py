"""The fuzz targets of flows hold for their seeds and a short run, and find what they are for."""

from __future__ import annotations

import random

import pytest

from tests.fuzz import flow_targets
from tests.fuzz.fuzz_flows import TARGETS, mutated, seeds_of, target_of

#: Inputs of a short run, by how quick a target is.
_SHORT = {"expression": 300, "agi_replies": 100}


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_holds_for_its_seeds_and_for_what_is_made_of_them(target: str) -> None:
    seeds = seeds_of(target)
    assert seeds
    draw = random.Random(7)
    inputs = [*seeds, *(mutated(seeds, draw) for _ in range(_SHORT.get(target, 30)))]
    for data in inputs:
        target_of(target)(data)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\xff\xfe", b"\0", b"[" * 500, b"{" * 500, b"a: &a [*a, *a]", b"flow: 1",
        b"flow: 1\nsteps: {a: {a: {a: {a: 1}}}}", b"flow: [1", b"steps: &s {a: *s}",
        b"flow: 1\nsteps: {a: {menu: x, keys: {1: a}, speech: {x: \xf0\x9f\x98\x80}}}",
    ],
)  # fmt: skip
def test_hostile_files_are_refused_in_words(data: bytes) -> None:
    flow_targets.flow_file(data)


def test_a_value_beyond_its_limits_is_found() -> None:
    with pytest.raises(AssertionError):
        flow_targets._check_limits("x" * 2_000)
