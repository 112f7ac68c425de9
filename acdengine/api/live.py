"""The live feed: a snapshot, then facts as they happen, to many clients over WebSocket.

Every message is applied in the order of its coming: rows replace what was known, facts change it.
So a snapshot may be sent in pieces, each of its own moment, with the facts between them, and the
loop never stands still for all agents of a large centre. A client that reads too slowly loses
facts, is told so, and gets a fresh snapshot.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

import msgspec
import structlog
from aiohttp import WSMsgType, web

from acdengine.api.audience import Subject, as_told, subject_of
from acdengine.api.authorisation import Rights
from acdengine.api.backend import Backend
from acdengine.api.live_messages import Live, Message, Rows, Snapshot, Subscribe, Why
from acdengine.api.options import ControlOptions
from acdengine.api.outbox import Outbox
from acdengine.api.problems import Refused
from acdengine.api.viewing import view_agent, view_call, view_queue, view_state
from acdengine.centre_facts import SettingsApplied
from acdengine.facts import AnyFact

_log = structlog.get_logger("acdengine.api")

PROTOCOL: Final = "acdengine.v1"
#: Rows of one message: their making holds up the loop for about a millisecond.
_ROWS: Final = 100
#: Facts of one message.
_FACTS: Final = 250
_MESSAGE_LIMIT_BYTES: Final = 128 * 1024
#: So long a client has to answer our closing before it is cut off.
_CLOSING_S: Final = 2.0


class Closing(NamedTuple):
    """Why a connection ends: a code of RFC 6455 and a few words."""

    code: int
    reason: str


BY_CLIENT: Final = Closing(1000, "")
STOPPING: Final = Closing(1001, "the daemon is stopping")
NOT_TEXT: Final = Closing(1003, "messages are JSON in text frames")
NOT_UNDERSTOOD: Final = Closing(1007, "this message is not understood")
TOKEN_GONE: Final = Closing(1008, "the token is no longer valid")
SESSION_OVER: Final = Closing(1008, "the session has expired")
DEFECT: Final = Closing(1011, "something went wrong here; the log says what")
TOO_SLOW: Final = Closing(4008, "nothing was read for too long")


class Bearer(NamedTuple):
    """Whose connection it is: the hash of the token, the rights, and how long the session of an
    account still lasts (seconds; None: it is a token of the settings)."""

    digest: bytes
    rights: Rights
    lasts_s: float | None


class Client:
    """One connection."""

    def __init__(
        self,
        bearer: Bearer,
        backend: Backend,
        options: ControlOptions,
        wish: Subscribe,
    ) -> None:
        self.rights = bearer.rights
        #: Of its token.
        self.digest = bearer.digest
        self._lasts_s = bearer.lasts_s
        self._backend = backend
        self._options = options
        self._wish = wish
        self._why: Why | None = "opened"
        self.outbox = Outbox(options.outbox_limit)
        self._sent = 0
        self._ws = web.WebSocketResponse(
            heartbeat=options.ping_every_s,
            timeout=_CLOSING_S,
            max_msg_size=_MESSAGE_LIMIT_BYTES,
            protocols=(PROTOCOL,),
        )
        self._ending: asyncio.Future[Closing] = asyncio.get_running_loop().create_future()

    def wants(self, fact: AnyFact, subject: Subject) -> bool:
        """Whether a fact is among those that the client has asked for."""
        wish = self._wish
        if wish.facts and type(fact).__name__ not in wish.facts:
            return False
        if not (wish.queues or wish.agents) or not (subject.queue_id or subject.agent_id):
            return True
        return subject.queue_id in wish.queues or subject.agent_id in wish.agents

    def end(self, closing: Closing) -> None:
        """Close the connection, soon."""
        if not self._ending.done():
            self._ending.set_result(closing)

    async def run(self, request: web.Request) -> web.WebSocketResponse:
        """Serve the connection to its end."""
        await self._ws.prepare(request)
        tasks = [asyncio.ensure_future(self._read()), asyncio.ensure_future(self._write())]
        try:
            done, _ = await asyncio.wait(
                [*tasks, self._ending],
                timeout=self._lasts_s,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if not done:
                self.end(SESSION_OVER)
            ended = next(done for done in (self._ending, *tasks) if done.done())
            closing = DEFECT if ended.exception() is not None else ended.result()
            if closing is DEFECT:
                _log.error("live connection failed", exc_info=ended.exception())
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await self._close(closing, request)
        return self._ws

    async def _close(self, closing: Closing, request: web.Request) -> None:
        try:
            async with asyncio.timeout(2 * _CLOSING_S):
                await self._ws.close(code=closing.code, message=closing.reason.encode())
        except TimeoutError:
            if request.transport is not None:
                request.transport.abort()

    # -- in ------------------------------------------------------------------------------------

    async def _read(self) -> Closing:
        async for message in self._ws:
            if message.type is WSMsgType.BINARY:
                return NOT_TEXT
            if message.type is not WSMsgType.TEXT:
                break
            try:
                self._wish = msgspec.json.decode(message.data, type=Subscribe)
            except (msgspec.DecodeError, UnicodeError):
                return NOT_UNDERSTOOD
            self._why = "subscribed"
            self.outbox.wake()
        return BY_CLIENT

    # -- out -----------------------------------------------------------------------------------

    async def _write(self) -> Closing:
        try:
            while True:
                if self._is_stale():
                    await self._send_snapshot()
                elif not await self._send_facts():
                    await self.outbox.wait()
        except TimeoutError:
            return TOO_SLOW
        except ConnectionError:
            return BY_CLIENT

    def _is_stale(self) -> bool:
        """Whether a snapshot is due."""
        return self._why is not None or self.outbox.dropped > 0

    async def _send_snapshot(self) -> None:
        why: Why = self._why if self._why is not None else "overflow"
        self._why = None
        dropped = self.outbox.restart()
        now_us = self._backend.now_us()
        state = None
        if self.rights.access.role != "agent":
            backend = self._backend
            state = view_state(self.rights, backend.longest_wait_us, now_us, backend.switches())
        await self._send(Snapshot(why=why, dropped=dropped, at_us=now_us, state=state))
        for rows in self._rows():
            await self._send(rows)
            # Others have their turn, and what they make happen comes between the rows.
            await asyncio.sleep(0)
            while await self._send_facts():
                pass
            if self._is_stale():
                return
        await self._send(Live(at_us=self._backend.now_us()))

    def _rows(self) -> Iterator[Rows]:
        """Everything visible and asked for, in chunks, each row as it is when it is made."""
        rights, wish = self.rights, self._wish
        for some in _chunks(wish.queues or list(rights.state.queues)):
            queues = [rights.state.queues.get(name) for name in some]
            now_us, longest = self._backend.now_us(), self._backend.longest_wait_us
            seen = [queue for queue in queues if queue is not None and rights.sees_queue(queue)]
            if seen:
                yield Rows(queues=[view_queue(queue, longest, now_us) for queue in seen])
        for some in _chunks(wish.agents or list(rights.state.agents)):
            agents = [rights.state.agents.get(name) for name in some]
            now_us = self._backend.now_us()
            mine = [agent for agent in agents if agent is not None and rights.sees_agent(agent)]
            if mine:
                yield Rows(agents=[view_agent(rights, agent, now_us) for agent in mine])
        if rights.access.role == "agent":
            now_us = self._backend.now_us()
            own = rights.calls_of(rights.access.agent_id)
            yield Rows(calls=[view_call(rights, call, now_us) for call in own])

    async def _send_facts(self) -> bool:
        facts = self.outbox.take(_FACTS)
        if facts:
            self._sent += len(facts)
            head = b'{"type":"facts","seq":%d,"facts":[' % self._sent
            await self._send_frame(head + b",".join(facts) + b"]}")
        return bool(facts)

    async def _send(self, message: Message) -> None:
        await self._send_frame(msgspec.json.encode(message))

    async def _send_frame(self, frame: bytes) -> None:
        async with asyncio.timeout(self._options.send_timeout_s):
            await self._ws.send_frame(frame, WSMsgType.TEXT)


def _chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(names), _ROWS):
        yield names[first : first + _ROWS]


class LiveHub:
    """All live connections, and the fact sink that feeds them."""

    def __init__(self, backend: Backend, options: ControlOptions) -> None:
        self._backend = backend
        self._options = options
        self._clients: list[Client] = []
        self._by_address: Counter[str] = Counter()
        self._is_stopped = False

    def __len__(self) -> int:
        return len(self._clients)

    async def serve(
        self, request: web.Request, bearer: Bearer, wish: Subscribe
    ) -> web.WebSocketResponse:
        """Serve one connection to its end.

        Raises:
            Refused: it is no WebSocket (426), or there are too many (503).
        """
        if not web.WebSocketResponse(protocols=(PROTOCOL,)).can_prepare(request):
            raise Refused(426, "this is a WebSocket", headers={"Upgrade": "websocket"})
        if self._is_stopped or len(self._clients) >= self._options.live_limit:
            raise Refused(503, "there are too many live connections", headers={"Retry-After": "5"})
        address = request.remote or ""
        if self._by_address[address] >= self._options.live_per_address:
            words = "there are too many live connections from this address"
            raise Refused(503, words, headers={"Retry-After": "5"})
        client = Client(bearer, self._backend, self._options, wish)
        if not self._clients:
            self._backend.add_sink(self)
        self._clients.append(client)
        self._by_address[address] += 1
        try:
            return await client.run(request)
        finally:
            self._clients.remove(client)
            self._by_address -= Counter([address])
            if not self._clients:
                self._backend.remove_sink(self)

    def take(self, seq: int, facts: Sequence[AnyFact]) -> None:
        """Pass facts on to those who may, and want to, hear of them."""
        state = self._backend.state
        for fact in facts:
            subject = subject_of(fact, state)
            # Encoded once for all who see the same of it.
            encoded: dict[tuple[bool, bool], bytes] = {}
            for client in self._clients:
                rights = client.rights
                told = as_told(rights, fact, subject) if client.wants(fact, subject) else None
                if told is None:
                    continue
                key = rights.sees_numbers, rights.sees_screen(told)
                frame = encoded.get(key)
                if frame is None or isinstance(fact, SettingsApplied):
                    frame = encoded[key] = msgspec.json.encode(rights.fact(told))
                client.outbox.put(frame)

    def recheck(self, holds: Callable[[Client], bool]) -> None:
        """Close the connections whose tokens are no longer valid."""
        for client in self._clients:
            if not holds(client):
                client.end(TOKEN_GONE)

    def stop(self) -> None:
        """Close all connections and refuse new ones."""
        self._is_stopped = True
        for client in self._clients:
            client.end(STOPPING)
