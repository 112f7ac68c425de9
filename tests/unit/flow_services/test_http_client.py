"""Flows' requests against a system that answers in every way."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from acdengine.flow_services.addresses import AllowedHosts
from acdengine.flow_services.circuit_breaker import CircuitBreaker
from acdengine.flow_services.http_client import FlowHttp
from acdengine.ivr.effects import HttpRequest, SendWebhook
from acdengine.ivr.inputs import HttpAnswered
from acdengine.runtime.sensitive_values import SensitiveValues

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Story = Callable[[FlowHttp, str], Awaitable[Any]]


class System:
    """A system that notes what it was asked."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.asked: list[tuple[str, str, dict[str, str], str]] = []
        self.is_asked = asyncio.Event()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        text = await request.text()
        self.asked.append((request.method, request.path_qs, dict(request.headers), text))
        self.is_asked.set()
        return await self.handler(request)


def with_system(
    system: System, story: Story, secrets: SensitiveValues | None = None, hosts: str = "127.0.0.1"
) -> Any:
    async def whole() -> Any:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", system.serve)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        loop = asyncio.get_running_loop()
        allowed = AllowedHosts(private=[f"{hosts}:{port}"])
        client = FlowHttp(allowed, secrets or SensitiveValues(loop.time), loop.time)
        try:
            return await story(client, f"http://127.0.0.1:{port}")
        finally:
            await client.close()
            await runner.cleanup()

    return asyncio.run(whole())


def request(url: str, **more: Any) -> HttpRequest:
    fields: dict[str, Any] = {
        "ticket": 7, "method": "GET", "url": url, "headers": {}, "body": "", "data": {},
        "secrets": {}, "connect_us": 1_000_000, "total_us": 5_000_000, "retries": 0,
        "limit_bytes": 1_000, "idempotency_key": "",
    }  # fmt: skip
    return HttpRequest(**fields | more)


async def hello(_: web.Request) -> web.Response:
    return web.json_response({"status": "shipped"})


def ask(system: System, **more: Any) -> HttpAnswered:
    async def story(client: FlowHttp, url: str) -> HttpAnswered:
        return await client.ask("call-1", request(url + "/orders/1?x=1", **more))

    answer = with_system(system, story)
    assert isinstance(answer, HttpAnswered)
    return answer


def test_an_answer() -> None:
    system = System(hello)
    assert ask(system) == HttpAnswered(7, 200, '{"status": "shipped"}')
    assert system.asked[0][:2] == ("GET", "/orders/1?x=1")


def test_json_form_headers_and_key() -> None:
    system = System(hello)
    ask(
        system, method="POST", body="json", data={"a": 1, "b": None}, idempotency_key="k-1",
        headers={"X-Own": "1", "Host": "evil", "Content-Length": "9"},
    )  # fmt: skip
    ask(system, method="POST", body="form", data={"a": True, "b": "ä&c"})
    (_, _, headers, text), (_, _, _, form) = system.asked
    assert text == '{"a": 1, "b": null}'
    assert (headers["X-Own"], headers["Idempotency-Key"]) == ("1", "k-1")
    assert headers["Host"].startswith("127.0.0.1")
    assert form == "a=true&b=%C3%A4%26c"


def test_a_secret_is_put_in_once_and_for_its_call_alone() -> None:
    secrets = SensitiveValues(lambda: 0.0)
    system = System(hello)
    token = secrets.keep("call-1", "4111111111111111")

    async def story(client: FlowHttp, url: str) -> list[HttpAnswered]:
        wanted = request(url, method="POST", body="json", secrets={"card": token})
        foreign = await client.ask("call-2", wanted)
        return [foreign, await client.ask("call-1", wanted), await client.ask("call-1", wanted)]

    answers = with_system(system, story, secrets)
    assert [answer.problem for answer in answers] == ["refused", "", "refused"]
    assert [text for *_, text in system.asked] == ['{"card": "4111111111111111"}']


@pytest.mark.slow
def test_a_slow_system_is_left_at_the_time() -> None:
    async def slow(_: web.Request) -> web.Response:
        await asyncio.sleep(5)
        raise AssertionError("waited for")

    assert ask(System(slow), total_us=50_000).problem == "timeout"


def test_an_answer_without_an_end_is_too_large() -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(100):
            await response.write(b"x" * 1_000)
        return response

    assert ask(System(endless)).problem == "too_large"


def test_a_redirect_is_not_followed() -> None:
    async def elsewhere(_: web.Request) -> web.Response:
        raise web.HTTPFound("http://169.254.169.254/")

    system = System(elsewhere)
    assert ask(system).status == 302
    assert len(system.asked) == 1


