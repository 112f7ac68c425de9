"""Reports new callers, or turns them away where their trunk group has no free channel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import structlog

from acdengine.events import AnyEvent, CallArrived, CallBlocked
from acdengine.trunks import Busy
from adapters.freeswitch.media.player import Wire
from adapters.freeswitch.protocol.channel_fields import PARKS, ChannelFields
from adapters.freeswitch.protocol.command_lines import api
from adapters.freeswitch.protocol.identifiers import is_callers_uuid
from adapters.freeswitch.protocol.quoting import hangup_cause, leg_uuid
from adapters.freeswitch.translation.caller_identity import (
    CallerIdentity,
    identity_of,
    is_for_the_centre,
)
from adapters.freeswitch.translation.caller_legs import CallerLegs
from adapters.freeswitch.translation.changes_during_resync import ReadingChanges
from adapters.freeswitch.translation.dialplan_hints import hints_of
from adapters.freeswitch.trunks.trunk_groups import BUSY_CAUSES, NodeTrunks, way_of

_log = structlog.get_logger("acdengine.freeswitch")

#: Characters of a strange identity that the log shows.
_SHOWN: Final = 80


class CallerIntake:
    """New callers of one node.

    Args:
        node_id: the engine's name of the switch.
        wire: sends commands.
        trunks: trunk groups of the switch, and their free channels.
        callers: enters callers' legs in the table.
        changes: notes callers who arrive while the switch is read.
        report: takes the engine's events.
    """

    def __init__(
        self,
        node_id: str,
        wire: Wire,
        trunks: NodeTrunks,
        callers: CallerLegs,
        changes: ReadingChanges,
        report: Callable[[AnyEvent], None],
    ) -> None:
        self._node_id = node_id
        self._wire = wire
        self._trunks = trunks
        self._callers = callers
        self._changes = changes
        self._report = report
        #: Legs that the dialplan has sent by `socket`, until they are parked.
        self._by_socket: dict[str, None] = {}

    def parked(self, fields: ChannelFields) -> None:
        """Handles CHANNEL_PARK of a leg that is not in the table: a new caller, if the dialplan
        meant it for the centre. While the switch is read, the reading reports it."""
        leg_id = fields.unique_id
        if leg_id not in self._by_socket and not is_for_the_centre(fields):
            return
        if not is_callers_uuid(leg_id):
            _log.warning("a leg that cannot be named is left alone", leg=leg_id[:_SHOWN])
        elif fields.running == "socket":
            # Another connection takes it from there: see `outbound_socket_calls`.
            self._by_socket[leg_id] = None
        elif self._changes.came is not None:
            self._changes.came[leg_id] = None
        else:
            self._new_call(fields)

    def ended(self, leg_id: str) -> None:
        """A leg has ended, whatever it was."""
        self._changes.ended(leg_id)
        self._by_socket.pop(leg_id, None)

    def _new_call(self, fields: ChannelFields) -> None:
        leg_id, who = fields.unique_id, identity_of(fields)
        self._by_socket.pop(leg_id, None)
        way = way_of(fields)
        if who.direction == "outbound":
            # It is counted already, and who was dialled is not to meet busy.
            trunk_id, busy = self._trunks.group(way), None
        else:
            trunk_id = self._trunks.group_of_caller(way, who.direction)
            busy = self._trunks.arrive(leg_id, trunk_id)
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
        leg = self._callers.new(fields.unique_id, fields.end_keys)
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
