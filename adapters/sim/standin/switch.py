"""The stand-in itself: its legs, who listens, and what a test or a scenario can do to it.

async with StandIn(StandInSettings(password="secret")) as switch:
    call = switch.call(CallerHabit(did="5001", number="30123"))
    phone = switch.phone(PhoneHabit(answer_s=1.0))
    ...  # connect to switch.port; ring phone.contact
    call.hang_up()
"""

from __future__ import annotations

import asyncio
import random
import uuid
from collections import deque
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import unquote_to_bytes

from adapters.sim.standin import (
    api,
    eavesdropping,
    endpoints,
    legs,
    recording,
    registrations,
    reports,
    sip_variables,
    transfer,
    wire,
)
from adapters.sim.standin.applications import work_off
from adapters.sim.standin.channel import Channel, new_profile
from adapters.sim.standin.clock import SwitchClock
from adapters.sim.standin.conference import Room
from adapters.sim.standin.faults import Faults
from adapters.sim.standin.listener import Listener
from adapters.sim.standin.network import SipNetwork
from adapters.sim.standin.originating import Origination
from adapters.sim.standin.people import Call, CallerHabit, FarEnd, PhoneHabit, Telephone
from adapters.sim.standin.reading import Variables
from adapters.sim.standin.registrations import Registration
from adapters.sim.standin.settings import Actions, StandInSettings

Headers = dict[str, str]

_NONE: Final[Headers] = {}
#: Until the thread of a background job is at work.
_THREAD_S: Final = 0.001


