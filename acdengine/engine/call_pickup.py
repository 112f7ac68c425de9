"""Calls that ring at one agent and are picked up by a colleague of the same queue.

It is asked for by a request, or by the pick-up code of the tenant, dialled on the colleague's
telephone. The leg that dialled the code is then the leg of the offer: it is answered, and nothing
rings.
"""

from __future__ import annotations

from typing import Final

from acdengine.centre_facts import PickUpRefused
from acdengine.commands import RejectCall
from acdengine.engine.agents import Agents
from acdengine.engine.caller_identity import agent_at
from acdengine.engine.offers import Offers
from acdengine.engine.part import Handlers, Part
from acdengine.engine.records import Call
from acdengine.engine.state import EngineState
from acdengine.engine.telephones import extension_of
from acdengine.events import CallArrived
from acdengine.requests import PickUpRequested
from queues.queue import queue_of
from routing.agent import REASON_PHONE_BUSY, Agent

_NOT_READY: Final = "the agent is not ready"
_NO_CALL: Final = "no call to pick up rings in the agent's queues"


class CallPickup(Part):
    """Lets an agent pick up a colleague's ringing call: the other offers are withdrawn without a
    miss, and this agent gets the call."""

    def __init__(self, state: EngineState, agents: Agents, offers: Offers) -> None:
        self._state = state
        self._agents = agents
        self._offers = offers

    def handlers(self) -> Handlers:
        """The events that this part handles."""
        return {
            PickUpRequested: self.request,
        }

    def request(self, event: PickUpRequested) -> None:
        """Pick up the named call, or of those that ring the one that has waited longest."""
        state = self._state
        agent = state.agents.get(event.agent_id)
        if agent is None or event.agent_id not in state.plan.agents:
            state.answer(event, "no such agent")
            return
        if agent.state != "ready" or agent.offer_id:
            state.answer(event, _NOT_READY)
            return
        call = self._call(agent, event.call_id)
        if call is None:
            state.answer(event, _NO_CALL)
            return
        self._take(call, agent)
        state.answer(event)

    def dialled(self, event: CallArrived) -> bool:
        """Whether an agent's telephone has dialled the pick-up code, which is then done or refused.

        Behind the code there may be the extension at which the call rings.
        """
        agent = agent_at(self._state, event.telephone)
        if agent is None:
            return False
        code = self._state.tenant(agent.tenant_id).pickup_code
        if not code or not event.dnis.startswith(code):
            return False
        problem = self._pick_up_on(agent, event, event.dnis.removeprefix(code))
        if problem:
            state = self._state
            state.tell_agent(
                agent, PickUpRefused(state.now_us, agent.agent_id, event.dnis, problem)
            )
            state.commands.append(RejectCall(event.call_id, "rejected"))
        return True

    def _pick_up_on(self, agent: Agent, event: CallArrived, extension: str) -> str:
        """Why the call is not picked up on this leg; empty when it is."""
        if agent.line_id:
            return "an agent with a nailed-up line picks up by request"
        only_dials = agent.state == "not_ready" and agent.reason == REASON_PHONE_BUSY
        if agent.offer_id or not (agent.state == "ready" or (only_dials and agent.resumes_ready)):
            return _NOT_READY
        # An agent's leg is on the caller's node, and this one cannot be moved.
        call = self._longest(agent, event.node_id, extension)
        if call is None:
            return _NO_CALL
        if only_dials:
            # The telephone is busy with this very leg.
            agent.phone_busy = False
            self._agents.become_available(agent)
            if agent.state != "ready":
                return _NOT_READY
        self._take(call, agent, event.leg_id)
        return ""

    def _take(self, call: Call, agent: Agent, leg_id: str = "") -> None:
        self._offers.withdraw_all(call)
        self._offers.pick_up(call, agent, leg_id)

    def _call(self, agent: Agent, call_id: str) -> Call | None:
        if not call_id:
            return self._longest(agent)
        call = self._state.calls.get(call_id)
        return call if call is not None and _may_pick_up(agent, call) else None

    def _longest(self, agent: Agent, node_id: str = "", extension: str = "") -> Call | None:
        """The call that has waited longest of those that the agent may pick up: of those at one
        switch node, or that ring at one extension, where that is said."""
        found = [
            call
            for call in self._state.calls.values()
            if _may_pick_up(agent, call)
            and (not node_id or call.node_id == node_id)
            and (not extension or self._rings_at(call, extension))
        ]
        return min(found, key=lambda call: (call.queued_at_us, call.call_id), default=None)

    def _rings_at(self, call: Call, extension: str) -> bool:
        state = self._state
        ringing = (state.agents[state.offers[offer_id].agent_id] for offer_id in call.ringing)
        return any(extension_of(agent.contact) == extension for agent in ringing)


def _may_pick_up(agent: Agent, call: Call) -> bool:
    if call.state != "waiting" or not call.ringing or not call.leg_id:
        return False
    return call.queue_id in agent.queues and queue_of(call).policy.pick_up
