"""What a scenario file may say: the models of its keys. Times of day and durations in seconds.

`adapters.sim.scenarios.scenario_file` reads a file and makes a `Scenario` of them.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from acdengine.settings.model import Expected, SettingsModel, refusal
from acdengine.settings.queues import ExitKey
from acdengine.settings.targets import TargetSettings
from acdengine.settings.values import CallerNumber, LongEnough, Name, Proficiency, SkillName
from acdengine.settings.whole import PlanSettings
from adapters.sim.scenarios.durations import (
    Duration,
    Length,
    Probability,
    Seconds,
    check_starts,
)
from adapters.sim.scenarios.systems import SystemSettings

#: Each is kept to the end, for the intervals.
MOST_REPLICATIONS = 100_000

Hourly = Annotated[float, Field(ge=0, le=100_000_000)]
Number = Annotated[int, Field(ge=0, le=100_000)]
Reference = Annotated[
    str,
    Field(pattern=r"^([A-Za-z0-9_.@-]+/)?[A-Za-z0-9_.@-]+$"),
    Expected("a name of the settings, or tenant/name where there are several tenants"),
]
AgentReference = Annotated[
    str,
    Field(pattern=r"^([A-Za-z0-9_.@-]+/)?[A-Za-z0-9_.@{}-]+$"),
    Expected("an agent of the settings, or many such as sales{01..12}"),
]
OpenHours = Annotated[
    str,
    Field(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"),
    Expected("times of one day such as 08:00-18:30"),
]


class _ByTimeSettings(SettingsModel):
    """Values that hold one after the other: in intervals of one length, or from given times on."""

    interval_s: LongEnough | None = None
    """Seconds for which each value holds; in place of `starts_s`."""
    starts_s: list[Seconds] | None = None
    """Seconds since the scenario's beginning from which each value holds, 0 first."""
    period_s: LongEnough | None = None
    """Seconds after which it begins again, 86400 for every day alike; without it the last value
    stays."""

    def starts_of(self, values: int) -> list[float]:
        """Where the intervals begin, in seconds."""
        if self.starts_s is not None:
            return self.starts_s
        return [place * (self.interval_s or 0) for place in range(values)]

    def check(self, values: int) -> None:
        """Raises a refusal unless the values have their times."""
        if (self.interval_s is None) == (self.starts_s is None):
            raise refusal("the times are given in one way", "either interval_s or starts_s")
        starts = self.starts_of(values)
        if len(starts) != values:
            raise refusal(f"{values} values but {len(starts)} starts_s", "one for each value")
        check_starts(starts, self.period_s)


class RatesSettings(_ByTimeSettings):
    """Calls an hour, interval by interval."""

    per_h: Annotated[list[Hourly], Field(min_length=1)]
    """Calls an hour in each interval."""

    @model_validator(mode="after")
    def _times(self) -> Self:
        self.check(len(self.per_h))
        return self


class NumbersSettings(_ByTimeSettings):
    """Agents at work, interval by interval."""

    agents: Annotated[list[Number], Field(min_length=1)]
    """How many are at work in each interval."""

    @model_validator(mode="after")
    def _times(self) -> Self:
        self.check(len(self.agents))
        return self


class RetrialSettings(SettingsModel):
    """Callers who met busy, gave up or were turned away, and ring again. Who was served, left a
    message or is to be rung back does not."""

    probability: Probability
    """That a caller tries again, the same after every attempt."""
    delay: Length
    """Until the next attempt."""
    most: Annotated[int, Field(ge=0, le=1000)] = 3
    """Attempts after the first that one caller makes at most."""
    draw: Literal["anew", "once"] = "anew"
    """Patience and length of the conversation: drawn for every attempt, or once for a caller,
    who is as impatient the next time and wants the same."""
    turned_away: bool = True
    """Callers who were refused, or turned away by a queue, ring again too."""


class KeySettings(SettingsModel):
    """A key that callers press while they wait."""

    digit: ExitKey
    """The key; the queue's `exit_keys` say where it leads."""
    after: Length
    """From the call's arrival."""
    probability: Probability = 1.0
    """Of pressing it at all."""


