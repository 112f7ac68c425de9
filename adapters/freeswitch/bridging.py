"""Joining a caller's and an agent's leg, never at a moment at which FreeSWITCH would drop them.

- The agent's leg must be parked (which it is while it still rings, by `return_ring_ready`) and
  answered: between its answer and its parking a bridge may leave the caller deaf.
- The caller's leg must be answered.
- While a bridge is under way no other is ordered for the same caller: it would end both legs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from acdengine.events import AnyEvent, BridgeFailed, CallBridged
from adapters.freeswitch.command_lines import api
from adapters.freeswitch.errors import EslError
from adapters.freeswitch.legs import AgentLeg, CallerLeg, Legs
from adapters.freeswitch.player import Wire
from adapters.freeswitch.quoting import leg_uuid
from adapters.freeswitch.replies import Reply

#: A bridge takes about 50 ms; one of which nothing was heard for so long may be ordered again.
_AGAIN_S: Final = 2.0


class Bridging:
    """Bridges of one node.

    Args:
        legs: the table.
        wire: to the switch.
        report: takes the engine's events.
        monotonic_s: a clock that only runs on.
    """

    def __init__(
        self,
        legs: Legs,
        wire: Wire,
        report: Callable[[AnyEvent], None],
        monotonic_s: Callable[[], float],
    ) -> None:
        self._legs = legs
        self._wire = wire
        self._report = report
        self._monotonic_s = monotonic_s

    def order(self, caller: CallerLeg, agent: AgentLeg) -> None:
        """The engine wants them together: now, or as soon as both can be."""
        if caller.bridged_to == agent.offer_id:
            self._report(CallBridged(0, caller.call_id, agent.offer_id))
            return
        agent.is_wanted = True
        self.ready(agent)

    def ready(self, agent: AgentLeg) -> None:
        """An agent's leg has come a step further: joined, if it is wanted and can be."""
        if not (agent.is_wanted and agent.is_parked and agent.is_answered):
            return
        caller = self._legs.callers.get(agent.call_id)
        if caller is None or agent.is_cancelled:
            return
        if caller.bridged_to or caller.player.is_renewing:
            # The agent before is still being taken down, or the leg parked afresh: `apart` tries
            # again.
            return
        if caller.bridging and self._monotonic_s() - caller.bridging_since_s < _AGAIN_S:
            return
        if not caller.is_answered:
            self._failed(caller, agent, "caller_not_answered")
            return
        caller.bridging = agent.offer_id
        caller.bridging_since_s = self._monotonic_s()
        caller.player.off()

        def replied(outcome: Reply | EslError) -> None:
            if isinstance(outcome, Reply) and outcome.is_refusal:
                self._failed(caller, agent, "no_such_leg")

        legs = f"{leg_uuid(caller.call_id)} {leg_uuid(agent.offer_id)}"
        self._wire.tell(api("uuid_bridge", legs), replied)

    def apart(self, caller: CallerLeg) -> None:
        """The caller is alone again, or still: what waited for that is done."""
        caller.bridging = caller.bridged_to = ""
        caller.player.on()
        for agent in self._legs.agents.values():
            if agent.call_id == caller.call_id and agent.is_wanted:
                self.ready(agent)

    def _failed(self, caller: CallerLeg, agent: AgentLeg, cause: str) -> None:
        agent.is_wanted = False
        if caller.bridging == agent.offer_id:
            self.apart(caller)
        self._report(BridgeFailed(0, caller.call_id, agent.offer_id, cause))
