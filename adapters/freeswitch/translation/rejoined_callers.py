"""Callers whom FreeSWITCH takes from their agent for a leg that the engine did not order.

The agent's leg ends first, with nothing on it that tells more than that the switch has ended it;
an attended transfer alone has left `refer_uuid`, the consultation's leg. So the end of an agent's
leg in a conversation that neither the agent nor the engine has ended is held back until the
caller's leg tells what has become of it, 20 to 40 ms later: it is bridged with another leg, parked
or hung up, or is in the dialplan.

Measured: docs/freeswitch-behaviour.md, section 12.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from acdengine.commands import AdoptAgentLeg, AdoptExternalLeg, AnyCommand
from acdengine.events import (
    AnyEvent,
    CallReferred,
    CallRejoined,
    NumberEnded,
    OfferEnded,
    SwitchSynced,
)
from acdengine.live_legs import LiveMove
from adapters.freeswitch.dialling.external_calls import RINGING_TONE
from adapters.freeswitch.legs.leg_table import AgentLeg, CallerLeg, ExternalLeg, Legs
from adapters.freeswitch.media.player import Wire
from adapters.freeswitch.protocol.channel_fields import (
    AGENT_VARIABLE,
    CALL_VARIABLE,
    CALLER_VARIABLE,
    NUMBER_VARIABLE,
    OUTSIDE_VARIABLE,
    REFER_VARIABLE,
    ChannelFields,
)
from adapters.freeswitch.protocol.command_lines import api
from adapters.freeswitch.protocol.errors import EslError
from adapters.freeswitch.protocol.quoting import leg_uuid, setvar_value
from adapters.freeswitch.protocol.reply_matching import Reply
from adapters.freeswitch.translation.refer_transfers import sent_to
from adapters.freeswitch.translation.telephone_consultations import Consultations

#: In the end of a leg whose telephone has hung up.
_BY_TELEPHONE: Final = b"recv_bye"
#: A caller is parked 20 ms after the leg that was not answered has ended; at the most.
_PARKED_AGAIN_S: Final = 1.0
#: In the place of the transfer that brought a caller where it is: one that is known already.
_IN_DIALPLAN: Final = "dialplan"
#: A caller of whom nothing is told for so long is in the dialplan.
_IN_DIALPLAN_S: Final = 1.0
_BUSY_WITH: Final = "destination_number"


By = Literal["telephone", "switch"]


@dataclass(slots=True)
class _Leaving:
    """An agent's leg that has ended, and why."""

    agent: AgentLeg
    cause: str
    #: The leg that the agent's telephone has named in a REFER with Replaces.
    consultation: str


