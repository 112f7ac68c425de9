"""What happened: the record that reports, metrics, exports and screens are made from.

Facts are additive: fields are added, never renamed or given another meaning. A fact that belongs
to a call names it in ``call_id``, one that belongs to an agent in ``agent_id``.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from acdengine.modes import SupervisionMode

LeaveReason = Literal[
    "abandoned",
    "waited",
    "no_staff",
    "full",
    "key",
    "overflow",
    "moved",
    "withdrawn",
    "callback",
    "drained",
    "switch_lost",
]
OfferOutcome = Literal[
    "connected", "no_answer", "busy", "rejected", "unreachable", "failed", "withdrawn", "hangup"
]
EndedBy = Literal["caller", "agent", "system"]
#: How a consult ended: the caller was passed on, the agent went back to the caller, the consulted
#: party hung up, the conversation ended; or it was never answered, and why.
ConsultOutcome = Literal[
    "passed",
    "returned",
    "left",
    "conversation_over",
    "no_answer",
    "busy",
    "rejected",
    "unreachable",
    "failed",
]
SupervisionEnd = Literal["ended", "hung_up", "not_reached", "conversation_over", "took_over"]


class Fact(Struct, frozen=True, gc=False, tag=True):
    """Something that happened at ``at_us`` (UTC, microseconds)."""

    at_us: int


class CallStarted(Fact, frozen=True, gc=False, tag=True):
    """A call has reached the centre; ``rule`` is the routing rule that decided."""

    call_id: str
    tenant_id: str
    ani: str
    dnis: str
    trunk_id: str
    customer_id: str
    priority: int
    rule: str


class CallRefused(Fact, frozen=True, gc=False, tag=True):
    """A call was turned away before anything else: blacklist, limit, no such number, drain."""

    call_id: str
    tenant_id: str
    ani: str
    dnis: str
    trunk_id: str
    cause: str


class CallTurnedBusy(Fact, frozen=True, gc=False, tag=True):
    """A caller met busy on a trunk group; there is no call."""

    trunk_id: str
    ani: str
    dnis: str
    cause: str


class CallQueued(Fact, frozen=True, gc=False, tag=True):
    """A call has taken a place in a queue; ``resumed``: the place it had before it hung up."""

    call_id: str
    queue_id: str
    queued_at_us: int
    priority: int
    boost_us: int
    resumed: bool


class QueueRefused(Fact, frozen=True, gc=False, tag=True):
    """A queue did not take a call that was sent to it; the call goes ``to`` somewhere else."""

    call_id: str
    queue_id: str
    reason: LeaveReason
    to: str


class RequirementRelaxed(Fact, frozen=True, gc=False, tag=True):
    """More agents may take the call from now on: the next step, level or delay."""

    call_id: str
    queue_id: str
    step: int
    opened_us: int


class PriorityChanged(Fact, frozen=True, gc=False, tag=True):
    """A waiting call was given another priority."""

    call_id: str
    queue_id: str
    priority: int
    by: str


class EstimateTold(Fact, frozen=True, gc=False, tag=True):
    """The caller was told a position or an estimated wait (microseconds; -1: not told)."""

    call_id: str
    queue_id: str
    position: int
    estimate_us: int


class EstimateChecked(Fact, frozen=True, gc=False, tag=True):
    """The call was answered: what it was told, and what it really took from then on."""

    call_id: str
    queue_id: str
    told_us: int
    actual_us: int


class CallLeftQueue(Fact, frozen=True, gc=False, tag=True):
    """A call has left a queue without an answer. ``short``: within the short-abandon time."""

    call_id: str
    queue_id: str
    reason: LeaveReason
    waited_us: int
    position: int
    short: bool
    to: str


class OfferMade(Fact, frozen=True, gc=False, tag=True):
    """An agent is rung for a call, and why that one: see `acdengine.engine.explain`."""

    call_id: str
    agent_id: str
    offer_id: str
    queue_id: str
    #: "agent": a ready agent took the first call; "call": a new call took the best agent.
    surplus: Literal["agent", "call"]
    #: The rule that decided: a strategy's name, "order", "preferred".
    rule: str
    #: Calls or agents compared; of calls that the same agents may take, only the first is.
    candidates: int
    #: The best of those compared and not taken ("" where there was none).
    runner_up: str
    #: What told the two apart.
    reason: str
    #: The queue at that moment: calls in line, agents at work, agents at rest.
    waiting: int = 0
    working: int = 0
    resting: int = 0


class OfferClosed(Fact, frozen=True, gc=False, tag=True):
    """An offer has ended; ``rang_us`` is how long it rang."""

    call_id: str
    agent_id: str
    offer_id: str
    queue_id: str
    outcome: OfferOutcome
    rang_us: int


class CallConnected(Fact, frozen=True, gc=False, tag=True):
    """Caller and agent are talking."""

    call_id: str
    agent_id: str
    offer_id: str
    queue_id: str
    waited_us: int
    rang_us: int


class CallHeld(Fact, frozen=True, gc=False, tag=True):
    """The caller is on hold."""

    call_id: str
    agent_id: str


class CallRetrieved(Fact, frozen=True, gc=False, tag=True):
    """The caller is off hold after ``held_us``."""

    call_id: str
    agent_id: str
    held_us: int


class CallTransferred(Fact, frozen=True, gc=False, tag=True):
    """An agent has passed the call on."""

    call_id: str
    agent_id: str
    to: str


class CallHandedOver(Fact, frozen=True, gc=False, tag=True):
    """After a consult another agent has the caller, on the offer of the consult."""

    call_id: str
    agent_id: str
    offer_id: str
    queue_id: str
    from_agent_id: str


class ConsultStarted(Fact, frozen=True, gc=False, tag=True):
    """An agent asks somebody during a conversation: ``to`` is rung, the caller hears music."""

    call_id: str
    agent_id: str
    consult_id: str
    to: str


class ConsultAnswered(Fact, frozen=True, gc=False, tag=True):
    """The consulted party has answered."""

    call_id: str
    agent_id: str
    consult_id: str
    rang_us: int


class ConsultChanged(Fact, frozen=True, gc=False, tag=True):
    """The agent talks with the consulted party (``private``), with the caller (``aside``), or all
    three talk (``joined``)."""

    call_id: str
    agent_id: str
    consult_id: str
    state: Literal["private", "aside", "joined"]


class ConsultEnded(Fact, frozen=True, gc=False, tag=True):
    """A consult is over, ``lasted_us`` after it was answered."""

    call_id: str
    agent_id: str
    consult_id: str
    to: str
    outcome: ConsultOutcome
    lasted_us: int


class SupervisionStarted(Fact, frozen=True, gc=False, tag=True):
    """Somebody is rung to listen to an agent's conversation, or to speak into it."""

    call_id: str
    agent_id: str
    party_id: str
    by: str
    #: The supervisor, where they are an agent too.
    supervisor_id: str
    mode: SupervisionMode


