"""The event socket of a real FreeSWITCH: values arrive, events are whole, losses are noticed."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from adapters.freeswitch.protocol import quoting
from adapters.freeswitch.protocol.command_lines import EventFormat, api, hangup
from adapters.freeswitch.protocol.dial_strings import LegToDial, originate_argument
from adapters.freeswitch.protocol.errors import AuthRefused, HalfOpen, Unrepresentable
from adapters.freeswitch.protocol.event_fields import EventFields
from adapters.freeswitch.protocol.event_reader import json_headers
from adapters.freeswitch.wire import awaited_commands
from adapters.freeswitch.wire.connection import Connection, ConnectionSettings
from adapters.freeswitch.wire.event_sequence import GapCause
from adapters.freeswitch.wire.link_settings import LinkSettings
from adapters.freeswitch.wire.outbound_server import OutboundServer, OutboundSettings
from tests.live.freeswitch_config import SwitchOptions
from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.unit.freeswitch.evil import PIECES
from tests.unit.freeswitch.observer import READER, CallObserver, Observer, running

LIMIT_S = 20.0
EVENTS = ["CHANNEL_CREATE", "CHANNEL_EXECUTE", "CHANNEL_PARK", "CHANNEL_HANGUP_COMPLETE"]


@pytest.fixture
def leg() -> str:
    """A leg's identity of the test's own: an ended leg keeps its own for a while."""
    return str(uuid.uuid4())


def hostile_values(count: int) -> list[str]:
    """The same values in every run; those that cannot be represented are left out."""
    draw = random.Random(20261122)
    values: list[str] = []
    while len(values) < count:
        value = "".join(draw.choices(PIECES, k=draw.randint(1, 8)))
        try:
            originate_argument([LegToDial("null/1", {"a": value})], {"a": value}, "park")
            api("uuid_setvar", quoting.setvar_value("a", value))
        except Unrepresentable:
            continue
        values.append(value)
    return values


@asynccontextmanager
async def connected(
    switch: FreeSwitchInstance, observer: Observer, **changes: object
) -> AsyncIterator[Connection[EventFields]]:
    wanted = {"host": "127.0.0.1", "port": switch.esl_port, "password": switch.esl_password}
    settings = ConnectionSettings(**(wanted | changes))  # type: ignore[arg-type]
    connection = Connection(settings, READER, uniform=random.Random(1).uniform)
    async with running(connection, observer):
        yield connection


async def dump(connection: Connection[EventFields], leg: str) -> dict[str, object]:
    text = await awaited_commands.api(connection, "uuid_dump", f"{leg} json", LIMIT_S)
    return dict(json_headers(text.encode()))


async def parked(
    connection: Connection[EventFields], leg: str, variables: dict[str, str], own: dict[str, str]
) -> None:
    identity = {"origination_uuid": leg}
    argument = originate_argument([LegToDial("null/1", own)], identity | variables, "park")
    assert await awaited_commands.job(connection, "originate", argument, LIMIT_S) == f"+OK {leg}\n"


async def test_variables_of_an_originate_arrive(freeswitch: FreeSwitchInstance) -> None:
    values = hostile_values(400)
    async with connected(freeswitch, Observer()) as connection:
        for start in range(0, len(values), 40):
            some = values[start : start + 40]
            together = {f"g{n}": value for n, value in enumerate(some[:20])}
            own = {f"l{n}": value for n, value in enumerate(some[20:])}
            leg = str(uuid.uuid4())
            await parked(connection, leg, together, own)
            headers = await dump(connection, leg)
            for name, value in (together | own).items():
                assert headers.get(f"variable_{name}", "") == value, name
            await awaited_commands.api(connection, "uuid_kill", leg, LIMIT_S)


async def test_variables_that_are_set_arrive(freeswitch: FreeSwitchInstance, leg: str) -> None:
    values = hostile_values(200)
    async with connected(freeswitch, Observer()) as connection:
        await parked(connection, leg, {}, {})
        for value in values:
            line = f"{leg} one {quoting.setvar_value('one', value)}"
            await awaited_commands.api(connection, "uuid_setvar", line, LIMIT_S)
            pairs = f"two={quoting.setvar_multi_value('two', value)};three=3"
            await awaited_commands.api(connection, "uuid_setvar_multi", f"{leg} {pairs}", LIMIT_S)
            headers = await dump(connection, leg)
            assert headers.get("variable_one", "") == value
            assert headers.get("variable_two", "") == value
            assert headers["variable_three"] == "3"


async def test_arguments_of_applications_arrive(freeswitch: FreeSwitchInstance, leg: str) -> None:
    values = hostile_values(200)
    observer = Observer()
    async with connected(freeswitch, observer) as connection:
        connection.subscribe(EVENTS)
        await parked(connection, leg, {}, {})
        for value in values:
            if not value.startswith("%"):
                done = await awaited_commands.application(connection, leg, "eval", value, LIMIT_S)
                assert done.header("Application-Data") == value


async def test_names_for_display_do_no_harm(freeswitch: FreeSwitchInstance, leg: str) -> None:
    draw = random.Random(1)
    async with connected(freeswitch, Observer()) as connection:
        await parked(connection, leg, {}, {})
        for _ in range(100):
            raw = "".join(draw.choices([*PIECES, "\n", "\r", "\0", "\x1b"], k=10))
            shown = quoting.display_text(raw)
            line = f"{leg} name {quoting.setvar_value('name', shown)}"
            await awaited_commands.api(connection, "uuid_setvar", line, LIMIT_S)
            assert (await dump(connection, leg)).get("variable_name", "") == shown
        assert (
            await awaited_commands.api(connection, "module_exists", "mod_event_socket", LIMIT_S)
        ) == "true"


async def test_both_formats_say_the_same(freeswitch: FreeSwitchInstance, leg: str) -> None:
    first, second = Observer(), Observer()
    async with (
        connected(freeswitch, first) as connection,
        connected(freeswitch, second, event_format=EventFormat.PLAIN) as plain,
    ):
        connection.subscribe(EVENTS)
        plain.subscribe(EVENTS)
        await parked(connection, leg, {"name": "陳\\nUnique-ID: forged", "odd": "%0A"}, {})
        await awaited_commands.request(connection, hangup(leg, "USER_BUSY"), LIMIT_S)
        for observer in (first, second):
            await observer.until(lambda: "CHANNEL_HANGUP_COMPLETE" in observer.story)  # noqa: B023
    by_sequence = {event.fields.sequence: event for event in second.events}
    compared = [
        (event, by_sequence[event.fields.sequence])
        for event in first.events
        if event.fields.sequence in by_sequence
    ]
    assert len(compared) >= 4
    for event, other in compared:
        assert event.fields == other.fields
        # A literal %0A in a value cannot be told from a line end in a plain event.
        lossy = [name for name, value in event.headers().items() if "%0A" in value]
        assert {n: v for n, v in event.headers().items() if n not in lossy} == {
            n: v for n, v in other.headers().items() if n not in lossy
        }
    ended = [e for e in first.events if e.name == "CHANNEL_HANGUP_COMPLETE"]
    assert ended[0].fields.hangup_cause == "USER_BUSY"
    assert ended[0].fields.unique_id == leg
    assert ended[0].variable("name") == "陳\\nUnique-ID: forged"
    assert ended[0].variable("odd") == "%0A"


async def test_with_all_events_no_number_is_missing(freeswitch: FreeSwitchInstance) -> None:
    observer = Observer()
    async with connected(freeswitch, observer) as connection:
        connection.subscribe(["ALL"])
        legs = [str(uuid.uuid4()) for _ in range(50)]
        await asyncio.gather(*(parked(connection, leg, {}, {}) for leg in legs))
        for leg in legs:
            connection.send(hangup(leg, "NORMAL_CLEARING"))
        await observer.until(lambda: observer.story.count("CHANNEL_DESTROY") >= 50)
    numbers = sorted(event.fields.sequence for event in observer.events)
    assert len(numbers) > 500
    first = next(e.fields.sequence for e in observer.events if e.name == "CHANNEL_CREATE")
    counted = [number for number in numbers if number >= first]
    assert counted == list(range(first, first + len(counted)))
    assert observer.gaps == []


async def test_a_wrong_password(freeswitch: FreeSwitchInstance) -> None:
    observer = Observer()
    settings = ConnectionSettings(host="127.0.0.1", port=freeswitch.esl_port, password="wrong")
    connection = Connection(settings, READER, uniform=random.Random(1).uniform)
    task = asyncio.create_task(connection.run(observer))
    await observer.until(lambda: observer.outages)
    await connection.close()
    await task
    assert isinstance(observer.outages[0].reason, AuthRefused)


async def test_a_frozen_switch_is_noticed_and_a_thawed_one_found_again(
    new_freeswitch: Callable[[SwitchOptions], FreeSwitchInstance],
) -> None:
    switch = new_freeswitch(SwitchOptions())
    switch.start()
    observer = Observer()
    link = LinkSettings(quiet_s=1.0, answer_s=1.0)
    async with connected(
        switch, observer, link=link, open_limit_s=1.0, first_wait_s=0.2
    ) as connection:
        connection.subscribe(["ALL"])
        await observer.until(lambda: observer.events)
        switch.freeze()
        await observer.until(lambda: observer.outages)
        assert isinstance(observer.outages[0].reason, HalfOpen)
        switch.thaw()
        await observer.until(lambda: observer.ups == 2)
        switch.kill9()
        await observer.until(lambda: observer.outages[-1].was_up)
        switch.start()
        await observer.until(lambda: observer.ups >= 3)
        await observer.until(lambda: observer.gaps and observer.gaps[-1].count == 0)
    assert observer.gaps[-1].cause is GapCause.RESTARTED


@pytest.mark.parametrize("mode", ["async full", "full"])
async def test_a_call_by_the_socket_application(
    freeswitch: FreeSwitchInstance, leg: str, mode: str
) -> None:
    called = CallObserver()
    server = OutboundServer(OutboundSettings(linger_s=5), READER, called)
    await server.open("127.0.0.1", 0)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(server.close)
        connection = await stack.enter_async_context(connected(freeswitch, Observer()))
        variables = {"origination_uuid": leg, "name": "evil\\nUnique-ID: forged %0A 陳"}
        argument = originate_argument(
            [LegToDial("null/1")], variables, "socket", f"127.0.0.1:{server.port} {mode}"
        )
        connection.start_job("originate", argument, lambda outcome: None, LIMIT_S)
        await called.until(lambda: called.calls)
        [call] = called.calls
        assert call.leg == leg
        assert call.is_async is (mode == "async full")
        assert call.data.header("Control") == "full"

        done = await awaited_commands.application(call, None, "set", "color=red", LIMIT_S)
        assert done.variable("color") == "red"
        assert (await awaited_commands.job(call, "status", "", LIMIT_S)).startswith("UP")
        await awaited_commands.request(call, hangup(None, "NORMAL_CLEARING"), LIMIT_S)
        await called.until(lambda: "linger" in called.story)
        # Without `async` the leg ends only when the link does.
        if call.is_async:
            await called.until(lambda: "CHANNEL_HANGUP_COMPLETE" in called.story)
            assert called.events[-1].variable("name") == "evil\\nUnique-ID: forged %0A 陳"
        await call.close()
        await called.until(lambda: called.reasons)
