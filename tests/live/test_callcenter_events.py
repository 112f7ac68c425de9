"""A screen made for mod_callcenter hears of the engine's calls through the switch."""

from __future__ import annotations

import asyncio

from acdengine.facts import CallConnected, CallEnded, CallQueued
from adapters.freeswitch.translation.callcenter_events import CallcenterEvents
from tests.live.centre import centre, plan
from tests.live.esl_peer import EslPeer, Headers
from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.sipp_calls import Caller, Phone, SippWorld, at


async def test_another_client_of_the_switch_hears_a_whole_call(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    esl.subscribe("callcenter::info")

    async def hears(action: str) -> Headers:
        return await asyncio.to_thread(esl.wait_for, "callcenter::info", CC_Action=action)

    phone = sipp.phone(Phone(answer_ms=50))
    async with centre(freeswitch, plan({"anna": at(phone)})) as acd:
        acd.runtime.add_sink(CallcenterEvents(acd.node.channel.tell, lambda: acd.runtime.state))
        caller = sipp.call(
            freeswitch.trunk_port, Caller("5001", number="30123", name="A, {b} ${uuid} 'c'")
        )
        queued = await acd.expect(CallQueued)
        start = await hears("member-queue-start")
        assert start["Event-Subclass"] == "callcenter::info"
        assert start["CC-Queue"] == "sales@t"
        assert start["CC-Member-UUID"] == start["CC-Member-Session-UUID"] == queued.call_id
        assert start["CC-Member-CID-Number"] == "30123"
        assert start["CC-Member-CID-Name"].startswith("A, (b) %(uuid) 'c'")
        assert (await hears("members-count"))["CC-Count"] == "1"
        acd.work("anna")
        assert (await hears("agent-offering"))["CC-Agent"] == "anna@t"
        bridged = await hears("bridge-agent-start")
        talking = await acd.expect(CallConnected)
        assert bridged["CC-Agent-UUID"] == talking.offer_id
        await asyncio.to_thread(caller.hang_up)
        await acd.expect(CallEnded)
        assert (await hears("bridge-agent-end"))["CC-Agent-Bridged"] == "true"
        assert (await hears("member-queue-end"))["CC-Cause"] == "Terminated"
        assert acd.node.connection.is_up
