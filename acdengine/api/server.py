"""The HTTP server: the way of one request from its bytes to its answer.

Authentication (401), rate limit (429), role (403), reading of body and query (400, 413, 415, 422),
then the handler, within a time limit (408, 504). Every error is answered in one shape, never
with a stack trace. Everything that changes something leaves a line in the audit log.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Any, Final, TypeVar

import msgspec
import structlog
from aiohttp import web

from acdengine.api.access_control import AccessControl
from acdengine.api.audit import audit, audit_stranger
from acdengine.api.authorisation import Rights
from acdengine.api.backend import Backend
from acdengine.api.bodies import LiveFilter, Query
from acdengine.api.connections import UNREADABLE, Guard
from acdengine.api.listener import Listener
from acdengine.api.live import Bearer, LiveHub
from acdengine.api.live_messages import KINDS, Subscribe
from acdengine.api.openapi import document
from acdengine.api.options import ControlOptions
from acdengine.api.paths import pattern_of
from acdengine.api.problems import Problem, Refused, SettingsProblem, forbidden, unfit, unknown
from acdengine.api.raw import Raw
from acdengine.api.reading import read_body, read_query
from acdengine.api.request_context import Origin, RequestContext
from acdengine.api.routes import LIVE_PATH, OPENAPI_PATH, ROUTES, Route
from acdengine.runtime.masking import Masks
from acdengine.runtime.rate_limited_log import RateLimitedLog
from acdengine.settings.credentials import Access, Credentials, digest_of
from acdengine.settings.errors import SettingsError
from acdengine.wording import counted

_log = structlog.get_logger("acdengine.api")

S = TypeVar("S", bound=msgspec.Struct)

#: Sees nothing: for what is answered without a token.
_UNKNOWN: Final = Access("", "read_only", tenant_id="\0")
_HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
#: Browsers cannot put a token in a header of a WebSocket, but in the list of protocols.
_PROTOCOL_TOKEN: Final = "bearer."
#: How long requests under way have to end when the server stops.
_SHUTDOWN_S: Final = 3.0


class ControlServer:
    """The control interface of a running engine.

    Args:
        backend: the engine.
        credentials: who may use it.
        options: limits and addresses.
        clock: seconds, for rate limits.
    """

    def __init__(
        self,
        backend: Backend,
        credentials: Credentials,
        options: ControlOptions | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._backend = backend
        self._options = options or ControlOptions()
        self._masks = Masks(self._options.digits_shown)
        self.hub = LiveHub(backend, self._options)
        self._access = AccessControl(credentials, self._options, self._recheck_live, clock)
        self.sessions = self._access.sessions
        self.guard = Guard("control", self._options.limits, clock)
        self._listener: Listener | None = None
        self._lines = RateLimitedLog(clock)

    # -- starting and stopping -----------------------------------------------------------------

    async def start(self) -> tuple[str, int]:
        """Listen; returns where.

        Raises:
            OSError: the address is taken, or not ours.
        """
        listener = Listener(self.application(), self.guard, _SHUTDOWN_S)
        where = await listener.start(self._options.host, self._options.port)
        self._listener = listener
        if not _is_loopback(self._options.host):
            _log.warning("the control interface is open to others", host=self._options.host)
        return where

    async def stop(self) -> None:
        """Answer what is under way, close live connections and listening sockets."""
        if self._listener is not None:
            await self._listener.stop()
            self._listener = None

    def take_credentials(self, credentials: Credentials) -> None:
        """From now on these may use it; live connections of others are closed."""
        self._access.take_credentials(credentials)

    def _recheck_live(self) -> None:
        find = self._access.find
        self.hub.recheck(lambda client: find(client.digest) == client.rights.access)

    def application(self) -> web.Application:
        """All routes."""
        limit = self._options.body_limit_bytes
        app = web.Application(client_max_size=limit, middlewares=[_in_one_shape])
        for route in ROUTES:
            app.router.add_route(route.method, pattern_of(route.path), self._handler(route))
        app.router.add_route("GET", OPENAPI_PATH, self._openapi)
        app.router.add_route("GET", LIVE_PATH, self._live)

        async def stop_live(_: web.Application) -> None:
            self.hub.stop()

        app.on_shutdown.append(stop_live)
        return app

    # -- the way of a request ------------------------------------------------------------------

    def _handler(self, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            return await self._serve(route, request)

        return serve

    async def _serve(self, route: Route, request: web.Request) -> web.StreamResponse:
        access, digest, given = _UNKNOWN, b"", None
        try:
            if route.roles:
                access, digest = self._admit(request)
                _check_role(route, access)
            given = await self._given(route, request)
            context = RequestContext(
                self._backend, self._access, self._rights(access), request.match_info,
                Origin(request.remote or "", digest),
            )  # fmt: skip
            response = await self._answered(route, context, given)
            problem = None
        except Refused as refusal:
            response, problem = refusal_response(refusal), refusal.problem
        except Exception:  # noqa: BLE001 - it is logged, and answered without its trace
            _log.exception("request failed", action=route.name)
            problem = Problem(problem="something went wrong here; the log says what")
            response = _json(problem, 500)
        if route.changes and access is not _UNKNOWN:
            masks = None if self._options.numbers_in_log else self._masks
            audit(route, request, access, given, response.status, problem, masks)
        return response

    def _admit(self, request: web.Request) -> tuple[Access, bytes]:
        """Whose request it is, and the hash of the token.

        Raises:
            Refused: an unknown token (401), or too many requests (429).
        """
        digest = digest_of(_token_of(request))
        access = self._access.find(digest)
        wait_s = self._access.wait_s(access)
        if access is None:
            self.guard.wrong_tokens += 1
            audit_stranger(self._lines, "control", request)
        if wait_s:
            headers = {"Retry-After": str(int(wait_s) + 1)}
            raise Refused(429, "too many requests", "", "fewer of them", headers)
        if access is None:
            raise Refused(
                401, "a valid token is needed", "Authorization", "Bearer and the token",
                {"WWW-Authenticate": "Bearer"},
            )  # fmt: skip
        return access, digest

    async def _given(self, route: Route, request: web.Request) -> msgspec.Struct | None:
        """The body or query, as the route wants it."""
        if route.body is not None:
            return read_body(await self._content(request), route.body)
        if not route.roles:
            return None
        query = _query_of(request, route.query or Query)
        return query if route.query is not None else None

    async def _content(self, request: web.Request) -> bytes:
        try:
            async with asyncio.timeout(self._options.request_timeout_s):
                content = await request.read()
        except web.HTTPRequestEntityTooLarge as error:
            limit = f"{self._options.body_limit_bytes} bytes at the most"
            raise Refused(413, "the body is too large", "", limit) from error
        except TimeoutError as error:
            raise Refused(408, "the body did not come in time") from error
        except (*UNREADABLE, ConnectionError) as error:
            raise Refused(
                400, "the body cannot be read", "", "it whole, as its headers say"
            ) from error
        if content and request.content_type != "application/json":
            raise Refused(415, "the body is of another type", "Content-Type", "application/json")
        return content

    async def _answered(
        self, route: Route, context: RequestContext, given: msgspec.Struct | None
    ) -> web.Response:
        try:
            async with asyncio.timeout(self._options.request_timeout_s):
                answer = await (
                    route.handler(context) if given is None else route.handler(context, given)
                )
        except TimeoutError as error:
            raise Refused(504, "not answered in time; it may still be done") from error
        except SettingsError as error:
            raise _invalid(error) from error
        if isinstance(answer, Raw):
            headers = {**_HEADERS, "Content-Type": answer.content_type}
            return web.Response(body=answer.content, headers=headers)
        return _json(answer, 200)

    def _rights(self, access: Access) -> Rights:
        masks = None if access.role in self._options.numbers_shown_to else self._masks
        return Rights(access, lambda: self._backend.state, masks)

    # -- beside the table ----------------------------------------------------------------------

    async def _openapi(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=document(), content_type="application/json", headers=_HEADERS)

    async def _live(self, request: web.Request) -> web.StreamResponse:
        try:
            access, digest = self._admit(request)
            wish, rights = _wish(_query_of(request, LiveFilter)), self._rights(access)
            for queue_id in wish.queues:
                rights.check_queue("queues", queue_id)
            for agent_id in wish.agents:
                rights.check_agent("agents", agent_id)
            bearer = Bearer(digest, rights, self.sessions.left_s(digest))
            return await self.hub.serve(request, bearer, wish)
        except Refused as refusal:
            return refusal_response(refusal)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_role(route: Route, access: Access) -> None:
    if access.role not in route.roles:
        raise forbidden(f"not for tokens of the role {access.role}")
    if route.all_tenants and access.tenant_id:
        raise forbidden("not for tokens of one tenant")


def _token_of(request: web.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    if request.path == LIVE_PATH:
        offered = request.headers.get("Sec-WebSocket-Protocol", "").split(",")
        names = [name.strip() for name in offered]
        return next((n[len(_PROTOCOL_TOKEN) :] for n in names if n.startswith(_PROTOCOL_TOKEN)), "")
    return ""


def _query_of(request: web.Request, kind: type[S]) -> S:
    pairs: dict[str, list[str]] = {}
    for name, value in request.query.items():
        pairs.setdefault(name, []).append(value)
    return read_query(pairs, kind)


def _wish(query: LiveFilter) -> Subscribe:
    for kind in query.facts.split(",") if query.facts else ():
        if kind not in KINDS:
            raise unknown("facts", "kind of facts", kind, sorted(KINDS))
    lists = {name: getattr(query, name) for name in ("queues", "agents", "facts")}
    try:
        return Subscribe(**{name: text.split(",") if text else [] for name, text in lists.items()})
    except ValueError as error:
        raise unfit("facts", str(error), "kinds as in the OpenAPI document") from error


def _invalid(error: SettingsError) -> Refused:
    """Settings that cannot be taken: everything that is wrong, at once."""
    problems = [
        SettingsProblem(
            file=problem.file, line=problem.line, column=problem.column, path=problem.path,
            problem=problem.message, expected=problem.expected,
        )
        for problem in error.problems
    ]  # fmt: skip
    refusal = Refused(
        422, f"{counted(len(problems), 'problem')} in the settings; nothing was changed"
    )
    refusal.problem = msgspec.structs.replace(refusal.problem, problems=problems)
    return refusal


def _json(answer: msgspec.Struct, status: int) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(answer),
        status=status,
        content_type="application/json",
        headers=_HEADERS,
    )


def refusal_response(refusal: Refused) -> web.Response:
    """A refusal as it is sent."""
    response = _json(refusal.problem, refusal.status)
    response.headers.update(refusal.headers)
    return response


@web.middleware
async def _in_one_shape(
    request: web.Request, handler: Callable[[web.Request], Awaitable[Any]]
) -> web.StreamResponse:
    """What the library refuses by itself (no such path, no such method), in our shape."""
    try:
        response: web.StreamResponse = await handler(request)
    except web.HTTPException as error:
        headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
        expected = f"one of {headers['Allow']}" if headers else ""
        return refusal_response(Refused(error.status, error.reason.lower(), "", expected, headers))
    return response
