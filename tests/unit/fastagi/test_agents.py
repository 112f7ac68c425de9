"""Agents and numbers that an Asterisk dials for its callers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec import structs

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine.screen_pop import ScreenPop
from tests.unit.fastagi.paper import Desk, PaperChannel, settle, with_desk

RING = cmd.RingAgent("call1-1", "call1", "acme/7", "user/7@acd.example", 20_000_000)
OPTIONS = "gm(default)b(acdengine^ringing^1(call1-1))U(acdengine^call1-1)"


async def ringing(desk: Desk, order: cmd.RingAgent = RING) -> PaperChannel:
    """A caller for whom a telephone rings, whose channel is known."""
    caller = await desk.caller()
    await desk.order(order)
    assert caller.doing.startswith("EXEC Dial"), caller.lines
    told = desk.open(f"ringing/{order.offer_id}", channel="PJSIP/7-00000002")
    await settle()
    assert told.is_closed
    return caller


async def answered(desk: Desk) -> tuple[PaperChannel, PaperChannel]:
    """The same, answered."""
    caller = await ringing(desk)
    agent = desk.open("answered/call1-1", channel="PJSIP/7-00000002")
    await settle()
    assert desk.told() == [ev.OfferAnswered(0, "call1-1")]
    return caller, agent


async def talking(desk: Desk) -> PaperChannel:
    """The same, joined."""
    caller, agent = await answered(desk)
    await desk.order(cmd.Bridge("call1", "call1-1"))
    assert desk.told() == [ev.CallBridged(0, "call1", "call1-1")]
    assert agent.is_closed
    return caller


def test_an_agent_is_dialled_with_music_for_the_caller() -> None:
    async def story(desk: Desk) -> None:
        caller = await ringing(desk)
        assert caller.doing == f"EXEC Dial PJSIP/7,19.999,{OPTIONS}" or caller.doing == (
            f"EXEC Dial PJSIP/7,20.000,{OPTIONS}"
        )
        assert not desk.told()

    with_desk(story)


@pytest.mark.parametrize(
    ("contact", "device"),
    [
        ("user/7@acd.example", "SCCP/7@desk"),
        ("pjsip/7@trunk", "PJSIP/7@trunk"),
        ("local/7@agents/n", "Local/7@agents/n"),
    ],
)
def test_contacts_become_devices(contact: str, device: str) -> None:
    async def story(desk: Desk) -> None:
        caller = await ringing(desk, structs.replace(RING, contact=contact))
        assert caller.doing.startswith(f"EXEC Dial {device},")

    with_desk(story, telephone="SCCP/{user}@desk")


@pytest.mark.parametrize(
    "contact",
    ["sofia/gateway/x/1", "pjsip/7,30,g", "pjsip/7&PJSIP/8", "pjsip/${SHELL(x)}", "pjsip/7\nHANGUP",
     "user/7)U(evil^x", "system/rm", "pjsip/", ""],
)  # fmt: skip
def test_nothing_else_is_dialled(contact: str) -> None:
    async def story(desk: Desk) -> None:
        caller = await desk.caller()
        await desk.order(structs.replace(RING, contact=contact))
        assert desk.told() == [ev.OfferEnded(0, "call1-1", "unreachable")]
        assert not any("Dial" in line for line in caller.lines)

    with_desk(story)


@pytest.mark.parametrize("music", ["a)U(evil^1", "a,b", "a b", "${X}"])
def test_music_cannot_add_options(music: str) -> None:
    async def story(desk: Desk) -> None:
        caller = await desk.caller()
        await desk.order(structs.replace(RING, music=music))
        assert desk.told() == [ev.OfferEnded(0, "call1-1", "not_rung")]
        assert not any("Dial" in line for line in caller.lines)

    with_desk(story)


def test_the_telephone_shows_what_the_engine_says() -> None:
    async def story(desk: Desk) -> dict[str, str]:
        caller = await desk.caller()
        pop = ScreenPop("acme/sales", "1", "Ada", "500", "c7", 0, 12_000_000)
        shown = cmd.ShownCaller('Ada\n"x"', "")
        await desk.order(structs.replace(RING, screen_pop=pop, shown=shown))
        return caller.variables

    variables = with_desk(story)
    assert variables["_ACD_QUEUE"] == "acme/sales"
    assert variables["_ACD_WAITED"] == "12"
    assert variables["CALLERID(num)"] == ""
    assert variables["CALLERID(name)"] == "Ada\\x\\"  # the paper drops quotes alone


def test_answer_talk_and_the_agents_end() -> None:
    async def story(desk: Desk) -> None:
        caller = await talking(desk)
        caller.dialled("ANSWER")
        await settle()
        assert desk.told() == [ev.OfferEnded(0, "call1-1", "hangup")]
        # The caller is still there, and hears nothing until the engine says what.
        assert caller.doing == "WAIT FOR DIGIT -1"
        assert not any("SET MUSIC" in line for line in caller.lines)

    with_desk(story)


def test_the_callers_end_comes_before_the_agents() -> None:
    async def story(desk: Desk) -> None:
        caller = await talking(desk)
        caller.is_dead = True
        caller.dialled("ANSWER", result=-1)
        await settle()
        caller.hang_up()
        await settle()
        assert desk.told() == [
            ev.CallerHungUp(0, "call1", "normal"), ev.OfferEnded(0, "call1-1", "hangup"),
        ]  # fmt: skip

    with_desk(story)


def test_a_caller_hangs_up_while_it_rings() -> None:
    async def story(desk: Desk) -> None:
        caller = await ringing(desk)
        caller.is_dead = True
        caller.dialled("CANCEL", result=-1)
        caller.hang_up()
        await settle()
        assert desk.told() == [
            ev.CallerHungUp(0, "call1", "normal"), ev.OfferEnded(0, "call1-1", "hangup"),
        ]  # fmt: skip

    with_desk(story)


@pytest.mark.parametrize(
    ("status", "cause", "expected"),
    [
        ("NOANSWER", 16, "no_answer"),
        ("BUSY", 17, "busy"),
        ("CONGESTION", 21, "rejected"),
        ("CHANUNAVAIL", 20, "unreachable"),
        ("CHANUNAVAIL", 0, "unreachable"),
        ("CONGESTION", 34, "failed"),
        ("", 0, "failed"),
        ("INVALIDARGS", 0, "not_rung"),
    ],
)
def test_how_a_ring_ends(status: str, cause: int, expected: ev.OfferCause) -> None:
    async def story(desk: Desk) -> None:
        caller = await desk.caller()
        await desk.order(cmd.PlayMusic("call1", "jazz"), RING)
        caller.dialled(status, cause)
        await settle()
        assert desk.told() == [ev.OfferEnded(0, "call1-1", expected)]
        assert caller.lines[-2:] == ["SET MUSIC ON jazz", "WAIT FOR DIGIT -1"]

    with_desk(story)


def test_a_prompt_is_heard_to_its_end_before_it_rings() -> None:
    async def story(desk: Desk) -> None:
        caller = await desk.caller()
        await desk.order(cmd.PlayPrompt("call1", "p", "hello"), RING)
        await asyncio.sleep(2)
        assert caller.doing == "STREAM FILE custom/hello "
        caller.finish()
        await settle()
        assert "PJSIP/7,17.9" in caller.doing

    with_desk(story)


def test_a_ring_that_is_withdrawn_before_it_has_begun() -> None:
    async def story(desk: Desk) -> None:
        caller = await desk.caller()
        await desk.order(cmd.PlayPrompt("call1", "p", "hello"), RING, cmd.CancelRing("call1-1"))
        assert desk.told() == [ev.OfferEnded(0, "call1-1", "hangup")]
        caller.finish()
        await settle()
        assert not any("Dial" in line for line in caller.lines)

    with_desk(story)


def test_one_telephone_rings_at_a_time() -> None:
    async def story(desk: Desk) -> None:
        await ringing(desk)
        await desk.order(structs.replace(RING, offer_id="call1-2", agent_id="acme/8"))
        assert desk.told() == [ev.OfferEnded(0, "call1-2", "not_rung")]

    with_desk(story)


def test_the_next_telephone_waits_for_the_end_of_the_one_that_is_withdrawn() -> None:
    async def story(desk: Desk) -> None:
        caller = await ringing(desk)
        following = structs.replace(RING, offer_id="call1-2", contact="user/8@acd.example")
        await desk.order(cmd.CancelRing("call1-1"), following)
        assert not desk.told()
        caller.dialled("NOANSWER")
        await settle()
        assert desk.told() == [ev.OfferEnded(0, "call1-1", "hangup")]
        assert caller.doing.startswith("EXEC Dial PJSIP/8,")

    with_desk(story)


@pytest.mark.parametrize(
    "changed", [{"consult": True}, {"line_id": "l"}, {"leg_id": "x"}, {"number": "123"}]
)
def test_other_ways_to_ring_are_refused(changed: dict[str, Any]) -> None:
    async def story(desk: Desk) -> None:
        await desk.caller()
        await desk.order(structs.replace(RING, **changed))
        assert desk.told() == [ev.OfferEnded(0, "call1-1", "not_rung")]

    with_desk(story)


def test_no_agent_is_dialled_without_the_subroutines() -> None:
    async def story(desk: Desk) -> None:
        caller = await desk.caller()
        caller.has_subroutines = False
        await desk.order(RING)
        assert desk.told() == [ev.OfferEnded(0, "call1-1", "not_rung")]
        # Once the dialplan has been mended it rings.
        caller.has_subroutines = True
        await desk.order(RING)
        assert caller.doing.startswith("EXEC Dial")

    with_desk(story)


def test_a_ring_is_cancelled_by_the_control_channel() -> None:
    async def story(desk: Desk) -> None:
        caller = await ringing(desk)
        assert "EXEC Originate Local/control@acdengine,app,Wait,86400,10,,a" in caller.lines
        control = desk.open("control")
        await settle()
        await desk.order(cmd.CancelRing("call1-1"))
        assert control.lines == ["HANGUP PJSIP/7-00000002"]
        caller.dialled("CHANUNAVAIL")
        await settle()
        assert desk.told() == [ev.OfferEnded(0, "call1-1", "hangup")]

    with_desk(story)


def test_the_control_channel_is_made_once_and_again_when_it_is_lost() -> None:
    async def story(desk: Desk) -> int:
        caller = await ringing(desk)
        control = desk.open("control")
        await settle()
        caller.dialled("NOANSWER")
        await settle()
        await desk.order(structs.replace(RING, offer_id="call1-2"))
        caller.dialled("NOANSWER")
        await settle()
        control.reader.feed_eof()
        await desk.order(structs.replace(RING, offer_id="call1-3"))
        return sum("Originate" in line for line in caller.lines)

    assert with_desk(story) == 2


def test_an_agent_who_answers_too_late_is_taken_down() -> None:
    async def story(desk: Desk) -> None:
        caller = await ringing(desk)
        await desk.order(cmd.CancelRing("call1-1"))
        agent = desk.open("answered/call1-1")
        await settle()
        assert agent.variables["GOSUB_RESULT"] == "CONTINUE"
        assert agent.is_closed
        caller.dialled("ANSWER")
        await settle()
        assert desk.told() == [ev.OfferEnded(0, "call1-1", "hangup")]

    with_desk(story)


def test_an_answered_agent_is_withdrawn() -> None:
    async def story(desk: Desk) -> None:
        _, agent = await answered(desk)
        await desk.order(cmd.CancelRing("call1-1"))
        assert agent.variables["GOSUB_RESULT"] == "CONTINUE"
        assert agent.is_closed

    with_desk(story)


def test_an_answer_that_nothing_is_known_of_is_taken_down() -> None:
    async def story(desk: Desk) -> None:
        agent = desk.open("answered/old-1")
        await settle()
        assert agent.variables["GOSUB_RESULT"] == "CONTINUE"
        assert agent.is_closed
        assert not desk.told()

    with_desk(story)


def test_another_asterisk_cannot_answer_an_offer() -> None:
    async def story(desk: Desk) -> None:
        await ringing(desk)
        agent = desk.open("answered/call1-1", "10.1.1.1")
        await settle()
        assert agent.is_closed
        assert not desk.told()

    with_desk(story)


def test_a_whisper_is_heard_by_the_agent_alone() -> None:
    async def story(desk: Desk) -> None:
        caller, agent = await answered(desk)
        await desk.order(cmd.Bridge("call1", "call1-1", "new-customer"))
        assert agent.doing == "STREAM FILE custom/new-customer "
        assert caller.doing.startswith("EXEC Dial")
        assert not desk.told()
        agent.finish()
        await settle()
        assert desk.told() == [ev.CallBridged(0, "call1", "call1-1")]

    with_desk(story)


def test_an_agent_is_asked_for_a_key() -> None:
    async def story(desk: Desk) -> None:
        _, agent = await answered(desk)
        await desk.order(cmd.AskToAccept("call1-1", "call1", "1", ("press-one",)))
        agent.finish()
        await settle()
        for key in "21":
            agent.press(key)
            await settle()
        assert desk.told() == [
            ev.OfferKeyPressed(0, "call1-1", "2"), ev.OfferKeyPressed(0, "call1-1", "1"),
        ]  # fmt: skip
        await desk.order(cmd.Bridge("call1", "call1-1"))
        assert desk.told() == [ev.CallBridged(0, "call1", "call1-1")]

    with_desk(story)


def test_an_agent_hangs_up_before_the_bridge() -> None:
    async def story(desk: Desk) -> None:
        caller, agent = await answered(desk)
        agent.hang_up()
        await settle()
        assert agent.is_closed
        caller.dialled("ANSWER")
        await settle()
        assert desk.told() == [ev.OfferEnded(0, "call1-1", "hangup")]

    with_desk(story)


def test_an_answer_that_was_not_told_is_a_failure() -> None:
    async def story(desk: Desk) -> None:
        caller = await ringing(desk)
        caller.dialled("ANSWER")
        await settle()
        assert desk.told() == [ev.OfferEnded(0, "call1-1", "failed")]

    with_desk(story)


def test_the_engine_ends_a_conversation() -> None:
    async def story(desk: Desk) -> None:
        caller = await talking(desk)
        control = desk.open("control")
        await settle()
        await desk.order(cmd.CancelRing("call1-1"), cmd.HangUpCall("call1", "normal"))
        assert control.lines == ["HANGUP PJSIP/7-00000002", "HANGUP PJSIP/trunk-00000001"]
        caller.is_dead = True
        caller.dialled("ANSWER", result=-1)
        caller.hang_up()
        await settle()
        assert desk.told() == [
            ev.CallerHungUp(0, "call1", "normal"), ev.OfferEnded(0, "call1-1", "hangup"),
        ]  # fmt: skip

    with_desk(story)


def test_what_cannot_be_done_during_a_conversation_is_told() -> None:
    async def story(desk: Desk) -> None:
        caller = await talking(desk)
        await desk.order(
            cmd.HoldCall("call1", "jazz"),
            cmd.PlayPrompt("call1", "p", "hello"),
            cmd.StartRecording("call1", "x.wav"),
            cmd.JoinConsult("call1", "call1-1", "call1-2", "jazz"),
            cmd.AnswerCall("call1"),
            cmd.StopPrompt("call1"),
        )
        assert desk.told() == [
            ev.HoldChanged(0, "call1", "call1-1", is_held=False),
            ev.PromptFinished(0, "call1", "p"),
            ev.RecordingEnded(0, "call1", "x.wav", 0, "not_recorded"),
            ev.OfferEnded(0, "call1-2", "hangup"),
            ev.PartyEnded(0, "call1-2", "failed"),
        ]
        assert caller.doing.startswith("EXEC Dial")

    with_desk(story)


def test_music_that_is_ordered_during_a_conversation_follows_it() -> None:
    async def story(desk: Desk) -> None:
        caller = await talking(desk)
        await desk.order(cmd.PlayMusic("call1", "jazz"), cmd.CancelRing("call1-1"))
        caller.dialled("ANSWER")
        await settle()
        assert caller.lines[-2:] == ["SET MUSIC ON jazz", "WAIT FOR DIGIT -1"]

    with_desk(story)


def test_a_broken_connection_ends_call_and_offer() -> None:
    async def story(desk: Desk) -> None:
        caller = await ringing(desk)
        caller.reader.feed_eof()
        await settle()
        told = desk.told()
        assert ev.CallerHungUp(0, "call1", "lost") in told
        assert ev.OfferEnded(0, "call1-1", "hangup") in told

    with_desk(story)
