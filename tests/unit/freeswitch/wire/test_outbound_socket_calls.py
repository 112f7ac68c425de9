"""Callers sent by the `socket` application: taken over by their node, or left to their dialplan."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_network

import pytest

from adapters.freeswitch.wire import outbound_socket_calls
from adapters.freeswitch.wire.outbound_socket_calls import SocketCalls
from tests.unit.freeswitch import esl_frames
from tests.unit.freeswitch.desk import Desk
from tests.unit.freeswitch.scripted_switch import PATIENCE_S, SwitchSide
from tests.unit.freeswitch.wire.test_outbound_server import DATA, Caller

LOOPBACK = [ip_network("127.0.0.0/8"), ip_network("::1/128")]


class Node:
    """A switch that writes down what it is to park."""

    def __init__(self, core: str, is_usable: bool = True) -> None:
        self.core = core
        self.is_usable = is_usable
        self.parked: list[str] = []

    def park_caller(self, leg_id: str) -> None:
        self.parked.append(leg_id)


@asynccontextmanager
async def listening(
    *nodes: Node, core: str = "core-1", allow: list[str] | None = None, leg: str = "leg-one"
) -> AsyncIterator[tuple[SocketCalls, SwitchSide]]:
    networks = LOOPBACK if allow is None else [ip_network(one) for one in allow]
    taker = SocketCalls(lambda: nodes, networks)
    await taker.open("127.0.0.1", 0)
    async with Caller() as caller:
        caller.answers = {"connect": esl_frames.plain(DATA | {"Core-UUID": core, "Unique-ID": leg})}
        side = await caller.call(taker.server.port)
        try:
            yield taker, side
        finally:
            # uvloop waits for ever for a server that a failed test leaves open.
            await taker.close()


async def until(done: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not done():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.001)


async def test_the_node_that_has_the_leg_parks_it() -> None:
    other, own = Node("core-2"), Node("core-1")
    async with listening(other, own) as (taker, side):
        await until(lambda: own.parked)
        assert own.parked == ["leg-one"]
        assert other.parked == []
        assert (taker.taken, taker.left) == (1, 0)
        assert side.lines[:2] == ["connect", "nolinger"]


async def test_a_node_that_is_being_connected_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outbound_socket_calls, "_AGAIN_S", 0.001)
    monkeypatch.setattr(outbound_socket_calls, "_TRIES", 100_000)
    own = Node("core-1", is_usable=False)
    async with listening(own) as (taker, side):
        await until(lambda: "myevents json" in side.lines)
        assert own.parked == []
        own.is_usable = True
        await until(lambda: own.parked)
        assert taker.left == 0


@pytest.mark.parametrize("core", ["", "core-9"])
async def test_a_call_of_nobody_is_left_to_its_dialplan(
    monkeypatch: pytest.MonkeyPatch, core: str
) -> None:
    monkeypatch.setattr(outbound_socket_calls, "_AGAIN_S", 0.001)
    own = Node("")
    async with listening(own, core=core) as (taker, _):
        await until(lambda: taker.left)
        await until(lambda: not taker.server.calls)
        assert own.parked == []


async def test_a_leg_that_no_command_can_name_is_left_to_its_dialplan() -> None:
    own = Node("core-1")
    async with listening(own, leg="a b&park()") as (taker, _):
        await until(lambda: taker.left)
        await until(lambda: not taker.server.calls)
        assert own.parked == []
        assert (taker.taken, taker.left) == (0, 1)


async def test_strangers_are_turned_away_unheard() -> None:
    own = Node("core-1")
    async with listening(own, allow=["192.0.2.0/24", "2001:db8::/32"]) as (taker, side):
        await until(lambda: taker.server.statistics.turned_away)
        await until(lambda: not taker.server.calls)
        assert side.lines == []
        assert own.parked == []


def test_who_may_connect() -> None:
    taker = SocketCalls(list, [ip_network("10.0.0.0/8"), ip_network("2001:db8::1/128")])
    assert taker.allows("10.9.8.7")
    assert taker.allows("2001:db8::1")
    assert not taker.allows("11.0.0.1")
    assert not taker.allows("")
    assert not taker.allows("10.0.0.1, 10.0.0.2")


def test_a_leg_in_the_socket_application_has_not_arrived_yet() -> None:
    desk = Desk()
    desk.hear("CHANNEL_PARK", "c", direction="inbound", answer_state="ringing", running="socket")
    assert desk.reported == []
    desk.hear("CHANNEL_PARK", "c", direction="inbound", answer_state="ringing", running="park")
    assert len(desk.reported) == 1
