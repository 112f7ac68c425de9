"""The switch of `python -m bench agi`: a stand-in that notes when it has the turn of each leg.

A process of its own. It says where it listens; `call NUMBER` places so many calls, `notes` answers
with what it has noted since, `end` ends it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import uvloop

from adapters.sim.standin.core.event_socket_protocol import Event, Request
from adapters.sim.standin.core.standin_settings import StandInSettings
from adapters.sim.standin.dialling.far_ends import Call, CallerHabit
from adapters.sim.standin.event_socket.listener import Listener
from adapters.sim.standin.stand_in import StandIn
from bench.pinning import pin

PASSWORD: Final = "bench"
#: Calls that begin a second.
_BEGIN_PER_S: Final = 50
#: Each caller presses a key so often.
_KEY_S: Final = 0.9


class Turns(msgspec.Struct):
    """When the switch had the turn of each leg, in nanoseconds of the machine's monotonic clock.

    Attributes:
        arrived: by leg, when the bytes of commands for it were read.
        written: by leg, when the bytes of events about it were handed to the kernel.
    """

    arrived: dict[str, list[int]] = {}
    written: dict[str, list[int]] = {}


class NotingListener(Listener):
    """A connection that notes when commands arrive and events are written."""

    switch: NotingSwitch

    def __init__(self, switch: NotingSwitch) -> None:
        super().__init__(switch)
        self._unwritten: list[str] = []
        self._arrived_ns = 0

    def take(self, event: Event) -> None:
        """An event is on its way."""
        super().take(event)
        self._unwritten.append(event.get("Unique-ID"))

    def flush(self) -> None:
        """Bytes go out."""
        is_out = bool(self._out)
        super().flush()
        if is_out and self._unwritten:
            now = time.monotonic_ns()
            for uuid in self._unwritten:
                self.switch.turns.written.setdefault(uuid, []).append(now)
            self._unwritten.clear()

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._arrived_ns = time.monotonic_ns()
        super().data_received(data)

    def obey(self, request: Request) -> None:
        """A command: its leg is the first of its words that is one."""
        for word in request.line.split():
            if self.switch.living(word) is not None:
                self.switch.turns.arrived.setdefault(word, []).append(self._arrived_ns)
                break
        super().obey(request)


class NotingSwitch(StandIn):
    """The stand-in with its notes."""

    listening = NotingListener

    def __init__(self, sounds: Path) -> None:
        super().__init__(StandInSettings(password=PASSWORD, sounds=sounds, heartbeat_s=0))
        self.turns = Turns()

    async def place_calls(self, number: int) -> None:
        """So many callers, evenly."""
        for place in range(number):
            self._presses(self.call(CallerHabit(did="5001", number=f"30{place:06}")))
            await asyncio.sleep(1 / _BEGIN_PER_S)

    def _presses(self, caller: Call) -> None:
        caller.press("1")
        self.clock.after(_KEY_S, lambda: self._presses(caller))


async def serve(sounds: Path) -> None:
    """Do what the input asks."""
    switch = NotingSwitch(sounds)
    async with switch:
        print(json.dumps({"port": switch.port}), flush=True)
        loop = asyncio.get_running_loop()
        while True:
            line = await loop.run_in_executor(None, sys.stdin.readline)
            match line.split():
                case ["call", number]:
                    await switch.place_calls(int(number))
                    print("placed", flush=True)
                case ["notes"]:
                    turns, switch.turns = switch.turns, Turns()
                    print(msgspec.json.encode(turns).decode(), flush=True)
                case _:
                    return


def main(argv: Sequence[str] | None = None) -> int:
    """Command line of the process."""
    parser = argparse.ArgumentParser(prog="python -m bench.agi_switch", description=__doc__)
    parser.add_argument("--sounds", type=Path, required=True)
    parser.add_argument("--core", type=int, default=-1)
    options = parser.parse_args(argv)
    pin(options.core)
    uvloop.run(serve(options.sounds))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
