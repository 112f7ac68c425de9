"""Callers of an Asterisk: who they are, what they hear, what they type."""

from __future__ import annotations

import asyncio

import pytest

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine.prompts import SayPrompt, SoundPrompt
from tests.unit.fastagi.paper import Desk, settle, with_desk


@pytest.mark.parametrize(
    ("path", "environment", "expected"),
    [
        ("queue/acme/sales", {}, {"wanted_queue": "acme/sales", "dnis": "500"}),
        ("flow/menu", {}, {"wanted_flow": "menu", "wanted_queue": "", "dnis": "500"}),
        ("number/5001", {}, {"wanted_queue": "", "dnis": "5001"}),
        ("queue/sales", {"dnid": "+4930555"}, {"wanted_queue": "sales", "dnis": "+4930555"}),
        ("queue/sales", {"callingpres": "35"}, {"withheld": True, "ani": "4930123"}),
        ("queue/sales", {"callingpres": "3"}, {"withheld": False}),
        ("queue/sales", {"callerid": "unknown"}, {"withheld": True, "ani": ""}),
        ("queue/sales", {"arg_1": "priority=-3", "arg_2": "customer=c7"},
         {"priority": -3, "customer_id": "c7"}),
        ("queue/sales", {"arg_1": "priority=99999999"}, {"priority": 0}),
        ("queue/sales", {"calleridname": "A\x1b[2Jda"}, {"name": "A[2Jda"}),
    ],
)  # fmt: skip
def test_who_calls_is_read_from_the_environment(
    path: str, environment: dict[str, str], expected: dict[str, object]
) -> None:
    async def story(desk: Desk) -> ev.AnyEvent:
        desk.open(path, **environment)
        await settle()
        return desk.told()[0]

    arrived = with_desk(story)
    assert isinstance(arrived, ev.CallArrived)
    assert (arrived.node_id, arrived.trunk_id, arrived.call_id) == ("pbx", "trunk", "call1")
    assert {key: getattr(arrived, key) for key in expected} == expected


@pytest.mark.parametrize(
    ("path", "peer"),
    [
        ("queue/sales", "192.0.2.1"),
        ("queue/", "127.0.0.1"),
        ("queue/a,b", "127.0.0.1"),
        ("flow/", "127.0.0.1"),
        ("number/50 01", "127.0.0.1"),
        ("", "127.0.0.1"),
        ("answered/call1-1)U(x", "127.0.0.1"),
    ],
)
def test_a_connection_that_is_not_served_is_closed(path: str, peer: str) -> None:
    async def story(desk: Desk) -> None:
        channel = desk.open(path, peer)
        await settle()
        assert channel.is_closed
        assert not desk.told()
        assert not channel.lines

    with_desk(story)


def test_each_asterisk_has_its_own_trunk_group() -> None:
    async def story(desk: Desk) -> None:
        desk.open("number/5001", "10.1.1.1")
        await settle()
        arrived = desk.told()[0]
        assert isinstance(arrived, ev.CallArrived)
        assert (arrived.node_id, arrived.trunk_id) == ("other", "others")

    with_desk(story)


def test_no_more_connections_than_the_limit() -> None:
    async def story(desk: Desk) -> None:
        channels = [desk.open("queue/sales") for _ in range(21)]
        await settle()
        assert [channel.is_closed for channel in channels] == [False] * 20 + [True]

    with_desk(story)


def test_who_says_nothing_is_closed_in_time() -> None:
    async def story(desk: Desk) -> None:
        channel = desk.open("queue/sales\nagi_x: y")
        silent = type(channel)()
        desk.server.connected(silent.reader, silent)  # type: ignore[arg-type]
        await asyncio.sleep(4.9)
        assert not silent.is_closed
        await asyncio.sleep(0.2)
        assert silent.is_closed

    with_desk(story)


def test_an_environment_without_an_end_is_closed() -> None:
    async def story(desk: Desk) -> None:
        channel = desk.open("queue/sales", **{f"x{n}": "y" for n in range(300)})
        await settle()
        assert channel.is_closed
        assert not desk.told()

    with_desk(story)


def test_music_while_the_caller_waits() -> None:
    async def story(desk: Desk) -> None:
        caller = await desk.caller()
        await desk.order(cmd.AnswerCall("call1"), cmd.PlayMusic("call1", "jazz"))
        assert caller.lines[-3:] == ["ANSWER", "SET MUSIC ON jazz", "WAIT FOR DIGIT -1"]

    with_desk(story)


