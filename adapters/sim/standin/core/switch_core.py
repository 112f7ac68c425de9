"""The memory of one switch: legs, tables and time; every other part works on it."""

from __future__ import annotations

import asyncio
import random
import re
import time
import uuid
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from adapters.sim.standin.core.channel import Channel, FarParty, Headers, Running
from adapters.sim.standin.core.conference_room import Room
from adapters.sim.standin.core.event_fanout import EventClient, Teller
from adapters.sim.standin.core.socket_faults import Faults
from adapters.sim.standin.core.standin_settings import Actions, StandInSettings
from adapters.sim.standin.core.switch_clock import SwitchClock

_PROFILE_FIELDS: Final = {
    "caller_id_name": "Caller-Caller-ID-Name",
    "caller_id_number": "Caller-Caller-ID-Number",
    "destination_number": "Caller-Destination-Number",
    "ani": "Caller-ANI",
    "network_addr": "Caller-Network-Addr",
    "uuid": "Caller-Unique-ID",
}


class CalledParty(FarParty, Protocol):
    """What lies at a SIP address: a telephone, or another switch."""

    def invited(self, leg: Channel, number: str, invite: str) -> None:
        """A leg calls it; `invite` is the text of the INVITE."""


class Network(Protocol):
    """What a switch reaches over SIP."""

    def far_end(self, port: int) -> CalledParty | None:
        """What answers at a port; None where nothing listens."""


class Dialling(Protocol):
    """The `originate` that a leg belongs to until it is answered or fails."""

    @property
    def caller(self) -> Channel | None:
        """The leg that it dials for; None: a program."""

    def rings(self, channel: Channel, is_early_media: bool) -> None:
        """The far end rings, or sends sound."""

    def answered(self, channel: Channel) -> None:
        """The far end answered."""

    def ended(self, channel: Channel) -> None:
        """The leg is down."""


@dataclass(frozen=True, slots=True)
class Registration:
    """The SIP port of a user's telephone, and when the registration expires."""

    port: int
    until_us: int
    expires_s: int

    def contact(self, user: str) -> str:
        """As events and tables tell it."""
        return f'"" <sip:{user}@127.0.0.1:{self.port}>'


Step = Callable[["SwitchCore", Channel, Running], None]
EarlyEnd = Callable[["SwitchCore", Channel, Running], str]
OnKey = Callable[["SwitchCore", Channel, Running, str], None]


def _nothing_to_end(switch: SwitchCore, leg: Channel, running: Running) -> str:
    return ""


def _nothing_changes(switch: SwitchCore, leg: Channel, running: Running) -> None:
    return


def ignored_key(switch: SwitchCore, leg: Channel, running: Running, key: str) -> None:
    """A key that the application does not listen to."""


@dataclass(frozen=True, slots=True)
class Application:
    """An application of the dialplan.

    Attributes:
        begin: starts it on a leg.
        leave: ends it where it is, because the leg is needed elsewhere or was hung up; returns the
            application's response, or an empty string.
        broken: ends it for `uuid_break`, as `leave`; None where `uuid_break` does not end it.
        suspend, resume: another application begins on top of it, or has ended.
        key: a key was pressed while it runs.
    """

    begin: Step
    leave: EarlyEnd = _nothing_to_end
    broken: EarlyEnd | None = _nothing_to_end
    suspend: Step = _nothing_changes
    resume: Step = _nothing_changes
    key: OnKey = ignored_key


