"""Callers who wait unanswered on a real FreeSWITCH: 183 with music, 200 with the agent."""

from __future__ import annotations

import asyncio

from msgspec import structs

from acdengine.centre_facts import SwitchChanged
from acdengine.facts import CallConnected, CallEnded, CallQueued, OfferMade
from acdengine.plan import Plan
from tests.live.centre import QUEUE, centre, plan
from tests.live.esl_peer import EslPeer
from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.sipp_calls import Caller, Phone, Sipp, SippWorld, at


def early(phone: Sipp) -> Plan:
    """A centre whose callers are answered with the agent, and one agent."""
    the_plan = plan({"anna": at(phone)}, greeting="greeting")
    queue = structs.replace(the_plan.queues[QUEUE], answer="with_agent")
    return structs.replace(the_plan, queues={**the_plan.queues, QUEUE: queue})


def plays(esl: EslPeer, call_id: str) -> str:
    return esl.api(f"uuid_getvar {call_id} current_application_data").strip()


async def test_a_caller_is_answered_with_the_agent(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    phone = sipp.phone(Phone(answer_ms=300, talk_ms=500))
    async with centre(freeswitch, early(phone)) as acd:
        caller = sipp.call(freeswitch.trunk_port, Caller("5001"))
        call_id = (await acd.expect(CallQueued)).call_id
        await acd.until(lambda: plays(esl, call_id).endswith("greeting.wav"))
        await acd.until(lambda: "183 Session Progress" in caller.messages)
        assert "SIP/2.0 200" not in caller.messages
        acd.work("anna")
        await acd.expect(OfferMade)
        await acd.expect(CallConnected)
        assert caller.messages.index("SIP/2.0 183") < caller.messages.index("SIP/2.0 200")
        assert (await acd.expect(CallEnded)).outcome == "answered"
        await asyncio.to_thread(caller.wait)


async def test_who_waits_unanswered_keeps_the_place_through_a_restart(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    phone = sipp.phone(Phone(talk_ms=300))
    async with centre(freeswitch, early(phone)) as acd:
        caller = sipp.call(freeswitch.trunk_port, Caller("5001"))
        before = await acd.expect(CallQueued)
        await acd.until(lambda: "183 Session Progress" in caller.messages)
    async with centre(freeswitch, early(phone)) as acd:
        await acd.expect(SwitchChanged)
        again = await acd.expect(CallQueued)
        assert (again.call_id, again.queued_at_us) == (before.call_id, before.queued_at_us)
        assert "SIP/2.0 200" not in caller.messages
        acd.work("anna")
        await acd.expect(CallConnected)
        await acd.expect(CallEnded)
        await asyncio.to_thread(caller.wait)
