"""One FreeSWITCH as the engine's port: commands go out, events come in, places are written down."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from acdengine.commands import AnyCommand
from acdengine.events import AnyEvent, SwitchLost
from acdengine.facts import AnyFact, CallQueued, CallStarted, PriorityChanged
from acdengine.ports import Inbox
from adapters.freeswitch.agents.nailed_up_lines import NailedUp
from adapters.freeswitch.dialling.callback_customers import Customers
from adapters.freeswitch.dialling.dialler import Dialler
from adapters.freeswitch.dialling.external_calls import Outside
from adapters.freeswitch.dialling.third_parties import Parties
from adapters.freeswitch.legs.bridging import Bridging
from adapters.freeswitch.legs.holding import Holding
from adapters.freeswitch.legs.internode import OtherNodes, end_legs_from
from adapters.freeswitch.legs.legs import Legs
from adapters.freeswitch.media.sounds import Sounds
from adapters.freeswitch.monitoring.switch_health import Health
from adapters.freeswitch.monitoring.switch_loss import Loss
from adapters.freeswitch.multiparty.multiparty_bridge import Together
from adapters.freeswitch.protocol.causes import NOT_SENT
from adapters.freeswitch.protocol.channel_fields import (
    EVENTS,
    IDLE_APPLICATIONS,
    PASSED_OVER,
    PLACE_VARIABLE,
    STAYS,
    TELLS_OF_ENDS,
    TELLS_OF_LEAVING,
    ChannelFields,
    Place,
    place_text,
)
from adapters.freeswitch.protocol.command_lines import Command, api
from adapters.freeswitch.protocol.errors import EslError, Unrepresentable
from adapters.freeswitch.protocol.event_reader import Event, EventReader
from adapters.freeswitch.protocol.quoting import leg_uuid
from adapters.freeswitch.protocol.replies import Reply
from adapters.freeswitch.recordings.disk_watch import DiskWatch
from adapters.freeswitch.recordings.recording import Recorder
from adapters.freeswitch.recordings.storage import Storage
from adapters.freeswitch.recordings.voicemail import Messages
from adapters.freeswitch.resync.external_calls import settle_outside
from adapters.freeswitch.resync.live_channels import read_core, read_dumps, synced
from adapters.freeswitch.resync.multiparty import asking, hearing, pairs, settle_parties
from adapters.freeswitch.resync.recordings import read_recordings, with_recordings
from adapters.freeswitch.resync.voicemail import settle_messages
from adapters.freeswitch.telephones.private_calls import PrivateCalls
from adapters.freeswitch.telephones.registrations import SUBCLASSES, Registrations
from adapters.freeswitch.translation.command_executor import Orders
from adapters.freeswitch.translation.event_translator import Translation
from adapters.freeswitch.trunks.trunk_capacity import Lines
from adapters.freeswitch.trunks.trunk_groups import NodeTrunks, TrunkMap, TrunkUse
from adapters.freeswitch.wire.connection import Connection, ConnectionSettings, Outage
from adapters.freeswitch.wire.event_sequence import Gap
from adapters.freeswitch.wire.link import Trouble

_log = structlog.get_logger("acdengine.freeswitch")

#: Until the switch is read through again after that failed.
_AGAIN_S: Final = 1.0


class FreeSwitchNode:
    """A `Port` to one switch, and a `FactSink` that writes each call's place on its leg.

    Args:
        node_id: the engine's name of the switch.
        settings: where its event socket is.
        sounds: names of music and prompts.
        inbox: takes what happens.
        uniform: draws the jitter between tries to connect.
        monotonic_s: a clock that is never set.
        now_us: the present time, UTC, for whoever looks at the switch's health.
        tenant_of: the tenant of a call; empty where it is not known.
        trunks: of this switch; without them nothing is counted.
        storage: where it writes recordings and messages.
    """

    def __init__(
        self,
        node_id: str,
        settings: ConnectionSettings,
        sounds: Sounds,
        inbox: Inbox,
        *,
        uniform: Callable[[float, float], float],
        monotonic_s: Callable[[], float] = time.monotonic,
        now_us: Callable[[], int] = lambda: time.time_ns() // 1000,
        tenant_of: Callable[[str], str] = lambda _: "",
        trunks: NodeTrunks | None = None,
        storage: Storage | None = None,
    ) -> None:
        self.node_id = node_id
        self._inbox = inbox
        self._storage = storage = storage or Storage()
        self.legs = Legs()
        self.health = Health(self.legs, now_us, monotonic_s)
        self.connection = Connection(
            settings, EventReader(ChannelFields, PASSED_OVER), self,
            uniform=uniform, monotonic_s=monotonic_s, timed=self.health.timed,
        )  # fmt: skip
        self._listen()
        self._watch_phones()
        bridging = Bridging(self.legs, self, self._report, monotonic_s)
        self.trunks = trunks or NodeTrunks(node_id, TrunkUse(dict, now_us), TrunkMap())
        self._translation = Translation(
            node_id, self.legs, self, bridging, self.trunks, self._report
        )
        self._translation.later = self._later
        dialler = Dialler(self, Lines(self.legs, self.trunks, monotonic_s), self._later)
        self._outside = Outside(self.legs, self, dialler, bridging, self._sounds_of, self._report)
        self._customers = Customers(
            node_id, self.legs, dialler, self._translation.new_caller, self._report
        )
        self._messages = Messages(self.legs, self, storage, self._sounds_of, self._report)
        self._parties = Parties(node_id, self.legs, self, dialler, self._report)
        self._together = Together(
            self.legs, self, bridging, self._sounds_of, self._report, monotonic_s
        )
        self._parties.on_hearing = self._together.hears
        self._recorder = Recorder(self.legs, self, storage, self._report)
        holding = Holding(self.legs, self, self._sounds_of, monotonic_s, self._later, self._report)
        self.disk = DiskWatch(node_id, storage, self._report)
        self._translation.tell_also(
            self._outside.hearing, self._customers.hearing, self._together.hearing,
            self._parties.hearing, self._messages.hearing, self._recorder.hearing, holding.hearing,
            self.private_calls.hearing,
        )  # fmt: skip
        self._translation.finished_also = self._messages.finished
        nailed_up = NailedUp(node_id, self.legs, self, bridging, self._together, self._report)
        self._translation.before = nailed_up.take
        self._orders = Orders(
            self.legs, self, self._translation, bridging, self._outside, self._customers,
            self._messages, self._parties, self._together, nailed_up, self._recorder, holding,
            sounds, self._report, tenant_of,
        )  # fmt: skip
        self._orders.are_several = self.registrations.are_several
        self._loss = Loss(self._lost, self._later)
        #: Told when the switch is lost, with all that was on it.
        self.on_lost: Callable[[], None] = lambda: None
        self._places: dict[str, Place] = {}
        self._reading: asyncio.Task[None] | None = None
        #: Which process it is; empty until that was read.
        self.core = ""
        #: How often the switch has been compared with the engine.
        self.syncs = 0
        inbox.slow_down(self)

    def _listen(self) -> None:
        """Ask for the events that mean something here, and no others."""
        self.connection.held = self._inbox
        self.connection.subscribe(EVENTS, SUBCLASSES)
        self.connection.leave_out("Application", IDLE_APPLICATIONS)
        self.connection.narrow("CHANNEL_HANGUP", TELLS_OF_LEAVING)
        self.connection.narrow("CHANNEL_EXECUTE_COMPLETE", TELLS_OF_ENDS)

    def _watch_phones(self) -> None:
        """Which telephones are registered, and which are on private calls."""
        #: Told when telephones or gateways are reachable, busy or free, or no longer, and when the
        #: switch has been compared with the engine.
        self.on_reach: Callable[[], None] = lambda: None
        changed = lambda: self.on_reach()  # noqa: E731 - set later by whoever is told
        self.registrations = Registrations(self.node_id, self.connection, changed)
        self.private_calls = PrivateCalls(self.legs, self, self.registrations, changed)

    def _sounds_of(self, call_id: str) -> Sounds:
        return self._orders.sounds_of(call_id)

    # -- what the runtime asks for -------------------------------------------------------------

    def execute(self, commands: Sequence[AnyCommand]) -> None:
        """What the engine wants done."""
        self._orders.execute(commands)

    def take(self, seq: int, facts: Sequence[AnyFact]) -> None:
        """A call's place in its queue is written on its leg, for an engine that lost its memory."""
        for fact in facts:
            # Not isinstance, which is slow on these classes.
            if type(fact) is CallStarted:
                self._orders.keep(fact.call_id)
            elif type(fact) is CallQueued:
                self._write(
                    fact.call_id,
                    Place(fact.queue_id, fact.queued_at_us, fact.priority, fact.boost_us),
                )
            elif type(fact) is PriorityChanged and fact.call_id in self._places:
                place = self._places[fact.call_id]
                self._write(fact.call_id, place._replace(priority=fact.priority))

    def _write(self, call_id: str, place: Place) -> None:
        leg = self.legs.callers.get(call_id)
        if leg is None:
            return
        self._places[call_id] = place
        values = {PLACE_VARIABLE: place_text(place)}
        if not leg.stays:
            leg.stays = True
            values |= STAYS
        try:
            self._orders.set_variables(call_id, values)
        except Unrepresentable as error:
            # An engine that lost its memory would take the call in at the end of the line.
            _log.warning("place not written", leg=call_id, reason=str(error))

    def pause(self) -> None:
        """The inbox is long."""
        self.connection.pause_reading()

    def resume(self) -> None:
        """The inbox is short again."""
        self.connection.resume_reading()

    def use_others(self, others: OtherNodes, lost_after_s: float) -> None:
        """How the telephones of other nodes are reached, and when this one is taken for lost."""
        self._orders.others = self._parties.others = others
        self._loss.after_s = lost_after_s

    @property
    def is_usable(self) -> bool:
        """Whether it is connected, and has been compared with the engine."""
        return self.connection.is_up and self.health.state == "up"

    def park_caller(self, leg_id: str) -> None:
        """Take a leg out of the `socket` that it is in, and park it.

        Twice: when the socket's link ends, whenever that is, the park that the leg is in then is
        over (CF_CONTROLLED; the end of `listener_run` of mod_event_socket), and with it the leg.
        """
        self.tell(api("uuid_transfer", f"{leg_uuid(leg_id)} park,park inline"))

    def other_lost(self, node_id: str) -> None:
        """Another node was lost: what it had sent here ends."""
        self.tell(end_legs_from(node_id))

    def use_sounds(self, sounds: Sounds) -> None:
        """What is played from now on."""
        self._orders.sounds = sounds

    # -- life ----------------------------------------------------------------------------------

    async def run(self) -> None:
        """Be connected, until `close`."""
        watching = asyncio.get_running_loop().create_task(self.disk.run())
        try:
            await self.connection.run()
        finally:
            watching.cancel()

    async def close(self) -> None:
        """Leave the switch as it is: callers hear music on, conversations go on."""
        self._stop_reading()
        self._loss.close()
        self.registrations.end()
        await self.connection.close()

    # -- what the connection tells -------------------------------------------------------------

    def on_up(self) -> None:
        """Connected: what is live there is read before anything new is reported."""
        self.health.connected()
        self._loss.up()
        self.tell(api("status"), self._described)
        self.registrations.begin()
        self._read_through()

    def _described(self, outcome: Reply | EslError) -> None:
        if isinstance(outcome, Reply):
            self.health.described(outcome.text)

    def on_event(self, event: Event[ChannelFields]) -> None:
        """Something happened."""
        fields = event.fields
        self.health.heard(fields)
        if fields.subclass:
            self.registrations.take(event)
            return
        if fields.event_name == "CHANNEL_ORIGINATE" and fields.unique_id not in self.legs.agents:
            fields = event.whole()  # for whom it is made matters of strangers alone
        self._loss.heard(fields)
        self._translation.take(fields)
        if fields.event_name != "CHANNEL_ANSWER" or fields.unique_id not in self.legs.agents:
            # An agent's leg parks as well, and that event is read whole.
            self.trunks.heard(event)
        if fields.event_name == "CHANNEL_HANGUP_COMPLETE":
            self._places.pop(fields.unique_id, None)

    def on_gap(self, gap: Gap) -> None:
        """Something was missed."""
        self._read_through()

    def on_down(self, outage: Outage) -> None:
        """Not connected: calls go on in the switch."""
        self._stop_reading()
        self.registrations.end()
        self._loss.down(outage)
        is_news = self.health.state != "down"
        self.health.lost(outage)
        if is_news:
            _log.warning("switch not connected", node=self.node_id, reason=self.health.last_error)

    def _lost(self, why: str) -> None:
        """The switch is gone with all that was on it."""
        _log.warning("switch lost", node=self.node_id, reason=why)
        self._stop_reading()
        self.legs.clear()
        self.trunks.forget()
        self.private_calls.forget()
        self._places.clear()
        self._inbox.post(SwitchLost(0, self.node_id))
        self.on_lost()

    def on_trouble(self, trouble: Trouble) -> None:
        """Something went wrong without ending the connection."""
        _log.warning("event socket", node=self.node_id, kind=trouble.kind.value)

    # -- what the parts send through -----------------------------------------------------------

    def tell(
        self, command: Command, on_reply: Callable[[Reply | EslError], None] | None = None
    ) -> None:
        """Send a command, or answer it with the reason why it cannot be sent."""
        replied = self.health.sent(on_reply)
        try:
            self.connection.send(command, replied)
        except EslError as error:
            replied(error)

    def dial(self, argument: str, on_end: Callable[[str | EslError], None], limit_s: float) -> None:
        """Run `originate`. What could not even be sent ends as a failure."""
        try:
            self.connection.start_job("originate", argument, on_end, limit_s)
        except EslError as error:
            reason = str(error) or type(error).__name__
            _log.warning("ring refused", node=self.node_id, reason=reason)
            on_end(f"-ERR {NOT_SENT}")

    def _later(self, delay_s: float, action: Callable[[], object]) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(delay_s, action)

    def new_uuid(self) -> str:
        """An identity for a leg, which nobody has or will have."""
        return str(uuid.uuid4())

    def new_id(self) -> str:
        """A short name for an execution, which no other on the switch has."""
        return self.connection.new_id()

    # -- comparing -----------------------------------------------------------------------------

    def _report(self, event: AnyEvent) -> None:
        if not self._inbox.post(event) and self.connection.is_up:
            self._read_through()

    def _read_through(self) -> None:
        if self._reading is None or self._reading.done():
            self._translation.came = {}
            self._translation.went.clear()
            self._translation.touched.clear()
            self.trunks.reading()
            self._reading = asyncio.get_running_loop().create_task(self._read_until_done())

    def _stop_reading(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    async def _read_until_done(self) -> None:
        while self.connection.is_up:
            try:
                if await self._read():
                    return
            except EslError as error:
                _log.warning("switch not read", node=self.node_id, reason=str(error))
            await asyncio.sleep(_AGAIN_S)

    async def _read(self) -> bool:
        """Read the switch and tell the engine; whether it took that."""
        translation = self._translation
        core = self.core = await read_core(self.connection)
        dumps = await read_dumps(self.connection, self._known, translation)
        recorded = await read_recordings(self.connection, dumps, self._storage)
        ended = settle_outside(self.legs, dumps, self._outside, self._customers)
        ended += settle_messages(self.legs, dumps)
        live = {leg_id: dump for leg_id, dump in dumps.items() if leg_id not in translation.went}
        settle_parties(self.legs, live)
        event = with_recordings(
            synced(self.node_id, live, self.legs, translation, core, asking(live)), recorded,
            self.legs,
        )  # fmt: skip
        self.private_calls.settle(live)
        is_taken = self._inbox.post(event)
        if is_taken:
            translation.came = None
            self.syncs += 1
            self._tell_answers()
            for call in event.calls:
                self._orders.keep(call.call_id)
            self.health.compared()
            self.on_reach()
            _log.info(
                "switch compared", node=self.node_id, calls=len(event.calls),
                offers=len(event.offers), version=self.health.version,
            )  # fmt: skip
            for late in ended:
                self._report(late)
            self._parties.found()
            self._together.found(pairs(live), hearing(live))
            for leg in list(self.legs.outside.values()):
                self._outside.found(leg)
        return is_taken

    def _known(self) -> list[str]:
        legs = self.legs
        return [
            *legs.callers, *(agent.leg_id for agent in legs.agents.values()), *legs.lines,
            *legs.outside, *legs.customers, *legs.parties,
            *(self._translation.came or {}),
        ]  # fmt: skip

    def _tell_answers(self) -> None:
        """Agents who answered while nobody listened."""
        for agent in list(self.legs.agents.values()):
            caller = self.legs.callers.get(agent.call_id)
            is_bridged = caller is not None and caller.bridged_to == agent.offer_id
            if agent.is_answered and not agent.is_cancelled and not is_bridged:
                self._translation.report_answer(agent)