def test_what_may_be_repeated_is_tried_again() -> None:
    async def busy_once(_: web.Request) -> web.Response:
        return web.Response(status=503 if len(system.asked) == 1 else 200)

    system = System(busy_once)
    assert ask(system, retries=2).status == 200
    assert len(system.asked) == 2
    system = System(busy_once)
    assert ask(system, method="POST", retries=2).status == 503
    system = System(busy_once)
    assert ask(system, method="POST", retries=2, idempotency_key="k").status == 200


def test_no_one_there_and_no_http() -> None:
    async def rubbish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"\x00\xffrubbish\r\n\r\n")
        writer.close()

    async def story() -> list[str]:
        server = await asyncio.start_server(rubbish, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        loop = asyncio.get_running_loop()
        allowed = AllowedHosts(private=["127.0.0.1:1", f"127.0.0.1:{port}"])
        client = FlowHttp(allowed, SensitiveValues(loop.time), loop.time)
        try:
            asked = [f"http://127.0.0.1:{port}/", "http://127.0.0.1:1/", "http://127.0.0.1:2/"]
            asked += ["file:///etc/passwd", "http://u:p@127.0.0.1:1/", "http://[", "http://x y/"]
            return [(await client.ask("c", request(url))).problem for url in asked]
        finally:
            await client.close()
            server.close()

    assert asyncio.run(story()) == ["invalid", "unreachable", *["refused"] * 5]


def test_a_private_address_behind_an_allowed_name_is_refused() -> None:
    async def story() -> str:
        loop = asyncio.get_running_loop()
        allowed = AllowedHosts(hosts=["localhost:80"])
        client = FlowHttp(allowed, SensitiveValues(loop.time), loop.time)
        try:
            return (await client.ask("c", request("http://localhost:80/"))).problem
        finally:
            await client.close()

    assert asyncio.run(story()) == "refused"


def test_a_webhook_is_sent_and_not_waited_for() -> None:
    system = System(hello)

    async def story(client: FlowHttp, url: str) -> None:
        client.tell(SendWebhook(url + "/hook", {"event": "arrived"}))
        client.tell(SendWebhook("http://elsewhere/hook", {}))
        assert not system.asked
        await system.is_asked.wait()

    with_system(system, story)
    assert system.asked[0][1] == "/hook"
    assert system.asked[0][3] == '{"event": "arrived"}'


def test_a_host_that_fails_is_left_alone_for_a_while() -> None:
    now = 0.0
    breaker = CircuitBreaker(lambda: now, failures=3, open_s=30)
    for _ in range(3):
        assert breaker.lets_pass("h")
        breaker.report("h", is_failure=True)
    assert not breaker.lets_pass("h")
    assert breaker.lets_pass("other")
    now = 31.0
    assert breaker.lets_pass("h")
    assert not breaker.lets_pass("h")
    breaker.report("h", is_failure=True)
    assert not breaker.lets_pass("h")
    now = 62.0
    assert breaker.lets_pass("h")
    breaker.report("h", is_failure=False)
    assert breaker.lets_pass("h")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("text/plain; charset=zlib", "ä"),
        ("text/plain; charset=nosuch", "ä"),
        ("text/plain; charset=punycode", "ä"),
        ("text/plain", "ä"),
    ],
)
def test_an_encoding_that_is_none_of_text_is_read_as_utf_8(kind: str, text: str) -> None:
    async def odd(_: web.Request) -> web.Response:
        return web.Response(body="ä".encode(), headers={"Content-Type": kind})

    assert ask(System(odd)) == HttpAnswered(7, 200, text)


def test_what_is_compressed_is_not_unpacked() -> None:
    async def bomb(_: web.Request) -> web.Response:
        packed = gzip.compress(b"0" * 50_000_000, 1)[:900]
        return web.Response(body=packed, headers={"Content-Encoding": "gzip"})

    system = System(bomb)
    assert ask(system) == HttpAnswered(7, 200, problem="invalid")
    assert system.asked[0][2]["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    "headers", [{"X": "a\r\nY: b"}, {"X": "a\0"}, {"X": "\ud800"}, {"X\r\nY": "b"}]
)
def test_a_value_begins_no_further_header(headers: dict[str, str]) -> None:
    system = System(hello)
    answer = ask(system, headers=headers)
    assert answer.problem == "invalid" or "Y" not in system.asked[0][2]


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "169.254.169.254", "[::ffff:10.0.0.1]"])
def test_a_private_address_is_refused_unless_it_is_named_as_one(host: str) -> None:
    async def whole() -> HttpAnswered:
        loop = asyncio.get_running_loop()
        client = FlowHttp(AllowedHosts([host]), SensitiveValues(loop.time), loop.time)
        try:
            return await client.ask("call-1", request(f"http://{host}/"))
        finally:
            await client.close()

    assert asyncio.run(whole()).problem == "refused"
