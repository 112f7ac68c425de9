"""Agents who accept calls by a key: a telephone that presses it, and a voicemail that does not."""

from __future__ import annotations

import asyncio

from acdengine.facts import AcceptanceAwaited, CallConnected, CallQueued, OfferClosed
from queues.policy import AcceptKey
from tests.live.centre import centre, plan
from tests.live.esl_peer import EslPeer
from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.sipp_calls import Caller, Phone, SippWorld, at
from tests.live.test_adapter import AGENT, MUSIC, hears
from tests.live.test_ringing import with_queue

ONE = AcceptKey(key="1", prompt="greeting", timeout_us=2_000_000)


async def test_the_key_joins_the_agent_who_pressed_it(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    """Wrong keys first, and the right one before the prompt is over."""
    phone = sipp.phone(Phone(answer_ms=50, tone_hz=AGENT, digits="2#1"))
    async with centre(freeswitch, with_queue(plan({"anna": at(phone)}), accept_key=ONE)) as acd:
        acd.work("anna")
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        asked = await acd.expect(AcceptanceAwaited)
        connected = await acd.expect(CallConnected)
        assert connected.at_us - asked.at_us >= 400_000
        await hears(esl, freeswitch, connected.call_id, AGENT)
        assert not acd.told(OfferClosed)


async def test_a_voicemail_that_answers_is_a_miss_and_the_caller_hears_the_music(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    voicemail = sipp.phone(Phone(answer_ms=50, tone_hz=AGENT))
    near = sipp.phone(Phone(answer_ms=50, tone_hz=AGENT, digits="1"))
    the_plan = with_queue(plan({"anna": at(voicemail), "ben": at(near)}), accept_key=ONE)
    async with centre(freeswitch, the_plan) as acd:
        acd.work("anna")
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        queued = await acd.expect(CallQueued)
        await acd.expect(AcceptanceAwaited)
        await hears(esl, freeswitch, queued.call_id, MUSIC)
        acd.work("ben")
        closed = await acd.expect(OfferClosed)
        assert (closed.agent_id, closed.outcome) == ("t/anna", "no_answer")
        assert closed.asked_us >= ONE.timeout_us
        assert (await acd.expect(CallConnected)).agent_id == "t/ben"
        await asyncio.to_thread(near.hang_up)
