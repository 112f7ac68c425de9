"""Conversations recorded by a real FreeSWITCH: caller on the left, agent on the right."""

from __future__ import annotations

import asyncio
import wave
from pathlib import Path

import pytest
from msgspec import structs

from acdengine.centre_facts import SwitchChanged
from acdengine.conversation_facts import (
    CallRetrieved,
    RecordingLeftOut,
    RecordingPaused,
    RecordingResumed,
    RecordingStarted,
    RecordingStopped,
)
from acdengine.events import SpaceChanged
from acdengine.facts import CallConnected, CallEnded
from acdengine.plan import Plan
from acdengine.requests import (
    HoldRequested,
    RecordingPauseRequested,
    RecordingResumeRequested,
    RecordingStartRequested,
    RecordingStopRequested,
    RetrieveRequested,
)
from queues.policy import RecordingPolicy
from tests.live.centre import QUEUE, Centre, S, centre, plan
from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.sipp_calls import Caller, Phone, Sipp, SippWorld, at
from tests.live.sounds import channels_of, has_tone, loudness

CALLER, AGENT = 1000, 1200


def recorded(phone: Sipp, **policy: object) -> Plan:
    """A centre with one agent, whose queue records so."""
    the_plan = plan({"anna": at(phone)})
    fields = {"mode": "always", "mask_caller": False, **policy}
    queue = structs.replace(
        the_plan.queues[QUEUE],
        recording=RecordingPolicy(**fields),  # type: ignore[arg-type]
    )
    return structs.replace(the_plan, queues={**the_plan.queues, QUEUE: queue})


async def talking(acd: Centre, switch: FreeSwitchInstance, sipp: SippWorld) -> tuple[str, Sipp]:
    """A caller and the agent talk; the call, and the caller."""
    acd.work("anna")
    caller = sipp.call(switch.trunk_port, Caller("5001", number="30123", tone_hz=CALLER))
    return (await acd.expect(CallConnected)).call_id, caller


def heard(switch: FreeSwitchInstance, stopped: RecordingStopped) -> list[list[int]]:
    """For each channel, the tone of each tenth of a second: 0 where there is none."""
    tones = []
    for samples in channels_of(Path(switch.recordings) / stopped.file):
        parts = [samples[at : at + 800] for at in range(0, len(samples) - 799, 800)]
        tones.append(
            [next((hz for hz in (CALLER, AGENT) if has_tone(part, hz)), 0) for part in parts]
        )
    return tones


async def test_a_conversation_is_recorded_from_the_bridge_to_the_end(
    freeswitch: FreeSwitchInstance, sipp: SippWorld
) -> None:
    phone = sipp.phone(Phone(tone_hz=AGENT))
    async with centre(freeswitch, recorded(phone)) as acd:
        call_id, caller = await talking(acd, freeswitch, sipp)
        started = await acd.expect(RecordingStarted)
        assert (started.call_id, started.agent_id, started.by) == (call_id, "t/anna", "policy")
        assert started.file.startswith("t/2")
        assert f"_sales_anna_30123_{call_id}_1.wav" in started.file
        await asyncio.sleep(2)
        await asyncio.to_thread(caller.hang_up)
        stopped = await acd.expect(RecordingStopped)
        await acd.expect(CallEnded)
        assert stopped.file == started.file
        assert stopped.length_us > S
    path = Path(freeswitch.recordings) / stopped.file
    with wave.open(str(path), "rb") as sound:
        assert sound.getnchannels() == 2
        assert abs(sound.getnframes() / sound.getframerate() - stopped.length_us / S) < 0.1
    left, right = channels_of(path)
    assert loudness(left) > 100
    assert loudness(right) > 100
    assert has_tone(left[-8000:], CALLER), "the caller is on the left"
    assert has_tone(right[-8000:], AGENT), "the agent is on the right"


