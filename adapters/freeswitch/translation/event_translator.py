"""Translates the switch's events to the engine's: what happened to which leg."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import structlog

from acdengine.events import (
    AnyEvent,
    CallArrived,
    CallBlocked,
    CallBridged,
    CallerHungUp,
    CallReferred,
    DigitPressed,
    OfferAnswered,
    OfferEnded,
    OfferKeyPressed,
    OfferRedirected,
    PromptFinished,
)
from acdengine.trunks import Busy
from adapters.freeswitch.agents.parallel_ringing import ParallelRinging, end_of
from adapters.freeswitch.legs.bridging import Bridging
from adapters.freeswitch.legs.legs import AgentLeg, CallerLeg, Legs
from adapters.freeswitch.media.player import Player, Wire
from adapters.freeswitch.protocol.causes import (
    NOT_SENT,
    REDIRECTED,
    cause_of_job,
    end_of_caller,
    end_of_offer,
)
from adapters.freeswitch.protocol.channel_fields import (
    PARKS,
    REFER_VARIABLE,
    UNSET_KEYS,
    ChannelFields,
    Hearing,
)
from adapters.freeswitch.protocol.command_lines import api
from adapters.freeswitch.protocol.errors import EslError
from adapters.freeswitch.protocol.identities import is_callers_uuid
from adapters.freeswitch.protocol.quoting import hangup_cause, leg_uuid
from adapters.freeswitch.translation.caller_identity import (
    CallerIdentity,
    identity_of,
    is_for_the_centre,
)
from adapters.freeswitch.translation.dialplan_hints import hints_of
from adapters.freeswitch.translation.redirections import redirected_number
from adapters.freeswitch.translation.referrals import (
    DISPOSITION_VARIABLE,
    has_referred,
    referred_number,
)
from adapters.freeswitch.translation.rejoined_callers import RejoinedCallers
from adapters.freeswitch.trunks.trunk_groups import BUSY_CAUSES, NodeTrunks, way_of

_log = structlog.get_logger("acdengine.freeswitch")

_DOWN: Final = "hangup"
#: What `playback` answers for a sound that is not there.
_NOT_FOUND: Final = "FILE NOT FOUND"
#: Characters of a strange identity that the log shows.
_SHOWN: Final = 80
#: Events are sent every 20 ms; a busy switch takes longer.
_OVERTAKEN_S: Final = 0.5
#: What makes a reading of a leg that is under way, or was just made, an old one.
_TOUCHES: Final = ("CHANNEL_PARK", "CHANNEL_ANSWER", "CHANNEL_BRIDGE")


class EventTranslator:
    """Keeps the table of legs, and reports what the engine is to know.

    Args:
        node_id: of the switch.
        legs: the table, shared with the command executor.
        wire: to the switch.
        bridging: is told when legs can be joined.
        trunks: of the switch, which may have no channel for another caller.
        report: takes the engine's events.
    """

    def __init__(
        self,
        node_id: str,
        legs: Legs,
        wire: Wire,
        bridging: Bridging,
        trunks: NodeTrunks,
        report: Callable[[AnyEvent], None],
    ) -> None:
        self._node_id = node_id
        self._legs = legs
        self._wire = wire
        self._bridging = bridging
        self.trunks = trunks
        self._report = report
        self.several = ParallelRinging(legs, self.report_answer)
        self.rejoined = RejoinedCallers(
            legs, wire, report, self._offer_over, lambda delay_s, act: self.later(delay_s, act)
        )
        #: Calls something after so many seconds; at once by default.
        self.later: Callable[[float, Callable[[], object]], object] = lambda _, action: action()
        #: While the switch is being read through: legs that came up or went down meanwhile, in
        #: order; None at all other times.
        self.came: dict[str, None] | None = None
        self.went: dict[str, None] = {}
        #: Called with each event first; may replace a leg's uuid by its offer.
        self.before: Callable[[ChannelFields], None] | None = None
        #: Called with each prompt that has ended, and whether all of it was played; whether it was
        #: another part's.
        self.finished_also: Callable[[str, str, bool], bool] = lambda _call, _prompt, _whole: False
        #: Called with each prompt of which another part has begun, and how many are still to come.
        self.began_also: Callable[[str, str, int], None] = lambda _call, _prompt, _left: None
        #: Called with each key of a caller; whether a step takes it.
        self.pressed_also: Callable[[CallerLeg, str], bool] = lambda _leg, _key: False
        #: Whether how a recording of the caller ended is to be told before the caller's hang-up.
        self.is_recorded: Callable[[CallerLeg], bool] = lambda _leg: False
        #: While the switch is being read through: legs of which something was heard, to be read
        #: again.
        self.touched: dict[str, None] = {}
        #: Legs that the dialplan has sent by `socket`, until they are parked.
        self._by_socket: dict[str, None] = {}
        self._hearing: dict[str, list[Callable[[ChannelFields], None]]] = {
            "CHANNEL_PARK": [self._parked],
            "CHANNEL_ANSWER": [self._answered],
            "CHANNEL_BRIDGE": [self._bridged],
            "CHANNEL_HANGUP": [self._hung_up],
            "CHANNEL_HANGUP_COMPLETE": [self._down],
            "CHANNEL_EXECUTE_COMPLETE": [self._completed],
            "DTMF": [self._digit],
        }

    def tell_also(self, *others: Hearing) -> None:
        """Add handlers, called in order after the table of legs is updated."""
        for hearing in others:
            for name, hear in hearing.items():
                self._hearing.setdefault(name, []).append(hear)

    @property
    def heard(self) -> Iterable[str]:
        """The names of the events that have a handler."""
        return self._hearing

    def take(self, fields: ChannelFields) -> None:
        """An event of the switch; those that mean nothing to the engine are passed over."""
        name = fields.event_name
        if self.came is not None and name in _TOUCHES:
            for leg_id in (fields.unique_id, fields.bridge_a_id, fields.bridge_b_id):
                if leg_id:
                    self.touched[leg_id] = None
        self.several.take(fields)
        if self.before is not None:
            self.before(fields)
        hearing = self._hearing.get(name)
        if hearing is not None:
            for hear in hearing:
                hear(fields)

    def new_caller(self, call_id: str, end_keys: str = UNSET_KEYS) -> CallerLeg:
        """Enter a caller's leg in the table.

        Args:
            call_id: the leg's uuid.
            end_keys: those that end what plays, as the leg has them.
        """

        def finished(prompt_id: str, is_whole: bool) -> None:
            if self.finished_also(call_id, prompt_id, is_whole):
                return
            self._report(PromptFinished(0, call_id, prompt_id))

        player = Player(
            call_id, self._wire, finished, lambda: self.caller_missing(call_id), end_keys,
            lambda prompt_id, left: self.began_also(call_id, prompt_id, left),
        )  # fmt: skip
        leg = CallerLeg(call_id, player)
        self._legs.callers[call_id] = leg
        return leg

    def renew(self, leg: CallerLeg) -> None:
        """What a caller hears is not known: park the leg again."""
        self._bridging.hold_off(leg.call_id)
        leg.player.renew()

    def caller_missing(self, call_id: str) -> None:
        """A command was refused for want of the leg. Replies overtake events: the one that tells
        why it has ended is on its way."""
        leg = self._legs.callers.get(call_id)

        def still_missing() -> None:
            if leg is not None and self._legs.callers.get(call_id) is leg:
                self.caller_gone(call_id)

        self.later(_OVERTAKEN_S, still_missing)

    def caller_gone(self, call_id: str, cause: str = "no_such_leg") -> None:
        """The caller's leg is down, as far as the switch knows."""
        leg = self._legs.callers.pop(call_id, None)
        if leg is not None:
            self._report(CallerHungUp(0, call_id, cause))

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
                self._offer_over(leg, cause)
            else:
                self.later(_OVERTAKEN_S, lambda: self._offer_over(leg, cause))
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
            self._offer_over(leg, NOT_SENT)
        elif leg.is_cancelled:
            self._wire.tell(api("uuid_kill", leg_uuid(leg.offer_id)))

    # -- events --------------------------------------------------------------------------------

    def _agent_of(self, fields: ChannelFields) -> AgentLeg | None:
        """The agent's leg of an event; None where a caller's leg bears the name of an offer."""
        return None if fields.direction == "inbound" else self._legs.agents.get(fields.unique_id)

    def _parked(self, fields: ChannelFields) -> None:
        leg_id = fields.unique_id
        agent = self._agent_of(fields)
        if agent is not None:
            agent.advance("parked")
            self._referred(agent, fields)
            self._bridging.ready(agent)
            self._bridging.look(agent.call_id)
            return
        caller = self._legs.callers.get(leg_id)
        if caller is not None:
            agent, was_with = self._legs.agents.get(caller.bridged_to), caller.bridged_to
            self._bridging.apart(caller)
            self.rejoined.parked(caller, was_with, fields)
            if agent is not None and has_referred(fields):
                self._rejoin(caller, agent)
            return
        if leg_id not in self._by_socket and not is_for_the_centre(fields):
            return
        if not is_callers_uuid(leg_id):
            _log.warning("a leg that cannot be named is left alone", leg=leg_id[:_SHOWN])
            return
        if fields.running == "socket":
            # Another connection takes it from there: see `socket_calls`.
            self._by_socket[leg_id] = None
            return
        if self.came is not None:
            self.came[leg_id] = None
            return
        self._new_call(fields)

    def _new_call(self, fields: ChannelFields) -> None:
        leg_id, who = fields.unique_id, identity_of(fields)
        self._by_socket.pop(leg_id, None)
        way = way_of(fields)
        if who.direction == "outbound":
            # It is counted already, and who was dialled is not to meet busy.
            trunk_id, busy = self.trunks.group(way), None
        else:
            trunk_id = self.trunks.group_of_caller(way, who.direction)
            busy = self.trunks.arrive(leg_id, trunk_id)
        if busy is None:
            self._arrived(fields, who, trunk_id)
        else:
            self._turn_away(fields, who, trunk_id, busy)

    def _turn_away(
        self, fields: ChannelFields, who: CallerIdentity, trunk_id: str, busy: Busy
    ) -> None:
        ani, dnis = who.shown_number, fields.destination_number
        order = f"{leg_uuid(fields.unique_id)} {hangup_cause(BUSY_CAUSES[busy])}"
        self._wire.tell(api("uuid_kill", order))
        self._report(CallBlocked(0, ani, dnis, trunk_id, busy))

    def _arrived(self, fields: ChannelFields, who: CallerIdentity, trunk_id: str) -> None:
        leg = self.new_caller(fields.unique_id, fields.end_keys)
        leg.ani, leg.dnis = who.shown_number, fields.destination_number
        leg.name, leg.trunk_id = who.shown_name, trunk_id
        leg.is_withheld = who.withheld
        leg.is_answered = fields.answer_state == "answered"
        leg.has_fallback = bool(fields.fallback)
        is_parked_after = fields.parks == fields.parks_early == "true"
        leg.transfer_source = fields.transfer_source
        is_kept = fields.transfers == PARKS and fields.denies_transfers == "true"
        leg.stays = is_parked_after and is_kept
        hints = hints_of(fields)
        self._report(
            CallArrived(
                0, leg.call_id, leg.call_id, who.number, leg.dnis, leg.trunk_id, who.name,
                hints.skills, hints.priority, self._node_id, hints.customer_id, hints.queue_id,
                who.withheld, who.direction, who.telephone,
            )
        )  # fmt: skip

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
            self.report_answer(agent)
            self._bridging.ready(agent)

    def _bridged(self, fields: ChannelFields) -> None:
        if self.rejoined.joined(fields):
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
        # Of a message that is being left the end is told first.
        caller = self._legs.callers.get(fields.unique_id)
        if caller is not None and not caller.message and not self.is_recorded(caller):
            self._down(fields)

    def _down(self, fields: ChannelFields) -> None:
        if self.came is not None:
            self.went[fields.unique_id] = None
        self._by_socket.pop(fields.unique_id, None)
        self._redirected(fields)
        agent = self._legs.agents.get(fields.unique_id)
        if agent is None:
            self.rejoined.ended(fields.unique_id, end_of_caller(fields.hangup_cause))
            self.caller_gone(fields.unique_id, end_of_caller(fields.hangup_cause))
            self.rejoined.caller_gone(fields.unique_id)
        elif has_referred(fields) or not self.rejoined.leaves(agent, fields):
            self._referred(agent, fields)
            self._offer_over(agent, fields.hangup_cause)

    def _rejoin(self, caller: CallerLeg, agent: AgentLeg) -> None:
        """A caller has sent the agent on, which is not theirs to do: both are parked."""
        self._wire.tell(api("uuid_setvar", f"{leg_uuid(caller.call_id)} {DISPOSITION_VARIABLE}"))
        agent.take_order("bridge_ordered")
        self._bridging.ready(agent)

    def _referred(self, agent: AgentLeg, fields: ChannelFields) -> None:
        """The agent's telephone has sent the caller on, before its leg ended or was parked."""
        if not (has_referred(fields) and agent.is_answered):
            return
        self._report(CallReferred(0, agent.call_id, agent.offer_id, referred_number(fields)))
        if agent.call_id in self._legs.callers:
            name = leg_uuid(agent.call_id)
            self._wire.tell(api("uuid_setvar", f"{name} {REFER_VARIABLE}"))
        if agent.line_id:  # which serves other calls
            self._wire.tell(api("uuid_setvar", f"{leg_uuid(agent.line_id)} {DISPOSITION_VARIABLE}"))

    def _redirected(self, fields: ChannelFields) -> None:
        """A telephone has answered 302: keep in mind where to."""
        if fields.hangup_cause != REDIRECTED or fields.direction == "inbound":
            return
        agent = self._legs.agents.get(fields.offer or fields.unique_id)
        if agent is not None and agent.may_redirect:
            agent.redirected_to = redirected_number(fields.redirected_user)

    def _offer_over(self, agent: AgentLeg, hangup_cause: str) -> None:
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

    def _completed(self, fields: ChannelFields) -> None:
        caller = self._legs.callers.get(fields.unique_id)
        if caller is not None and fields.answer_state != _DOWN:
            is_missing = fields.application_response == _NOT_FOUND
            caller.player.ended(fields.application_uuid, fields.application_data, is_missing)
        agent = self._legs.agents.get(fields.unique_id)
        if agent is not None and fields.answer_state != _DOWN:
            self._bridging.heard(agent, fields.application_uuid)

    def _digit(self, fields: ChannelFields) -> None:
        caller = self._legs.callers.get(fields.unique_id)
        if caller is not None and fields.dtmf_digit:
            number = caller.keys.press(fields.dtmf_digit)
            if not self.pressed_also(caller, fields.dtmf_digit):
                self._report(DigitPressed(0, caller.call_id, fields.dtmf_digit, number))
        agent = self._agent_of(fields)
        if agent is not None and agent.is_asked and fields.dtmf_digit:
            self._report(OfferKeyPressed(0, agent.offer_id, fields.dtmf_digit))