class AnswerSettings(SettingsModel):
    """What callers press, or say, who are asked for keys: at a menu, for a number."""

    keys: list[Annotated[str, Field(pattern=r"^[0-9*#]{0,64}$")]] = []
    """At the first question of a call, at the second, and so on; an empty text: nothing."""
    random: Probability = 0.9
    """Probability of pressing anything that fits, at the questions behind those."""
    words: list[Annotated[str, Field(max_length=100)]] = []
    """What is said instead at the first question that listens for speech, at the second, and so on;
    an empty text: keys are pressed."""
    speech: Probability = 0
    """Probability of saying a phrase that fits, at the questions behind those that listen."""
    understood: Probability = 0.9
    """Probability that a recogniser understands what is said."""
    first: Length = 3
    """From the beginning of the question to the first key."""
    every_s: Annotated[float, Field(gt=0, le=3600)] = 0.4
    """From each key to the next."""


class RungBackSettings(SettingsModel):
    """What a customer does who is rung back."""

    answers: Probability = 0.8
    """Probability of answering, at each attempt."""
    ring: Length = 8
    """Until the answer."""


class ServiceLevelSettings(SettingsModel):
    """Which service level is reported."""

    within_s: Seconds = 20
    """Answered within so many seconds."""
    abandons: Literal["all", "late_only", "answered"] = "all"
    """Calls that count: `all` offered; `late_only`: offered less those who gave up within the
    time; `answered` ones."""


class CallTypeSettings(SettingsModel):
    """Callers who want the same thing."""

    dnis: str
    """The number they dial; the settings say where it leads."""
    arrivals: Hourly | RatesSettings
    """Calls an hour: one number, or interval by interval. A Poisson stream."""
    service: Duration
    """Time in conversation."""
    service_by_group: dict[Name, Duration] = {}
    """Agent group to the time in conversation, where it differs."""
    patience: Duration = "never"
    """From the call's arrival, or from being left waiting again, to giving up."""
    trunks: list[str] = []
    """Trunk groups that the call may come in on, tried in order; all of the settings when not
    given."""
    priority: Annotated[int, Field(ge=-1000, le=1000)] = 0
    """Points of priority that the call brings along."""
    skills: dict[SkillName, Proficiency] = {}
    """Skill to the proficiency that the agent needs."""
    day_cv: Annotated[float, Field(ge=0, le=10)] = 0
    """Coefficient of variation of a factor (gamma, mean 1) on each day's arrivals; 0: all days
    alike."""
    day_factor: str = ""
    """Types that name the same factor are busy on the same days; its own when not given."""
    retrials: RetrialSettings | None = None
    """Redialling after a busy tone or after abandoning; without it no caller redials."""
    keys: list[KeySettings] = []
    """Keys pressed while waiting."""
    answers: AnswerSettings = AnswerSettings()
    """Keys pressed when they are asked for them."""
    leaves: Length = "never"
    """Time after which they hang up, in any state of the call."""
    rung_back: RungBackSettings = RungBackSettings()
    """What they do when they are rung back."""
    callback_queue: Reference | None = None
    """They do not ring but ask on the web to be rung back, in this queue."""
    known: list[CallerNumber] = []
    """Numbers of particular callers, customers of the settings for example."""
    known_share: Probability = 0
    """Probability that a call comes from one of them, each as likely as the other."""
    balks: Probability = 0
    """Probability that a caller does not wait at all: hangs up when no agent is free at once."""
    service_level: ServiceLevelSettings | None = None
    """Which service level is reported for these calls, also in the total; the scenario's when not
    given."""


class BreakSettings(SettingsModel):
    """Breaks that agents take."""

    every: Length
    """From coming to work, and from the beginning of one break, to the next."""
    length: Length
    """Of a break."""
    reason: Name = "break"
    """The reason that is given, one of the tenant's `not_ready_reasons`."""


