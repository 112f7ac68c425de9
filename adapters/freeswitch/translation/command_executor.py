"""Executes the engine's commands on FreeSWITCH. Each may be repeated, and none ends silently."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import structlog

from acdengine.commands import (
    AdoptAgentLeg,
    AdoptExternalLeg,
    AnswerCall,
    AnyCommand,
    AskToAccept,
    Bridge,
    CancelDial,
    CancelRing,
    CloseLine,
    DialCustomer,
    DialNumber,
    DialParty,
    EndParty,
    HangUpCall,
    HoldCall,
    JoinAll,
    JoinConsult,
    OpenLine,
    OpenMedia,
    PlayMusic,
    PlayPrompt,
    RecordMessage,
    RejectCall,
    RetrieveCall,
    RingAgent,
    StopPrompt,
    Supervise,
)
from acdengine.events import (
    AnyEvent,
    CallerHungUp,
    OfferCause,
    OfferEnded,
    PromptFinished,
)
from adapters.freeswitch.agents.agent_legs import GRACE_S, ring_argument, ring_limit_s
from adapters.freeswitch.agents.nailed_up_lines import NailedUpLines
from adapters.freeswitch.agents.parallel_ringing import end_of
from adapters.freeswitch.agents.pickup_legs import PickupLegs
from adapters.freeswitch.dialling.callback_customers import CallbackCustomers
from adapters.freeswitch.dialling.external_calls import ExternalCalls
from adapters.freeswitch.dialling.redirected_offers import RedirectedOffers
from adapters.freeswitch.dialling.third_parties import ThirdParties
from adapters.freeswitch.inputs.inputs import Inputs
from adapters.freeswitch.legs.bridging import Bridging
from adapters.freeswitch.legs.hangup_watch import is_multiparty, watch_agents
from adapters.freeswitch.legs.holding import Holding
from adapters.freeswitch.legs.internode import OtherNodes, Way
from adapters.freeswitch.legs.legs import AgentLeg, CallerLeg, Legs
from adapters.freeswitch.media.player import Wire
from adapters.freeswitch.media.sounds import Part, Sounds
from adapters.freeswitch.multiparty.multiparty_bridge import MultipartyBridge
from adapters.freeswitch.protocol.causes import ordered_cause
from adapters.freeswitch.protocol.channel_fields import HOLD_MUSIC, STAYS
from adapters.freeswitch.protocol.command_lines import Command, api
from adapters.freeswitch.protocol.errors import EslError, Unrepresentable
from adapters.freeswitch.protocol.quoting import (
    hangup_cause,
    is_bare_value,
    leg_uuid,
    setvar_value,
    variable_name,
)
from adapters.freeswitch.protocol.replies import Reply
from adapters.freeswitch.recordings.recording import Recorder
from adapters.freeswitch.recordings.voicemail import Voicemail
from adapters.freeswitch.translation.command_failures import ends_of
from adapters.freeswitch.translation.event_translator import EventTranslator

_log = structlog.get_logger("acdengine.freeswitch")


class CommandExecutor:
    """Executes the engine's commands on one node.

    Args:
        legs: the table, shared with the translation of events.
        wire: to the switch.
        translation: reports the ends of legs.
        bridging: joins them.
        outside: puts callers through to numbers outside.
        customers: rings customers back.
        messages: takes messages.
        parties: consulted numbers, and supervisors.
        together: looks after calls with more than two legs.
        nailed_up: keeps agents' lines.
        recorder: records conversations.
        holding: puts callers on hold.
        redirects: knows the way to numbers that telephones redirect to.
        inputs: steps of flows and scripts on callers' legs.
        sounds: names of music and prompts.
        report: takes the engine's events.
        tenant_of: the tenant of a call; empty where it is not known.
    """

    def __init__(
        self,
        legs: Legs,
        wire: Wire,
        translation: EventTranslator,
        bridging: Bridging,
        outside: ExternalCalls,
        customers: CallbackCustomers,
        messages: Voicemail,
        parties: ThirdParties,
        together: MultipartyBridge,
        nailed_up: NailedUpLines,
        recorder: Recorder,
        holding: Holding,
        redirects: RedirectedOffers,
        inputs: Inputs,
        sounds: Sounds,
        report: Callable[[AnyEvent], None],
        tenant_of: Callable[[str], str] = lambda _: "",
    ) -> None:
        self._legs = legs
        self._wire = wire
        self._translation = translation
        self._bridging = bridging
        #: May be put in another's place at any time.
        self.sounds = sounds
        self._tenant_of = tenant_of
        self._outside = outside
        self._messages = messages
        self._together = together
        self._nailed_up = nailed_up
        self._redirects = redirects
        self._pickup = PickupLegs(legs, wire, report)
        self._holding = holding
        self._inputs = inputs
        self._report = report
        #: How telephones that are registered at other nodes are reached.
        self.others = OtherNodes("")
        #: Whether a contact is several telephones.
        self.are_several: Callable[[str], bool] = lambda _: False
        self._do: dict[type[AnyCommand], Callable[..., None]] = {
            RejectCall: self._hang_up,
            AnswerCall: self._answer,
            OpenMedia: self._open_media,
            PlayMusic: self._play_music,
            PlayPrompt: self._play_prompt,
            StopPrompt: self._stop_prompt,
            RingAgent: self._ring,
            AskToAccept: self._ask,
            OpenLine: nailed_up.open,
            CloseLine: nailed_up.close,
            CancelRing: self._cancel,
            Bridge: self._bridge,
            HoldCall: self._hold,
            RetrieveCall: self._retrieve,
            HangUpCall: self._hang_up,
            DialNumber: self._dial_number,
            RecordMessage: self._record_message,
            **inputs.orders(),
            **recorder.orders(),
            DialCustomer: customers.dial,
            CancelDial: customers.cancel,
            DialParty: parties.dial,
            EndParty: parties.end,
            AdoptAgentLeg: translation.rejoined.adopt_agent,
            AdoptExternalLeg: translation.rejoined.adopt_external,
            JoinConsult: together.consult,
            JoinAll: together.all_three,
            Supervise: parties.supervise,
        }

    def execute(self, commands: Sequence[AnyCommand]) -> None:
        """Carry commands out, in order."""
        joined = {one.call_id: None for one in commands if isinstance(one, Bridge)}
        for command in commands:
            if isinstance(command, StopPrompt) and command.call_id in joined:
                # The bridge stops what plays; a break on its heels could hit the bridge.
                continue
            do = self._do.get(type(command))
            if do is not None:
                self._carry_out(do, command)

    def _carry_out(self, do: Callable[..., None], command: AnyCommand) -> None:
        """One command. One that cannot be carried out is over, and holds up no other."""
        try:
            do(command)
            return
        except EslError as error:
            reason = str(error)  # which holds none of the values
            _log.warning("command not carried out", command=type(command).__name__, reason=reason)
        except Exception:  # noqa: BLE001 - logged; the commands behind it must not be lost
            _log.exception("command failed", command=type(command).__name__)
        for event in ends_of(command, self._legs):
            self._report(event)

    def sounds_of(self, call_id: str) -> Sounds:
        """What the caller's tenant has to be heard."""
        return self.sounds.of(self._tenant_of(call_id))

    # -- callers -------------------------------------------------------------------------------

    def _caller(self, call_id: str) -> CallerLeg | None:
        """A caller's leg; one that is not known is reported as gone."""
        leg = self._legs.callers.get(call_id)
        if leg is None:
            self._report(CallerHungUp(0, call_id, "no_such_leg"))
        return leg

    def _tell_caller(self, call_id: str, command: Command) -> None:
        """Send what fails only when the caller's leg has gone."""

        def replied(outcome: Reply | EslError) -> None:
            if isinstance(outcome, Reply) and outcome.is_refusal:
                self._translation.caller_missing(call_id)

        self._wire.tell(command, replied)

    def _answer(self, command: AnswerCall) -> None:
        leg = self._caller(command.call_id)
        if leg is None:
            return
        if not leg.stays:
            leg.stays = True
            self.set_variables(leg.call_id, STAYS)
        if not leg.is_answered:
            leg.is_answered = True
            self._tell_caller(leg.call_id, api("uuid_answer", leg_uuid(leg.call_id)))

    def _open_media(self, command: OpenMedia) -> None:
        leg = self._caller(command.call_id)
        if leg is not None and not leg.is_answered:
            self._tell_caller(leg.call_id, api("uuid_pre_answer", leg_uuid(leg.call_id)))

    def _hang_up(self, command: RejectCall | HangUpCall) -> None:
        leg = self._caller(command.call_id)
        if leg is None:
            return
        cause = hangup_cause(ordered_cause(command.cause))
        # FreeSWITCH's own choice need not be said.
        named = "" if cause == "NORMAL_CLEARING" else f" {cause}"
        self._tell_caller(leg.call_id, api("uuid_kill", leg_uuid(leg.call_id) + named))

    def _play_music(self, command: PlayMusic) -> None:
        leg = self._caller(command.call_id)
        if leg is None:
            return
        self._inputs.cancel(leg)
        try:
            leg.player.music(self.sounds_of(leg.call_id).stream(command.music))
        except Unrepresentable:
            leg.player.music("")

    def _play_prompt(self, command: PlayPrompt) -> None:
        leg = self._caller(command.call_id)
        if leg is None:
            return
        self._inputs.cancel(leg)
        try:
            parts = self.sounds_of(leg.call_id).parts(command.prompt)
            leg.player.prompt(command.prompt_id, parts)
        except Unrepresentable:
            self._report(PromptFinished(0, leg.call_id, command.prompt_id))

    def _stop_prompt(self, command: StopPrompt) -> None:
        leg = self._caller(command.call_id)
        if leg is not None:
            self._inputs.cancel(leg)
            leg.player.stop()

    def _hold(self, command: HoldCall) -> None:
        leg = self._caller(command.call_id)
        if leg is not None:
            self._holding.hold(command, leg)

    def _retrieve(self, command: RetrieveCall) -> None:
        leg = self._caller(command.call_id)
        if leg is not None:
            self._holding.retrieve(leg)

    def set_variable(self, leg_id: str, name: str, value: str) -> None:
        """Write a channel variable. A leg that has gone is none of its business.

        Raises:
            Unrepresentable: no variable can hold the value.
        """
        argument = f"{leg_uuid(leg_id)} {variable_name(name)} {setvar_value(name, value)}"
        self._wire.tell(api("uuid_setvar", argument))

    def set_variables(self, leg_id: str, values: Mapping[str, str]) -> None:
        """Write one, or several at once.

        Raises:
            Unrepresentable: no variable can hold one of the values.
        """
        if len(values) == 1 or not all(map(is_bare_value, values.values())):
            for name, value in values.items():
                self.set_variable(leg_id, name, value)
            return
        pairs = ";".join(f"{variable_name(name)}={value}" for name, value in values.items())
        self._wire.tell(api("uuid_setvar_multi", f"{leg_uuid(leg_id)} {pairs}"))

    def keep(self, call_id: str) -> None:
        """The engine has taken the call: cancel what the dialplan planned for the other case."""
        leg = self._legs.callers.get(call_id)
        if leg is not None and leg.has_fallback:
            leg.has_fallback = False
            # Scheduled transfers go by the uuid of their leg.
            self._wire.tell(api("sched_del", leg_uuid(call_id)))

    # -- agents --------------------------------------------------------------------------------

    def _ring(self, command: RingAgent) -> None:
        if command.offer_id in self._legs.agents:
            return
        music = self._hold_music(command)
        if command.leg_id:
            self._pickup.take(command, music)
            return
        if command.line_id:
            self._nailed_up.ring(command, music)
            return
        leg = AgentLeg(command.offer_id, command.call_id, command.agent_id, is_dialling=True)
        leg.is_consult = command.consult
        leg.may_redirect = command.may_redirect
        leg.may_bridge_itself = not (command.whisper or command.consult or command.awaits_key)
        try:
            caller = self._legs.callers.get(command.call_id)
            way = self._way(command, leg)
            is_watched = command.consult or is_multiparty(self._legs, command.call_id)
            is_own = way.contact == command.contact
            # The leg of a number has a uuid of its own too: that of the telephone that has
            # redirected may not be free yet.
            leg.rings_several = bool(command.number) or (is_own and self.are_several(way.contact))
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
            self._translation.dialled(leg, printed)

        self._bridging.look(command.call_id)
        self._wire.dial(argument, ended, ring_limit_s(command.timeout_us) + GRACE_S)

    def _way(self, command: RingAgent, leg: AgentLeg) -> Way:
        """How the telephone is reached, or the number that it has redirected to.

        Raises:
            Unrepresentable: it is not reached at all.
        """
        if command.number:
            return self._redirects.way(command, leg)
        return self.others.way(
            command.contact,
            command.node_id,
            command.offer_id,
            auto_answer=bool(command.auto_answer),
        )

    def _hold_music(self, command: RingAgent) -> str:
        """What the telephone's hold key plays to the caller."""
        try:
            return self.sounds_of(command.call_id).stream(command.music)
        except Unrepresentable:
            return HOLD_MUSIC

    def _cancel(self, command: CancelRing) -> None:
        leg = self._legs.agents.get(command.offer_id)
        if leg is not None and leg.line_id:
            self._nailed_up.cancel(leg)
            return
        if leg is not None:
            leg.take_order("end_ordered")

        def replied(outcome: Reply | EslError) -> None:
            # `hupall` says the same whether there was a leg or not.
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

    def _bridge(self, command: Bridge) -> None:
        if self._together.concerns(command):
            self._together.bridge(command)
            return
        agent = self._legs.agents.get(command.offer_id)
        caller = self._caller(command.call_id)
        if agent is None:
            self._report(OfferEnded(0, command.offer_id, "hangup"))
        elif caller is not None:
            self._inputs.cancel(caller)
            parts = self._parts(command.call_id, command.whisper) if command.whisper else ()
            self._bridging.order(caller, agent, parts)

    def _ask(self, command: AskToAccept) -> None:
        agent = self._legs.agents.get(command.offer_id)
        if agent is None:
            self._report(OfferEnded(0, command.offer_id, "hangup"))
            return
        prompts = [self._parts(command.call_id, prompt) for prompt in command.prompts]
        self._bridging.ask(agent, tuple(part for parts in prompts for part in parts))

    def _parts(self, call_id: str, prompt: str) -> tuple[Part, ...]:
        """What is played to an agent; a prompt that cannot be played stops no call."""
        try:
            return self.sounds_of(call_id).parts(prompt)
        except Unrepresentable:
            return ()

    # -- outside -------------------------------------------------------------------------------

    def _dial_number(self, command: DialNumber) -> None:
        leg = self._caller(command.call_id)
        if leg is not None:
            self._inputs.cancel(leg)
            self._outside.dial(command, leg)

    def _record_message(self, command: RecordMessage) -> None:
        leg = self._caller(command.call_id)
        if leg is not None:
            self._inputs.cancel(leg)
            self._messages.take(command, leg)
