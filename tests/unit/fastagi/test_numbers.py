"""Numbers outside that an Asterisk dials for its callers."""

from __future__ import annotations

import pytest

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine.plan import DialRoute, DialWay
from tests.unit.fastagi.paper import Desk, settle, with_desk

ROUTE = DialRoute(
    ways=(DialWay(contact="pjsip/{number}@one"), DialWay(contact="pjsip/{number}@two")),
    ring_timeout_us=30_000_000,
)


def test_a_caller_is_joined_with_a_number_outside() -> None:
    async def story(desk: Desk) -> None:
        caller = await desk.caller()
        await desk.order(cmd.DialNumber("call1", "+4930", ("+49",), ROUTE, 2))
        assert caller.doing.startswith("EXEC Dial PJSIP/+4930@one,30.000,gr")
        agent = desk.open("answered/call1.out1")
        await settle()
        assert agent.is_closed
        caller.dialled("ANSWER")
        await settle()
        assert desk.told() == [
            ev.NumberAnswered(0, "call1", 2), ev.NumberEnded(0, "call1", True, "normal", 2),
        ]  # fmt: skip

    with_desk(story)


@pytest.mark.parametrize(
    ("first", "ways", "cause"),
    [(("CONGESTION", 34), 2, "busy"), (("NOANSWER", 0), 1, "no_answer")],
)
def test_the_next_way_is_tried_where_the_first_has_failed(
    first: tuple[str, int], ways: int, cause: str
) -> None:
    async def story(desk: Desk) -> None:
        caller = await desk.caller()
        await desk.order(cmd.DialNumber("call1", "4930", ("49",), ROUTE))
        caller.dialled(*first)
        await settle()
        if caller.doing.startswith("EXEC Dial"):
            assert "@two" in caller.doing
            caller.dialled("BUSY", 17)
            await settle()
        assert sum("Dial" in line for line in caller.lines) == ways
        assert desk.told() == [ev.NumberEnded(0, "call1", False, cause, 1)]

    with_desk(story)


@pytest.mark.parametrize("number", ["0049", "49,30", "49&SIP/x", "", "49\n"])
def test_a_number_that_is_not_allowed_is_not_dialled(number: str) -> None:
    async def story(desk: Desk) -> None:
        caller = await desk.caller()
        await desk.order(cmd.DialNumber("call1", number, ("49",), ROUTE))
        assert desk.told() == [ev.NumberEnded(0, "call1", False, "trunk_failed", 1)]
        assert not any("Dial" in line for line in caller.lines)

    with_desk(story)
