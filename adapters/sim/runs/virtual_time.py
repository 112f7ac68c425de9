"""Virtual time: engine and world in one loop, as fast as the processor allows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from acdengine.engine import Engine
from acdengine.events import AnyEvent, TimePassed
from acdengine.facts import AnyFact
from adapters.sim.centre.simulated_world import Readers, World
from adapters.sim.draws.distributions import NEVER_US
from adapters.sim.runs.fact_digest import FactDigest


class Recorder(Protocol):
    """Takes what a run goes through."""

    def take(self, event: AnyEvent, facts: Sequence[AnyFact]) -> None:
        """Take an event that was handled, and its facts."""


def run_virtual(
    engine: Engine,
    world: World,
    readers: Readers,
    until_us: int = NEVER_US,
    digest: FactDigest | None = None,
    recorder: Recorder | None = None,
) -> int:
    """Run until nothing is left to happen, or the time is up.

    A deadline of the engine that is due at the same moment as something in the world comes first.

    Args:
        engine: what decides.
        world: what happens; begun.
        readers: who reads the facts, the world's own readers among them.
        until_us: what is due later does not happen.
        digest: takes all facts.
        recorder: takes all events and facts.

    Returns:
        Events handled.
    """
    agenda, inbox = world.agenda, world.events
    take, handle, execute = inbox.popleft, engine.handle, world.execute
    drain_facts, readers_of = engine.drain_facts, readers.get
    handled = 0
    due_us = engine.next_due_us()
    while True:
        if inbox:
            while inbox:
                event = take()
                commands = handle(event)
                handled += 1
                facts = drain_facts()
                if recorder is not None:
                    recorder.take(event, facts)
                if facts:
                    if digest is not None:
                        digest.add(facts)
                    for fact in facts:
                        for reader in readers_of(type(fact), ()):
                            reader(fact)
                if commands:
                    execute(commands)
            due_us = engine.next_due_us()
        next_us = agenda.next_us()
        if due_us <= next_us:
            if due_us > until_us or due_us >= NEVER_US:
                break
            agenda.wait_until(due_us)
            inbox.append(TimePassed(due_us))
        elif next_us > until_us:
            break
        else:
            agenda.step()
    return handled
