"""One AGI connection: replies, marks, and what Asterisk sends besides."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, cast

import pytest

from acdengine.agi.command_line import words_of
from adapters.fastagi.agi_environment import read_request
from adapters.fastagi.connection import AgiConnection, ChannelGone
from adapters.fastagi.quoting import Unrepresentable, bare, command
from adapters.fastagi.replies import AgiReply, read_reply
from tests.unit.runtime.virtual_loop import VirtualLoop, run_virtual


class Wire:
    """The writer of a connection whose Asterisk is the test."""

    def __init__(self) -> None:
        self.reader = asyncio.StreamReader(limit=8192)
        self.sent: list[str] = []
        self.answers: Callable[[str], str] = lambda _: ""

    def write(self, data: bytes) -> None:
        line = data.decode().rstrip("\n")
        self.sent.append(line)
        self.say(self.answers(line))

    def say(self, text: str) -> None:
        self.reader.feed_data(text.encode())

    def close(self) -> None: ...


def run(story: Callable[[Wire, AgiConnection], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        wire = Wire()
        connection = AgiConnection(wire.reader, cast("asyncio.StreamWriter", wire))
        await story(wire, connection)
        await connection.close()

    run_virtual(main(), VirtualLoop())


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("200 result=0", AgiReply(200, 0)),
        ("200 result=-1 endpos=0", AgiReply(200, -1)),
        ("200 result=49 endpos=1234", AgiReply(200, 49, endpos=1234)),
        ("200 result=1 (a) b)", AgiReply(200, 1, "a) b")),
        ("200 result=1 ()", AgiReply(200, 1)),
        ("200 result= (timeout)", AgiReply(200, None, "timeout")),
        ("200 result=35 (dtmf) endpos=16000", AgiReply(200, 35, "dtmf", 16000)),
        ("511 Command Not Permitted on a dead channel", AgiReply(511)),
        ("hello", AgiReply(0)),
    ],
)
def test_replies(line: str, reply: AgiReply) -> None:
    assert read_reply(line) == reply


@pytest.mark.parametrize("value", ["", "a b", 'a"b', "a\\", '\\"', "a\tb", "ä", "$(x)", "a;b"])
def test_what_is_quoted_comes_out_as_it_was(value: str) -> None:
    assert words_of(command("SET VARIABLE", "x", value)) == ["SET", "VARIABLE", "x", value]


@pytest.mark.parametrize("value", ["a\nHANGUP", "a\rb", "a\0b", "x" * 2_000])
def test_what_no_line_can_hold_is_refused(value: str) -> None:
    with pytest.raises(Unrepresentable):
        command("SET VARIABLE", "x", value)


@pytest.mark.parametrize(
    "value", ["", "a,b", "a&b", "a^b", "a)b", "(a", "${A}", "a b", "a|b", "a;b", 'a"', "a\\b", "ä"]
)
def test_what_applications_part_by_is_no_bare_word(value: str) -> None:
    with pytest.raises(Unrepresentable):
        bare("value", value)


def test_a_mark_that_was_swallowed_is_repeated_and_the_late_reply_dropped() -> None:
    async def story(wire: Wire, connection: AgiConnection) -> None:
        playing = asyncio.ensure_future(connection.play("STREAM FILE"))
        await asyncio.sleep(1)
        connection.interrupt()
        await asyncio.sleep(0.15)
        first, second = wire.sent[1:]
        assert first != second
        # Both come at last, the first after another byte, the second after the next command's.
        wire.say("200 result=1 (acdengine-mark-1)\n")
        assert await playing is None
        asked = asyncio.ensure_future(connection.ask("ANSWER"))
        await asyncio.sleep(0)
        wire.say("200 result=1 (acdengine-mark-2)\n200 result=0\n")
        assert await asked == AgiReply(200, 0)

    run(story)


def test_nothing_is_stopped_in_the_moment_in_which_it_is_sent() -> None:
    async def story(wire: Wire, connection: AgiConnection) -> None:
        playing = asyncio.ensure_future(connection.play("STREAM FILE"))
        await asyncio.sleep(0)
        connection.interrupt()
        await asyncio.sleep(0.005)
        assert wire.sent == ["STREAM FILE"]
        await asyncio.sleep(0.01)
        assert len(wire.sent) == 2
        wire.say("200 result=1 (acdengine-mark-1)\n")
        await playing

    run(story)


@pytest.mark.parametrize(
    ("before", "reply"),
    [
        ("", None),
        ("200 result=1\n", None),
        ("200 result=50\n", AgiReply(200, 50)),
        ("200 result=0 endpos=800\n", AgiReply(200, 0, endpos=800)),
    ],
)
def test_what_ended_in_the_moment_in_which_it_was_stopped(
    before: str, reply: AgiReply | None
) -> None:
    async def story(wire: Wire, connection: AgiConnection) -> None:
        wire.answers = lambda line: (
            f"{before}200 result=1 (acdengine-mark-1)\n" if "mark" in line else ""
        )
        playing = asyncio.ensure_future(connection.play("WAIT FOR DIGIT"))
        await asyncio.sleep(1)
        connection.interrupt()
        assert await playing == reply

    run(story)


def test_nothing_plays_between_an_interrupt_and_the_resume() -> None:
    async def story(wire: Wire, connection: AgiConnection) -> None:
        connection.interrupt()
        assert await connection.play("STREAM FILE") is None
        assert not wire.sent

    run(story)


def test_the_usage_that_follows_an_applications_one_is_no_reply() -> None:
    async def story(wire: Wire, connection: AgiConnection) -> None:
        wire.answers = lambda line: {
            'EXEC "Dial" "x"': "200 result=1\n520-Invalid command syntax.  Proper usage follows:\n"
            " Usage: EXEC\n520 End of proper usage.\n",
            "ANSWER": "200 result=0\n",
        }.get(line, "200 result=1 (acdengine-mark-1)\n")
        assert await connection.execute("Dial", "x") == AgiReply(200, 1)
        assert await connection.ask("ANSWER") == AgiReply(200, 0)

    run(story)


def test_the_hang_up_may_come_before_the_reply() -> None:
    async def story(wire: Wire, connection: AgiConnection) -> None:
        wire.answers = lambda _: "HANGUP\n200 result=-1\n"
        assert await connection.ask("ANSWER") == AgiReply(200, -1)
        assert connection.is_hung_up

    run(story)


@pytest.mark.parametrize("text", ["x" * 9000, "520-" + "\nx" * 300 + "\n", "200 result=0\n" * 200])
def test_an_asterisk_that_floods_is_let_go(text: str) -> None:
    async def story(wire: Wire, connection: AgiConnection) -> None:
        wire.say(text)
        await asyncio.sleep(0.1)
        with pytest.raises(ChannelGone):
            await connection.ask("ANSWER")

    run(story)


async def test_numbers_without_end_are_no_numbers() -> None:
    long = "9" * 5_000
    assert read_reply(f"200 result={long}").result == int("9" * 18)
    assert read_reply("200 result=٣").result is None
    reader = asyncio.StreamReader()
    reader.feed_data(
        f"agi_request: agi://h/queue/a\nagi_callerid: 030\nagi_callingpres: {long}\n\n".encode()
    )
    request = await read_request(reader)
    assert (request.number, request.is_withheld) == ("030", False)
