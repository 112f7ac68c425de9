"""Offers: ringing agents for calls, from the choice to the answer or its absence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from acdengine.commands import Bridge, CancelRing, PlayMusic, RingAgent, StopPrompt
from acdengine.engine.agents import Agents
from acdengine.engine.failing import Failing
from acdengine.engine.floor import CALL_STORY, Floor
from acdengine.engine.lines import Lines
from acdengine.engine.nodes import node_to_ring_from
from acdengine.engine.records import Call, Offer
from acdengine.engine.shown import for_telephone
from acdengine.errors import InvalidTransition
from acdengine.events import OfferAnswered, OfferEnded
from acdengine.facts import OfferClosed, OfferMade, OfferOutcome
from acdengine.machines import OfferState, OfferTrigger
from queues.deadlines import NEVER_US
from queues.policy import SECOND_US
from queues.queue import CallQueue
from queues.waiting import NO_PREFERENCE
from routing.agent import Agent, AgentState
from routing.classes import RequirementClass
from routing.strategies.base import RingMode

if TYPE_CHECKING:
    from acdengine.engine.callbacks import Callbacks
    from acdengine.engine.consults import Consults
    from acdengine.engine.conversations import Conversations

#: An order that nobody confirmed is repeated after so long, so often, and then taken as done.
REPEAT_US: Final = 5 * SECOND_US
REPEAT_LIMIT: Final = 24

_OUTCOME: Final[dict[str, OfferOutcome]] = {
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


class Offers:
    """The offers' part of the engine."""

    callbacks: Callbacks
    consults: Consults
    conversations: Conversations

    def __init__(self, floor: Floor, agents: Agents, lines: Lines) -> None:
        self._floor = floor
        self._agents = agents
        self.failing = Failing(floor, agents)
        self.lines = lines

    # -- matching ------------------------------------------------------------------------------

    def seek(self, call: Call) -> None:
        """A waiting call looks for agents: the idle ones now, later ones from its class."""
        if call.state != "waiting" or not _may_be_offered(call):
            return
        matcher = self._floor.matcher
        if self._floor.held:
            self.callbacks.unhold(call)
        if call.group.forgotten:
            matcher.place(call)
        group: RequirementClass = call.group
        if call.preference == NO_PREFERENCE and not group.pool.size and not call.ringing:
            if not call.in_heap:
                matcher.wait(call)
            return
        ring, wanted = self._wanted(call)
        if not call.ringing and matcher.queues[call.queue_id].capped:
            wanted = 0
            self._rejoin(call)
        while wanted > 0:
            choice = matcher.agent_for(call)
            if choice is None:
                self._rejoin(call)
                return
            if rings_customer_first(call):
                matcher.unwait(call)
                self.callbacks.dial_first(call, choice.candidates)
                behind = call.group.first
                if behind is not None:
                    # The agent is still free, for whoever is next in a queue that was full.
                    self._floor.fresh_calls.append(behind[1])
                return
            rule = "preferred" if call.preference != NO_PREFERENCE else call.queue.policy.strategy
            self._offer(
                call, choice.agent, "call", rule, choice.candidates, choice.runner_up, choice.reason
            )
            wanted -= 1
        if call.ringing and (ring != "more" or call.in_heap):
            matcher.unwait(call)
        if call.queue.cap is not None and group.head is not None and group.pool.size:
            # This call may have rung before and so used up nothing of what the cap allows.
            behind_it = group.head[1]
            assert isinstance(behind_it, Call)
            self._floor.fresh_calls.append(behind_it)

    def _rejoin(self, call: Call) -> None:
        if not call.in_heap:
            self._floor.matcher.wait(call)

    def _wanted(self, call: Call) -> tuple[RingMode, int]:
        """How the call rings, and how many more agents it wants now."""
        ringing = len(call.ringing)
        ring: RingMode = call.group.ring if call.preference == NO_PREFERENCE else "one"
        if ring == "one":
            return ring, 1 - ringing
        room: int = call.queue.policy.ring_limit - ringing
        return ring, room if ring == "all" else min(1, room)

    def match(self, agent: Agent) -> None:
        """A ready agent takes the first call, or becomes idle."""
        if agent.state != "ready" or agent.offer_id:
            return
        floor = self._floor
        matcher = floor.matcher
        while True:
            choice = matcher.call_for(agent, floor.now_us)
            if choice is None:
                if not agent.idle:
                    matcher.make_idle(agent)
                for held in floor.held.values():
                    floor.fresh_calls.extend(held.values())
                return
            call = choice.call
            assert isinstance(call, Call)
            if call.callback is None or not rings_customer_first(call):
                break
            matcher.unwait(call)
            free = 1 if call.preference != NO_PREFERENCE else call.group.pool.size + 1
            self.callbacks.dial_first(call, free)
        rule = "order" if call.preference == NO_PREFERENCE else "preferred"
        self._offer(call, agent, "agent", rule, choice.candidates, choice.runner_up, choice.reason)
        if call.group.ring == "one" or self._has_enough(call):
            matcher.unwait(call)

    def _has_enough(self, call: Call) -> bool:
        """Whether no further agent who becomes ready should ring for this call now."""
        ring, wanted = self._wanted(call)
        return ring != "all" or wanted <= 0

    def _offer(
        self,
        call: Call,
        agent: Agent,
        surplus: Literal["agent", "call"],
        rule: str,
        candidates: int,
        runner_up: str,
        reason: str,
    ) -> None:
        floor = self._floor
        now = floor.now_us
        queue: CallQueue = call.queue
        group: RequirementClass = call.group
        call_id, agent_id, queue_id = call.call_id, agent.agent_id, call.queue_id
        call.offers_made += 1
        offer_id = f"{call_id}-{call.offers_made}"
        line = self.lines.line_to(agent, call)
        if line is not None:
            node_id = line.node_id
        else:
            node_id = call.node_id if call.leg_id else node_to_ring_from(floor, call, agent)
        offer = Offer(
            offer_id=offer_id,
            call_id=call_id,
            agent_id=agent_id,
            queue_id=queue_id,
            made_us=now,
            node_id=node_id,
            far_node_id="" if line or agent.node_id == node_id else agent.node_id,
            # Where the customer is yet to be rung, the agent must not keep them waiting.
            whisper=queue.policy.whisper if call.leg_id else "",
        )
        floor.offers[offer_id] = offer
        if not call.ringing:
            queue.ringing += 1
            if queue.cap is not None:
                self.update_cap(queue_id)
        call.ringing += (offer_id,)
        if group.pool.seated:
            floor.matcher.offered(call, agent)
        self._agents.offered(agent, offer_id)
        due_us = offer.due_us = now + queue.ring_timeout_us
        offer.deadline = floor.deadlines.set(due_us, offer)
        if call.offers_made > CALL_STORY:
            floor.shorten(call.story, CALL_STORY)
        if group.ring == "more":
            call.ring_more_due_us = now + queue.policy.ring_more_us
            floor.arm_waiting(call)
        shown, pop = for_telephone(call, queue, floor.tenant(call.tenant_id), now)
        floor.commands.append(
            RingAgent(
                offer_id, call_id, agent_id, agent.contact, queue.ring_timeout_us,
                agent.profile.auto_answer, pop, offer.whisper,
                line_id="" if line is None else line.line_id, node_id=agent.node_id,
                music=queue.policy.announcements.music, shown=shown,
            )
        )  # fmt: skip
        fact = OfferMade(
            floor.stamp, call_id, agent_id, offer_id, queue_id, surplus, rule,
            candidates, runner_up, reason, len(queue.calls), queue.working, queue.resting,
        )  # fmt: skip
        floor.tell_both(call, agent, fact)

    def pick_up(self, call: Call, agent: Agent) -> None:
        """A colleague wants the call, which rings nobody any more: they are rung for it."""
        self._offer(call, agent, "call", "picked_up", 1, "", "")

    def update_cap(self, queue_id: str) -> None:
        """Hide or show a queue's calls as its cap on conversations asks; nothing without a cap."""
        floor = self._floor
        queue = floor.queues.get(queue_id)
        if queue is None or queue.cap is None:
            return
        capped = queue.is_capped()
        matching = floor.matcher.queues[queue_id]
        if capped == matching.capped:
            return
        floor.matcher.set_capped(queue_id, capped)
        if not capped:
            self._look_again(queue_id)

    def look_again(self) -> None:
        """Several calls have ended at once: one that was to be matched in a queue that is full no
        longer may have gone with them, and the next is to be."""
        for queue_id, queue in self._floor.queues.items():
            if queue.cap is not None and not self._floor.matcher.queues[queue_id].capped:
                self._look_again(queue_id)

    def _look_again(self, queue_id: str) -> None:
        floor = self._floor
        groups = floor.matcher.queues[queue_id].groups
        heads = [group.first for group in groups if group.first is not None]
        floor.fresh_calls.extend(call for _, call in sorted(heads) if isinstance(call, Call))
        floor.fresh_agents.extend(floor.matcher.preferred_idle())

    # -- what the switch reports ---------------------------------------------------------------

    def answered(self, event: OfferAnswered) -> None:
        """The first agent to answer has the call; the others stop ringing."""
        floor = self._floor
        offer = floor.offers.get(event.offer_id)
        if offer is None:
            floor.count("late_events")
            floor.commands.append(CancelRing(event.offer_id))
            return
        self._expect_agent(offer, "answered")
        if offer.state == "ringing":
            self._expect_answer(floor.calls[offer.call_id], offer)
        if not floor.move_offer(offer, "answered"):
            floor.count("late_events")
            return
        offer.answered_us = floor.now_us
        if event.node_id:
            offer.node_id = event.node_id
        if offer.consult:
            self.consults.answered(offer)
            return
        call = floor.calls[offer.call_id]
        if call.in_heap:
            floor.matcher.unwait(call)
        ringing, call.ringing = call.ringing, ()
        call.offer_id = offer.offer_id
        for other in ringing:
            if other != offer.offer_id:
                self.withdraw(floor.offers[other], "withdrawn")
        floor.move_call(call, "taken")
        self._agents.answered(floor.agents[offer.agent_id])
        self.failing.tried(call)
        call.aside_due_us = NEVER_US
        if call.playing:
            call.prompts = ()
            call.playing = 0
            if not offer.whisper:
                # While the agent hears a whisper the caller hears on what there is.
                floor.commands.append(StopPrompt(call.call_id))
        # The deadline set for ringing stays: when it fires, `due` sees whether we are bridged.
        if call.callback is not None and not call.leg_id:
            self.callbacks.dial(call)
            return
        floor.disarm_call(call)
        floor.answer_call(call)
        floor.commands.append(Bridge(call.call_id, offer.offer_id, offer.whisper))

    def _expect_answer(self, call: Call, offer: Offer) -> None:
        """What an answer leads to must be allowed before anything is changed."""
        floor = self._floor
        if offer.consult:
            floor.expect_consult(call, "answered")
            return
        floor.expect_call(call, "taken")
        if call.callback is not None and not call.leg_id:
            self.callbacks.expect(call, "dialled")

    def _expect_agent(self, offer: Offer, trigger: OfferTrigger) -> Agent:
        """The agent of an offer, who must be as the offer has it before anything follows.

        Raises:
            InvalidTransition: the agent is not; nothing was changed.
        """
        agent = self._floor.agents[offer.agent_id]
        if agent.state not in _AGENT_IS[offer.state]:
            raise InvalidTransition(f"agent {agent.agent_id}", agent.state, trigger, agent.story)
        return agent

    def ended(self, event: OfferEnded) -> None:
        """The leg is down: a miss, the end of a conversation, or what we ordered."""
        floor = self._floor
        offer = floor.offers.get(event.offer_id)
        if offer is None:
            floor.count("late_events")
            return
        before = offer.state
        agent = self._expect_agent(offer, "ended")
        floor.move_offer(offer, "ended")
        del floor.offers[offer.offer_id]
        if offer.deadline:
            floor.deadlines.cancel(offer.due_us, offer.deadline)
            offer.deadline = 0
        call = floor.calls.get(offer.call_id)
        if before == "clearing":
            self._cleared(offer, agent, event)
        elif offer.consult:
            self._consult_ended(offer, before == "bridged", event)
        elif before == "bridged":
            if call is not None:
                self.conversations.agent_left(call, offer, agent)
            self._agents.conversation_over(agent)
        else:
            outcome = _OUTCOME[event.cause]
            self._close(offer, outcome)
            if call is not None:
                self._lost_offer(call, offer)
            self.failing.missed(call, agent, outcome)

    def _consult_ended(self, offer: Offer, talked: bool, event: OfferEnded) -> None:
        floor = self._floor
        agent, call = floor.agents[offer.agent_id], floor.calls.get(offer.call_id)
        if talked:
            self.consults.left(call)
            self._agents.conversation_over(agent)
        else:
            outcome = _OUTCOME[event.cause]
            self.consults.not_reached(call, outcome)
            self.failing.missed(None, agent, outcome)

    def _cleared(self, offer: Offer, agent: Agent, event: OfferEnded) -> None:
        if offer.ended_us:
            self._agents.conversation_over(agent)
        elif offer.outcome in _MISSES and event.cause != "not_rung":
            self._agents.missed(agent, offer.outcome)
        else:
            self._agents.withdrawn(agent)

    def _lost_offer(self, call: Call, offer: Offer) -> None:
        """An offer of this call is over, the call looks on."""
        floor = self._floor
        if call.state == "connecting" and call.offer_id == offer.offer_id:
            call.offer_id = ""
            floor.move_call(call, "dropped")
            if call.callback is not None and call.callback.state == "dialling":
                self.callbacks.agent_lost(call)
            elif call.leg_id:
                # What was played was stopped for the answer.
                music = call.queue.policy.announcements.music
                floor.commands.append(PlayMusic(call.call_id, music))
        elif offer.offer_id in call.ringing:
            call.ringing = tuple(other for other in call.ringing if other != offer.offer_id)
        else:
            return
        if not call.ringing and call.queue_id:
            call.queue.ringing -= 1
            self.update_cap(call.queue_id)
            call.ring_more_due_us = NEVER_US
            floor.arm_waiting(call)
        floor.fresh_calls.append(call)

    # -- ending offers -------------------------------------------------------------------------

    def withdraw(self, offer: Offer, outcome: OfferOutcome) -> None:
        """Take the agent's leg down, at any stage; the agent is free when that is confirmed."""
        floor = self._floor
        before = offer.state
        if not floor.move_offer(offer, "withdrawn"):
            return
        offer.outcome = outcome
        self._cancel(offer)
        offer.repeats = 0
        floor.arm_offer(offer, floor.now_us + REPEAT_US)
        if before != "bridged" and not offer.consult:
            self._close(offer, outcome)

    def _cancel(self, offer: Offer) -> None:
        call = self._floor.calls.get(offer.call_id)
        was_rung = not (offer.consult or offer.answered_us)
        elsewhere = call is not None and call.offer_id not in ("", offer.offer_id) and was_rung
        self._floor.commands.append(CancelRing(offer.offer_id, elsewhere))

    def withdraw_all(self, call: Call) -> None:
        """The call goes elsewhere: nobody rings for it any more."""
        floor = self._floor
        floor.matcher.unwait(call)
        if not call.ringing and not call.offer_id:
            return
        waiting_for = (*call.ringing, call.offer_id) if call.offer_id else call.ringing
        call.ringing = ()
        call.offer_id = ""
        for offer_id in waiting_for:
            self.withdraw(floor.offers[offer_id], "withdrawn")
        if call.queue_id:
            call.queue.ringing -= 1
            self.update_cap(call.queue_id)

    def give_back(self, call: Call, outcome: OfferOutcome) -> None:
        """Caller and agent could not be joined: the agent's leg goes, the call looks on."""
        floor = self._floor
        self.give_up(call, floor.offers[call.offer_id], outcome)

    def give_up(self, call: Call, offer: Offer, outcome: OfferOutcome) -> None:
        """An offer that rings or was answered can come to nothing: the call looks on."""
        self.withdraw(offer, outcome)
        self._lost_offer(call, offer)

    def _close(self, offer: Offer, outcome: OfferOutcome) -> None:
        floor = self._floor
        now = floor.now_us
        fact = OfferClosed(
            now, offer.call_id, offer.agent_id, offer.offer_id, offer.queue_id, outcome,
            (offer.answered_us or now) - offer.made_us,
        )  # fmt: skip
        agent = floor.agents[offer.agent_id]
        call = floor.calls.get(offer.call_id)
        if call is not None:
            floor.tell_both(call, agent, fact)
        else:
            floor.tell_agent(agent, fact)

    def due(self, offer: Offer) -> None:
        """Nobody answered in time, or nobody confirmed an order."""
        floor = self._floor
        offer.deadline = 0
        if offer.state == "ringing":
            call = floor.calls[offer.call_id]
            self.withdraw(offer, "no_answer")
            if offer.consult:
                self.consults.not_reached(call, "no_answer")
            else:
                self._lost_offer(call, offer)
            return
        if offer.state == "answered" and not floor.calls[offer.call_id].leg_id:
            # A callback's customer is being rung, which has a deadline of its own.
            floor.arm_offer(offer, floor.now_us + REPEAT_US)
            return
        offer.repeats += 1
        floor.count("repeated_orders")
        if offer.repeats > REPEAT_LIMIT:
            floor.count("unconfirmed_orders")
            if offer.state == "clearing":
                self.ended(OfferEnded(floor.now_us, offer.offer_id, "failed"))
            else:
                self.give_back(floor.calls[offer.call_id], "failed")
            return
        floor.arm_offer(offer, floor.now_us + REPEAT_US)
        if offer.state == "clearing":
            self._cancel(offer)
        else:
            floor.commands.append(Bridge(offer.call_id, offer.offer_id, offer.whisper))


def _may_be_offered(call: Call) -> bool:
    """A callback that is paused or being dialled has its place, but is not served now; neither is
    a call that has stepped back."""
    if call.aside_due_us < NEVER_US:
        return False
    return call.callback is None or call.callback.state in ("waiting", "reached")


def rings_customer_first(call: Call) -> bool:
    """A callback whose customer is to be rung before any agent."""
    callback = call.callback
    return (
        callback is not None and callback.mode == "customer_first" and callback.state == "waiting"
    )
