"""What answers hold. Times are microseconds (UTC since 1970; lengths as they are), 0 for never."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from acdengine.conversation_facts import EndedBy
from acdengine.engine.explain.explanation import Explanation
from acdengine.facts import AnyFact
from acdengine.ivr.versions import VersionChange
from acdengine.machines import CallbackState, CallState, ConsultState
from acdengine.modes import Direction, SupervisionMode
from acdengine.runtime.clock_step import Due
from acdengine.screen_pop import ScreenPop
from acdengine.settings.daemon import Role
from routing.agent import AgentState
from routing.policy import Assignment

TimeUs = Annotated[int, Meta(description="Microseconds since 1970, UTC; 0: never.")]
LengthUs = Annotated[int, Meta(description="Microseconds.")]
MaybeLengthUs = Annotated[int | None, Meta(description="Microseconds; null: cannot be said.")]
MaybeShare = Annotated[float | None, Meta(description="0 to 1; null: there were no calls.")]
Cursor = Annotated[str, Meta(description="`cursor` of the next page; empty: this is the last.")]


class View(Struct, frozen=True, kw_only=True):
    """Something as it is at the moment of the answer."""


class Life(View, frozen=True):
    """The daemon runs, or is ready for calls."""

    status: Literal["ok"] = "ok"


RecordsState: TypeAlias = Literal["off", "written", "waiting"]


class Readiness(Life, frozen=True):
    """The daemon is ready for calls."""

    switches_down: Annotated[
        tuple[str, ...], Meta(description="Switches that cannot be used at the moment.")
    ] = ()
    records: Annotated[
        RecordsState,
        Meta(
            description="Whether records are written to their database, wait for it while calls go"
            " on, or are not wanted (off)."
        ),
    ] = "off"


class StateView(View, frozen=True):
    """All of what the bearer sees, in figures."""

    at_us: TimeUs
    version: str
    #: New calls are refused, everywhere.
    draining: bool
    tenants: tuple[str, ...]
    queues: int
    calls: int
    waiting: int
    callbacks: int
    conversations: int
    longest_wait_us: LengthUs
    agents: dict[AgentState, int]
    #: Switches by state; empty for tokens of one tenant.
    switches: dict[str, str] = {}


class SessionView(View, frozen=True):
    """Whose token it is, and what may be done with it."""

    name: Annotated[str, Meta(description="Of the account or token; facts and the log name it.")]
    role: Role
    tenant_id: Annotated[str, Meta(description="Only this tenant; empty: all.")]
    team_ids: Annotated[tuple[str, ...], Meta(description="Only these teams; empty: all.")]
    agent_id: Annotated[str, Meta(description="The agent whose it is.")]
    expires_us: Annotated[
        int, Meta(description="End of the session, microseconds since 1970, UTC; 0: a token.")
    ]


class NewSessionView(SessionView, frozen=True):
    """A session that has begun."""

    token: Annotated[str, Meta(description="For the header `Authorization: Bearer TOKEN`.")]


class SwitchView(View, frozen=True):
    """A switch that the daemon drives."""

    at_us: Annotated[int, Meta(description="The moment at which this is true.")]
    name: str
    kind: str
    address: str
    state: Annotated[
        Literal["connecting", "reading", "up", "down"],
        Meta(description="`reading`: connected, and being compared with the engine."),
    ]
    since_us: TimeUs
    draining: bool
    version: Annotated[str, Meta(description="Empty: it was not reached yet.")]
    sessions: Annotated[int, Meta(description="Legs on it, those of others too.")]
    calls: Annotated[int, Meta(description="Calls in progress that it holds.")]
    callers: Annotated[int, Meta(description="Callers' legs.")]
    agents: Annotated[int, Meta(description="Agents' legs.")]
    through: Annotated[
        int, Meta(description="Legs of other switches that go through it to a telephone.")
    ]
    empty: Annotated[
        bool, Meta(description="Drained, and nothing is left on it: it may be restarted.")
    ]
    lag_us: Annotated[
        int, Meta(description="By how much its last event came later than the quickest.")
    ]
    connects: int
    losses: int
    gaps: Annotated[int, Meta(description="Times that events were missed.")]
    last_error: Annotated[str, Meta(description="Why it is, or was last, not connected.")]


class SwitchPage(View, frozen=True):
    """Switches in the order of the settings."""

    items: list[SwitchView]
    next: Cursor = ""


class QueueView(View, frozen=True):
    """A queue."""

    at_us: Annotated[int, Meta(description="The moment at which this is true.")]
    queue_id: str
    tenant_id: str
    name: str
    strategy: str
    draining: bool
    waiting: int
    callbacks: Annotated[int, Meta(description="Of those waiting, without a telephone.")]
    longest_wait_us: LengthUs
    estimate_us: Annotated[
        int | None, Meta(description="Wait of a call that joins now; null: no agent is at work.")
    ]
    estimate_error_us: Annotated[
        float | None, Meta(description="Mean error of what callers were told.")
    ]
    service_level: MaybeShare
    service_level_target: float
    service_level_threshold_us: LengthUs
    answered: Annotated[int, Meta(description="In the service-level window.")]
    abandoned: Annotated[int, Meta(description="In the service-level window.")]
    conversations: int
    ringing: int
    agents_working: Annotated[int, Meta(description="Ready, ringing, talking or in wrap-up.")]
    agents_resting: Annotated[int, Meta(description="Not ready.")]
    max_length: int | None
    max_conversations: int | None


class QueuePage(View, frozen=True):
    """Queues in the order of their ids."""

    items: list[QueueView]
    next: Cursor


class AgentView(View, frozen=True):
    """An agent."""

    at_us: Annotated[int, Meta(description="The moment at which this is true.")]
    agent_id: str
    tenant_id: str
    name: str
    team_id: str
    state: AgentState
    reason: Annotated[str, Meta(description="Why not ready.")]
    since_us: TimeUs
    until_us: Annotated[int, Meta(description="When the state ends by itself; 0: it does not.")]
    pending: Annotated[str, Meta(description="The state that follows the present call.")]
    pending_reason: str
    contact: str
    registered: bool
    phone_busy: bool
    line: Annotated[str, Meta(description="A nailed-up agent's line: dialling, up or paused.")]
    skills: dict[str, int]
    queues: dict[str, Assignment]
    call_id: Annotated[str, Meta(description="The call on or ringing the agent's telephone.")]
    signed_in_us: TimeUs
    calls: Annotated[int, Meta(description="Since sign-in.")]
    talk_us: LengthUs
    missed: Annotated[int, Meta(description="Offers in a row.")]
    screen: Annotated[
        ScreenPop | None,
        Meta(description="What the agent's screen shows of that call; null: there is none."),
    ] = None


class AgentPage(View, frozen=True):
    """Agents in the order of their ids."""

    items: list[AgentView]
    next: Cursor


class FlowVersionView(View, frozen=True):
    """A version of a flow."""

    version: Annotated[str, Meta(description="By the content of the flow and all it leads to.")]
    at_us: Annotated[int, Meta(description="When it was brought in; 0: the centre began with it.")]
    by: str
    percent: Annotated[int, Meta(description="Share of the new callers who get it.")]
    callers: Annotated[int, Meta(description="In it at the moment.")]


class FlowChangeView(View, frozen=True):
    """What was done to the versions of a flow."""

    at_us: TimeUs
    what: VersionChange
    version: str
    percent: Annotated[int, Meta(description="With `tried`: share of the callers.")]
    by: str


class FlowView(View, frozen=True):
    """An IVR flow and its versions, the newest first."""

    at_us: Annotated[int, Meta(description="The moment at which this is true.")]
    flow_id: str
    tenant_id: str
    live: Annotated[str, Meta(description="The version that callers get.")]
    trial: Annotated[str, Meta(description="A second one, for some callers; empty: none.")]
    percent: Annotated[int, Meta(description="Share of the callers who get `trial`.")]
    versions: list[FlowVersionView]
    changes: list[FlowChangeView]


class FlowPage(View, frozen=True):
    """Flows in the order of their ids."""

    items: list[FlowView]
    next: Cursor


class HoursView(View, frozen=True):
    """Opening hours at a moment."""

    at_us: Annotated[int, Meta(description="The moment at which this is true.")]
    hours_id: str
    tenant_id: str
    open: bool
    held: Annotated[bool, Meta(description="By hand; else their timetable counts.")]
    since_us: Annotated[int, Meta(description="Held since; 0: not held.")]
    until_us: Annotated[int, Meta(description="Held until; 0: not held, or until taken back.")]
    by: Annotated[str, Meta(description="Who holds them; empty: not held.")]
    next_open_us: Annotated[
        int, Meta(description="When they open next; 0: open now, or not within 40 days.")
    ]


class HoursPage(View, frozen=True):
    """Opening hours in the order of their ids."""

    items: list[HoursView]
    next: Cursor


class CallbackView(View, frozen=True):
    """A place in line without a telephone."""

    number: str
    state: CallbackState
    attempt: int
    attempts_left: int
    resume_us: Annotated[int, Meta(description="While paused: when to go on.")]
    expires_us: TimeUs


class ConsultView(View, frozen=True):
    """The consulted party of a conversation."""

    state: Annotated[
        ConsultState,
        Meta(
            description="`private`: the agent talks with them, the caller hears music; `aside`: "
            "the other way round; `joined`: all three talk."
        ),
    ]
    agent_id: Annotated[str, Meta(description="The agent who is asked; empty: a number is.")]
    number: str
    answered_us: TimeUs


class SupervisionView(View, frozen=True):
    """The supervisor of a conversation. Not shown to agents."""

    mode: SupervisionMode
    by: str
    agent_id: Annotated[str, Meta(description="The supervisor, where they are an agent too.")]
    answered_us: TimeUs


class CallView(View, frozen=True):
    """A call."""

    at_us: Annotated[int, Meta(description="The moment at which this is true.")]
    call_id: str
    tenant_id: str
    ani: str
    name: str
    dnis: str
    trunk_id: str
    customer_id: str
    state: CallState
    since_us: TimeUs
    queue_id: Annotated[str, Meta(description="Where it waits; empty: nowhere.")]
    priority: int
    boost_us: LengthUs
    skills: dict[str, int]
    queued_at_us: TimeUs
    waited_us: LengthUs
    position: Annotated[int, Meta(description="1 is served next; 0: it does not wait.")]
    estimate_us: MaybeLengthUs
    agent_id: Annotated[str, Meta(description="Who has answered it.")]
    ringing: Annotated[tuple[str, ...], Meta(description="Agents rung for it.")]
    connected_us: TimeUs
    held_us: LengthUs
    callback: CallbackView | None
    consult: ConsultView | None
    supervision: SupervisionView | None
    outcome: str
    ended_by: EndedBy
    cause: str
    direction: Annotated[
        Direction, Meta(description="Who began it: outbound: the switch has dialled the caller.")
    ] = "inbound"
    from_agent_id: Annotated[str, Meta(description="The agent whose telephone calls.")] = ""
    withheld: Annotated[bool, Meta(description="The caller does not want to be known.")] = False


class CallPage(View, frozen=True):
    """Calls in the order of their arrival, or of service where they wait in one queue."""

    items: list[CallView]
    next: Cursor


class Story(View, frozen=True):
    """What happened to a call or agent, oldest first; a long story has lost its middle."""

    id: str
    facts: list[AnyFact]


class ExplanationView(Explanation, frozen=True, kw_only=True):
    """Why a call waits, or why it went where it went."""

    in_words: Annotated[str, Meta(description="All of it in plain sentences.")]


class ChangeView(View, frozen=True):
    """Something that new settings add, change or take away."""

    kind: str
    id: str
    how: Literal["added", "changed", "drained", "removed"]
    fields: Annotated[tuple[str, ...], Meta(description="What has changed.")]


class DifferenceView(View, frozen=True):
    """What new settings change."""

    applied: Annotated[bool, Meta(description="False: they were only checked.")]
    changes: list[ChangeView]
    odd: Annotated[
        tuple[str, ...], Meta(description="What is odd about the settings, in words.")
    ] = ()


class ClockView(View, frozen=True):
    """The centre's clock beside the system's, and what setting it forward does."""

    at_us: TimeUs
    offset_us: Annotated[
        int, Meta(description="How far the system's clock is before it; below 0: behind it.")
    ]
    stepped_us: Annotated[int, Meta(description="How far it was set forward just now.")]
    due: Annotated[Due, Meta(description="What falls due by the step, or has by the one made.")]


class DrainView(View, frozen=True):
    """What takes no new calls."""

    draining: bool
    queues: tuple[str, ...]
