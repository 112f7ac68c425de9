"""The engine of `python -m bench wire`: engine, runtime and FreeSWITCH adapter, on one core.

A process of its own. It says when its agents are ready, then answers each line of its input with
its processor time so far and what it has counted.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import sys
import time
from collections.abc import Sequence

import msgspec
import structlog
import uvloop

from acdengine.centre_facts import SwitchChanged
from acdengine.engine import Engine
from acdengine.facts import AnyFact, CallConnected
from acdengine.plan import Plan, Tenant
from acdengine.requests import ReadyRequested, SignInRequested
from acdengine.runtime.clock import UtcClock
from acdengine.runtime.loop import Runtime
from adapters.freeswitch.call_parts import CallMedia
from adapters.freeswitch.node import FreeSwitchNode, NodeClocks
from adapters.freeswitch.wire.connection import ConnectionSettings
from adapters.freeswitch.wire.link_settings import LinkSettings
from adapters.freeswitch.wire.read_coalescing import GATHER_S
from bench.core import GC_THRESHOLDS, is_compiled
from bench.pinning import pin
from bench.wire_switch import FIRST_PHONE, PASSWORD
from queues.policy import Announcements, QueuePolicy
from queues.targets import ToQueue
from routing.policy import AgentProfile, Assignment, MissPolicy, WrapUpPolicy

_QUEUE = "bench/q"


class Said(msgspec.Struct):
    """What the process tells of itself."""

    cpu_s: float
    connected: int
    port_errors: int
    invalid_transitions: int
    compiled: bool


def make_plan(agents: int) -> Plan:
    """One queue with music, and agents who take the next call at once."""
    profiles = {
        f"bench/a{number:04}": AgentProfile(
            agent_id=f"bench/a{number:04}",
            tenant_id="bench",
            name=f"a{number:04}",
            contact=f"sofia/internal/1000@127.0.0.1:{FIRST_PHONE + number}",
            queues={_QUEUE: Assignment()},
            wrap_up=WrapUpPolicy(mode="none"),
            misses=MissPolicy(),
        )
        for number in range(agents)
    }
    queue = QueuePolicy(
        queue_id=_QUEUE, tenant_id="bench", name="q", announcements=Announcements(music="moh")
    )
    tenant = Tenant(tenant_id="bench", numbers={"*": ToQueue(_QUEUE)})
    return Plan(tenants={"bench": tenant}, queues={_QUEUE: queue}, agents=profiles)


class Counting:
    """Counts conversations, and tells when the switch has been read."""

    def __init__(self) -> None:
        self.connected = 0
        self.synced = asyncio.Event()

    def take(self, seq: int, facts: Sequence[AnyFact]) -> None:
        """Facts of one event."""
        for fact in facts:
            if isinstance(fact, CallConnected):
                self.connected += 1
            elif isinstance(fact, SwitchChanged) and fact.state == "synced":
                self.synced.set()


async def serve(port: int, agents: int) -> None:
    """Be the engine until the input ends."""
    plan = make_plan(agents)
    runtime = Runtime(Engine(plan), UtcClock())
    # As `acdengine run` has it.
    link = LinkSettings(unwaited_jobs=True, gather_s=GATHER_S)
    settings = ConnectionSettings(host="127.0.0.1", port=port, password=PASSWORD, link=link)
    node = FreeSwitchNode(
        "n1", settings, runtime,
        CallMedia(),
        NodeClocks(lambda low, high: high),
    )  # fmt: skip
    counting = Counting()
    synced = counting.synced
    runtime.attach(node, ["n1"])
    runtime.add_sink(node.places)
    runtime.add_sink(counting)
    runtime.start()
    running = asyncio.create_task(node.run())
    await synced.wait()
    for agent_id in plan.agents:
        runtime.post(SignInRequested(at_us=0, agent_id=agent_id))
        runtime.post(ReadyRequested(at_us=0, agent_id=agent_id))
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    print("ready", flush=True)
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        meters = runtime.meters
        said = Said(
            time.process_time(),
            counting.connected,
            meters.port_errors,
            meters.invalid_transitions,
            is_compiled(),
        )
        print(msgspec.json.encode(said).decode(), flush=True)
    await node.close()
    await running
    await runtime.stop()


def main(argv: Sequence[str] | None = None) -> int:
    """Command line of the process."""
    parser = argparse.ArgumentParser(prog="python -m bench.wire_engine", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--agents", type=int, default=100)
    parser.add_argument("--core", type=int, default=-1)
    parser.add_argument("--profile", default="", help="write a cProfile of the process there")
    options = parser.parse_args(argv)
    pin(options.core)
    # The output is for the answers.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    if options.profile:
        import cProfile

        with cProfile.Profile() as profile:
            uvloop.run(serve(options.port, options.agents))
        profile.dump_stats(options.profile)
        return 0
    uvloop.run(serve(options.port, options.agents))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
