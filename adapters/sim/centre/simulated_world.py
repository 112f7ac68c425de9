"""The world outside the engine: trunks, callers and agents on one agenda.

Events come out in `events`, commands and facts go in. Nothing here calls the engine, so the same
world runs in virtual time (`adapters.sim.runs.virtual_time`) and in real time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from acdengine.centre_facts import AgentStateChanged
from acdengine.commands import AnyCommand
from acdengine.events import AnyEvent
from acdengine.facts import (
    AnyFact,
    CallbackPlaced,
    CallEnded,
    CallLeftQueue,
    CallQueued,
    CallRefused,
    OfferMade,
)
from acdengine.requests import WithdrawRequested
from acdengine.trunks import trunks_of
from adapters.sim.centre.agents import SimulatedAgents
from adapters.sim.centre.callers import SimulatedCallers
from adapters.sim.centre.event_schedule import EventSchedule
from adapters.sim.centre.simulated_switch import Switch
from adapters.sim.centre.simulated_systems import SimulatedSystems
from adapters.sim.draws.random_streams import Streams
from adapters.sim.scenarios.scenario import Scenario

FactReader: TypeAlias = Callable[[Any], None]
#: Which functions read which kind of fact.
Readers: TypeAlias = dict[type[AnyFact], tuple[FactReader, ...]]

DAY_US = 86_400_000_000


class World:
    """Everything a scenario describes, drawn from one seed.

    Args:
        scenario: what there is.
        streams: the draws of this run.
        nodes: switch nodes; trunk groups are spread over them.

    Attributes:
        events: what has happened and was not taken yet, in order.
    """

    def __init__(self, scenario: Scenario, streams: Streams, nodes: Sequence[str] = ("",)) -> None:
        self.scenario = scenario
        self.events: deque[AnyEvent] = deque()
        self.agenda = EventSchedule(scenario.origin_us)
        report = self.events.append
        self.switch = Switch(
            self.agenda,
            report,
            trunks_of(scenario.plan.trunks.values()),
            scenario.latencies,
            streams.stream("switch"),
            nodes,
        )
        self.callers = SimulatedCallers(self.agenda, report, self.switch, scenario, streams)
        self.agents = SimulatedAgents(self.agenda, report, self.switch, scenario, streams)
        self.switch.people(self.callers, self.agents)
        self.closing: Closing | None = None
        #: Only flows ask systems: all other commands are for the switch.
        self._systems = (
            SimulatedSystems(self.agenda, scenario.systems, streams.stream("systems"), report)
            if scenario.plan.ivr_flows
            else None
        )

    def begin(self) -> None:
        """Have agents come to work, callers ring, and the centre close."""
        if self.scenario.opening is not None:
            # Before the agents' timetable, which may send them home at the same moment.
            self.closing = Closing(self)
            self.closing.begin()
        self.agents.begin()
        self.callers.begin()

    def execute(self, commands: Iterable[AnyCommand]) -> None:
        """What the engine wants done."""
        if self._systems is not None:
            commands = self._systems.take(commands)
        self.switch.execute(commands)

    def readers(self) -> Readers:
        """What people see of the engine's work, and what they do about it."""
        readers: Readers = {
            AgentStateChanged: (self.agents.state_changed,),
            CallEnded: (self.callers.over,),
            CallRefused: (self.callers.over,),
            CallbackPlaced: (self.callers.promised,),
        }
        if any(kind.balks for kind in self.scenario.call_types):
            balking: Readers = {
                CallQueued: (self.callers.queued,),
                OfferMade: (self.callers.offered,),
            }
            readers = with_readers(readers, balking)
        if self.scenario.opening is not None:
            return with_readers(readers, self._closing_readers())
        return readers

    def _closing_readers(self) -> Readers:
        def look(fact: object) -> None:
            if self.closing is not None:
                self.closing.look()

        return {CallEnded: (look,), CallLeftQueue: (look,)}


class Closing:
    """The end of the day: those who still wait are served by agents who stay, or sent away.

    Callers who ring outside the opening hours are turned away by the engine's own routing rule,
    which the plan of a scenario with opening hours has.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self.closed = False

    def begin(self) -> None:
        """Put the opening and closing of every day on the agenda."""
        opening = self._world.scenario.opening
        if opening is None:
            return
        agenda, scenario = self._world.agenda, self._world.scenario
        for day in range(scenario.horizon_us // DAY_US + 1):
            midnight_us = scenario.origin_us + day * DAY_US
            agenda.at(midnight_us + opening.from_us, self._open)
            agenda.at(midnight_us + opening.to_us, self._close)

    def _open(self, _: object) -> None:
        self.closed = False

    def _close(self, _: object) -> None:
        self.closed = True
        world = self._world
        opening = world.scenario.opening
        if opening is not None and opening.at_closing == "send_away":
            now = world.agenda.now_us
            for call_id, leg in list(world.switch.caller_legs.items()):
                if leg.bridged is None and not leg.occupied:
                    world.events.append(
                        WithdrawRequested(now, call_id=call_id, cause="closed", by="closing")
                    )
            return
        world.agents.staying = True
        self.look()

    def look(self) -> None:
        """Agents who stayed for the last callers go when no call waits."""
        world = self._world
        if world.agents.staying and not any(
            leg.bridged is None for leg in world.switch.caller_legs.values()
        ):
            world.agents.go_home()


def with_readers(*tables: Readers) -> Readers:
    """All readers of several tables, in their order."""
    joined: Readers = {}
    for table in tables:
        for kind, readers in table.items():
            joined[kind] = (*joined.get(kind, ()), *readers)
    return joined
