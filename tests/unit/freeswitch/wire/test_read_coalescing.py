"""Short replies come with what is behind them; events and awaited replies at once."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Callable

import pytest

from adapters.freeswitch.protocol.command_lines import api, hangup
from adapters.freeswitch.protocol.event_fields import EventFields
from adapters.freeswitch.protocol.event_reader import Event
from adapters.freeswitch.protocol.reply_matching import Reply
from adapters.freeswitch.wire.link_settings import LinkSettings
from adapters.freeswitch.wire.read_coalescing import EVENT_BYTES, GATHER_S, ReadCoalescing
from tests.unit.freeswitch import esl_frames
from tests.unit.freeswitch.observer import Observer, connected
from tests.unit.freeswitch.scripted_switch import ScriptedSwitch


class Sock(socket.socket):
    """Notes what it is told to wait for; never opened."""

    def __init__(self) -> None:
        self.told: list[int] = []
        self.refuses = False

    def setsockopt(self, *arguments: object) -> None:
        if self.refuses:
            raise OSError("no such option")
        assert arguments[:2] == (socket.SOL_SOCKET, socket.SO_RCVLOWAT)
        assert isinstance(arguments[2], int)
        self.told.append(arguments[2])


class Clock:
    """Timers that ring when the test says so."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.set: list[asyncio.TimerHandle] = []
        self._actions: list[Callable[[], None]] = []

    def later(self, delay_s: float, action: Callable[[], None]) -> asyncio.TimerHandle:
        assert delay_s == GATHER_S
        handle = self._loop.call_later(3600, action)
        self.set.append(handle)
        self._actions.append(action)
        return handle

    @property
    def is_running(self) -> bool:
        return bool(self.set)

    def ring(self) -> None:
        (handle,), self.set = self.set, []
        (action,), self._actions = self._actions, []
        assert not handle.cancelled()
        handle.cancel()
        action()