class AgentGroupSettings(SettingsModel):
    """Agents who do the same things: a team or some agents of the settings, which say what their
    skills and queues are."""

    team: Reference | None = None
    """All agents of this team."""
    agents: list[AgentReference] = []
    """These agents, in the order in which they come to work when not all are needed;
    `sales{01..12}` for many. In place of `team`."""
    number: Number | NumbersSettings | None = None
    """How many are at work: one number, or interval by interval; all, always, when not given."""
    leaving: Literal["finish", "attrition", "at_once"] = "finish"
    """Who goes when fewer are to be at work. `finish`: the last of the list, each after the call
    and the wrap-up they are in. `attrition`: the free ones from the end of the list, then those who
    become free first, until only so many are left. `at_once`: the last of the list; a conversation
    that they are in ends there."""
    answer: Length = 0
    """From the first ring to the answer."""
    misses: Probability = 0
    """Probability of not answering an offer at all."""
    rejects: Probability = 0
    """Probability of turning an offer away."""
    fails: Probability = 0
    """Probability that the telephone fails an offer at once, as a broken one does (SIP 5xx)."""
    voicemail: Probability = 0
    """Probability that a voicemail answers in the agent's place where a call is to be accepted by a
    key (`accept_key`): it presses none, and the call is missed."""
    wrap_up: Length | None = None
    """Work after a call, ended by the agent; without it the agent's policy alone ends it."""
    asks_wrap_up: Probability = 0
    """Probability of asking for wrap-up during a conversation."""
    extends: Probability = 0
    """Probability of asking for 30 s more of it."""
    hangs_up: Probability = 0
    """Probability that it is the agent who ends a conversation."""
    holds: Probability = 0
    """Probability that the caller is put on hold once."""
    hold: Length = 30
    """How long."""
    transfers: Probability = 0
    """Probability that a conversation ends with a transfer."""
    transfer_to: list[TargetSettings] = []
    """To one of these, each as likely as the other."""
    back: Length = 60
    """From being made not ready for missed calls to being ready again."""
    breaks: BreakSettings | None = None
    """Breaks; without it none."""
    loses_phone: Length = "never"
    """From one loss of the phone's registration to the next."""
    phone_lost: Length = 30
    """How long it is lost."""


class OpeningSettings(SettingsModel):
    """Opening hours of the whole centre, every day. Who rings outside them is turned away."""

    hours: OpenHours
    """From when to when, by the scenario's clock (UTC)."""
    at_closing: Literal["serve", "send_away"] = "serve"
    """Those still waiting at closing are served, for which agents stay on, or sent away."""


class LatencySettings(SettingsModel):
    """How long the simulated switch takes, and how long what it plays is."""

    like: Literal["usual", "none"] = "usual"
    """What holds where nothing else is given: a switch in the same building (commands 2-12 ms,
    first ring after 150-450 ms), or one that takes no time, as the formulas have it."""
    command: Length | None = None
    """From a command to its effect."""
    set_up: Length | None = None
    """From the order to ring a phone to its first ring."""
    prompt: Length | None = None
    """Length of an announcement."""
    whisper: Length | None = None
    """Length of what agents hear before the caller."""
    message: Length | None = None
    """Length of a message left in a voicemail box."""
    outside: Length | None = None
    """Length of a conversation with a number outside."""
    outside_answers: Probability | None = None
    """Probability that a number outside is answered."""
    agent_leg_follows: Probability | None = None
    """Probability that an agent's leg goes down by itself with the caller's."""


class ScenarioSettings(SettingsModel):
    """A scenario: a centre, who calls it and who answers."""

    name: str | None = None
    """What results call it; the file's name when not given."""
    settings: PlanSettings
    """The centre: trunks and tenants, as in any settings file, or the name of such a file (or a
    list of names) relative to this one."""
    call_types: Annotated[dict[Name, CallTypeSettings], Field(min_length=1)]
    """Who calls."""
    agent_groups: Annotated[dict[Name, AgentGroupSettings], Field(min_length=1)]
    """Who answers."""
    horizon_s: LongEnough = 86_400
    """Seconds for which calls come."""
    warm_up_s: Seconds = 0
    """Seconds at the beginning that are simulated and not counted."""
    run_out_s: Seconds = 14_400
    """Seconds after the horizon in which those who wait and talk may come to an end."""
    interval_s: LongEnough = 1_800
    """Length of the intervals by which calls are counted."""
    date: Annotated[datetime.date, Expected("a day such as 2026-01-05")] = datetime.date(2026, 1, 5)
    """The day at whose midnight (UTC) the scenario begins; a Monday when not given."""
    seed: int = 1
    """Of all draws."""
    replications: Annotated[int, Field(ge=1, le=MOST_REPLICATIONS)] = 10
    """Independent runs, from which the confidence intervals are worked out."""
    opening: OpeningSettings | None = None
    """Opening hours; without it always open."""
    service_level: ServiceLevelSettings = ServiceLevelSettings()
    """Which service level is reported."""
    latencies: LatencySettings = LatencySettings()
    """How long the simulated switch takes."""
    systems: list[SystemSettings] = []
    """Systems that flows ask; the first that fits an address answers."""
