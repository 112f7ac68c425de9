"""Calls that the switch has taken from their agent for a leg that the engine did not order.

The agent's telephone does so (attended transfer: REFER with Replaces of its own consultation), or
another program or telephone (`uuid_bridge`, intercept, `uuid_transfer` into the dialplan). The
agent's conversation is over. An agent at the other end takes the call over; any other leg counts
as a number outside that the call was sent to, which may still ring.
"""

from __future__ import annotations

from typing import Final

from acdengine.commands import AdoptAgentLeg, AdoptExternalLeg, EndParty
from acdengine.conversation_facts import CallTransferred, TransferRefused
from acdengine.engine.agents import Agents
from acdengine.engine.caller_identity import agent_on, is_telephone_of
from acdengine.engine.conversations import Conversations
from acdengine.engine.dial_rules import dial_problem
from acdengine.engine.offers import Offers
from acdengine.engine.part import Handlers, Part
from acdengine.engine.records import Call, ExternalCall, Fallback, Offer
from acdengine.engine.state import EngineState
from acdengine.engine.teardown import Teardown
from acdengine.engine.transfers import Transfers
from acdengine.events import CallReferred, CallRejoined
from acdengine.facts import CallDiverted, NumberReached
from acdengine.live_legs import LiveCall
from routing.agent import Agent

_FOREIGN: Final = "it is a leg of another call"
_OTHER_TENANT: Final = "it is a telephone of another tenant"