def test_a_prompt_then_the_music_again() -> None:
    async def story(desk: Desk) -> None:
        caller = await desk.caller()
        await desk.order(cmd.PlayMusic("call1", "jazz"), cmd.PlayPrompt("call1", "p1", "hello"))
        assert caller.doing == "STREAM FILE custom/hello "
        assert not desk.told()
        caller.finish()
        await settle()
        assert desk.told() == [ev.PromptFinished(0, "call1", "p1")]
        assert caller.lines[-2:] == ["SET MUSIC ON jazz", "WAIT FOR DIGIT -1"]

    with_desk(story)


def test_the_place_in_line_is_said_as_asterisks_queues_say_it() -> None:
    async def story(desk: Desk) -> list[str]:
        caller = await desk.caller()
        await desk.order(cmd.PlayPrompt("call1", "p1", "position:3"))
        for _ in range(3):
            caller.finish()
            await settle()
        await desk.order(cmd.PlayPrompt("call1", "p2", "estimate:61"))
        return [line for line in caller.lines if not line.startswith("WAIT")]

    assert with_desk(story) == [
        "STREAM FILE queue-thereare ", "SAY NUMBER 3 ", "STREAM FILE queue-callswaiting ",
        "STREAM FILE queue-holdtime ",
    ]  # fmt: skip


def test_the_next_prompt_stops_the_one_that_plays() -> None:
    async def story(desk: Desk) -> None:
        caller = await desk.caller()
        await desk.order(cmd.PlayPrompt("call1", "p1", "hello"))
        await desk.order(cmd.PlayPrompt("call1", "p2", "bye"))
        assert desk.told() == [ev.PromptFinished(0, "call1", "p1")]
        assert caller.doing == "STREAM FILE custom/bye "

    with_desk(story)


def test_a_stopped_row_of_prompts_is_told_as_cancelled() -> None:
    async def story(desk: Desk) -> None:
        caller = await desk.caller()
        prompts = (SoundPrompt("one"), SoundPrompt("two"))
        await desk.order(cmd.PlayPrompts("call1", "row", prompts))
        caller.finish()
        await settle()
        await desk.order(cmd.StopPrompt("call1"))
        assert desk.told() == [
            ev.PromptHeard(0, "call1", "row", 1),
            ev.PromptsFinished(0, "call1", "row", is_cancelled=True),
        ]
        assert caller.doing == "WAIT FOR DIGIT -1"

    with_desk(story)


def test_a_key_ends_a_row_of_prompts() -> None:
    async def story(desk: Desk) -> None:
        caller = await desk.caller()
        await desk.order(cmd.PlayPrompts("call1", "row", (SoundPrompt("one"),), "12"))
        caller.press("2")
        await settle()
        assert desk.told() == [ev.PromptsFinished(0, "call1", "row", "2")]

    with_desk(story)


def test_keys_that_nothing_waits_for_are_told_and_numbered() -> None:
    async def story(desk: Desk) -> None:
        caller = await desk.caller()
        for key in "4#":
            caller.press(key)
            await settle()
        assert desk.told() == [
            ev.DigitPressed(0, "call1", "4", 1), ev.DigitPressed(0, "call1", "#", 2),
        ]  # fmt: skip

    with_desk(story)


def test_no_keys_are_listened_for_where_the_settings_say_so() -> None:
    async def story(desk: Desk) -> None:
        caller = await desk.caller()
        await desk.order(cmd.PlayMusic("call1", "jazz"))
        assert caller.lines == ["SET MUSIC ON jazz"]

    with_desk(story, hears_keys=False)


def test_digits_are_collected_with_the_first_one_stopping_the_prompt() -> None:
    async def story(desk: Desk) -> None:
        caller = await desk.caller()
        wanted = cmd.Collect("call1", "c1", (SoundPrompt("code"),), max_digits=3)
        await desk.order(wanted)
        assert caller.doing == "STREAM FILE custom/code 0123456789*#ABCD"
        for key in "123":
            caller.press(key)
            await settle()
        assert desk.told() == [ev.DigitsCollected(0, "call1", "c1", "value", "123")]

    with_desk(story)


