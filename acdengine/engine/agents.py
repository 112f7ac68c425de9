"""Agents: their states, what they ask for, and what follows from offers and conversations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from acdengine.centre_facts import AgentChangePending, AgentStateChanged
from acdengine.engine.nailed_up_lines import NailedUpLines
from acdengine.engine.nodes import PHONE_REASONS, unreachable
from acdengine.engine.part import DeadlineHandlers, Part, Share, Shares
from acdengine.engine.state import AGENT_STORY, EngineState
from acdengine.engine.stored_records import copied
from acdengine.engine.telephones import Telephones
from acdengine.errors import InvalidTransition
from acdengine.facts import AnyFact
from queues.queue import FULL_SHARE
from routing.agent import (
    AGENT_TABLE,
    REASON_LINE_DOWN,
    REASON_MISS_DELAY,
    REASON_SIGNED_IN,
    WORKING_STATES,
    Agent,
    AgentState,
    AgentTrigger,
)
from routing.policy import SECOND_US, MissPolicy, MissRule

#: After an offer that failed for an unknown cause, so that a broken trunk is not tried all day.
_FAILED: Final = MissRule(delay_us=5 * SECOND_US, counts=False)
#: After so many offers in a row that came to nothing within a second, the next one waits a second,
#: under any policy: the switch answers as fast as it is asked, and nothing else would be
#: done any more.
_AT_ONCE_LIMIT: Final = 10
_BUSY_STATES: Final = frozenset({"ringing", "talking", "wrap_up"})
_STORY_FULL: Final = 2 * AGENT_STORY


def _staff_changes(before: AgentState, state: AgentState) -> bool:
    """Whether a move changes a queue's count of agents at work or on a break."""
    works = (before in WORKING_STATES, state in WORKING_STATES)
    return works[0] != works[1] or "logged_out" in (before, state)


#: The agents' table with what `Agents.change` needs to know of each move.
_MOVES: Final = {
    before: {
        trigger: (state, before in _BUSY_STATES, _staff_changes(before, state))
        for trigger, state in moves.items()
    }
    for before, moves in AGENT_TABLE.items()
}
#: States of an agent with a call.
IN_CALL: Final = frozenset({"ringing", "talking"})


