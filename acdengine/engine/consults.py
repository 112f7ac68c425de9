"""Consults: during a conversation the agent asks another agent or a number outside.

The caller hears music meanwhile. The agent may turn from one to the other, go back to the caller,
leave the two to each other, or join all three. Another agent who is consulted has an offer like
any other, so that no other call rings that agent; a number is a party (`acdengine.engine.parties`).

What a hang-up does:

- the caller: the call is over for all;
- the consulted party, or it never answers: the agent is with the caller again;
- the agent: caller and consulted party go on together where these two agents talked (``private``)
  or all three did, unless no agent would be left of three; else the call is over.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, cast

from acdengine.commands import RetrieveCall, RingAgent, ShownCaller
from acdengine.conversation_facts import (
    CallHeld,
    CallRetrieved,
    ConsultAnswered,
    ConsultChanged,
    ConsultEnded,
    ConsultOutcome,
    ConsultStarted,
)
from acdengine.engine.agents import Agents
from acdengine.engine.bridging import Await, Bridging
from acdengine.engine.caller_display import screen_pop, shown_caller
from acdengine.engine.dial_rules import dial_problem
from acdengine.engine.offers import Offers
from acdengine.engine.part import Handlers, Part
from acdengine.engine.parties import RING_US, Parties
from acdengine.engine.recordings import Recordings
from acdengine.engine.records import Call, Consult, Offer, Party, conversation_of
from acdengine.engine.state import EngineState
from acdengine.facts import AnyFact
from acdengine.machines import ConsultState
from acdengine.requests import (
    ConsultJoinRequested,
    ConsultRequested,
    ConsultReturnRequested,
    ConsultSwapRequested,
    Request,
)
from acdengine.screen_pop import ScreenPop
from queues.policy import AcceptKey
from routing.agent import Agent

UNDER_WAY: Final = "a consult is under way"
_NO_CONSULT: Final = "no such consult"
_NOT_REACHED: Final[dict[str, ConsultOutcome]] = {
    "no_answer": "no_answer",
    "busy": "busy",
    "rejected": "rejected",
    "unreachable": "unreachable",
    "not_rung": "not_rung",
}


class Consults(Part):
    """Handles consults from the request to their end."""

    def __init__(
        self,
        state: EngineState,
        agents: Agents,
        offers: Offers,
        parties: Parties,
        recordings: Recordings,
        bridging: Bridging,
    ) -> None:
        self._state = state
        self._agents = agents
        self._offers = offers
        self._parties = parties
        self._recordings = recordings
        self.bridging = bridging

    def handlers(self) -> Handlers:
        """The events that this part handles."""
        return {
            ConsultRequested: self.request,
            ConsultSwapRequested: self.swap,
            ConsultReturnRequested: self.back,
            ConsultJoinRequested: self.join,
        }

    def check(self) -> Iterator[str]:
        """A consult fits the state of its call, and has an offer or a party."""
        state = self._state
        for call in state.calls.values():
            consult = call.consult
            if consult is None:
                continue
            name = f"call {call.call_id} ({call.state})"
            if call.state != ("held" if consult.state in ("ringing", "private") else "talking"):
                yield f"{name} has a consult that is {consult.state}"
            if (consult.consult_id in state.offers) != bool(consult.agent_id):
                yield f"{name} consults {consult.consult_id}, which is no offer"
            if (consult.consult_id in state.parties) != bool(consult.number):
                yield f"{name} consults {consult.consult_id}, which is no party"

    # -- beginning -----------------------------------------------------------------------------

    def request(self, event: ConsultRequested) -> None:
        """Ring the agent or number to be consulted; the caller hears music from now on."""
        state = self._state
        call = state.calls.get(event.call_id)
        if call is None or call.state not in ("talking", "held"):
            state.answer(event, state.why_no_conversation(event.call_id))
            return
        if call.consult is not None:
            state.answer(event, UNDER_WAY)
            return
        other, problem = self._find(call, event)
        if problem:
            state.answer(event, problem)
            return
        if call.state == "held":
            # The telephone's own hold ends: its leg is needed.
            state.commands.append(RetrieveCall(call.call_id))
        if other is not None:
            consult_id = self._ring(call, other)
        else:
            consult_id = self._parties.dial(call, "consulted", number=event.number).party_id
        agent_id = other.agent_id if other is not None else ""
        asker_id = self._agent(call).agent_id
        consult = Consult(consult_id, asker_id, agent_id, event.number, state.now_us)
        call.consult = consult
        self.bridging.order(call, "consult")
        screen = self._screen(call) if other is not None else None
        fact = ConsultStarted(
            state.now_us, call.call_id, asker_id, consult_id, describe_consulted(consult), screen
        )
        self._tell(call, fact)
        self._music(call)
        state.answer(event)

    def _find(self, call: Call, event: ConsultRequested) -> tuple[Agent | None, str]:
        """The agent to be consulted (None: a number), or why the request is refused."""
        state = self._state
        if [bool(event.agent_id), bool(event.queue_id), bool(event.number)].count(True) != 1:
            return None, "either an agent, a queue or a number"
        if event.number:
            return None, dial_problem(state.tenant(call.tenant_id), event.number)
        if event.queue_id:
            queue = state.queues.get(event.queue_id)
            if queue is None or queue.policy.tenant_id != call.tenant_id:
                return None, "no such queue"
            serving = [one for one in state.matcher.idle.values() if event.queue_id in one.queues]
            found = min(serving, key=lambda one: (one.idle_since_us, one.agent_id), default=None)
            return found, "" if found is not None else "no agent of this queue is free"
        agent = state.agents.get(event.agent_id)
        if agent is None or agent.tenant_id != call.tenant_id:
            return None, "no such agent"
        return agent, "" if agent.idle else "this agent is not free"

    def _ring(self, call: Call, agent: Agent) -> str:
        state = self._state
        call.offers_made += 1
        offer_id = f"{call.call_id}-{call.offers_made}"
        line = self._offers.lines.line_to(agent, call)
        accept_key = None if line else self._key_of(call, agent)
        offer = Offer(
            offer_id=offer_id, call_id=call.call_id, agent_id=agent.agent_id, queue_id="",
            accept_key=accept_key,
            made_us=state.now_us, consult=True, node_id=call.node_id,
            far_node_id="" if line or agent.node_id == call.node_id else agent.node_id,
        )  # fmt: skip
        state.offers[offer_id] = offer
        self._agents.offered(agent, offer_id)
        state.arm_offer(offer, state.now_us + RING_US)
        state.commands.append(
            RingAgent(
                offer_id, call.call_id, agent.agent_id, agent.contact, RING_US,
                agent.profile.auto_answer, consult=True,
                line_id="" if line is None else line.line_id, node_id=agent.node_id,
                shown=self._shown(call), awaits_key=accept_key is not None,
            )
        )  # fmt: skip
        return offer_id

    def _key_of(self, call: Call, agent: Agent) -> AcceptKey | None:
        """The agent's own key, else that of the queue that the call came from."""
        queue = self._state.queues.get(call.last_queue_id)
        return agent.profile.accept_key or (queue.policy.accept_key if queue is not None else None)

    def _shown(self, call: Call) -> ShownCaller:
        """The caller, as the queue that the call came from has it shown."""
        state = self._state
        tenant = state.tenant(call.tenant_id)
        queue = state.queues.get(call.last_queue_id)
        shows = tenant.show_numbers if queue is None else queue.policy.show_numbers
        return shown_caller(call, tenant, shows)

    def _screen(self, call: Call) -> ScreenPop:
        """What the consulted agent's screen shows of the call."""
        state = self._state
        queue = state.queues.get(call.last_queue_id)
        return screen_pop(call, queue, state.tenant(call.tenant_id), state.now_us)

    # -- the consulted party --------------------------------------------------------------------

    def answered(self, offer: Offer) -> None:
        """The consulted agent has answered, and is talking: with the other agent, at once."""
        state = self._state
        state.move_offer(offer, "bridged")
        if offer.deadline:
            state.deadlines.cancel(offer.due_us, offer.deadline)
            offer.deadline = 0
        self._agents.answered(state.agents[offer.agent_id])
        self._answered(state.calls[offer.call_id])

    def party_answered(self, call: Call, party: Party) -> None:
        """The number outside has answered."""
        self._answered(call)

    def _answered(self, call: Call) -> None:
        state = self._state
        consult = call.consult
        assert consult is not None
        state.move_consult(call, consult, "answered")
        consult.answered_us = state.now_us
        self._tell(
            call,
            ConsultAnswered(
                state.now_us, call.call_id, self._agent(call).agent_id, consult.consult_id,
                state.now_us - consult.made_us,
            ),
        )  # fmt: skip
        self.bridging.order(call, "consult")

    def not_reached(self, call: Call | None, cause: str) -> None:
        """The consulted agent's telephone was not answered: back to the caller."""
        if call is not None and call.consult is not None:
            self._close(call, _NOT_REACHED.get(cause, "failed"))
            self._go_back(call)

    def left(self, call: Call | None) -> None:
        """The consulted agent has hung up: back to the caller."""
        if call is not None and call.consult is not None:
            self._count_talk(call.consult)
            self._close(call, "left")
            self._go_back(call)

    def party_gone(self, call: Call, party: Party, cause: str) -> None:
        """The number outside has hung up, or was not reached: back to the caller."""
        if call.consult is not None and call.consult.consult_id == party.party_id:
            reached = call.consult.state != "ringing"
            self._close(call, "left" if reached else _NOT_REACHED.get(cause, "failed"))
            self._go_back(call)

    def party_due(self, call: Call, party: Party) -> None:
        """An answered consulted party has no deadline."""

    # -- what the agent asks for ---------------------------------------------------------------

    def of(self, event: Request, call_id: str, *states: str) -> tuple[Call, Consult] | None:
        """The consult that a request is about; None where it was refused."""
        state = self._state
        call = state.calls.get(call_id)
        if call is None or call.consult is None:
            state.answer(event, _NO_CONSULT)
            return None
        if call.consult.state not in states:
            what = {
                "ringing": "the consulted party has not answered",
                "joined": "all three are talking",
            }
            state.answer(event, what.get(call.consult.state, "not now"))
            return None
        return call, call.consult

    def swap(self, event: ConsultSwapRequested) -> None:
        """Switch the agent between consulted party and caller."""
        found = self.of(event, event.call_id, "private", "aside")
        if found is None:
            return
        call, consult = found
        self._state.move_consult(call, consult, "swapped")
        if consult.state == "aside":
            self.bridging.order(call, "bridge")
            self._speech(call)
        else:
            self.bridging.order(call, "consult")
            self._music(call)
        self._changed(call, consult)
        self._state.answer(event)

    def join(self, event: ConsultJoinRequested) -> None:
        """Join caller, agent and consulted party."""
        found = self.of(event, event.call_id, "private", "aside")
        if found is None:
            return
        call, consult = found
        self._state.move_consult(call, consult, "joined")
        self.bridging.order(call, "all")
        self._speech(call)
        self._changed(call, consult)
        self._state.answer(event)

    def back(self, event: ConsultReturnRequested) -> None:
        """End the consult: the consulted party is dropped, agent and caller are bridged."""
        found = self.of(event, event.call_id, "ringing", "private", "aside", "joined")
        if found is None:
            return
        call, _ = found
        self.abandon(call, "returned")
        self._go_back(call)
        self._state.answer(event)

    def again(self, call: Call) -> None:
        """Order the bridge that fits the state of the consult; the switch may have it already."""
        consult = call.consult
        assert consult is not None
        joined: dict[ConsultState, Await] = {"aside": "bridge", "joined": "all"}
        self.bridging.order(call, joined.get(consult.state, "consult"))

    # -- ends ----------------------------------------------------------------------------------

    def goes_on_without(self, call: Call) -> bool:
        """Whether caller and consulted party go on when the agent hangs up."""
        consult = call.consult
        if consult is None:
            return False
        return consult.state == "private" or (consult.state == "joined" and bool(consult.agent_id))

    def passed(self, call: Call) -> Consult:
        """The agent leaves caller and consulted party to each other: the consult is over, both
        legs stay up."""
        consult = call.consult
        assert consult is not None
        self._count_talk(consult)
        self._close(call, "passed")
        return consult

    def abandon(self, call: Call, outcome: ConsultOutcome = "conversation_over") -> None:
        """Take the consulted party's leg down; nothing happens without a consult."""
        consult = call.consult
        if consult is None:
            return
        state = self._state
        if consult.agent_id:
            offer = state.offers[consult.consult_id]
            if consult.state != "ringing":
                self._count_talk(consult)
                offer.ended_us = state.now_us
            self._offers.withdraw(offer, "withdrawn")
        else:
            self._parties.drop(state.parties[consult.consult_id])
        self._close(call, outcome)

    def _count_talk(self, consult: Consult) -> None:
        """Add the time that the consulted agent has talked so far to their talk time."""
        agent = self._state.agents.get(consult.agent_id)
        if agent is not None and consult.answered_us:
            agent.talk_us += self._state.now_us - consult.answered_us

    def _close(self, call: Call, outcome: ConsultOutcome) -> None:
        state = self._state
        consult = call.consult
        assert consult is not None
        state.move_consult(call, consult, "ended")
        lasted_us = state.now_us - consult.answered_us if consult.answered_us else 0
        self._tell(
            call,
            ConsultEnded(
                state.now_us, call.call_id, self._agent(call).agent_id, consult.consult_id,
                describe_consulted(consult), outcome, lasted_us,
            ),
        )  # fmt: skip
        call.consult = None

    def _go_back(self, call: Call) -> None:
        """The consult is over: agent and caller are bridged again."""
        self.bridging.order(call, "bridge")
        self._speech(call)

    # -- caller and music ----------------------------------------------------------------------

    def _music(self, call: Call) -> None:
        state = self._state
        if call.state == "talking":
            state.move_call(call, "held")
            agent_id = self._agent(call).agent_id
            self._tell(call, CallHeld(state.now_us, call.call_id, agent_id))
            self._recordings.held(call, True)

    def _speech(self, call: Call) -> None:
        state = self._state
        if call.state == "held":
            held = state.now_us - call.since_us
            conversation_of(call).held_us += held
            state.move_call(call, "retrieved")
            agent_id = self._agent(call).agent_id
            self._tell(call, CallRetrieved(state.now_us, call.call_id, agent_id, held))
            self._recordings.held(call, False)

    # -- telling -------------------------------------------------------------------------------

    def _agent(self, call: Call) -> Agent:
        """The agent who has the call."""
        state = self._state
        if call.consult is not None:
            return state.agents[call.consult.asker_id]
        return state.agents[state.offers[call.offer_id].agent_id]

    def _changed(self, call: Call, consult: Consult) -> None:
        state = cast("Literal['private', 'aside', 'joined']", consult.state)
        self._tell(
            call,
            ConsultChanged(
                self._state.now_us, call.call_id, self._agent(call).agent_id, consult.consult_id,
                state,
            ),
        )  # fmt: skip

    def _tell(self, call: Call, fact: AnyFact) -> None:
        """A fact about a call, its agent and the one who is consulted."""
        self._state.tell_both(call, self._agent(call), fact)
        consult = call.consult
        consulted = self._state.agents.get(consult.agent_id) if consult is not None else None
        if consulted is not None:
            consulted.story.append(fact)


def describe_consulted(consult: Consult) -> str:
    """The consulted party in a few words, for facts."""
    return f"agent {consult.agent_id}" if consult.agent_id else f"number {consult.number}"
