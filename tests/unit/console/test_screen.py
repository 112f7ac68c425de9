"""The screen: everything of a frame is on it, and it fits."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from acdengine.console import wording
from acdengine.console.choice import KEYS, ORDERS, Choice
from acdengine.console.frame import Frame, QueueDetail, StepRow, WaitingRow
from acdengine.console.live import line
from acdengine.console.screen import screen, why
from tests.unit.console.frames import FRAME, NOW_US, S, decision, queue


def drawn(frame: Frame, width: int = 100, height: int = 30, choice: Choice = Choice()) -> list[str]:  # noqa: B008 - immutable
    console = Console(width=width, height=height, file=io.StringIO(), color_system=None)
    with console.capture() as capture:
        console.print(screen(frame, width, height, choice))
    return capture.get().rstrip("\n").split("\n")


def test_it_fits_a_terminal_of_100_by_30_and_shows_what_there_is() -> None:
    lines = drawn(FRAME)
    assert len(lines) == 30
    assert max(len(text) for text in lines) <= 100
    whole = "\n".join(lines)
    for said in (
        "Mon 5 Jan 2026 10:04:31 ×60", "31 calls live", "0.25 calls/s",
        "acme/queue1", "1:35", "2:30", "72 %", "101", "no staff",
        "33 signed in", "talking    24", "break 3, missed 1",
        "berlin", "28/120", "offered 300  answered 250", "abandoned 40  refused 6  busy 2",
        "180 µs", "10:04:30", "c1 → sales05", "longest idle", "idle longer, next sales06",
    ):  # fmt: skip
        assert said in whole, said


def test_at_80_by_24_names_stay_whole_and_columns_leave_by_their_rank() -> None:
    long = tuple(
        replace(queue(n), queue_id=f"acme/support-premium-customers-{n}") for n in range(1, 8)
    )
    lines = drawn(replace(FRAME, queues=long), width=80, height=24)
    assert len(lines) == 24
    assert max(len(text) for text in lines) <= 80
    whole = "\n".join(lines)
    assert all(f"{row.queue_id} " in whole for row in long)
    heading = next(text for text in lines if "waiting" in text).split()
    assert heading[1:-1] == ["queue", "waiting", "longest", "in", "time", "staff"]
    assert "more" not in whole
    assert "→ sales05" in whole


def test_two_queues_too_many_are_counted_with_those_who_wait_there() -> None:
    queues = tuple(queue(n, waiting=n, longest_s=n) for n in range(1, 10))
    lines = drawn(replace(FRAME, queues=queues), width=80, height=24)
    (told,) = [text for text in lines if "more" in text]
    shown = [row for row in queues if any(f"{row.queue_id} " in text for text in lines)]
    hidden = len(queues) - len(shown)
    assert hidden >= 2
    waiting = sum(row.waiting for row in queues if row not in shown)
    assert told.split()[1:4] == [str(hidden), "more", str(waiting)]


def test_the_selected_queue_is_on_the_screen_in_every_order() -> None:
    queues = tuple(queue(n, waiting=n, longest_s=n) for n in range(1, 40))
    for order in ORDERS:
        for name in ("acme/queue1", "acme/queue20", "acme/queue39"):
            choice = Choice(order, queue_id=name)
            whole = "\n".join(drawn(replace(FRAME, queues=queues), choice=choice))
            assert f"{name} " in whole, (order, name)


def test_one_queue_shows_its_agents_and_who_waits() -> None:
    detail = QueueDetail(
        queue(1), (WaitingRow(1, "c7", 95 * S, 2, ("acme/anna",)), WaitingRow(2, "c8", 60 * S, 0)),
        (("talking", "acme/ben"), ("ringing", "acme/anna")),
    )  # fmt: skip
    opened = Choice(queue_id="acme/queue1", opened=True)
    whole = "\n".join(drawn(replace(FRAME, detail=detail), 80, 24, opened))
    for said in ("acme/queue1", "72 % of 80 % in 0:20", "talking 1: ben", "ringing 1: anna", "c7",
                 "1:35", "anna", "enter back"):  # fmt: skip
        assert said in whole, said
    assert "last decisions" not in whole


def test_help_names_the_keys_and_the_question_before_the_end_is_asked() -> None:
    whole = "\n".join(drawn(FRAME, 80, 24, Choice(help=True)))
    assert all(key in whole and does in whole for key, does in KEYS)
    assert "any key goes back" in whole
    assert "sort: settings" not in whole
    assert "Stop the engine?" in "\n".join(drawn(FRAME, choice=Choice(asks_to_stop=True)))


def test_the_newest_decisions_are_on_top_and_a_larger_terminal_shows_more() -> None:
    def shown(height: int) -> list[str]:
        return [text.split()[2] for text in drawn(FRAME, height=height) if "→ sales05" in text]

    assert shown(30)[:3] == ["c1", "c2", "c3"]
    assert len(shown(30)) >= 7
    assert len(shown(40)) == len(shown(30)) + 10


def test_too_many_queues_are_shown_from_the_most_troubled_on() -> None:
    queues = tuple(queue(n, waiting=n, longest_s=n) for n in range(40))
    whole = "\n".join(drawn(replace(FRAME, queues=queues)))
    assert len(drawn(replace(FRAME, queues=queues))) == 30
    assert "acme/queue39 " in whole
    assert "acme/queue1 " not in whole
    hidden = [row for row in queues if f"{row.queue_id} " not in whole]
    (told,) = [text for text in whole.splitlines() if "more" in text]
    assert told.split()[1:4] == [str(len(hidden)), "more", str(sum(r.waiting for r in hidden))]


def test_a_daemon_that_cannot_keep_up_says_so() -> None:
    assert "behind" not in "\n".join(drawn(FRAME))
    late = "\n".join(drawn(replace(FRAME, behind_us=600 * S, inbox=12)))
    assert "12 events waiting, 10:00 behind" in late


def test_an_empty_centre_can_be_drawn() -> None:
    empty = Frame(
        now_us=NOW_US, local_us=NOW_US, speed=1.0, title="no switch", queues=(), agents={},
        trunks=(), decisions=(), calls=0, calls_per_s=0.0,
    )  # fmt: skip
    assert "no switch" in "\n".join(drawn(empty))
    assert "waiting 0 (longest 0:00)" in line(empty)


def test_a_frame_in_one_line() -> None:
    assert line(FRAME) == (
        "Mon 5 Jan 2026 10:04:31  waiting 6 (longest 1:35)  talking 24 ready 5 wrap-up 0  "
        "0.25 calls/s  offered 300 answered 250 abandoned 40"
    )


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (decision(), "idle longer, next sales06 of 3 agents"),
        (decision(runner_up=""), "the only agent"),
        (
            replace(decision(), surplus="agent", runner_up="c7", candidates=1),
            "idle longer, next c7",
        ),
        (replace(decision(), runner_up="", candidates=4), "idle longer"),
    ],
)
def test_why(made: object, says: str) -> None:
    assert why(made) == says  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("us", "says"),
    [(None, "–"), (-5, "0:00"), (7 * S, "0:07"), (750 * S, "12:30"), (3725 * S, "1:02:05")],
)
def test_durations(us: int | None, says: str) -> None:
    assert wording.duration(us) == says


def test_other_words() -> None:
    assert wording.short_id("a1b2c3d4-e5f6-7890") == "…e5f6-7890"
    assert wording.short_id("c123") == "c123"
    assert wording.name_of("acme/sales") == "sales"
    assert (wording.speed(1.0), wording.speed(0.5), wording.speed(60)) == ("", "×0.5", "×60")
    assert (wording.micros(None), wording.micros(85.2), wording.micros(1250)) == (
        "–", "85 µs", "1.2 ms",
    )  # fmt: skip
    assert wording.share(None) == "–"


def test_where_callers_are_in_flows_is_a_line_or_beside_the_decisions() -> None:
    steps = (
        StepRow("acme/main-menu", "choose", 12), StepRow("acme/main-menu", "hello", 2),
        StepRow("acme/order-status", "ask", 3),
    )  # fmt: skip
    for width, height in ((80, 24), (100, 30), (160, 40)):
        lines = drawn(replace(FRAME, steps=steps), width, height)
        whole = "\n".join(lines)
        assert "callers in flows, 17" in whole
        told = [line for line in lines if "main-menu" in line]
        assert "14" in told[0], "of the flow"
        assert any("choose" in line and "12" in line for line in lines)
        assert "last decisions" in whole
        assert why(FRAME.decisions[0]) in whole or width == 80
        assert len(lines) == height
        assert max(len(text) for text in lines) <= width
    assert "callers in flows, 0" in "\n".join(drawn(replace(FRAME, steps=()), 80, 24))
    assert "callers in flows" not in "\n".join(drawn(FRAME, 80, 24))
