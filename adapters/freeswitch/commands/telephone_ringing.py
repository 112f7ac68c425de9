"""Rings agents' telephones with `originate`, and stops them."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from acdengine.commands import CancelRing, RingAgent
from acdengine.events import AnyEvent, OfferCause, OfferEnded
from adapters.freeswitch.agents.agent_originate import GRACE_S, ring_argument, ring_limit_s
from adapters.freeswitch.agents.parallel_ringing import end_of
from adapters.freeswitch.commands.agent_routes import AgentRoutes
from adapters.freeswitch.legs.bridging import Bridging
from adapters.freeswitch.legs.hangup_watch import is_multiparty, watch_agents
from adapters.freeswitch.legs.leg_table import AgentLeg, Legs
from adapters.freeswitch.media.player import Wire
from adapters.freeswitch.protocol.errors import EslError, Unrepresentable
from adapters.freeswitch.protocol.reply_matching import Reply
from adapters.freeswitch.translation.agent_offers import AgentOffers

_log = structlog.get_logger("acdengine.freeswitch")


class TelephoneRinging:
    """Ringing telephones of one node.

    Args:
        legs: the adapter's table.
        wire: sends commands.
        offers: reports how the ringing ends.
        bridging: may have FreeSWITCH bridge the leg at its answer.
        routes: how telephones are reached.
        report: takes the engine's events.
    """

    def __init__(
        self,
        legs: Legs,
        wire: Wire,
        offers: AgentOffers,
        bridging: Bridging,
        routes: AgentRoutes,
        report: Callable[[AnyEvent], None],
    ) -> None:
        self._legs = legs
        self._wire = wire
        self._offers = offers
        self._bridging = bridging
        self._routes = routes
        self._report = report

    def ring(self, command: RingAgent, music: str) -> None:
        """Ring a telephone; `music` is what its hold key plays to the caller."""
        leg = AgentLeg(command.offer_id, command.call_id, command.agent_id, is_dialling=True)
        leg.is_consult = command.consult
        leg.may_redirect = command.may_redirect
        leg.may_bridge_itself = not (command.whisper or command.consult or command.awaits_key)
        try:
            way, leg.rings_several = self._routes.to_agent(command, leg)
            caller = self._legs.callers.get(command.call_id)
            is_watched = command.consult or is_multiparty(self._legs, command.call_id)
            argument = ring_argument(
                command, caller, way, is_watched=is_watched, music=music, several=leg.rings_several
            )
        except Unrepresentable as error:
            _log.warning("ring refused", offer=command.offer_id, reason=str(error))
            is_contact = error.place == "contact"
            cause: OfferCause = "unreachable" if is_contact else "not_rung"
            self._report(OfferEnded(0, command.offer_id, cause))
            return
        if leg.is_consult:
            watch_agents(self._legs, self._wire, command.call_id)
        self._legs.agents[leg.offer_id] = leg

        def ended(printed: str | EslError) -> None:
            self._offers.dialled(leg, printed)

        self._bridging.look(command.call_id)
        self._wire.dial(argument, ended, ring_limit_s(command.timeout_us) + GRACE_S)

    def cancel(self, command: CancelRing, leg: AgentLeg | None) -> None:
        """End an agent's leg, ringing or answered; one that is not in the table too."""
        if leg is not None:
            leg.take_order("end_ordered")

        def replied(outcome: Reply | EslError) -> None:
            # `hupall` answers the same whether there was a leg or not.
            is_over = (
                leg is not None
                and leg.rings_several
                and not leg.answered_leg
                and not leg.is_dialling
            )
            if not isinstance(outcome, Reply) or not (outcome.is_refusal or is_over):
                return
            if leg is not None and leg.is_dialling:
                return  # not there yet: it is ended when `originate` says that it is
            known = self._legs.agents.pop(command.offer_id)
            if known is not None or leg is None:
                self._report(OfferEnded(0, command.offer_id, "hangup"))

        cause = "LOSE_RACE" if command.answered_elsewhere else ""
        ringing = leg or AgentLeg(command.offer_id, "", "")
        self._wire.tell(end_of(ringing, cause), replied)
