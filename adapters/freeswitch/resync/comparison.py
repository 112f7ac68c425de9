"""Reads what is live on a switch and reports it to the engine, until the engine has taken it.

A comparison begins with each connection, after a gap in the events, and after an event that the
engine's inbox has refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final, Protocol

import structlog

from acdengine.events import AnyEvent, SwitchSynced
from acdengine.ports import Inbox
from adapters.freeswitch.dialling.callback_customers import CallbackCustomers
from adapters.freeswitch.dialling.external_calls import ExternalCalls
from adapters.freeswitch.dialling.third_party_legs import ThirdParties
from adapters.freeswitch.legs.leg_table import Legs
from adapters.freeswitch.multiparty.multiparty_bridge import MultipartyBridge
from adapters.freeswitch.protocol.channel_fields import ChannelFields
from adapters.freeswitch.protocol.errors import EslError
from adapters.freeswitch.recordings.recording_folder import Storage
from adapters.freeswitch.resync.compared_tables import ComparedTables
from adapters.freeswitch.resync.external_calls import settle_outside
from adapters.freeswitch.resync.live_channels import Dump, read_core, read_dumps, synced
from adapters.freeswitch.resync.multiparty import asking, hearing, pairs, settle_parties
from adapters.freeswitch.resync.recordings import read_recordings, with_recordings
from adapters.freeswitch.resync.voicemail import settle_messages
from adapters.freeswitch.wire.connection import Connection

_log = structlog.get_logger("acdengine.freeswitch")

#: Delay before the switch is read again after a failure.
_AGAIN_S: Final = 1.0


class ComparisonListener(Protocol):
    """What follows the steps of a comparison."""

    def on_reading(self) -> None:
        """The switch is about to be read."""

    def on_read(self, live: Mapping[str, Dump]) -> None:
        """These legs are live; the engine has not been told yet."""

    def on_compared(self, event: SwitchSynced) -> None:
        """The engine has taken what is live."""

    def report(self, event: AnyEvent) -> None:
        """Report an event to the engine."""


class ExternalLegs:
    """The tables of legs beside callers and agents, brought to what is live on the switch."""

    def __init__(
        self,
        legs: Legs,
        outside: ExternalCalls,
        customers: CallbackCustomers,
        parties: ThirdParties,
        together: MultipartyBridge,
    ) -> None:
        self._legs = legs
        self._outside = outside
        self._customers = customers
        self._parties = parties
        self._together = together

    def settle(self, dumps: Mapping[str, Dump]) -> list[AnyEvent]:
        """Remove what is gone; returns what the engine is told once it knows what is live."""
        ended = settle_outside(self._legs, dumps, self._outside, self._customers)
        return ended + settle_messages(self._legs, dumps)

    def resume(self, live: Mapping[str, Dump]) -> None:
        """The engine knows what is live: go on with what was under way."""
        self._parties.found()
        self._together.found(pairs(live), hearing(live))
        for leg in list(self._legs.outside.values()):
            self._outside.found(leg)


class Comparison:
    """Comparisons of one node with the engine, one at a time.

    Args:
        node_id: the engine's name of the switch.
        connection: to the switch.
        tables: what is read into.
        external: tables of the other legs.
        storage: where the switch writes recordings.
        inbox: takes what is live.
        listener: follows the steps.
    """

    def __init__(
        self,
        node_id: str,
        connection: Connection[ChannelFields],
        tables: ComparedTables,
        external: ExternalLegs,
        storage: Storage,
        inbox: Inbox,
        listener: ComparisonListener,
    ) -> None:
        self._node_id = node_id
        self._connection = connection
        self._tables = tables
        self._legs = tables.legs
        self._external = external
        self._storage = storage
        self._inbox = inbox
        self._listener = listener
        self._reading: asyncio.Task[None] | None = None
        #: Core-UUID of the FreeSWITCH process; empty until it is read.
        self.core = ""
        #: How many comparisons the engine has taken.
        self.syncs = 0

    def begin(self) -> None:
        """Begin a comparison, unless one is under way."""
        if self._reading is None or self._reading.done():
            self._tables.changes.begin()
            self._listener.on_reading()
            self._reading = asyncio.get_running_loop().create_task(self._read_until_done())

    def begin_if_up(self) -> None:
        """Begin a comparison, if the switch is connected."""
        if self._connection.is_up:
            self.begin()

    def stop(self) -> None:
        """End the comparison that is under way."""
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    async def _read_until_done(self) -> None:
        while self._connection.is_up:
            try:
                if await self._read():
                    return
            except EslError as error:
                _log.warning("switch not read", node=self._node_id, reason=str(error))
            await asyncio.sleep(_AGAIN_S)

    async def _read(self) -> bool:
        """Read the switch and tell the engine; whether the engine took it."""
        tables, connection = self._tables, self._connection
        core = self.core = await read_core(connection)
        dumps = await read_dumps(connection, self._known, tables.changes)
        recorded = await read_recordings(connection, dumps, self._storage)
        ended = self._external.settle(dumps)
        live = {leg_id: dump for leg_id, dump in dumps.items() if leg_id not in tables.changes.went}
        settle_parties(self._legs, live)
        event = with_recordings(
            synced(self._node_id, live, tables, core, asking(live)), recorded,
            self._legs,
        )  # fmt: skip
        self._listener.on_read(live)
        is_taken = self._inbox.post(event)
        if is_taken:
            tables.changes.end()
            self.syncs += 1
            self._report_answers()
            self._listener.on_compared(event)
            for late in ended:
                self._listener.report(late)
            self._external.resume(live)
            tables.rejoined.told(event)
        return is_taken

    def _known(self) -> list[str]:
        legs = self._legs
        return [
            *legs.callers, *(agent.leg_id for agent in legs.agents.values()), *legs.lines,
            *legs.outside, *legs.customers, *legs.parties,
            *(self._tables.changes.came or {}),
        ]  # fmt: skip

    def _report_answers(self) -> None:
        """Report the answers of agents that arrived while the switch was not connected."""
        for agent in list(self._legs.agents.values()):
            caller = self._legs.callers.get(agent.call_id)
            is_bridged = caller is not None and caller.bridged_to == agent.offer_id
            if agent.is_answered and not agent.is_cancelled and not is_bridged:
                self._tables.offers.report_answer(agent)
