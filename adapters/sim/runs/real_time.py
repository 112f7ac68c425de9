"""The simulated world in real time: its agenda is worked off as the clock goes on.

The clock may run at any speed. Events keep the time at which they happen in the world, and the
engine's deadlines are fed in between at their own, so that a day run sixty times as fast gives
exactly the calls that it would give in virtual time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from acdengine.commands import AnyCommand
from acdengine.events import TimePassed
from acdengine.facts import AnyFact
from acdengine.runtime.loop import Runtime
from acdengine.runtime.timer import Timer
from adapters.sim.centre.simulated_world import World
from adapters.sim.draws.distributions import NEVER_US

#: So many happenings in a row at most before others have the loop: some milliseconds.
_BURST: Final = 100


class RealTimeWorld:
    """The world as an adapter: a port for commands, a sink for the facts that people see, and
    what wakes the engine.

    Args:
        world: not begun, or stopped in the middle.
        runtime: whose clock is the world's.
        begin: begins the world where more is to begin with it, or does nothing where it goes on.
    """

    def __init__(
        self, world: World, runtime: Runtime, begin: Callable[[], None] | None = None
    ) -> None:
        self._world = world
        self._begin = begin or world.begin
        self._runtime = runtime
        self._readers = world.readers()
        self._timer = Timer(runtime.clock, self._due)
        self._engine_due_us = NEVER_US
        self._is_pumping = False
        #: Work is left over: it continues at the loop's next turn, before the timer.
        self._is_behind = False
        self._is_stopped = False
        self._has_begun = False
        runtime.attach(self)
        runtime.add_sink(self)
        runtime.woken_by(self)
        runtime.preceded_by(self._to_present)

    # -- what the runtime asks for ----------------------------------------------------------------

    def execute(self, commands: Sequence[AnyCommand]) -> None:
        """What the engine wants done."""
        self._world.execute(commands)

    def take(self, seq: int, facts: Sequence[AnyFact]) -> None:
        """What people see of the engine's work."""
        for fact in facts:
            for reader in self._readers.get(type(fact), ()):
                reader(fact)

    def arm(self, due_us: int) -> None:
        """The engine's next deadline."""
        self._engine_due_us = due_us
        if not self._is_pumping and not self._is_behind:
            self._set_timer()

    # -- running ----------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin the world, and catch up with the clock at once where it is ahead."""
        self._begin()
        self._has_begun = True
        self._pump(self._runtime.clock.now_us(), None)
        self._set_timer()

    def stop(self) -> None:
        """Stop the world."""
        self._is_stopped = True
        self._timer.disarm()

    def behind_us(self) -> int:
        """How far the world is behind the clock; more than a little when the speed is too high."""
        next_us = min(self._world.agenda.next_us(), self._engine_due_us)
        return max(0, self._runtime.clock.now_us() - next_us)

    def _due(self, _: int) -> None:
        if self._is_stopped:
            return
        self._timer.disarm()
        self._is_behind = not self._pump(self._runtime.clock.now_us(), _BURST)
        if not self._is_behind:
            self._set_timer()
        else:
            asyncio.get_running_loop().call_soon(self._due, 0)

    def _set_timer(self) -> None:
        if not self._is_stopped:
            self._timer.arm(min(self._world.agenda.next_us(), self._engine_due_us))

    def _to_present(self) -> int:
        """Come to the present before something from elsewhere; 0 where the world itself posts."""
        if self._is_pumping or self._is_stopped or not self._has_begun:
            return 0
        now_us = self._runtime.clock.now_us()
        self._pump(now_us, None)
        self._set_timer()
        return now_us

    def _pump(self, now_us: int, most: int | None) -> bool:
        """Run the actions that are due by then, or a batch of them; whether that was all."""
        agenda = self._world.agenda
        self._is_pumping = True
        try:
            done = 0
            self._report()
            while not self._is_stopped:
                next_us, due_us = agenda.next_us(), self._engine_due_us
                if min(next_us, due_us) > now_us:
                    return True
                if done == most:
                    return False
                done += 1
                if due_us <= next_us:
                    agenda.wait_until(due_us)
                    self._runtime.post(TimePassed(due_us))
                    self._turn()
                else:
                    agenda.step()
                self._report()
            return True
        finally:
            self._is_pumping = False

    def _report(self) -> None:
        """Hand over what has happened, each with what follows from it before the next."""
        events, runtime = self._world.events, self._runtime
        while events:
            if not runtime.post(events.popleft()):
                self.stop()
                return
            self._turn()

    def _turn(self) -> None:
        """Have the event handled, and what was asked and answered because of it."""
        runtime = self._runtime
        runtime.turn()
        while runtime.inbox_depth() and not self._is_stopped and not runtime.is_stopped:
            runtime.turn()
