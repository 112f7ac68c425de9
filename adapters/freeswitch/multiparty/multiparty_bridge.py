"""Bridges the legs of calls with more than two legs.

What the engine wants of a call is kept, and its legs are led there one step at a time: what is
under way for a leg is awaited before the next thing is done to it, for a bridge or transfer on the
heels of another ends both legs. From every place there is a way:

- agent and consulted party alone: caller and agent are parked, the caller with music; agent and
  party are bridged as soon as the party is there.
- all three: caller and agent are bridged, the party hears the agent's leg and is heard by both
  (`eavesdrop`), so that nobody's conversation is interrupted when it comes or goes.
- caller and another leg alone: that leg is taken from where it is and bridged with the caller.

Legs that leave a bridge or an eavesdropping are parked (`park_after_bridge`), never hung up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from acdengine.commands import Bridge, JoinAll, JoinConsult
from acdengine.events import (
    AllJoined,
    AnyEvent,
    CallBridged,
    CallerHungUp,
    ConsultJoined,
    OfferEnded,
    PartyEnded,
)
from adapters.freeswitch.dialling.external_calls import RINGING_TONE
from adapters.freeswitch.dialling.third_party_legs import eavesdrop
from adapters.freeswitch.legs.bridging import Bridging
from adapters.freeswitch.legs.leg_table import AgentLeg, ExternalLeg, Legs
from adapters.freeswitch.media.player import Wire
from adapters.freeswitch.media.tenant_sounds import TenantSounds
from adapters.freeswitch.multiparty.leg_places import AGAIN_S, LegPlaces
from adapters.freeswitch.protocol.channel_fields import (
    CONSULT_VARIABLE,
    STAYS_TEXT,
    ChannelFields,
    Hearing,
)
from adapters.freeswitch.protocol.command_lines import api, execute
from adapters.freeswitch.protocol.errors import EslError, Unrepresentable
from adapters.freeswitch.protocol.quoting import leg_uuid
from adapters.freeswitch.protocol.reply_matching import Reply


@dataclass(slots=True)
class Target:
    """What the engine wants of a call.

    Attributes:
        kind: the caller with ``leg_id`` alone, the agent with it, or all three.
        offer_id: the agent's leg; empty where only the caller and ``leg_id`` count.
        leg_id: the consulted party's, or the one that the caller is to be bridged with.
        waits: the consulted party has yet to accept.
        since_s: when the step under way was taken; 0: none is.
        awaits: legs that are to be parked, or bridged, before the next step.
    """

    kind: Literal["pair", "consult", "all"]
    offer_id: str
    leg_id: str
    waits: bool = False
    since_s: float = 0.0
    awaits: list[str] = field(default_factory=list)


class MultipartyBridge:
    """Calls with more than two legs on one node.

    Args:
        legs: the table.
        wire: to the switch.
        bridging: is told of callers who are alone.
        sounds: names of music.
        report: takes the engine's events.
        monotonic_s: a clock that only runs on.
    """

    def __init__(
        self,
        legs: Legs,
        wire: Wire,
        bridging: Bridging,
        sounds: TenantSounds,
        report: Callable[[AnyEvent], None],
        monotonic_s: Callable[[], float],
    ) -> None:
        self._legs = legs
        self._wire = wire
        self._bridging = bridging
        self._sounds = sounds
        self._report = report
        self._monotonic_s = monotonic_s
        self._targets: dict[str, Target] = {}
        self._places = LegPlaces(monotonic_s)
        #: After the handlers of the other parts.
        self.hearing: Hearing = {
            "CHANNEL_PARK": self._parked,
            "CHANNEL_BRIDGE": self._bridged,
            "CHANNEL_HANGUP": self._ending,
            "CHANNEL_HANGUP_COMPLETE": self._down,
        }

    # -- the engine's orders -------------------------------------------------------------------

    def concerns(self, command: Bridge) -> bool:
        """Whether a bridge is more than that of a caller and the agent who has answered."""
        call_id, leg_id = command.call_id, command.offer_id
        return (
            call_id in self._targets
            or leg_id in self._legs.parties
            or self._places.is_to_leave(leg_id)
            or self._places.partner(leg_id) not in ("", call_id)
            or any(leg.is_consult for leg in self._legs.offers_of(call_id))
        )

    def bridge(self, command: Bridge) -> None:
        """Bridge the caller with one leg alone."""
        self._aim(command.call_id, Target("pair", "", command.offer_id))

    def consult(self, command: JoinConsult) -> None:
        """Bridge agent and consulted party; the caller hears music."""
        caller = self._legs.callers.get(command.call_id)
        if caller is not None:
            try:
                stream = self._sounds.of_call(command.call_id).stream(command.music)
            except Unrepresentable:
                stream = ""
            caller.player.music(stream)
        consulted = self._legs.agents.get(command.consult_id)
        if consulted is not None and command.accepted:
            consulted.accepted()
        self._aim(
            command.call_id,
            Target("consult", command.offer_id, command.consult_id, waits=not command.accepted),
        )

    def hears(self, leg_id: str, heard: str) -> None:
        """A supervisor begins to eavesdrop on an agent's leg."""
        self._places.eavesdrops(leg_id, heard)

    def all_three(self, command: JoinAll) -> None:
        """Join caller, agent and consulted party."""
        self._aim(command.call_id, Target("all", command.offer_id, command.consult_id))

    def take_off(self, call_id: str, leg_id: str) -> None:
        """Park a leg and its partner, unless that is under way."""
        target = self._targets.get(call_id)
        if (target is not None and leg_id in target.awaits) or self._places.is_leaving(leg_id):
            return
        for one in (leg_id, self._places.partner(leg_id)):
            if one:
                self._places.leaves(one)
        self._tell_leg("uuid_transfer", leg_id, "park inline")

    def is_eavesdropping(self, leg_id: str) -> bool:
        """Whether a leg eavesdrops on the conversation of others."""
        return bool(self._places.heard_by(leg_id))

    def _aim(self, call_id: str, target: Target) -> None:
        if not self._are_there(call_id, target):
            return
        before = self._targets.get(call_id)
        if before is not None and before.awaits:
            target.since_s, target.awaits = before.since_s, before.awaits
        self._targets[call_id] = target
        for leg_id in (call_id, target.offer_id, target.leg_id):
            if leg_id:
                self._tell_leg("uuid_setvar_multi", leg_id, STAYS_TEXT)
        self._step(call_id)

    def _are_there(self, call_id: str, target: Target) -> bool:
        """Whether all legs are known; what is missing is reported."""
        agents, parties = self._legs.agents, self._legs.parties
        missing: list[AnyEvent] = []
        if call_id not in self._legs.callers:
            missing.append(CallerHungUp(0, call_id, "no_such_leg"))
        if target.offer_id and target.offer_id not in agents:
            missing.append(OfferEnded(0, target.offer_id, "hangup"))
        if target.leg_id not in agents and target.leg_id not in parties:
            missing += [OfferEnded(0, target.leg_id, "hangup"), PartyEnded(0, target.leg_id)]
        for event in missing:
            self._report(event)
        return not missing

    # -- one step ------------------------------------------------------------------------------

    def _step(self, call_id: str, *, is_told: bool = False) -> None:
        """The next thing that can be done for a call, unless something is under way.

        Args:
            call_id: the call.
            is_told: the engine has just been told of a bridge of caller and agent.
        """
        target = self._targets.get(call_id)
        if target is None or call_id not in self._legs.callers:
            self._targets.pop(call_id, None)
            return
        if target.awaits and self._monotonic_s() - target.since_s < AGAIN_S:
            return
        target.awaits.clear()
        target.since_s = 0.0
        if target.kind == "pair":
            self._pair(call_id, target, is_told)
        elif target.kind == "consult":
            self._private(call_id, target)
        else:
            self._all(call_id, target)

    def _pair(self, call_id: str, target: Target, is_told: bool) -> None:
        if self._is(call_id, target.leg_id):
            self._be_main(target.leg_id)
            del self._targets[call_id]
            if not is_told:
                self._report(CallBridged(0, call_id, target.leg_id))
        elif self._free(target, call_id) and self._free(target, target.leg_id):
            self._bridge(target, call_id, target.leg_id, call_id)

    def _private(self, call_id: str, target: Target) -> None:
        if self._is(target.offer_id, target.leg_id):
            self._report(ConsultJoined(0, call_id, target.leg_id))
            return
        if not self._free(target, call_id) or not self._free(target, target.offer_id):
            return
        if target.waits:
            return
        if self._is_ready(target.leg_id) and self._free(target, target.leg_id):
            self._bridge(target, target.offer_id, target.leg_id, call_id)

    def _all(self, call_id: str, target: Target) -> None:
        if not self._is(call_id, target.offer_id):
            if self._free(target, call_id) and self._free(target, target.offer_id):
                self._bridge(target, call_id, target.offer_id, call_id)
        elif self._places.heard_by(target.leg_id) == target.offer_id:
            self._report(AllJoined(0, call_id, target.leg_id))
        elif self._is_ready(target.leg_id) and self._free(target, target.leg_id):
            self._hear(call_id, target)

    def _hear(self, call_id: str, target: Target) -> None:
        self._places.eavesdrops(target.leg_id, target.offer_id)

        def replied(outcome: Reply | EslError) -> None:
            if isinstance(outcome, Reply) and not outcome.is_refusal:
                self._report(AllJoined(0, call_id, target.leg_id))
            else:
                self._places.eavesdrop_failed(target.leg_id)

        hearer, heard = self._legs.uuid_of(target.leg_id), self._legs.uuid_of(target.offer_id)
        flags, transfer = eavesdrop(hearer, heard, heard_by_other=True, heard=True)
        self._wire.tell(flags)
        self._wire.tell(transfer, replied)

    def _is(self, one: str, other: str) -> bool:
        return self._places.partner(one) == other

    def _is_ready(self, leg_id: str) -> bool:
        """Whether a leg may be bridged, wherever it is."""
        leg: AgentLeg | ExternalLeg | None = self._legs.agents.get(leg_id)
        leg = leg or self._legs.parties.get(leg_id)
        if leg is None or leg.is_cancelled:
            return False
        return leg.progress == "ready"

    def _free(self, target: Target, leg_id: str) -> bool:
        """Whether a leg is parked alone; else park it and its partner."""
        other = self._places.partner(leg_id)
        if self._places.is_leaving(leg_id):
            return False
        if other:
            self._begin(target, leg_id, other)
            self._tell_leg("uuid_transfer", leg_id, "-both park inline")
        elif self._places.heard_by(leg_id):
            self._begin(target, leg_id)
            self._tell_leg("uuid_transfer", leg_id, "park inline")
        else:
            return not target.awaits
        return False

    def _begin(self, target: Target, *legs: str) -> None:
        target.awaits.extend(legs)
        target.since_s = self._monotonic_s()

    def _bridge(self, target: Target, one: str, other: str, call_id: str) -> None:
        if not (self._is_ready(other) and (one == call_id or self._is_ready(one))):
            return
        caller = self._legs.callers[call_id]
        if one == call_id:
            if caller.bridging or caller.player.is_renewing or not caller.is_answered:
                return
            caller.bridging, caller.bridging_since_s = other, self._monotonic_s()
            caller.player.off()
        self._begin(target, one, other)

        def replied(outcome: Reply | EslError) -> None:
            if isinstance(outcome, Reply) and outcome.is_refusal:
                target.awaits.clear()
                if one == call_id and caller.bridging == other:
                    self._bridging.apart(caller)

        legs = " ".join(leg_uuid(self._legs.uuid_of(leg_id)) for leg_id in (one, other))
        self._wire.tell(api("uuid_bridge", legs), replied)

    def _be_main(self, leg_id: str) -> None:
        """The consulted agent has taken the call over."""
        agent = self._legs.agents.get(leg_id)
        if agent is not None and agent.is_consult:
            agent.is_consult = False
            self._tell_leg("uuid_setvar", leg_id, CONSULT_VARIABLE)

    def _tell_leg(self, name: str, leg_id: str, rest: str) -> None:
        self._wire.tell(api(name, f"{leg_uuid(self._legs.uuid_of(leg_id))} {rest}"))

    # -- what the switch tells -----------------------------------------------------------------

    def _call_of(self, leg_id: str) -> str:
        if leg_id in self._legs.callers:
            return leg_id
        agent = self._legs.agents.get(leg_id)
        if agent is not None:
            return agent.call_id
        party = self._legs.parties.get(leg_id)
        if party is not None:
            return party.call_id
        # An offer on a line is over as soon as the line is parked.
        return next((one for one, target in self._targets.items() if leg_id in target.awaits), "")

    def _parked(self, fields: ChannelFields) -> None:
        leg_id = fields.unique_id
        self._places.parted(leg_id)
        # Before it is no longer awaited, by which alone an offer that is over is known.
        call_id = self._call_of(leg_id)
        self._done(leg_id)
        target = self._targets.get(call_id)
        if target is None:
            return
        self._step(call_id)
        if (
            target.kind == "consult"
            and leg_id == target.offer_id
            and not self._is_ready(target.leg_id)
        ):
            # The agent hears ringing tone; the bridge cuts it off.
            uuid = self._legs.uuid_of(leg_id)
            self._wire.tell(execute(uuid, "playback", RINGING_TONE, self._wire.new_id()))

    def _bridged(self, fields: ChannelFields) -> None:
        one, other = fields.bridge_a_id, fields.bridge_b_id
        self._places.bridged(one, other)
        party = self._legs.parties.get(other) or self._legs.parties.get(one)
        caller = self._legs.callers.get(one) or self._legs.callers.get(other)
        if party is not None and caller is not None:
            caller.bridging, caller.bridged_to = "", party.leg_id
        self._done(one)
        self._done(other)
        call_id = self._call_of(one)
        if call_id:
            self._step(call_id, is_told=party is None)

    def _done(self, leg_id: str) -> None:
        """A leg is where the step under way was to bring it."""
        target = self._targets.get(self._call_of(leg_id))
        if target is not None and leg_id in target.awaits:
            target.awaits.remove(leg_id)

    def _ending(self, fields: ChannelFields) -> None:
        leg_id = fields.unique_id
        for other in (self._places.partner(leg_id), *self._places.hearers(leg_id)):
            if other:
                self._places.leaves(other)

    def _down(self, fields: ChannelFields) -> None:
        leg_id = fields.unique_id
        self._places.parted(leg_id)
        for call_id, target in list(self._targets.items()):
            if leg_id in (call_id, target.offer_id, target.leg_id):
                del self._targets[call_id]
            elif leg_id in target.awaits:
                target.awaits.remove(leg_id)
                self._step(call_id)

    # -- the switch was read through -----------------------------------------------------------

    def found(self, bridged: dict[str, str], hearing: dict[str, str]) -> None:
        """A comparison has read bridges and eavesdropping: take the next steps."""
        self._places.found(bridged, hearing)
        for call_id, target in list(self._targets.items()):
            target.awaits.clear()
            self._step(call_id)
