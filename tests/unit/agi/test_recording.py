"""Scripts that record the call, send keys, and give variables to the legs that they dial."""

from __future__ import annotations

import pytest

from acdengine.leg_sessions.port import DialOutcome
from tests.unit.agi.legs import PaperScript
from tests.unit.agi.test_commands import play


def test_a_conversation_is_recorded_until_it_is_stopped() -> None:
    async def story(script: PaperScript) -> None:
        assert await script.say("EXEC MixMonitor call.wav,bi(rec)") == ["200 result=0"]
        assert await script.say("GET VARIABLE MIXMONITOR_FILENAME") == ["200 result=1 (call.wav)"]
        assert await script.say("GET VARIABLE rec") == ["200 result=1 (0x1)"]
        assert await script.say("EXEC Monitor wav|other|m") == ["200 result=0"]
        assert await script.say("EXEC StopMixMonitor 0x1") == ["200 result=0"]
        assert await script.say("EXEC StopMonitor") == ["200 result=0"]

    script, _ = play(story)
    assert script.leg.told == [
        ("record", "call.wav"), ("record", "other.wav"), ("stop", "call.wav"),
        ("stop", "other.wav"),
    ]  # fmt: skip
    assert script.host.log == []


@pytest.mark.parametrize(
    ("options", "reply", "told"),
    [
        ("../x.wav", "-1", "agi recording has no name or format that can be written"),
        ("nosuch.wav", "-1", "agi recording is not begun"),
        ("call.wav,V(3),rm -rf /", "0", "agi options of MixMonitor do nothing"),
    ],
)
def test_what_is_not_recorded_or_done_is_told(options: str, reply: str, told: str) -> None:
    async def story(script: PaperScript) -> None:
        assert await script.say(f'EXEC MixMonitor "{options}"') == [f"200 result={reply}"]

    script, _ = play(story)
    assert [what for what, _ in script.host.log] == [told]


def test_keys_are_sent() -> None:
    async def story(script: PaperScript) -> None:
        assert await script.say("EXEC SendDTMF 12w#,250,80") == ["200 result=0"]
        assert await script.say("EXEC SendDTMF 1f2a") == ["200 result=0"]
        assert await script.say("EXEC SendDTMF 1,,,PJSIP/other") == ["200 result=0"]

    script, _ = play(story)
    assert script.leg.told == [("keys", ("12w#", 80_000)), ("keys", ("12A", 100_000))]
    assert len(script.host.log) == 2


def test_variables_with_underscores_are_given_to_legs_that_are_dialled() -> None:
    async def story(script: PaperScript) -> None:
        script.leg.outcomes = [DialOutcome(True, "normal", 1, 1)]
        for name, value in (("__account", "7"), ("_order", "8"), ("own", "9")):
            await script.say(f"SET VARIABLE {name} {value}")
        await script.say("EXEC Dial PJSIP/030123@trunk")

    script, _ = play(story)
    assert script.leg.route.caller_number == ""
    assert script.leg.passed_on == {"account": "7", "order": "8"}


def test_the_caller_that_a_script_has_set_is_shown_to_those_whom_it_dials() -> None:
    async def story(script: PaperScript) -> None:
        script.leg.outcomes = [DialOutcome(True, "normal", 1, 1)]
        await script.say('SET CALLERID "Sales <3000>"')
        await script.say("EXEC Dial PJSIP/030123@trunk")

    script, _ = play(story)
    assert (script.leg.route.caller_number, script.leg.route.caller_name) == ("3000", "Sales")


def test_a_sound_that_the_switch_does_not_have_is_missing() -> None:
    async def story(script: PaperScript) -> None:
        script.leg.lost_sounds = ("hello",)
        assert await script.say('STREAM FILE hello ""') == ["200 result=-1 endpos=0"]
        assert await script.say("GET VARIABLE PLAYBACKSTATUS") == ["200 result=1 (FAILED)"]
        await script.say("EXEC Playback hello")
        assert await script.say("GET VARIABLE PLAYBACKSTATUS") == ["200 result=1 (FAILED)"]

    _, status = play(story)
    assert status == "FAILURE"


def test_queue_has_its_time_limit() -> None:
    async def story(script: PaperScript) -> None:
        assert await script.say("EXEC Queue sales,,,,30") == ["200 result=0"]
        assert await script.say("GET VARIABLE QUEUESTATUS") == ["200 result=1 (TIMEOUT)"]

    script, _ = play(story)
    assert script.leg.told == [("queue", ("main/sales", 30_000_000))]
    assert script.host.log == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CHANNEL(accountcode)", "7"), ("CHANNEL(userfield)", "x"), ("CDR(userfield)", "y"),
        ("REDIRECTING(from-num)", "30"), ("CHANNEL(language)", "de"),
    ],
)  # fmt: skip
def test_parts_of_the_channel_that_scripts_set(name: str, value: str) -> None:
    async def story(script: PaperScript) -> None:
        assert await script.say(f"SET VARIABLE {name} {value}") == ["200 result=1"]
        assert await script.say(f"GET VARIABLE {name}") == [f"200 result=1 ({value})"]

    script, _ = play(story)
    assert script.host.log == []


def test_a_part_of_the_channel_that_cannot_be_set_is_told() -> None:
    async def story(script: PaperScript) -> None:
        await script.say("SET VARIABLE CHANNEL(hangup_handler_push) x,1,1")

    script, _ = play(story)
    assert [what for what, _ in script.host.log] == ["agi part of CHANNEL cannot be set"]
