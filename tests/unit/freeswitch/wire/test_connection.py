"""A connection over real sockets to a switch that behaves: log in, commands, events."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest

from adapters.freeswitch.protocol.command_lines import EventFormat, hangup
from adapters.freeswitch.protocol.errors import (
    CommandRefused,
    EslError,
    LinkDown,
    Overloaded,
    ReplyTimeout,
)
from adapters.freeswitch.protocol.event_fields import EventFields
from adapters.freeswitch.protocol.reply_matching import Reply
from adapters.freeswitch.wire import awaited_commands
from adapters.freeswitch.wire.connection import Connection
from adapters.freeswitch.wire.link_settings import LinkSettings
from tests.unit.freeswitch import esl_frames
from tests.unit.freeswitch.observer import Observer, connected, connection_to, settings_for
from tests.unit.freeswitch.scripted_switch import PATIENCE_S, Heard, ScriptedSwitch, SwitchSide

TLS = Path(__file__).parents[1] / "tls"
HANGUP = hangup("leg-1", "NORMAL_CLEARING")


async def test_logs_in_subscribes_and_says_goodbye(switch: ScriptedSwitch) -> None:
    observer = Observer()
    async with connected(switch, observer) as connection:
        assert connection.is_up
        assert switch.side.lines == [
            "auth ClueCon",
            "event json HEARTBEAT BACKGROUND_JOB CHANNEL_EXECUTE_COMPLETE",
        ]
    assert switch.side.lines[-1] == "exit"
    assert observer.story == ["up"]
    with pytest.raises(LinkDown):
        connection.send(HANGUP)


async def test_logs_in_as_a_user_of_the_directory(switch: ScriptedSwitch) -> None:
    async with connected(switch, Observer(), user="acd", domain="example.com", password="a:b"):
        assert switch.side.lines[0] == "userauth acd@example.com:a:b"


async def test_up_is_said_before_any_event_of_the_link(switch: ScriptedSwitch) -> None:
    heartbeat = esl_frames.json_event({"Event-Name": "HEARTBEAT"})
    switch.answers["event json"] = esl_frames.reply("+OK") + heartbeat
    observer = Observer()
    async with connected(switch, observer):
        await observer.until(lambda: observer.events)
    assert observer.story == ["up", "HEARTBEAT"]


class Gate:
    """Writes down into an observer's story when it is held, and when it is released."""

    def __init__(self, observer: Observer) -> None:
        self._story = observer.story

    def hold(self) -> None:
        self._story.append("hold")

    def release(self) -> None:
        self._story.append("release")


@pytest.mark.parametrize("rest", [b"", b"Content-Length: -1\n\n"], ids=["well", "broken"])
async def test_what_is_read_together_is_looked_at_together(
    switch: ScriptedSwitch, rest: bytes
) -> None:
    observer = Observer()
    connection = connection_to(
        switch, observer, held=Gate(observer), first_wait_s=3600.0, longest_wait_s=3600.0
    )
    task = asyncio.create_task(connection.run(observer))
    await observer.until(lambda: observer.ups)
    begin = len(observer.story)
    heartbeat = esl_frames.json_event({"Event-Name": "HEARTBEAT"})
    switch.side.say(heartbeat + heartbeat + rest)
    await observer.until(lambda: observer.outages if rest else len(observer.events) == 2)
    await connection.close()
    await task
    told = [what for what in observer.story[begin:] if not what.startswith("down")]
    assert told[:2] == ["hold", "HEARTBEAT"]
    assert told.count("HEARTBEAT") == 2
    is_held = False
    for what in told:
        assert is_held == (what != "hold")
        is_held = what != "release"
    assert not is_held


@pytest.mark.parametrize("event_format", list(EventFormat))
@pytest.mark.parametrize("step", [1, 3, 1000])
async def test_events_come_in_order_whole_and_once(
    switch: ScriptedSwitch, event_format: EventFormat, step: int
) -> None:
    build = esl_frames.json_event if event_format is EventFormat.JSON else esl_frames.plain_event
    stream = b"".join(
        build({"Event-Name": "DTMF", "Unique-ID": f"leg {n}", "Event-Sequence": str(n)})
        for n in range(1, 31)
    )
    observer = Observer()
    async with connected(switch, observer, event_format=event_format):
        await switch.side.say_slowly(stream, step)
        await observer.until(lambda: len(observer.events) == 30)
    assert [event.fields.sequence for event in observer.events] == list(range(1, 31))
    assert observer.events[7].fields.unique_id == "leg 8"


