"""Trunk groups of Asterisks: their channels are counted, and the call too many hears busy."""

from __future__ import annotations

from msgspec import structs

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine.plan import DialRoute, DialWay, TrunkGroup
from tests.unit.fastagi.paper import Desk, settle, with_desk
from tests.unit.fastagi.test_agents import RING, ringing


def test_the_caller_too_many_hears_busy_and_is_counted() -> None:
    async def story(desk: Desk) -> None:
        desk.groups["trunk"] = TrunkGroup(trunk_id="trunk", channels=1)
        first = await desk.caller()
        assert desk.lines.taken == {"call1": "trunk"}
        second = desk.open("queue/acme/sales", callingpres="35")
        await settle()
        assert desk.told() == [ev.CallBlocked(0, "", "500", "trunk", "channels")]
        assert second.doing == "" or "Hangup" in second.doing
        assert any('EXEC "Hangup" "17"' in line or "Hangup" in line for line in second.lines)
        second.hang_up()
        first.hang_up()
        await settle()
        assert desk.lines.taken == {}
        third = desk.open("queue/acme/sales")
        await settle()
        assert isinstance(desk.told()[-1], ev.CallArrived)
        assert not third.is_closed

    with_desk(story)


def test_a_way_out_without_a_free_channel_is_left_out() -> None:
    ways = tuple(
        DialWay(contact=f"pjsip/{{number}}@{name}", trunk_id=name) for name in ("one", "two")
    )
    route = DialRoute(ways=ways, ring_timeout_us=30_000_000)

    async def story(desk: Desk) -> None:
        desk.groups |= {
            "one": TrunkGroup(trunk_id="one", channels=0),
            "two": TrunkGroup(trunk_id="two", channels=1),
        }
        caller = await desk.caller()
        await desk.order(cmd.DialNumber("call1", "4930", ("49",), route))
        assert "@two" in caller.doing
        assert "two" in desk.lines.taken.values()
        caller.dialled("BUSY", 17)
        await settle()
        assert "two" not in desk.lines.taken.values()
        desk.groups["two"] = TrunkGroup(trunk_id="two", channels=0)
        desk.told()
        await desk.order(cmd.DialNumber("call1", "4930", ("49",), route, 2))
        assert desk.told() == [ev.NumberEnded(0, "call1", False, "trunk_busy", 2)]

    with_desk(story)


def test_the_dialplan_is_told_of_telephones_that_are_to_answer_by_themselves() -> None:
    async def story(desk: Desk) -> None:
        caller = await ringing(desk, structs.replace(RING, auto_answer="standard"))
        assert caller.variables["_ACD_AUTO_ANSWER"] == "standard"
        caller.dialled("NOANSWER", 19)
        await settle()
        await desk.order(structs.replace(RING, offer_id="call1-2"))
        assert caller.variables["_ACD_AUTO_ANSWER"] == ""

    with_desk(story)


async def keys_sent(desk: Desk) -> list[str]:
    caller = await desk.caller()
    await desk.order(cmd.SendKeys("call1", "12w#", 100_000))
    return [line for line in caller.lines if "SendDTMF" in line]


def test_keys_are_sent_to_the_caller() -> None:
    (line,) = with_desk(keys_sent)
    assert "12w#,250,100" in line
