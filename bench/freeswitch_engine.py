"""The engine as it runs beside FreeSWITCH in `python -m bench freeswitch`: a process of its own.

One queue, agents who are rung at `null/` and answer at once, no wrap-up; with the journal and the
facts file that the daemon keeps. It reads orders from its input, a line each: ``work N`` signs so
many agents in, ``quit`` ends it. It answers with a line of JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import random
import sys
from pathlib import Path
from typing import Final

import uvloop

from acdengine.engine import Engine
from acdengine.events import ReadyRequested, SignInRequested
from acdengine.plan import Plan, Tenant
from acdengine.runtime.clock import UtcClock
from acdengine.runtime.facts_file import FactsFile
from acdengine.runtime.housekeeping import Housekeeping
from acdengine.runtime.journal import Journal
from acdengine.runtime.loop import Runtime
from adapters.freeswitch.connection import ConnectionSettings
from adapters.freeswitch.sounds import Sounds
from adapters.freeswitch.switch import FreeSwitchNode
from queues.policy import Announcements, QueuePolicy
from queues.targets import ToQueue
from routing.policy import AgentProfile, Assignment, MissPolicy, WrapUpPolicy

QUEUE: Final = "bench/q"
MUSIC: Final = "moh"
#: Those of `acdengine.app.daemon`.
GC_THRESHOLDS: Final = (50_000, 20, 50)
SNAPSHOT_EVERY_S: Final = 60.0


def make_plan(agents: int) -> Plan:
    """One queue for all numbers, and agents who take whoever waits longest, the idlest first."""
    profiles = {
        f"bench/a{number:04}": AgentProfile(
            agent_id=f"bench/a{number:04}",
            tenant_id="bench",
            name=f"a{number:04}",
            contact=f"null/a{number:04}",
            queues={QUEUE: Assignment()},
            wrap_up=WrapUpPolicy(mode="none"),
            misses=MissPolicy(),
        )
        for number in range(agents)
    }
    queue = QueuePolicy(
        queue_id=QUEUE, tenant_id="bench", name="q", announcements=Announcements(music=MUSIC)
    )
    tenant = Tenant(tenant_id="bench", numbers={"*": ToQueue(QUEUE)})
    return Plan(tenants={"bench": tenant}, queues={QUEUE: queue}, agents=profiles)


class Daemon:
    """The engine, its runtime and the adapter in one loop."""

    def __init__(self, folder: Path, port: int, password: str, agents: int, seed: int) -> None:
        self._plan = make_plan(agents)
        self._journal = Journal(folder / "journal")
        self._facts = FactsFile(folder / "facts.jsonl", None)
        self.runtime = Runtime(Engine(self._plan), UtcClock(), journal=self._journal)
        self.node = FreeSwitchNode(
            "n1",
            ConnectionSettings(host="127.0.0.1", port=port, password=password),
            Sounds(),
            self.runtime,
            uniform=random.Random(seed).uniform,
        )
        self.runtime.attach(self.node, ["n1"])
        self.runtime.add_sink(self.node)
        self.runtime.add_sink(self._facts)
        self._care = Housekeeping(self.runtime, [self._facts], SNAPSHOT_EVERY_S)

    async def run(self) -> None:
        """Until told to quit, or its input ends."""
        self.runtime.start()
        self._care.start()
        running = asyncio.get_running_loop().create_task(self.node.run())
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLDS)
        orders = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(orders), sys.stdin
        )
        await self._answer()
        while (line := (await orders.readline()).split()) and line[0] != b"quit":
            if line[0] == b"work":
                self._work(int(line[1]))
            await self._answer()
        await self.node.close()
        await running
        await self._care.stop()
        await self.runtime.stop()
        self._facts.close()

    def _work(self, count: int) -> None:
        for agent_id in list(self._plan.agents)[:count]:
            self.runtime.post(SignInRequested(at_us=0, agent_id=agent_id))
            self.runtime.post(ReadyRequested(at_us=0, agent_id=agent_id))

    async def _answer(self) -> None:
        """How it stands: the queue's length, and whether all is well."""
        queue = self.runtime.floor.queues[QUEUE]
        meters = self.runtime.meters
        said = {
            "syncs": self.node.syncs,
            "waiting": len(queue.calls),
            "talking": queue.conversations,
            "invalid_transitions": meters.invalid_transitions,
            "late_events": self.runtime.floor.counters.get("late_events", 0),
            "repeated_orders": self.runtime.floor.counters.get("repeated_orders", 0),
            "inbox_peak": meters.inbox_peak,
        }
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()


def main(argv: list[str]) -> int:
    """Command line of the process."""
    parser = argparse.ArgumentParser(prog="python -m bench.freeswitch_engine", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--agents", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    options = parser.parse_args(argv)
    password = sys.stdin.readline().strip()
    daemon = Daemon(options.folder, options.port, password, options.agents, options.seed)
    uvloop.run(daemon.run())
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
