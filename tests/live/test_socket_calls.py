"""Numbers whose dialplan says `socket`: into the queue, or on when no engine listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_network
from typing import NamedTuple

from acdengine.facts import CallConnected, CallEnded, CallQueued
from adapters.freeswitch.protocol.command_lines import api
from adapters.freeswitch.wire.outbound_socket_calls import SocketCalls
from tests.live.centre import Centre, centre, plan
from tests.live.freeswitch_config import SwitchOptions
from tests.live.freeswitch_instance import FreeSwitchInstance, free_port
from tests.live.sipp_calls import Caller, Phone, Sipp, SippWorld, at

MakeSwitch = Callable[[SwitchOptions], FreeSwitchInstance]
LOOPBACK = [ip_network("127.0.0.0/8")]


def with_fallback(port: int) -> SwitchOptions:
    """DIDs of 70... go by socket, and when that has come to nothing they are answered and held."""
    return SwitchOptions(
        extra_public=f"""
<extension name="by_socket">
<condition field="destination_number" expression="^70\\d*$">
<action application="socket" data="127.0.0.1:{port} async full"/>
<action application="set" data="acd_from_agent=not_for_the_engine"/>
<action application="answer"/>
<action application="playback" data="local_stream://moh_vip"/>
</condition>
</extension>"""
    )


class Waiting(NamedTuple):
    """A caller by socket, who waits in the queue."""

    acd: Centre
    calls: SocketCalls
    caller: Sipp
    call_id: str


@asynccontextmanager
async def waiting(new_freeswitch: MakeSwitch, sipp: SippWorld) -> AsyncIterator[Waiting]:
    port = free_port()
    switch = new_freeswitch(with_fallback(port))
    await asyncio.to_thread(switch.start, 90)
    phone = sipp.phone(Phone(answer_ms=50))
    async with centre(switch, plan({"anna": at(phone)})) as acd:
        calls = SocketCalls(lambda: [acd.node], LOOPBACK)
        await calls.open("127.0.0.1", port)
        caller = sipp.call(switch.trunk_port, Caller("7001", number="30123"))
        queued = await acd.expect(CallQueued)
        yield Waiting(acd, calls, caller, queued.call_id)


async def test_a_call_by_socket_waits_and_talks_like_every_other(
    new_freeswitch: MakeSwitch, sipp: SippWorld
) -> None:
    async with waiting(new_freeswitch, sipp) as (acd, calls, caller, call_id):
        assert calls.taken == 1
        # It outlives the connection by which it came.
        await calls.close()
        acd.work("anna")
        assert (await acd.expect(CallConnected)).call_id == call_id
        assert len(acd.told(CallQueued)) == 1
        await asyncio.to_thread(caller.hang_up)
        assert (await acd.expect(CallEnded)).outcome == "answered"


async def test_what_its_connection_leaves_behind_ends_no_call(
    new_freeswitch: MakeSwitch, sipp: SippWorld
) -> None:
    async with waiting(new_freeswitch, sipp) as (acd, calls, _, call_id):
        # The music is what keeps a leg in its park when FreeSWITCH takes that for over.
        await asyncio.sleep(0.5)
        await calls.close()
        await asyncio.sleep(0.2)
        acd.node.channel.tell(api("uuid_break", f"{call_id} all"))
        await asyncio.sleep(0.5)
        acd.work("anna")
        assert (await acd.expect(CallConnected)).call_id == call_id


async def test_without_an_engine_the_dialplan_goes_on(
    new_freeswitch: MakeSwitch, sipp: SippWorld
) -> None:
    port = free_port()
    switch = new_freeswitch(with_fallback(port))
    await asyncio.to_thread(switch.start, 90)
    nobody = sipp.call(switch.trunk_port, Caller("7001"))
    await answered(nobody.call_ids, lambda: nobody.messages)
    # An engine that listens, and that no switch is connected to, lets the call go as well.
    calls = SocketCalls(list, LOOPBACK)
    await calls.open("127.0.0.1", port)
    left = sipp.call(switch.trunk_port, Caller("7002"))
    await answered(left.call_ids, lambda: left.messages)
    assert calls.left == 1
    await calls.close()


async def answered(call_ids: Callable[[], list[str]], messages: Callable[[], str]) -> None:
    """The switch has answered that caller."""
    async with asyncio.timeout(30):
        while not (call_ids() and "SIP/2.0 200 OK" in messages()):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