class Scene:
    """A gathering with its surroundings in the test's hand."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.sock = Sock()
        self.clock = Clock(loop)
        self.unanswered = 0
        self.gathering = ReadCoalescing(
            self.sock, GATHER_S, self.clock.later, lambda: self.unanswered
        )


@pytest.fixture
async def scene() -> Scene:
    return Scene(asyncio.get_running_loop())


async def test_only_what_may_be_an_event_wakes_while_replies_are_awaited(scene: Scene) -> None:
    scene.gathering.sent(is_patient=True)
    scene.gathering.sent(is_patient=True)
    assert scene.sock.told == [EVENT_BYTES]


async def test_a_reply_that_is_wanted_comes_at_once(scene: Scene) -> None:
    scene.gathering.sent(is_patient=True)
    scene.gathering.sent(is_patient=False)
    assert scene.sock.told == [EVENT_BYTES, 1]
    scene.gathering.heard(0)
    assert scene.sock.told == [EVENT_BYTES, 1]
    scene.gathering.answered()
    scene.gathering.heard(0)
    assert scene.sock.told == [EVENT_BYTES, 1, EVENT_BYTES]


async def test_the_rest_of_a_frame_is_waited_for_in_one_go(scene: Scene) -> None:
    scene.gathering.sent(is_patient=True)
    for missing in (7_000, 3, 10**6, 0):
        scene.gathering.heard(missing)
    assert scene.sock.told == [EVENT_BYTES, 7_000, 3, 32_768, EVENT_BYTES]


async def test_a_silence_ends_the_waiting(scene: Scene) -> None:
    scene.gathering.sent(is_patient=True)
    scene.gathering.heard(0)
    scene.clock.ring()  # something was heard since
    assert scene.sock.told == [EVENT_BYTES]
    scene.clock.ring()
    assert scene.sock.told == [EVENT_BYTES, 1]
    assert not scene.clock.is_running
    scene.gathering.sent(is_patient=True)
    assert scene.sock.told == [EVENT_BYTES, 1, EVENT_BYTES]


async def test_replies_that_dribble_in_are_taken_from_silence_to_silence(scene: Scene) -> None:
    scene.unanswered = 3
    scene.gathering.sent(is_patient=True)
    scene.clock.ring()
    assert scene.sock.told == [EVENT_BYTES, 1]
    scene.gathering.heard(0)
    assert scene.sock.told == [EVENT_BYTES, 1, EVENT_BYTES]
    assert scene.clock.is_running


async def test_nothing_is_held_back_where_that_cannot_be(scene: Scene) -> None:
    scene.sock.refuses = True
    scene.gathering.sent(is_patient=True)
    scene.sock.refuses = False
    assert not scene.clock.is_running or scene.clock.set[0].cancelled()
    scene.gathering.sent(is_patient=True)
    scene.gathering.heard(5)
    assert scene.sock.told == []


async def test_nothing_is_left_running_at_the_end(scene: Scene) -> None:
    scene.gathering.sent(is_patient=True)
    scene.gathering.end()
    assert scene.clock.set[0].cancelled()
    scene.gathering.sent(is_patient=True)
    scene.gathering.heard(0)
    assert scene.sock.told == [EVENT_BYTES]


PATIENT = api("uuid_kill", "leg-1")
EVENT = esl_frames.json_event({"Event-Name": "CHANNEL_ANSWER", "variable_long": "x" * EVENT_BYTES})
#: So long a silence never is: what comes, comes for another reason.
NEVER_S = 3600.0


def stopped() -> float:
    """A clock by which no second passes, so that only the first command is timed: the login."""
    return 0.0


def test_what_is_patient() -> None:
    assert PATIENT.is_patient
    assert not api("uuid_getvar", "leg-1 x").is_patient
    assert not api("show", "channels").is_patient
    assert not hangup("leg-1", "NORMAL_CLEARING").is_patient


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere SO_RCVLOWAT may not be heeded")
async def test_a_reply_waits_for_the_event_behind_it() -> None:
    async with ScriptedSwitch() as switch:
        switch.answers["api uuid_kill"] = esl_frames.api_response(b"+OK\n")
        observer = Observer()
        heard: list[str] = []

        def event(one: Event[EventFields]) -> None:
            heard.append(one.name)

        observer.handle = event
        link = LinkSettings(quiet_s=3600, answer_s=3600, gather_s=NEVER_S)
        async with connected(switch, observer, stopped, link=link) as connection:
            connection.send(PATIENT, lambda outcome: heard.append("first"))
            connection.send(PATIENT, lambda outcome: heard.append("second"))
            await switch.until(lambda: switch.side.lines.count("api uuid_kill leg-1") == 2)
            switch.side.say(EVENT)
            await observer.until(lambda: "CHANNEL_ANSWER" in heard)
            assert heard == ["first", "second", "CHANNEL_ANSWER"]
            assert observer.timed == [0.0, 0.0]  # the login and the subscription
            connection.send(PATIENT, lambda outcome: heard.append("third"))
            await switch.until(lambda: switch.side.lines.count("api uuid_kill leg-1") == 3)
            for _ in range(50):
                await asyncio.sleep(0)
            assert heard[-1] == "CHANNEL_ANSWER"
            asked: asyncio.Future[str] = asyncio.get_running_loop().create_future()

            def replied(outcome: object) -> None:
                assert isinstance(outcome, Reply)
                heard.append("asked")
                asked.set_result(outcome.text)

            connection.send(api("uuid_getvar", "leg-1 x"), replied)
            assert await asked == "+OK\n"
            assert heard[-2:] == ["third", "asked"]


async def test_a_silence_brings_what_there_is() -> None:
    async with ScriptedSwitch() as switch:
        heard: list[str] = []
        link = LinkSettings(quiet_s=3600, answer_s=3600, gather_s=0.001)
        async with connected(switch, Observer(), stopped, link=link) as connection:
            last: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            connection.send(PATIENT, lambda outcome: heard.append("patient"))
            connection.send(PATIENT, lambda outcome: last.set_result(None))
            await last
            assert heard == ["patient"]
