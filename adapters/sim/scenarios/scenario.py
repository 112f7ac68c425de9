"""A scenario: who calls, who answers, over which lines, for how long. In microseconds.

`adapters.sim.scenarios.scenario_file` reads one from YAML; a program may just as well build one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from acdengine.plan import Plan
from acdengine.service_events import SystemProblem
from adapters.sim.draws.arrivals import RateProfile, Retrials
from adapters.sim.draws.distributions import Constant, Distribution, Never
from adapters.sim.draws.timetable import Timetable
from adapters.sim.scenarios.fault_mix import FaultMix
from adapters.sim.scenarios.switch_latencies import AT_ONCE, USUAL, Latencies
from queues.policy import AbandonTreatment
from queues.targets import Target

S = 1_000_000
#: Monday, 5 January 2026, midnight UTC: when simulated time begins unless a scenario says else.
ORIGIN_US = 1_767_571_200 * S

NEVER = Never()
_RINGS = Constant(8 * S)
_THINKS = Constant(3_000_000)
_HALF_A_MINUTE = Constant(30 * S)
_A_MINUTE = Constant(60 * S)

AtClosing: TypeAlias = Literal["serve", "send_away"]
#: ``finish``: the last of the list, after the call they are in; ``attrition``: the free ones, then
#: those who become free first; ``at_once``: the last of the list, ending the call they are in.
Leaving: TypeAlias = Literal["finish", "attrition", "at_once"]
Durations: TypeAlias = Timetable[Distribution]


@dataclass(frozen=True, slots=True)
class ServiceTarget:
    """Which service level is reported.

    Attributes:
        within_us: answered within this time.
        abandons: what calls count: ``all`` offered; ``late_only``: offered less those who gave up
            within the time; ``answered`` ones.
    """

    within_us: int = 20 * S
    abandons: AbandonTreatment = "all"


@dataclass(frozen=True, slots=True)
class KeyPress:
    """A key that callers press while they wait: with this probability, after so long."""

    digit: str
    after: Distribution
    probability: float = 1.0


@dataclass(frozen=True, slots=True)
class CallbackManners:
    """What a customer does who is rung back.

    Attributes:
        answers: probability of answering, at each attempt.
        ring: time until the answer.
    """

    answers: float = 0.8
    ring: Distribution = _RINGS


@dataclass(frozen=True, slots=True)
class AnswerManners:
    """What callers press, or say, who are asked for keys: at a menu, for a number.

    Attributes:
        keys: at the first question, the second and so on; an empty text: nothing.
        random: probability of pressing anything fitting at the questions behind those.
        first: time from the question's beginning to the first key.
        every_us: from each key to the next.
        words: said instead at the first question that listens for speech, the second and so on; an
            empty text: keys are pressed.
        speech: probability of saying a fitting phrase at the questions behind those that listen.
        understood: probability that a recogniser understands it.
    """

    keys: tuple[str, ...] = ()
    random: float = 0.9
    first: Distribution = _THINKS
    every_us: int = 400_000
    words: tuple[str, ...] = ()
    speech: float = 0.0
    understood: float = 0.9


@dataclass(frozen=True, slots=True)
class CallType:
    """Callers who want the same thing.

    Attributes:
        name: how results call it.
        arrivals: calls per second over time.
        dnis: the number they dial; the plan says where it leads.
        trunks: trunk groups that the call may come in on, tried in order.
        priority, skills, customer_id, wanted_queue: what the call brings along, as a dialplan would
            say.
        patience: time from the call's arrival (or from being left waiting again) to giving up.
        service: time in conversation.
        service_by_group: the same, where it differs with the group of the agent.
        day_cv: variation of the day factor on the arrivals; 0: all days alike.
        day_factor: types that name the same factor are busy on the same days.
        retrials: ringing again after a busy tone or after giving up.
        keys: keys pressed while waiting.
        answers: keys pressed at questions.
        leaves: time after which they hang up, in any state of the call.
        callback: what they do when they are rung back.
        callback_queue: ask for a callback in this queue by a web form, instead of ringing.
        known: numbers of particular callers.
        known_share: probability that a call comes from one of them, each as likely as the other.
        balks: probability of hanging up when no agent is free at once.
        target: which service level is reported for them; None: the scenario's.
        hostile: probability that a caller means harm (`adapters.sim.draws.hostile_callers`); drawn
            for seeds only.
    """

    name: str
    arrivals: RateProfile
    dnis: str
    trunks: tuple[str, ...]
    service: Durations
    patience: Durations = field(default_factory=lambda: Timetable.always(NEVER))
    priority: int = 0
    skills: Mapping[str, int] = field(default_factory=dict)
    customer_id: str = ""
    wanted_queue: str = ""
    service_by_group: Mapping[str, Durations] = field(default_factory=dict)
    day_cv: float = 0.0
    day_factor: str = ""
    retrials: Retrials | None = None
    keys: tuple[KeyPress, ...] = ()
    answers: AnswerManners = AnswerManners()
    leaves: Distribution = NEVER
    callback: CallbackManners = CallbackManners()
    callback_queue: str = ""
    known: tuple[str, ...] = ()
    known_share: float = 0.0
    balks: float = 0.0
    target: ServiceTarget | None = None
    hostile: float = 0.0


@dataclass(frozen=True, slots=True)
class Breaks:
    """Breaks of an agent: the time between them, their length, and the reason given."""

    every: Distribution
    length: Distribution
    reason: str = "break"


@dataclass(frozen=True, slots=True)
class AgentManners:
    """What agents of a group do.

    Attributes:
        answer: from the first ring to the answer.
        misses: probability of not answering an offer at all.
        rejects: probability of turning an offer away, after the time of an answer.
        fails: probability that the telephone fails at once, as a broken one does (SIP 5xx).
        voicemail: probability that a voicemail answers where the agent is to accept the call by a
            key, which it never presses.
        wrap_up: work after a call, ended by the agent; None: the policy alone ends it.
        asks_wrap_up: probability of asking for wrap-up during a conversation.
        extends: probability of asking for half a minute more of it.
        hangs_up: probability that it is the agent who ends a conversation.
        holds: probability that the caller is put on hold once.
        hold: how long.
        transfers: probability that a conversation ends with a transfer, to one of the targets.
        back: from being made not ready for missed calls to being ready again.
        breaks: None for no breaks.
        loses_phone: from one loss of the phone's registration to the next.
        phone_lost: how long it is lost.
    """

    answer: Distribution = AT_ONCE
    misses: float = 0.0
    rejects: float = 0.0
    fails: float = 0.0
    voicemail: float = 0.0
    wrap_up: Distribution | None = None
    asks_wrap_up: float = 0.0
    extends: float = 0.0
    hangs_up: float = 0.0
    holds: float = 0.0
    hold: Distribution = _HALF_A_MINUTE
    transfers: float = 0.0
    transfer_to: tuple[Target, ...] = ()
    back: Distribution = _A_MINUTE
    breaks: Breaks | None = None
    loses_phone: Distribution = NEVER
    phone_lost: Distribution = _HALF_A_MINUTE


@dataclass(frozen=True, slots=True)
class AgentGroup:
    """Agents who do the same things.

    Attributes:
        name: how results call it.
        agents: ids, in the order in which they come to work when not all are needed.
        number: how many are at work, over time; None: all, always.
        leaving: who goes when fewer are to be at work (`Leaving`).
        manners: what they do.
    """

    name: str
    agents: tuple[str, ...]
    number: Timetable[int] | None = None
    manners: AgentManners = AgentManners()
    leaving: Leaving = "finish"


@dataclass(frozen=True, slots=True)
class Opening:
    """Opening hours of the whole centre, every day.

    Attributes:
        from_us, to_us: after midnight (of the origin's clock).
        at_closing: those still waiting are served by agents who stay on, or sent away.
    """

    from_us: int
    to_us: int
    at_closing: AtClosing = "serve"

    def __post_init__(self) -> None:
        if not 0 <= self.from_us < self.to_us <= 86_400 * S:
            raise ValueError("a centre opens before it closes, both within one day")


@dataclass(frozen=True, slots=True)
class SystemAnswer:
    """One answer of a system, drawn by its weight."""

    status: int
    body: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class SimulatedSystem:
    """A system that flows ask.

    Attributes:
        url: its addresses; `*` stands for anything.
        answers: one of them is drawn for each request.
        latency: until the answer; longer than a request may take, it is a time-out.
        fails: probability of no answer.
        failure: why there is none then.
    """

    url: str
    answers: tuple[SystemAnswer, ...]
    latency: Distribution
    fails: float = 0.0
    failure: SystemProblem = "unreachable"


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything a simulation needs besides its seed.

    Attributes:
        horizon_us: for how long calls come.
        warm_up_us: what comes before is simulated and not counted.
        interval_us: of the counts by interval.
        run_out_us: after the horizon, those who still wait and talk are given so long to end.
        systems: those that flows ask; any other is unreachable.
    """

    name: str
    plan: Plan
    call_types: tuple[CallType, ...]
    groups: tuple[AgentGroup, ...]
    horizon_us: int
    warm_up_us: int = 0
    origin_us: int = ORIGIN_US
    interval_us: int = 1_800 * S
    run_out_us: int = 4 * 3_600 * S
    seed: int = 1
    opening: Opening | None = None
    latencies: Latencies = USUAL
    target: ServiceTarget = ServiceTarget()
    faults: FaultMix | None = None
    systems: tuple[SimulatedSystem, ...] = ()
