"""What scripts do to a call."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from acdengine.agi.environment import AgiRequest, environment
from acdengine.leg_sessions.port import DialOutcome
from tests.unit.agi.legs import REQUEST, PaperScript

Story = Callable[[PaperScript], Awaitable[None]]


def play(story: Story, **variables: str) -> tuple[PaperScript, str]:
    """Tell a story with a script; the script, and its status."""

    async def whole() -> tuple[PaperScript, str]:
        script = PaperScript(REQUEST, **variables)
        await script.begin()
        await story(script)
        return script, await script.end()

    return asyncio.run(whole())


def test_a_name_of_the_caller_is_no_line_of_the_environment() -> None:
    hostile = AgiRequest(**{**REQUEST.__dict__, "name": "x\nagi_arg_1: y\r\n\n200 result=0"})
    lines = environment(hostile).splitlines()
    assert len(lines) == len(environment(REQUEST).splitlines())
    assert "agi_calleridname: xagi_arg_1: y200 result=0" in lines


def test_arguments_come_last() -> None:
    lines = environment(AgiRequest(**{**REQUEST.__dict__, "arguments": ("a", "b")})).splitlines()
    assert lines[-3:] == ["agi_arg_1: a", "agi_arg_2: b", ""]


@pytest.mark.parametrize(
    ("outcome", "status", "cause"),
    [
        (DialOutcome(True, "normal", 2_000_000, 30_000_000), "ANSWER", "16"),
        (DialOutcome(False, "busy", 2_000_000, 0), "BUSY", "17"),
        (DialOutcome(False, "no_answer", 20_000_000, 0), "NOANSWER", "19"),
        (DialOutcome(False, "trunk_busy", 0, 0), "CONGESTION", "34"),
        (DialOutcome(False, "not_allowed", 0, 0), "CHANUNAVAIL", "57"),
    ],
)
def test_dial_sets_the_variables_that_scripts_read(
    outcome: DialOutcome, status: str, cause: str
) -> None:
    async def story(script: PaperScript) -> None:
        script.leg.outcomes = [outcome]
        assert await script.say("EXEC Dial PJSIP/030123@trunk,20") == ["200 result=0"]
        assert await script.say("GET VARIABLE DIALSTATUS") == [f"200 result=1 ({status})"]
        assert await script.say("GET VARIABLE HANGUPCAUSE") == [f"200 result=1 ({cause})"]
        assert await script.say("GET VARIABLE DIALEDPEERNUMBER") == ["200 result=1 (030123)"]

    script, _ = play(story)
    assert ("dial", "030123") in script.leg.told


def test_the_second_address_is_dialled_where_the_first_is_not_reached() -> None:
    async def story(script: PaperScript) -> None:
        busy = DialOutcome(False, "busy", 1, 0)
        script.leg.outcomes = [busy, DialOutcome(True, "normal", 1, 1_000_000)]
        await script.say("EXEC Dial PJSIP/1@t&PJSIP/2@t&PJSIP/3@t,20,tT")
        assert await script.say("GET VARIABLE DIALSTATUS") == ["200 result=1 (ANSWER)"]

    script, _ = play(story)
    assert [what for kind, what in script.leg.told if kind == "dial"] == ["1", "2"]
    assert any("options of Dial" in what for what, _ in script.host.log)


def test_a_queue_takes_the_caller_or_says_why_not() -> None:
    async def story(script: PaperScript) -> None:
        assert await script.say('EXEC Queue "sales,t,,,30"') == ["200 result=0"]
        assert await script.say("GET VARIABLE QUEUESTATUS") == ["200 result=1 (TIMEOUT)"]
        script.leg.queue_outcome = "answered"
        assert await script.say("EXEC Queue sales") == ["200 result=-1"]

    script, _ = play(story)
    assert ("queue", ("main/sales", 0)) in script.leg.told


def test_the_place_after_the_script() -> None:
    async def story(script: PaperScript) -> None:
        await script.say("SET CONTEXT ivr")
        await script.say("SET EXTENSION 100")
        await script.say("EXEC Goto other,200,2")
        assert await script.say("SET PRIORITY start") == [
            "520-Invalid command syntax.  Proper usage follows:",
            "SET PRIORITY PRIORITY",
            "520 End of proper usage.",
        ]

    script, _ = play(story)
    place = script.call.place
    assert (place.context, place.extension, place.priority) == ("other", "200", "2")
    assert place.is_set


def test_queue_staff_and_boxes() -> None:
    async def story(script: PaperScript) -> None:
        await script.say("EXEC PauseQueueMember sales,PJSIP/1000,,lunch")
        assert await script.say("GET VARIABLE PQMSTATUS") == ["200 result=1 (PAUSED)"]
        await script.say("EXEC Voicemail 100@default,u")
        assert await script.say("GET VARIABLE VMSTATUS") == ["200 result=1 (SUCCESS)"]

    play(story)


def test_busy_ends_the_leg_with_its_cause() -> None:
    async def story(script: PaperScript) -> None:
        assert await script.say("EXEC Busy 5") == ["200 result=-1", "HANGUP"]

    script, status = play(story)
    assert ("hang_up", "busy") in script.leg.told
    assert status == "HANGUP"


def test_a_key_during_background_is_its_answer() -> None:
    async def story(script: PaperScript) -> None:
        keys = [(100, "1")]
        reply = await script.say("EXEC Background hello", keys)
        assert reply == ["200 result=49"]

    play(story)


def test_eagi_is_refused_with_the_reason() -> None:
    async def story(script: PaperScript) -> None:
        assert await script.say("EXEC EAGI script.agi") == ["200 result=-1"]

    script, _ = play(story)
    assert any("EAGI" in what for what, _ in script.host.log)


def test_an_exit_status_other_than_nought_is_a_failure() -> None:
    async def story(script: PaperScript) -> None:
        script.link.exit_status = 3

    assert play(story)[1] == "FAILURE"


def test_a_script_that_could_not_be_started_has_failed() -> None:
    async def story(script: PaperScript) -> None:
        await script.say("failure")

    assert play(story)[1] == "FAILURE"


def test_without_agisighup_the_script_is_not_told() -> None:
    async def story(script: PaperScript) -> None:
        assert await script.hang_up() == []
        assert await script.say("NOOP") == ["200 result=0"]

    assert play(story, AGISIGHUP="no")[1] == "HANGUP"


def test_with_agiexitonhangup_the_dialogue_is_over_at_the_hang_up() -> None:
    async def story(script: PaperScript) -> None:
        assert await script.hang_up() == ["HANGUP", "HANGUP"]
        assert script.is_over

    assert play(story, AGIEXITONHANGUP="yes")[1] == "HANGUP"


def test_variables_have_a_limit() -> None:
    async def story(script: PaperScript) -> None:
        for number in range(1_000):
            script.call.variables.write(f"v{number}", "1")
        assert await script.say("SET VARIABLE more 1") == ["200 result=0"]
        assert await script.say("SET VARIABLE v1 2") == ["200 result=1"]

    play(story)


@pytest.mark.parametrize(
    "text",
    ["${" * 400 + "}" * 400, "${EXTEN:99999999999}", "${EXTEN:-0:-0}", "${}", "${", "${CUT(a,b)}"],
)
def test_an_odd_text_is_replaced_and_ends(text: str) -> None:
    async def story(script: PaperScript) -> None:
        (reply,) = await script.say(f'GET FULL VARIABLE "{text}"')
        assert reply.startswith("200 result=1 (")

    play(story)
