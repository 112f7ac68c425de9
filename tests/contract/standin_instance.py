"""The stand-in where the live tests have a real FreeSWITCH: the same handles, in a thread.

`StandInInstance` has what `FreeSwitchInstance` has, and `People` what `SippWorld` has, so that the
same test asks the same question of both.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from itertools import count
from pathlib import Path
from typing import Any, TypeVar
from xml.etree import ElementTree

from adapters.sim.standin.core.standin_settings import (
    DEFAULT_ROUTES,
    FRAME_S,
    Route,
    StandInSettings,
)
from adapters.sim.standin.dialling.far_ends import (
    FOREVER_S,
    Call,
    CallerHabit,
    FarEnd,
    PhoneHabit,
    Telephone,
)
from adapters.sim.standin.dialling.sip_network import SipNetwork
from adapters.sim.standin.stand_in import StandIn
from tests.contract.quick_time import SPEED, utc_ns
from tests.live.esl_peer import EslPeer
from tests.live.freeswitch_config import DOMAIN, MUSIC_HZ, PROMPT_HZ, SwitchOptions, write_sounds
from tests.live.sipp_calls import FOREVER_MS, Caller, Phone, SippError

T = TypeVar("T")
_PASSWORD = "standin-secret"
#: Until what was started calls: a SIPp process takes so long, and one thing done after the other in
#: a test may come to the switch the other way round.
_START_S = 0.1
#: The same of a telephone, which is asked for its password first.
_CHALLENGED_START_S = 0.3
_ports = count(40_001)
#: No two switches make up the same identities.
_seeds = count(1)


class QuickStandIn(StandIn):
    """Its time of day is that of the other clocks."""

    utc_ns = staticmethod(utc_ns)


class World:
    """The loop and the thread of all stand-ins of a test session, and who can be called there."""

    def __init__(self) -> None:
        self.network = SipNetwork()
        self.switches: dict[int, StandIn] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Awaits something in that loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    def do(self, act: Callable[[], T]) -> T:
        """Does something in that loop."""

        async def doing() -> T:
            return act()

        return self.wait(doing())

    def close(self) -> None:
        """Ends the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def routes_of(options: SwitchOptions) -> tuple[Route, ...]:
    """The routes that the live tests write as XML, as the stand-in has them."""
    routes = []
    for extension in ElementTree.fromstring(f"<all>{options.extra_public}</all>"):
        conditions = tuple(
            (one.attrib["field"].removeprefix("${").removesuffix("}"), one.attrib["expression"])
            for one in extension.iter("condition")
        )
        actions = tuple(
            (one.attrib["application"], one.attrib.get("data", ""))
            for one in extension.iter("action")
        )
        routes.append(Route("", actions, conditions=conditions))
    if options.socket_port:
        to_engine = f"127.0.0.1:{options.socket_port} async full"
        routes.append(Route("7", (("socket", to_engine),)))
    return tuple(routes)


