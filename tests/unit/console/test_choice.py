"""Keys of the screen: what each changes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from acdengine.console.choice import ORDERS, Choice
from acdengine.console.columns import level_style, wait_style
from tests.unit.console.frames import S, queue

ROWS = (
    replace(queue(1), waiting=1, longest_us=5 * S, service_level=0.9),
    replace(queue(2), waiting=9, longest_us=50 * S, service_level=0.5),
    replace(queue(3), waiting=5, longest_us=90 * S, service_level=None),
)


def after(keys: str, choice: Choice = Choice()) -> Choice:  # noqa: B008 - immutable
    for key in keys.split():
        choice = choice.pressed(key, ROWS)
    return choice


def test_s_goes_through_all_orders_and_begins_again() -> None:
    orders = [after("s " * n).order for n in range(len(ORDERS) + 1)]
    assert orders == [*ORDERS, "settings"]


@pytest.mark.parametrize(
    ("order", "names"),
    [("settings", "123"), ("trouble", "321"), ("name", "123"), ("waiting", "231"),
     ("service level", "213")],
)  # fmt: skip
def test_orders(order: str, names: str) -> None:
    rows = Choice(order).sorted(ROWS)  # type: ignore[arg-type]
    assert "".join(row.queue_id[-1] for row in rows) == names


def test_the_selection_goes_round_in_the_order_shown() -> None:
    assert after("down").queue_id == "acme/queue1"
    assert after("down down down down").queue_id == "acme/queue1"
    assert after("up").queue_id == "acme/queue3"
    assert after("s j").queue_id == "acme/queue3"
    assert after("down k").queue_id == "acme/queue3"


def test_enter_opens_the_selected_queue_or_the_first_and_escape_goes_back() -> None:
    assert after("enter") == Choice(queue_id="acme/queue1", opened=True)
    opened = after("down down enter")
    assert (opened.queue_id, opened.opened) == ("acme/queue2", True)
    assert after("esc", opened) == replace(opened, opened=False)
    assert after("esc esc", opened) == Choice()
    assert not Choice().pressed("enter", ()).opened


def test_q_asks_and_only_y_stops() -> None:
    assert after("q").asks_to_stop
    assert not after("q").stop
    assert after("q y").stop
    assert after("q n") == after("q q") == Choice()
    assert not after("y").stop


def test_help_and_keys_without_meaning() -> None:
    assert after("?").help
    assert not after("? ?").help
    assert not after("? esc").help
    for key in ("down", "enter", "s", "x"):
        assert after(f"? {key}") == Choice(), key
    assert after("? q").asks_to_stop
    assert after("x Z 7") == Choice()


@pytest.mark.parametrize(
    ("longest_s", "colour"), [(20, "green"), (21, "yellow"), (59, "yellow"), (60, "red")]
)
def test_waits_are_coloured_by_the_target_time(longest_s: int, colour: str) -> None:
    assert wait_style(queue(1, longest_s=longest_s)) == colour


@pytest.mark.parametrize(
    ("level", "colour"),
    [(0.8, "green"), (0.79, "yellow"), (0.6, "yellow"), (0.59, "red"), (None, "bright_black")],
)
def test_service_levels_are_coloured_by_their_target(level: float | None, colour: str) -> None:
    assert level_style(replace(queue(1), service_level=level)) == colour
