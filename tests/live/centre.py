"""A small centre on a real FreeSWITCH: the engine, its runtime and the adapter, in one loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final, TypeVar

from acdengine.base_messages import Fact
from acdengine.engine import Engine
from acdengine.events import AnyEvent
from acdengine.facts import AnyFact
from acdengine.leg_sessions.session import ScriptCentre, ScriptLegs
from acdengine.plan import Plan, Tenant
from acdengine.requests import ReadyRequested, SignInRequested
from acdengine.runtime.clock import UtcClock
from acdengine.runtime.loop import Runtime
from acdengine.runtime.sensitive_values import SensitiveValues
from adapters.freeswitch.call_parts import CallMedia
from adapters.freeswitch.media.sounds import Sounds
from adapters.freeswitch.media.tenant_sounds import TenantSounds
from adapters.freeswitch.node import FreeSwitchNode, NodeClocks
from adapters.freeswitch.recordings.recording_folder import Storage
from adapters.freeswitch.wire.connection import ConnectionSettings
from queues.policy import Announcements, QueuePolicy
from queues.targets import ToQueue
from routing.policy import AgentProfile, Assignment, MissPolicy, WrapUpPolicy
from tests.live.freeswitch_instance import FreeSwitchInstance

S: Final = 1_000_000
QUEUE: Final = "t/sales"
OTHER: Final = "t/other"
F = TypeVar("F", bound=Fact)
#: The time of day. With the loop's it makes the engine's clock.
utc_ns: Callable[[], int] = time.time_ns


def clock_of_the_loop() -> UtcClock:
    """The clock of an engine that runs in this event loop."""
    loop = asyncio.get_running_loop()
    return UtcClock(monotonic_ns=lambda: int(loop.time() * 1e9), time_ns=utc_ns)


def plan(
    contacts: dict[str, str],
    *,
    greeting: str = "",
    ring_s: int = 20,
    numbers: str = "*",
    exit_key: str = "",
) -> Plan:
    """A queue that these numbers lead to, another behind a key, and agents with these contacts."""
    agents = {
        f"t/{name}": AgentProfile(
            agent_id=f"t/{name}",
            tenant_id="t",
            name=name,
            contact=contact,
            queues={QUEUE: Assignment()},
            wrap_up=WrapUpPolicy(mode="none"),
            misses=MissPolicy(),
        )
        for name, contact in contacts.items()
    }
    queue = QueuePolicy(
        queue_id=QUEUE,
        tenant_id="t",
        name="sales",
        ring_timeout_us=ring_s * S,
        announcements=Announcements(music="default", greeting=greeting),
        exit_keys={exit_key: (ToQueue(OTHER),)} if exit_key else {},
    )
    other = QueuePolicy(
        queue_id=OTHER, tenant_id="t", name="other", announcements=Announcements(music="moh_vip")
    )
    tenant = Tenant(tenant_id="t", numbers={numbers: ToQueue(QUEUE)})
    return Plan(tenants={"t": tenant}, queues={QUEUE: queue, OTHER: other}, agents=agents)


class Centre:
    """The engine at work; `facts` is all that happened."""

    def __init__(
        self,
        switch: FreeSwitchInstance,
        the_plan: Plan,
        port: int = 0,
        engine: Engine | None = None,
    ) -> None:
        self.facts: list[AnyFact] = []
        self._news = asyncio.Event()
        self.engine = engine or Engine(the_plan)
        self.runtime = Runtime(self.engine, clock_of_the_loop())
        self.failures: list[BaseException] = []
        self.runtime.on_failure = self.failures.append
        sounds = Sounds(
            music={"default": "moh"},
            prompts={
                name: str(switch.sounds / f"{name}.wav") for name in ("greeting", "announcement")
            },
        )
        #: Legs that a test holds as a script would.
        self.scripts = ScriptLegs(
            self.runtime,
            ScriptCentre(lambda queue_id: queue_id in the_plan.queues),
            asyncio.get_running_loop().time,
        )
        self.secrets = SensitiveValues(asyncio.get_running_loop().time)
        self.node = FreeSwitchNode(
            "n1",
            ConnectionSettings(
                host="127.0.0.1",
                port=port or switch.esl_port,
                password=switch.esl_password,
            ),
            self.scripts,
            CallMedia(TenantSounds(sounds), Storage(str(switch.recordings)), self.secrets),
            NodeClocks(lambda low, high: high, asyncio.get_running_loop().time),
        )
        self.runtime.attach(self.node, ["n1"])
        self.runtime.add_sink(self.node.places)
        self.runtime.add_sink(self.scripts)
        self.runtime.add_sink(self)

    def take(self, seq: int, facts: Sequence[AnyFact]) -> None:
        self.facts.extend(facts)
        self._news.set()

    def post(self, *events: AnyEvent) -> None:
        for event in events:
            assert self.runtime.post(event)

    def work(self, *names: str) -> None:
        """These agents sign in and want calls."""
        for name in names:
            self.post(SignInRequested(at_us=0, agent_id=f"t/{name}"))
            self.post(ReadyRequested(at_us=0, agent_id=f"t/{name}"))

    def told(self, kind: type[F]) -> list[F]:
        return [fact for fact in self.facts if isinstance(fact, kind)]

    async def until(self, done: Callable[[], bool], limit_s: float = 15.0) -> None:
        """Wait until something is so. Fails, with all that happened, when it never is."""
        deadline = time.monotonic() + limit_s
        while not done():
            assert not self.failures, self.failures
            self._news.clear()
            left = deadline - time.monotonic()
            story = "\n".join(map(str, self.facts))
            assert left > 0, f"{story}\n{self.runtime.meters.port_errors} port errors"
            try:
                await asyncio.wait_for(self._news.wait(), min(left, 0.05))
            except TimeoutError:
                pass  # what is waited for may be in the switch, and no fact

    async def expect(self, kind: type[F], count: int = 1, limit_s: float = 15.0) -> F:
        """Wait for so many facts of a kind; the last of them."""
        await self.until(lambda: len(self.told(kind)) >= count, limit_s)
        return self.told(kind)[count - 1]


@asynccontextmanager
async def centre(
    switch: FreeSwitchInstance, the_plan: Plan, port: int = 0, engine: Engine | None = None
) -> AsyncIterator[Centre]:
    """A centre that is connected and has read the switch; the calls outlive it. `port` is of
    another way to the switch's event socket."""
    made = Centre(switch, the_plan, port, engine=engine)
    made.runtime.start()
    running = asyncio.get_running_loop().create_task(made.node.run())
    try:
        await made.until(lambda: made.node.comparison.syncs > 0)
        yield made
        assert not made.failures
        assert made.runtime.meters.port_errors == 0
        assert made.runtime.meters.invalid_transitions == 0
    finally:
        await made.node.close()
        await running
        await made.runtime.stop()
