"""Agents who accept calls by a key: a telephone that presses it, and a voicemail that does not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from msgspec import structs

from acdengine.conversation_facts import ConsultAnswered, ConsultEnded
from acdengine.facts import AcceptanceAwaited, CallConnected, CallQueued, OfferClosed
from acdengine.requests import ConsultRequested, TransferRequested
from queues.policy import AcceptKey
from queues.targets import ToAgent
from tests.live.centre import QUEUE, centre, plan
from tests.live.esl_peer import EslPeer
from tests.live.freeswitch_config import DOMAIN, SwitchOptions
from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.rtp_keys import press_by_rtp
from tests.live.sipp_calls import Caller, Phone, SippWorld, at
from tests.live.test_adapter import AGENT, MUSIC, hears
from tests.live.test_ringing import with_queue

#: What a mobile sounds like, in Hz.
MOBILE = 1200
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


async def test_a_key_in_the_stream_of_the_sound_joins_the_agent(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    phone = sipp.phone(Phone(answer_ms=50))
    async with centre(freeswitch, with_queue(plan({"anna": at(phone)}), accept_key=ONE)) as acd:
        acd.work("anna")
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        asked = await acd.expect(AcceptanceAwaited)
        await press_by_rtp(esl, asked.offer_id, "2")
        assert not acd.told(CallConnected)
        await press_by_rtp(esl, asked.offer_id, "1")
        assert (await acd.expect(CallConnected)).agent_id == "t/anna"
        assert not acd.told(OfferClosed)


async def test_a_key_that_is_pressed_after_a_restart_of_the_engine_joins_the_agent(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    patient = AcceptKey(key="1", prompt="greeting", timeout_us=30_000_000)
    phone = sipp.phone(Phone(answer_ms=50, tone_hz=AGENT))
    the_plan = with_queue(plan({"anna": at(phone)}), accept_key=patient)
    async with centre(freeswitch, the_plan) as acd:
        acd.work("anna")
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        asked = await acd.expect(AcceptanceAwaited)
        engine = acd.engine
    async with centre(freeswitch, the_plan, engine=engine) as after:
        await hears(esl, freeswitch, asked.call_id, MUSIC)
        assert not after.told(OfferClosed)
        await press(esl, asked.offer_id, "1")
        assert (await after.expect(CallConnected)).agent_id == "t/anna"
        await hears(esl, freeswitch, asked.call_id, AGENT)


async def test_of_several_telephones_the_one_that_answers_is_asked_for_the_key(
    new_freeswitch: Callable[[SwitchOptions], FreeSwitchInstance], sipp: SippWorld
) -> None:
    switch = new_freeswitch(SwitchOptions(several_phones=True))
    switch.start()
    slow = sipp.phone(Phone(answer_ms=60_000))
    quick = sipp.phone(Phone(answer_ms=500, tone_hz=AGENT, digits="1"))
    the_plan = with_queue(plan({"anna": f"user/1000@{DOMAIN}"}), accept_key=ONE)
    async with centre(switch, the_plan) as acd:
        for phone in (slow, quick):
            sipp.register(switch.sip_port, "1000", phone.port)
        registrations = acd.node.registrations
        await acd.until(lambda: registrations.are_several(f"user/1000@{DOMAIN}"))
        acd.work("anna")
        sipp.call(switch.trunk_port, Caller("5001"))
        asked = await acd.expect(AcceptanceAwaited)
        connected = await acd.expect(CallConnected)
        assert connected.offer_id == asked.offer_id
        assert "CANCEL sip:" in slow.messages
        assert not acd.told(OfferClosed)


async def press(esl: EslPeer, leg_id: str, digit: str) -> None:
    """A key of the telephone at the end of a leg."""
    printed = await asyncio.to_thread(esl.api, f"uuid_recv_dtmf {leg_id} {digit}")
    assert printed.startswith("+OK")


# -- consults --------------------------------------------------------------------------------------


async def test_a_consulted_agents_voicemail_is_no_answer_and_the_key_is(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    anna = sipp.phone(Phone(answer_ms=20, tone_hz=AGENT))
    mobile = sipp.phone(Phone(answer_ms=50, tone_hz=MOBILE))
    the_plan = plan({"anna": at(anna), "ben": at(mobile, "1001")})
    agents = dict(the_plan.agents)
    agents["t/ben"] = structs.replace(agents["t/ben"], accept_key=ONE)
    async with centre(freeswitch, structs.replace(the_plan, agents=agents)) as acd:
        acd.work("anna")
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        talking = await acd.expect(CallConnected)
        acd.work("ben")
        acd.post(ConsultRequested(at_us=0, call_id=talking.call_id, agent_id="t/ben"))
        await acd.expect(AcceptanceAwaited)
        await hears(esl, freeswitch, talking.call_id, MUSIC)
        assert not acd.told(ConsultAnswered)
        assert (await acd.expect(ConsultEnded)).outcome == "no_answer"
        await hears(esl, freeswitch, talking.call_id, AGENT)
        await acd.until(lambda: acd.engine.state.agents["t/ben"].state == "not_ready")
        acd.work("ben")
        acd.post(ConsultRequested(at_us=0, call_id=talking.call_id, agent_id="t/ben"))
        asked = await acd.expect(AcceptanceAwaited, 2)
        await press(esl, asked.offer_id, "1")
        await acd.expect(ConsultAnswered)
        await acd.until(lambda: not acd.engine.state.calls[talking.call_id].unconfirmed)
        await hears(esl, freeswitch, talking.offer_id, MOBILE)


async def test_an_agent_reached_by_a_direct_transfer_is_asked_for_their_key(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    anna = sipp.phone(Phone(answer_ms=20, tone_hz=AGENT))
    mobile = sipp.phone(Phone(answer_ms=50, tone_hz=MOBILE, digits="1"))
    the_plan = plan({"anna": at(anna), "ben": at(mobile, "1001")})
    agents = dict(the_plan.agents)
    agents["t/ben"] = structs.replace(agents["t/ben"], accept_key=ONE)
    async with centre(freeswitch, structs.replace(the_plan, agents=agents)) as acd:
        acd.work("anna")
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        talking = await acd.expect(CallConnected)
        acd.work("ben")
        to_ben = ToAgent("t/ben", 20_000_000, QUEUE)
        acd.post(TransferRequested(at_us=0, call_id=talking.call_id, target=to_ben))
        await acd.expect(AcceptanceAwaited)
        assert (await acd.expect(CallConnected, 2)).agent_id == "t/ben"
        await hears(esl, freeswitch, talking.call_id, MOBILE)


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
