"""A connection over real sockets to a switch that misbehaves: silence, cuts, floods, refusals."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from adapters.freeswitch.protocol.command_lines import hangup
from adapters.freeswitch.protocol.errors import (
    AuthRefused,
    CommandRefused,
    HalfOpen,
    IncompleteFrame,
    LimitExceeded,
    LinkDown,
    MalformedHeader,
    ProtocolError,
    ReplyTimeout,
    RudeRejection,
    SwitchClosed,
    UnexpectedReply,
)
from adapters.freeswitch.protocol.event_fields import EventFields
from adapters.freeswitch.protocol.event_reader import Event
from adapters.freeswitch.protocol.frame_codec import Limits
from adapters.freeswitch.wire import awaited_commands
from adapters.freeswitch.wire.connection import Connection
from adapters.freeswitch.wire.esl_link import TroubleKind
from adapters.freeswitch.wire.event_sequence import Gap, GapCause
from adapters.freeswitch.wire.link_settings import LinkSettings
from tests.unit.freeswitch import esl_frames
from tests.unit.freeswitch.observer import Observer, connection_to
from tests.unit.freeswitch.pausing_queue import PausingQueue
from tests.unit.freeswitch.scripted_switch import PATIENCE_S, ScriptedSwitch

HANGUP = hangup("leg-1", "NORMAL_CLEARING")
#: Silence is noticed after a tenth of a second.
NERVOUS = LinkSettings(quiet_s=0.05, answer_s=0.05)


@asynccontextmanager
async def running(
    switch: ScriptedSwitch, observer: Observer, **changes: Any
) -> AsyncIterator[Connection[EventFields]]:
    connection = connection_to(switch, observer, time.monotonic, **changes)
    task = asyncio.create_task(connection.run(observer))
    try:
        yield connection
    finally:
        await connection.close()
        await task


def event(number: int, core: str = "core-1", name: str = "DTMF") -> bytes:
    return esl_frames.json_event(
        {"Event-Name": name, "Core-UUID": core, "Event-Sequence": str(number)}
    )


async def test_a_half_open_link_is_noticed_and_replaced(switch: ScriptedSwitch) -> None:
    observer = Observer()
    async with running(switch, observer, link=NERVOUS) as connection:
        await observer.until(lambda: observer.ups == 1)
        switch.side.is_deaf = True
        waiting = asyncio.create_task(awaited_commands.request(connection, HANGUP, PATIENCE_S))
        await observer.until(lambda: observer.ups == 2)
        with pytest.raises(HalfOpen):
            await waiting
    assert observer.story == ["up", "down HalfOpen", "up"]
    assert observer.outages[0].was_up
    assert len(switch.sides) == 2


async def test_a_quiet_switch_that_answers_is_left_alone(switch: ScriptedSwitch) -> None:
    observer = Observer()
    async with running(switch, observer, link=NERVOUS) as connection:
        probe = "event json HEARTBEAT"
        await switch.until(lambda: switch.sides and switch.side.lines.count(probe) >= 4)
        assert connection.link.statistics.probes >= 4
    assert observer.story == ["up"]


async def test_a_command_that_blocks_the_link_excuses_silence(switch: ScriptedSwitch) -> None:
    switch.answers["api"] = None
    observer = Observer()
    async with running(switch, observer, link=NERVOUS) as connection:
        await observer.until(lambda: observer.ups == 1)
        # Much longer than silence is borne otherwise.
        with pytest.raises(ReplyTimeout):
            await awaited_commands.api(connection, "slow", "", 0.3)
        assert observer.story == ["up"]
        assert "event json HEARTBEAT" not in switch.side.lines


async def test_a_command_may_not_block_the_link_for_ever(switch: ScriptedSwitch) -> None:
    observer = Observer()
    settings = LinkSettings(quiet_s=0.05, answer_s=0.05, blocking_limit_s=0.05)
    async with running(switch, observer, link=settings) as connection:
        await observer.until(lambda: observer.ups == 1)
        switch.side.is_deaf = True
        with pytest.raises(HalfOpen):
            await awaited_commands.api(connection, "slow", "", PATIENCE_S)


async def test_silence_of_our_own_making_is_no_silence(switch: ScriptedSwitch) -> None:
    observer = Observer()
    async with running(switch, observer, link=NERVOUS) as connection:
        await observer.until(lambda: observer.ups == 1)
        connection.pause()
        with pytest.raises(ReplyTimeout):
            await awaited_commands.request(connection, HANGUP, 0.3)
        assert observer.story == ["up"]
        connection.resume()
        assert not (await awaited_commands.request(connection, HANGUP, PATIENCE_S)).is_refusal
    assert observer.story == ["up"]


@pytest.mark.parametrize("end", [30, 60, -1])
async def test_a_link_cut_inside_a_frame(switch: ScriptedSwitch, end: int) -> None:
    observer = Observer()
    async with running(switch, observer):
        await observer.until(lambda: observer.ups == 1)
        switch.side.say(event(1) + event(2)[:end])
        switch.side.hang_up()
        await observer.until(lambda: observer.ups == 2)
    assert observer.story[:3] == ["up", "DTMF", "down IncompleteFrame"]
    assert isinstance(observer.outages[0].reason, IncompleteFrame)


async def test_what_was_started_fails_with_the_link(switch: ScriptedSwitch) -> None:
    ended: list[object] = []
    observer = Observer()
    async with running(switch, observer) as connection:
        await observer.until(lambda: observer.ups == 1)
        connection.start_job("originate", "x", ended.append, PATIENCE_S)
        connection.start_application("leg-1", "playback", "/a.wav", ended.append, PATIENCE_S)
        # Both have been acknowledged when the reply to this has come.
        await awaited_commands.request(connection, HANGUP, PATIENCE_S)
        assert ended == []
        switch.side.cut()
        await observer.until(lambda: observer.ups == 2)
    assert len(ended) == 2
    assert all(isinstance(outcome, LinkDown) for outcome in ended)


async def test_what_was_asked_for_is_asked_for_again(switch: ScriptedSwitch) -> None:
    observer = Observer()
    async with running(switch, observer) as connection:
        await observer.until(lambda: observer.ups == 1)
        connection.subscribe(["CHANNEL_PARK"], ["sofia::register"])
        connection.add_filter("variable_acd", "true")
        await switch.until(lambda: "filter variable_acd true" in switch.side.lines)
        switch.side.cut()
        connection.subscribe(["CHANNEL_ANSWER"])
        await observer.until(lambda: observer.ups == 2)
        assert switch.side.lines == [
            "auth ClueCon",
            "filter Event-Name HEARTBEAT",
            "filter Event-Name BACKGROUND_JOB",
            "filter Event-Name CHANNEL_EXECUTE_COMPLETE",
            "filter variable_acd true",
            (
                "event json HEARTBEAT BACKGROUND_JOB CHANNEL_EXECUTE_COMPLETE CHANNEL_PARK "
                "CHANNEL_ANSWER CUSTOM sofia::register"
            ),
        ]
    assert connection.statistics.connects == 2
    assert connection.statistics.losses == 1


async def test_waits_longer_while_nobody_listens(switch: ScriptedSwitch) -> None:
    port = switch.port
    switch.stop_listening()
    observer = Observer()
    async with running(switch, observer, port=port) as connection:
        with pytest.raises(LinkDown, match="not connected"):
            connection.send(HANGUP)
        await observer.until(lambda: len(observer.outages) >= 6)
        waits = [outage.retry_in_s for outage in observer.outages[:6]]
        assert waits == [0.001, 0.002, 0.004, 0.008, 0.01, 0.01]
        assert not any(outage.was_up for outage in observer.outages)
        assert all(isinstance(outage.reason, OSError) for outage in observer.outages)
        await switch.listen(port)
        await observer.until(lambda: observer.ups)


async def test_a_switch_that_drops_us_at_once_is_not_pestered(switch: ScriptedSwitch) -> None:
    observer = Observer()
    observer.handle = lambda _: switch.side.cut()
    switch.answers["event"] = esl_frames.reply("+OK") + event(1)
    async with running(switch, observer, longest_wait_s=0.008):
        await observer.until(lambda: len(observer.outages) == 5)
    assert [outage.retry_in_s for outage in observer.outages] == [
        0.001, 0.002, 0.004, 0.008, 0.008,
    ]  # fmt: skip


async def test_a_refused_password(switch: ScriptedSwitch) -> None:
    notice = b"Content-Type: text/disconnect-notice\nContent-Length: 4\n\nbye\n"
    switch.answers["auth"] = esl_frames.reply("-ERR invalid") + notice
    observer = Observer()
    async with running(switch, observer) as connection:
        await observer.until(lambda: len(observer.outages) == 2)
        assert not connection.is_up
    assert observer.story == ["down AuthRefused"] * 2
    assert isinstance(observer.outages[0].reason, AuthRefused)
    assert observer.outages[0].retry_in_s == 0.02


async def test_a_rude_rejection(switch: ScriptedSwitch) -> None:
    switch.greeting = esl_frames.frame("text/rude-rejection", b"Access Denied, go away.\n")
    observer = Observer()
    async with running(switch, observer):
        await observer.until(lambda: observer.outages)
    assert isinstance(observer.outages[0].reason, RudeRejection)
    assert observer.outages[0].retry_in_s == 0.02


async def test_a_user_who_may_not_have_the_events(switch: ScriptedSwitch) -> None:
    switch.answers["event"] = esl_frames.reply("-ERR permission denied")
    observer = Observer()
    async with running(switch, observer):
        await observer.until(lambda: observer.outages)
    assert isinstance(observer.outages[0].reason, CommandRefused)
    assert observer.ups == 0


@pytest.mark.parametrize("stage", ["greeting", "auth", "event"])
async def test_a_switch_that_never_answers_while_connecting(
    switch: ScriptedSwitch, stage: str
) -> None:
    if stage == "greeting":
        switch.greeting = b""
    else:
        switch.answers[stage] = None
    observer = Observer()
    async with running(switch, observer, open_limit_s=0.05):
        await observer.until(lambda: observer.outages)
    assert isinstance(observer.outages[0].reason, HalfOpen)
    assert "within 0.05 s" in str(observer.outages[0].reason)


@pytest.mark.parametrize("stage", ["auth", "event"])
async def test_a_switch_that_goes_while_connecting(switch: ScriptedSwitch, stage: str) -> None:
    switch.answers[stage] = lambda side, heard: side.hang_up()
    observer = Observer()
    async with running(switch, observer):
        await observer.until(lambda: len(observer.outages) == 2)
    assert observer.story == ["down SwitchClosed"] * 2


async def test_the_switch_says_why_it_closes(switch: ScriptedSwitch) -> None:
    observer = Observer()
    async with running(switch, observer):
        await observer.until(lambda: observer.ups)
        switch.side.say(
            esl_frames.frame("text/disconnect-notice", b"Disconnected, goodbye.\nSee you\n")
        )
        switch.side.hang_up()
        await observer.until(lambda: observer.outages)
    assert isinstance(observer.outages[0].reason, SwitchClosed)
    assert str(observer.outages[0].reason) == "Disconnected, goodbye."


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (esl_frames.reply("+OK for nobody"), UnexpectedReply),
        (b"nonsense\n\n", MalformedHeader),
        (b"Content-Length: 1001\nContent-Type: text/event-json\n\n", LimitExceeded),
        (b"X: " + b"y" * 3000, LimitExceeded),
    ],
)
async def test_what_is_no_event_socket_ends_the_link(
    switch: ScriptedSwitch, data: bytes, kind: type[ProtocolError]
) -> None:
    limits = LinkSettings(limits=Limits(header_bytes=2000, body_bytes=1000), quiet_s=3600)
    observer = Observer()
    async with running(switch, observer, link=limits):
        await observer.until(lambda: observer.ups)
        switch.side.say(event(1) + data)
        await observer.until(lambda: observer.ups == 2)
    assert observer.story == ["up", "DTMF", f"down {kind.__name__}", "up"]


async def test_what_a_link_gets_over_is_reported(switch: ScriptedSwitch) -> None:
    observer = Observer()
    async with running(switch, observer) as connection:
        await observer.until(lambda: observer.ups)
        switch.side.say(
            esl_frames.frame("text/event-json", b"{not json")
            + event(1)
            + esl_frames.frame("text/event-xml", b"<event/>")
            + esl_frames.frame("log/data", b"a line of the log\n")
            + event(2)
        )
        await observer.until(lambda: len(observer.events) == 2)
        assert connection.link.statistics.troubles == 2
    assert [trouble.kind for trouble in observer.troubles] == [
        TroubleKind.MALFORMED_EVENT,
        TroubleKind.UNKNOWN_FRAME,
    ]
    assert observer.troubles[1].detail == "text/event-xml"


async def test_a_handler_that_fails_does_not_cost_the_next_event(switch: ScriptedSwitch) -> None:
    failures: list[object] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda loop, context: failures.append(context["exception"])
    )
    observer = Observer()

    def fail(heard: Event[EventFields]) -> None:
        if heard.fields.sequence == 1:
            raise RuntimeError("a bug")

    observer.handle = fail
    async with running(switch, observer):
        await observer.until(lambda: observer.ups)
        switch.side.say(event(1) + event(2))
        await observer.until(lambda: len(observer.events) == 2)
    assert observer.troubles[0].kind is TroubleKind.HANDLER_FAILED
    assert [str(failure) for failure in failures] == ["a bug"]


async def test_gaps(switch: ScriptedSwitch) -> None:
    observer = Observer()
    async with running(switch, observer) as connection:
        await observer.until(lambda: observer.ups == 1)
        switch.side.say(event(10) + event(20))
        await observer.until(lambda: len(observer.events) == 2)
        switch.side.cut()
        await observer.until(lambda: observer.ups == 2)
        switch.side.say(event(30))
        await observer.until(lambda: len(observer.events) == 3)
        switch.side.cut()
        await observer.until(lambda: observer.ups == 3)
        switch.side.say(event(5, core="core-2"))
        await observer.until(lambda: len(observer.events) == 4)
        connection.subscribe(["ALL"])
        switch.side.say(b"".join(event(n, core="core-2") for n in (6, 8, *range(9, 1100))))
        await observer.until(lambda: len(observer.gaps) == 3)
        assert connection.statistics.gaps == 3
    assert observer.gaps == [
        Gap(GapCause.AWAY, 21, 29, 9),
        Gap(GapCause.RESTARTED, 0, 0, 0),
        Gap(GapCause.LOST, 7, 7, 1),
    ]
    # A gap is said before the event that shows it.
    assert observer.story[5:7] == ["gap away", "DTMF"]


async def test_a_flood_is_held_back_in_the_switch(switch: ScriptedSwitch) -> None:
    total = 3_000
    filling = {"Event-Name": "DTMF", "variable_filling": "x" * 8_000}
    flood = b"".join(
        esl_frames.json_event(filling | {"Event-Sequence": str(n)}) for n in range(1, total + 1)
    )
    observer = Observer()
    async with running(switch, observer, link=NERVOUS) as connection:
        inbox: PausingQueue[Event[EventFields]] = PausingQueue(
            100, 10, pause=connection.pause, resume=connection.resume
        )
        observer.handle = inbox.put
        await observer.until(lambda: observer.ups)
        switch.side.say(flood)
        seen: list[int] = []
        longest = 0
        while len(seen) < total:
            await observer.until(lambda: len(inbox))
            longest = max(longest, len(inbox))
            seen += [inbox.take().fields.sequence for _ in range(min(5, len(inbox)))]
            await asyncio.sleep(0)
    assert seen == list(range(1, total + 1))
    assert observer.story.count("up") == 1
    assert inbox.pauses > 1
    # 100, and what one read of the socket (256 KiB) can hold.
    assert longest < 100 + 40


async def test_a_slow_switch(switch: ScriptedSwitch) -> None:
    switch.piece_bytes = 1
    observer = Observer()
    async with running(switch, observer) as connection:
        await observer.until(lambda: observer.ups)
        asked = [awaited_commands.api(connection, "status", "", PATIENCE_S) for _ in range(20)]
        assert await asyncio.gather(*asked) == ["+OK\n"] * 20


@pytest.mark.parametrize("when", ["waiting", "opening"])
async def test_closing_between_links(switch: ScriptedSwitch, when: str) -> None:
    observer = Observer()
    if when == "waiting":
        switch.answers["auth"] = esl_frames.reply("-ERR invalid")
    else:
        switch.answers["auth"] = None
    async with running(switch, observer, refused_wait_s=3600.0):
        if when == "waiting":
            await observer.until(lambda: observer.outages)
        else:
            await switch.until(lambda: switch.sides and switch.side.lines)
    assert observer.ups == 0


async def test_the_runner_may_be_cancelled(switch: ScriptedSwitch) -> None:
    observer = Observer()
    connection = connection_to(switch, observer)
    task = asyncio.create_task(connection.run(observer))
    await observer.until(lambda: observer.ups)
    link = connection.link
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not connection.is_up
    assert isinstance(await link.lost, LinkDown)
