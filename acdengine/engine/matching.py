"""Matching: waiting calls look for agents, ready agents for calls."""

from __future__ import annotations

from collections.abc import Iterator

from acdengine.engine.callbacks import Callbacks, rings_customer_first
from acdengine.engine.offers import Offers
from acdengine.engine.part import Part
from acdengine.engine.records import Call
from acdengine.engine.state import EngineState
from queues.deadlines import NEVER_US
from queues.queue import queue_of
from routing.agent import Agent
from routing.call_group import NO_PREFERENCE, RoutedCall, group_of
from routing.strategies.base import RingMode


class Matching(Part):
    """Finds agents for calls and calls for agents, and has the agents rung."""

    def __init__(self, state: EngineState, offers: Offers, callbacks: Callbacks) -> None:
        self._state = state
        self._offers = offers
        self._callbacks = callbacks

    def restored(self) -> None:
        """Agents that were idle can be found by calls again."""
        for agent in self._state.agents.values():
            if agent.idle:
                self._state.matcher.make_idle(agent)

    def check(self) -> Iterator[str]:
        """No call waits while an agent is free for it."""
        state = self._state
        for agent in state.agents.values():
            name = f"agent {agent.agent_id} ({agent.state})"
            if agent.idle != (agent.agent_id in state.matcher.idle):
                yield f"{name} and the matcher disagree on being idle"
            if agent.idle != (agent.state == "ready"):
                yield f"{name} is{'' if agent.idle else ' not'} in the idle pools"
        for call in state.calls.values():
            if call.state != "waiting" or call.ringing or not _is_served_now(state, call):
                continue
            if not call.in_heap:
                yield f"call {call.call_id} waits where agents do not look"
            elif state.matcher.agent_for(call) is not None:
                yield f"call {call.call_id} waits while an agent is free for it"
        if state.calls_to_match or state.agents_to_match or state.staff_changed:
            yield "something was not matched at the end of the event"

    def find_agents(self, call: Call) -> None:
        """A waiting call looks for agents: idle ones now; agents who become ready later find it in
        its class."""
        if call.state != "waiting":
            self._next_of(call)
            return
        if not _may_be_offered(call):
            return
        matcher = self._state.matcher
        if self._state.held_back:
            self._callbacks.unhold(call)
        group = call.group
        if group is None or group.forgotten:
            group = matcher.place(call)
        if call.preferred_rule == NO_PREFERENCE and not group.pool.size and not call.ringing:
            if not call.in_heap:
                group.push(call)
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
                self._callbacks.dial_first(call, choice.candidates)
                if group.first is not None:
                    # The agent is still free, for the next call of a queue that was full.
                    self._refresh(group.first[1])
                return
            rule = (
                "preferred"
                if call.preferred_rule != NO_PREFERENCE
                else queue_of(call).policy.strategy
            )
            self._offers.ring(
                call, choice.agent, "call", rule, choice.candidates, choice.runner_up, choice.reason
            )
            wanted -= 1
        if call.ringing and (ring != "more" or call.in_heap):
            matcher.unwait(call)
        if queue_of(call).cap is not None and group.head is not None and group.pool.size:
            # This call may have rung before and so used up nothing of what the cap allows.
            self._refresh(group.head[1])

    def _next_of(self, call: Call) -> None:
        """A call that was to be matched has ended meanwhile: in a queue that was full it may have
        been the only one, and the next is to be."""
        queue = self._state.queues.get(call.last_queue_id)
        if queue is not None and queue.cap is not None:
            self._offers.look_again_in(queue.queue_id)

    def _refresh(self, call: RoutedCall) -> None:
        """Have a call matched at the end of the event as well."""
        assert isinstance(call, Call)
        self._state.calls_to_match.append(call)

    def _rejoin(self, call: Call) -> None:
        if not call.in_heap:
            self._state.matcher.wait(call)

    def _wanted(self, call: Call) -> tuple[RingMode, int]:
        """How the call rings, and how many more agents it wants now."""
        ringing = len(call.ringing)
        group = call.group
        assert group is not None
        ring: RingMode = group.ring if call.preferred_rule == NO_PREFERENCE else "one"
        if ring == "one":
            return ring, 1 - ringing
        room: int = queue_of(call).policy.ring_limit - ringing
        return ring, room if ring == "all" else min(1, room)

    def find_call(self, agent: Agent) -> None:
        """A ready agent takes the first call, or becomes idle."""
        if agent.state != "ready" or agent.offer_id:
            return
        state = self._state
        matcher = state.matcher
        while True:
            choice = matcher.call_for(agent, state.now_us)
            if choice is None:
                if not agent.idle:
                    matcher.make_idle(agent)
                for held in state.held_back.values():
                    state.calls_to_match.extend(held.values())
                return
            call = choice.call
            assert isinstance(call, Call)
            if call.callback is None or not rings_customer_first(call):
                break
            matcher.unwait(call)
            free = 1 if call.preferred_rule != NO_PREFERENCE else group_of(call).pool.size + 1
            self._callbacks.dial_first(call, free)
        rule = "order" if call.preferred_rule == NO_PREFERENCE else "preferred"
        self._offers.ring(
            call, agent, "agent", rule, choice.candidates, choice.runner_up, choice.reason
        )
        if group_of(call).ring == "one" or self._has_enough(call):
            matcher.unwait(call)

    def _has_enough(self, call: Call) -> bool:
        """Whether the next agent who becomes ready should not be rung for this call."""
        ring, wanted = self._wanted(call)
        return ring != "all" or wanted <= 0


def _is_served_now(state: EngineState, call: Call) -> bool:
    """Whether a free agent would take a waiting call."""
    if state.matcher.queues[call.queue_id].capped:
        return False
    if call.preferred_rule == NO_PREFERENCE and call.group is None:
        return False
    return call.call_id not in state.held_back.get(call.queue_id, {}) and _may_be_offered(call)


def _may_be_offered(call: Call) -> bool:
    """A callback that is paused or being dialled has its place, but is not served now; neither is
    a call that has stepped back."""
    if call.retry_due_us < NEVER_US:
        return False
    return call.callback is None or call.callback.state in ("waiting", "reached")
