"""The HTTP requests of flows: to the tenant's hosts alone, within limits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import aiohttp
import structlog

from acdengine.flow_services.addresses import AddressRefused, AllowedHosts, CheckedResolver
from acdengine.flow_services.circuit_breaker import CircuitBreaker
from acdengine.ivr.effects import HttpRequest, SendWebhook
from acdengine.ivr.inputs import HttpAnswered, HttpProblem

_log = structlog.get_logger("acdengine.flow_http")

#: Methods that may be sent again without doing more than once (RFC 9110, 9.2.2).
_IDEMPOTENT: Final = ("GET", "HEAD", "PUT", "DELETE")
#: Statuses after which a request may be tried again.
_TRY_AGAIN: Final = (502, 503, 504)
#: Before the second try, and twice as long before each further one.
_PAUSE_S: Final = 0.2
#: A webhook's time, and how many may be on their way.
_WEBHOOK_S: Final = 10.0
_WEBHOOKS: Final = 200
_US: Final = 1_000_000
#: Headers that a flow does not set: they are the client's own.
_OWN_HEADERS: Final = ("host", "content-length", "transfer-encoding", "connection")
_CHUNK: Final = 16_384
_CHARSETS: Final = ("utf-8", "utf-16", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252")


class SecretValues(Protocol):
    """Where sensitive digits are kept."""

    def redeem(self, call_id: str, token: str) -> str | None:
        """Hand a value over, once; None where there is none."""


class FlowHttp:
    """One tenant's HTTP client.

    Args:
        allowed: the hosts.
        secrets: what sensitive fields are filled from.
        monotonic_s: a clock that is never set.
    """

    def __init__(
        self,
        allowed: AllowedHosts,
        secrets: SecretValues,
        monotonic_s: Callable[[], float],
    ) -> None:
        self._allowed = allowed
        self._secrets = secrets
        self._breaker = CircuitBreaker(monotonic_s)
        self._session: aiohttp.ClientSession | None = None
        self._webhooks: set[asyncio.Task[None]] = set()

    async def ask(
        self, call_id: str, request: HttpRequest, content: Mapping[str, Any] | None = None
    ) -> HttpAnswered:
        """Send a request and read its answer; never raises for what the system does.

        Redirects are not followed: their status is the answer. Sensitive fields are redeemed once,
        before the first try. ``content`` is a body as aiohttp takes it, in place of the request's
        own.
        """
        host, problem = self._place(request.url)
        if problem:
            return HttpAnswered(request.ticket, problem="refused")
        body = self._body(call_id, request) if content is None else content
        if body is None or not self._breaker.lets_pass(host):
            reason = "its breaker is open" if body is not None else "a secret is gone"
            _log.warning("a flow's request is not sent", host=host, reason=reason)
            return HttpAnswered(request.ticket, problem="refused")
        answer = HttpAnswered(request.ticket, problem="timeout")
        try:
            async with asyncio.timeout(request.total_us / _US):
                answer = await self._tried(request, body)
        except TimeoutError:
            pass
        failed = answer.problem in ("timeout", "unreachable") or answer.status >= 500
        self._breaker.report(host, is_failure=failed)
        if answer.problem:
            _log.warning("a flow's request failed", host=host, problem=answer.problem)
        return answer

    def _place(self, url: str) -> tuple[str, HttpProblem]:
        """The host of an address, and whether it may be asked."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return "", "refused"
        if parts.scheme not in ("http", "https") or parts.username is not None:
            return host, "refused"
        try:
            self._allowed.check(host, port or (443 if parts.scheme == "https" else 80))
            self._allowed.check_address(host)
        except AddressRefused as refused:
            _log.warning("a flow's request is not sent", reason=str(refused))
            return host, "refused"
        return host, ""

    def _body(self, call_id: str, request: HttpRequest) -> dict[str, Any] | None:
        """What aiohttp is given for the body; None where a secret is gone."""
        data: dict[str, Any] = dict(request.data)
        for field, token in request.secrets.items():
            value = self._secrets.redeem(call_id, token)
            if value is None:
                return None
            data[field] = value
        if request.body == "json":
            return {"json": data}
        if request.body == "form":
            return {"data": {key: _as_text(value) for key, value in data.items()}}
        return {}

    async def _tried(self, request: HttpRequest, body: Mapping[str, Any]) -> HttpAnswered:
        """Send it, again where that does no harm and may help."""
        may_repeat = request.method in _IDEMPOTENT or bool(request.idempotency_key)
        tries = 1 + (request.retries if may_repeat else 0)
        answer = HttpAnswered(request.ticket, problem="unreachable")
        for number in range(tries):
            if number:
                await asyncio.sleep(_PAUSE_S * 2 ** (number - 1))
            answer = await self._sent(request, body)
            if answer.problem != "unreachable" and answer.status not in _TRY_AGAIN:
                break
        return answer

    async def _sent(self, request: HttpRequest, body: Mapping[str, Any]) -> HttpAnswered:
        headers = {
            name: value
            for name, value in request.headers.items()
            if name.lower() not in _OWN_HEADERS
        }
        if request.idempotency_key:
            headers["Idempotency-Key"] = request.idempotency_key
        limits = aiohttp.ClientTimeout(total=None, connect=request.connect_us / _US)
        try:
            async with self._open().request(
                request.method,
                request.url,
                headers=headers,
                timeout=limits,
                allow_redirects=False,
                **body,
            ) as response:
                if response.headers.get("Content-Encoding", "identity").lower() != "identity":
                    return HttpAnswered(request.ticket, response.status, problem="invalid")
                text = await _read(response, request.limit_bytes)
        except AddressRefused as refused:
            _log.warning("a flow's request is not sent", reason=str(refused))
            return HttpAnswered(request.ticket, problem="refused")
        except (aiohttp.ClientConnectionError, OSError, TimeoutError):
            return HttpAnswered(request.ticket, problem="unreachable")
        except (aiohttp.ClientError, ValueError):
            return HttpAnswered(request.ticket, problem="invalid")
        if text is None:
            return HttpAnswered(request.ticket, response.status, problem="too_large")
        return HttpAnswered(request.ticket, response.status, text)

    def tell(self, webhook: SendWebhook) -> None:
        """Send a webhook and do not wait; one more than can be on its way is dropped, and said."""
        host, problem = self._place(webhook.url)
        if problem:
            return
        if len(self._webhooks) >= _WEBHOOKS or not self._breaker.lets_pass(host):
            _log.warning("a flow's webhook is dropped", host=host)
            return
        task = asyncio.create_task(self._told(host, webhook))
        self._webhooks.add(task)
        task.add_done_callback(self._webhooks.discard)

    async def _told(self, host: str, webhook: SendWebhook) -> None:
        failed = True
        try:
            async with asyncio.timeout(_WEBHOOK_S):
                async with self._open().post(
                    webhook.url, json=webhook.data, allow_redirects=False
                ) as response:
                    failed = response.status >= 500
        except (aiohttp.ClientError, AddressRefused, OSError, TimeoutError, ValueError):
            pass
        finally:
            self._breaker.report(host, is_failure=failed)
        if failed:
            _log.warning("a flow's webhook failed", host=host)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                resolver=CheckedResolver(self._allowed), use_dns_cache=False, limit_per_host=50
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                # What is small and compressed may be large: answers come as they are.
                headers={"User-Agent": "acdengine", "Accept-Encoding": "identity"},
                auto_decompress=False,
            )
        return self._session

    async def close(self) -> None:
        """End what is on its way."""
        for task in self._webhooks:
            task.cancel()
        await asyncio.gather(*self._webhooks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


async def _read(response: aiohttp.ClientResponse, most: int) -> str | None:
    """The text of an answer; None where it is longer than ``most`` bytes."""
    parts: list[bytes] = []
    length = 0
    async for part in response.content.iter_chunked(_CHUNK):
        length += len(part)
        if length > most:
            return None
        parts.append(part)
    # Of other names some are no encodings of text, and some take long.
    charset = (response.charset or "").lower()
    encoding = charset if charset in _CHARSETS else "utf-8"
    return b"".join(parts).decode(encoding, errors="replace")