class SwitchCore(Teller, ABC):
    """The state of one switch.

    Its parts work on it and know only those below; what has to reach a part above (a leg's
    commands, its end, an API command) goes through the abstract methods.

    Attributes:
        breaches: what was done to it that costs calls on a real one, now or sometimes.
        faults: what goes wrong on the way to the event socket's clients.
    """

    applications: Mapping[str, Application]
    commands: Mapping[str, Callable[[SwitchCore, str], str]]
    #: The time of day at the start of its clock.
    utc_ns = staticmethod(time.time_ns)

    def __init__(self, settings: StandInSettings, network: Network) -> None:
        super().__init__()
        self.settings = settings
        self.network = network
        self.faults = Faults(seed=settings.seed)
        self.breaches: list[str] = []
        self.port = settings.port
        #: What answers numbers behind gateways, by how the number begins.
        self.trunk_phones: dict[str, CalledParty] = {}
        self.sound_lengths: dict[str, float] = {}
        self.globals: Headers = {"domain": settings.domain}
        self._draw = random.Random(settings.seed)
        self._tasks: dict[asyncio.Task[None], None] = {}
        self.begin_life()

    def begin_life(self) -> None:
        """Empty the memory, as when the process starts."""
        self.forgets_listeners()
        self.channels: dict[str, Channel] = {}
        #: What `show` lists: later than `channels` by `table_lag_s`.
        self.table: dict[str, Channel] = {}
        self.actions: dict[str, deque[tuple[str, str]]] = {}
        self.originations: dict[str, Dialling] = {}
        self.rooms: dict[str, Room] = {}
        self.spies: dict[str, list[str]] = {}
        self.registrations: dict[str, Registration] = {}
        #: Directions, `inbound` and `outbound`, in which no call is let through.
        self.paused: dict[str, None] = {}
        self.gateways: dict[str, bool] = dict(self.settings.gateways)
        #: Connections that the `socket` application made, by their leg.
        self.of_legs: dict[str, EventClient] = {}
        self.core_uuid = self.new_uuid()
        self.sessions_begun = 0
        self.peak = 0
        self.started_us = 0

    def start_clock(self) -> None:
        """The time of the switch begins, and what events say of it."""
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

    # -- what goes up --------------------------------------------------------------------------

    @abstractmethod
    def work_off(self, leg: Channel) -> None:
        """A frame of the leg: the commands that wait for it."""

    @abstractmethod
    def tear_down(self, leg: Channel) -> None:
        """The frame after a leg was hung up: it leaves its bridge and is destroyed."""

    @abstractmethod
    def api(self, name: str, argument: str, done: Callable[[str], None]) -> None:
        """Run an API command; `done` gets what it prints."""

    @abstractmethod
    def start_job(self, job: str, name: str, argument: str) -> None:
        """Run an API command in the background; BACKGROUND_JOB tells its result."""

    @abstractmethod
    async def shut_down(self) -> None:
        """End in good order: legs are hung up, clients of the event socket are told."""

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine that waits for something; it ends with the switch."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks[task] = None
        task.add_done_callback(lambda done: self._tasks.pop(done, None))

    # -- legs ----------------------------------------------------------------------------------

    def new_uuid(self) -> str:
        """An unused UUID."""
        return str(uuid.UUID(int=self._draw.getrandbits(128), version=4))

    def living(self, name: str) -> Channel | None:
        """A leg that is up."""
        leg = self.channels.get(name)
        return leg if leg is not None and leg.is_up else None

    def enter(self, leg: Channel) -> None:
        """Add a new leg; `show` lists it a little later."""
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
        lag_s = self.settings.table_lag_s

        def unlist() -> None:
            if self.table.get(leg.uuid) is leg:
                del self.table[leg.uuid]

        if lag_s:
            self.clock.after(1.5 * lag_s, unlist)
        else:
            unlist()

    # -- looking up ----------------------------------------------------------------------------

    def behind_trunk(self, number: str) -> CalledParty | None:
        """What answers a number dialled through a gateway: the longest beginning that fits."""
        fitting = [prefix for prefix in self.trunk_phones if number.startswith(prefix)]
        return self.trunk_phones[max(fitting, key=len)] if fitting else None

    def registered_port(self, user: str) -> int:
        """The SIP port of a user's telephone; 0 where none is registered."""
        one = self.registrations.get(user)
        return one.port if one is not None else 0

    def profile_ports(self) -> dict[str, int]:
        """The SIP profiles, with the port of each."""
        return {"external": self.settings.trunk_port, "internal": self.settings.sip_port}

    def route(self, leg: Channel, number: str, context: str) -> Actions:
        """The dialplan's actions for a number; empty where no route fits."""
        for route in self.settings.routes:
            if route.context != context or not number.startswith(route.prefix):
                continue
            if all(re.search(wanted, self.look_up(leg, name)) for name, wanted in route.conditions):
                return route.actions
        return ()

    def look_up(self, leg: Channel | None, asked: str) -> str:
        """The value of `${asked}`: a variable, or what an API command prints."""
        if asked.endswith(")") and "(" in asked:
            name, _, argument = asked[:-1].partition("(")
            command = self.commands.get(name)
            return command(self, argument) if command is not None else ""
        if leg is not None and (value := leg.get(asked)):
            return value
        if leg is not None and asked in _PROFILE_FIELDS:
            return leg.caller.get(_PROFILE_FIELDS[asked], "")
        return self.globals.get(asked, "")

    # -- time ----------------------------------------------------------------------------------

    def next_frame(self, leg: Channel, act: Callable[[], object]) -> None:
        """Call `act` at the leg's next frame: each leg has frames of its own."""
        frame_s = self.settings.frame_s
        if frame_s <= 0:
            self.clock.after(0, act)
            return
        age_s = (self.clock.now_us() - leg.created_us) / 1e6
        self.clock.after(frame_s - age_s % frame_s, act)

    def at_frame(self, leg: Channel) -> None:
        """Commands wait for a leg: it works them off at its next frame."""
        if leg.is_frame_due or not leg.messages:
            return
        leg.is_frame_due = True
        self.next_frame(leg, lambda: self.work_off(leg))
