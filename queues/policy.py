"""What a queue is told to do: its settings in the units of the engine (integers, microseconds)."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct, field

from queues.targets import Target

SECOND_US: Final = 1_000_000

OrderMode = Literal["wait", "bands", "weights"]
#: How the service level treats callers who hung up: counted as missed ("all"), left out when they
#: went within the threshold ("late_only"), or never counted ("answered").
AbandonTreatment = Literal["all", "late_only", "answered"]
#: Agent states that can count as staff; a logged-out agent never does.
StaffState = Literal["ready", "ringing", "talking", "wrap_up", "not_ready"]

WORKING: Final[tuple[StaffState, ...]] = ("ready", "ringing", "talking", "wrap_up")


class OrderPolicy(Struct, frozen=True, kw_only=True):
    """Who is served first.

    ``wait``: the longest wait, a priority being worth seconds of waiting. ``bands``: a higher
    priority strictly first, then the wait. ``weights``: the wait times the weight of the priority,
    so that some age faster and none starves.
    """

    mode: OrderMode = "wait"
    #: Microseconds of waiting that one point of priority is worth (``wait`` mode).
    boost_per_priority_us: int = 60 * SECOND_US
    #: Priority to microseconds; where given it replaces ``boost_per_priority_us``.
    boosts_us: dict[int, int] = field(default_factory=dict)
    #: Priority to weight (``weights`` mode); a priority not named weighs 1.
    weights: dict[int, float] = field(default_factory=dict)


class Step(Struct, frozen=True, kw_only=True):
    """One requirement step: who may take the call, and for how long this stays the rule."""

    #: Requirement over skills in the language of `routing.requirements`; empty accepts everybody.
    requirement: str = ""
    #: Microseconds until the next step; None on the last.
    expires_us: int | None = None
    #: Teams that may take the call from this step on, although they do not serve the queue.
    add_teams: tuple[str, ...] = ()
    #: Skills asked for by the call itself that no longer matter from this step on.
    drop_skills: tuple[str, ...] = ()


class LevelRules(Struct, frozen=True, kw_only=True):
    """When agents of a level above the first join in."""

    #: Microseconds that a call waits before the next level opens; 0 opens all levels at once.
    wait_us: int = 0
    #: Each further level waits that long again; otherwise all open together.
    per_level: bool = True
    #: A level without staff does not delay the next one.
    skip_unstaffed: bool = True


class PreferredRule(Struct, frozen=True, kw_only=True):
    """Wait so long for the call's preferred agents with at least this score."""

    min_score: int
    wait_us: int


class StaffRule(Struct, frozen=True, kw_only=True):
    """How many agents in which states a queue needs."""

    states: tuple[StaffState, ...] = WORKING
    at_least: int = 1


class Overflow(Struct, frozen=True, kw_only=True):
    """After so long in this queue, send the call to the first open target, and try again until one
    is open."""

    after_us: int
    targets: tuple[Target, ...]
    retry_us: int = 10 * SECOND_US


class Announcements(Struct, frozen=True, kw_only=True):
    """What callers hear while they wait. None of it delays an answer."""

    greeting: str = ""
    music: str = "default"
    first_after_us: int = 20 * SECOND_US
    every_us: int = 0
    position: bool = False
    #: Positions beyond this are not told.
    position_limit: int | None = None
    #: Tell a position only when it is better than the one told last.
    position_only_better: bool = True
    estimate: bool = False
    #: Estimates are rounded up to a multiple of this.
    estimate_round_us: int = 60 * SECOND_US
    #: Estimates above this are told as "more than" it.
    estimate_limit_us: int | None = None
    #: Played in turn, one with each announcement.
    comfort: tuple[str, ...] = ()


class CallbackPolicy(Struct, frozen=True, kw_only=True):
    """Callback in place of waiting."""

    mode: Literal["agent_first", "customer_first"] = "agent_first"
    attempts: int = 3
    retry_us: int = 300 * SECOND_US
    ring_timeout_us: int = 30 * SECOND_US
    #: After so long without success the callback is given up.
    expires_us: int = 4 * 3600 * SECOND_US
    #: Opening hours (an id of the plan's calendars) in which callers may be rung; empty: always.
    hours_id: str = ""
    #: Callbacks waiting at once; beyond it the way out is not open.
    limit: int = 1000
    confirm_prompt: str = ""


