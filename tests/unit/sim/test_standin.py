"""The stand-in by itself: what goes wrong on demand, and what it keeps a record of."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.sim.standin.core.channel import Headers
from adapters.sim.standin.core.standin_settings import StandInSettings
from adapters.sim.standin.dialling.far_ends import CallerHabit, PhoneHabit
from adapters.sim.standin.dialling.sip_network import SipNetwork
from adapters.sim.standin.scenario import Playing, Script, ScriptError, read_script, settings_of
from adapters.sim.standin.stand_in import StandIn

ROOT = Path(__file__).parents[3]
QUICK = StandInSettings(password="p", poll_s=0, frame_s=0, table_lag_s=0, heartbeat_s=0)


class Client:
    """A connection that has logged in; events are read one by one."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._kept: deque[Headers] = deque()

    @classmethod
    async def log_in(cls, switch: StandIn, *, events: str = "ALL") -> Client:
        client = cls(*await asyncio.open_connection("127.0.0.1", switch.port))
        assert await client.frame() == ("auth/request", "")
        assert (await client.command("auth p")).startswith("+OK")
        assert (await client.command(f"event json {events}")).startswith("+OK")
        return client

    def say(self, text: str) -> None:
        self._writer.write(f"{text}\n\n".encode())

    async def command(self, text: str) -> str:
        self.say(text)
        while True:
            kind, body = await self.frame()
            if kind in ("command/reply", "api/response"):
                return body
            self._kept.append(json.loads(body))

    async def frame(self) -> tuple[str, str]:
        head = (await self._reader.readuntil(b"\n\n")).decode()
        headers = dict(line.split(": ", 1) for line in head.strip().split("\n"))
        body = await self._reader.readexactly(int(headers.get("Content-Length", "0")))
        return headers["Content-Type"], headers.get("Reply-Text") or body.decode()

    async def event(self, name: str) -> Headers:
        while True:
            if self._kept:
                event = self._kept.popleft()
            else:
                event = json.loads((await self.frame())[1])
            if event["Event-Name"] == name:
                return event

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


@pytest.fixture
async def switch() -> AsyncIterator[StandIn]:
    async with StandIn(QUICK) as made:
        yield made


async def test_in_pieces_and_late_the_bytes_are_the_same(switch: StandIn) -> None:
    switch.faults.piece_bytes = 7
    switch.faults.delay_s = 0.001
    client = await Client.log_in(switch)
    switch.call(CallerHabit(did="5001", name="Zoë"))
    parked = await client.event("CHANNEL_PARK")
    assert parked["Caller-Caller-ID-Name"] == "Zoë"
    await client.close()


async def test_events_are_lost_and_doubled_on_demand(switch: StandIn) -> None:
    client = await Client.log_in(switch, events="CHANNEL_CREATE CHANNEL_PARK")
    switch.faults.loses = lambda event: event.name == "CHANNEL_CREATE"
    switch.faults.doubled = 1.0
    switch.call(CallerHabit(did="5001"))
    first = await client.event("CHANNEL_PARK")
    second = await client.event("CHANNEL_PARK")
    assert first["Event-Sequence"] == second["Event-Sequence"]
    await client.close()


async def test_a_frozen_switch_says_nothing_and_all_of_it_when_thawed(switch: StandIn) -> None:
    client = await Client.log_in(switch, events="CHANNEL_PARK")
    switch.freeze()
    switch.call(CallerHabit(did="5001"))
    client.say("api status")
    for _ in range(5):
        await asyncio.sleep(0)
    reading = asyncio.create_task(client.frame())
    await asyncio.sleep(0)
    assert not reading.done()
    switch.thaw()
    kinds = {(await reading)[0], (await client.frame())[0]}
    assert kinds == {"text/event-json", "api/response"}
    await client.close()


async def test_a_crash_loses_the_legs_and_is_another_switch_afterwards(switch: StandIn) -> None:
    client = await Client.log_in(switch)
    call = switch.call(CallerHabit(did="5001"))
    before, port = switch.core_uuid, switch.port
    switch.crash()
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await client.event("NEVER")
    await switch.start()
    assert (switch.port, switch.channels) == (port, {})
    assert switch.core_uuid != before
    assert not call.legs
    again = await Client.log_in(switch)
    assert await again.command("api show channels as json") == '{"row_count": 0}\n'
    for one in (client, again):
        await one.close()


async def test_a_bridge_too_soon_is_written_down(switch: StandIn) -> None:
    client = await Client.log_in(switch)
    caller = switch.call(CallerHabit(did="5001"))
    assert caller.leg is not None
    await client.command("api originate {origination_uuid=a}null/x &park()")
    await client.command(f"api uuid_bridge {caller.leg.uuid} a")
    assert (await client.event("CHANNEL_HANGUP"))["Hangup-Cause"] == "DESTINATION_OUT_OF_ORDER"
    assert switch.breaches == [f"bridged before the answer: {caller.leg.uuid}"]
    await client.close()