class SupervisionChanged(Fact, frozen=True, gc=False, tag=True):
    """Supervision has begun on the telephone, or its mode is another; the mode as it is now."""

    call_id: str
    agent_id: str
    party_id: str
    by: str
    mode: SupervisionMode


class SupervisionEnded(Fact, frozen=True, gc=False, tag=True):
    """Nobody supervises the conversation any more, ``lasted_us`` after they had answered."""

    call_id: str
    agent_id: str
    party_id: str
    reason: SupervisionEnd
    lasted_us: int


class ConversationEnded(Fact, frozen=True, gc=False, tag=True):
    """Caller and agent no longer talk; the call may go on elsewhere."""

    call_id: str
    agent_id: str
    offer_id: str
    queue_id: str
    talked_us: int
    held_us: int
    ended_by: EndedBy


class CallDiverted(Fact, frozen=True, gc=False, tag=True):
    """The call has gone to a number outside, a voicemail box, a flow or a supervisor."""

    call_id: str
    to: str


class NumberReached(Fact, frozen=True, gc=False, tag=True):
    """The number outside has answered, after ringing for ``rang_us``."""

    call_id: str
    rang_us: int


class MessageStored(Fact, frozen=True, gc=False, tag=True):
    """The caller's message is in the box."""

    call_id: str
    box: str
    file: str
    length_us: int


class RecordingStarted(Fact, frozen=True, gc=False, tag=True):
    """A conversation is being recorded, by the queue's policy ("policy") or because somebody asked
    for it."""

    call_id: str
    agent_id: str
    queue_id: str
    file: str
    by: str


class RecordingPaused(Fact, frozen=True, gc=False, tag=True):
    """What is said is not on record, because somebody asked for that or the caller is on hold
    ("hold")."""

    call_id: str
    agent_id: str
    file: str
    by: str


class RecordingResumed(Fact, frozen=True, gc=False, tag=True):
    """What is said is on record again."""

    call_id: str
    agent_id: str
    file: str
    by: str


class RecordingStopped(Fact, frozen=True, gc=False, tag=True):
    """A recording is complete; where the caller hung up, this comes after `CallEnded`. "lost": its
    end was not heard of, and the length is not known."""

    call_id: str
    agent_id: str
    file: str
    length_us: int
    cause: str


