"""What a dialplan of the stand-in does, and what waits for a leg that is about to be bridged."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.sim.standin.core.standin_settings import DEFAULT_ROUTES, Route
from adapters.sim.standin.dialling.far_ends import CallerHabit, PhoneHabit
from adapters.sim.standin.stand_in import StandIn
from tests.unit.sim.test_standin import QUICK, Client

ROUTES = (
    Route("", (("answer", ""), ("park", "")), conditions=(("vip", "^yes$"),)),
    Route("88", (("bridge", "sofia/gateway/out/0301234"), ("park", ""))),
)


@pytest.fixture
async def switch() -> AsyncIterator[StandIn]:
    settings = replace(QUICK, frame_s=0.005, gateways={"out": True})
    async with StandIn(replace(settings, routes=(*ROUTES, *DEFAULT_ROUTES))) as made:
        yield made


async def test_a_route_may_ask_for_a_variable(switch: StandIn) -> None:
    client = await Client.log_in(switch, events="CHANNEL_PARK")
    switch.call(CallerHabit(did="5001", variables=(("vip", "no"),)))
    assert (await client.event("CHANNEL_PARK"))["Answer-State"] == "ringing"
    switch.call(CallerHabit(did="5001", variables=(("vip", "yes"),)))
    assert (await client.event("CHANNEL_PARK"))["Answer-State"] == "answered"
    await client.close()


async def test_bridge_answers_the_caller_when_the_other_one_has(switch: StandIn) -> None:
    client = await Client.log_in(switch, events="CHANNEL_BRIDGE")
    phone = switch.number("030", PhoneHabit())
    caller = switch.call(CallerHabit(did="88", number="123", name="Ann"))
    await client.event("CHANNEL_BRIDGE")
    assert "SIP/2.0 200 OK" in caller.messages
    assert 'From: "Ann" <sip:123@' in phone.messages[0]
    await client.close()


@pytest.mark.parametrize(("status", "heard"), [("486 Busy Here", "486"), ("503 No", "503")])
async def test_bridge_that_fails_ends_the_caller(switch: StandIn, status: str, heard: str) -> None:
    client = await Client.log_in(switch, events="CHANNEL_DESTROY")
    switch.number("030", PhoneHabit(refusal=status))
    caller = switch.call(CallerHabit(did="88"))
    await client.event("CHANNEL_DESTROY")
    await client.event("CHANNEL_DESTROY")
    assert caller.is_over
    assert caller.status.startswith(heard)
    await client.close()


async def test_what_waits_to_be_played_as_a_leg_is_bridged_is_not_heard(switch: StandIn) -> None:
    client = await Client.log_in(switch, events="CHANNEL_PARK CHANNEL_BRIDGE PLAYBACK_START")
    phone = switch.phone(PhoneHabit(tone_hz=900))
    await client.command(f"api originate {{origination_uuid=agent}}{phone.contact} &park()")
    caller = switch.call(CallerHabit(did="6001"))
    assert caller.leg is not None
    leg = caller.leg.uuid
    for _ in range(2):
        await client.event("CHANNEL_PARK")
    play = "call-command: execute\nexecute-app-name: playback\nexecute-app-arg: local_stream://moh"
    client.say(f"sendmsg {leg}\n{play}")
    client.say(f"api uuid_bridge {leg} agent")
    kinds: list[str] = []
    while not kinds or kinds[-1] != "CHANNEL_BRIDGE":
        _, body = await client.frame()
        kinds += [name for name in ("PLAYBACK_START", "CHANNEL_BRIDGE") if f'"{name}"' in body]
    assert kinds == ["CHANNEL_BRIDGE"]
    assert switch.hears(leg) == (900,)
    await client.close()


async def test_who_says_nothing_is_recorded_so_long(switch: StandIn, tmp_path: Path) -> None:
    client = await Client.log_in(switch, events="CHANNEL_PARK RECORD_STOP")
    caller = switch.call(CallerHabit(did="6001"))
    assert caller.leg is not None
    await client.event("CHANNEL_PARK")
    caller.leg.set("RECORD_INITIAL_TIMEOUT_MS", "30")
    record = f"execute-app-name: record_session\nexecute-app-arg: {tmp_path}/one.wav +600"
    await client.command(f"sendmsg {caller.leg.uuid}\ncall-command: execute\n{record}")
    stopped = await client.event("RECORD_STOP")
    assert stopped["Record-File-Path"] == f"{tmp_path}/one.wav"
    await client.close()
