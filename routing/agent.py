"""An agent: one state, one field, and the table of what may follow what.

Rule 1: every change of an agent's state is in `AGENT_TABLE`. Rule 2: nothing here knows a queue's
waiting calls or a clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from routing.policy import AgentProfile, Assignment

AgentState = Literal["logged_out", "not_ready", "ready", "ringing", "talking", "wrap_up"]
LOGGED_OUT: Final = "logged_out"
NOT_READY: Final = "not_ready"
READY: Final = "ready"
RINGING: Final = "ringing"
TALKING: Final = "talking"
WRAP_UP: Final = "wrap_up"

AgentTrigger = Literal[
    "signed_in",
    "signed_out",
    "readied",
    "rested",
    "offered",
    "answered",
    "wrapped_up",
]

#: state -> trigger -> state. What an agent asked for during a call comes when it is over, so that
#: "rested" and "signed_out" appear in the states of a call too: they never cut one short.
AGENT_TABLE: Final[Mapping[AgentState, Mapping[AgentTrigger, AgentState]]] = {
    "logged_out": {"signed_in": "not_ready"},
    "not_ready": {"readied": "ready", "rested": "not_ready", "signed_out": "logged_out"},
    "ready": {
        "offered": "ringing",
        "wrapped_up": "wrap_up",
        "rested": "not_ready",
        "signed_out": "logged_out",
    },
    "ringing": {
        "answered": "talking",
        "readied": "ready",
        "rested": "not_ready",
        "signed_out": "logged_out",
    },
    "talking": {
        "wrapped_up": "wrap_up",
        "readied": "ready",
        "rested": "not_ready",
        "signed_out": "logged_out",
    },
    "wrap_up": {
        "wrapped_up": "wrap_up",
        "readied": "ready",
        "rested": "not_ready",
        "signed_out": "logged_out",
    },
}

#: States in which an agent is staff; one on a break or signed out is not.
WORKING_STATES: Final = frozenset({READY, RINGING, TALKING, WRAP_UP})

#: Reasons that the engine itself gives; agents cannot ask for them.
REASON_SIGNED_IN: Final = "signed-in"
REASON_MISS_DELAY: Final = "miss-delay"
REASON_PHONE_LOST: Final = "phone-unregistered"
REASON_PHONE_BUSY: Final = "phone-busy"
REASON_SWITCH_GONE: Final = "switch-gone"
REASON_LINE_DOWN: Final = "line-down"
ENGINE_REASONS: Final = (
    REASON_SIGNED_IN, REASON_MISS_DELAY, REASON_PHONE_LOST, REASON_PHONE_BUSY, REASON_SWITCH_GONE,
    REASON_LINE_DOWN,
)  # fmt: skip


@dataclass(init=False, eq=False, repr=False, slots=True, kw_only=True)
class Agent:
    """An agent as the engine keeps it. Only the engine writes to it.

    A dataclass and not a `Struct`: there are few, made once and written to all the time, and
    writing to a slot is cheaper.
    """

    agent_id: str
    tenant_id: str
    profile: AgentProfile
    skills: dict[str, int]
    queues: dict[str, Assignment]
    #: Where the phone is; the usual one unless the sign-in named another.
    contact: str = ""
    #: The switch node where it is; empty where that is not known.
    node_id: str = ""

    state: AgentState = "logged_out"
    #: Why not ready; empty in other states.
    reason: str = ""
    since_us: int = 0
    #: When the present state ends by itself; 0: it does not.
    until_us: int = 0
    deadline: int = 0

    #: The state asked for during a call, to follow it ("" or "not_ready" or "logged_out").
    pending: str = ""
    pending_reason: str = ""
    wrap_up_wanted: bool = False
    extended_us: int = 0

    registered: bool = True
    phone_busy: bool = False
    #: An engine's reason stands between the agent and ready, which comes back by itself.
    resumes_ready: bool = False

    #: The nailed-up line that is up, is being dialled or waits to be dialled again.
    line_id: str = ""
    #: The offer whose leg is, or may be, up.
    offer_id: str = ""
    #: Missed offers in a row that counted.
    missed: int = 0
    #: Offers in a row that came to nothing within a second.
    failed_at_once: int = 0
    #: The call whose offer failed last, for an unknown reason.
    failed_for: str = ""
    #: Calls whose offers failed so in a row, without those that have failed at other agents as
    #: well, and since when.
    failed_calls: tuple[str, ...] = ()
    failed_since_us: int = 0

    #: Since when in a row without a call; a missed offer restarts it, a withdrawn one does not.
    idle_since_us: int = 0
    signed_in_us: int = 0
    #: Since sign-in, as the strategies use them.
    calls: int = 0
    talk_us: int = 0
    busy_us: int = 0
    #: The last conversation, for wrap-up asked for afterwards and for the handle time.
    last_queue_id: str = ""
    last_talk_us: int = 0
    last_ended_us: int = 0

    #: In the matcher's idle pools; rebuilt on restore, with the ticket that makes older places
    #: there void.
    idle: bool = False
    ticket: int = 0
    #: The last facts about this agent, oldest first.
    story: list[Any] = field(default_factory=list)

    def __init__(
        self,
        agent_id: str,
        tenant_id: str,
        profile: AgentProfile,
        skills: dict[str, int],
        queues: dict[str, Assignment],
        contact: str = "",
        node_id: str = "",
    ) -> None:
        self.agent_id = agent_id
        self.tenant_id = tenant_id
        self.profile = profile
        self.skills = skills
        self.queues = queues
        self.contact = contact
        self.node_id = node_id
        self.state = "logged_out"
        self.reason = ""
        self.since_us = 0
        self.until_us = 0
        self.deadline = 0
        self.pending = ""
        self.pending_reason = ""
        self.wrap_up_wanted = False
        self.extended_us = 0
        self.registered = True
        self.phone_busy = False
        self.resumes_ready = False
        self.line_id = ""
        self.offer_id = ""
        self.missed = 0
        self.failed_at_once = 0
        self.failed_for = ""
        self.failed_calls = ()
        self.failed_since_us = 0
        self.idle_since_us = 0
        self.signed_in_us = 0
        self.calls = 0
        self.talk_us = 0
        self.busy_us = 0
        self.last_queue_id = ""
        self.last_talk_us = 0
        self.last_ended_us = 0
        self.idle = False
        self.ticket = 0
        self.story = []


def new_agent(profile: AgentProfile) -> Agent:
    """A signed-out agent with the settings' skills and queues."""
    return Agent(
        agent_id=profile.agent_id,
        tenant_id=profile.tenant_id,
        profile=profile,
        skills=dict(profile.skills),
        queues=dict(profile.queues),
        contact=profile.contact,
        node_id=profile.node_id,
    )
