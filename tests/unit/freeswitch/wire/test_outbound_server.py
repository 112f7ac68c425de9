"""Calls that FreeSWITCH connects to us with its `socket` application, over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from adapters.freeswitch.protocol.command_lines import hangup
from adapters.freeswitch.protocol.errors import LinkDown
from adapters.freeswitch.protocol.event_fields import EventFields
from adapters.freeswitch.wire import awaited_commands
from adapters.freeswitch.wire.link_settings import LinkSettings
from adapters.freeswitch.wire.outbound_server import OutboundServer, OutboundSettings
from tests.unit.freeswitch import esl_frames
from tests.unit.freeswitch.observer import PATIENT, READER, CallObserver
from tests.unit.freeswitch.scripted_switch import PATIENCE_S, ScriptedSwitch, SwitchSide

DATA = {
    "Event-Name": "CHANNEL_DATA",
    "Unique-ID": "leg-1",
    "Caller-Caller-ID-Name": "evil\nUnique-ID: forged\n\n",
    "variable_big": "x" * 200_000,
    "Content-Type": "command/reply",
    "Reply-Text": "+OK\n",
    "Socket-Mode": "async",
    "Control": "full",
}
GREETING = ["connect", "linger 10", "event json BACKGROUND_JOB", "myevents json"]


class Caller(ScriptedSwitch):
    """A switch that connects calls to us, with the answers of `socket ... async full`."""

    def __init__(self) -> None:
        super().__init__()
        self.greeting = b""
        self.answers = {"connect": esl_frames.plain(DATA)}

    async def call(self, port: int) -> SwitchSide:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        side = self.served_by(writer)
        self.tasks.append(asyncio.create_task(side.serve(reader)))
        return side


@asynccontextmanager
async def serving(
    observer: CallObserver, **changes: object
) -> AsyncIterator[tuple[OutboundServer[EventFields], Caller]]:
    settings = OutboundSettings(**({"link": PATIENT} | changes))  # type: ignore[arg-type]
    server = OutboundServer(settings, READER, observer)
    await server.open("127.0.0.1", 0)
    async with Caller() as caller:
        yield server, caller
        await server.close()


async def failed_greeting(server: OutboundServer[EventFields]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        # Nobody is told of a link that never became a call.
        while not server.statistics.failed_greetings:  # noqa: ASYNC110
            await asyncio.sleep(0)
    assert server.statistics.failed_greetings == 1
    assert server.calls == []


def event(name: str) -> bytes:
    return esl_frames.json_event({"Event-Name": name, "Unique-ID": "leg-1"})


async def test_a_call_from_connect_to_its_last_event() -> None:
    observer = CallObserver()
    async with serving(observer) as (server, caller):
        side = await caller.call(server.port)
        await observer.until(lambda: observer.calls)
        [call] = observer.calls
        assert side.lines == GREETING
        assert server.calls == [call]
        assert call.leg == "leg-1"
        assert call.is_async
        assert call.data.fields.caller_name == "evil\nUnique-ID: forged\n\n"
        assert call.headers() == DATA

        caller.answers["sendmsg"] = lambda side, heard: (
            esl_frames.reply("+OK")
            + esl_frames.json_event(
                {
                    "Event-Name": "CHANNEL_EXECUTE_COMPLETE",
                    "Application-UUID": heard.headers.get("Event-UUID", ""),
                }
            )
        )
        await awaited_commands.application(call, None, "answer", "", PATIENCE_S)
        assert side.heard[-1].line == "sendmsg"
        await awaited_commands.request(call, hangup(None, "NORMAL_CLEARING"), PATIENCE_S)

        notice = esl_frames.frame(
            "text/disconnect-notice", Content_Disposition="linger", Linger_Time="10"
        )
        side.say(event("CHANNEL_HANGUP") + notice + event("CHANNEL_HANGUP_COMPLETE"))
        await observer.until(lambda: observer.story[-1] == "CHANNEL_HANGUP_COMPLETE")
        assert call.is_lingering
        await call.close()
        await observer.until(lambda: observer.reasons)
        assert side.lines[-1] == "exit"
        assert server.calls == []
        with pytest.raises(LinkDown):
            call.send(hangup(None, "NORMAL_CLEARING"))
    assert [name for name in observer.story if name != "CHANNEL_EXECUTE_COMPLETE"] == [
        "call", "CHANNEL_HANGUP", "linger", "CHANNEL_HANGUP_COMPLETE", "gone",
    ]  # fmt: skip


async def test_the_call_is_said_before_its_events() -> None:
    observer = CallObserver()
    async with serving(observer) as (server, caller):
        caller.answers["myevents"] = esl_frames.reply("+OK Events Enabled") + event(
            "CHANNEL_EXECUTE"
        )
        side = await caller.call(server.port)
        await observer.until(lambda: observer.events)
        await side.say_slowly(event("DTMF") + esl_frames.frame("text/event-json", b"{"))
        await observer.until(lambda: "malformed event" in observer.story)
    assert observer.story == ["call", "CHANNEL_EXECUTE", "DTMF", "malformed event", "gone"]


async def test_a_job_of_a_call() -> None:
    observer = CallObserver()
    async with serving(observer, linger_s=0) as (server, caller):
        side = await caller.call(server.port)
        await observer.until(lambda: observer.calls)
        assert side.lines[1] == "nolinger"
        caller.answers["bgapi"] = lambda side, heard: (
            esl_frames.reply("+OK")
            + esl_frames.json_event(
                {"Event-Name": "BACKGROUND_JOB", "Job-UUID": heard.headers["Job-UUID"]}, "+OK\n"
            )
        )
        assert await awaited_commands.job(observer.calls[0], "status", "", PATIENCE_S) == "+OK\n"


async def test_calls_over_the_limit_are_turned_away() -> None:
    observer = CallObserver()
    async with serving(observer, max_calls=2) as (server, caller):
        sides = [await caller.call(server.port) for _ in range(2)]
        await observer.until(lambda: len(observer.calls) == 2)
        turned_away = await caller.call(server.port)
        await caller.tasks[-1]
        assert turned_away.heard == []
        assert server.statistics.turned_away == 1
        sides[0].hang_up()
        await observer.until(lambda: observer.reasons)
        await caller.call(server.port)
        await observer.until(lambda: len(observer.calls) == 3)
        assert server.statistics.calls == 3


async def test_closing_the_server_ends_its_calls() -> None:
    observer = CallObserver()
    async with serving(observer) as (server, caller):
        side = await caller.call(server.port)
        await observer.until(lambda: observer.calls)
        await server.close()
        assert side.lines[-1] == "exit"
        assert server.calls == []
        with pytest.raises(LinkDown, match="not open"):
            _ = server.port
    assert observer.story == ["call", "gone"]


@pytest.mark.parametrize("stage", ["connect", "linger", "myevents"])
async def test_a_switch_that_never_answers_is_not_waited_for(stage: str) -> None:
    observer = CallObserver()
    async with serving(observer, greeting_limit_s=0.05) as (server, caller):
        caller.answers[stage] = None
        await caller.call(server.port)
        await failed_greeting(server)
    assert observer.story == []


@pytest.mark.parametrize(
    ("stage", "answer"),
    [
        ("connect", esl_frames.reply("-ERR what?")),
        ("myevents", esl_frames.reply("-ERR no")),
        ("connect", b"nonsense\n\n"),
    ],
)
async def test_a_greeting_that_fails(stage: str, answer: bytes) -> None:
    observer = CallObserver()
    async with serving(observer) as (server, caller):
        caller.answers[stage] = answer
        await caller.call(server.port)
        await failed_greeting(server)
    assert observer.story == []


@pytest.mark.parametrize("mode", ["async", "static"])
async def test_silence_is_noticed_where_it_means_something(mode: str) -> None:
    observer = CallObserver()
    nervous = LinkSettings(quiet_s=0.03, answer_s=0.03)
    async with serving(observer, link=nervous) as (server, caller):
        caller.answers["connect"] = esl_frames.plain(DATA | {"Socket-Mode": mode})
        side = await caller.call(server.port)
        await observer.until(lambda: observer.calls)
        side.is_deaf = True
        if mode == "async":
            await observer.until(lambda: observer.reasons)
            assert side.lines[-1] == "myevents json"
            assert type(observer.reasons[0]).__name__ == "HalfOpen"
        else:
            # Without `async` the switch is silent for as long as an application runs.
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(asyncio.shield(observer.calls[0].link.lost), 0.2)
            assert side.lines == GREETING


def test_a_call_without_a_link_can_do_nothing() -> None:
    server = OutboundServer(OutboundSettings(), READER, CallObserver())
    with pytest.raises(LinkDown):
        _ = server.port