class EstimatePolicy(Struct, frozen=True, kw_only=True):
    """What the estimated wait starts from while nothing is measured yet."""

    initial_handle_us: int = 180 * SECOND_US


class ServiceLevelPolicy(Struct, frozen=True, kw_only=True):
    """Share of calls answered in time over a sliding window."""

    threshold_us: int = 20 * SECOND_US
    target: float = 0.8
    window_us: int = 1800 * SECOND_US
    abandons: AbandonTreatment = "late_only"


class RecordingPolicy(Struct, frozen=True, kw_only=True):
    """Which conversations are recorded, and into which files.

    ``share``: so many of a thousand calls. ``on_request``: where the agent or a supervisor asks for
    it, which they may in every mode but ``never``. ``supervisors_may_stop``: what the mode asks
    for, for the rest of the call.
    """

    mode: Literal["never", "always", "share", "on_request"] = "never"
    share_permille: int = 1000
    #: Caller and agent on a channel each.
    stereo: bool = True
    #: What the caller hears on hold is recorded too; otherwise there is silence in its place.
    on_hold: bool = False
    format: Literal["wav", "mp3"] = "wav"
    #: Path below the folder of recordings; see `acdengine.engine.file_names`.
    pattern: str = "{tenant}/{date}/{time}_{queue}_{agent}_{caller}_{call_id}"
    #: Of the caller's number, the file's name has the last digits alone.
    mask_caller: bool = True
    supervisors_may_stop: bool = False


class AcceptKey(Struct, frozen=True, kw_only=True):
    """A key that accepts a call, so that a voicemail that answers has taken none."""

    key: str
    #: What the agent hears while the key is awaited.
    prompt: str
    #: The key must be pressed within so long of the answer.
    timeout_us: int = 15 * SECOND_US


class QueuePolicy(Struct, frozen=True, kw_only=True):
    """All settings of one queue."""

    queue_id: str
    tenant_id: str
    name: str
    #: Of national numbers, which begin with this prefix; empty: they are not told apart.
    country_code: str = ""
    national_prefix: str = "0"
    strategy: str = "longest_idle"
    order: OrderPolicy = OrderPolicy()
    steps: tuple[Step, ...] = (Step(),)
    levels: LevelRules = LevelRules()
    preferred: tuple[PreferredRule, ...] = ()

    ring_timeout_us: int = 20 * SECOND_US
    #: ``ring_progressively``: microseconds until one more agent rings.
    ring_more_us: int = 10 * SECOND_US
    #: ``ring_all`` and ``ring_progressively``: agents ringing at once for one call at most.
    ring_limit: int = 50

    max_length: int | None = None
    when_full: tuple[Target, ...] = ()
    max_wait_us: int | None = None
    when_waited: tuple[Target, ...] = ()
    join_staff: StaffRule | None = None
    when_no_staff: tuple[Target, ...] = ()
    leave_staff: StaffRule | None = None
    #: Staff must be missing so long before callers are sent away.
    leave_grace_us: int = 5 * SECOND_US
    when_staff_left: tuple[Target, ...] = ()
    overflow: tuple[Overflow, ...] = ()
    exit_keys: dict[str, tuple[Target, ...]] = field(default_factory=dict)
    max_conversations: int | None = None

    #: When callers are answered: on joining, or when an agent has answered; until then they hear
    #: greeting and music as early media.
    answer: Literal["at_once", "with_agent"] = "at_once"
    announcements: Announcements = Announcements()
    #: Agents of the queue may pick up calls that ring at a colleague.
    pick_up: bool = False
    #: Prompt that the agent hears before the caller; empty: none.
    whisper: str = ""
    #: Accepts a call, for agents who have none of their own; None: the answer does.
    accept_key: AcceptKey | None = None
    #: Shown on agents' screens with each call, by name.
    screen_pop: dict[str, str] = field(default_factory=dict)
    #: Agents' telephones show callers' numbers.
    show_numbers: bool = True
    #: What they show as the caller's name (`acdengine.name_templates`); empty: the caller's own.
    caller_name: str = ""
    callback: CallbackPolicy | None = None
    #: A caller who hung up and rings again within this time gets the old place; 0: never.
    resume_us: int = 0
    #: Abandons within this time are reports' "short abandons".
    short_abandon_us: int = 5 * SECOND_US
    estimate: EstimatePolicy = EstimatePolicy()
    service_level: ServiceLevelPolicy = ServiceLevelPolicy()
    recording: RecordingPolicy = RecordingPolicy()
