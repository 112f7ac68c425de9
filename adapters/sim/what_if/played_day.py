"""A recorded day under some settings: its callers and agents, and an engine that decides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NamedTuple

from msgspec import structs

from acdengine.commands import AnyCommand
from acdengine.engine import Engine
from acdengine.engine.explain.timeline import in_words
from acdengine.events import AnyEvent
from acdengine.facts import AnyFact, CallQueued, OfferMade
from acdengine.plan import Plan
from acdengine.records.projector import Projector
from acdengine.requests import NotReadyRequested, ReadyRequested, SignInRequested
from adapters.sim.centre.caller_scripts import CallerScript, MoreDraws, ScriptedTalk
from adapters.sim.centre.legs import Caller, CallerLeg
from adapters.sim.centre.simulated_world import World, with_readers
from adapters.sim.draws.arrivals import RateProfile
from adapters.sim.draws.distributions import Constant, Distribution, Empirical
from adapters.sim.draws.random_streams import Streams
from adapters.sim.draws.timetable import Timetable
from adapters.sim.runs.simulation import seeded
from adapters.sim.runs.virtual_time import run_virtual
from adapters.sim.scenarios.scenario import (
    NEVER,
    AgentGroup,
    AgentManners,
    CallType,
    Scenario,
)
from adapters.sim.scenarios.switch_latencies import AT_ONCE, Latencies
from adapters.sim.what_if.draws_from_record import (
    RecordedPatience,
    RecordedRinging,
    RecordedTalks,
)
from adapters.sim.what_if.recorded_day import (
    Action,
    RecordedAgent,
    RecordedCall,
    RecordedDay,
    Rows,
)
from adapters.sim.what_if.recorded_systems import RecordedSystems
from adapters.sim.what_if.row_book import rows_of

#: What still goes on at the end of the day has so long to end.
_RUN_OUT_US: Final = 4 * 3_600_000_000


@dataclass(slots=True)
class PlayedDay:
    """What came of a recorded day under some settings.

    Attributes:
        rows: what the engine made of it.
        reasons: the last decision for each call, in words.
    """

    rows: Rows
    reasons: dict[str, str] = field(default_factory=dict)


class DayUnderSettings:
    """A recorded day that can be played under some settings, as often as wanted.

    Args:
        day: callers and agents.
        plan: the settings.

    Attributes:
        left_out: callers and agents who cannot be played, by the reason.
    """

    def __init__(self, day: RecordedDay, plan: Plan) -> None:
        self.day = day
        self.left_out: Counter[str] = Counter()
        self._plan = plan
        self._patience = RecordedPatience(day)
        self._talks = RecordedTalks(day)
        self._ringing = RecordedRinging(day)
        self._calls = [call for call in day.calls if self._has_trunk(call)]
        self._agents = [agent for agent in day.agents if self._is_known(agent)]
        self._scenario = self._scenario_of()

    def _has_trunk(self, call: RecordedCall) -> bool:
        trunk_id = call.arrival.trunk_id
        known = call.callback is not None or trunk_id in self._plan.trunks
        self.left_out[
            f"calls on trunk group {trunk_id!r}, which the settings do not have"
        ] += not known
        return known

    def _is_known(self, agent: RecordedAgent) -> bool:
        known = agent.agent_id in self._plan.agents
        self.left_out["agents whom the settings do not have"] += not known
        return known

    def _scenario_of(self) -> Scenario:
        day = self.day
        prompt = Empirical(day.prompt_us) if day.prompt_us else AT_ONCE
        return Scenario(
            name=day.name,
            plan=self._plan,
            call_types=(_CALLERS,),
            groups=tuple(
                AgentGroup(
                    agent.agent_id, (agent.agent_id,), Timetable[int].always(0), _manners(agent)
                )
                for agent in self._agents
            ),
            horizon_us=day.to_us - day.from_us,
            origin_us=day.from_us,
            latencies=Latencies(prompt=prompt, whisper=AT_ONCE),
        )

    def play(self, seed: int = 1, replication: int = 0) -> PlayedDay:
        """Play the day once.

        Args:
            seed: of what was not recorded: patience beyond the wait, conversations that did not
                take place, ringing of telephones.
            replication: which of the independent runs under this seed.
        """
        streams = Streams(seed).child("replication", replication)
        world = _World(self._scenario, streams)
        engine = Engine(seeded(self._plan, seed, replication))
        people = _People(world, self, streams)
        record = _Record()
        world.begin()
        people.begin(self._calls, self._agents)
        run_virtual(
            engine,
            world,
            with_readers({CallQueued: (people.queued,)}, world.readers()),
            self.day.to_us + _RUN_OUT_US,
            recorder=record,
        )
        return PlayedDay(rows_of(record.projector), record.reasons)

    def draws(self, streams: Streams) -> _Draws:
        """What was not recorded, in one run."""
        return _Draws(
            self._patience.sampler(streams.stream("patience")),
            self._talks.sampler(streams.stream("talks")),
            self._ringing.sampler(streams.stream("rung back")),
        )


class _Draws(NamedTuple):
    patience_us: Callable[[RecordedCall], int]
    talk: Callable[[str], ScriptedTalk]
    ringing_us: Callable[[], int | None]


#: The kind of all callers: what each does is in a script.
_CALLERS: Final = CallType(
    name="recorded",
    arrivals=RateProfile.constant(0.0),
    dnis="",
    trunks=(),
    service=Timetable[Distribution].always(Constant(0)),
)


def _manners(agent: RecordedAgent) -> AgentManners:
    manner = agent.manner
    offers = len(manner.rang_us) + manner.missed + manner.rejected
    return AgentManners(
        answer=Empirical(manner.rang_us) if manner.rang_us else AT_ONCE,
        misses=manner.missed / offers if offers else 0.0,
        rejects=manner.rejected / offers if offers else 0.0,
        back=NEVER,
    )


class _Record:
    """Takes the facts of a run: their rows, and why each call went where it went."""

    def __init__(self) -> None:
        self.projector = Projector(0)
        self.reasons: dict[str, str] = {}
        self._seq = 0

    def take(self, event: AnyEvent, facts: Sequence[AnyFact]) -> None:
        """Take the facts of an event."""
        self._seq += 1
        if facts:
            self.projector.take(self._seq, 0, facts)
            for fact in facts:
                if isinstance(fact, OfferMade):
                    self.reasons[fact.call_id] = in_words(fact)


class _World(World):
    """A world in which flows ask systems."""

    def __init__(self, scenario: Scenario, streams: Streams) -> None:
        super().__init__(scenario, streams)
        self.systems = RecordedSystems(self.agenda, self.events.append)

    def execute(self, commands: Iterable[AnyCommand]) -> None:
        """What the engine wants done."""
        super().execute(self.systems.take(commands))


class _People:
    """Callers and agents of a recorded day in a world.

    Args:
        world: not begun.
        day: what they do.
        streams: for what was not recorded.
    """

    def __init__(self, world: _World, day: DayUnderSettings, streams: Streams) -> None:
        self._world = world
        self._draws = day.draws(streams.child("recorded"))
        #: Calls that have not joined a queue yet, with their callers' legs.
        self._before_queue: dict[str, tuple[RecordedCall, CallerLeg]] = {}

    def begin(self, calls: Sequence[RecordedCall], agents: Sequence[RecordedAgent]) -> None:
        """Put what they do on the agenda."""
        agenda = self._world.agenda
        for agent in agents:
            for at_us, action, reason in agent.actions:
                agenda.at(at_us, self._act, (agent.agent_id, action, reason))
        coming = iter(calls)
        first = next(coming, None)

        def arrive(call: RecordedCall) -> None:
            self._dial_in(call)
            following = next(coming, None)
            if following is not None:
                agenda.at(following.at_us, arrive, following)

        if first is not None:
            agenda.at(first.at_us, arrive, first)

    # -- callers -------------------------------------------------------------------------------

    def _dial_in(self, call: RecordedCall) -> None:
        world = self._world
        callers, agenda = world.callers, world.agenda
        caller = Caller(callers.kinds[0], call.arrival.ani, call.arrival.dnis)
        caller.call_id = call.call_id
        caller.arrived_us = agenda.now_us
        draws = self._draws
        more = MoreDraws(
            partial(draws.talk, call.queue_id),
            partial(draws.patience_us, RecordedCall(call.at_us, call.arrival, call.queue_id)),
            draws.ringing_us,
        )
        caller.script = CallerScript(call.answers, call.talks, call.rung, more)
        if call.callback is not None:
            callers.by_call[call.call_id] = caller
            world.events.append(structs.replace(call.callback, at_us=agenda.now_us))
            return
        leg = caller.leg = world.switch.arrive_as(caller, call.arrival)
        if leg is None:
            return
        callers.by_call[call.call_id] = caller
        world.systems.expect(call.call_id, call.systems)
        self._before_queue[call.call_id] = call, leg
        for press in call.presses:
            if not press.in_queue:
                agenda.after(press.after_us, self._press, (leg, press.digit))
        if call.left_after_us is not None:
            agenda.after(call.left_after_us, self._leave, leg)

    def queued(self, fact: CallQueued) -> None:
        """A caller joins a queue: patience counts from the first time on."""
        found = self._before_queue.pop(fact.call_id, None)
        if found is None:
            return
        call, leg = found
        callers, agenda = self._world.callers, self._world.agenda
        callers.wait_at_most(leg, self._draws.patience_us(call))
        for press in call.presses:
            if press.in_queue:
                agenda.after(press.after_us, self._press, (leg, press.digit))

    def _press(self, what: tuple[CallerLeg, str]) -> None:
        leg, digit = what
        if leg.up and leg.bridged is None:
            self._world.switch.press(leg, digit)

    def _leave(self, leg: CallerLeg) -> None:
        if leg.up and leg.bridged is None:
            self._world.switch.hang_up(leg)

    # -- agents --------------------------------------------------------------------------------

    def _act(self, what: tuple[str, Action, str]) -> None:
        agent_id, action, reason = what
        world = self._world
        agent = world.agents.agents[agent_id]
        now, report = world.agenda.now_us, world.events.append
        if action == "sign_in":
            agent.at_work = True
            agent.shifts += 1
            report(SignInRequested(now, agent_id=agent_id, by=agent_id))
        elif action == "ready":
            report(ReadyRequested(now, agent_id=agent_id, by=agent_id))
        elif action == "not_ready":
            report(NotReadyRequested(now, agent_id=agent_id, reason=reason, by=agent_id))
        else:
            world.agents.sign_out(agent)
