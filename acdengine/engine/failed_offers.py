"""Offers that come to nothing through no telephone, and whom that is laid to.

What makes an offer fail may lie with the agent (no answer, the telephone is off), or with the
call and the centre: an order that cannot be written, no connection to the switch, a switch that
makes no more legs. No agent may lose readiness for that, and no call may keep those behind it
waiting. So it is told apart:

- ``not_rung``: the adapter knows that no telephone was tried. It is the centre's own.
- ``failed``: the cause is unknown. The first of a call is laid to the agent's telephone; the next
  in a row, of whichever agent, to the call: then the agents before, who rest for it, are ready
  again at once.
- ``failed`` for one call after another at one agent, while other agents of the tenant answer
  theirs: that telephone is broken, which is a miss as of one that is unreachable. The calls that
  have failed at no other agent are offered to the others at once.
- Any other end shows that a telephone was tried, and that the call can be offered.

A call to which it is laid steps back: for a moment, longer each time, no agent is rung for it and
those behind it are served. It keeps its place, its music and all its deadlines, so that it goes the
queue's next way when the time has come for that.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from acdengine.engine.agents import Agents
from acdengine.engine.part import Part, Share, Shares
from acdengine.engine.records import Call, OfferFailures
from acdengine.engine.state import EngineState
from acdengine.facts import CallSteppedBack, OfferOutcome
from queues.deadlines import NEVER_US
from queues.policy import SECOND_US
from routing.agent import REASON_MISS_DELAY, Agent

#: How long a call steps back the first time; twice as long each time after that.
FIRST_US: Final = SECOND_US
LONGEST_US: Final = 16 * SECOND_US
#: The same while one agent alone has failed: it may be the telephone, and others may be free soon.
LONGEST_OF_ONE_US: Final = 4 * SECOND_US
#: Agents who are remembered with a call, and calls with an agent.
_KEPT: Final = 16
#: Ends that show that the agent's telephone was tried, and how it took the call.
_TRIED: Final = frozenset({"no_answer", "busy", "rejected"})


class FailedOffers(Part):
    """Decides whether an offer that failed is blamed on the agent, the call or the switch."""

    def __init__(self, state: EngineState, agents: Agents) -> None:
        self._state = state
        self._agents = agents
        #: When an agent of each tenant has last answered an offer.
        self._answered_us: dict[str, int] = {}

    def shares(self) -> Shares:
        """When offers were answered."""
        return {
            "offers_answered_us": Share(
                dict[str, int], lambda: self._answered_us, self._load, empty=dict
            )
        }

    def _load(self, answered_us: dict[str, int]) -> None:
        self._answered_us = answered_us

    def check(self) -> Iterator[str]:
        """A call that has stepped back is offered again at some time."""
        for call in self._state.calls.values():
            if call.state == "waiting" and call.retry_due_us < NEVER_US and not call.deadline:
                yield f"call {call.call_id} has stepped back and has no deadline"

    def missed(self, call: Call | None, agent: Agent, outcome: OfferOutcome) -> None:
        """An offer was not answered: a miss of the agent, unless it is blamed on the call or on the
        switch."""
        if outcome in _TRIED:
            agent.failed_calls = ()
            if call is not None:
                self._reached(call, agent)
        if call is None or outcome not in ("failed", "not_rung"):
            if outcome == "not_rung":
                self._agents.withdrawn(agent)
            else:
                self._agents.missed(agent, outcome)
            return
        if outcome == "failed":
            self._charge(call, agent)
            if self._is_broken(call, agent):
                self._agents.missed(agent, "unreachable")
                self._clear(agent)
                return
        failures = call.failures
        is_first = failures is None
        if failures is None:
            failures = call.failures = OfferFailures()
        if agent.agent_id not in failures.agents and len(failures.agents) < _KEPT:
            failures.agents += (agent.agent_id,)
        if outcome == "failed" and is_first:
            self._agents.missed(agent, outcome)
            agent.failed_for = call.call_id
            return
        if outcome == "failed":
            # Where it is the telephone after all, the call is offered to another one next.
            agent.idle_since_us = self._state.now_us
        self._acquit(call, failures, is_proven=outcome == "not_rung")
        self._step_back(call, failures, outcome)
        self._agents.withdrawn(agent)

    def _charge(self, call: Call, agent: Agent) -> None:
        """Remember with the agent that an offer of the call has failed there."""
        if not agent.failed_calls:
            agent.failed_since_us = self._state.now_us
        if call.call_id not in agent.failed_calls and len(agent.failed_calls) < _KEPT:
            agent.failed_calls += (call.call_id,)

    def _is_broken(self, call: Call, agent: Agent) -> bool:
        """Whether a failure is blamed on the telephone: other calls have failed there before, other
        agents have answered since, and the call has not failed at several others."""
        others = call.failures.agents if call.failures is not None else ()
        if sum(other != agent.agent_id for other in others) > 1:
            return False
        answered_us = self._answered_us.get(agent.tenant_id, 0)
        return len(agent.failed_calls) > 1 and answered_us > agent.failed_since_us

    def _clear(self, agent: Agent) -> None:
        """The telephone is broken: calls that failed at this agent alone are offered again at
        once."""
        state = self._state
        for call_id in agent.failed_calls:
            call = state.calls.get(call_id)
            if call is None or call.failures is None:
                continue
            failures = call.failures
            failures.agents = tuple(one for one in failures.agents if one != agent.agent_id)
            if failures.agents:
                continue
            call.failures = None
            if call.state == "waiting" and call.retry_due_us < NEVER_US:
                self.due(call)
                state.arm_waiting(call)

    def answered(self, call: Call, agent: Agent) -> None:
        """An agent has answered an offer of the call."""
        self._answered_us[agent.tenant_id] = self._state.now_us
        if call.failures is not None:
            self._reached(call, agent)

    def _reached(self, call: Call, agent: Agent) -> None:
        """A telephone was reached for the call, so the call is not to blame; agents at whom it
        failed before are charged with it."""
        state = self._state
        failures, call.failures = call.failures, None
        if failures is None:
            return
        for agent_id in failures.agents:
            other = state.agents.get(agent_id)
            if other is not None and other is not agent:
                self._charge(call, other)
                other.failed_since_us = min(other.failed_since_us, state.now_us - 1)

    def _acquit(self, call: Call, failures: OfferFailures, is_proven: bool) -> None:
        """Agents who rest for an offer of this call that failed are ready again. Where several
        agents have failed, or the centre itself, it counts for none of them."""
        is_proven = is_proven or len(failures.agents) > 1
        for agent_id in failures.agents:
            agent = self._state.agents.get(agent_id)
            if agent is None:
                continue
            if is_proven and call.call_id in agent.failed_calls:
                agent.failed_calls = tuple(one for one in agent.failed_calls if one != call.call_id)
            if agent.failed_for != call.call_id:
                continue
            agent.failed_for = ""
            if agent.reason == REASON_MISS_DELAY and agent.resumes_ready:
                self._agents.become_available(agent)

    def _step_back(self, call: Call, failures: OfferFailures, outcome: OfferOutcome) -> None:
        state = self._state
        if call.state != "waiting":
            return
        of_one = outcome == "failed" and len(failures.agents) == 1
        longest_us = LONGEST_OF_ONE_US if of_one else LONGEST_US
        pause_us = min(FIRST_US << min(failures.stepped_back, 10), longest_us)
        failures.stepped_back += 1
        call.retry_due_us = state.now_us + pause_us
        state.matcher.unwait(call)
        state.arm_waiting(call)
        state.count("calls_stepped_back")
        state.tell_call(
            call,
            CallSteppedBack(
                state.now_us, call.call_id, call.queue_id, failures.stepped_back,
                len(failures.agents), call.retry_due_us,
            ),
        )  # fmt: skip

    def due(self, call: Call) -> None:
        """The call is offered again."""
        call.retry_due_us = NEVER_US
        self._state.calls_to_match.append(call)

    def switch_back(self) -> None:
        """A switch is back, which may have been the cause: calls that stepped back go on."""
        for call in self._state.calls.values():
            if call.state == "waiting" and call.retry_due_us < NEVER_US:
                call.failures = None
                self.due(call)
                self._state.arm_waiting(call)
