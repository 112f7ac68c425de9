"""The checker of nailed-up lines finds each breach, and leaves the ordinary way alone."""

from __future__ import annotations

from typing import Literal

import pytest

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine.centre_facts import LineChanged
from adapters.sim.seeds.checkers.checker import CheckFailed, HandledEvent
from adapters.sim.seeds.checkers.nailed_up_lines import Lines


def told(
    state: Literal["dialled", "up", "down"],
    line: str = "l1",
    agent: str = "a",
    order: cmd.AnyCommand | None = None,
) -> HandledEvent:
    fact = LineChanged(1, agent, line, state, "")
    return HandledEvent(ev.TimePassed(1), [order] if order is not None else [], [fact])


def opened(line: str = "l1") -> cmd.OpenLine:
    return cmd.OpenLine(line, "a", "user/1", 1)


def ordered(*orders: cmd.AnyCommand) -> HandledEvent:
    return HandledEvent(ev.TimePassed(1), orders, [])


def rung(line: str = "l1") -> HandledEvent:
    return ordered(cmd.RingAgent("c1-1", "c1", "a", "user/1", 1, line_id=line))


BREACHES: list[tuple[str, list[HandledEvent]]] = [
    ("a second time", [told("dialled"), told("down"), told("dialled")]),
    ("nothing is told", [ordered(opened())]),
    ("has two lines", [told("up"), told("up", "l2")]),
    ("is dialled with l1", [told("up"), told("dialled", "l2")]),
    ("another agent's", [told("dialled"), told("up", agent="b")]),
    ("not up", [told("dialled"), rung()]),
    ("not up", [told("up"), told("down"), rung()]),
    ("ordered down", [told("up"), ordered(cmd.CloseLine("l1")), rung()]),
]


@pytest.mark.parametrize(("said", "moments"), BREACHES)
def test_a_breach_is_found(said: str, moments: list[HandledEvent]) -> None:
    checker = Lines()
    *before, last = moments
    for moment in before:
        checker.look(moment)
    with pytest.raises(CheckFailed, match=said):
        checker.look(last)


def test_the_ordinary_way_is_left_alone() -> None:
    checker = Lines()
    for moment in (
        told("dialled", order=opened()), told("up"), rung(), rung(), told("down"),
        told("dialled", "l2", order=opened("l2")), told("up", "l2"), rung("l2"),
    ):  # fmt: skip
        checker.look(moment)
    checker.forget()
    checker.look(told("up", "l2"))
    checker.look(rung("l2"))
    checker.finish()


def test_after_a_loss_of_memory_the_id_of_a_line_that_was_ordered_down_may_be_used_again() -> None:
    checker = Lines()
    for moment in (told("dialled", order=opened()), told("up"), ordered(cmd.CloseLine("l1"))):
        checker.look(moment)
    checker.forget()
    for moment in (told("dialled", order=opened()), told("up"), rung()):
        checker.look(moment)
