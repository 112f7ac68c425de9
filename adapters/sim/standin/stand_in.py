"""The stand-in itself: its start and end, and what a test or a scenario can do to it.

async with StandIn(StandInSettings(password="secret")) as switch:
    call = switch.call(CallerHabit(did="5001", number="30123"))
    phone = switch.phone(PhoneHabit(answer_s=1.0))
    ...  # connect to switch.port; ring phone.contact
    call.hang_up()
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from adapters.sim.standin.calls import applications, audio, leg_states, teardown
from adapters.sim.standin.commands import api_commands, registrations, report_commands
from adapters.sim.standin.commands.application_table import APPLICATIONS
from adapters.sim.standin.core.channel import Channel
from adapters.sim.standin.core.standin_settings import StandInSettings
from adapters.sim.standin.core.switch_core import SwitchCore
from adapters.sim.standin.dialling import channel_creation
from adapters.sim.standin.dialling.far_ends import Call, CallerHabit, PhoneHabit, Telephone
from adapters.sim.standin.dialling.sip_network import SipNetwork
from adapters.sim.standin.event_socket.listener import Listener

#: Until the thread of a background job is at work.
_THREAD_S: Final = 0.001


class StandIn(SwitchCore):
    """One switch, alive from `start` to `stop`, `shut_down` or `crash`; it may start again."""

    #: What serves a connection.
    listening: type[Listener] = Listener
    applications = APPLICATIONS
    commands = api_commands.COMMANDS
    network: SipNetwork

    def __init__(
        self, settings: StandInSettings | None = None, network: SipNetwork | None = None
    ) -> None:
        super().__init__(settings or StandInSettings(), network or SipNetwork())
        self._server: asyncio.Server | None = None

    # -- life ----------------------------------------------------------------------------------

    async def start(self) -> None:
        """Listen; after a first start, on the same port."""
        settings = self.settings
        self.start_clock()
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
        """End without events, as `crash`, and wait until all is closed."""
        self.crash()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def crash(self) -> None:
        """End as a killed process: connections, legs and registrations are gone, without events."""
        self.clock.forget_all()
        self.network.remove_switch(self)
        if self._server is not None:
            self._server.close()
            self._server = None
        for listener in list(self.listeners):
            listener.abort()
        for leg in list(self.channels.values()):
            far_end = leg.far_end
            leg.cause = leg.cause or "CRASH"
            if far_end is not None and leg in far_end.legs:
                far_end.legs.remove(leg)
        self.begin_life()

    async def shut_down(self) -> None:
        """End in good order: legs are hung up, clients get a disconnect notice."""
        self.network.remove_switch(self)
        self.tell("SHUTDOWN", None, {"Event-Info": "System Shutting Down"})
        for leg in list(self.channels.values()):
            leg_states.hang_up(self, leg, "SYSTEM_SHUTDOWN")
        await asyncio.sleep(3 * self.settings.frame_s / self.settings.speed)
        for listener in list(self.listeners):
            listener.end_with("The system is being shut down.\n")
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
        """Neither read nor send; connections stay open."""
        self.faults.is_frozen = True

    def thaw(self) -> None:
        """Undo `freeze`: held-back input and output is processed at once."""
        self.faults.is_frozen = False
        for listener in list(self.listeners):
            listener.thawed()

    def cut(self) -> None:
        """Break every connection; legs stay."""
        for listener in list(self.listeners):
            listener.abort()

    def _heartbeat(self) -> None:
        self.tell("HEARTBEAT", None, report_commands.heartbeat(self))
        self.clock.after(self.settings.heartbeat_s, self._heartbeat)

    # -- people --------------------------------------------------------------------------------

    def call(self, habit: CallerHabit) -> Call:
        """Place a call; its leg exists when this returns."""
        caller = Call(habit)
        self.place(caller)
        return caller

    def place(self, caller: Call) -> None:
        """Place the call of a caller."""
        habit = caller.habit
        own = {
            "sip_authorized": "true",
            "user_name": habit.user or habit.number,
            "domain_name": self.settings.domain,
        }
        invite = channel_creation.Invite(
            number=habit.number,
            name=channel_creation.as_heard(habit.name),
            did=habit.did,
            context="agents" if habit.from_agent else "public",
            asserted=habit.asserted,
            privacy=habit.privacy,
            variables={**(own if habit.from_agent else {}), **dict(habit.variables)},
        )
        channel_creation.take_call(self, caller, invite)

    def phone(self, habit: PhoneHabit | None = None, port: int = 0) -> Telephone:
        """Add a telephone, which rings when `Telephone.contact` is dialled."""
        return self.network.add_phone(habit or PhoneHabit(), port)

    def number(self, prefix: str, habit: PhoneHabit) -> Telephone:
        """Add a telephone for numbers behind gateways that begin with `prefix`."""
        phone = self.trunk_phones[prefix] = Telephone(habit, 0)
        return phone

    def register(self, user: str, phone: Telephone, expires_s: int = 3600) -> None:
        """Register a telephone as a user of the directory; 0 seconds unregister it."""
        registrations.register(self, user, phone.port, expires_s)

    def gateway_answers(self, name: str, answers: bool) -> None:
        """Set whether a gateway answers its pings."""
        registrations.gateway_answers(self, name, answers)

    def hears(self, uuid: str) -> tuple[int, ...]:
        """The tones in Hz that the person behind a leg hears at this moment."""
        leg = self.living(uuid)
        return audio.heard(self, leg) if leg is not None else ()

    # -- legs ----------------------------------------------------------------------------------

    def hang_up(self, leg: Channel, cause: str) -> None:
        """Hang up a leg."""
        leg_states.hang_up(self, leg, cause)

    def work_off(self, leg: Channel) -> None:
        """A frame of the leg."""
        applications.work_off(self, leg)

    def tear_down(self, leg: Channel) -> None:
        """The frame after the hang-up."""
        teardown.tear_down(self, leg)

    # -- commands ------------------------------------------------------------------------------

    def api(self, name: str, argument: str, done: Callable[[str], None]) -> None:
        """Run an API command; `done` gets its output when it has ended."""
        api_commands.run(self, name, argument, done)

    def start_job(self, job: str, name: str, argument: str) -> None:
        """Run an API command in the background; BACKGROUND_JOB tells its output."""

        def done(printed: str) -> None:
            extra = {"Job-UUID": job, "Job-Command": name}
            if argument:
                extra["Job-Command-Arg"] = argument
            self.tell("BACKGROUND_JOB", None, extra, body=printed)

        delay_s = _THREAD_S if self.settings.frame_s else 0.0
        self.clock.after(delay_s, lambda: api_commands.run(self, name, argument, done))