class RejoinedCallers:
    """Callers on one node whom FreeSWITCH bridges with other legs.

    Args:
        legs: the table.
        wire: to the switch.
        report: takes the engine's events.
        offer_over: the end of an agent's leg, with the cause.
        later: calls something after so many seconds.
        on_adopted: called when a leg has become an agent's.
    """

    def __init__(
        self,
        legs: Legs,
        wire: Wire,
        report: Callable[[AnyEvent], None],
        offer_over: Callable[[AgentLeg, str], None],
        later: Callable[[float, Callable[[], object]], object],
        on_adopted: Callable[[], None],
    ) -> None:
        self._legs = legs
        self._wire = wire
        self._report = report
        self._offer_over = offer_over
        self._later = later
        self.consultations = Consultations(legs, wire, later)
        self._leaving: dict[str, _Leaving] = {}
        #: What the engine is told once a caller is parked whose other leg has not answered.
        self._unanswered: dict[str, NumberEnded] = {}
        self._on_adopted = on_adopted

    def commands(self) -> dict[type[AnyCommand], Callable[..., None]]:
        """The commands that are executed here."""
        return {AdoptAgentLeg: self.adopt_agent, AdoptExternalLeg: self.adopt_external}

    # -- the agent's leg -----------------------------------------------------------------------

    def ended(self, leg_id: str, cause: str) -> None:
        """A leg has ended: one that a caller was left to, perhaps, before it was answered.
        FreeSWITCH ends it when the caller hangs up, too, and tells of that later; else it sends the
        caller on in the dialplan of the consultation, which parks the caller once more."""
        leg = self._legs.outside.get(leg_id)
        if leg is None or leg.is_answered or not leg.is_adopted:
            return
        del self._legs.outside[leg_id]
        call_id = leg.call_id
        self._unanswered[call_id] = NumberEnded(0, call_id, False, cause, leg.attempt)
        self._later(_PARKED_AGAIN_S, lambda: self._not_answered(call_id))

    def _not_answered(self, call_id: str) -> None:
        ended = self._unanswered.pop(call_id, None)
        caller = self._legs.callers.get(call_id)
        if ended is not None and caller is not None:
            caller.player.music("")
            self._report(ended)

    def is_sudden(self, leg_id: str, raw: bytes) -> bool:
        """Whether the switch has ended a leg of an agent in conversation, of itself."""
        agent = self._legs.agents.get(self._legs.answered_legs.get(leg_id, leg_id))
        return agent is not None and self._has_caller(agent) and _BY_TELEPHONE not in raw

    def _has_caller(self, agent: AgentLeg) -> bool:
        caller = self._legs.callers.get(agent.call_id)
        if caller is None or agent.is_cancelled:
            return False
        return agent.offer_id in (caller.bridged_to, caller.parted_from)

    def leaves(self, agent: AgentLeg, fields: ChannelFields) -> bool:
        """An agent's leg has ended; whether what that means depends on the caller's leg."""
        is_by_switch = fields.hung_up_by not in ("", "recv_bye")
        if not is_by_switch or not self._has_caller(agent):
            return False
        left = _Leaving(agent, fields.hangup_cause, fields.refer_leg)
        caller = self._legs.callers[agent.call_id]
        if caller.bridged_to != agent.offer_id:
            # Parked already: the events of two legs come in either order.
            self._alone(caller, left)
            return True
        self._leaving[agent.call_id] = left
        self._later(_IN_DIALPLAN_S, lambda: self._overdue(agent.call_id, left))
        return True

    def _over(self, left: _Leaving) -> None:
        self._offer_over(left.agent, left.cause)

    # -- the caller's leg ----------------------------------------------------------------------

    def joined(self, fields: ChannelFields) -> bool:
        """Whether a bridge is one of a caller and a leg that the engine did not order."""
        one, other = fields.bridge_a_id, fields.bridge_b_id
        caller = self._legs.callers.get(one) or self._legs.callers.get(other)
        if caller is None:
            return False
        leg_id = other if caller.call_id == one else one
        rung = self._legs.outside.get(leg_id)
        if rung is not None and rung.is_adopted:
            self._answered(caller, rung)
            return True
        left = self._leaving.pop(caller.call_id, None)
        agent = left.agent if left is not None else self._legs.agents.get(caller.bridged_to)
        if agent is None:
            return self._waiting_joined(caller, leg_id)
        if leg_id == agent.offer_id or self._is_own(leg_id, caller.call_id):
            return False
        consultation = "" if left is None else left.consultation
        if consultation and self.consultations.of(consultation, agent) is None:
            # FreeSWITCH refuses that while its variable is set. Where a configuration lacks it:
            self._wire.tell(api("uuid_transfer", f"{leg_uuid(caller.call_id)} park inline"))
            self._report(CallReferred(0, caller.call_id, agent.offer_id, ""))
        else:
            self._is_with(caller, leg_id)
            by: By = "telephone" if consultation else "switch"
            self._tell(caller.call_id, agent.offer_id, leg_id, True, by)
        if left is not None:
            self._over(left)
        return True

    def _waiting_joined(self, caller: CallerLeg, leg_id: str) -> bool:
        """A caller without an agent was joined: by another program, where that is no leg of
        ours."""
        if caller.bridging or caller.bridged_to or self._is_own(leg_id, caller.call_id):
            return False
        self._is_with(caller, leg_id)
        self._tell(caller.call_id, "", leg_id, True, "switch")
        return True

    def _is_with(self, caller: CallerLeg, leg_id: str) -> None:
        caller.bridging, caller.bridged_to = "", leg_id
        if self.consultations.is_made_for(leg_id, caller.call_id):
            caller.transfer_source = _IN_DIALPLAN
        caller.is_elsewhere = leg_id in self._legs.callers
        caller.player.off()
        caller.player.cut()

    def _is_own(self, leg_id: str, call_id: str) -> bool:
        legs = self._legs
        agent = legs.agents.get(leg_id)
        if agent is not None:
            return agent.call_id == call_id
        return leg_id in legs.outside or leg_id in legs.parties

    def _tell(self, call_id: str, offer_id: str, leg_id: str, answered: bool, by: By) -> None:
        known = self.consultations
        self._report(
            CallRejoined(
                0, call_id, offer_id, leg_id, known.number_of(leg_id), known.telephone_on(leg_id),
                answered, by,
            )
        )  # fmt: skip

    # -- a node that is read through -----------------------------------------------------------

    def found_with(self, caller: CallerLeg, leg_id: str, was_transferred: bool) -> LiveMove | None:
        """A caller is found bridged with this leg, which may be none that was ordered."""
        if self._is_own(leg_id, caller.call_id):
            return None
        self._is_with(caller, leg_id)
        known = self.consultations
        by: By = "telephone" if was_transferred else "switch"
        return LiveMove(leg_id, known.number_of(leg_id), known.telephone_on(leg_id), by)

    def found_parked(self, fields: ChannelFields) -> LiveMove | None:
        """A caller is found parked. Which transfer was the last tells nothing: it may be an old
        one. A REFER that was told has been taken off the leg."""
        return LiveMove("", sent_to(fields)) if fields.refer_to else None

    def told(self, event: SwitchSynced) -> None:
        """The engine has taken what was found."""
        for live in event.calls:
            if live.moved is not None and not live.moved.leg_id:
                self._wire.tell(api("uuid_setvar", f"{leg_uuid(live.call_id)} {REFER_VARIABLE}"))
        self.consultations.go_on()

    # -- parked --------------------------------------------------------------------------------

    def parked(self, caller: CallerLeg, was_with: str, fields: ChannelFields) -> None:
        """A caller is parked, alone; `was_with`: the leg that it was bridged with."""
        call_id = caller.call_id
        self._not_answered(call_id)
        is_new = caller.transfer_source not in (fields.transfer_source, _IN_DIALPLAN)
        caller.transfer_source = fields.transfer_source
        number = sent_to(fields) if is_new else ""
        caller.parted_from = was_with
        left = self._leaving.pop(call_id, None)
        if left is not None and number and not left.consultation:
            self._sent_on(call_id, left.agent.offer_id, number, fields)
            self._over(left)
        elif left is not None:
            self._alone(caller, left)
        elif caller.is_elsewhere:
            caller.is_elsewhere = False
            self._report(NumberEnded(0, call_id, True, "normal"))
        elif number and not was_with:
            # What the caller heard was cut off.
            caller.player.renew()
            self._report(CallReferred(0, call_id, "", number, "switch"))
        elif number and was_with in self._legs.agents:
            # The agent's leg has not ended yet.
            self._sent_on(call_id, was_with, number, fields)

    def _sent_on(self, call_id: str, offer_id: str, number: str, fields: ChannelFields) -> None:
        by: By = "switch"
        if fields.refer_to:
            by = "telephone"
            self._wire.tell(api("uuid_setvar", f"{leg_uuid(call_id)} {REFER_VARIABLE}"))
        self._report(CallReferred(0, call_id, offer_id, number, by))

    def _alone(self, caller: CallerLeg, left: _Leaving) -> None:
        """A caller is parked whose agent's leg has ended."""
        agent, known = left.agent, self.consultations
        if left.consultation:
            own = known.of(left.consultation, agent)
            rung = known.made_for(left.consultation)
            if own is not None and rung:
                self._tell(caller.call_id, agent.offer_id, rung, False, "telephone")
            else:
                dialled = "" if own is None else own.number
                self._report(CallReferred(0, caller.call_id, agent.offer_id, dialled))
        self._over(left)

    def caller_gone(self, call_id: str) -> None:
        """A caller's leg has ended: so has the agent's that was held back."""
        self._unanswered.pop(call_id, None)
        left = self._leaving.pop(call_id, None)
        if left is not None:
            self._over(left)

    def _overdue(self, call_id: str, left: _Leaving) -> None:
        """Nothing was told of the caller: FreeSWITCH is asked where it is."""
        if self._leaving.get(call_id) is not left:
            return

        def replied(outcome: Reply | EslError) -> None:
            if self._leaving.get(call_id) is not left:
                return
            del self._leaving[call_id]
            if isinstance(outcome, Reply) and not outcome.is_refusal:
                self._in_dialplan(call_id, left.agent.offer_id, outcome.text.strip())
            self._over(left)

        self._wire.tell(api("uuid_getvar", f"{leg_uuid(call_id)} {_BUSY_WITH}"), replied)

    def _in_dialplan(self, call_id: str, offer_id: str, number: str) -> None:
        """The dialplan has the caller, and rings somebody or does something else."""
        rung = self.consultations.made_for(call_id)
        caller = self._legs.callers.get(call_id)
        if caller is not None:
            caller.transfer_source = _IN_DIALPLAN
        if rung:
            self._tell(call_id, offer_id, rung, False, "switch")
        elif caller is not None:
            caller.is_elsewhere = True
            self._report(CallRejoined(0, call_id, offer_id, "", number, by="switch"))

    # -- the other leg -------------------------------------------------------------------------

    def _answered(self, caller: CallerLeg, leg: ExternalLeg) -> None:
        caller.bridging, caller.bridged_to = "", leg.leg_id
        caller.player.music("")
        if not leg.is_answered:
            leg.advance("answered")
            telephone = self.consultations.telephone_on(leg.leg_id)
            self._report(CallRejoined(0, leg.call_id, "", leg.leg_id, leg.number, telephone))

    def adopt_agent(self, command: AdoptAgentLeg) -> None:
        """The leg is an agent's from now on: it bears whose, for an engine that comes after this
        one, and its end is reported."""
        leg_id, legs = command.offer_id, self._legs
        leg = AgentLeg(
            leg_id, command.call_id, command.agent_id, progress="ready", is_answer_reported=True
        )
        leg.telephone = self.consultations.telephone_on(leg_id)
        written = {
            AGENT_VARIABLE: command.agent_id,
            CALL_VARIABLE: command.call_id,
            OUTSIDE_VARIABLE: "",
        }

        def gone() -> None:
            if legs.agents.pop(leg_id) is not None:
                self._report(OfferEnded(0, leg_id, "hangup"))

        self._write(leg_id, written, gone)
        legs.outside.pop(leg_id, None)
        legs.agents[leg_id] = leg
        self._on_adopted()

    def adopt_external(self, command: AdoptExternalLeg) -> None:
        """The leg is that of a number outside from now on, which may still ring."""
        leg_id, call_id, legs = command.leg_id, command.call_id, self._legs
        if leg_id in legs.callers:
            return  # another program has joined two callers: each has an end of its own
        leg = ExternalLeg(leg_id, call_id, command.number, command.attempt, is_adopted=True)
        if command.answered:
            leg.advance("answered")
        written = {OUTSIDE_VARIABLE: call_id, NUMBER_VARIABLE: command.number}

        def gone() -> None:
            self.ended(leg_id, "normal")
            if legs.outside.pop(leg_id, None) is not None:
                ended = NumberEnded(0, call_id, leg.is_answered, "normal", leg.attempt)
                self._report(ended)

        self._write(call_id, {CALLER_VARIABLE: "true"}, lambda: None)
        self._write(leg_id, written, gone)
        legs.outside.setdefault(leg_id, leg)
        caller = legs.callers.get(call_id)
        if caller is not None and not command.answered:
            caller.player.music(RINGING_TONE)

    def _write(self, leg_id: str, values: dict[str, str], gone: Callable[[], None]) -> None:
        """Write channel variables; `gone` is called where there is no such leg any more."""

        def replied(outcome: Reply | EslError) -> None:
            if isinstance(outcome, Reply) and outcome.is_refusal:
                gone()

        for name, value in values.items():
            argument = f"{leg_uuid(leg_id)} {name} {setvar_value(name, value)}".rstrip(" ")
            self._wire.tell(api("uuid_setvar", argument), replied)

    def forget(self) -> None:
        """The switch is gone, with all legs."""
        self._leaving.clear()
        self._unanswered.clear()
        self.consultations.forget()
