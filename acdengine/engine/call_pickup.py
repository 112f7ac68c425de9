"""Calls that ring at one agent and are picked up by a colleague of the same queue."""

from __future__ import annotations

from acdengine.engine.handlers import Handlers
from acdengine.engine.offers import Offers
from acdengine.engine.records import Call
from acdengine.engine.state import EngineState
from acdengine.requests import PickUpRequested
from routing.agent import Agent


class CallPickup:
    """The offers of the others are withdrawn, without a miss, and the colleague is rung."""

    def __init__(self, state: EngineState, offers: Offers) -> None:
        self._state = state
        self._offers = offers

    def handlers(self) -> Handlers:
        """The events that this part handles."""
        return {
            PickUpRequested: self.request,
        }

    def request(self, event: PickUpRequested) -> None:
        """The call that is named, or the one that has waited longest of those that ring."""
        state = self._state
        agent = state.agents.get(event.agent_id)
        if agent is None or event.agent_id not in state.plan.agents:
            state.answer(event, "no such agent")
            return
        if agent.state != "ready" or agent.offer_id:
            state.answer(event, "the agent is not ready")
            return
        call = self._call(agent, event.call_id)
        if call is None:
            state.answer(event, "no call to pick up rings in the agent's queues")
            return
        self._offers.withdraw_all(call)
        self._offers.pick_up(call, agent)
        state.answer(event)

    def _call(self, agent: Agent, call_id: str) -> Call | None:
        calls = self._state.calls
        if call_id:
            call = calls.get(call_id)
            return call if call is not None and _may_pick_up(agent, call) else None
        ringing = [call for call in calls.values() if _may_pick_up(agent, call)]
        return min(ringing, key=lambda call: (call.queued_at_us, call.call_id), default=None)


def _may_pick_up(agent: Agent, call: Call) -> bool:
    if call.state != "waiting" or not call.ringing or not call.leg_id:
        return False
    return call.queue_id in agent.queues and call.queue.policy.pick_up