class Agents(Part):
    """Moves agents between their states."""

    def __init__(self, state: EngineState, lines: NailedUpLines) -> None:
        self._state = state
        self._lines = lines
        self.telephones = Telephones(state)

    def deadlines(self) -> DeadlineHandlers:
        """The end of wrap-up, of a break after a missed offer, ..."""
        return {Agent: self.due}

    def shares(self) -> Shares:
        """The agents."""
        return {"agents": Share(list[Agent], self._dump, self._load)}

    def _dump(self) -> list[Agent]:
        bare = [copied(agent) for agent in self._state.agents.values()]
        for agent in bare:
            agent.ticket = 0
        return bare

    def _load(self, agents: list[Agent]) -> None:
        for agent in agents:
            agent.story = msgspec.convert(agent.story, list[AnyFact])
            self._state.agents[agent.agent_id] = agent

    def restored(self) -> None:
        """Telephones, the matcher's classes of agents, and how many agents of a queue work."""
        state = self._state
        for agent in state.agents.values():
            if agent.state != "logged_out":
                self.telephones.taken(agent)
            state.matcher.enrol(agent)
            works = agent.state in WORKING_STATES
            for queue_id in agent.queues:
                state.agents_of.setdefault(queue_id, {})[agent.agent_id] = agent
                queue = state.queues.get(queue_id)
                if queue is not None:
                    queue.working += works
                    queue.resting += agent.state == "not_ready"
                    queue.shares += FULL_SHARE // max(1, len(agent.queues)) * works
            if works:
                state.matcher.staff_changed(agent, works=True)

    def check(self) -> Iterator[str]:
        """Agents against their offers, and the queues' counts of agents."""
        state = self._state
        for agent in state.agents.values():
            name = f"agent {agent.agent_id} ({agent.state})"
            if bool(agent.offer_id) != (agent.state in ("ringing", "talking")):
                yield f"{name} has offer {agent.offer_id!r}"
            if agent.offer_id and agent.offer_id not in state.offers:
                yield f"{name} names offer {agent.offer_id}, which is unknown"
            if bool(agent.reason) != (agent.state == "not_ready"):
                yield f"{name} has reason {agent.reason!r}"
            if bool(agent.until_us) != bool(agent.deadline):
                yield f"{name} ends at {agent.until_us} without a deadline"
            if agent.state == "logged_out" and agent.pending:
                yield f"{name} has {agent.pending} pending"
        for queue_id, queue in state.queues.items():
            agents = state.agents_of.get(queue_id, {}).values()
            working = [agent for agent in agents if agent.state in WORKING_STATES]
            if queue.working != len(working):
                yield f"queue {queue_id} counts {queue.working} working, has {len(working)}"
            if queue.shares != sum(FULL_SHARE // max(1, len(agent.queues)) for agent in working):
                yield f"queue {queue_id} has wrong shares"
            if queue.resting != sum(agent.state == "not_ready" for agent in agents):
                yield f"queue {queue_id} counts {queue.resting} resting"

    # -- one way to change a state -------------------------------------------------------------

    def change(
        self, agent: Agent, trigger: AgentTrigger, reason: str = "", until_us: int = 0, by: str = ""
    ) -> None:
        state = self._state
        now = state.now_us
        before = agent.state
        try:
            after, was_busy, staff_changes = _MOVES[before][trigger]
        except KeyError:
            who = f"agent {agent.agent_id}"
            raise InvalidTransition(who, before, trigger, agent.story) from None
        state.changed = True
        lasted = now - agent.since_us
        if was_busy:
            agent.busy_us += lasted
        if agent.deadline:
            state.deadlines.cancel(agent.until_us, agent.deadline)
            agent.deadline = 0
        agent.state = after
        agent.reason = reason
        agent.since_us = now
        agent.until_us = until_us
        if until_us:
            agent.deadline = state.deadlines.set(until_us, agent)
        fact = AgentStateChanged(
            state.stamp, agent.agent_id, before, after, reason, lasted, until_us, by
        )
        state.facts.append(fact)
        agent.story.append(fact)
        if staff_changes:
            self._shorten_story(agent)
            state.note_availability(agent)
            self.census(agent, before, after)
        elif state.single_state_queues:
            for queue_id in agent.queues:
                if queue_id in state.single_state_queues:
                    state.staff_changed.setdefault(queue_id, False)

    def _shorten_story(self, agent: Agent) -> None:
        """Keep an agent's story in bounds: looked at with each offer, and whenever the agent begins
        or ceases to work."""
        if len(agent.story) > _STORY_FULL:
            self._state.shorten(agent.story, AGENT_STORY)

    def census(self, agent: Agent, before: str, after: str) -> None:
        """Update the counts of agents at work and on a break of their queues; a level opens when no
        agent of a lower level is at work."""
        state = self._state
        working = (after in WORKING_STATES) - (before in WORKING_STATES)
        resting = (after == "not_ready") - (before == "not_ready")
        share = FULL_SHARE // max(1, len(agent.queues)) * working
        for queue_id in agent.queues:
            queue = state.queues.get(queue_id)
            if queue is not None:
                queue.working += working
                queue.resting += resting
                queue.shares += share
                state.staff_changed.setdefault(queue_id, False)
        if working:
            for queue_id in state.matcher.staff_changed(agent, works=working > 0):
                state.staff_changed[queue_id] = True

    # -- becoming free -------------------------------------------------------------------------

    def become_available(self, agent: Agent, by: str = "") -> None:
        """Make the agent ready, unless a break or sign-out was asked for meanwhile or the telephone
        cannot be rung."""
        agent.resumes_ready = False
        if agent.pending == "logged_out" or agent.agent_id not in self._state.plan.agents:
            self.leave(agent, by)
        elif agent.pending == "not_ready":
            reason = agent.pending_reason
            agent.pending = agent.pending_reason = ""
            self.change(agent, "rested", reason, by=by)
        elif reason := unreachable(self._state, agent):
            agent.resumes_ready = True
            self.change(agent, "rested", reason, by=by)
        elif agent.profile.nailed_up and not self._lines.is_up(agent):
            agent.resumes_ready = bool(agent.line_id)
            self.change(agent, "rested", REASON_LINE_DOWN, by=by)
        else:
            self.change(agent, "readied", "", 0, by)
            self._state.agents_to_match.append(agent)

    def leave(self, agent: Agent, by: str) -> None:
        agent.pending = agent.pending_reason = ""
        agent.resumes_ready = False
        self._state.matcher.make_busy(agent)
        self.change(agent, "signed_out", by=by)
        self.telephones.left(agent)
        self._lines.drop(agent)

    # -- what offers and conversations do to an agent ------------------------------------------

    def offered(self, agent: Agent, offer_id: str) -> None:
        """The agent is rung: the state becomes ringing, and the agent leaves the idle pools."""
        if agent.idle:
            self._state.matcher.make_busy(agent)
        agent.offer_id = offer_id
        agent.failed_for = ""
        self.change(agent, "offered")
        self._shorten_story(agent)

    def answered(self, agent: Agent) -> None:
        """The agent has answered the offer."""
        agent.missed = agent.failed_at_once = 0
        agent.failed_calls = ()
        self.change(agent, "answered")

    def adopt(self, agent: Agent, offer_id: str) -> None:
        """After a restart: the switch shows the agent in a conversation, so the state becomes
        talking."""
        if agent.state == "logged_out":
            self.begin(agent, "")
        if agent.state in ("not_ready", "wrap_up"):
            self.change(agent, "readied")
        self.offered(agent, offer_id)
        self.answered(agent)

    def missed(self, agent: Agent, cause: str) -> None:
        """The leg is down without an answer: apply the miss policy for the cause."""
        agent.offer_id = ""
        agent.wrap_up_wanted = False
        state = self._state
        now = agent.idle_since_us = state.now_us
        policy = agent.profile.misses
        rule = _miss_rule(policy, cause)
        if rule.counts:
            agent.missed += 1
            if policy.limit and agent.missed >= policy.limit and state.stays(agent):
                agent.missed = 0
                self.change(agent, "rested", policy.reason)
                return
        delay_us = rule.delay_us
        agent.failed_at_once = agent.failed_at_once + 1 if now - agent.since_us < SECOND_US else 0
        if not delay_us and agent.failed_at_once >= _AT_ONCE_LIMIT:
            delay_us = SECOND_US
        if delay_us and state.stays(agent):
            agent.resumes_ready = True
            self.change(agent, "rested", REASON_MISS_DELAY, now + delay_us)
            return
        self.become_available(agent)

    def withdrawn(self, agent: Agent) -> None:
        """The leg is down and no conversation came of it, through no fault of the agent, who keeps
        the place among the idle."""
        agent.offer_id = ""
        agent.wrap_up_wanted = False
        self.become_available(agent)

    def conversation_over(self, agent: Agent) -> None:
        """The leg of a conversation is down: wrap-up, or free at once."""
        agent.offer_id = ""
        now = agent.last_ended_us = self._state.now_us
        policy = agent.profile.wrap_up
        wanted, agent.wrap_up_wanted = agent.wrap_up_wanted, False
        agent.extended_us = 0
        mode = policy.mode
        if mode == "none" or (mode in ("optional", "on_request") and not wanted):
            self.call_work_over(agent)
        elif mode == "mandatory":
            self.change(agent, "wrapped_up")
        else:
            self.change(agent, "wrapped_up", "", now + policy.time_us)

    def call_work_over(self, agent: Agent, by: str = "") -> None:
        """The call's work is done: its handle time is known, and the agent is idle from now on."""
        now = self._state.now_us
        if agent.last_queue_id:
            queue = self._state.queues.get(agent.last_queue_id)
            if queue is not None:
                queue.estimate.handled(agent.last_talk_us + now - agent.last_ended_us)
            agent.last_queue_id = ""
        agent.idle_since_us = now
        self.become_available(agent, by)

    def due(self, agent: Agent) -> None:
        """Wrap-up or a delay is over."""
        agent.deadline = 0
        if agent.state == "wrap_up":
            self.call_work_over(agent)
        elif agent.resumes_ready:
            self.become_available(agent)

    # -- signing in and out ---------------------------------------------------------------------

    def begin(self, agent: Agent, by: str) -> None:
        """Sign the agent in and set all counts to zero."""
        now = agent.signed_in_us = agent.idle_since_us = self._state.now_us
        agent.calls = agent.talk_us = agent.busy_us = agent.missed = 0
        agent.failed_calls = ()
        agent.last_ended_us = now
        # Before the first sign-in nothing was measured.
        agent.since_us = agent.since_us or now
        self.change(agent, "signed_in", REASON_SIGNED_IN, by=by)
        self.telephones.taken(agent)
        self._lines.want(agent)

    def use_phone(self, agent: Agent, contact: str) -> None:
        """Change the telephone; what was known of the one before (registered, busy, failed offers)
        no longer applies."""
        if contact == agent.contact:
            return
        self.telephones.moved(agent, contact)
        agent.node_id = agent.profile.node_id
        agent.registered = True
        agent.phone_busy = False
        agent.failed_calls = ()
        if agent.reason in PHONE_REASONS and agent.resumes_ready:
            self.become_available(agent)

    def removed(self, agent: Agent) -> None:
        """The settings have the agent no longer: signed out, after the present call where there is
        one. What the agent asked for stays, for the settings may have the agent again by then."""
        if agent.state in IN_CALL:
            self._state.note_availability(agent)
            fact = AgentChangePending(self._state.now_us, agent.agent_id, "logged_out", "")
            self._state.tell_agent(agent, fact)
        elif agent.state != "logged_out":
            self.leave(agent, "")

    def telephone_given(self, agent: Agent) -> None:
        """The settings have moved an agent to another telephone; where another agent is
        signed in there, this agent is signed out, after the present call where there is one."""
        if not self.telephones.others(agent, agent.contact):
            return
        if agent.state in IN_CALL:
            self.set_pending(agent, "logged_out", "")
        elif agent.state != "logged_out":
            self.leave(agent, "")

    def set_pending(self, agent: Agent, wanted: str, reason: str) -> None:
        agent.pending = wanted
        agent.pending_reason = reason
        state = self._state
        state.note_availability(agent)
        fact = AgentChangePending(state.now_us, agent.agent_id, wanted, reason)
        state.tell_agent(agent, fact)

    # -- phones and lines --------------------------------------------------------------------------

    def fit_line(self, agent: Agent) -> None:
        """The telephone or the settings have changed: open or close the nailed-up line to match,
        then check whether the agent can be ready."""
        self._lines.want(agent)
        self.line_changed(agent)

    def line_changed(self, agent: Agent) -> None:
        """A line that is down takes the agent out of ready; one that is up brings back an
        agent who waits for it."""
        if agent.state == "ready" and not self._lines.is_up(agent):
            self._state.matcher.make_busy(agent)
            self.become_available(agent)
        elif agent.reason == REASON_LINE_DOWN:
            if agent.resumes_ready and self._lines.is_up(agent):
                self.become_available(agent)
            elif not self._lines.is_up(agent):
                # An agent who hung up has to ask for calls again; a lost line comes back.
                agent.resumes_ready = agent.resumes_ready and bool(agent.line_id)

    def found_on_line(self, agent: Agent) -> None:
        """After a restart: the switch shows the agent on a line, so the agent is signed in."""
        if agent.state == "logged_out":
            self.begin(agent, "")
        else:
            self.line_changed(agent)


def _miss_rule(policy: MissPolicy, cause: str) -> MissRule:
    if cause == "no_answer":
        return policy.no_answer
    if cause == "busy":
        return policy.busy
    if cause in ("rejected", "hangup"):
        return policy.rejected
    return policy.unreachable if cause == "unreachable" else _FAILED
