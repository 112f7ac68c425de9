"""Keys, prompts and recordings of callers with a real FreeSWITCH."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from acdengine import commands as cmd
from acdengine.facts import CallConnected, CallEnded, CallQueued, CallStarted
from acdengine.leg_sessions.port import LegIdentity
from acdengine.leg_sessions.session import ScriptLeg
from acdengine.prompts import AnyPrompt, SayPrompt, SilencePrompt, SoundPrompt
from tests.live.centre import Centre, S, centre, plan
from tests.live.esl_peer import EslPeer
from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.rtp_caller import RtpCaller
from tests.live.sipp_calls import Caller, Phone, SippWorld, at

GREETING = SoundPrompt("greeting")
CARD = "4929175031286044"


async def held(acd: Centre) -> ScriptLeg:
    """The leg of the caller, in the hands of a script."""
    call_id = (await acd.expect(CallStarted)).call_id
    await acd.expect(CallQueued)
    return acd.scripts.open(acd.node, LegIdentity(call_id, "30123", "5001"), {})


async def press(esl: EslPeer, leg: ScriptLeg, keys: str) -> None:
    for key in keys:
        await asyncio.to_thread(esl.api, f"uuid_recv_dtmf {leg.identity.call_id} {key}")


async def test_a_key_stops_prompts_and_others_are_typed_ahead(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    async with centre(freeswitch, plan({})) as acd:
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        leg = await held(acd)
        playing = asyncio.ensure_future(leg.play([GREETING, SilencePrompt(20 * S)], "#"))
        await asyncio.sleep(0.5)
        await press(esl, leg, "42#")
        ended = await asyncio.wait_for(playing, 5)
        assert (ended.key, ended.is_cancelled) == ("#", False)
        menu = cmd.Collect("", "", (GREETING,), options=("41", "42", "4"))
        collected = await asyncio.wait_for(leg.collect(menu), 5)
        assert (collected.outcome, collected.digits) == ("value", "42")


async def test_a_sound_that_is_not_there_is_told(
    freeswitch: FreeSwitchInstance, sipp: SippWorld
) -> None:
    async with centre(freeswitch, plan({})) as acd:
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        leg = await held(acd)
        lost = await asyncio.wait_for(leg.play([SoundPrompt("nosuch")]), 5)
        assert (lost.is_missing, lost.is_cancelled) == (True, False)
        assert not (await asyncio.wait_for(leg.play([GREETING]), 10)).is_missing


async def test_a_recording_goes_on_beside_prompts_and_keys_are_sent(
    freeswitch: FreeSwitchInstance, sipp: SippWorld
) -> None:
    async with centre(freeswitch, plan({})) as acd:
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        leg = await held(acd)
        assert await asyncio.wait_for(leg.start_recording("t/scripts/beside.wav"), 5)
        await asyncio.wait_for(leg.play([GREETING]), 10)
        await asyncio.wait_for(leg.send_keys("12w3", 100_000), 10)
        await leg.stop_recording("t/scripts/beside.wav")
        file = Path(freeswitch.recordings) / "t/scripts/beside.wav"
        for _ in range(100):
            if file.exists() and file.stat().st_size > 8_000:
                break
            await asyncio.sleep(0.1)
        assert file.stat().st_size > 8_000


async def test_keys_by_info_and_the_time_between_them(
    freeswitch: FreeSwitchInstance, sipp: SippWorld
) -> None:
    async with centre(freeswitch, plan({})) as acd:
        sipp.call(freeswitch.trunk_port, Caller("5001", digits="123"))
        leg = await held(acd)
        wanted = cmd.Collect("", "", min_digits=2, max_digits=6, inter_digit_us=S)
        collected = await asyncio.wait_for(leg.collect(wanted), 10)
        assert (collected.outcome, collected.digits) == ("value", "123")
        silent = cmd.Collect("", "", (GREETING,), first_digit_us=S)
        assert (await asyncio.wait_for(leg.collect(silent), 10)).outcome == "no_input"


async def test_sensitive_keys_are_in_no_event_and_no_log(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    async with centre(freeswitch, plan({})) as acd:
        with freeswitch.esl() as listener:
            listener.command("event plain all")
            sipp.call(freeswitch.trunk_port, Caller("5001"))
            leg = await held(acd)
            call_id = leg.identity.call_id
            wanted = cmd.Collect(
                "", "", (GREETING, SilencePrompt(9 * S)), max_digits=16, is_sensitive=True,
                shown_digits=4,
            )  # fmt: skip
            collecting = asyncio.ensure_future(leg.collect(wanted))
            await acd.until(lambda: is_reading(esl, call_id))
            await press(esl, leg, CARD)
            collected = await asyncio.wait_for(collecting, 10)
            assert (collected.outcome, collected.digits) == ("value", "*" * 12 + CARD[-4:])
            again = await asyncio.wait_for(leg.play([GREETING]), 10)
            assert not again.is_cancelled, "what follows is heard whole"
            await leg.hang_up()
            await asyncio.sleep(0.5)
            await asyncio.to_thread(listener.api, "status")
            told = bytes(listener.recorded).decode("utf-8", "replace")
        assert call_id in told
        # The commands that press the keys, as the listener is told of them, are not the switch's.
        told = "\n".join(line for line in told.splitlines() if not line.startswith("API-Command"))
        assert CARD not in told
        assert CARD[:8] not in told
        assert CARD not in freeswitch.log_text()
        assert acd.secrets.redeem(call_id, collected.token) == CARD


async def test_keys_typed_before_and_behind_sensitive_input_are_in_no_event(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    async with centre(freeswitch, plan({})) as acd:
        with freeswitch.esl() as listener:
            listener.command("event plain all")
            sipp.call(freeswitch.trunk_port, Caller("5001"))
            leg = await held(acd)
            call_id = leg.identity.call_id
            before = cmd.PlayPrompts(call_id, "before", (SilencePrompt(S),), hides_keys=True)
            acd.node.execute([before])
            await asyncio.sleep(0.3)
            await press(esl, leg, "4929")
            await asyncio.sleep(1)
            wanted = cmd.Collect("", "", max_digits=4, is_sensitive=True)
            collecting = asyncio.ensure_future(leg.collect(wanted))
            await acd.until(lambda: is_reading(esl, call_id))
            await press(esl, leg, "1234")
            collected = await asyncio.wait_for(collecting, 10)
            await press(esl, leg, "5678")
            await asyncio.sleep(0.3)
            await asyncio.to_thread(listener.api, "status")
            told = bytes(listener.recorded).decode("utf-8", "replace")
            assert acd.secrets.redeem(call_id, collected.token) == "1234"
            assert "Event-Name: DTMF" not in told
            told_again = asyncio.ensure_future(leg.collect(cmd.Collect("", "", max_digits=2)))
            await asyncio.sleep(0.3)
            await press(esl, leg, "90")
            assert (await asyncio.wait_for(told_again, 5)).digits == "90"


@pytest.mark.parametrize("end", ["hung up", "joined"])
async def test_sensitive_keys_of_a_call_that_goes_on_in_the_middle_are_in_no_event(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer, end: str
) -> None:
    phone = sipp.phone(Phone(answer_ms=20))
    async with centre(freeswitch, plan({"anna": at(phone)})) as acd:
        with freeswitch.esl() as listener:
            listener.command("event plain all")
            caller = sipp.call(freeswitch.trunk_port, Caller("5001"))
            leg = await held(acd)
            call_id = leg.identity.call_id
            wanted = cmd.Collect("", "", (GREETING,), max_digits=16, is_sensitive=True)
            collecting = asyncio.ensure_future(leg.collect(wanted))
            await acd.until(lambda: is_reading(esl, call_id))
            await press(esl, leg, CARD[:10])
            await asyncio.sleep(0.4)  # some of them are read, others wait
            if end == "hung up":
                await asyncio.to_thread(caller.hang_up)
                await acd.expect(CallEnded)
            else:
                acd.work("anna")
                await acd.expect(CallConnected)
            collecting.cancel()
            await asyncio.sleep(0.5)
            await asyncio.to_thread(listener.api, "status")
            told = bytes(listener.recorded).decode("utf-8", "replace")
        assert call_id in told
        told = "\n".join(line for line in told.splitlines() if not line.startswith("API-Command"))
        read = re.findall(r"^variable_acd_digits\w*: (.*)$", told, re.MULTILINE)
        assert all(len(one) == 1 for one in read), read
        assert CARD[:4] not in told


def is_reading(esl: EslPeer, call_id: str) -> bool:
    return esl.api(f"uuid_getvar {call_id} current_application") == "play_and_get_digits"


async def test_a_sensitive_question_that_is_stopped(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    async with centre(freeswitch, plan({})) as acd:
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        leg = await held(acd)
        wanted = cmd.Collect("", "", max_digits=16, is_sensitive=True, first_digit_us=60 * S)
        collecting = asyncio.ensure_future(leg.collect(wanted))
        await acd.until(lambda: is_reading(esl, leg.identity.call_id))
        await press(esl, leg, "4929")
        playing = asyncio.ensure_future(leg.play([GREETING]))
        assert (await collecting).outcome == "cancelled"
        assert not (await asyncio.wait_for(playing, 10)).is_cancelled
        assert "undef" in esl.api(f"uuid_getvar {leg.identity.call_id} acd_digits")


async def test_what_the_caller_says_is_recorded(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    async with centre(freeswitch, plan({})) as acd:
        sipp.call(freeswitch.trunk_port, Caller("5001", tone_hz=1000))
        leg = await held(acd)
        recording = asyncio.ensure_future(
            leg.record(cmd.RecordCaller("", "", "t/said.wav", (GREETING,), silence_us=0))
        )
        await acd.until(
            lambda: esl.api(
                f"uuid_getvar {leg.identity.call_id} current_application_data"
            ).startswith("silence")
        )
        await asyncio.sleep(1)
        await press(esl, leg, "#")
        recorded = await asyncio.wait_for(recording, 5)
        assert (recorded.ended_by, recorded.key, recorded.file) == ("key", "#", "t/said.wav")
        assert recorded.length_us > S / 2
        assert (Path(freeswitch.recordings) / "t/said.wav").exists()


async def test_variables_are_written_and_read(
    freeswitch: FreeSwitchInstance, sipp: SippWorld
) -> None:
    async with centre(freeswitch, plan({})) as acd:
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        leg = await held(acd)
        assert await leg.set_variable("flow_order", "it's 12; a")
        assert await leg.read_variable("flow_order") == "it's 12; a"
        assert await leg.set_variable("flow_order", "")
        assert await leg.read_variable("flow_order") is None
        assert not await leg.set_variable("sip_auth_password", "x")


async def test_a_star_does_not_end_the_music(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    async with centre(freeswitch, plan({})) as acd:
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        leg = await held(acd)
        name = f"uuid_getvar {leg.identity.call_id} current_application_data"
        await acd.until(lambda: esl.api(name).startswith("local_stream"))
        await press(esl, leg, "*")
        await asyncio.sleep(0.5)
        response = esl.api(f"uuid_getvar {leg.identity.call_id} current_application_response")
        assert "PLAYED" not in response


@pytest.mark.parametrize("calls", [10])
async def test_barge_in_is_silent_soon(
    freeswitch: FreeSwitchInstance, calls: int, record_property: Callable[[str, object], None]
) -> None:
    """From the end of an RFC 2833 key to the last frame with sound: printed, and far from a
    prompt that plays on."""
    told: list[float] = []
    async with centre(freeswitch, plan({})) as acd:
        caller = RtpCaller(freeswitch.trunk_port, "5001")
        await asyncio.to_thread(caller.call)
        leg = await held(acd)
        for _ in range(calls):
            playing = asyncio.ensure_future(
                leg.collect(cmd.Collect("", "", (GREETING,) * 20, max_digits=1))
            )
            before = len(caller.heard)
            await acd.until(lambda before=before: len(caller.heard) > before + 10)  # type: ignore[misc]
            _, ended = await asyncio.to_thread(caller.press, "5")
            collected = await asyncio.wait_for(playing, 5)
            assert collected.digits == "5"
            await asyncio.sleep(0.4)
            told.append((caller.heard[-1] - ended) * 1000)
        await asyncio.to_thread(caller.hang_up)
    record_property("ms_to_silence", told)
    print("ms from the end of the key to the last frame with sound:", [round(ms) for ms in told])
    assert max(told) < 2000, "what is left of the prompts is much longer"


async def test_values_are_said_and_take_no_harm_where_there_are_no_sounds(
    freeswitch: FreeSwitchInstance, sipp: SippWorld
) -> None:
    async with centre(freeswitch, plan({})) as acd:
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        leg = await held(acd)
        prompts: list[AnyPrompt] = [
            SayPrompt("number", "-12.5"),
            SayPrompt("date", "2026-12-01"),
            GREETING,
        ]
        assert not (await asyncio.wait_for(leg.play(prompts), 15)).is_cancelled
