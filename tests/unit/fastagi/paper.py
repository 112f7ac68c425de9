"""An Asterisk of paper: channels that answer AGI commands as ``res_agi.c`` does."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import replace
from ipaddress import ip_network
from typing import Any, TypeVar, cast

from acdengine.commands import AnyCommand
from acdengine.events import AnyEvent, CallArrived
from acdengine.plan import TrunkGroup
from acdengine.ports import Source
from acdengine.trunks import Busy
from adapters.fastagi.asterisk_settings import Asterisk
from adapters.fastagi.fastagi_port import FastAgiPort
from adapters.fastagi.prompt_playback import SoundFiles
from adapters.fastagi.server import FastAgiServer, Limits
from tests.unit.runtime.virtual_loop import VirtualLoop, run_virtual

T = TypeVar("T")

#: What the next byte stops.
WATCHING = ("STREAM FILE", "SAY ", "WAIT FOR DIGIT")
#: What takes no byte until it is over.
DEAF = ("EXEC Dial", "RECORD FILE")
FOUND = re.compile(r"\$\{DIALPLAN_EXISTS")
ENCODED = re.compile(r"\$\{URIENCODE\(\$\{(\w+)\}\)\}")


class PaperChannel:
    """One channel in ``AGI()``; it is the writer of its own connection."""

    def __init__(self, peer: str = "127.0.0.1") -> None:
        self.reader = asyncio.StreamReader(limit=8192)
        self.peer = peer
        #: Commands as they came, marks left out.
        self.lines: list[str] = []
        self.variables: dict[str, str] = {"DIALSTATUS": "", "HANGUPCAUSE": "0"}
        self.has_subroutines = True
        self.is_closed = False
        self.is_dead = self.is_silent = False
        #: What is under way.
        self.doing = ""
        self._later: deque[str] = deque()

    # -- the writer that the adapter has ------------------------------------------------------

    def write(self, data: bytes) -> None:
        assert data.endswith(b"\n")
        assert data.count(b"\n") == 1
        line = data.decode().rstrip("\n").replace('"', "")
        if not line.startswith("GET FULL VARIABLE acdengine-mark"):
            self.lines.append(line)
        if self.doing.startswith(DEAF):
            self._later.append(line)
            return
        if self.doing:
            stopped, self.doing = self.doing, ""
            if stopped.startswith("WAIT"):
                self.say("200 result=1")
        self._take(line)

    def close(self) -> None:
        if not self.is_closed:
            self.is_closed = True
            self.reader.feed_eof()

    def get_extra_info(self, name: str) -> object:
        return (self.peer, 5000) if name == "peername" else None

    # -- what Asterisk does -------------------------------------------------------------------

    def say(self, line: str) -> None:
        if not (self.is_closed or self.is_silent):
            self.reader.feed_data(f"{line}\n".encode())

    def _take(self, line: str) -> None:
        name, _, rest = line.partition(" ")
        if line.startswith("GET FULL VARIABLE "):
            self._full_variable(line.removeprefix("GET FULL VARIABLE "))
        elif line.startswith("GET VARIABLE "):
            value = self.variables.get(line.split()[-1])
            self.say("200 result=0" if value is None else f"200 result=1 ({value})")
        elif line.startswith("SET VARIABLE "):
            key, _, value = line.removeprefix("SET VARIABLE ").partition(" ")
            self.variables[key] = value
            self.say("200 result=1")
        elif self.is_dead:
            self.say("511 Command Not Permitted on a dead channel or intercept routine")
        elif line.startswith((*WATCHING, *DEAF)):
            self.doing = line
        elif rest.startswith("Hangup"):
            self.say("200 result=-1")
            self.hang_up()
        else:
            assert name in ("ANSWER", "EXEC", "SET", "HANGUP", "CHANNEL"), line
            self.say("200 result=0")

    def _full_variable(self, expression: str) -> None:
        encoded = ENCODED.fullmatch(expression)
        if FOUND.match(expression):
            expression = "1" if self.has_subroutines else "0"
        elif encoded:
            expression = self.variables.get(encoded[1], "")
        self.say(f"200 result=1 ({expression})")

    def _over(self, reply: str) -> None:
        self.doing = ""
        self.say(reply)
        while self._later and not self.doing:
            self._take(self._later.popleft())

    # -- what the people do -------------------------------------------------------------------

    def press(self, key: str) -> None:
        """The caller presses a key."""
        if self.doing.startswith("WAIT"):
            self._over(f"200 result={ord(key)}")
        elif self.doing and key in self.doing.rpartition(" ")[2]:
            self._over(f"200 result={ord(key)} endpos=800")

    def finish(self, reply: str = "200 result=0 endpos=8000") -> None:
        """What plays, or is waited for, is over."""
        assert self.doing, "nothing is under way"
        self._over("200 result=0" if self.doing.startswith("WAIT") else reply)

    def dialled(self, status: str, cause: int = 16, result: int = 0) -> None:
        """`Dial` is over."""
        assert self.doing.startswith("EXEC Dial")
        self.variables |= {"DIALSTATUS": status, "HANGUPCAUSE": str(cause)}
        self._over(f"200 result={result}")

    def hang_up(self) -> None:
        """The caller hangs up."""
        self.is_dead = True
        if self.doing:
            self._over("200 result=-1")
        self.say("HANGUP")


class PaperLines:
    """Channels of trunk groups."""

    def __init__(self, groups: dict[str, TrunkGroup]) -> None:
        self.groups = groups
        self.taken: dict[str, str] = {}

    def arrive(self, node_id: str, leg_id: str, trunk_id: str) -> Busy | None:
        group = self.groups.get(trunk_id)
        used = list(self.taken.values()).count(trunk_id)
        if group is not None and used >= group.channels:
            return "channels"
        self.taken[leg_id] = trunk_id
        return None

    def end(self, node_id: str, leg_id: str) -> None:
        self.taken.pop(leg_id, None)


class Desk:
    """A port, what it has reported, and channels for it."""

    def __init__(self, **asterisk: Any) -> None:
        self.events: list[AnyEvent] = []
        self.now_us = 0
        self._ids = iter(f"call{n}" for n in range(1, 1000))
        one = Asterisk(
            "pbx", [ip_network("127.0.0.0/8")], "trunk", sounds=SoundFiles("custom"),
            recordings="/rec",
        )  # fmt: skip
        one = replace(one, **asterisk)
        other = Asterisk("other", [ip_network("10.0.0.0/8")], "others")
        self.groups: dict[str, TrunkGroup] = {}
        self.lines = PaperLines(self.groups)
        self.port = FastAgiPort([one, other], self, self._now, lambda: next(self._ids), self.lines)
        self.server = FastAgiServer(self.port, Limits(20, 5.0))

    def _now(self) -> int:
        return round(asyncio.get_running_loop().time() * 1e6)

    # -- the inbox ----------------------------------------------------------------------------

    def post(self, event: AnyEvent) -> bool:
        self.events.append(event)
        return True

    def slow_down(self, source: Source) -> None: ...

    def hold(self) -> None: ...

    def release(self) -> None: ...

    # -- channels -----------------------------------------------------------------------------

    def open(self, path: str, peer: str = "127.0.0.1", **environment: str) -> PaperChannel:
        """A channel runs ``AGI(agi://acd/PATH)``."""
        channel = PaperChannel(peer)
        told = {
            "network": "yes",
            "request": f"agi://acd/{path}",
            "channel": "PJSIP/trunk-00000001",
            "uniqueid": "1.1",
            "callerid": "4930123",
            "calleridname": "Ada",
            "callingpres": "0",
            "dnid": "unknown",
            "extension": "500",
        } | environment
        block = "".join(f"agi_{key}: {value}\n" for key, value in told.items())
        channel.reader.feed_data(f"{block}\n".encode())
        self.server.connected(channel.reader, cast("asyncio.StreamWriter", channel))
        return channel

    async def caller(self, path: str = "queue/acme/sales", **environment: str) -> PaperChannel:
        """A caller who has arrived."""
        channel = self.open(path, **environment)
        await settle()
        assert any(isinstance(event, CallArrived) for event in self.events)
        self.events.clear()
        channel.lines.clear()
        return channel

    async def order(self, *orders: AnyCommand) -> None:
        """The engine orders this, and what can follow at once has followed."""
        self.port.execute(orders)
        await settle()

    def told(self) -> list[AnyEvent]:
        """What was reported since this was asked last."""
        told, self.events = self.events, []
        return told


async def settle() -> None:
    """A moment passes, in which everything happens that is not waited for."""
    await asyncio.sleep(0.05)


def with_desk(story: Callable[[Desk], Coroutine[Any, Any, T]], **asterisk: Any) -> T:
    """Run a story in virtual time."""

    async def main() -> T:
        desk = Desk(**asterisk)
        try:
            return await story(desk)
        finally:
            await desk.server.close()

    return run_virtual(main(), VirtualLoop())