def test_a_collection_ends_when_the_time_for_the_next_key_is_over() -> None:
    async def story(desk: Desk) -> None:
        caller = await desk.caller()
        await desk.order(cmd.Collect("call1", "c1", min_digits=2, max_digits=3))
        assert caller.doing == "WAIT FOR DIGIT 5000"
        caller.press("1")
        await asyncio.sleep(3)
        caller.finish()
        await settle()
        assert desk.told() == [ev.DigitsCollected(0, "call1", "c1", "incomplete", "1")]

    with_desk(story)


def test_a_stopped_collection_gives_back_what_was_typed() -> None:
    async def story(desk: Desk) -> None:
        caller = await desk.caller()
        await desk.order(cmd.Collect("call1", "c1", max_digits=3))
        caller.press("1")
        await settle()
        await desk.order(cmd.StopCollect("call1", "c1"))
        told = desk.told()
        assert told == [ev.DigitsCollected(0, "call1", "c1", "cancelled", "1", typed_ahead="1")]

    with_desk(story)


def test_sensitive_keys_are_refused_before_any_is_pressed() -> None:
    async def story(desk: Desk) -> None:
        caller = await desk.caller()
        await desk.order(cmd.Collect("call1", "c1", (SoundPrompt("pin"),), is_sensitive=True))
        assert desk.told() == [ev.DigitsCollected(0, "call1", "c1", "failed")]
        assert not any("STREAM" in line for line in caller.lines)

    with_desk(story)


@pytest.mark.parametrize(
    ("prompt", "lines"),
    [
        (SayPrompt("number", "-12.5"),
         ["STREAM FILE digits/minus ", "SAY NUMBER 12 ", "STREAM FILE letters/dot ",
          "SAY DIGITS 5 "]),
        (SayPrompt("number", "2", gender="feminine"), ["SAY NUMBER 2  f"]),
        (SayPrompt("telephone", "+4930"), ["SAY ALPHA 4930 "]),
        (SayPrompt("duration", "90"),
         ["SAY NUMBER 1 ", "STREAM FILE minutes ", "SAY NUMBER 30 ", "STREAM FILE seconds "]),
        (SayPrompt("datetime", "2026-12-01T17:05:00"),
         ["SAY DATETIME 1796144700  ABdY IMp UTC"]),
        (SayPrompt("money", "12.50", currency="EUR"), []),
        (SoundPrompt('x"\\nHANGUP'), ["STREAM FILE custom/x\\\\\\nHANGUP "]),
        (SoundPrompt("x\nHANGUP"), []),
    ],
)  # fmt: skip
def test_values_are_said_by_asterisk(prompt: SayPrompt | SoundPrompt, lines: list[str]) -> None:
    async def story(desk: Desk) -> list[str]:
        caller = await desk.caller()
        await desk.order(cmd.PlayPrompts("call1", "row", (prompt,)))
        while caller.doing and not caller.doing.startswith("WAIT"):
            caller.finish()
            await settle()
        assert isinstance(desk.told()[-1], ev.PromptsFinished)
        return [line for line in caller.lines if not line.startswith("WAIT")]

    assert with_desk(story) == lines


def test_what_the_caller_says_is_recorded() -> None:
    async def story(desk: Desk) -> None:
        caller = await desk.caller()
        await desk.order(cmd.RecordCaller("call1", "r1", "2026/x.wav", silence_us=3_000_000))
        assert caller.doing == "RECORD FILE /rec/2026_x wav # 120000 BEEP s=3"
        caller.finish("200 result=35 (dtmf) endpos=16000")
        await settle()
        assert desk.told() == [
            ev.CallerRecorded(0, "call1", "r1", "2026_x.wav", 2_000_000, "key", "#")
        ]

    with_desk(story)


@pytest.mark.parametrize("file", ["../x.wav", "a\nb.wav", ""])
def test_no_file_outside_the_folder_is_recorded(file: str) -> None:
    async def story(desk: Desk) -> None:
        caller = await desk.caller()
        await desk.order(cmd.RecordCaller("call1", "r1", file))
        assert desk.told() == [ev.CallerRecorded(0, "call1", "r1", "", 0, "failed")]
        assert not any("RECORD" in line for line in caller.lines)

    with_desk(story)


