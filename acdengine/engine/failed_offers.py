"""Offers that come to nothing through no telephone, and whom that is laid to.

What makes an offer fail may lie with the agent (no answer, the telephone is off), or with the
call and the centre: an order that cannot be written, no connection to the switch, a switch that
makes no more legs. No agent may lose readiness for that, and no call may keep those behind it
waiting. So it is told apart:

- ``not_rung``: the adapter knows that no telephone was tried. It is the centre's own.
- ``failed``: the cause is unknown. The first of a call is laid to the agent's telephone; the next
  in a row, of whichever agent, to the call: then the agents before, who rest for it, are ready
  again at once.
- Any other end shows that a telephone was tried, and that the call can be offered.

A call to which it is laid steps back: for a moment, longer each time, no agent is rung for it and
those behind it are served. It keeps its place, its music and all its deadlines, so that it goes the
queue's next way when the time has come for that.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from acdengine.engine.agents import Agents
from acdengine.engine.part import Part
from acdengine.engine.records import Call, OfferFailures
from acdengine.engine.state import EngineState
from acdengine.facts import CallSteppedBack, OfferOutcome
from queues.deadlines import NEVER_US
from queues.policy import SECOND_US
from routing.agent import REASON_MISS_DELAY, Agent

#: How long a call steps back the first time; twice as long each time after that.
FIRST_US: Final = SECOND_US
LONGEST_US: Final = 16 * SECOND_US
#: Agents who are remembered with a call.
_AGENTS_KEPT: Final = 16
#: Ends that show that the agent's telephone was tried, and how it took the call.
_TRIED: Final = frozenset({"no_answer", "busy", "rejected"})


class FailedOffers(Part):
    """Calls whose offers fail."""

    def __init__(self, state: EngineState, agents: Agents) -> None:
        self._state = state
        self._agents = agents

    def check(self) -> Iterator[str]:
        """A call that has stepped back is offered again at some time."""
        for call in self._state.calls.values():
            if call.state == "waiting" and call.retry_due_us < NEVER_US and not call.deadline:
                yield f"call {call.call_id} has stepped back and has no deadline"

    def missed(self, call: Call | None, agent: Agent, outcome: OfferOutcome) -> None:
        """An offer has come to nothing: a miss of the agent, unless it is laid to the call, or to
        the centre."""
        is_blameless = outcome == "not_rung"
        if call is not None:
            is_blameless = self._is_calls_own(call, agent, outcome)
        if is_blameless:
            self._agents.withdrawn(agent)
        else:
            self._agents.missed(agent, outcome)

    def _is_calls_own(self, call: Call, agent: Agent, outcome: OfferOutcome) -> bool:
        if outcome in _TRIED:
            self.tried(call)
        if outcome not in ("failed", "not_rung"):
            return False
        failures = call.failures
        is_first = failures is None
        if failures is None:
            failures = call.failures = OfferFailures()
        if agent.agent_id not in failures.agents and len(failures.agents) < _AGENTS_KEPT:
            failures.agents += (agent.agent_id,)
        if outcome == "failed" and is_first:
            agent.failed_for = call.call_id
            return False
        self._acquit(call, failures)
        self._step_back(call, failures)
        return True

    def tried(self, call: Call) -> None:
        """A telephone was reached for the call: nothing is wrong with it."""
        call.failures = None

    def _acquit(self, call: Call, failures: OfferFailures) -> None:
        """Agents who rest for an offer of this call that failed are ready again."""
        for agent_id in failures.agents:
            agent = self._state.agents.get(agent_id)
            if agent is None or agent.failed_for != call.call_id:
                continue
            agent.failed_for = ""
            if agent.reason == REASON_MISS_DELAY and agent.resumes_ready:
                self._agents.become_available(agent)

    def _step_back(self, call: Call, failures: OfferFailures) -> None:
        state = self._state
        if call.state != "waiting":
            return
        pause_us = min(FIRST_US << min(failures.stepped_back, 10), LONGEST_US)
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
                self.tried(call)
                self.due(call)
                self._state.arm_waiting(call)