class RecordingLeftOut(Fact, frozen=True, gc=False, tag=True):
    """A conversation that was to be recorded is not: "disk" where there is too little space."""

    call_id: str
    agent_id: str
    queue_id: str
    reason: str


class RecordingSpaceChanged(Fact, frozen=True, gc=False, tag=True):
    """A node has too little space for recordings and begins none, or has enough again."""

    node_id: str
    enough: bool
    free_bytes: int


class CallEnded(Fact, frozen=True, gc=False, tag=True):
    """The call is over."""

    call_id: str
    tenant_id: str
    #: "answered", "abandoned", "diverted", "refused", "turned_away", "callback_failed", ...
    outcome: str
    ended_by: EndedBy
    cause: str


class CallbackPlaced(Fact, frozen=True, gc=False, tag=True):
    """The caller waits without a telephone, the place kept."""

    call_id: str
    queue_id: str
    number: str


class CallbackDialled(Fact, frozen=True, gc=False, tag=True):
    """The customer is being rung, for the ``attempt``-th time."""

    call_id: str
    queue_id: str
    attempt: int


class CallbackMissed(Fact, frozen=True, gc=False, tag=True):
    """The customer was not reached; next try at ``next_at_us``, or given up (0)."""

    call_id: str
    queue_id: str
    attempt: int
    cause: str
    next_at_us: int


class CallbackReached(Fact, frozen=True, gc=False, tag=True):
    """The customer has answered."""

    call_id: str
    queue_id: str
    attempt: int


class AgentStateChanged(Fact, frozen=True, gc=False, tag=True):
    """An agent's state or reason is another; ``until_us`` where it ends by itself."""

    agent_id: str
    before: str
    state: str
    reason: str
    #: How long the state before lasted.
    lasted_us: int
    until_us: int
    by: str


class AgentChangePending(Fact, frozen=True, gc=False, tag=True):
    """An agent asked for a state that comes after the present call."""

    agent_id: str
    state: str
    reason: str


class AgentSkillsChanged(Fact, frozen=True, gc=False, tag=True):
    """An agent's skills or queues were changed while live."""

    agent_id: str
    skills: dict[str, int]
    queues: tuple[str, ...]
    by: str


class LineChanged(Fact, frozen=True, gc=False, tag=True):
    """A nailed-up agent's line is being dialled, is up, or is down and why."""

    agent_id: str
    line_id: str
    state: Literal["dialled", "up", "down"]
    cause: str


class SettingsApplied(Fact, frozen=True, gc=False, tag=True):
    """New settings are in force; the lists name what differs."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    draining: tuple[str, ...]
    removed: tuple[str, ...]


class DrainChanged(Fact, frozen=True, gc=False, tag=True):
    """New calls are refused, or taken again: everywhere, in a queue, or on a switch node."""

    queue_id: str
    on: bool
    by: str
    node_id: str = ""


class SwitchEmptied(Fact, frozen=True, gc=False, tag=True):
    """A drained node has no call any more, and phones there are not rung: it may be restarted."""

    node_id: str


class SwitchChanged(Fact, frozen=True, gc=False, tag=True):
    """A node was lost, or compared with what the engine knew."""

    node_id: str
    state: Literal["lost", "synced"]
    calls_ended: int
    calls_adopted: int


AnyFact: TypeAlias = (
    CallStarted
    | CallRefused
    | CallTurnedBusy
    | CallQueued
    | QueueRefused
    | RequirementRelaxed
    | PriorityChanged
    | EstimateTold
    | EstimateChecked
    | CallLeftQueue
    | OfferMade
    | OfferClosed
    | CallConnected
    | CallHeld
    | CallRetrieved
    | CallTransferred
    | CallHandedOver
    | ConsultStarted
    | ConsultAnswered
    | ConsultChanged
    | ConsultEnded
    | SupervisionStarted
    | SupervisionChanged
    | SupervisionEnded
    | ConversationEnded
    | CallDiverted
    | NumberReached
    | MessageStored
    | RecordingStarted
    | RecordingPaused
    | RecordingResumed
    | RecordingStopped
    | RecordingLeftOut
    | RecordingSpaceChanged
    | CallEnded
    | CallbackPlaced
    | CallbackDialled
    | CallbackMissed
    | CallbackReached
    | AgentStateChanged
    | AgentChangePending
    | AgentSkillsChanged
    | LineChanged
    | SettingsApplied
    | DrainChanged
    | SwitchEmptied
    | SwitchChanged
)
