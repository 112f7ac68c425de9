"""What strangers send to the HTTP servers: half requests, no requests, unknown tokens."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from acdengine.api.connections import Guard, Limits
from acdengine.api.http_metrics import HttpMetrics
from acdengine.program.daemon.metrics_server import MetricsServer
from acdengine.settings.daemon import MetricsSettings
from tests.unit.api.centre import Centre
from tests.unit.api.conftest import EASY, Browser, Serve

Raw = Callable[..., Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


@pytest.fixture
async def raw() -> AsyncIterator[Raw]:
    """Connections as bytes."""
    writers: list[asyncio.StreamWriter] = []

    async def connect(browser: Browser, sends: bytes = b"") -> Any:
        host, port = browser.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writers.append(writer)
        writer.write(sends)
        return reader, writer

    yield connect
    for writer in writers:
        writer.close()


def head_and_body(answer: bytes) -> tuple[str, Any]:
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.decode(), json.loads(body)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


async def closed(reader: asyncio.StreamReader) -> None:
    """The other side closes, without a word."""
    with contextlib.suppress(ConnectionResetError):
        assert await asyncio.wait_for(reader.read(), 5) == b""


async def settled(condition: Callable[[], bool]) -> None:
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never comes to this")


@pytest.mark.parametrize(
    "sends",
    [
        b"GET /v1/state HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer\r\n s3cret\r\n\r\n",
        b"GET /v1/s3cret FTP/1.1\r\n\r\n",
        b"GET /v1/state HTTP/1.1\r\nHost: x\r\nX: " + b"s3cret" * 3000 + b"\r\n\r\n",
        b"GET /v1/state HTTP/1.1\r\nHost: x\r\nContent-Length: s3cret\r\n\r\n",
        b"GET /v1/state HTTP/1.1\r\nHost: x\r\ns3cret\r\n\r\n",
        b"\x16\x03\x01s3cret\r\n\r\n",
        b"POST /v1/drain HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: s3cret\r\n\r\n",
    ],
)
async def test_what_is_no_request_is_answered_and_logged_once_without_its_content(
    ask: Browser, raw: Raw, sends: bytes
) -> None:
    with capture_logs() as told:
        for _ in range(3):
            reader, _ = await raw(ask, sends)
            head, body = head_and_body(await reader.read())
            assert " 400 " in head.splitlines()[0]
            assert "\r\nServer: acdengine\r\n" in head + "\r\n"
            assert body["problem"] == "this is no request of HTTP"
    assert [line["event"] for line in told] == ["request not understood"]
    assert "s3cret" not in str(told) + str(body)
    assert "exc_info" not in told[0]
    assert ask.server.guard.unreadable == 3


@pytest.mark.parametrize(
    "body",
    [
        b"Transfer-Encoding: chunked\r\n\r\ns3cret\r\n",
        b"Content-Encoding: gzip\r\nContent-Length: 6\r\n\r\ns3cret",
        b"Content-Encoding: deflate\r\nTransfer-Encoding: chunked\r\n\r\n6\r\ns3cret\r\n0\r\n\r\n",
    ],
)
async def test_a_body_that_is_not_what_its_headers_say_is_refused_and_no_error_of_ours(
    ask: Browser, raw: Raw, body: bytes
) -> None:
    head = "POST /v1/drain HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer root\r\n"
    with capture_logs() as told:
        reader, _ = await raw(ask, head.encode() + b"Content-Type: application/json\r\n" + body)
        answer, problem = head_and_body(await reader.read())
    assert " 400 " in answer.splitlines()[0]
    assert "s3cret" not in str(problem) + str(told)
    assert all("exception" not in line and "exc_info" not in line for line in told)
    assert {line["log_level"] for line in told} <= {"info", "warning"}


async def test_a_client_that_leaves_in_the_middle_of_a_body_is_no_error_of_ours(
    ask: Browser, raw: Raw
) -> None:
    head = "POST /v1/drain HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer root\r\n"
    with capture_logs() as told:
        _, writer = await raw(ask, head.encode() + b"Content-Length: 100\r\n\r\n{")
        await settled(lambda: len(ask.server.guard) == 1)
        writer.close()
        await settled(lambda: len(ask.server.guard) == 0)
    assert all(line["log_level"] in ("info", "warning") for line in told)


async def test_the_server_tells_no_versions(ask: Browser) -> None:
    for path in ("/v1/health", "/v1/state", "/nowhere"):
        assert (await ask("GET", path)).headers["Server"] == "acdengine"
    ws = await ask.live()
    assert ws._response.headers["Server"] == "acdengine"


async def test_half_requests_are_closed_when_their_time_is_over(
    serve: Serve, centre: Centre, raw: Raw
) -> None:
    clock = Clock()
    ask = await serve(centre, clock=clock)
    guard = ask.server.guard
    silent, _ = await raw(ask)
    half, writer = await raw(ask, b"GET /v1/state HTTP/1.1\r\nHost")
    await settled(lambda: len(guard) == 2)
    clock.now += 9
    writer.write(b": x\r\nX")
    guard.sweep()
    assert len(guard) == 2
    clock.now += 1.5
    with capture_logs() as told:
        guard.sweep()
    assert (len(guard), guard.closed["head"]) == (0, 2)
    assert [(line["event"], line["reason"]) for line in told] == [
        ("connection closed", "no whole request came in time")
    ]
    for reader in (silent, half):
        await closed(reader)
    assert (await ask("GET", "/v1/state")).status == 200


async def test_half_of_a_second_request_has_its_time_limit_too(
    serve: Serve, centre: Centre, raw: Raw
) -> None:
    clock = Clock()
    ask = await serve(centre, clock=clock)
    reader, writer = await raw(ask, b"GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n")
    await reader.readuntil(b"}")
    clock.now += 60
    ask.server.guard.sweep()
    assert len(ask.server.guard) == 1, "between requests it may be silent for longer"
    writer.write(b"GET /v1/he")
    await settled(lambda: any(one.head_since for one in ask.server.guard._open))
    clock.now += 10
    ask.server.guard.sweep()
    assert ask.server.guard.closed["head"] == 1


async def test_five_hundred_half_requests_keep_nobody_out(
    serve: Serve, centre: Centre, raw: Raw
) -> None:
    ask = await serve(centre, replace(EASY, limits=Limits(connections=100, per_address=50)))
    guard = ask.server.guard
    with capture_logs() as told:
        for _ in range(500):
            await raw(ask, b"GET /v1/state HTTP/1.1\r\n")
        await settled(lambda: guard.closed["address"] >= 400)
        assert len(guard) <= 50
        assert (await ask("GET", "/v1/state")).status == 200
    assert len(told) <= 2
    assert told[0]["reason"] == "there are too many connections of this address"
    assert told[0]["remote"] == "127.0.0.1"
    text = HttpMetrics([guard], lambda: 3, ask.server.sessions).render()
    closed = 'acdengine_http_connections_closed_total{server="control",reason="address"}'
    assert f"{closed} {guard.closed['address']}" in text
    assert "acdengine_live_connections 3" in text


async def test_connections_that_have_asked_something_are_not_sent_away(
    serve: Serve, centre: Centre, raw: Raw
) -> None:
    ask = await serve(centre, replace(EASY, limits=Limits(connections=3, per_address=3)))
    kept = []
    for _ in range(3):
        reader, writer = await raw(ask, b"GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readuntil(b"}")
        kept.append((reader, writer))
    turned_away, _ = await raw(ask, b"GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n")
    await closed(turned_away)
    for reader, writer in kept:
        writer.write(b"GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200" in await reader.readuntil(b"}")


async def test_an_answer_that_is_not_read_is_given_up(
    serve: Serve, centre: Centre, raw: Raw
) -> None:
    clock = Clock()
    ask = await serve(centre, clock=clock)
    guard = ask.server.guard
    _, writer = await raw(ask)
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    request = b"GET /v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"
    writer.write(request * 400)
    await settled(lambda: any(one.stalled_for(clock.now) or one._unread for one in guard._open))
    await asyncio.sleep(0.1)
    guard.sweep()
    clock.now += 59
    guard.sweep()
    assert guard.closed["stalled"] == 0
    clock.now += 2
    guard.sweep()
    assert guard.closed["stalled"] == 1


async def test_live_connections_have_a_limit_by_address(serve: Serve, centre: Centre) -> None:
    ask = await serve(centre, replace(EASY, live_limit=10, live_per_address=2))
    first = await ask.live()
    await ask.live()
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await ask.live()
    assert refused.value.status == 503
    await first.close()
    await settled(lambda: len(ask.server.hub) == 1)
    await ask.live()


async def test_tokens_of_nobody_leave_a_line_now_and_then(serve: Serve, centre: Centre) -> None:
    ask = await serve(centre)
    with capture_logs() as told:
        for _ in range(3):
            assert (await ask("GET", "/v1/state", token="s3cret-s3cret-s3cret")).status == 401
            assert (await ask("POST", "/v1/drain", token="s3cret-s3cret-s3cret")).status == 401
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await ask.live(token="s3cret-s3cret-s3cret")
    (line,) = told
    assert (line["event"], line["remote"]) == ("stranger", "127.0.0.1")
    assert line["problem"] == "a wrong token"
    assert "s3cret" not in str(told)
    assert ask.server.guard.wrong_tokens == 7


def test_few_descriptors_leave_most_for_the_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _: (64, 64))
    assert Guard("control", Limits())._connections == 16


# -- the metrics' own port -----------------------------------------------------------------------


async def scraped(settings: MetricsSettings, token: str = "", **headers: str) -> tuple[int, str]:
    server = MetricsServer(lambda: b"tenants 2\n", settings, token, port=0)
    host, port = await server.start()
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://{host}:{port}/metrics", headers=headers) as answer,
        ):
            assert answer.headers["Server"] == "acdengine"
            return answer.status, await answer.text()
    finally:
        await server.stop()


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:9108", 200), ("[::1]:9108", 200), ("localhost", 200), ("LOCALHOST:1", 200),
        ("acd.example:9108", 200), ("attacker.example:9108", 421), ("", 421),
        ("localhost.attacker.example", 421), ("acd.example.attacker.example", 421),
    ],
)  # fmt: skip
async def test_metrics_are_for_those_who_ask_for_this_machine(host: str, status: int) -> None:
    got, text = await scraped(MetricsSettings(hosts=["acd.example"]), Host=host)
    assert got == status
    assert ("tenants" in text) == (status == 200)


@pytest.mark.parametrize(
    ("target", "host", "status"),
    [
        ("/metrics", "localhost", 200),
        ("http://localhost/metrics", "localhost", 200),
        ("http://attacker.example/metrics", "localhost", 421),
        ("http://localhost@attacker.example/metrics", "localhost", 421),
        ("http://localhost/metrics", "attacker.example", 421),
    ],
)
async def test_the_host_of_an_absolute_uri_counts_too(target: str, host: str, status: int) -> None:
    server = MetricsServer(lambda: b"tenants 2\n", MetricsSettings(), port=0)
    address, port = await server.start()
    try:
        reader, writer = await asyncio.open_connection(address, port)
        writer.write(f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        answer = await reader.read()
        writer.close()
    finally:
        await server.stop()
    assert answer.split()[1] == b"%d" % status
    assert (b"tenants" in answer) == (status == 200)


async def test_metrics_with_a_token_are_for_its_bearers_by_whatever_name() -> None:
    token = "metrics-metrics-metrics"
    settings = MetricsSettings()
    bearer = {"Authorization": f"Bearer {token}"}
    assert (await scraped(settings, token, Host="any.example", **bearer))[0] == 200
    with capture_logs() as told:
        assert (await scraped(settings, token, Authorization="Bearer s3cret"))[0] == 401
    assert (told[0]["event"], told[0]["server"]) == ("stranger", "metrics")
    with capture_logs() as told:
        assert (await scraped(settings, token))[0] == 401
    assert told[0]["problem"] == "no token"
    assert "s3cret" not in str(told)


async def test_half_requests_to_the_metrics_are_closed_too() -> None:
    server = MetricsServer(lambda: b"", MetricsSettings(), port=0)
    host, port = await server.start()
    _, writer = await asyncio.open_connection(host, port)
    await settled(lambda: len(server.guard) == 1)
    (one,) = server.guard._open
    one.head_since -= 10
    server.guard.sweep()
    assert (len(server.guard), server.guard.closed["head"]) == (0, 1)
    writer.close()
    await server.stop()