async def test_commands_and_replies(switch: ScriptedSwitch) -> None:
    switch.answers["api status"] = esl_frames.api_response(b"UP 0 years\n")
    switch.answers["api uuid_dump"] = esl_frames.api_response(b"-ERR No such channel!\n")
    switch.answers["api show"] = esl_frames.api_response(b"Jos\xe9 \xff\n")
    switch.answers["sendmsg"] = esl_frames.reply("-ERR invalid session id [leg-1]")
    async with connected(switch, Observer()) as connection:
        assert await awaited_commands.api(connection, "status", "", PATIENCE_S) == "UP 0 years\n"
        with pytest.raises(CommandRefused, match="No such channel"):
            await awaited_commands.api(connection, "uuid_dump", "leg-1", PATIENCE_S)
        # One letter of another alphabet costs neither the answer nor the link.
        assert (
            await awaited_commands.api(connection, "show", "channels", PATIENCE_S)
            == "Jos\ufffd \ufffd\n"
        )
        reply = await awaited_commands.request(connection, HANGUP, PATIENCE_S)
        assert reply.is_refusal
        assert switch.side.heard[-1].headers == {
            "call-command": "hangup",
            "hangup-cause": "NORMAL_CLEARING",
        }


async def test_many_commands_at_once_get_their_own_replies(switch: ScriptedSwitch) -> None:
    switch.answers["api echo"] = lambda side, heard: esl_frames.api_response(heard.line.encode())
    async with connected(switch, Observer()) as connection:
        asked = [awaited_commands.api(connection, "echo", str(n), PATIENCE_S) for n in range(200)]
        assert await asyncio.gather(*asked) == [f"api echo {n}" for n in range(200)]
        assert connection.link.unanswered == 0


async def test_who_gives_up_does_not_get_the_others_replies(switch: ScriptedSwitch) -> None:
    switch.answers["api"] = None
    async with connected(switch, Observer()) as connection:
        first = asyncio.create_task(awaited_commands.api(connection, "one", "", PATIENCE_S))
        second = asyncio.create_task(awaited_commands.api(connection, "two", "", PATIENCE_S))
        await switch.until(lambda: switch.side.lines[-1] == "api two")
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        with pytest.raises(ReplyTimeout, match=r"no reply to .*api three.* within 0\.001 s"):
            await awaited_commands.api(connection, "three", "", 0.001)
        switch.side.say(b"".join(esl_frames.api_response(b"%d" % n) for n in (1, 2, 3)))
        assert await second == "2"
        await awaited_commands.request(connection, HANGUP, PATIENCE_S)
        assert connection.link.late_replies == 2


def job_done(job: str, body: str) -> bytes:
    return esl_frames.json_event({"Event-Name": "BACKGROUND_JOB", "Job-UUID": job}, body)


async def test_a_job_may_end_before_it_is_acknowledged(switch: ScriptedSwitch) -> None:
    def at_once(side: SwitchSide, heard: Heard) -> bytes:
        job = heard.headers["Job-UUID"]
        return (
            job_done("of another client", "+OK")
            + job_done(job, "+OK leg-9\n")
            + esl_frames.reply("+OK")
        )

    switch.answers["bgapi originate"] = at_once
    observer = Observer()
    async with connected(switch, observer) as connection:
        assert await awaited_commands.job(connection, "originate", "x", PATIENCE_S) == "+OK leg-9\n"
        assert switch.side.heard[-1].headers == {"Job-UUID": "uuid-1"}
    assert observer.story == ["up", "BACKGROUND_JOB", "BACKGROUND_JOB"]


async def test_jobs_that_fail(switch: ScriptedSwitch) -> None:
    switch.answers["bgapi refused"] = esl_frames.reply("-ERR permission denied")
    switch.answers["bgapi failed"] = lambda side, heard: (
        esl_frames.reply("+OK") + job_done(heard.headers["Job-UUID"], "-ERR USER_BUSY\n")
    )
    async with connected(switch, Observer()) as connection:
        with pytest.raises(CommandRefused, match="permission denied"):
            await awaited_commands.job(connection, "refused", "", PATIENCE_S)
        with pytest.raises(CommandRefused, match="USER_BUSY"):
            await awaited_commands.job(connection, "failed", "", PATIENCE_S)
        with pytest.raises(ReplyTimeout, match=r"no end within 0\.001 s"):
            await awaited_commands.job(connection, "forgotten", "", 0.001)
        switch.side.say(job_done("uuid-3", "+OK too late"))
        await awaited_commands.request(connection, HANGUP, PATIENCE_S)


async def test_applications_are_known_by_our_identity(switch: ScriptedSwitch) -> None:
    def played(side: SwitchSide, heard: Heard) -> bytes:
        done = {
            "Event-Name": "CHANNEL_EXECUTE_COMPLETE",
            "Application": "playback",
            "Application-UUID": heard.headers["Event-UUID"],
            "Application-Response": "FILE PLAYED",
        }
        another = done | {"Application-UUID": "another's", "Application-Response": "no"}
        return (
            esl_frames.reply("+OK") + esl_frames.json_event(another) + esl_frames.json_event(done)
        )

    switch.answers["sendmsg leg-1"] = played
    switch.answers["sendmsg leg-2"] = esl_frames.reply("-ERR invalid session id [leg-2]")
    async with connected(switch, Observer()) as connection:
        event = await awaited_commands.application(
            connection, "leg-1", "playback", "/a.wav", PATIENCE_S
        )
        assert event.header("Application-Response") == "FILE PLAYED"
        assert switch.side.heard[-1].headers["execute-app-arg"] == "/a.wav"
        with pytest.raises(CommandRefused, match="invalid session id"):
            await awaited_commands.application(
                connection, "leg-2", "playback", "/a.wav", PATIENCE_S
            )


