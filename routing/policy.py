"""What agents and routing are told to do: settings in the units of the engine."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct, field

from queues.policy import AcceptKey
from queues.targets import Target

SECOND_US: Final = 1_000_000

MissCause = Literal["no_answer", "busy", "rejected", "unreachable"]
#: How a phone is told to answer by itself; empty: it is not.
AutoAnswer = Literal["", "standard", "call_info", "alert_info"]
WrapUpMode = Literal["none", "optional", "mandatory", "timed", "forced", "on_request"]


class Assignment(Struct, frozen=True, kw_only=True):
    """How an agent serves a queue."""

    #: 1 is asked first; higher levels by the queue's level rules.
    level: int = 1
    #: The order within a level for the strategies that go by a list; lower first.
    position: int = 0
    #: The agent joins in once a call has waited so long.
    delay_us: int = 0
    #: Chance of being drawn under ``weighted_random``.
    weight: int = 1
    #: The agent takes waiting calls of queues with a lower rank first, however long others wait.
    rank: int = 1


class WrapUpPolicy(Struct, frozen=True, kw_only=True):
    """Work after a call.

    ``none``: straight to ready. ``optional``: to ready, wrap-up may be asked for during the call
    or within ``time_us`` after it. ``mandatory``: until the agent ends it. ``timed``: until the
    agent ends it, at most ``time_us``. ``forced``: exactly ``time_us``; the agent cannot end it
    early. ``on_request``: only when asked for during the call, then as ``timed``.
    """

    mode: WrapUpMode = "timed"
    time_us: int = 30 * SECOND_US
    #: All extensions together may add so much.
    extend_limit_us: int = 300 * SECOND_US


class MissRule(Struct, frozen=True, kw_only=True):
    """What follows when an agent misses an offer for one cause."""

    #: No further offer for so long.
    delay_us: int = 0
    #: Counts towards the limit.
    counts: bool = True


class MissPolicy(Struct, frozen=True, kw_only=True):
    """What follows from missed offers; after ``limit`` counted ones in a row, not ready."""

    no_answer: MissRule = MissRule()
    busy: MissRule = MissRule(delay_us=10 * SECOND_US)
    rejected: MissRule = MissRule(delay_us=5 * SECOND_US)
    unreachable: MissRule = MissRule(delay_us=30 * SECOND_US)
    limit: int = 1
    #: The not-ready reason after the limit.
    reason: str = "missed"


class AgentProfile(Struct, frozen=True, kw_only=True):
    """All settings of one agent."""

    agent_id: str
    tenant_id: str
    name: str
    team_id: str = ""
    #: Skill to proficiency, 1 to 10.
    skills: dict[str, int] = field(default_factory=dict)
    #: Queue id to assignment.
    queues: dict[str, Assignment] = field(default_factory=dict)
    #: Contact string of the usual phone; a sign-in may name another.
    contact: str = ""
    #: The switch node where the phone registers; empty: where it was seen, else where the call is.
    node_id: str = ""
    wrap_up: WrapUpPolicy = WrapUpPolicy()
    misses: MissPolicy = MissPolicy()
    auto_answer: AutoAnswer = ""
    #: The phone is dialled at the sign-in, and calls are put through on that line.
    nailed_up: bool = False
    #: Accepts a call; None: as the queue has it.
    accept_key: AcceptKey | None = None
    #: What the agent types to sign in by telephone; empty: cannot.
    number: str = ""


class Window(Struct, frozen=True):
    """Open minutes of a weekday: 0 is Monday, minutes from local midnight, the end excluded."""

    weekday: int
    from_minute: int
    to_minute: int


class Hours(Struct, frozen=True, kw_only=True):
    """Opening hours in a time zone, the zone given as its changes so that no clock is read.

    ``offsets`` are (from this UTC microsecond on, microseconds east of UTC), ascending.
    ``closed_days`` and the keys of ``special_days`` are days since 1970-01-01, local.
    """

    hours_id: str
    offsets: tuple[tuple[int, int], ...] = ((-(2**62), 0),)
    windows: tuple[Window, ...] = ()
    closed_days: tuple[int, ...] = ()
    special_days: dict[int, tuple[tuple[int, int], ...]] = field(default_factory=dict)


class Hold(Struct, gc=False, eq=False):
    """Opening hours held open or closed by hand, or a queue that takes no calls until a time."""

    name: str
    is_open: bool
    since_us: int
    #: 0: until it is taken back.
    until_us: int
    by: str
    #: Serial of the deadline of its end; 0: none.
    deadline: int = 0


class Customer(Struct, frozen=True, kw_only=True):
    """A known caller."""

    customer_id: str
    tenant_id: str
    name: str = ""
    vip_level: int = 0
    blacklisted: bool = False
    #: Agent id to score; higher is better.
    preferred: dict[str, int] = field(default_factory=dict)
    #: Skill to minimum proficiency this customer needs, a language for example.
    skills: dict[str, int] = field(default_factory=dict)


class RuleWhen(Struct, frozen=True, kw_only=True):
    """Condition of a routing rule: every field given must hold; a list holds if any of it does."""

    #: Number prefixes of the caller; "" alone is a withheld number.
    ani: tuple[str, ...] = ()
    dnis: tuple[str, ...] = ()
    trunks: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()
    vip_at_least: int | None = None
    blacklisted: bool | None = None
    known: bool | None = None
    #: True inside, False outside the named hours.
    hours: tuple[str, bool] | None = None


class RuleThen(Struct, frozen=True, kw_only=True):
    """What a routing rule does; the first rule with a target ends the search."""

    target: Target | None = None
    #: Added to the call's priority.
    priority: int = 0
    #: Added to the call's place, as waiting time.
    boost_us: int = 0
    skills: dict[str, int] = field(default_factory=dict)
    preferred: dict[str, int] = field(default_factory=dict)
    #: Prefer the agent this caller spoke with last, with this score.
    last_agent_score: int = 0
    #: Turn the call away with this cause.
    reject: str = ""


class RoutingRule(Struct, frozen=True, kw_only=True):
    """One line of a tenant's routing."""

    name: str
    when: RuleWhen = RuleWhen()
    then: RuleThen = RuleThen()