class StandInInstance:
    """One stand-in under `folder`, on ports of its own."""

    def __init__(
        self,
        folder: Path,
        world: World,
        options: SwitchOptions | None = None,
        sounds: Path | None = None,
        speed: int = SPEED,
    ) -> None:
        self.world = world
        self.folder = folder
        self.options = options or SwitchOptions()
        self.esl_password = _PASSWORD
        self.recordings = folder / "recordings"
        self.recordings.mkdir(parents=True, exist_ok=True)
        self.sounds = sounds or folder / "sounds"
        if sounds is None:
            self.sounds.mkdir(parents=True, exist_ok=True)
            write_sounds(self.sounds)
        gateways = {gateway.name: True for gateway in self.options.gateways}
        ports = {
            gateway.name: int(gateway.proxy.rpartition(":")[2]) for gateway in self.options.gateways
        }
        pings = {one.name: one.ping_s for one in self.options.gateways if one.ping_s}
        self.switch = QuickStandIn(
            StandInSettings(
                password=_PASSWORD,
                heartbeat_s=self.options.heartbeat_s,
                sounds=self.sounds,
                music=dict(MUSIC_HZ),
                prompts_hz=dict(PROMPT_HZ),
                gateways=gateways,
                gateway_ports=ports,
                gateway_pings_s=pings,
                recordings=self.recordings,
                modules=self.options.modules,
                codecs=self.options.codecs,
                routes=(*routes_of(self.options), *DEFAULT_ROUTES),
                sip_port=next(_ports),
                trunk_port=next(_ports),
                poll_s=FRAME_S / speed,
                speed=speed,
                seed=next(_seeds),
            ),
            world.network,
        )
        world.switches[self.trunk_port] = self.switch

    @property
    def esl_port(self) -> int:
        return self.switch.port

    @property
    def sip_port(self) -> int:
        return self.switch.settings.sip_port

    @property
    def trunk_port(self) -> int:
        return self.switch.settings.trunk_port

    def start(self, timeout_s: float = 30.0) -> None:
        self.world.wait(self.switch.start())

    def stop(self, timeout_s: float = 20.0) -> None:
        self.world.wait(self.switch.shut_down())
        self.world.wait(self.switch.stop())

    def kill9(self) -> None:
        self.world.wait(self.switch.stop())

    def restart(self) -> None:
        self.stop()
        self.start()

    def freeze(self) -> None:
        self.world.do(self.switch.freeze)

    def thaw(self) -> None:
        self.world.do(self.switch.thaw)

    def esl(self) -> EslPeer:
        return EslPeer.log_in(self.esl_port, self.esl_password)

    def fs_cli(self, command: str) -> str:
        with self.esl() as peer:
            return peer.api(command)

    def clear(self, timeout_s: float = 10.0) -> None:
        """Ends all calls, and forgets who was there and whose telephones had registered."""

        self.world.do(lambda: self.switch.api("hupall", "", lambda _: None))
        while self.world.do(lambda: bool(self.switch.channels or self.switch.table)):
            time.sleep(0.005)
        self.world.do(self.world.network.phones.clear)
        self.world.do(self.switch.registrations.clear)
        self.switch.breaches.clear()

    def hears(self, leg: str) -> tuple[int, ...]:
        """The tones in Hz that the person behind a leg hears now."""
        return self.world.do(lambda: self.switch.hears(leg))

    def log_text(self) -> str:
        return "\n".join(self.switch.breaches)


