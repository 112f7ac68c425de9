"""What people do with an agent's telephone itself: the hold key, private calls, several of them."""

from __future__ import annotations

import asyncio

import pytest

from acdengine.conversation_facts import CallHeld, CallRetrieved, ConversationEnded
from acdengine.facts import CallConnected
from queues.policy import Announcements
from tests.live.centre import centre, plan
from tests.live.esl_peer import EslPeer
from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.sipp_calls import Caller, Phone, SippWorld, at
from tests.live.test_adapter import AGENT, MUSIC, hears
from tests.live.test_ringing import with_queue

VIP_MUSIC = 880


@pytest.mark.parametrize(("music", "heard"), [("default", MUSIC), ("moh_vip", VIP_MUSIC)])
async def test_the_telephones_own_hold_key_is_a_hold_with_the_queues_music(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer, music: str, heard: int
) -> None:
    phone = sipp.phone(Phone(answer_ms=20, tone_hz=AGENT))
    the_plan = with_queue(plan({"anna": at(phone)}), announcements=Announcements(music=music))
    async with centre(freeswitch, the_plan) as acd:
        acd.work("anna")
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        talking = await acd.expect(CallConnected)
        await hears(esl, freeswitch, talking.call_id, AGENT)
        await asyncio.to_thread(phone.hold)
        await acd.expect(CallHeld)
        assert acd.engine.floor.calls[talking.call_id].state == "held"
        await hears(esl, freeswitch, talking.call_id, heard)
        await asyncio.to_thread(phone.resume)
        retrieved = await acd.expect(CallRetrieved)
        await hears(esl, freeswitch, talking.call_id, AGENT)
        await asyncio.to_thread(phone.hang_up)
        assert (await acd.expect(ConversationEnded)).held_us == retrieved.held_us > 0


async def test_a_hold_key_pressed_while_no_engine_listened_is_found(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    phone = sipp.phone(Phone(answer_ms=20, tone_hz=AGENT))
    the_plan = plan({"anna": at(phone)})
    async with centre(freeswitch, the_plan) as acd:
        acd.work("anna")
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        talking = await acd.expect(CallConnected)
        await hears(esl, freeswitch, talking.call_id, AGENT)
        engine = acd.engine
    await asyncio.to_thread(phone.hold)
    await asyncio.sleep(0.2)
    async with centre(freeswitch, the_plan, engine=engine) as after:
        await after.expect(CallHeld)
    async with centre(freeswitch, the_plan) as fresh:
        await fresh.expect(CallHeld)
        await asyncio.to_thread(phone.resume)
        await fresh.expect(CallRetrieved)