async def test_what_is_said_while_it_is_paused_is_silence(
    freeswitch: FreeSwitchInstance, sipp: SippWorld
) -> None:
    phone = sipp.phone(Phone(tone_hz=AGENT))
    async with centre(freeswitch, recorded(phone)) as acd:
        call_id, caller = await talking(acd, freeswitch, sipp)
        await acd.expect(RecordingStarted)
        await asyncio.sleep(1.2)
        acd.post(RecordingPauseRequested(at_us=0, call_id=call_id, by="t/anna"))
        paused = await acd.expect(RecordingPaused)
        await asyncio.sleep(1.2)
        acd.post(RecordingResumeRequested(at_us=0, call_id=call_id, by="t/anna"))
        resumed = await acd.expect(RecordingResumed)
        assert (paused.by, resumed.by) == ("t/anna", "t/anna")
        await asyncio.sleep(1.2)
        await asyncio.to_thread(caller.hang_up)
        stopped = await acd.expect(RecordingStopped)
    left, right = heard(freeswitch, stopped)
    for tones, voice in ((left, CALLER), (right, AGENT)):
        spoken = "".join("x" if tone == voice else "." for tone in tones)
        assert "." * 9 in spoken, spoken
        assert spoken.rstrip(".").endswith("xxxxx"), spoken
        assert "xxxxx" in spoken[: len(spoken) // 2], spoken


@pytest.mark.parametrize("on_hold", [True, False])
async def test_music_on_hold_is_recorded_or_not(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, on_hold: bool
) -> None:
    phone = sipp.phone(Phone(tone_hz=AGENT))
    async with centre(freeswitch, recorded(phone, on_hold=on_hold)) as acd:
        call_id, caller = await talking(acd, freeswitch, sipp)
        await acd.expect(RecordingStarted)
        await asyncio.sleep(1)
        acd.post(HoldRequested(at_us=0, call_id=call_id))
        await acd.until(lambda: "a=sendonly" in phone.messages)
        await asyncio.sleep(2)
        acd.post(RetrieveRequested(at_us=0, call_id=call_id))
        await acd.expect(CallRetrieved)
        await asyncio.to_thread(caller.hang_up)
        stopped = await acd.expect(RecordingStopped)
        assert len(acd.told(RecordingPaused)) == (0 if on_hold else 1)
    _, right = channels_of(Path(freeswitch.recordings) / stopped.file)
    parts = [right[at : at + 800] for at in range(0, len(right), 800)]
    told = [int(loudness(part)) for part in parts]
    with_music = sum(has_tone(part, 440) for part in parts)
    # Its last frame may be heard when the recording goes on already.
    assert with_music >= 10 if on_hold else with_music <= 1, str(told)


async def test_somebody_asks_for_a_recording_and_ends_it(
    freeswitch: FreeSwitchInstance, sipp: SippWorld
) -> None:
    phone = sipp.phone(Phone(tone_hz=AGENT))
    async with centre(freeswitch, recorded(phone, mode="on_request", stereo=False)) as acd:
        call_id, _ = await talking(acd, freeswitch, sipp)

        for n in (1, 2):
            acd.post(RecordingStartRequested(at_us=0, call_id=call_id, by="t/anna"))
            started = await acd.expect(RecordingStarted, n)
            assert started.by == "t/anna"
            await asyncio.sleep(0.8)
            acd.post(RecordingStopRequested(at_us=0, call_id=call_id, by="t/anna"))
            stopped = await acd.expect(RecordingStopped, n)
            assert stopped.file == started.file
            assert stopped.file.endswith(f"_{n}.wav")
            assert len(channels_of(Path(freeswitch.recordings) / stopped.file)) == 1


async def test_a_recording_outlives_the_engine_and_is_not_begun_twice(
    freeswitch: FreeSwitchInstance, sipp: SippWorld
) -> None:
    phone = sipp.phone(Phone(tone_hz=AGENT))
    async with centre(freeswitch, recorded(phone)) as acd:
        _, caller = await talking(acd, freeswitch, sipp)
        first = await acd.expect(RecordingStarted)
    async with centre(freeswitch, recorded(phone)) as acd:
        await acd.expect(SwitchChanged)
        again = await acd.expect(RecordingStarted)
        assert again.file == first.file
        await asyncio.sleep(1)
        await asyncio.to_thread(caller.hang_up)
        stopped = await acd.expect(RecordingStopped)
        assert stopped.length_us > S
        assert len(acd.told(RecordingStarted)) == 1
        assert acd.told(CallConnected)[0].agent_id == "t/anna"
    folder = (Path(freeswitch.recordings) / first.file).parent
    assert len(list(folder.glob(f"*{first.call_id}*"))) == 1


async def test_without_space_calls_go_on_and_are_not_recorded(
    freeswitch: FreeSwitchInstance, sipp: SippWorld
) -> None:
    phone = sipp.phone(Phone())
    async with centre(freeswitch, recorded(phone)) as acd:
        acd.post(SpaceChanged(0, "n1", False, 1))
        await talking(acd, freeswitch, sipp)
        assert (await acd.expect(RecordingLeftOut)).reason == "disk"
        assert not acd.told(RecordingStarted)
