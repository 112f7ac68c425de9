"""The bridge of `python -m bench agi`: engine, adapter and AGI scripts on their legs, on one core.

A process of its own, with the parts that the daemon puts together. It says when it is ready, then
answers each line of its input with what it has noted since.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import structlog
import uvloop

from acdengine.centre_facts import SwitchChanged
from acdengine.commands import AnyCommand
from acdengine.engine import Engine
from acdengine.events import AnyEvent
from acdengine.facts import AnyFact
from acdengine.leg_sessions.port import LegIdentity
from acdengine.leg_sessions.session import ScriptCentre, ScriptLeg, ScriptLegs
from acdengine.ports import Port
from acdengine.program.daemon.flow_services import FlowServices
from acdengine.program.switches.settings import sounds_of
from acdengine.runtime.clock import UtcClock
from acdengine.runtime.loop import Runtime
from acdengine.runtime.sensitive_values import SensitiveValues
from acdengine.settings.compile import load_plan
from adapters.freeswitch.call_parts import CallMedia
from adapters.freeswitch.media.tenant_sounds import TenantSounds
from adapters.freeswitch.node import FreeSwitchNode, NodeClocks
from adapters.freeswitch.wire.connection import ConnectionSettings
from adapters.freeswitch.wire.link_settings import LinkSettings
from adapters.freeswitch.wire.read_coalescing import GATHER_S
from bench.agi_switch import PASSWORD
from bench.core import GC_THRESHOLDS, is_compiled
from bench.pinning import pin


class Noted(msgspec.Struct):
    """What the process tells of itself.

    Attributes:
        taken: by leg, when a script's session was handed an event, in nanoseconds of the machine's
            monotonic clock.
        ordered: by leg, when the adapter had carried out an order of a script's session.
        cpu_s: processor time so far.
    """

    taken: dict[str, list[int]]
    ordered: dict[str, list[int]]
    cpu_s: float
    invalid_transitions: int
    compiled: bool


class NotingPort:
    """The way to the switch for one leg; notes when an order has been carried out."""

    def __init__(self, port: Port, ordered: list[int]) -> None:
        self._port = port
        self._ordered = ordered

    def execute(self, commands: Sequence[AnyCommand]) -> None:
        """Carry out, then note."""
        self._port.execute(commands)
        self._ordered.append(time.monotonic_ns())


class NotingLegs(ScriptLegs):
    """Legs in the hands of scripts; notes when each is told something, and when it orders."""

    taken: dict[str, list[int]]
    ordered: dict[str, list[int]]

    def open(self, port: Port, identity: LegIdentity, variables: Mapping[str, str]) -> ScriptLeg:
        """Put the notes between the leg and the switch."""
        noting = NotingPort(port, self.ordered.setdefault(identity.call_id, []))
        return super().open(noting, identity, variables)

    def post(self, event: AnyEvent) -> bool:
        """Note, then hand over."""
        call_id = getattr(event, "call_id", "")
        self.taken.setdefault(call_id, []).append(time.monotonic_ns())
        return super().post(event)


class Synced:
    """Tells when the switch has been read."""

    def __init__(self) -> None:
        self.event = asyncio.Event()

    def take(self, seq: int, facts: Sequence[AnyFact]) -> None:
        """Facts of one event."""
        if any(isinstance(fact, SwitchChanged) and fact.state == "synced" for fact in facts):
            self.event.set()


async def serve(port: int, written: Path) -> None:
    """Be the bridge until the input ends."""
    settings, plan = load_plan([written])
    runtime = Runtime(Engine(plan), UtcClock())
    legs = NotingLegs(
        runtime,
        ScriptCentre(lambda queue_id: queue_id in runtime.state.queues),
        time.monotonic,
    )
    legs.taken, legs.ordered = {}, {}
    secrets = SensitiveValues(time.monotonic)
    link = LinkSettings(unwaited_jobs=True, gather_s=GATHER_S)
    connection = ConnectionSettings(host="127.0.0.1", port=port, password=PASSWORD, link=link)
    node = FreeSwitchNode(
        "n1", connection, legs,
        CallMedia(TenantSounds(sounds_of(settings.sounds)), secrets=secrets),
        NodeClocks(lambda low, high: high),
    )  # fmt: skip
    services = FlowServices(
        runtime, legs, secrets, settings.daemon.scripts, lambda *_: True, lambda *_: False
    )
    synced = Synced()
    runtime.attach(node, ["n1"])
    runtime.attach_services(services)
    for sink in (node.places, legs, synced):
        runtime.add_sink(sink)
    runtime.start()
    running = asyncio.create_task(node.run())
    await synced.event.wait()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    print("ready", flush=True)
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        taken, legs.taken = legs.taken, {}
        noted = Noted(
            taken, legs.ordered, time.process_time(), runtime.meters.invalid_transitions,
            is_compiled(),
        )  # fmt: skip
        print(msgspec.json.encode(noted).decode(), flush=True)
    await services.stop()
    await node.close()
    await running
    await runtime.stop()


def main(argv: Sequence[str] | None = None) -> int:
    """Command line of the process."""
    parser = argparse.ArgumentParser(prog="python -m bench.agi_bridge", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--settings", type=Path, required=True)
    parser.add_argument("--core", type=int, default=-1)
    parser.add_argument("--profile", default="", help="write a cProfile of the process there")
    options = parser.parse_args(argv)
    pin(options.core)
    # The output is for the answers.
    structlog.configure(
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(30),
    )
    if options.profile:
        import cProfile

        with cProfile.Profile() as profile:
            uvloop.run(serve(options.port, options.settings))
        profile.dump_stats(options.profile)
        return 0
    uvloop.run(serve(options.port, options.settings))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
