"""A simulation in which everything goes wrong that can, drawn from the same seed.

Between world and engine lies a wire that doubles, delays, reorders and loses; clocks jump, nodes
vanish, the engine crashes between two commands of one event and comes back from snapshot and
journal, or with nothing. The watch sees each event with the commands and facts it led to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from typing import Final, Protocol

from msgspec import structs

from acdengine.commands import AnyCommand
from acdengine.engine import Engine
from acdengine.events import (
    AllJoined,
    AnyEvent,
    BridgeFailed,
    CallArrived,
    CallbackAnswered,
    CallbackFailed,
    CallBlocked,
    CallBridged,
    CallerHungUp,
    CallerRecorded,
    CallReferred,
    ConsultJoined,
    DigitPressed,
    DigitsCollected,
    HoldChanged,
    LineClosed,
    LineOpened,
    MessageLeft,
    NumberAnswered,
    NumberEnded,
    OfferAnswered,
    OfferEnded,
    OfferKeyPressed,
    PartyAnswered,
    PartyEnded,
    PhoneChanged,
    PhoneState,
    PromptFinished,
    PromptHeard,
    PromptsFinished,
    RecordingBegan,
    RecordingEnded,
    SupervisionSet,
    SwitchLost,
    TimePassed,
    VariableRead,
)
from acdengine.facts import AnyFact, CallEnded, CallQueued, CallStarted
from acdengine.service_commands import AskSystem
from adapters.sim.centre.simulated_world import Readers, World, with_readers
from adapters.sim.draws.distributions import NEVER_US
from adapters.sim.draws.random_streams import Streams
from adapters.sim.runs.fact_digest import FactDigest
from adapters.sim.scenarios.fault_mix import FaultMix
from adapters.sim.scenarios.scenario import Scenario
from adapters.sim.seeds.random_plans import NODES
from adapters.sim.seeds.random_requests import RandomRequests
from adapters.sim.seeds.random_systems import RandomSystems

_S: Final = 1_000_000
#: Reported by the switch, over the wire; all else is asked for by people or found by comparing.
_FROM_SWITCH: Final[frozenset[type[AnyEvent]]] = frozenset(
    (BridgeFailed, CallArrived, CallerRecorded, DigitsCollected, VariableRead,
      CallBlocked, CallBridged, CallbackAnswered, CallbackFailed,
     CallerHungUp, DigitPressed, LineClosed, LineOpened, MessageLeft, NumberAnswered, NumberEnded,
     OfferAnswered, OfferEnded, OfferKeyPressed, PhoneChanged, PromptFinished, PromptHeard,
     PromptsFinished, RecordingBegan,
     RecordingEnded, PartyAnswered, PartyEnded, HoldChanged, CallReferred, ConsultJoined, AllJoined,
     SupervisionSet)
)  # fmt: skip
#: A snapshot is taken after so many events; the journal holds those since.
_SNAPSHOT_EVERY: Final = 150
_LOOK_EVERY_US: Final = 30 * _S
_HELD_AT_MOST_US: Final = _S
#: A node that was lost answers again after so long.
_NODE_BACK_US: Final = 5 * _S


class Watch(Protocol):
    """Sees each event with its commands and facts."""

    def handled(
        self, event: AnyEvent, commands: Sequence[AnyCommand], facts: Sequence[AnyFact]
    ) -> None:
        """The engine has handled an event."""

    def forgotten(self) -> None:
        """The engine has lost everything but its settings."""


class Diverged(AssertionError):
    """An engine restored from snapshot and journal is not in the state of the one that crashed."""


class FaultyRun:
    """One run with faults.

    Args:
        scenario: what there is, with its faults.
        streams: the draws of this run.
        watch: looks on.

    Attributes:
        faults: how often each kind of fault was made to happen.
        digest: of all facts.
        events: handled by the engine.
    """

    def __init__(self, scenario: Scenario, streams: Streams, watch: Watch) -> None:
        self.scenario = scenario
        self.world = World(scenario, streams, NODES)
        self.engine = Engine(scenario.plan)
        self.faults: Counter[str] = Counter()
        self.digest = FactDigest()
        self.events = 0
        self._watch = watch
        self._mix = scenario.faults or FaultMix()
        self._random: Random = streams.stream("faults")
        self._systems = RandomSystems(self.world.agenda, streams.stream("systems"), self._deliver)
        self._requests = RandomRequests(scenario.plan, self.world, streams.stream("requests"))
        self._readers: Readers = with_readers(
            self.world.readers(),
            {
                CallStarted: (self._opened,),
                CallQueued: (self.world.switch.channels.write, self._opened),
                CallEnded: (self.world.switch.channels.forget, self._closed),
            },
        )
        #: Calls that the engine has, by its facts.
        self._open: dict[str, None] = {}
        self._snapshot = self.engine.snapshot()
        self._journal: list[AnyEvent] = []
        self._skew_us = 0
        self._at_us = 0
        self._held: AnyEvent | None = None
        self._link_up = True
        self._crash_soon = False
        self._down = False
        self._waiting_requests: list[AnyEvent] = []

    # -- the loop ------------------------------------------------------------------------------

    def run(self) -> None:
        """Run with faults up to the horizon, then without until everything has ended."""
        agenda, scenario = self.world.agenda, self.scenario
        self.world.begin()
        self._schedule_faults()
        quiet_us = scenario.origin_us + scenario.horizon_us
        self._run_until(quiet_us)
        self._calm()
        end_us = quiet_us + scenario.run_out_us
        while agenda.now_us < end_us and not self._over():
            self._run_until(min(end_us, agenda.now_us + _LOOK_EVERY_US))
            # A conversation that the engine could not take over leaves a phone up.
            self._sync(None)

    def _run_until(self, until_us: int) -> None:
        agenda, inbox = self.world.agenda, self.world.events
        while True:
            while inbox:
                self._from_world(inbox.popleft())
            due_us = NEVER_US if self._down else self.engine.next_due_us()
            if due_us < NEVER_US:
                due_us -= self._skew_us
            next_us = agenda.next_us()
            if min(due_us, next_us) > until_us:
                break
            if due_us <= next_us:
                agenda.wait_until(due_us)
                self._deliver(TimePassed(due_us))
            else:
                agenda.step()
        agenda.wait_until(until_us)

    def _opened(self, fact: CallStarted | CallQueued) -> None:
        self._open[fact.call_id] = None

    def _closed(self, fact: CallEnded) -> None:
        self._open.pop(fact.call_id, None)

    def _over(self) -> bool:
        """Whether nothing more can happen to any call, nor an order be on its way."""
        switch, agents = self.world.switch, self.world.agents.agents
        return not (
            self._open
            or switch.caller_legs
            or switch.agent_legs
            or switch.parties.party_legs
            or any(agent.state in ("ringing", "talking") for agent in agents.values())
        )

    def _calm(self) -> None:
        """Faults end; a last comparison with the switch finds what was lost."""
        self._mix = FaultMix()
        # A clock that was put back stands still for its hour: it has been put right by now.
        self._skew_us = max(self._skew_us, self._at_us - self.world.agenda.now_us)
        self._crash_soon = False
        self._link_up = True
        self._release(None)
        if self._down:
            self._restart(None)
        else:
            self._sync(None)
        drained = [*((queue_id, "") for queue_id in ("", *self.scenario.plan.queues))]
        for what in (*drained, *(("", node_id) for node_id in NODES)):
            self._requests.undrain(what)

    # -- from the world to the engine ----------------------------------------------------------

    def _from_world(self, event: AnyEvent) -> None:
        if type(event) not in _FROM_SWITCH:
            if self._down:
                self._waiting_requests.append(event)
            else:
                self._deliver(event)
            return
        mix, random = self._mix, self._random.random
        if self._down or not self._link_up:
            self.faults["lost while down"] += 1
        elif random() < mix.drop:
            self.faults["dropped"] += 1
        elif random() < mix.delay:
            self.faults["delayed"] += 1
            self._later(event)
        elif random() < mix.reorder and self._held is None:
            self.faults["reordered"] += 1
            self._held = event
            self.world.agenda.after(_HELD_AT_MOST_US, self._release)
        else:
            if random() < mix.duplicate:
                self.faults["duplicated"] += 1
                self._later(event)
            self._deliver(event)
            self._release(None)

    def _later(self, event: AnyEvent) -> None:
        delay_us = int(self._random.random() * self._mix.delay_us)
        self.world.agenda.after(delay_us, self._deliver_late, event)

    def _deliver_late(self, event: AnyEvent) -> None:
        if not self._down and self._link_up:
            self._deliver(event)

    def _release(self, _: object) -> None:
        held, self._held = self._held, None
        if held is not None:
            self._deliver_late(held)

    def _deliver(self, event: AnyEvent) -> None:
        """Give an event to the engine, with the time of a clock that never goes back."""
        if self._down:
            return
        at_us = self._at_us = max(self._at_us, self.world.agenda.now_us + self._skew_us)
        if event.at_us != at_us:
            event = structs.replace(event, at_us=at_us)
        self._journal.append(event)
        engine = self.engine
        commands = engine.handle(event)
        facts = engine.drain_facts()
        self.events += 1
        self.digest.add(facts)
        engine.check()
        self._watch.handled(event, commands, facts)
        for fact in facts:
            for reader in self._readers.get(type(fact), ()):
                reader(fact)
        if self._crash_soon and commands:
            self._send(commands[: self._random.randrange(len(commands))])
            self._crash()
            return
        self._send(commands)
        if len(self._journal) >= _SNAPSHOT_EVERY:
            self._take_snapshot()

    def _send(self, commands: Sequence[AnyCommand]) -> None:
        asked = [command for command in commands if isinstance(command, AskSystem)]
        if asked:
            commands = [command for command in commands if not isinstance(command, AskSystem)]
        for command in asked:
            # Not over the wire to the switch.
            self._systems.ask(command)
        if not self._link_up:
            self.faults["commands lost while down"] += len(commands)
            return
        loss = self._mix.lose_command
        if loss:
            kept = [command for command in commands if self._random.random() >= loss]
            self.faults["commands lost"] += len(commands) - len(kept)
            commands = kept
        self.world.execute(commands)

    # -- faults that come by themselves --------------------------------------------------------

    def _schedule_faults(self) -> None:
        mix = self._mix
        self._every(mix.link_every_us, self._lose_link)
        self._every(mix.node_every_us, self._lose_node)
        self._every(mix.step_every_us, self._step_clock)
        self._every(mix.crash_every_us, self._crash_at_next_event)
        self._every(mix.forget_every_us, self._forget)
        self._every(mix.request_every_us, self._ask)
        if mix.loses or mix.delay or mix.reorder or mix.duplicate:
            self.world.agenda.after(mix.sync_every_us, self._sync_again)

    def _every(self, mean_us: int, fault: Callable[[], None]) -> None:
        if mean_us:
            delay_us = int(self._random.expovariate(1 / mean_us))
            self.world.agenda.after(delay_us, self._happen, (mean_us, fault))

    def _happen(self, what: tuple[int, Callable[[], None]]) -> None:
        mean_us, fault = what
        scenario = self.scenario
        if self.world.agenda.now_us < scenario.origin_us + scenario.horizon_us:
            fault()
            self._every(mean_us, fault)

    def _ask(self) -> None:
        self.faults["requests"] += 1
        self._requests.make(self.world.agenda)

    def _step_clock(self) -> None:
        self.faults["clock steps"] += 1
        step_us = self._mix.step_us
        self._skew_us += self._random.randint(-step_us, step_us)

    def _lose_link(self) -> None:
        if self._link_up:
            self.faults["link losses"] += 1
            self._link_up = False
            length_us = int(self._random.random() * 2 * self._mix.link_lost_us)
            self.world.agenda.after(length_us, self._regain_link)

    def _regain_link(self, _: object) -> None:
        self._link_up = True
        self._sync(None)

    def _lose_node(self) -> None:
        self.faults["node losses"] += 1
        node_id = self._random.choice(NODES)
        self.world.switch.lose_node(node_id)
        if not self._down:
            self._deliver(SwitchLost(0, node_id))
            self.world.agenda.after(_NODE_BACK_US, self._node_back, node_id)

    def _node_back(self, node_id: str) -> None:
        """The node that was lost is connected to again."""
        if self._link_up and not self._down:
            self._deliver(self.world.switch.synced(node_id))

    def _sync_again(self, _: object) -> None:
        every_us = self._mix.sync_every_us
        if every_us:
            self._sync(None)
            self.world.agenda.after(every_us, self._sync_again)

    def _sync(self, _: object) -> None:
        """Compare with the switch, once what was ordered before has taken effect."""
        self.world.switch.barrier(self._compare)

    def _compare(self, _: object) -> None:
        if self._down or not self._link_up:
            return
        self.faults["comparisons"] += 1
        for node_id in NODES:
            self._deliver(self.world.switch.synced(node_id))
        for agent in self.world.agents.agents.values():
            state: PhoneState = "registered" if agent.registered else "unregistered"
            self._deliver(PhoneChanged(0, agent.agent_id, state))

    # -- crashes -------------------------------------------------------------------------------

    def _crash_at_next_event(self) -> None:
        self._crash_soon = True

    def _crash(self) -> None:
        self.faults["crashes"] += 1
        self._crash_soon = False
        self._down = True
        self.world.agenda.after(int(self._random.random() * 8 * _S), self._restart)

    def _restart(self, _: object) -> None:
        """Restore the last snapshot, apply the journal, compare, go on."""
        if not self._down:
            return
        engine = Engine.restore(self._snapshot)
        for event in self._journal:
            engine.handle(event)
        engine.drain_facts()
        if engine.snapshot() != self.engine.snapshot():
            raise Diverged("snapshot and journal do not lead to the state before the crash")
        self.engine = engine
        self._back()

    def _forget(self) -> None:
        """Crash with the loss of snapshot and journal: the switch alone knows the calls."""
        self.faults["memory losses"] += 1
        self._watch.forgotten()
        world = self.world
        self.engine = Engine(self.scenario.plan)
        self._open.clear()
        self._journal.clear()
        self._snapshot = self.engine.snapshot()
        live = world.switch.caller_legs
        for call_id in [call_id for call_id in world.callers.by_call if call_id not in live]:
            del world.callers.by_call[call_id]
        world.agents.come_back()
        self._back()

    def _back(self) -> None:
        self._down = False
        self._sync(None)
        requests, self._waiting_requests = self._waiting_requests, []
        for request in requests:
            self._deliver(request)

    def _take_snapshot(self) -> None:
        self._snapshot = self.engine.snapshot()
        self._journal.clear()
        if Engine.restore(self._snapshot).snapshot() != self._snapshot:
            raise Diverged("an engine restored from a snapshot has another snapshot")
