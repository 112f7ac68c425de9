"""Callers on hold: the agent's leg is held, and FreeSWITCH plays the music to the other side.

It plays none to a caller who was joined with the agent less than about a quarter of a second ago
(measured; the hold itself is done), and a second order does not help: such a hold waits so long.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from acdengine.commands import HoldCall
from acdengine.events import AnyEvent, HoldChanged
from adapters.freeswitch.legs.leg_table import CallerLeg, Legs
from adapters.freeswitch.media.player import Wire
from adapters.freeswitch.media.tenant_sounds import TenantSounds
from adapters.freeswitch.protocol.channel_fields import ChannelFields, Hearing
from adapters.freeswitch.protocol.command_lines import api
from adapters.freeswitch.protocol.errors import Unrepresentable
from adapters.freeswitch.protocol.quoting import leg_uuid, setvar_value

_SETTLED_S: Final = 0.4


class Holding:
    """Holds and retrieves on one node.

    Args:
        legs: the table.
        wire: to the switch.
        sounds: names of music.
        monotonic_s: a clock.
        later: calls something after so many seconds.
        report: takes the engine's events.
    """

    def __init__(
        self,
        legs: Legs,
        wire: Wire,
        sounds: TenantSounds,
        monotonic_s: Callable[[], float],
        later: Callable[[float, Callable[[], object]], object],
        report: Callable[[AnyEvent], None],
    ) -> None:
        self._legs = legs
        self._wire = wire
        self._sounds = sounds
        self._monotonic_s = monotonic_s
        self._later = later
        self._report = report
        self.hearing: Hearing = {
            "CHANNEL_BRIDGE": self._joined,
            "CHANNEL_HOLD": lambda fields: self._changed(fields, True),
            "CHANNEL_UNHOLD": lambda fields: self._changed(fields, False),
        }

    def _joined(self, fields: ChannelFields) -> None:
        callers = self._legs.callers
        caller = callers.get(fields.bridge_a_id) or callers.get(fields.bridge_b_id)
        if caller is not None:
            caller.joined_at_s = self._monotonic_s()
            caller.is_held = False

    def _changed(self, fields: ChannelFields, is_held: bool) -> None:
        """An agent's leg is held, or no longer: by the telephone's own key, unless it was ordered.

        FreeSWITCH plays the music by itself (`hold_music` of the agent's leg).
        """
        agent = self._legs.agents.get(fields.unique_id)
        caller = self._legs.callers.get(agent.call_id) if agent is not None else None
        if agent is None or caller is None or caller.bridged_to != agent.offer_id:
            return
        if caller.is_held != is_held:
            caller.is_held = is_held
            self._report(HoldChanged(0, caller.call_id, agent.offer_id, is_held))

    def hold(self, command: HoldCall, leg: CallerLeg) -> None:
        """Have a caller hear music."""
        if not leg.bridged_to:
            return
        leg.is_held = True
        wait_s = leg.joined_at_s + _SETTLED_S - self._monotonic_s()
        if leg.joined_at_s and wait_s > 0:
            agent = leg.bridged_to
            self._later(wait_s, lambda: self._hold_yet(command, agent))
        else:
            self._hold_yet(command, leg.bridged_to)

    def _hold_yet(self, command: HoldCall, agent: str) -> None:
        """Hold, if that is still wanted."""
        leg = self._legs.callers.get(command.call_id)
        if leg is None or leg.bridged_to != agent or not leg.is_held:
            return
        agent_id = leg_uuid(self._legs.uuid_of(agent))
        try:
            music = setvar_value(
                "hold_music", self._sounds.of_call(leg.call_id).stream(command.music)
            )
        except Unrepresentable:
            # The caller hears silence; the agent is to have the hold all the same.
            music = "silence"
        self._wire.tell(api("uuid_setvar", f"{agent_id} hold_music {music}"))
        self._wire.tell(api("uuid_hold", agent_id))

    def retrieve(self, leg: CallerLeg) -> None:
        """Have caller and agent hear each other again."""
        if leg.bridged_to:
            leg.is_held = False
            agent_id = leg_uuid(self._legs.uuid_of(leg.bridged_to))
            self._wire.tell(api("uuid_hold", f"off {agent_id}"))
