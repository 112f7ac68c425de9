"""Offers: the legs to agents' phones, from the ringing to the end of the leg.

What the end of an offer means is handed back as a value; what follows for the call is decided
above: see `acdengine.engine.offer_reports`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, TypeAlias

from acdengine.commands import CancelRing, PlayMusic, RingAgent, StopPrompt
from acdengine.engine.accepting import asked_for
from acdengine.engine.agents import Agents
from acdengine.engine.caller_display import for_telephone
from acdengine.engine.confirmation import REPEAT_US
from acdengine.engine.failed_offers import FailedOffers
from acdengine.engine.flow_ends import cut_off
from acdengine.engine.nailed_up_lines import NailedUpLines
from acdengine.engine.nodes import node_to_ring_from
from acdengine.engine.part import Part, Shares, table
from acdengine.engine.records import Call, Offer
from acdengine.engine.state import CALL_STORY, EngineState
from acdengine.errors import InvalidTransition
from acdengine.events import OfferCause
from acdengine.facts import OfferClosed, OfferMade, OfferOutcome
from acdengine.machines import OfferState, OfferTrigger
from queues.deadlines import NEVER_US
from queues.queue import queue_of
from routing.agent import Agent, AgentState

#: How an offer ends that was not answered, by the cause that the switch reports.
OUTCOME: Final[dict[str, OfferOutcome]] = {
    "no_answer": "no_answer",
    "busy": "busy",
    "rejected": "rejected",
    "unreachable": "unreachable",
    "failed": "failed",
    "not_rung": "not_rung",
    "hangup": "rejected",
}
_MISSES: Final = frozenset({"no_answer", "busy", "rejected", "unreachable", "failed"})
#: What the agent of an offer is doing.
_AGENT_IS: Final[dict[OfferState, tuple[AgentState, ...]]] = {
    "ringing": ("ringing",),
    "answered": ("talking",),
    "bridged": ("talking",),
    "clearing": ("ringing", "talking"),
}


#: What the end of a leg means: it was ordered, a conversation is over, or there was none.
Ended: TypeAlias = Literal["cleared", "left", "missed"]


class Offers(Part):
    """Rings agents and takes their legs down; the agents' states follow."""

    def __init__(
        self,
        state: EngineState,
        agents: Agents,
        lines: NailedUpLines,
        failed_offers: FailedOffers,
    ) -> None:
        self._state = state
        self._agents = agents
        self.failed_offers = failed_offers
        self.lines = lines

    def shares(self) -> Shares:
        """The offers."""
        return {"offers": table(list[Offer], self._state.offers, lambda offer: offer.offer_id)}

    def check(self) -> Iterator[str]:
        """Each offer has an agent and a call, and calls and queues know their offers."""
        state = self._state
        for offer_id, offer in state.offers.items():
            name = f"offer {offer_id} ({offer.state})"
            agent = state.agents.get(offer.agent_id)
            if agent is None or agent.offer_id != offer_id:
                yield f"{name} is not its agent's"
            elif agent.state not in ("ringing", "talking"):
                yield f"{name} has an agent who is {agent.state}"
            call = state.calls.get(offer.call_id)
            consult = call.consult if call is not None else None
            wanted = call is not None and (
                (offer_id in call.ringing or offer_id == call.offer_id)
                if not offer.consult
                else consult is not None and consult.consult_id == offer_id
            )
            if offer.state in ("ringing", "answered", "bridged") and not wanted:
                yield f"{name} rings or talks without a call"
            if offer.state != "bridged" and not offer.deadline:
                yield f"{name} has no deadline"
        for call_id, call in state.calls.items():
            name = f"call {call_id} ({call.state})"
            if call.ringing and call.state != "waiting":
                yield f"{name} rings agents"
            if bool(call.offer_id) != (call.state in ("connecting", "talking", "held")):
                yield f"{name} has offer {call.offer_id!r}"
            known = (*call.ringing, call.offer_id) if call.offer_id else call.ringing
            for offer_id in known:
                own = state.offers.get(offer_id)
                if own is None or own.call_id != call_id:
                    yield f"{name} names offer {offer_id}, which is not its own"
        for queue_id, queue in state.queues.items():
            calls = (state.calls[call_id] for call_id in queue.calls)
            ringing = sum(bool(call.ringing or call.offer_id) for call in calls)
            if queue.ringing != ringing:
                yield f"queue {queue_id} counts {queue.ringing} ringing, has {ringing}"
            if queue.is_capped() != state.matcher.queues[queue_id].capped:
                yield f"queue {queue_id} and the matcher disagree on its cap"

    # -- ringing -------------------------------------------------------------------------------

    def ring(
        self,
        call: Call,
        agent: Agent,
        surplus: Literal["agent", "call"],
        rule: str,
        candidates: int,
        runner_up: str,
        reason: str,
        leg_id: str = "",
    ) -> None:
        """Ring an agent for a waiting call; `surplus` and the rest say why this one. With `leg_id`
        nothing rings: the telephone has dialled this leg."""
        state = self._state
        now = state.now_us
        queue, group = call.queue, call.group
        assert queue is not None
        assert group is not None
        call_id, agent_id, queue_id = call.call_id, agent.agent_id, call.queue_id
        call.offers_made += 1
        offer_id = f"{call_id}-{call.offers_made}"
        policy = queue.policy
        profile = agent.profile
        line = self.lines.line_to(agent, call) if profile.nailed_up and not leg_id else None
        if line is not None:
            node_id = line.node_id
        else:
            node_id = call.node_id if call.leg_id else node_to_ring_from(state, call, agent)
        # What accepts a call of this queue at this agent: the own key of the agent first.
        accept_key = None if line or leg_id else profile.accept_key or policy.accept_key
        # Where the customer is yet to be rung, the agent must not keep them waiting. With a key to
        # press the whisper comes before it.
        whisper = policy.whisper if call.leg_id and accept_key is None else ""
        offer = Offer(
            offer_id, call_id, agent_id, queue_id, now, False, node_id,
            "" if line or leg_id or agent.node_id == node_id else agent.node_id,
            whisper, accept_key, leg_id,
        )  # fmt: skip
        state.offers[offer_id] = offer
        if not call.ringing:
            queue.ringing += 1
            if queue.cap is not None:
                self.update_cap(queue_id)
        call.ringing += (offer_id,)
        if group.pool.seated:
            state.matcher.offered(call, agent)
        self._agents.offered(agent, offer_id)
        offer.due_us = now + queue.ring_timeout_us
        offer.deadline = state.deadlines.set(offer.due_us, offer)
        if call.offers_made > CALL_STORY:
            state.shorten(call.story, CALL_STORY)
        if group.ring == "more":
            call.ring_more_due_us = now + policy.ring_more_us
            state.arm_waiting(call)
        tenant = state.tenant(call.tenant_id)
        shown, pop = for_telephone(call, queue, tenant, now)
        state.commands.append(
            RingAgent(
                offer_id, call_id, agent_id, agent.contact, queue.ring_timeout_us,
                profile.auto_answer, pop, whisper, False, agent.node_id,
                "" if line is None else line.line_id, queue.music, shown, accept_key is not None,
                leg_id, tenant.follow_redirects > 0,
            )
        )  # fmt: skip
        fact = OfferMade(
            state.stamp, call_id, agent_id, offer_id, queue_id, surplus, rule,
            candidates, runner_up, reason, len(queue.calls), queue.working, queue.resting, pop,
        )  # fmt: skip
        state.tell_both(call, agent, fact)

    def pick_up(self, call: Call, agent: Agent, leg_id: str = "") -> None:
        """Ring a colleague who picks the call up, unless their telephone has dialled a leg for
        that; the call's other offers are withdrawn before."""
        self.ring(call, agent, "call", "picked_up", 1, "", "", leg_id)

    def update_cap(self, queue_id: str) -> None:
        """Hide or show a queue's calls as its cap on conversations asks; nothing without a cap."""
        state = self._state
        queue = state.queues.get(queue_id)
        if queue is None or queue.cap is None:
            return
        capped = queue.is_capped()
        matching = state.matcher.queues[queue_id]
        if capped == matching.capped:
            return
        state.matcher.set_capped(queue_id, capped)
        if not capped:
            self._look_again(queue_id)

    def look_again(self) -> None:
        """Match the first calls of all capped queues again: several calls have ended at once, among
        them perhaps the one that was to be matched next."""
        for queue_id, queue in self._state.queues.items():
            if queue.cap is not None:
                self.look_again_in(queue_id)

    def look_again_in(self, queue_id: str) -> None:
        """Match the first calls of one queue again; not while it is at its cap."""
        matching = self._state.matcher.queues.get(queue_id)
        if matching is not None and not matching.capped:
            self._look_again(queue_id)

    def _look_again(self, queue_id: str) -> None:
        state = self._state
        groups = state.matcher.queues[queue_id].groups
        heads = [group.first for group in groups if group.first is not None]
        state.calls_to_match.extend(call for _, call in sorted(heads) if isinstance(call, Call))
        state.agents_to_match.extend(state.matcher.preferred_idle())

    # -- answers -------------------------------------------------------------------------------

    def expect_agent(self, offer: Offer, trigger: OfferTrigger) -> Agent:
        """The agent of an offer, whose state must fit the state of the offer.

        Raises:
            InvalidTransition: the agent is not; nothing was changed.
        """
        agent = self._state.agents[offer.agent_id]
        if agent.state not in _AGENT_IS[offer.state]:
            raise InvalidTransition(f"agent {agent.agent_id}", agent.state, trigger, agent.story)
        return agent

    def answered(self, offer: Offer, node_id: str) -> None:
        """The agent has answered; counted as late where the offer rings no longer."""
        state = self._state
        if not state.move_offer(offer, "answered"):
            state.count("late_events")
            return
        offer.answered_us = state.now_us
        if node_id:
            offer.node_id = node_id

    def connect(self, call: Call, offer: Offer, agent: Agent) -> None:
        """Give the call to the agent who has answered; the other agents stop ringing."""
        state = self._state
        if call.in_heap:
            state.matcher.unwait(call)
        ringing, call.ringing = call.ringing, ()
        call.offer_id = offer.offer_id
        for other in ringing:
            if other != offer.offer_id:
                self.withdraw(state.offers[other], "withdrawn")
        state.move_call(call, "taken")
        self._agents.answered(agent)
        self.failed_offers.answered(call, agent)
        call.retry_due_us = NEVER_US
        if call.ivr is not None and call.ivr.is_beside:
            cut_off(state, call, call.ivr, queue_of(call).music if offer.whisper else "")
        elif call.playback is not None:
            call.playback = None
            if not offer.whisper:
                # While the agent hears a whisper the caller hears on what there is.
                state.commands.append(StopPrompt(call.call_id))

    # -- ends ----------------------------------------------------------------------------------

    def ended(self, offer: Offer, cause: OfferCause) -> Ended:
        """The leg is down. Where that was ordered the agent becomes free; what else it means for
        agent and call is decided by the caller of this."""
        state = self._state
        before = offer.state
        agent = self.expect_agent(offer, "ended")
        state.move_offer(offer, "ended")
        del state.offers[offer.offer_id]
        if offer.deadline:
            state.deadlines.cancel(offer.due_us, offer.deadline)
            offer.deadline = 0
        if before == "clearing":
            self._cleared(offer, agent, cause)
            return "cleared"
        return "left" if before == "bridged" else "missed"

    def _cleared(self, offer: Offer, agent: Agent, cause: OfferCause) -> None:
        if offer.ended_us:
            self._agents.conversation_over(agent)
        elif offer.outcome in _MISSES and cause != "not_rung":
            self._agents.missed(agent, offer.outcome)
        else:
            self._agents.withdrawn(agent)

    def lost(self, call: Call, offer: Offer) -> bool:
        """An offer of this call is over and the call looks for another agent; True where the agent
        had answered it."""
        state = self._state
        was_answered = call.state == "connecting" and call.offer_id == offer.offer_id
        if was_answered:
            call.offer_id = ""
            state.move_call(call, "dropped")
            if call.leg_id:
                # What was played was stopped for the answer.
                music = queue_of(call).policy.announcements.music
                state.commands.append(PlayMusic(call.call_id, music))
                if call.ivr is not None and call.ivr.is_cut:
                    # The flow beside the queue goes on where it was cut off.
                    call.ivr.due_us = state.now_us
                    state.arm_waiting(call)
        elif offer.offer_id in call.ringing:
            call.ringing = tuple(other for other in call.ringing if other != offer.offer_id)
        else:
            return False
        if not call.ringing and call.queue_id:
            queue_of(call).ringing -= 1
            self.update_cap(call.queue_id)
            call.ring_more_due_us = NEVER_US
            state.arm_waiting(call)
        state.calls_to_match.append(call)
        return was_answered

    def withdraw(self, offer: Offer, outcome: OfferOutcome) -> None:
        """Take the agent's leg down, at any stage; the agent is free when that is confirmed."""
        state = self._state
        before = offer.state
        if not state.move_offer(offer, "withdrawn"):
            return
        offer.outcome = outcome
        self.order_cancel(offer)
        offer.repeats = 0
        state.arm_offer(offer, state.now_us + REPEAT_US)
        if before != "bridged" and not offer.consult:
            self.close(offer, outcome)

    def order_cancel(self, offer: Offer) -> None:
        """Order the switch to take the agent's leg down."""
        state = self._state
        elsewhere = False
        if not (offer.answered_us or offer.asked_us or offer.consult):
            call = state.calls.get(offer.call_id)
            elsewhere = call is not None and call.offer_id not in ("", offer.offer_id)
        state.commands.append(CancelRing(offer.offer_id, elsewhere))

    def withdraw_all(self, call: Call) -> None:
        """The call goes elsewhere: withdraw all its offers, answered ones too."""
        state = self._state
        state.matcher.unwait(call)
        if not call.ringing and not call.offer_id:
            return
        waiting_for = (*call.ringing, call.offer_id) if call.offer_id else call.ringing
        call.ringing = ()
        call.offer_id = ""
        for offer_id in waiting_for:
            self.withdraw(state.offers[offer_id], "withdrawn")
        if call.queue_id:
            queue_of(call).ringing -= 1
            self.update_cap(call.queue_id)

    def give_back(self, call: Call, outcome: OfferOutcome) -> None:
        """Caller and agent could not be bridged: the agent's leg is taken down, the call looks for
        another agent."""
        self.give_up(call, self._state.offers[call.offer_id], outcome)

    def give_up(self, call: Call, offer: Offer, outcome: OfferOutcome) -> bool:
        """Take the leg of an offer down that rings or was answered; the call looks for another
        agent. True where the agent had answered."""
        self.withdraw(offer, outcome)
        return self.lost(call, offer)

    def close(self, offer: Offer, outcome: OfferOutcome) -> None:
        """Tell the fact that an offer ended without a conversation."""
        state = self._state
        now = state.now_us
        fact = OfferClosed(
            now, offer.call_id, offer.agent_id, offer.offer_id, offer.queue_id, outcome,
            (offer.asked_us or offer.answered_us or now) - offer.made_us, asked_for(offer, now),
        )  # fmt: skip
        agent = state.agents[offer.agent_id]
        call = state.calls.get(offer.call_id)
        if call is not None:
            state.tell_both(call, agent, fact)
        else:
            state.tell_agent(agent, fact)
