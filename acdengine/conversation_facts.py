"""What happened while caller and agent talked: hold, transfer, consults, supervision, recording."""

from __future__ import annotations

from typing import Literal, TypeAlias

from acdengine.base_messages import Fact
from acdengine.modes import SupervisionMode
from acdengine.screen_pop import ScreenPop

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
    "not_rung",
]
TransferKind = Literal["blind", "attended"]
SupervisionEnd = Literal["ended", "hung_up", "not_reached", "conversation_over", "took_over"]


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
    """An agent has passed the call on: unannounced ("blind"), or after speaking with who takes it
    ("attended"); ``by_telephone``: with the telephone's own transfer key; ``by_switch``: the switch
    or another program has taken it from the agent."""

    call_id: str
    agent_id: str
    to: str
    kind: TransferKind = "blind"
    by_telephone: bool = False
    by_switch: bool = False


class TransferRefused(Fact, frozen=True, gc=False, tag=True):
    """An agent's telephone wanted to pass the call on to where it may not go: the caller waits for
    another agent."""

    call_id: str
    agent_id: str
    to: str
    reason: str


class CallHandedOver(Fact, frozen=True, gc=False, tag=True):
    """After a consult another agent has the caller, on the offer of the consult."""

    call_id: str
    agent_id: str
    offer_id: str
    queue_id: str
    from_agent_id: str


class ConsultStarted(Fact, frozen=True, gc=False, tag=True):
    """An agent starts a consult: ``to`` is rung, the caller hears music.

    ``screen`` is what the screen of the consulted agent shows; None where a number is dialled.
    """

    call_id: str
    agent_id: str
    consult_id: str
    to: str
    screen: ScreenPop | None = None


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
    """A supervisor is rung to listen to an agent's conversation, or to speak into it."""

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
    """The supervision ended, ``lasted_us`` after the supervisor's answer."""

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


class RecordingStarted(Fact, frozen=True, gc=False, tag=True):
    """A conversation is being recorded, by the queue's policy ("policy") or on request
    for it."""

    call_id: str
    agent_id: str
    queue_id: str
    file: str
    by: str


class RecordingPaused(Fact, frozen=True, gc=False, tag=True):
    """What is said is not on record, on request or because the caller is on hold
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


AnyConversationFact: TypeAlias = (
    CallHeld
    | CallRetrieved
    | CallTransferred
    | TransferRefused
    | CallHandedOver
    | ConsultStarted
    | ConsultAnswered
    | ConsultChanged
    | ConsultEnded
    | SupervisionStarted
    | SupervisionChanged
    | SupervisionEnded
    | ConversationEnded
    | RecordingStarted
    | RecordingPaused
    | RecordingResumed
    | RecordingStopped
    | RecordingLeftOut
)
