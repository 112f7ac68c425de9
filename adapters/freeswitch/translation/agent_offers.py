"""Reports what becomes of agents' offers: answered, redirected, referred or ended."""

from __future__ import annotations

from collections.abc import Callable

from acdengine.events import (
    AnyEvent,
    CallReferred,
    OfferAnswered,
    OfferEnded,
    OfferRedirected,
)
from adapters.freeswitch.agents.parallel_ringing import ParallelRinging, end_of
from adapters.freeswitch.legs.bridging import Bridging
from adapters.freeswitch.legs.leg_table import AgentLeg, CallerLeg, Legs
from adapters.freeswitch.media.player import Wire
from adapters.freeswitch.protocol.channel_fields import REFER_VARIABLE, ChannelFields
from adapters.freeswitch.protocol.command_lines import api
from adapters.freeswitch.protocol.errors import EslError
from adapters.freeswitch.protocol.hangup_causes import (
    NOT_SENT,
    REDIRECTED,
    cause_of_job,
    end_of_offer,
)
from adapters.freeswitch.protocol.quoting import leg_uuid
from adapters.freeswitch.translation.caller_legs import OVERTAKEN_S
from adapters.freeswitch.translation.refer_transfers import (
    DISPOSITION_VARIABLE,
    has_referred,
    referred_number,
)
from adapters.freeswitch.translation.sip_redirects import redirected_number


class AgentOffers:
    """Offers on one node.

    Args:
        node_id: the engine's name of the switch.
        legs: the adapter's table.
        wire: sends commands.
        bridging: bridges agents with callers.
        report: takes the engine's events.
        later: calls something after so many seconds.
    """

    def __init__(
        self,
        node_id: str,
        legs: Legs,
        wire: Wire,
        bridging: Bridging,
        report: Callable[[AnyEvent], None],
        later: Callable[[float, Callable[[], object]], object],
    ) -> None:
        self._node_id = node_id
        self._legs = legs
        self._wire = wire
        self._bridging = bridging
        self._report = report
        self._later = later
        self.several = ParallelRinging(legs, self.report_answer)

    def report_answer(self, agent: AgentLeg) -> None:
        """Report the agent's answer, once."""
        if agent.is_answer_reported:
            return
        agent.is_answer_reported = True
        self._report(OfferAnswered(0, agent.offer_id, self._node_id))

    def dialled(self, leg: AgentLeg, printed: str | EslError) -> None:
        """`originate` has ended: the telephone rings, has answered, or was not reached."""
        leg.is_dialling = False
        if isinstance(printed, EslError):
            # Whether it rings is not known: reading through the switch will tell.
            return
        if not printed.startswith("+OK"):
            cause = cause_of_job(printed)
            # Where a telephone redirects to is in the event of the leg's end.
            is_told = cause != REDIRECTED or not leg.may_redirect or bool(leg.redirected_to)
            if is_told:
                self.over(leg, cause)
            else:
                self._later(OVERTAKEN_S, lambda: self.over(leg, cause))
            return
        born = printed.removeprefix("+OK").strip()
        if leg.rings_several:
            self.several.won(leg, born)
            if leg.is_cancelled:
                self._wire.tell(end_of(leg, ""))
            return
        if born != leg.offer_id:
            # The identity was taken: FreeSWITCH has given the leg another one.
            self._wire.tell(api("uuid_kill", leg_uuid(born)))
            self.over(leg, NOT_SENT)
        elif leg.is_cancelled:
            self._wire.tell(api("uuid_kill", leg_uuid(leg.offer_id)))

    def over(self, agent: AgentLeg, hangup_cause: str) -> None:
        """Report the end of an offer, or where its telephone has redirected it; once."""
        if self._legs.agents.get(agent.offer_id) is not agent:
            return
        self._legs.agents.pop(agent.offer_id)
        caller = self._legs.callers.get(agent.call_id)
        if caller is not None and caller.bridging == agent.offer_id:
            self._bridging.apart(caller)
        self._bridging.look(agent.call_id)
        by_us = agent.is_answered or agent.is_cancelled
        if agent.redirected_to and hangup_cause == REDIRECTED and not by_us:
            self._report(OfferRedirected(0, agent.offer_id, agent.redirected_to))
            return
        cause = "hangup" if by_us else end_of_offer(hangup_cause).cause
        self._report(OfferEnded(0, agent.offer_id, cause))

    def rejoin(self, caller: CallerLeg, agent: AgentLeg) -> None:
        """The caller's telephone has sent a REFER, which would transfer the agent: both are parked,
        and are bridged again."""
        self._wire.tell(api("uuid_setvar", f"{leg_uuid(caller.call_id)} {DISPOSITION_VARIABLE}"))
        agent.take_order("bridge_ordered")
        self._bridging.ready(agent)

    def referred(self, agent: AgentLeg, fields: ChannelFields) -> None:
        """Report that the agent's telephone has transferred the caller by REFER, before its leg
        ended or was parked."""
        if not (has_referred(fields) and agent.is_answered):
            return
        self._report(CallReferred(0, agent.call_id, agent.offer_id, referred_number(fields)))
        if agent.call_id in self._legs.callers:
            name = leg_uuid(agent.call_id)
            self._wire.tell(api("uuid_setvar", f"{name} {REFER_VARIABLE}"))
        if agent.line_id:  # which serves other calls
            self._wire.tell(api("uuid_setvar", f"{leg_uuid(agent.line_id)} {DISPOSITION_VARIABLE}"))

    def redirected(self, fields: ChannelFields) -> None:
        """Keep the number of a 302: it is reported with the end of the offer."""
        if fields.hangup_cause != REDIRECTED or fields.direction == "inbound":
            return
        agent = self._legs.agents.get(fields.offer or fields.unique_id)
        if agent is not None and agent.may_redirect:
            agent.redirected_to = redirected_number(fields.redirected_user)