class Rejoins(Part):
    """Follows callers whom the switch has joined with another leg."""

    def __init__(
        self,
        state: EngineState,
        agents: Agents,
        offers: Offers,
        teardown: Teardown,
        conversations: Conversations,
        transfers: Transfers,
    ) -> None:
        self._state = state
        self._agents = agents
        self._offers = offers
        self._teardown = teardown
        self._conversations = conversations
        self._transfers = transfers

    def handlers(self) -> Handlers:
        """The events that this part handles."""
        return {CallRejoined: self.rejoined}

    def rejoined(self, event: CallRejoined) -> None:
        """The caller has left the agent for another leg, or that leg has answered."""
        state = self._state
        call = state.calls.get(event.call_id)
        if call is None:
            state.count("late_events")
        elif event.offer_id and call.offer_id == event.offer_id and call.state in _TALKING:
            self._left(call, state.offers[call.offer_id], event)
        elif not event.offer_id and _rings_outside(call) and event.answered:
            self._reached(call, event)
        elif not event.offer_id and call.state == "waiting" and call.callback is None:
            self._picked_up(call, event)
        else:
            state.count("late_events")

    def found(self, live: LiveCall) -> bool:
        """A node was read, and has the caller where no order has sent it; whether the caller is
        taken to be there. Of a caller who was told of already this says nothing new."""
        state, moved = self._state, live.moved
        call = state.calls.get(live.call_id)
        if moved is None or call is None or live.offer_id:
            return False
        offer_id = call.offer_id if call.state in _TALKING else ""
        if not offer_id and call.state != "waiting":
            return False
        now = state.now_us
        if moved.leg_id:
            self.rejoined(
                CallRejoined(
                    now, call.call_id, offer_id, moved.leg_id, moved.number, moved.telephone,
                    by=moved.by,
                )
            )  # fmt: skip
            return True
        if not offer_id or call.consult is not None:
            return False  # parked while the agent consults
        self._transfers.referred(CallReferred(now, call.call_id, offer_id, moved.number, moved.by))
        return True

    def _left(self, call: Call, offer: Offer, event: CallRejoined) -> None:
        state = self._state
        agent = state.agents[offer.agent_id]
        to = self._describe(event)
        problem = self._problem(call, agent, event)
        if problem:
            state.tell_both(
                call, agent,
                TransferRefused(state.now_us, call.call_id, agent.agent_id, to, problem),
            )  # fmt: skip
            if event.leg_id not in state.offers and event.leg_id not in state.calls:
                state.commands.append(EndParty(event.leg_id))
            self._transfers.agent_lost(call, offer, "agent")
            return
        is_agents = event.by == "telephone"
        queue_id = offer.queue_id
        self._conversations.end_conversation(call, offer, agent, "agent" if is_agents else "system")
        self._offers.withdraw(offer, "withdrawn")
        state.tell_both(
            call, agent,
            CallTransferred(
                state.now_us, call.call_id, agent.agent_id, to, "attended", is_agents,
                not is_agents,
            ),
        )  # fmt: skip
        if event.leg_id in state.offers:
            self._from_queue(call, state.offers[event.leg_id], queue_id, agent)
        elif event.answered and (colleague := self._free_agent(call, event)) is not None:
            self._take_over(call, colleague, event.leg_id, queue_id, agent.agent_id)
        else:
            self._go_outside(call, event, queue_id, to)

    def _picked_up(self, call: Call, event: CallRejoined) -> None:
        """A waiting caller was joined with a leg: another program's, or that of a telephone which
        has picked the call up by the dialplan."""
        to = self._describe(event)
        colleague = self._free_agent(call, event)
        self._teardown.leave_queue(call, "moved", to)
        if colleague is None or not event.answered:
            self._go_outside(call, event, call.last_queue_id, to)
        else:
            self._state.move_call(call, "diverted")
            self._take_over(call, colleague, event.leg_id, call.last_queue_id, "")

    # -- who is at the other end -----------------------------------------------------------------

    def _problem(self, call: Call, agent: Agent, event: CallRejoined) -> str:
        """Why the agent's telephone may not leave the caller to this leg. What another program
        does is not the agent's, and is not judged."""
        state = self._state
        other = state.offers.get(event.leg_id)
        if other is not None:
            asking = state.calls.get(other.call_id)
            is_own = asking is not None and asking.caller.from_agent_id == agent.agent_id
            return "" if is_own and other.state == "bridged" else _FOREIGN
        if event.by != "telephone":
            return ""
        if event.leg_id in state.calls:
            return _FOREIGN
        if event.telephone:
            fits = is_telephone_of(state, event.telephone, call.tenant_id)
            return "" if fits else _OTHER_TENANT
        return dial_problem(state.tenant(call.tenant_id), event.number)

    def _describe(self, event: CallRejoined) -> str:
        """The other end in a few words, for facts."""
        offer = self._state.offers.get(event.leg_id)
        if offer is not None:
            return f"agent {offer.agent_id}"
        agent_id = agent_on(self._state, event.telephone)
        return f"agent {agent_id}" if agent_id else f"number {event.number}"

    def _free_agent(self, call: Call, event: CallRejoined) -> Agent | None:
        """The agent on the other leg, if that agent is at work and has no other call."""
        agent = self._state.agents.get(agent_on(self._state, event.telephone))
        if agent is None or agent.tenant_id != call.tenant_id or agent.state == "logged_out":
            return None
        return None if agent.offer_id else agent

    # -- an agent takes the call over ------------------------------------------------------------

    def _take_over(
        self, call: Call, agent: Agent, leg_id: str, queue_id: str, before_id: str
    ) -> None:
        state = self._state
        now = state.now_us
        offer = Offer(
            offer_id=leg_id, call_id=call.call_id, agent_id=agent.agent_id, queue_id=queue_id,
            made_us=now, node_id=call.node_id,
        )  # fmt: skip
        offer.state = "bridged"
        offer.answered_us = now
        state.offers[leg_id] = offer
        if agent.state == "not_ready" and not agent.resumes_ready:
            # What the agent asked for holds again after this call.
            agent.pending, agent.pending_reason = "not_ready", agent.reason
        self._agents.adopt(agent, leg_id)
        if call.state == "outside":
            state.move_call(call, "rejoined")
        self._transfers.begin(call, offer, queue_id, before_id)
        state.commands.append(AdoptAgentLeg(leg_id, call.call_id, agent.agent_id))

    def _from_queue(self, call: Call, offer: Offer, queue_id: str, before: Agent) -> None:
        """The agent had called a queue, and spoken with the agent who has answered there: that
        call is over, and its agent has this one."""
        state = self._state
        asking = state.calls[offer.call_id]
        agent = state.agents[offer.agent_id]
        self._conversations.end_conversation(asking, offer, agent, "agent")
        self._teardown.hang_up(asking, "answered", "normal", by="agent")
        offer.call_id = call.call_id
        offer.ended_us = 0
        offer.queue_id = queue_id
        self._transfers.begin(call, offer, queue_id, before.agent_id)
        state.commands.append(AdoptAgentLeg(offer.offer_id, call.call_id, agent.agent_id))

    # -- any other leg ---------------------------------------------------------------------------

    def _go_outside(self, call: Call, event: CallRejoined, queue_id: str, to: str) -> None:
        state = self._state
        state.move_call(call, "diverted")
        external = call.external = call.external or ExternalCall()
        external.number = event.number
        external.dialled += 1
        external.reached_us = state.now_us if event.answered else 0
        call.fallback = Fallback((), queue_id)
        state.tell_call(call, CallDiverted(state.now_us, call.call_id, to))
        if event.leg_id:
            state.commands.append(
                AdoptExternalLeg(
                    event.leg_id, call.call_id, event.number, external.dialled, event.answered
                )
            )

    def _reached(self, call: Call, event: CallRejoined) -> None:
        """The leg that rang when the agent left has answered."""
        state = self._state
        external = call.external
        assert external is not None
        rang_us = state.now_us - call.since_us
        state.tell_call(call, NumberReached(state.now_us, call.call_id, rang_us))
        colleague = self._free_agent(call, event)
        if colleague is None:
            external.reached_us = state.now_us
            return
        back, call.fallback = call.fallback, None
        queue_id = back.queue_id if back is not None else ""
        self._take_over(call, colleague, event.leg_id, queue_id, "")


_TALKING: Final = ("talking", "held")


def _rings_outside(call: Call) -> bool:
    """Whether the call was left to a leg that has not answered yet."""
    external = call.external
    return call.state == "outside" and external is not None and not external.reached_us
