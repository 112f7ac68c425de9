from __future__ import annotations

import os
import subprocess
import sys

import pytest

from adapters.sim.draws.random_streams import Streams, derived_seed


def draws(streams: Streams, *name: str | int, count: int = 5) -> list[float]:
    stream = streams.stream(*name)
    return [stream.random() for _ in range(count)]


def test_a_stream_gives_the_same_whatever_else_is_drawn() -> None:
    alone = draws(Streams(7), "arrivals", "sales")

    busy = Streams(7)
    draws(busy, "service")
    first = draws(busy, "arrivals", "sales", count=2)
    draws(busy, "arrivals", "support", count=100)
    assert first + draws(busy, "arrivals", "sales", count=3) == alone


def test_names_and_seeds_are_kept_apart() -> None:
    seeds = [
        derived_seed(1, "a", "b"),
        derived_seed(1, "a/b"),
        derived_seed(1, "ab"),
        derived_seed(1, "b", "a"),
        derived_seed(1, "a", 1),
        derived_seed(1, "a", "1"),
        derived_seed(11, "a"),
        derived_seed(2, "a", "b"),
        derived_seed(-1, "a", "b"),
    ]
    assert len(dict.fromkeys(seeds)) == len(seeds)


def test_a_child_is_the_stream_with_the_longer_name() -> None:
    streams = Streams(7)
    child = streams.child("replication", 3)
    assert draws(child, "arrivals") == draws(Streams(7), "replication", 3, "arrivals")
    assert draws(child, "service") != draws(streams.child("replication", 4), "service")


def test_a_stream_needs_a_name() -> None:
    with pytest.raises(ValueError, match="name"):
        Streams(1).stream()


@pytest.mark.slow
@pytest.mark.parametrize("hash_seed", ["0", "1"])
def test_the_same_in_every_process(hash_seed: str) -> None:
    code = (
        "from adapters.sim.draws.random_streams import Streams;"
        "print(Streams(7).stream('arrivals').random())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    printed = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert float(printed) == Streams(7).stream("arrivals").random() == 0.5135662586675668
