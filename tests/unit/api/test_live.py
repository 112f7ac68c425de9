"""The live feed: snapshot, then facts; nothing of others; never silently incomplete."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from msgspec import structs

from acdengine.api import live
from acdengine.api.outbox import Outbox
from acdengine.events import SwitchLost
from acdengine.requests import HoldRequested, SettingsChanged
from acdengine.settings.credentials import Credentials, digest_of
from tests.unit.api import centre as centres
from tests.unit.api.centre import ACCESSES, Centre, decoded
from tests.unit.api.conftest import EASY, Browser, Serve

Socket = aiohttp.ClientWebSocketResponse


async def message(ws: Socket) -> Any:
    """The next message; every one is JSON in a text frame."""
    received = await ws.receive()
    assert received.type is aiohttp.WSMsgType.TEXT, received
    return decoded(received.data.encode())


async def until_live(ws: Socket) -> list[Any]:
    """All messages of a snapshot, its end included."""
    messages = [await message(ws)]
    assert messages[0]["type"] == "snapshot"
    while messages[-1]["type"] != "live":
        messages.append(await message(ws))
    return messages


def ids(messages: list[Any], kind: str) -> list[str]:
    """The ids of all rows of one kind."""
    name = f"{kind.removesuffix('s')}_id"
    return [row[name] for part in messages if part["type"] == "rows" for row in part[kind]]


def a_busy_minute(centre: Centre) -> None:
    """Facts of every sort, in both tenants."""
    centre.ready("acme/bob")
    for call_id, agent_id in (("acme-talk", "acme/alice"), ("globex-talk", "globex/greta")):
        centre.feed(HoldRequested(centre.at_us, call_id=call_id))
        centre.hang_up(call_id)
        centre.passes(40)
        assert centre.state.agents[agent_id].state == "ringing"
        centre.answer(agent_id)
    centre.callback("acme-back", "acme/sales")
    plan = centre.state.plan
    smaller = structs.replace(
        plan, queues={name: queue for name, queue in plan.queues.items() if name != "acme/sales"}
    )
    centre.feed(SettingsChanged(centre.at_us, plan=smaller))
    centre.feed(SwitchLost(centre.at_us, "nowhere"))


# -- snapshot and facts ----------------------------------------------------------------------------


async def test_a_snapshot_then_facts_in_order(ask: Browser, centre: Centre) -> None:
    ws = await ask.live()
    begun = await until_live(ws)
    assert begun[0]["why"] == "opened"
    assert begun[0]["state"]["calls"] == 7
    assert ids(begun, "queues") == ["acme/support", "acme/sales", "globex/support"]
    assert ids(begun, "agents") == ["acme/alice", "acme/anna", "acme/bob", "globex/greta"]
    centre.hang_up("acme-wait1")
    first = await message(ws)
    assert [fact["type"] for fact in first["facts"]] == ["CallLeftQueue", "CallEnded"]
    assert first["seq"] == 2
    centre.ready("acme/bob")
    second = await message(ws)
    assert second["seq"] == 2 + len(second["facts"])
    offer = second["facts"][-1]
    assert (offer["type"], offer["call_id"], offer["agent_id"]) == (
        "OfferMade", "acme-wait2", "acme/bob",
    )  # fmt: skip
    await ws.close()


@pytest.mark.parametrize("token", ACCESSES)
async def test_nobody_hears_of_another_tenant(serve: Serve, token: str) -> None:
    centre = centres.busy()
    ask = await serve(centre)
    ws = await ask.live(token)
    told = await until_live(ws)
    a_busy_minute(centre)
    # Whatever was told before it has been sent when the next snapshot begins.
    await ws.send_json({"type": "subscribe"})
    while told[-1]["type"] != "snapshot":
        told.append(await message(ws))
    text = str(told)
    access = ACCESSES[token]
    facts = [fact for part in told if part["type"] == "facts" for fact in part["facts"]]
    assert facts
    if access.tenant_id:
        assert ("globex" if access.tenant_id == "acme" else "acme") not in text
        assert "SwitchChanged" not in text
    else:
        assert {"SwitchChanged", "SettingsApplied"} <= {fact["type"] for fact in facts}
    if access.role == "read_only":
        assert "+49" not in text
        assert "***000" in text or access.tenant_id == "globex"
    if access.role == "agent":
        calls = {centre.call(fact["call_id"]) for fact in facts if "call_id" in fact}
        assert all(access.agent_id in str(call.story) for call in calls)
        assert {fact["agent_id"] for fact in facts if "call_id" not in fact} == {access.agent_id}
        assert told[0]["state"] is None
        assert ids(told, "queues") == []
        assert ids(told, "agents") == [access.agent_id]
        assert ids(told, "calls") == [f"{access.tenant_id}-talk"]
    if token == "acme-front":
        states = [fact for fact in facts if fact["type"] == "AgentStateChanged"]
        assert {fact["agent_id"] for fact in states} == {"acme/alice", "acme/anna"}
        assert any(fact.get("agent_id") == "acme/bob" for fact in facts)  # of a call in sight
    await ws.close()


async def test_a_change_of_settings_is_told_to_each_tenant_by_its_part(serve: Serve) -> None:
    centre = centres.busy()
    ask = await serve(centre)
    sockets = {token: await ask.live(token) for token in ("root", "acme-wall", "globex-wall")}
    for ws in sockets.values():
        await until_live(ws)
    plan = centre.state.plan
    queues = dict(plan.queues)
    queues["acme/sales"] = structs.replace(queues["acme/sales"], max_length=5)
    both = dict(queues)
    both["globex/support"] = structs.replace(queues["globex/support"], max_length=5)
    centre.feed(SettingsChanged(centre.at_us, plan=structs.replace(plan, queues=queues)))
    centre.feed(SettingsChanged(centre.at_us, plan=structs.replace(plan, queues=both)))
    told = {
        token: [fact["changed"] for fact in (await message(ws))["facts"]]
        for token, ws in sockets.items()
    }
    assert told == {
        "root": [["queue acme/sales"], ["queue globex/support"]],
        "acme-wall": [["queue acme/sales"]],
        "globex-wall": [["queue globex/support"]],
    }


async def test_only_what_was_asked_for(ask: Browser, centre: Centre) -> None:
    ws = await ask.live(query="?queues=acme/sales&agents=acme/bob&facts=CallQueued,CallbackPlaced")
    begun = await until_live(ws)
    assert ids(begun, "queues") == ["acme/sales"]
    assert ids(begun, "agents") == ["acme/bob"]
    centre.arrive("another")  # into acme/support
    centre.callback("acme-back", "acme/sales")
    facts = (await message(ws))["facts"]
    assert [(fact["type"], fact["call_id"]) for fact in facts] == [
        ("CallQueued", "acme-back"),
        ("CallbackPlaced", "acme-back"),
    ]
    await ws.send_json({"type": "subscribe", "facts": ["CallEnded"]})
    again = await until_live(ws)
    assert again[0]["why"] == "subscribed"
    assert len(ids(again, "queues")) == 3
    centre.hang_up("another")
    assert [fact["type"] for fact in (await message(ws))["facts"]] == ["CallEnded"]


async def test_what_happens_while_a_snapshot_is_sent_comes_in_its_place(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "_ROWS", 1)
    centre = centres.busy()

    def happens(queue_id: str, now_us: int) -> int:
        if queue_id == "acme/sales" and "late" not in centre.state.calls:
            # While the row of sales is made, a caller joins support, of which the row is sent.
            centre.arrive("late")
        return 0

    ask = await serve(centre)
    monkeypatch.setattr(live, "view_state", lambda *_: None)
    monkeypatch.setattr(centre, "longest_wait_us", happens)
    messages = await until_live(await ask.live())
    kinds = [
        part["type"] if part["type"] != "rows" else (*ids([part], "queues"), *ids([part], "agents"))
        for part in messages
    ]
    assert kinds[:5] == [
        "snapshot", ("acme/support",), ("acme/sales",), "facts", ("globex/support",),
    ]  # fmt: skip
    assert [fact["call_id"] for fact in messages[3]["facts"]] == ["late", "late"]
    assert messages[1]["queues"][0]["waiting"] == 3


# -- overflow --------------------------------------------------------------------------------------


async def test_too_many_facts_and_a_fresh_snapshot_follows(serve: Serve) -> None:
    centre = centres.busy()
    ask = await serve(centre, structs.replace(EASY, outbox_limit=5))
    slow, calm = await ask.live(), await ask.live(query="?facts=CallbackPlaced")
    for ws in (slow, calm):
        await until_live(ws)
    for n in range(4):
        centre.arrive(f"more{n}")  # two facts each, and nobody can read between them
    again = await until_live(slow)
    assert (again[0]["why"], again[0]["dropped"]) == ("overflow", 8)
    assert again[0]["state"]["calls"] == 11
    # It goes on as before, and nobody else was touched.
    centre.callback("acme-back", "acme/sales")
    assert [fact["type"] for fact in (await message(slow))["facts"]] == [
        "CallStarted", "CallQueued", "CallbackPlaced",
    ]  # fmt: skip
    assert (await message(calm))["seq"] == 1


async def test_an_outbox_counts_what_it_drops() -> None:
    outbox = Outbox(2)
    for n in range(5):
        outbox.put(b"%d" % n)
    assert (outbox.dropped, outbox.take(9)) == (5, [])
    outbox.put(b"more")
    assert outbox.restart() == 6
    outbox.put(b"a")
    outbox.put(b"b")
    assert (outbox.dropped, outbox.take(1), outbox.take(9)) == (0, [b"a"], [b"b"])
    await outbox.wait()


# -- the end of a connection -----------------------------------------------------------------------


async def closed(ws: Socket) -> int | None:
    """Read on until the connection is closed; the code."""
    while (await ws.receive()).type not in (
        aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING,
        aiohttp.WSMsgType.ERROR,
    ):  # fmt: skip
        pass
    return ws.close_code


async def nobody_is_there(ask: Browser) -> None:
    """Wait until the server, too, has taken note of it."""
    while len(ask.server.hub):  # noqa: ASYNC110 - what is waited for is that nothing is there
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"type": "subscribe", "queue": []}', 1007),
        ('{"type": "shout"}', 1007),
        ('{"type": "subscribe", "facts": ["CallQueue"]}', 1007),
        ("{", 1007),
        (b"{}", 1003),
        ('{"type": "subscribe", "queues": ["%s"]}' % ("x" * 200_000), 1009),
    ],
)
async def test_messages_that_are_not_understood(ask: Browser, text: str | bytes, code: int) -> None:
    ws = await ask.live()
    await (ws.send_bytes(text) if isinstance(text, bytes) else ws.send_str(text))
    assert await closed(ws) == code
    await nobody_is_there(ask)


async def test_a_token_taken_away_ends_its_connections(ask: Browser, centre: Centre) -> None:
    stays, goes, changes = [await ask.live(token) for token in ("root", "acme-lead", "acme-wall")]
    wider = replace(ACCESSES["acme-wall"], tenant_id="")
    left = {"root": ACCESSES["root"], "acme-wall": wider}
    ask.server.take_credentials(Credentials({digest_of(name): left[name] for name in left}))
    assert await closed(goes) == 1008
    assert await closed(changes) == 1008
    await until_live(stays)
    centre.arrive("another")
    assert (await message(stays))["type"] == "facts"
    assert (await ask("GET", "/v1/state", "acme-lead")).status == 401


async def test_the_daemon_stops(ask: Browser) -> None:
    ws = await ask.live()
    await until_live(ws)
    stopping = asyncio.ensure_future(ask.server.stop())
    assert await closed(ws) == 1001
    await stopping
    with pytest.raises(aiohttp.ClientConnectorError):
        await ask("GET", "/v1/health")


async def test_who_answers_no_ping_is_cut_off(serve: Serve, centre: Centre) -> None:
    ask = await serve(centre, structs.replace(EASY, ping_every_s=0.02))
    deaf = await ask.connect(headers={"Authorization": "Bearer root"}, autoping=False)
    while (await deaf.receive()).type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.PING):
        pass
    assert deaf.close_code == 1006


async def test_who_reads_nothing_is_cut_off(
    serve: Serve, centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "_CLOSING_S", 0.02)
    ask = await serve(centre, structs.replace(EASY, send_timeout_s=0.02, outbox_limit=10**6))
    host, port = ask.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as stuck:
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stuck.sendall(
            b"GET /v1/live HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer root\r\n"
            b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        facts = centre.state.calls["acme-talk"].story * 1000
        seen = False
        while not (seen and not len(ask.server.hub)):
            seen = seen or len(ask.server.hub) > 0
            ask.server.hub.take(0, facts)
            await asyncio.sleep(0)


async def test_no_more_connections_than_allowed(serve: Serve, centre: Centre) -> None:
    ask = await serve(centre, structs.replace(EASY, live_limit=1))
    ws = await ask.live()
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await ask.live()
    assert (refused.value.status, refused.value.headers and refused.value.headers["Retry-After"]) \
        == (503, "5")  # fmt: skip
    await ws.close()
    await nobody_is_there(ask)
    assert centre.sinks == []
    await (await ask.live()).close()


async def test_a_browser_gives_its_token_as_a_protocol(ask: Browser) -> None:
    ws = await ask.connect(protocols=["acdengine.v1", "bearer.acme-wall"])
    assert ws.protocol == "acdengine.v1"
    assert (await until_live(ws))[0]["state"]["tenants"] == ["acme"]
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await ask.connect(protocols=["acdengine.v1", "bearer.x"])
    assert refused.value.status == 401
    # Nowhere else: only here can a browser do nothing better.
    headers = {"Sec-WebSocket-Protocol": "bearer.root"}
    assert (await ask("GET", "/v1/state", "", headers=headers)).status == 401
