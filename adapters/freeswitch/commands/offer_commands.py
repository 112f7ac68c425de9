"""Commands that begin and cancel offers: on a telephone, a nailed-up line, or a pick-up leg."""

from __future__ import annotations

from acdengine.commands import CancelRing, RingAgent
from adapters.freeswitch.agents.nailed_up_lines import NailedUpLines
from adapters.freeswitch.agents.pickup_legs import PickupLegs
from adapters.freeswitch.commands.command_executor import CommandTable
from adapters.freeswitch.commands.telephone_ringing import TelephoneRinging
from adapters.freeswitch.legs.leg_table import Legs
from adapters.freeswitch.media.tenant_sounds import TenantSounds
from adapters.freeswitch.protocol.channel_fields import HOLD_MUSIC
from adapters.freeswitch.protocol.errors import Unrepresentable


class OfferCommands:
    """Offers on one node.

    Args:
        legs: the adapter's table.
        telephones: rings agents' telephones.
        nailed_up: offers calls on nailed-up lines.
        pickup: answers the legs of agents who have dialled a pick-up code.
        sounds: names of music.
    """

    def __init__(
        self,
        legs: Legs,
        telephones: TelephoneRinging,
        nailed_up: NailedUpLines,
        pickup: PickupLegs,
        sounds: TenantSounds,
    ) -> None:
        self._legs = legs
        self._telephones = telephones
        self._nailed_up = nailed_up
        self._pickup = pickup
        self._sounds = sounds

    def commands(self) -> CommandTable:
        """The commands that are executed here."""
        return {RingAgent: self._ring, CancelRing: self._cancel}

    def _ring(self, command: RingAgent) -> None:
        if command.offer_id in self._legs.agents:
            return
        music = self._hold_music(command)
        if command.leg_id:
            self._pickup.take(command, music)
        elif command.line_id:
            self._nailed_up.ring(command, music)
        else:
            self._telephones.ring(command, music)

    def _hold_music(self, command: RingAgent) -> str:
        """What the caller hears when the agent presses the telephone's hold key."""
        try:
            return self._sounds.of_call(command.call_id).stream(command.music)
        except Unrepresentable:
            return HOLD_MUSIC

    def _cancel(self, command: CancelRing) -> None:
        leg = self._legs.agents.get(command.offer_id)
        if leg is not None and leg.line_id:
            self._nailed_up.cancel(leg)
        else:
            self._telephones.cancel(command, leg)
