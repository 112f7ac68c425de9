"""Lines that strangers can cause."""

from __future__ import annotations

from typing import Any

from acdengine.runtime.rate_limited_log import RateLimitedLog


class Said:
    """A log, and seconds."""

    def __init__(self) -> None:
        self.now = 0.0
        self.lines: list[tuple[str, dict[str, Any]]] = []

    def write(self, event: str, **more: object) -> None:
        self.lines.append((event, more))


def test_a_kind_is_said_once_in_ten_seconds_and_then_with_what_was_left_out() -> None:
    said = Said()
    lines = RateLimitedLog(lambda: said.now)
    for _ in range(25):
        lines.say(said.write, "a", "A", by="x")
        said.now += 1
    lines.say(said.write, "b", "B")
    assert said.lines == [
        ("A", {"by": "x"}), ("A", {"by": "x", "unsaid": 9}), ("A", {"by": "x", "unsaid": 9}),
        ("B", {}),
    ]  # fmt: skip


def test_kinds_without_end_take_no_memory_without_end() -> None:
    said = Said()
    lines = RateLimitedLog(lambda: said.now)
    for n in range(10_000):
        lines.say(said.write, n, "A")
    assert len(lines._said) <= 256
