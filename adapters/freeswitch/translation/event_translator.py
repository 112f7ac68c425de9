"""Translates events of callers' and agents' legs to the engine's: what happened to which leg."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import structlog

from acdengine.events import AnyEvent, CallBridged, OfferKeyPressed
from acdengine.runtime.rate_limited_log import RateLimitedLog
from adapters.freeswitch.legs.bridging import Bridging
from adapters.freeswitch.legs.leg_table import AgentLeg, Legs
from adapters.freeswitch.protocol.channel_fields import ChannelFields, Hearing
from adapters.freeswitch.protocol.hangup_causes import end_of_caller
from adapters.freeswitch.translation.agent_offers import AgentOffers
from adapters.freeswitch.translation.caller_intake import CallerIntake
from adapters.freeswitch.translation.caller_legs import CallerLegs
from adapters.freeswitch.translation.refer_transfers import has_referred
from adapters.freeswitch.translation.rejoined_callers import RejoinedCallers

_log = structlog.get_logger("acdengine.freeswitch")

_DOWN: Final = "hangup"
#: What `playback` answers for a sound that is not there.
_NOT_FOUND: Final = "FILE NOT FOUND"


class EventTranslator:
    """Updates the table of legs, and reports what the engine is to know.

    Args:
        legs: the adapter's table.
        bridging: is told when legs can be bridged.
        intake: takes legs that are not in the table.
        offers: reports what becomes of agents' offers.
        callers: reports keys and ends of callers.
        rejoined: callers whom FreeSWITCH bridges with other legs by itself.
        report: takes the engine's events.

    Attributes:
        hearing: the handlers of its events.
    """

    def __init__(
        self,
        legs: Legs,
        bridging: Bridging,
        intake: CallerIntake,
        offers: AgentOffers,
        callers: CallerLegs,
        rejoined: RejoinedCallers,
        report: Callable[[AnyEvent], None],
    ) -> None:
        self._legs = legs
        self._bridging = bridging
        self._intake = intake
        self._offers = offers
        self._callers = callers
        self._rejoined = rejoined
        self._report = report
        self._lines = RateLimitedLog()
        self.hearing: Hearing = {
            "CHANNEL_PARK": self._parked,
            "CHANNEL_ANSWER": self._answered,
            "CHANNEL_BRIDGE": self._bridged,
            "CHANNEL_HANGUP": self._hung_up,
            "CHANNEL_HANGUP_COMPLETE": self._down,
            "CHANNEL_EXECUTE_COMPLETE": self._completed,
            "DTMF": self._digit,
        }

    def _agent_of(self, fields: ChannelFields) -> AgentLeg | None:
        """The agent's leg of an event; None where a caller's leg has the same name as an offer."""
        return None if fields.direction == "inbound" else self._legs.agents.get(fields.unique_id)

    def _parked(self, fields: ChannelFields) -> None:
        agent = self._agent_of(fields)
        if agent is not None:
            agent.advance("parked")
            self._offers.referred(agent, fields)
            self._bridging.ready(agent)
            self._bridging.look(agent.call_id)
            return
        caller = self._legs.callers.get(fields.unique_id)
        if caller is None:
            self._intake.parked(fields)
            return
        agent, was_with = self._legs.agents.get(caller.bridged_to), caller.bridged_to
        self._bridging.apart(caller)
        self._rejoined.parked(caller, was_with, fields)
        if agent is not None and has_referred(fields):
            self._offers.rejoin(caller, agent)

    def _answered(self, fields: ChannelFields) -> None:
        caller = self._legs.callers.get(fields.unique_id)
        if caller is not None:
            caller.is_answered = True
            self._bridging.look(caller.call_id)
        agent = self._agent_of(fields)
        if agent is None or agent.is_answered:
            return
        agent.advance("answered")
        self._bridging.answered(agent, by_switch=bool(fields.joins_itself))
        if not agent.is_cancelled:
            self._offers.report_answer(agent)
            self._bridging.ready(agent)

    def _bridged(self, fields: ChannelFields) -> None:
        if self._rejoined.joined(fields):
            return
        one, other = fields.bridge_a_id, fields.bridge_b_id
        caller = self._legs.callers.get(one) or self._legs.callers.get(other)
        agent = self._legs.agents.get(other) or self._legs.agents.get(one)
        if caller is not None:
            caller.player.cut()
        if caller is None or agent is None:
            return
        caller.bridging = ""
        caller.bridged_to = agent.offer_id
        agent.take_order("bridge_done")
        self._report(CallBridged(0, caller.call_id, agent.offer_id))

    def _hung_up(self, fields: ChannelFields) -> None:
        # When a caller leaves a conversation, the agent's leg is down before the caller's is: only
        # this event tells who it was. An agent's telephone must be down before it may ring again.
        caller = self._legs.callers.get(fields.unique_id)
        if caller is not None and not self._callers.is_recorded(caller):
            self._down(fields)

    def _down(self, fields: ChannelFields) -> None:
        leg_id = fields.unique_id
        self._intake.ended(leg_id)
        self._offers.redirected(fields)
        agent = self._legs.agents.get(leg_id)
        if agent is None:
            cause = end_of_caller(fields.hangup_cause)
            self._rejoined.ended(leg_id, cause)
            self._callers.gone(leg_id, cause)
            self._rejoined.caller_gone(leg_id)
        elif has_referred(fields) or not self._rejoined.leaves(agent, fields):
            self._offers.referred(agent, fields)
            self._offers.over(agent, fields.hangup_cause)

    def _completed(self, fields: ChannelFields) -> None:
        is_missing = fields.application_response == _NOT_FOUND
        if is_missing:
            self._lines.say(
                _log.warning,
                fields.application_data,
                "sound is not on the switch",
                file=fields.application_data,
                call_id=fields.unique_id,
            )
        caller = self._legs.callers.get(fields.unique_id)
        if caller is not None and fields.answer_state != _DOWN:
            caller.player.ended(fields.application_uuid, fields.application_data, is_missing)
        agent = self._legs.agents.get(fields.unique_id)
        if agent is not None and fields.answer_state != _DOWN:
            self._bridging.heard(agent, fields.application_uuid)

    def _digit(self, fields: ChannelFields) -> None:
        caller = self._legs.callers.get(fields.unique_id)
        if caller is not None and fields.dtmf_digit:
            self._callers.press(caller, fields.dtmf_digit)
        agent = self._agent_of(fields)
        if agent is not None and agent.is_asked and fields.dtmf_digit:
            self._report(OfferKeyPressed(0, agent.offer_id, fields.dtmf_digit))
