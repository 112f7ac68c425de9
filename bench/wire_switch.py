"""The switch of `python -m bench wire`: a stand-in with callers, telephones and a stopwatch.

A process of its own. It says where it listens, then does what each line of its input asks:
`saturate IN_FLIGHT SECONDS`, `pace PER_S SECONDS`, `end`; and answers each with one line.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Sequence
from typing import Final

import msgspec
import uvloop

from adapters.freeswitch.protocol.channel_fields import END_KEYS_VARIABLE, NO_KEYS, STAYS
from adapters.sim.standin.core.channel import Channel
from adapters.sim.standin.core.event_socket_protocol import Event, Request
from adapters.sim.standin.core.standin_settings import Route, StandInSettings
from adapters.sim.standin.dialling.far_ends import Call, CallerHabit, PhoneHabit
from adapters.sim.standin.event_socket.listener import Listener
from adapters.sim.standin.stand_in import StandIn
from bench.pinning import pin

PASSWORD: Final = "bench"
#: Telephones are at this port and those behind it.
FIRST_PHONE: Final = 21_000
_NOW: Final = PhoneHabit()
#: What the generated dialplan sets on callers' legs, so that the engine need not. Without the
#: overflow, which would take the calls that the engine does not.
_VARIABLES: Final = {"acd_trunk": "external", **STAYS, END_KEYS_VARIABLE: NO_KEYS}
_PARKED: Final = " ".join(f"{name}={value}" for name, value in _VARIABLES.items())
_ROUTES: Final = (Route("", (("multiset", _PARKED), ("park", ""))),)


class Counted(msgspec.Struct):
    """What one phase found.

    Attributes:
        event_to_command_us: from the writing of an event's bytes to the arrival of the command
            that it brought about: of CHANNEL_PARK to the first command for the caller, of an
            agent's CHANNEL_ANSWER to the bridge.
        seconds, whole_s: that were counted, and of the whole phase.
        cpu_share: of the switch's own core.
    """

    calls: int
    seconds: float
    whole_s: float
    cpu_share: float
    event_to_command_us: list[float] = []
    left: int = 0


class TimedListener(Listener):
    """A connection that notes when events are written and when commands arrive."""

    switch: BenchSwitch

    def take(self, event: Event) -> None:
        """Note the events whose answer is waited for."""
        super().take(event)
        if event.name in ("CHANNEL_PARK", "CHANNEL_ANSWER"):
            self.switch.unwritten.append(event.get("Unique-ID") + event.name)

    def flush(self) -> None:
        """Bytes go out: the watch starts as they are handed to the kernel."""
        switch = self.switch
        if self._out and switch.unwritten:
            now = time.perf_counter_ns()
            for key in switch.unwritten:
                switch.written[key] = now
            switch.unwritten.clear()
        super().flush()

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self.switch.arrived_ns = time.perf_counter_ns()
        super().data_received(data)

    def obey(self, request: Request) -> None:
        """Stop the watch for the command that an event brought about."""
        words = request.line.split(" ")
        if len(words) > 2:
            self.switch.commanded(words[1], words[2:])
        super().obey(request)


class BenchCaller(Call):
    """A caller who says nothing and hangs up as soon as an agent is there."""

    def on_bridge(self, leg: Channel) -> None:
        """Enough."""
        leg.switch.clock.after(0, self.hang_up)

    def on_end(self, leg: Channel, is_ours: bool) -> None:
        """One whole call."""
        super().on_end(leg, is_ours)
        switch = leg.switch
        assert isinstance(switch, BenchSwitch)
        switch.call_ended(leg)


class BenchSwitch(StandIn):
    """The stand-in without FreeSWITCH's own pauses, and with the load on it."""

    listening = TimedListener

    def __init__(self, seed: int) -> None:
        super().__init__(
            StandInSettings(
                password=PASSWORD,
                poll_s=0,
                frame_s=0,
                table_lag_s=0,
                heartbeat_s=0,
                seed=seed,
                routes=_ROUTES,
            )
        )
        self.written: dict[str, int] = {}
        self.unwritten: list[str] = []
        self.arrived_ns = 0
        self.latencies_us: list[float] = []
        self.whole = 0
        self.in_flight = 0
        self.begun = 0
        self._keep = 0

    def commanded(self, name: str, words: list[str]) -> None:
        """A command arrived; how long after the event that it answers."""
        if name == "uuid_bridge":
            self._stop_watch(words[-1] + "CHANNEL_ANSWER")
        self._stop_watch(words[0] + "CHANNEL_PARK")

    def _stop_watch(self, key: str) -> None:
        written = self.written.pop(key, 0)
        if written:
            self.latencies_us.append((self.arrived_ns - written) / 1000)

    def begin_call(self) -> None:
        """One more caller."""
        self.begun += 1
        self.in_flight += 1
        caller = BenchCaller(CallerHabit(did="5001", number=f"30{self.begun:08}"))
        self.place(caller)

    def call_ended(self, leg: Channel) -> None:
        """A call is over; in a saturated phase, the next one begins."""
        self.in_flight -= 1
        if leg.time_us("Channel-Bridged"):
            self.whole += 1
        if self.in_flight < self._keep:
            self.clock.after(0, self.begin_call)

    async def saturate(self, in_flight: int, seconds: float) -> Counted:
        """So many calls under way at any time."""
        self._keep = in_flight
        while self.in_flight < in_flight:
            self.begin_call()
        await asyncio.sleep(seconds / 5)
        counted = await self._count(seconds)
        self._keep = 0
        await self._settle()
        counted.event_to_command_us = []
        return counted

    async def pace(self, per_s: float, seconds: float) -> Counted:
        """So many calls begin a second, evenly."""
        begun = asyncio.get_running_loop().time()
        ending = begun + seconds * 1.2
        pacing = asyncio.create_task(self._pace(per_s, ending))
        await asyncio.sleep(seconds / 5)
        self.latencies_us.clear()
        counted = await self._count(seconds)
        await pacing
        await self._settle()
        return counted

    async def _pace(self, per_s: float, ending: float) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while due < ending:
            await asyncio.sleep(max(due - loop.time(), 0))
            self.begin_call()
            due += 1 / per_s

    async def _count(self, seconds: float) -> Counted:
        whole, cpu, begun = self.whole, time.process_time(), time.perf_counter()
        self.latencies_us.clear()
        await asyncio.sleep(seconds)
        passed = time.perf_counter() - begun
        return Counted(
            calls=self.whole - whole,
            seconds=passed,
            whole_s=0.0,
            cpu_share=(time.process_time() - cpu) / passed,
            event_to_command_us=list(self.latencies_us),
        )

    async def _settle(self) -> None:
        """Wait until the calls that are left are over, or can be seen to hang."""
        for _ in range(100):
            if not self.in_flight:
                return
            await asyncio.sleep(0.02)


async def serve(agents: int, seed: int) -> None:
    """Do what the input asks."""
    switch = BenchSwitch(seed)
    async with switch:
        for number in range(agents):
            switch.phone(_NOW, FIRST_PHONE + number)
        print(json.dumps({"port": switch.port}), flush=True)
        loop = asyncio.get_running_loop()
        while True:
            line = await loop.run_in_executor(None, sys.stdin.readline)
            began = time.perf_counter()
            match line.split():
                case ["saturate", in_flight, seconds]:
                    counted = await switch.saturate(int(in_flight), float(seconds))
                case ["pace", per_s, seconds]:
                    counted = await switch.pace(float(per_s), float(seconds))
                case _:
                    return
            counted.left = switch.in_flight
            counted.whole_s = time.perf_counter() - began
            print(msgspec.json.encode(counted).decode(), flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Command line of the process."""
    parser = argparse.ArgumentParser(prog="python -m bench.wire_switch", description=__doc__)
    parser.add_argument("--agents", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--core", type=int, default=-1)
    options = parser.parse_args(argv)
    pin(options.core)
    uvloop.run(serve(options.agents, options.seed))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
