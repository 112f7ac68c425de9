"""What happened: the record that reports, metrics, exports and screens are made from.

Facts are additive: fields are added, never renamed or given another meaning. A fact that belongs
to a call names it in ``call_id``, one that belongs to an agent in ``agent_id``.

Here stand those of a call's way from its arrival to its end. What happens while caller and agent
talk is in `acdengine.conversation_facts`, what concerns no one call in `acdengine.centre_facts`.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from acdengine.base_messages import Fact
from acdengine.centre_facts import AnyCentreFact
from acdengine.conversation_facts import AnyConversationFact, EndedBy
from acdengine.flow_facts import AnyFlowFact
from acdengine.modes import Direction
from acdengine.screen_pop import ScreenPop

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
    "rang_in",
]
OfferOutcome = Literal[
    "connected", "no_answer", "busy", "rejected", "unreachable", "failed", "not_rung",
    "withdrawn", "hangup",
]  # fmt: skip


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
    #: Who began it: "inbound" a caller outside, "outbound" the switch that dialled them (a
    #: campaign, click to call), "internal" a telephone of the centre.
    direction: Direction = "inbound"
    #: The agent whose telephone calls.
    from_agent_id: str = ""
    #: The caller does not want to be known.
    withheld: bool = False


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
    """A call has taken a place in a queue; ``resumed``: the place it had before it hung up, or left
    for a number that was not reached."""

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
    """Other agents may take the call from now on: more of them by the next step, level or delay, or
    ``preferred`` alone, who can be waited for again."""

    call_id: str
    queue_id: str
    step: int
    opened_us: int
    preferred: tuple[str, ...] = ()


class CallSteppedBack(Fact, frozen=True, gc=False, tag=True):
    """No agent is rung for a waiting call until then, and those behind it are served: offers of it
    came to nothing for a cause that lies in no telephone. It keeps its place.

    ``failures``: so often in a row; ``agents``: with so many different agents.
    """

    call_id: str
    queue_id: str
    failures: int
    agents: int
    until_us: int


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
    """A call has left a queue without an answer. ``short``: within the short-abandon time; ``key``:
    what the caller pressed, where that was the reason."""

    call_id: str
    queue_id: str
    reason: LeaveReason
    waited_us: int
    position: int
    short: bool
    to: str
    key: str = ""


class OfferMade(Fact, frozen=True, gc=False, tag=True):
    """An agent is rung for a call, and why that one: see `acdengine.engine.explain`."""

    call_id: str
    agent_id: str
    offer_id: str
    queue_id: str
    #: "agent": a ready agent took the first call; "call": a new call took the best agent.
    surplus: Literal["agent", "call"]
    #: The rule that decided: a strategy's name, "order", "preferred", "picked_up".
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
    #: What the agent's screen shows of the call; None in facts of older versions.
    screen: ScreenPop | None = None


class AcceptanceAwaited(Fact, frozen=True, gc=False, tag=True):
    """The agent's telephone has answered; the call is theirs once the key is pressed."""

    call_id: str
    agent_id: str
    offer_id: str
    queue_id: str
    rang_us: int
    until_us: int


class OfferClosed(Fact, frozen=True, gc=False, tag=True):
    """An offer has ended; ``rang_us`` is how long it rang, ``asked_us`` how long the telephone,
    which had answered, was asked for the key that accepts the call."""

    call_id: str
    agent_id: str
    offer_id: str
    queue_id: str
    outcome: OfferOutcome
    rang_us: int
    asked_us: int = 0


class OfferRedirection(Fact, frozen=True, gc=False, tag=True):
    """An agent's telephone has sent an offer to another number, which is rung, or refused for a
    reason: the offer has failed then."""

    call_id: str
    agent_id: str
    offer_id: str
    number: str
    refused: str = ""


class CallConnected(Fact, frozen=True, gc=False, tag=True):
    """Caller and agent are talking."""

    call_id: str
    agent_id: str
    offer_id: str
    queue_id: str
    waited_us: int
    rang_us: int


class CallDiverted(Fact, frozen=True, gc=False, tag=True):
    """The call has gone to a number outside, a voicemail box, a flow or a supervisor."""

    call_id: str
    to: str


class NumberReached(Fact, frozen=True, gc=False, tag=True):
    """The number outside has answered, after ringing for ``rang_us``."""

    call_id: str
    rang_us: int


class NumberMissed(Fact, frozen=True, gc=False, tag=True):
    """The number outside was not reached, tried for ``rang_us``; the call goes on ``to`` another
    way, back to its queue, or is hung up."""

    call_id: str
    cause: str
    rang_us: int
    to: str


class MessageStored(Fact, frozen=True, gc=False, tag=True):
    """The caller's message is in the box."""

    call_id: str
    box: str
    file: str
    length_us: int


class CallEnded(Fact, frozen=True, gc=False, tag=True):
    """The call is over."""

    call_id: str
    tenant_id: str
    #: "answered", "abandoned", "diverted", "refused", "turned_away", "flow_ended" (by an IVR
    #: flow), "callback_failed", ...
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


AnyFact: TypeAlias = (
    CallStarted
    | CallRefused
    | CallTurnedBusy
    | CallQueued
    | QueueRefused
    | RequirementRelaxed
    | CallSteppedBack
    | PriorityChanged
    | EstimateTold
    | EstimateChecked
    | CallLeftQueue
    | OfferMade
    | AcceptanceAwaited
    | OfferClosed
    | OfferRedirection
    | CallConnected
    | CallDiverted
    | NumberReached
    | NumberMissed
    | MessageStored
    | CallEnded
    | CallbackPlaced
    | CallbackDialled
    | CallbackMissed
    | CallbackReached
    | AnyFlowFact
    | AnyConversationFact
    | AnyCentreFact
)