class People:
    """Callers and telephones of one test."""

    def __init__(self, world: World) -> None:
        self._world = world

    def call(self, trunk_port: int, caller: Caller, calls: int = 1, per_s: int = 50) -> Callers:
        """`calls` calls like `caller`, at most `per_s` begun a second."""
        callers = Callers(self._world)
        switch = self._world.switches[trunk_port]

        def begin(number: int) -> None:
            habit = CallerHabit(
                refer=caller.refer,
                did=caller.did,
                number=caller.number.replace("[call_number]", str(number)),
                name=caller.name,
                patience_s=_seconds(caller.patience_ms),
                talk_s=_seconds(caller.talk_ms),
                digits=caller.digits,
                tone_hz=caller.tone_hz,
                asserted=caller.asserted,
                privacy=caller.privacy,
            )
            callers.far_ends.append(switch.call(habit))
            if number < calls:
                switch.clock.after(1 / per_s, lambda: begin(number + 1))

        self._world.do(lambda: switch.clock.after(_START_S, lambda: begin(1)))
        callers.count = calls
        return callers

    def dial(
        self, sip_port: int, agent: str, number: str, says: str = "", tone_hz: int = 0
    ) -> Callers:
        """The agent's telephone dials a number; `says` is in From, where that is another."""
        callers = Callers(self._world)
        found = [one for one in self._world.switches.values() if one.settings.sip_port == sip_port]
        habit = CallerHabit(
            did=number, number=says or agent, from_agent=True, user=agent, tone_hz=tone_hz
        )

        def begin() -> None:
            callers.far_ends.append(found[0].call(habit))

        self._world.do(lambda: found[0].clock.after(_CHALLENGED_START_S, begin))
        callers.count = 1
        return callers

    def phone(self, phone: Phone, port: int = 0) -> Ringing:
        """An agent's telephone, ready to be called, for any number of calls."""
        habit = PhoneHabit(
            answer_s=_seconds(phone.answer_ms),
            talk_s=_seconds(phone.talk_ms),
            tone_hz=phone.tone_hz,
            digits=phone.digits,
        )
        return self._phone(habit, port)

    def refusing_phone(
        self, status: str = "486 Busy Here", after_ms: int = 0, moved_to: str = "agent"
    ) -> Ringing:
        """A telephone that rings and then refuses with the SIP `status`."""
        habit = PhoneHabit(answer_s=_seconds(after_ms), refusal=status, moved_to=moved_to)
        return self._phone(habit, 0)

    def _phone(self, habit: PhoneHabit, port: int) -> Ringing:
        made = self._world.do(lambda: self._world.network.add_phone(habit, port))
        return Ringing(self._world, made)

    def register(self, sip_port: int, agent: str, contact_port: int, expires_s: int = 3600) -> None:
        """Registers the agent's telephone at `contact_port`; `expires_s` 0 takes it back."""
        phone = self._world.network.phones[contact_port]
        found = [one for one in self._world.switches.values() if one.settings.sip_port == sip_port]
        self._world.do(lambda: found[0].register(agent, phone, expires_s))

    def close(self) -> None:
        """Nothing runs on."""


class _Played:
    """Far ends in the place of one SIPp process."""

    far_ends: list[FarEnd]

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def messages(self) -> str:
        """Every SIP message that there would have been so far."""
        return self._world.do(
            lambda: "\n".join(text for one in self.far_ends for text in one.messages)
        )

    def _each(self, act: Callable[[FarEnd], None]) -> None:
        def acting() -> None:
            for one in self.far_ends:
                act(one)

        self._world.do(acting)

    def hang_up(self, call_id: str = "") -> None:
        self._each(lambda one: one.hang_up(call_id))

    def call_ids(self) -> list[str]:
        """The identity of each call so far, in the order they began."""
        return self._world.do(lambda: [call for one in self.far_ends for call in one.call_ids])

    def hold(self, call_id: str = "") -> None:
        self._each(FarEnd.hold)

    def resume(self, call_id: str = "") -> None:
        self._each(FarEnd.resume)

    def transfer(self, to: str, call_id: str = "") -> None:
        self._each(lambda one: one.transfer(to, call_id))

    def consulted(self, number: str) -> str:
        """The address that a REFER names to have the far end of this call joined with that of
        another one."""
        return f"<sip:{number}@{DOMAIN}?Replaces={self.call_ids()[-1]}>"


class Callers(_Played):
    """Calls that were placed; those of one number one after the other."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.far_ends: list[FarEnd] = []
        self.count = 0

    def wait(self, timeout_s: float = 10.0) -> None:
        """Waits until all calls ended.

        Raises:
            SippError: the time ran out.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            over = [one for one in self.far_ends if isinstance(one, Call) and one.is_over]
            if len(over) == self.count:
                return
            if time.monotonic() > deadline:
                raise SippError(f"still calling after {timeout_s} s\n{self.messages[-3000:]}")
            time.sleep(0.005)

    def kill(self) -> None:
        """Nothing is said; the switch would notice much later."""


class Ringing(_Played):
    """A telephone of a test."""

    def __init__(self, world: World, phone: Telephone) -> None:
        super().__init__(world)
        self.far_ends: list[FarEnd] = [phone]
        self.port = phone.port
        self._phone = phone

    def kill(self) -> None:
        self._world.do(self._phone.kill)


def _seconds(milliseconds: int) -> float:
    return FOREVER_S if milliseconds >= FOREVER_MS else milliseconds / 1000