class StandIn:
    """One switch, alive from `start` to `stop`, `shut_down` or `crash`; it may start again.

    Attributes:
        breaches: what was done to it that costs calls on a real one, now or sometimes.
        faults: what goes wrong on the way to who listens.
    """

    def __init__(
        self, settings: StandInSettings | None = None, network: SipNetwork | None = None
    ) -> None:
        self.settings: StandInSettings = settings or StandInSettings()
        self.network = network or SipNetwork()
        self.faults = Faults(seed=self.settings.seed)
        self.breaches: list[str] = []
        self.port = self.settings.port
        #: Who answers numbers behind gateways, by how the number begins.
        self.trunk_phones: dict[str, Telephone] = {}
        self.sound_lengths: dict[str, float] = {}
        self.globals: Headers = {"domain": self.settings.domain}
        self._draw = random.Random(self.settings.seed)
        self._server: asyncio.Server | None = None
        self._tasks: dict[asyncio.Task[None], None] = {}
        self.clock: SwitchClock
        self._begin_life()

    def _begin_life(self) -> None:
        """What a process has in its memory."""
        self.channels: dict[str, Channel] = {}
        self.table: dict[str, Channel] = {}
        self.actions: dict[str, deque[tuple[str, str]]] = {}
        self.originations: dict[str, Origination] = {}
        self.rooms: dict[str, Room] = {}
        self.spies: dict[str, list[str]] = {}
        self.registrations: dict[str, Registration] = {}
        self.gateways: dict[str, bool] = dict(self.settings.gateways)
        self.listeners: list[Listener] = []
        #: Connections that the `socket` application made, by their leg.
        self.of_legs: dict[str, Listener] = {}
        self.core_uuid = self.new_uuid()
        self.sequence = 0
        self.sessions_begun = 0
        self.peak = 0
        self.started_us = 0
        self._core: Headers = {}
        self._wanted: dict[tuple[str, str], bool] = {}

    # -- life ----------------------------------------------------------------------------------

    async def start(self) -> None:
        """Listen; on the port of before, when there was one."""
        settings = self.settings
        self.clock = SwitchClock(settings.speed, settings.timestamp_step_us)
        self.started_us = self.clock.now_us()
        self._core = {
            "Core-UUID": self.core_uuid,
            "FreeSWITCH-Hostname": settings.hostname,
            "FreeSWITCH-Switchname": settings.switchname,
            "FreeSWITCH-IPv4": "127.0.0.1",
            "FreeSWITCH-IPv6": "::1",
        }
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Listener(self), settings.host, self.port, reuse_address=True
        )
        self.port = self._server.sockets[0].getsockname()[1]
        self.network.add_switch(self)
        if settings.heartbeat_s:
            self.clock.after(settings.heartbeat_s, self._heartbeat)

    async def stop(self) -> None:
        """End without a word, as `crash`, and wait until all is closed."""
        self.crash()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def crash(self) -> None:
        """The process is gone: connections, legs and registrations with it; nothing is told."""
        self.clock.forget_all()
        self.network.remove_switch(self)
        if self._server is not None:
            self._server.close()
            self._server = None
        for listener in list(self.listeners):
            listener.is_closing = True
            if listener.transport is not None:
                listener.transport.abort()
        for leg in list(self.channels.values()):
            far_end = leg.far_end
            leg.cause = leg.cause or "CRASH"
            if far_end is not None and leg in far_end.legs:
                far_end.legs.remove(leg)
        self._begin_life()

    async def shut_down(self) -> None:
        """End in good order: legs are hung up, who listens is told."""
        self.network.remove_switch(self)
        self.tell("SHUTDOWN", None, {"Event-Info": "System Shutting Down"})
        for leg in list(self.channels.values()):
            legs.hang_up(self, leg, "SYSTEM_SHUTDOWN")
        await asyncio.sleep(3 * self.settings.frame_s / self.settings.speed)
        for listener in list(self.listeners):
            listener.drain()
            listener.say(wire.disconnect_notice("The system is being shut down.\n"))
            listener.close()
        if self._server is not None:
            self._server.close()
            self._server = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    def freeze(self) -> None:
        """Nothing is heard or said any more, and connections stay open."""
        self.faults.is_frozen = True

    def thaw(self) -> None:
        """Go on: what was held back comes at once."""
        self.faults.is_frozen = False
        for listener in list(self.listeners):
            listener.thawed()

    def cut(self) -> None:
        """Every connection is lost; legs stay."""
        for listener in list(self.listeners):
            listener.is_closing = True
            if listener.transport is not None:
                listener.transport.abort()

    def _heartbeat(self) -> None:
        self.tell("HEARTBEAT", None, reports.heartbeat(self))
        self.clock.after(self.settings.heartbeat_s, self._heartbeat)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Something that waits, besides."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks[task] = None
        task.add_done_callback(lambda done: self._tasks.pop(done, None))

    # -- people --------------------------------------------------------------------------------

    def call(self, habit: CallerHabit) -> Call:
        """Somebody calls; the leg is there when this returns."""
        caller = Call(habit)
        self.take_call(
            caller,
            number=habit.number,
            name=_as_heard(habit.name),
            did=habit.did,
            context="agents" if habit.from_agent else "public",
            variables=dict(habit.variables),
        )
        return caller

    def take_call(
        self,
        caller: FarEnd,
        *,
        number: str,
        name: str,
        did: str,
        context: str,
        variables: Variables,
    ) -> None:
        """A call comes in over SIP."""
        port = 30_000 + self.sessions_begun % 30_000
        profile = "internal" if context == "agents" else "external"
        leg = self.new_inbound(
            number=number,
            name=name,
            did=did,
            channel_name=f"sofia/{profile}/{number}@127.0.0.1:{port}",
            context=context,
            caller=caller,
            port=port,
            variables=variables,
        )
        transfer.enter(self, leg, did, context)

    def phone(self, habit: PhoneHabit | None = None, port: int = 0) -> Telephone:
        """A telephone that can be rung at `Telephone.contact`."""
        return self.network.add_phone(habit or PhoneHabit(), port)

    def number(self, prefix: str, habit: PhoneHabit) -> Telephone:
        """Whoever answers numbers behind gateways that begin so."""
        phone = self.trunk_phones[prefix] = Telephone(habit, 0)
        return phone

    def behind_trunk(self, number: str) -> Telephone | None:
        """Who answers a number dialled through a gateway: the longest beginning that fits."""
        fitting = [prefix for prefix in self.trunk_phones if number.startswith(prefix)]
        return self.trunk_phones[max(fitting, key=len)] if fitting else None

    def register(self, user: str, phone: Telephone, expires_s: int = 3600) -> None:
        """A telephone registers as a user of the directory; 0 seconds take it back."""
        registrations.register(self, user, phone.port, expires_s)

    def registered_port(self, user: str) -> int:
        """Where a user's telephone is; 0 for nowhere."""
        one = self.registrations.get(user)
        return one.port if one is not None else 0

    def gateway_answers(self, name: str, answers: bool) -> None:
        """A gateway is there, or not, from now on."""
        registrations.gateway_answers(self, name, answers)

    def hears(self, uuid: str) -> tuple[int, ...]:
        """The tones in Hz that the person behind a leg hears at this moment."""
        leg = self.living(uuid)
        return recording.heard(self, leg) if leg is not None else ()

    # -- legs ----------------------------------------------------------------------------------

    def new_uuid(self) -> str:
        """An identity that nobody has."""
        return str(uuid.UUID(int=self._draw.getrandbits(128), version=4))

    def living(self, name: str) -> Channel | None:
        """A leg that is up."""
        leg = self.channels.get(name)
        return leg if leg is not None and leg.is_up else None

    def new_inbound(
        self,
        *,
        number: str,
        name: str,
        did: str,
        channel_name: str,
        context: str,
        caller: FarEnd | None = None,
        port: int = 0,
        variables: Variables = _NONE,
    ) -> Channel:
        """A leg that comes in; whoever makes it lets it into the dialplan."""
        now = self.clock.told_us()
        name_uuid = self.new_uuid()
        fields = {
            "Direction": "inbound",
            "Logical-Direction": "inbound",
            "Username": number,
            "Dialplan": "XML",
            "Caller-ID-Name": name,
            "Caller-ID-Number": number,
            "Orig-Caller-ID-Name": name,
            "Orig-Caller-ID-Number": number,
            "Network-Addr": "127.0.0.1",
            "ANI": number,
            "Destination-Number": did,
        }
        source = "mod_sofia" if channel_name.startswith("sofia/") else "mod_loopback"
        profile = new_profile(fields, name_uuid, channel_name, now, source, context)
        leg = Channel(self, name_uuid, channel_name, "inbound", profile, now)
        self._enter(leg)
        if caller is not None:
            leg.variables = sip_variables.of_inbound_sip(
                name_uuid, number, name, did, port, self.sessions_begun, now,
                self.settings.trunk_port,
            )  # fmt: skip
            leg.set("sofia_profile_name", channel_name.split("/")[1])
            for variable, value in variables.items():
                leg.set(variable, value)
            leg.codecs = sip_variables.CODECS
            caller.joins(leg)
        else:
            leg.variables = sip_variables.of_outbound(name_uuid, channel_name, self.sessions_begun)
            leg.set("direction", "inbound")
            leg.codecs = sip_variables.NULL_CODECS
        self.born(leg)
        return leg

    def born(self, leg: Channel) -> None:
        """Tell that a leg is there. One that came in rings now."""
        leg.goes("CS_INIT", "CS_ROUTING")
        self.tell("CHANNEL_CREATE", leg)
        if leg.direction == "outbound":
            self.tell("CHANNEL_ORIGINATE", leg)
            return
        leg.goes("CS_ROUTING")
        legs.call_state(self, leg, "RINGING")

    def new_outgoing(
        self, name_uuid: str, contact: endpoints.Contact, variables: Variables
    ) -> Channel:
        """A leg that the switch makes."""
        now = self.clock.told_us()
        own = variables.get("origination_caller_id_number", "0000000000")
        name = variables.get("origination_caller_id_name", "")
        fields = {
            "Direction": "outbound",
            "Logical-Direction": "outbound",
            "Caller-ID-Name": name,
            "Caller-ID-Number": own,
            "Orig-Caller-ID-Name": name,
            "Orig-Caller-ID-Number": own,
            "Callee-ID-Name": variables.get("origination_callee_id_name", "Outbound Call"),
            "Callee-ID-Number": contact.number,
            "ANI": own,
            "Destination-Number": contact.number,
        }
        source = "src/switch_ivr_originate.c"
        profile = new_profile(fields, name_uuid, contact.channel_name, now, source, "default")
        leg = Channel(self, name_uuid, contact.channel_name, "outbound", profile, now)
        self._enter(leg)
        leg.variables = sip_variables.of_outbound(
            name_uuid, contact.channel_name, self.sessions_begun
        )
        for variable, value in variables.items():
            leg.set(variable, value)
        if contact.endpoint == "sofia":
            leg.variables.update(
                sip_variables.of_outbound_sip(
                    contact.profile, contact.number, contact.host,
                    self.sessions_begun, self.settings.sip_port,
                )
            )  # fmt: skip
        else:
            leg.codecs = sip_variables.NULL_CODECS
            self.tell("CHANNEL_UUID", leg, first={"Old-Unique-ID": self.new_uuid()})
        self.tell("CHANNEL_OUTGOING", leg, variables=False)
        self.born(leg)
        legs.goes(self, leg, "CS_CONSUME_MEDIA")
        return leg

    def _enter(self, leg: Channel) -> None:
        self.sessions_begun += 1
        self.channels[leg.uuid] = leg
        self.peak = max(self.peak, len(self.channels))
        lag_s = self.settings.table_lag_s
        if lag_s:
            self.clock.after(lag_s, lambda: self._listed(leg))
        else:
            self.table[leg.uuid] = leg

    def _listed(self, leg: Channel) -> None:
        self.table[leg.uuid] = leg

    def forget(self, leg: Channel) -> None:
        """A leg is destroyed: its uuid is free; the tables forget it later."""
        if self.channels.get(leg.uuid) is leg:
            del self.channels[leg.uuid]
        self.actions.pop(leg.uuid, None)
        self.originations.pop(leg.uuid, None)
        if self.spies:
            eavesdropping.target_gone(self, leg)
        listener = self.of_legs.pop(leg.uuid, None)
        if listener is not None:
            listener.leg_ended(leg)
        lag_s = self.settings.table_lag_s

        def unlist() -> None:
            if self.table.get(leg.uuid) is leg:
                del self.table[leg.uuid]

        if lag_s:
            self.clock.after(1.5 * lag_s, unlist)
        else:
            unlist()

    def hang_up(self, leg: Channel, cause: str) -> None:
        """The switch ends a leg."""
        legs.hang_up(self, leg, cause)

    def route(self, number: str, context: str) -> Actions:
        """Where the dialplan leads a number; nothing where it leads nowhere."""
        if number.startswith("7") and self.settings.socket_address and context == "public":
            return (("socket", f"{self.settings.socket_address} async full"),)
        for route in self.settings.routes:
            if route.context == context and number.startswith(route.prefix):
                return route.actions
        return ()

    def look_up(self, leg: Channel | None, asked: str) -> str:
        """What stands for `${asked}`: a variable, or what an API command prints."""
        if asked.endswith(")") and "(" in asked:
            name, _, argument = asked[:-1].partition("(")
            command = api.COMMANDS.get(name)
            return command(self, argument) if command is not None else ""
        if leg is not None and (value := leg.get(asked)):
            return value
        if leg is not None and asked in _PROFILE_FIELDS:
            return leg.caller.get(_PROFILE_FIELDS[asked], "")
        return self.globals.get(asked, "")

    # -- time ----------------------------------------------------------------------------------

    def next_frame(self, leg: Channel, act: Callable[[], object]) -> None:
        """Do something when the leg comes to it: each leg has frames of its own."""
        frame_s = self.settings.frame_s
        if frame_s <= 0:
            self.clock.after(0, act)
            return
        age_s = (self.clock.now_us() - leg.created_us) / 1e6
        self.clock.after(frame_s - age_s % frame_s, act)

    def at_frame(self, leg: Channel) -> None:
        """Commands wait for a leg: it looks at its next frame."""
        if leg.is_frame_due or not leg.messages:
            return
        leg.is_frame_due = True
        self.next_frame(leg, lambda: work_off(self, leg))

    # -- commands ------------------------------------------------------------------------------

    def api(self, name: str, argument: str, done: Callable[[str], None]) -> None:
        """Run an API command; `done` is told what it printed when it has ended."""
        api.run(self, name, argument, done)

    def start_job(self, job: str, name: str, argument: str) -> None:
        """Run an API command beside everything else; its end is told as BACKGROUND_JOB."""

        def done(printed: str) -> None:
            extra = {"Job-UUID": job, "Job-Command": name}
            if argument:
                extra["Job-Command-Arg"] = argument
            self.tell("BACKGROUND_JOB", None, extra, body=printed)

        delay_s = _THREAD_S if self.settings.frame_s else 0.0
        self.clock.after(delay_s, lambda: api.run(self, name, argument, done))

    # -- events --------------------------------------------------------------------------------

    def wishes_changed(self) -> None:
        """Somebody listens to something else."""
        self._wanted.clear()

    def listener_gone(self, listener: Listener) -> None:
        """A connection is over."""
        if listener in self.listeners:
            self.listeners.remove(listener)
        self.wishes_changed()

    def is_wanted(self, name: str, subclass: str = "") -> bool:
        """Whether anybody might want events of that name."""
        key = (name, subclass)
        wanted = self._wanted.get(key)
        if wanted is None:
            wanted = self._wanted[key] = any(
                listener.may_want(name, subclass) for listener in self.listeners
            )
        return wanted

    def headers(self, name: str, leg: Channel | None, first: Headers = _NONE) -> Headers:
        """What an event tells before its own fields; counts it."""
        at_us = self.clock.told_us()
        local, gmt = self.clock.dates(at_us)
        headers = {
            "Event-Name": name,
            **self._core,
            "Event-Date-Local": local,
            "Event-Date-GMT": gmt,
            "Event-Date-Timestamp": str(at_us),
            "Event-Calling-File": "standin",
            "Event-Calling-Function": "tell",
            "Event-Calling-Line-Number": "1",
            "Event-Sequence": str(self.sequence),
        }
        headers.update(first)
        if leg is not None:
            headers.update(leg.head())
            headers.update(leg.codecs)
            headers.update(leg.caller)
            headers.update(leg.other)
            headers.update(leg.variables)
        return headers

    def tell(
        self,
        name: str,
        leg: Channel | None = None,
        extra: Headers = _NONE,
        *,
        first: Headers = _NONE,
        variables: bool = True,
        subclass: str = "",
        body: str = "",
        is_sent: bool = False,
    ) -> None:
        """Something happened.

        Args:
            extra: fields of the event's own, behind those of the leg; `first`: before them.
            variables: whether the leg's variables are told.
            is_sent: a client sent it; its fields come first of all.
        """
        self.sequence += 1
        if not self.is_wanted(name, subclass):
            return
        wanting = [one for one in self.listeners if one.wants(name, subclass, leg)]
        if not wanting:
            return
        if is_sent:
            headers = {**first, **self.headers(name, None)}
        else:
            headers = self.headers(name, leg, first)
        if leg is not None and not variables:
            headers = {n: v for n, v in headers.items() if not n.startswith("variable_")}
        headers.update(extra)
        if subclass:
            headers = {"Event-Subclass": subclass, **headers}
        event = wire.Event(name, subclass, headers, body)
        for listener in wanting:
            listener.take(event)

    def channel_data(self, leg: Channel, is_full: bool) -> bytes:
        """The answer to `connect`: the leg as a header block."""
        headers = self.headers("CHANNEL_DATA", leg)
        headers["Content-Type"] = "command/reply"
        headers["Reply-Text"] = "+OK\n"
        headers["Socket-Mode"] = leg.get("socket_mode") or "async"
        headers["Control"] = "full" if is_full else "single-channel"
        return wire.as_bytes(wire.header_block(headers) + "\n").replace(
            b"Content-Type: command%2Freply", b"Content-Type: command/reply"
        )

    def slowly(self, listener: Listener, data: bytes, *, then_close: bool = False) -> None:
        """Send late, or in pieces, in the order in which it was said."""
        transport = listener.transport
        loop = asyncio.get_running_loop()
        if transport is None:
            return
        size = self.faults.piece_bytes or max(len(data), 1)
        pieces = [data[at : at + size] for at in range(0, len(data), size)]

        def send() -> None:
            if pieces and not transport.is_closing():
                transport.write(pieces.pop(0))
            if pieces:
                loop.call_soon(send)
            elif then_close:
                transport.close()

        if self.faults.delay_s:
            loop.call_later(self.faults.delay_s, send)
        else:
            send()


def _as_heard(name: str) -> str:
    """A display name as the switch reads it out of SIP: escapes taken away, `${` made harmless."""
    return unquote_to_bytes(name).decode("utf-8", "surrogateescape").replace("${", "%{")


_PROFILE_FIELDS: Final = {
    "caller_id_name": "Caller-Caller-ID-Name",
    "caller_id_number": "Caller-Caller-ID-Number",
    "destination_number": "Caller-Destination-Number",
    "ani": "Caller-ANI",
    "network_addr": "Caller-Network-Addr",
    "uuid": "Caller-Unique-ID",
}