def test_a_short_message_is_none() -> None:
    async def story(desk: Desk) -> None:
        caller = await desk.caller()
        await desk.order(cmd.RecordMessage("call1", "acme/box", "", "m.wav"))
        caller.finish("200 result=0 (timeout) endpos=4000")
        await settle()
        await desk.order(cmd.RecordMessage("call1", "acme/box", "", "m.wav"))
        caller.finish("200 result=0 (timeout) endpos=24000")
        await settle()
        assert desk.told() == [
            ev.MessageLeft(0, "call1", "", 0), ev.MessageLeft(0, "call1", "m.wav", 3_000_000),
        ]  # fmt: skip

    with_desk(story)


def test_only_listed_variables_are_read_and_written() -> None:
    async def story(desk: Desk) -> None:
        caller = await desk.caller()
        caller.variables["SECRET"] = "x"
        await desk.order(
            cmd.SetVariable("call1", "v1", "flow_a", 'b "c'),
            cmd.ReadVariable("call1", "v2", "SECRET"),
            cmd.SetVariable("call1", "v3", "CALLERID(num)", "1"),
        )
        caller.variables["flow_a"] = "b%20%0a200 result=1 (c"
        await desk.order(cmd.ReadVariable("call1", "v4", "flow_a"))
        values = [event.value for event in desk.told() if isinstance(event, ev.VariableRead)]
        assert values[1:] == [None, None, "b \n200 result=1 (c"]
        assert "CALLERID(num)" not in caller.variables

    with_desk(story)


@pytest.mark.parametrize(
    "order",
    [
        cmd.PlayMusic("call1", "jazz"),
        cmd.PlayPrompt("call1", "p", "hello"),
        cmd.Collect("call1", "c", (SoundPrompt("x"),)),
        cmd.Collect("call1", "c"),
        cmd.RecordCaller("call1", "r", "x.wav"),
    ],
)
def test_a_caller_hangs_up_in_each_situation(order: cmd.AnyCommand) -> None:
    async def story(desk: Desk) -> None:
        caller = await desk.caller()
        await desk.order(order)
        caller.hang_up()
        await settle()
        assert desk.told()[-1] == ev.CallerHungUp(0, "call1", "normal")
        assert caller.is_closed
        assert not desk.port.legs_of("pbx")[0]

    with_desk(story)


@pytest.mark.parametrize(
    ("order", "cause"),
    [
        (cmd.HangUpCall("call1", "normal"), 16),
        (cmd.RejectCall("call1", "busy"), 17),
        (cmd.RejectCall("call1", "unallocated_number"), 1),
        (cmd.RejectCall("call1", "tenant_limit"), 42),
    ],
)
def test_the_engine_takes_a_caller_down(order: cmd.HangUpCall | cmd.RejectCall, cause: int) -> None:
    async def story(desk: Desk) -> None:
        caller = await desk.caller()
        await desk.order(order)
        assert caller.lines[-1] == f"EXEC Hangup {cause}"
        assert desk.told() == [ev.CallerHungUp(0, "call1", "normal")]
        assert caller.is_closed

    with_desk(story)


def test_a_connection_that_breaks_ends_the_call() -> None:
    async def story(desk: Desk) -> None:
        caller = await desk.caller()
        caller.reader.feed_eof()
        await settle()
        assert desk.told() == [ev.CallerHungUp(0, "call1", "lost")]

    with_desk(story)


def test_an_asterisk_that_does_not_answer_is_given_up() -> None:
    async def story(desk: Desk) -> None:
        caller = await desk.caller()
        caller.is_silent = True
        await desk.order(cmd.AnswerCall("call1"))
        await asyncio.sleep(120)
        assert desk.told() == [ev.CallerHungUp(0, "call1", "lost")]

    with_desk(story)


def test_the_end_of_the_daemon_is_no_hang_up() -> None:
    async def story(desk: Desk) -> None:
        caller = await desk.caller()
        await desk.server.close()
        assert caller.is_closed
        assert not desk.told()

    with_desk(story)


def test_orders_for_a_call_that_is_gone_are_answered() -> None:
    async def story(desk: Desk) -> None:
        await desk.order(
            cmd.HangUpCall("gone", "normal"),
            cmd.PlayPrompt("gone", "p", "hello"),
            cmd.CancelRing("gone-1"),
            cmd.Bridge("gone", "gone-1"),
        )
        assert desk.told() == [
            ev.CallerHungUp(0, "gone", "no_such_leg"),
            ev.PromptFinished(0, "gone", "p"),
            ev.OfferEnded(0, "gone-1", "hangup"),
            ev.OfferEnded(0, "gone-1", "hangup"),
        ]

    with_desk(story)