async def test_two_nodes_reach_each_other() -> None:
    network = SipNetwork()
    near = StandInSettings(
        password="p", poll_s=0, frame_s=0, heartbeat_s=0, sip_port=1, trunk_port=2
    )
    far = StandInSettings(
        password="p", poll_s=0, frame_s=0, heartbeat_s=0, sip_port=3, trunk_port=4, seed=2
    )
    async with StandIn(near, network) as one, StandIn(far, network) as other:
        here, there = await Client.log_in(one), await Client.log_in(other)
        dialled = "{origination_uuid=a}sofia/external/6001@127.0.0.1:4"
        await here.command(f"api bgapi uuid:job-1 originate {dialled} &park()")
        parked = await there.event("CHANNEL_PARK")
        assert parked["Caller-Destination-Number"] == "6001"
        assert (await here.event("CHANNEL_ANSWER"))["Unique-ID"] == "a"
        assert (await here.event("BACKGROUND_JOB"))["Job-UUID"] == "job-1"
        await there.command(f"api uuid_kill {parked['Unique-ID']}")
        assert (await here.event("CHANNEL_HANGUP"))["Hangup-Cause"] == "NORMAL_CLEARING"
        for client in (here, there):
            await client.close()


async def test_who_is_not_on_the_list_is_turned_away() -> None:
    async with StandIn(StandInSettings(is_rude=True)) as switch:
        reader, writer = await asyncio.open_connection("127.0.0.1", switch.port)
        assert (await reader.read()).startswith(b"Content-Type: text/rude-rejection\n")
        writer.close()
        await writer.wait_closed()


async def test_the_scenario_of_the_documentation_plays() -> None:
    script = read_script(ROOT / "config" / "standin.yaml")
    async with StandIn(settings_of(script, "127.0.0.1", 0)) as switch:
        playing = Playing(switch, script)
        playing.begin()
        assert sorted(switch.registrations) == ["1000", "1001", "1002", "1003"]
        assert len(switch.channels) == playing.calls == 2
        assert playing.report() == "2 calls, 0 answered, 0 bridged"


def test_a_scenario_that_is_wrong_says_where(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text("phones:\n  - { user: 1000 }\n")
    with pytest.raises(ScriptError, match=r"Expected `str`, got `int`.*phones\[0\]\.user"):
        read_script(path)
    assert Script().password


async def test_a_conference_tells_who_joins_and_who_leaves(switch: StandIn) -> None:
    client = await Client.log_in(switch, events="CUSTOM conference::maintenance")
    first, second = (switch.call(CallerHabit(did="6001", tone_hz=hz)) for hz in (300, 400))
    for call in (first, second):
        assert call.leg is not None
        await client.command(f"api uuid_transfer {call.leg.uuid} conference:room@default inline")
    told = [await client.event("CUSTOM") for _ in range(4)]
    assert [event["Action"] for event in told] == [
        *("conference-create", "add-member", "add-member", "floor-change"),
    ]
    assert first.leg is not None
    assert switch.hears(first.leg.uuid) == (400,)
    first.hang_up()
    second.hang_up()
    told = [await client.event("CUSTOM") for _ in range(3)]
    assert [event["Action"] for event in told] == [
        *("del-member", "del-member", "conference-destroy"),
    ]
    await client.close()


async def test_a_supervisor_hears_both_and_is_heard_as_the_key_says(switch: StandIn) -> None:
    client = await Client.log_in(switch)
    caller = switch.call(CallerHabit(did="6001", tone_hz=300))
    agent, boss = (switch.phone(PhoneHabit(tone_hz=hz)) for hz in (500, 700))
    assert caller.leg is not None
    leg = caller.leg.uuid
    for uuid, phone in (("agent", agent), ("boss", boss)):
        wanted = f"{{origination_uuid={uuid}}}{phone.contact}"
        await client.command(f"api originate {wanted} &park()")
    await client.command(f"api uuid_bridge {leg} agent")
    await client.event("CHANNEL_BRIDGE")
    await client.command("api uuid_transfer boss eavesdrop:agent inline")
    await client.event("MEDIA_BUG_START")
    heard = {}
    for key in "0123":
        await client.command(f"api uuid_recv_dtmf boss {key}")
        await client.event("DTMF")
        heard[key] = (switch.hears(leg), switch.hears("agent"))
    assert switch.hears("boss") == (500, 300)
    assert heard == {
        "0": ((500,), (300,)),
        "1": ((500, 700), (300,)),
        "2": ((500,), (300, 700)),
        "3": ((500, 700), (300, 700)),
    }
    agent.hang_up()
    while switch.channels:
        await client.event("CHANNEL_DESTROY")
    await client.close()
