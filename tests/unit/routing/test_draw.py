"""The engine's own random numbers."""

from __future__ import annotations

from routing.draw import Draw


def test_the_numbers_are_those_of_splitmix64() -> None:
    """The first outputs for seed 1234567, as published with the reference code."""
    draw = Draw(1234567)
    numbers = [draw.below(2**64) for _ in range(5)]
    assert numbers == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


def test_a_restored_stream_goes_on() -> None:
    draw, again = Draw(7), Draw(0)
    draw.below(100)
    again.state = draw.state
    assert [draw.below(10) for _ in range(50)] == [again.below(10) for _ in range(50)]


def test_every_number_below_the_bound_is_as_likely() -> None:
    draw = Draw(42)
    counts = [0] * 7
    for _ in range(70_000):
        counts[draw.below(7)] += 1
    chi_square = sum((count - 10_000) ** 2 / 10_000 for count in counts)
    assert chi_square < 22.46, "6 degrees of freedom, one chance in a thousand"
