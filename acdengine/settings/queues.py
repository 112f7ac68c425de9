"""Queues: who is served first, by whom, and what callers hear and can do while they wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from pydantic import Field

from acdengine.settings.accepting import AcceptKeySettings
from acdengine.settings.model import Expected, SettingsModel
from acdengine.settings.recording import RecordingSettings
from acdengine.settings.targets import Targets
from acdengine.settings.values import Count, LongEnough, RingSeconds, Score, Seconds, Share
from routing.strategies import STRATEGIES

if TYPE_CHECKING:
    StrategyName: TypeAlias = str
else:
    StrategyName = Literal[tuple(STRATEGIES)]
StaffState: TypeAlias = Literal["ready", "ringing", "talking", "wrap_up", "not_ready"]
ExitKey = Annotated[str, Field(pattern=r"^[0-9*#]$"), Expected("a digit, * or #")]

ScreenPopName = Annotated[
    str,
    Field(pattern=r"^[A-Za-z][A-Za-z0-9-]*$", max_length=40),
    Expected("a name of letters, digits and -"),
]
ScreenPopText = Annotated[str, Field(max_length=200)]


class OrderSettings(SettingsModel):
    """Who is served first."""

    mode: Literal["wait", "bands", "weights"] = "wait"
    """`wait`: the longest wait, a priority being worth seconds of waiting. `bands`: a higher
    priority strictly first. `weights`: the wait times the weight of the priority, so that some age
    faster and none starves."""
    boost_per_priority_s: Seconds = 60
    """`wait`: seconds of waiting that one point of priority is worth."""
    boosts_s: dict[int, Seconds] = {}
    """`wait`: priority to seconds of waiting, in place of `boost_per_priority_s`."""
    weights: dict[int, Annotated[float, Field(gt=0, le=1000)]] = {}
    """`weights`: priority to weight; a priority not named weighs 1."""


class StepSettings(SettingsModel):
    """Who may take a call, and for how long this stays the rule."""

    requirement: str = ""
    """What an agent must be able to do, such as `english >= 5 and (billing or sales >= 3)`; empty:
    any agent of the queue."""
    expires_s: LongEnough | None = None
    """Seconds until the next step; every step but the last has one."""
    add_teams: list[str] = []
    """Teams that may take the call from this step on, although they do not serve the queue."""
    drop_skills: list[str] = []
    """Skills that the call itself brought along and that no longer matter from this step on."""


class LevelsSettings(SettingsModel):
    """When agents of a level above the first join in."""

    wait_s: Seconds = 0
    """Seconds that a call waits before the next level joins in; 0: all are there at once."""
    per_level: bool = True
    """Each further level waits `wait_s` again; otherwise all join in together."""
    skip_unstaffed: bool = True
    """A level without staff does not delay the next one."""


class PreferredSettings(SettingsModel):
    """Wait first for the call's preferred agents with at least a certain score."""

    min_score: Score
    """Agents with this score or a higher one."""
    wait_s: LongEnough
    """For so many seconds."""


class StaffSettings(SettingsModel):
    """How many agents in which states a queue needs."""

    states: Annotated[list[StaffState], Field(min_length=1)] = [
        "ready",
        "ringing",
        "talking",
        "wrap_up",
    ]
    """States that count as staff. An agent who is not signed in never counts."""
    at_least: Count = 1
    """Agents in these states."""


class OverflowSettings(SettingsModel):
    """A way out for those who have waited for some time, taken as soon as one is open."""

    after_s: Seconds
    """Seconds in this queue before the first look."""
    to: Targets
    """Where to go: the first target that is open."""
    retry_s: LongEnough = 10
    """Seconds until the next look while none is open."""


class AnnouncementSettings(SettingsModel):
    """What callers hear while they wait. None of it delays an answer."""

    greeting: str = ""
    """Prompt on joining; empty: none."""
    music: str = "default"
    """Music on hold."""
    first_after_s: Seconds = 20
    """Seconds until the first announcement."""
    every_s: LongEnough | None = None
    """Seconds from one announcement to the next; without it there is only one."""
    position: bool = False
    """Tell the position."""
    position_limit: Count | None = None
    """Positions beyond this are not told."""
    position_only_better: bool = True
    """Tell a position only when it is better than the one told last."""
    estimate: bool = False
    """Tell the estimated wait."""
    estimate_round_s: LongEnough = 60
    """Estimates are rounded up to a multiple of so many seconds."""
    estimate_limit_s: LongEnough | None = None
    """Estimates above so many seconds are told as "more than" it."""
    comfort: list[str] = []
    """Prompts of which one is played with each announcement, in turn."""


class CallbackSettings(SettingsModel):
    """Callback in place of waiting: the caller hangs up, keeps the place and is rung back."""

    mode: Literal["agent_first", "customer_first"] = "agent_first"
    """Who is rung first when the turn comes."""
    attempts: Count = 3
    """How often the customer is rung."""
    retry_s: LongEnough = 300
    """Seconds between two attempts."""
    ring_timeout_s: RingSeconds = 30
    """Seconds that the customer's telephone rings."""
    expires_s: LongEnough = 14400
    """Seconds after which the callback is given up."""
    hours: str | None = None
    """Opening hours in which customers may be rung; without it at any time."""
    limit: Count = 1000
    """Callbacks waiting at once; beyond it the way out is not open."""
    confirm_prompt: str = ""
    """Prompt that confirms the callback before the caller is let go."""