async def test_too_much_under_way_is_refused_before_it_is_sent(switch: ScriptedSwitch) -> None:
    switch.answers["sendmsg"] = None
    limits = LinkSettings(quiet_s=3600, answer_s=3600, max_pending=3)
    async with connected(switch, Observer(), link=limits) as connection:
        for _ in range(3):
            connection.send(HANGUP)
        with pytest.raises(Overloaded, match="3 commands are unanswered"):
            connection.send(HANGUP)
        with pytest.raises(Overloaded):
            connection.start_job("status", "", lambda outcome: None, 1.0)
        await switch.until(lambda: switch.side.lines.count("sendmsg leg-1") == 3)


async def test_unsent_bytes_are_bounded(switch: ScriptedSwitch) -> None:
    limits = LinkSettings(quiet_s=3600, answer_s=3600, max_unsent_bytes=0, max_pending=10**7)
    async with connected(switch, Observer(), link=limits) as connection:
        with pytest.raises(Overloaded, match="bytes are unsent"):
            send_without_end(connection)


def send_without_end(connection: Connection[EventFields]) -> None:
    big = hangup("x" * 100, "NORMAL_CLEARING")
    for _ in range(1_000_000):
        connection.send(big)


async def test_subscriptions_while_up(switch: ScriptedSwitch) -> None:
    switch.answers["event json SECRET"] = esl_frames.reply("-ERR permission denied")
    observer = Observer()
    async with connected(switch, observer) as connection:
        connection.subscribe(["CHANNEL_PARK"], ["sofia::register"])
        connection.add_filter("Unique-ID", "leg-1")
        connection.unsubscribe(["CHANNEL_PARK"])
        connection.remove_filter("Unique-ID", "leg-1")
        connection.subscribe(["SECRET"])
        await observer.until(lambda: observer.troubles)
    assert switch.side.lines[2] == "event json CHANNEL_PARK CUSTOM sofia::register"
    assert switch.side.lines[-5:-1] == [
        "filter Unique-ID leg-1",
        "nixevent CHANNEL_PARK",
        "filter delete all",
        "event json SECRET",
    ]
    assert observer.troubles[0].detail == "-ERR permission denied"


async def test_commands_under_way_fail_when_the_connection_is_closed(
    switch: ScriptedSwitch,
) -> None:
    switch.answers = {"sendmsg": None, "bgapi": None, "exit": lambda side, heard: side.hang_up()}
    outcomes: list[Reply | EslError] = []
    jobs: list[str | EslError] = []
    async with connected(switch, Observer()) as connection:
        connection.send(HANGUP, outcomes.append)
        connection.start_job("status", "", jobs.append, PATIENCE_S)
        waiting = asyncio.create_task(awaited_commands.request(connection, HANGUP, PATIENCE_S))
        await switch.until(lambda: switch.side.lines.count("sendmsg leg-1") == 2)
    assert isinstance(outcomes[0], LinkDown)
    assert isinstance(jobs[0], LinkDown)
    with pytest.raises(LinkDown, match="closed by us"):
        await waiting


async def test_through_a_tunnel_with_tls() -> None:
    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_side.load_cert_chain(TLS / "certificate.pem", TLS / "key.pem")
    client_side = ssl.create_default_context(cafile=TLS / "certificate.pem")
    async with ScriptedSwitch(server_side) as switch:
        observer = Observer()
        async with connected(
            switch, observer, tls=client_side, tls_name="switch.example.com"
        ) as connection:
            assert await awaited_commands.api(connection, "status", "", PATIENCE_S) == "+OK\n"
        stranger = Observer()
        connection = connection_to(switch, stranger, tls=ssl.create_default_context())
        task = asyncio.create_task(connection.run(stranger))
        await stranger.until(lambda: stranger.outages)
        assert isinstance(stranger.outages[0].reason, ssl.SSLError)
        await connection.close()
        await task


async def test_the_password_is_never_shown(switch: ScriptedSwitch) -> None:
    switch.answers["auth"] = esl_frames.reply("-ERR invalid")
    observer = Observer()
    settings = settings_for(switch, password="hunter2")
    connection = connection_to(switch, observer, password="hunter2")
    task = asyncio.create_task(connection.run(observer))
    await observer.until(lambda: observer.outages)
    await connection.close()
    await task
    shown = [repr(settings), str(settings), repr(connection), repr(observer.outages)]
    shown += [repr(task), repr(connection.statistics)]
    assert switch.side.lines == ["auth hunter2"]
    assert not [text for text in shown if "hunter2" in text]
