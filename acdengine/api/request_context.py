"""One request on its way: who asks, about what, and the ways to look and to act."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from acdengine.api.access_control import AccessControl
from acdengine.api.authorisation import Rights
from acdengine.api.backend import Backend
from acdengine.api.problems import Refused, forbidden, not_found
from acdengine.engine.records import Call
from acdengine.engine.state import EngineState
from acdengine.requests import Request
from acdengine.runtime.pending_requests import BUSY, DEFECT, STOPPED
from queues.queue import CallQueue
from routing.agent import Agent

#: What the runtime answers by itself; everything else is the engine's own "not now".
STATUS_OF: Final = {BUSY: 503, STOPPED: 503, DEFECT: 500}


def refusal_of(problem: str) -> Refused:
    """What is in the way of a request, with its status."""
    status = STATUS_OF.get(problem, 409)
    return Refused(status, problem, headers={"Retry-After": "1"} if status == 503 else None)


class Origin(NamedTuple):
    """Where a request comes from: the client's address, and the hash of its token (b"": none)."""

    address: str
    digest: bytes


class RequestContext:
    """A request that was admitted.

    Args:
        backend: the running engine.
        access: sessions and live connections.
        rights: what its bearer sees and may change.
        params: the parts of its path.
        origin: where it comes from.
    """

    def __init__(
        self,
        backend: Backend,
        access: AccessControl,
        rights: Rights,
        params: Mapping[str, str],
        origin: Origin,
    ) -> None:
        self.backend = backend
        self.access = access
        self.rights = rights
        self.params = params
        self.origin = origin

    @property
    def state(self) -> EngineState:
        """Everything the engine knows."""
        return self.rights.state

    @property
    def by(self) -> str:
        """Who asks, for facts and the audit log."""
        return self.rights.access.name

    def now_us(self) -> int:
        """The present time."""
        return self.backend.now_us()

    # -- what the path names -------------------------------------------------------------------

    def queue(self) -> CallQueue:
        """The queue that the path names.

        Raises:
            Refused: there is none that the bearer sees (404).
        """
        queue = self.state.queues.get(self.params["queue_id"])
        if queue is None or not self.rights.sees_queue(queue):
            raise not_found("queue")
        return queue

    def agent(self) -> Agent:
        """The agent that the path names.

        Raises:
            Refused: there is none that the bearer sees (404).
        """
        agent = self.state.agents.get(self.params["agent_id"])
        if agent is None or not self.rights.sees_agent(agent):
            raise not_found("agent")
        return agent

    def call(self) -> Call:
        """The call that the path names, ended ones too as long as they are remembered.

        Raises:
            Refused: there is none that the bearer sees (404).
        """
        call = self.known_call(self.params["call_id"])
        if call is None or not self.rights.sees_call(call):
            raise not_found("call")
        return call

    def known_call(self, call_id: str) -> Call | None:
        """A call in progress or remembered, visible or not."""
        return self.state.calls.get(call_id) or self.state.ended.get(call_id)

    def own_conversation(self) -> Call:
        """The call that the path names, to act in its conversation.

        Raises:
            Refused: there is none that the bearer sees (404), or another agent has it (403).
        """
        call = self.call()
        if not self.rights.may_speak_for(call):
            raise forbidden("another agent has this call")
        return call

    # -- acting --------------------------------------------------------------------------------

    async def do(self, event: Request) -> None:
        """Have the engine do something.

        Raises:
            Refused: it cannot be done now (409), or not at all (500, 503).
        """
        problem = await self.backend.request(event)
        if problem:
            raise refusal_of(problem)