class EstimateSettings(SettingsModel):
    """How the wait is estimated while little is known."""

    initial_handle_s: LongEnough = 180
    """Seconds that a call keeps an agent, as long as none was measured."""


class ServiceLevelSettings(SettingsModel):
    """The share of calls answered in time, over a sliding window."""

    threshold_s: Seconds = 20
    """Answered within so many seconds is in time."""
    target: Share = 0.8
    """The share wanted."""
    window_s: LongEnough = 1800
    """Seconds that the window covers."""
    abandons: Literal["all", "late_only", "answered"] = "late_only"
    """Callers who hung up: `all` count as missed, `late_only` only those who waited beyond the
    threshold, `answered` none."""


class QueueSettings(SettingsModel):
    """A queue: ordered waiting calls and how they are served."""

    name: str | None = None
    """The name that people read; the queue's key when not given."""
    strategy: StrategyName = "longest_idle"
    """Which idle agent gets a call."""
    order: OrderSettings = OrderSettings()
    """Who is served first."""
    requirement: str = ""
    """What an agent must be able to do; short for a single step."""
    steps: list[StepSettings] = []
    """Requirements that are relaxed step by step while a call waits; the place is kept."""
    levels: LevelsSettings = LevelsSettings()
    """When agents of a level above the first join in."""
    preferred: list[PreferredSettings] = []
    """Rules for preferred agents, from the highest score down."""

    ring_timeout_s: RingSeconds = 20
    """Seconds that an agent's telephone rings."""
    ring_more_s: LongEnough = 10
    """`ring_progressively`: seconds until one more agent rings."""
    ring_limit: Count = 50
    """`ring_all` and `ring_progressively`: agents ringing at once for one call at most."""

    max_length: Count | None = None
    """Calls waiting at once at most."""
    when_full: Targets = []
    """Where callers beyond `max_length` go."""
    max_wait_s: LongEnough | None = None
    """Seconds in this queue at most."""
    when_waited: Targets = []
    """Where callers go after `max_wait_s`."""
    join_staff: StaffSettings | None = None
    """Staff without which no call may join; without this setting none is needed."""
    when_no_staff: Targets = []
    """Where callers go who may not join for want of staff or because the queue is drained."""
    leave_staff: StaffSettings | None = None
    """Staff without which no call may stay; without this setting none is needed."""
    leave_grace_s: Seconds = 5
    """Seconds that staff must be missing before callers are sent away."""
    when_staff_left: Targets = []
    """Where callers go when staff has been missing so long."""
    overflow: list[OverflowSettings] = []
    """Further ways out, from the shortest wait up."""
    exit_keys: dict[ExitKey, Targets] = {}
    """Key on the caller's telephone to where it leads."""
    max_conversations: Count | None = None
    """Conversations of this queue's calls at once at most."""

    answer: Literal["at_once", "with_agent"] = "at_once"
    """When callers are answered. `with_agent`: they hear greeting and music before, unanswered and
    as a rule at no cost, and are answered when an agent has; networks end such calls after some
    minutes."""
    announcements: AnnouncementSettings = AnnouncementSettings()
    """What callers hear while they wait."""
    pick_up: bool = False
    """Agents of the queue may pick up calls that ring at a colleague: the call rings them instead,
    and the colleague has missed nothing."""
    whisper: str = ""
    """Prompt that the agent hears after answering and before the caller is joined, who hears the
    music until then; empty: none."""
    accept_key: AcceptKeySettings | None = None
    """Key by which agents accept calls of this queue after answering, for agents and teams without
    one of their own; without this setting the answer does."""
    screen_pop: dict[ScreenPopName, ScreenPopText] = {}
    """What agents' telephones are told with each call, besides what they are told anyway: name to
    text. On SIP telephones `campaign: winter` is the header `X-ACD-Campaign: winter`."""
    caller_name: Annotated[str, Field(max_length=128)] = ""
    """What agents' telephones show as the caller's name, such as `{queue}: {name}`; empty: the
    caller's own. Fields are `{queue}` (its name), `{queue_id}`, `{name}` (where there is none the
    number), `{number}`, `{dnis}`, `{customer}`, `{priority}`, `{waited}` (seconds) and those of
    `screen_pop`. What the caller or `show_numbers` withholds is empty."""
    show_numbers: bool | None = None
    """Whether agents' telephones show callers' numbers; without it as the tenant says."""
    recording: RecordingSettings | None = None
    """Which conversations are recorded; without it as the tenant says."""
    callback: CallbackSettings | None = None
    """Callback in place of waiting; without this setting there is none."""
    resume_s: Seconds = 0
    """A caller who hung up and rings again within so many seconds gets the old place; 0: never."""
    short_abandon_s: Seconds = 5
    """Callers who hang up within so many seconds are short abandons in reports."""
    estimate: EstimateSettings = EstimateSettings()
    """How the wait is estimated while little is known."""
    service_level: ServiceLevelSettings = ServiceLevelSettings()
    """How the service level is measured."""
