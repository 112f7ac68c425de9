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
import re
import time
import uuid
from collections import deque
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Final, Self

from adapters.sim.standin import (
    api,
    births,
    eavesdropping,
    legs,
    recording,
    registrations,
    reports,
    wire,
)
from adapters.sim.standin.application_table import APPLICATIONS
from adapters.sim.standin.applications import work_off
from adapters.sim.standin.channel import Channel
from adapters.sim.standin.clock import SwitchClock
from adapters.sim.standin.conference import Room
from adapters.sim.standin.faults import Faults
from adapters.sim.standin.listener import Listener
from adapters.sim.standin.network import SipNetwork
from adapters.sim.standin.originating import Origination
from adapters.sim.standin.people import Call, CallerHabit, PhoneHabit, Telephone
from adapters.sim.standin.registrations import Registration
from adapters.sim.standin.settings import Actions, StandInSettings
from adapters.sim.standin.telling import Teller

Headers = dict[str, str]

_NONE: Final[Headers] = {}
#: Until the thread of a background job is at work.
_THREAD_S: Final = 0.001


class StandIn(Teller):
    """One switch, alive from `start` to `stop`, `shut_down` or `crash`; it may start again.

    Attributes:
        breaches: what was done to it that costs calls on a real one, now or sometimes.
        faults: what goes wrong on the way to who listens.
    """

    #: What serves a connection.
    listening: type[Listener] = Listener
    applications = APPLICATIONS
    #: The time of day at the start of its clock.
    utc_ns = staticmethod(time.time_ns)

    def __init__(
        self, settings: StandInSettings | None = None, network: SipNetwork | None = None
    ) -> None:
        super().__init__()
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
        self._begin_life()

    def _begin_life(self) -> None:
        """What a process has in its memory."""
        self.forgets_listeners()
        self.channels: dict[str, Channel] = {}
        self.table: dict[str, Channel] = {}
        self.actions: dict[str, deque[tuple[str, str]]] = {}
        self.originations: dict[str, Origination] = {}
        self.rooms: dict[str, Room] = {}
        self.spies: dict[str, list[str]] = {}
        self.registrations: dict[str, Registration] = {}
        #: Ways, `inbound` and `outbound`, that no call goes.
        self.paused: dict[str, None] = {}
        self.gateways: dict[str, bool] = dict(self.settings.gateways)
        #: Connections that the `socket` application made, by their leg.
        self.of_legs: dict[str, Listener] = {}
        self.core_uuid = self.new_uuid()
        self.sessions_begun = 0
        self.peak = 0
        self.started_us = 0

    # -- life ----------------------------------------------------------------------------------

    async def start(self) -> None:
        """Listen; on the port of before, when there was one."""
        settings = self.settings
        self.clock = SwitchClock(settings.speed, settings.timestamp_step_us, self.utc_ns)
        self.started_us = self.clock.now_us()
        self.names_itself(self.core_uuid, settings.hostname, settings.switchname)
        self.globals |= {
            "core_uuid": self.core_uuid,
            "hostname": settings.hostname,
            "switchname": settings.switchname,
            "local_ip_v4": "127.0.0.1",
            "recordings_dir": str(settings.recordings or ""),
        }
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: self.listening(self), settings.host, self.port, reuse_address=True
        )
        self.port = self._server.sockets[0].getsockname()[1]
        self.network.add_switch(self)
        if settings.heartbeat_s:
            self.clock.after(settings.heartbeat_s, self._heartbeat)
        for gateway in settings.gateway_pings_s:
            registrations.ping(self, gateway)

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
        self.place(caller)
        return caller

    def place(self, caller: Call) -> None:
        """A caller calls."""
        habit = caller.habit
        own = {
            "sip_authorized": "true",
            "user_name": habit.user or habit.number,
            "domain_name": self.settings.domain,
        }
        invite = births.Invite(
            number=habit.number,
            name=births.as_heard(habit.name),
            did=habit.did,
            context="agents" if habit.from_agent else "public",
            asserted=habit.asserted,
            privacy=habit.privacy,
            variables={**(own if habit.from_agent else {}), **dict(habit.variables)},
        )
        births.take_call(self, caller, invite)

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

    def enter(self, leg: Channel) -> None:
        """A leg is there from now on."""
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

    def route(self, leg: Channel, number: str, context: str) -> Actions:
        """Where the dialplan leads a number; nothing where it leads nowhere."""
        for route in self.settings.routes:
            if route.context != context or not number.startswith(route.prefix):
                continue
            if all(re.search(wanted, self.look_up(leg, name)) for name, wanted in route.conditions):
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


_PROFILE_FIELDS: Final = {
    "caller_id_name": "Caller-Caller-ID-Name",
    "caller_id_number": "Caller-Caller-ID-Number",
    "destination_number": "Caller-Destination-Number",
    "ani": "Caller-ANI",
    "network_addr": "Caller-Network-Addr",
    "uuid": "Caller-Unique-ID",
}
