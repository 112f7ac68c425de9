"""Bridges a caller's and an agent's leg, at a moment at which FreeSWITCH drops neither of them.

- The agent's leg must be parked (which it is while it still rings, by `return_ring_ready`) and
  answered: between its answer and its parking a bridge may leave the caller deaf.
- The caller's leg must be answered.
- While a bridge is under way no other is ordered for the same caller: it would end both legs.

The quickest way is to tell FreeSWITCH ahead, while the telephone rings, what to do at the answer
(`api_on_answer`): no event has to come here first, and no order to go back. That is done where a
single telephone rings for a caller and nothing is to come before the conversation; of several,
two might answer at once. The engine hears of the answer and of the bridge all the same, and orders
what is done already.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from acdengine.events import AnyEvent, BridgeFailed, CallBridged
from adapters.freeswitch.legs.leg_table import AgentLeg, CallerLeg, Legs
from adapters.freeswitch.media.player import Wire
from adapters.freeswitch.media.sounds import Part
from adapters.freeswitch.protocol.channel_fields import AHEAD_VARIABLE
from adapters.freeswitch.protocol.command_lines import api, execute
from adapters.freeswitch.protocol.errors import EslError
from adapters.freeswitch.protocol.quoting import leg_uuid, setvar_value
from adapters.freeswitch.protocol.reply_matching import Reply

#: A bridge takes about 50 ms; one of which nothing was heard for so long may be ordered again.
_AGAIN_S: Final = 2.0
#: FreeSWITCH sets this on both legs as soon as it begins to bridge them.
_BOND: Final = "signal_bond"


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

    # -- ordered by the engine -----------------------------------------------------------------

    def order(self, caller: CallerLeg, agent: AgentLeg, before: tuple[Part, ...] = ()) -> None:
        """The engine wants them together: now, or as soon as both can be.

        Args:
            caller: the caller's leg.
            agent: the agent's leg.
            before: what the agent is to hear first, alone; once, however often it is ordered.
        """
        if agent.offer_id in (caller.bridging, caller.bridged_to):
            caller.player.forget()
        if caller.bridged_to == agent.offer_id:
            self._report(CallBridged(0, caller.call_id, agent.offer_id))
            return
        agent.accepted()
        if agent.order != "bridge":
            agent.before += before
        agent.take_order("bridge_ordered")
        self.ready(agent)

    def ask(self, agent: AgentLeg, parts: tuple[Part, ...]) -> None:
        """Ask the agent alone, once, whether they accept the call; their keys are reported."""
        if agent.is_asked or agent.order != "ring":
            return
        agent.is_asked = True
        agent.before = parts
        self.ready(agent)

    def ready(self, agent: AgentLeg) -> None:
        """An agent's leg has come a step further: asked, or joined, if it is wanted and can be."""
        if agent.order == "ring" and agent.progress == "ready" and agent.is_asked and agent.before:
            self._whisper(agent)
        if agent.order != "bridge" or agent.progress != "ready" or agent.ahead == "in_doubt":
            return
        caller = self._legs.callers.get(agent.call_id)
        if caller is None:
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
        if agent.before or agent.hearing:
            self._whisper(agent)
            return
        self._begun(caller, agent)
        caller.player.forget()

        def replied(outcome: Reply | EslError) -> None:
            if isinstance(outcome, Reply) and outcome.is_refusal:
                self._failed(caller, agent, "no_such_leg")

        self._wire.tell(api("uuid_bridge", _both(caller, agent)), replied)

    def apart(self, caller: CallerLeg) -> None:
        """The caller is alone again, or still: what waited for that is done."""
        caller.bridging = caller.bridged_to = ""
        caller.player.on()
        for agent in self._legs.offers_of(caller.call_id):
            if agent.order == "bridge":
                self.ready(agent)
        self.look(caller.call_id)

    def heard(self, agent: AgentLeg, event_uuid: str) -> None:
        """Something that was played to an agent is over, whether there was such a sound or not."""
        if event_uuid and event_uuid == agent.hearing:
            agent.hearing = ""
            self.ready(agent)

    def _whisper(self, agent: AgentLeg) -> None:
        """One sound after the other to the agent alone; the caller's leg is not touched."""
        if agent.hearing:
            return
        part, *rest = agent.before
        agent.before = tuple(rest)
        agent.hearing = self._wire.new_id()
        # A leg that has gone is told of by its own end.
        self._wire.tell(execute(agent.leg_id, part.application, part.argument, agent.hearing))

    def _begun(self, caller: CallerLeg, agent: AgentLeg) -> None:
        caller.bridging = agent.offer_id
        caller.bridging_since_s = self._monotonic_s()
        caller.player.off()

    def _failed(self, caller: CallerLeg, agent: AgentLeg, cause: str) -> None:
        agent.take_order("bridge_done")
        if caller.bridging == agent.offer_id:
            self.apart(caller)
        self._report(BridgeFailed(0, caller.call_id, agent.offer_id, cause))

    # -- by the switch itself ------------------------------------------------------------------

    def look(self, call_id: str) -> None:
        """Something about a call's legs is another: FreeSWITCH joins the only telephone that rings
        by itself when it is answered, or no longer does."""
        offers = self._legs.offers_of(call_id)
        caller = self._legs.callers.get(call_id)
        for agent in offers:
            is_fit = caller is not None and len(offers) == 1 and _fits(caller, agent)
            if caller is not None and is_fit and agent.ahead != "set":
                agent.set_ahead("set")
                order = f"uuid_bridge {_both(caller, agent)}"
                self._set_ahead(agent, setvar_value(AHEAD_VARIABLE, order))
            elif agent.ahead == "set" and not is_fit and not agent.is_answered:
                agent.set_ahead("withdrawn")
                self._set_ahead(agent, "")

    def hold_off(self, call_id: str) -> None:
        """The caller's leg is about to be parked afresh, and must not be bridged meanwhile."""
        for agent in self._legs.offers_of(call_id):
            if agent.ahead == "set" and not agent.is_answered:
                agent.set_ahead("withdrawn")
                self._set_ahead(agent, "")

    def answered(self, agent: AgentLeg, *, by_switch: bool) -> None:
        """The agent has answered.

        Args:
            agent: the leg.
            by_switch: FreeSWITCH knew in time that it was to bridge the leg by itself.
        """
        caller = self._legs.callers.get(agent.call_id)
        if by_switch:
            agent.set_ahead("answered_in_time")
            if caller is not None and not caller.bridged_to:
                self._begun(caller, agent)
        elif agent.ahead == "set":
            self._ask(agent)

    def _ask(self, agent: AgentLeg) -> None:
        """The answer and our telling FreeSWITCH crossed. It looks at the variable a moment after
        it has told of the answer, so only the leg itself can say what came of it."""
        agent.set_ahead("answered_too_early")
        self._set_ahead(agent, "")

        def replied(outcome: Reply | EslError) -> None:
            agent.set_ahead("asked")
            caller = self._legs.callers.get(agent.call_id)
            is_bound = isinstance(outcome, Reply) and outcome.text.strip() == agent.call_id
            if is_bound and caller is not None and not caller.bridged_to:
                self._begun(caller, agent)
            self.ready(agent)

        self._wire.tell(api("uuid_getvar", f"{leg_uuid(agent.leg_id)} {_BOND}"), replied)

    def _set_ahead(self, agent: AgentLeg, value: str) -> None:
        argument = f"{leg_uuid(agent.leg_id)} {AHEAD_VARIABLE} {value}".rstrip(" ")
        self._wire.tell(api("uuid_setvar", argument))


def _both(caller: CallerLeg, agent: AgentLeg) -> str:
    return f"{leg_uuid(caller.call_id)} {leg_uuid(agent.leg_id)}"


def _fits(caller: CallerLeg, agent: AgentLeg) -> bool:
    """Whether FreeSWITCH may bridge these two by itself, whenever the agent answers."""
    return (
        agent.may_bridge_itself
        and agent.progress == "ringing"
        and not agent.is_cancelled
        and caller.is_answered
        and not caller.bridged_to
        and not caller.bridging
        and not caller.player.is_renewing
    )
