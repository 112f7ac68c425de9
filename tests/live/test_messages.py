"""Voicemail with a real FreeSWITCH: what is said is on disk, and its length is known."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from msgspec import structs

from acdengine.facts import CallDiverted, CallEnded, MessageStored
from acdengine.plan import MessagePolicy, Plan
from queues.targets import ToVoicemail
from tests.live.centre import Centre, S, centre, plan
from tests.live.esl_peer import EslPeer
from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.sipp_calls import Caller, SippWorld
from tests.live.sounds import channels_of, has_tone

VOICE = 1000


def boxed(**policy: object) -> Plan:
    """A centre whose number leads to a box after an announcement."""
    the_plan = plan({})
    tenant = structs.replace(
        the_plan.tenants["t"],
        numbers={"*": ToVoicemail("t/box", "greeting")},
        messages=MessagePolicy(**policy),  # type: ignore[arg-type]
    )
    return structs.replace(the_plan, tenants={"t": tenant})


def is_recording(esl: EslPeer, call_id: str) -> bool:
    return esl.api(f"uuid_getvar {call_id} current_application_data").startswith("silence")


async def speaking(acd: Centre, esl: EslPeer) -> str:
    """The caller has heard the announcement and speaks; the call."""
    call_id = (await acd.expect(CallDiverted)).call_id
    await acd.until(lambda: is_recording(esl, call_id))
    return call_id


@pytest.mark.parametrize("end", ["key", "hang up", "too long", "silence"])
async def test_a_message_is_kept_however_it_ends(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer, end: str
) -> None:
    the_plan = boxed(
        max_us=2 * S if end == "too long" else 30 * S,
        silence_us=2 * S if end == "silence" else 0,
        mask_caller=False,
    )
    async with centre(freeswitch, the_plan) as acd:
        tone = 0 if end == "silence" else VOICE
        caller = sipp.call(freeswitch.trunk_port, Caller("5001", number="30123", tone_hz=tone))
        call_id = await speaking(acd, esl)
        if end in ("key", "hang up"):
            await asyncio.sleep(1.5)
        if end == "key":
            esl.api(f"uuid_recv_dtmf {call_id} #")
        elif end == "hang up":
            await asyncio.to_thread(caller.hang_up)
        stored = await acd.expect(MessageStored)
        assert stored.box == "t/box"
        assert stored.file.startswith("t/box/2")
        assert stored.file.endswith(f"_30123_{call_id}.wav")
        assert stored.length_us > S
        ended = await acd.expect(CallEnded)
        assert ended.outcome == "message"
        path = Path(freeswitch.recordings) / stored.file
        (said, *_) = channels_of(path)
        assert abs(len(said) / 8000 - stored.length_us / S) < 0.2
        if tone:
            # Not all of it: the caller's sound has gaps on a machine with much to do.
            parts = [said[at : at + 800] for at in range(0, len(said), 800)]
            assert sum(has_tone(part, VOICE) for part in parts) > len(parts) // 3


async def test_who_hangs_up_before_the_tone_leaves_no_message(
    freeswitch: FreeSwitchInstance, sipp: SippWorld
) -> None:
    async with centre(freeswitch, boxed()) as acd:
        caller = sipp.call(freeswitch.trunk_port, Caller("5001"))
        await acd.expect(CallDiverted)
        await asyncio.to_thread(caller.hang_up)
        assert (await acd.expect(CallEnded)).outcome == "no_message"
        assert not acd.told(MessageStored)


async def test_a_message_outlives_the_engine(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    async with centre(freeswitch, boxed(silence_us=0)) as acd:
        caller = sipp.call(freeswitch.trunk_port, Caller("5001", tone_hz=VOICE))
        call_id = await speaking(acd, esl)
    async with centre(freeswitch, boxed(silence_us=0)) as acd:
        assert (await acd.expect(CallDiverted)).to == "voicemail t/box"
        assert is_recording(esl, call_id), "it goes on"
        await asyncio.sleep(1)
        await asyncio.to_thread(caller.hang_up)
        stored = await acd.expect(MessageStored)
        assert stored.length_us > S
        assert (await acd.expect(CallEnded)).outcome == "message"
