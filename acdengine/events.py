"""What comes in: everything the engine hears of, in the past tense, with the time it happened.

Three kinds. The switch reports on calls, offers and phones, the runtime on the time: both stand
here. People and programs ask for things: `acdengine.requests`. ``at_us`` is UTC in microseconds and
is the only clock there is.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import field

from acdengine.base_messages import Event
from acdengine.live_legs import LiveCall, LiveLine
from acdengine.modes import Direction, SupervisionMode
from acdengine.requests import AnyRequest
from acdengine.service_events import PinChecked, ScriptEnded, SystemAnswered

#: ``unreachable``: the telephone could not be reached. ``not_rung``: it was not even tried, for a
#: cause of the centre's own, which says nothing of the agent. ``failed``: whose cause is not known.
OfferCause = Literal["no_answer", "busy", "rejected", "unreachable", "failed", "not_rung", "hangup"]
#: ``hangup``: by the agent. ``lost``: through nobody's will.
LineCause = Literal[
    "no_answer", "busy", "rejected", "unreachable", "failed", "not_rung", "hangup", "lost"
]
#: ``no_input``: nothing was pressed. ``no_match``: the keys are no option. ``incomplete``: they are
#: too few. ``failed``: the switch could not collect.
CollectOutcome = Literal["value", "no_input", "no_match", "incomplete", "cancelled", "failed"]
RecordEnd = Literal["key", "silence", "limit", "hangup", "cancelled", "failed"]
PhoneState = Literal["registered", "unregistered", "busy", "free"]


# -- calls, from the switch --------------------------------------------------------------------


class CallArrived(Event, frozen=True, gc=False, tag=True):
    """A caller is on a leg of the switch; nothing has been answered yet."""

    call_id: str
    leg_id: str
    ani: str
    dnis: str
    trunk_id: str
    name: str = ""
    #: Skill to minimum proficiency, where the switch's dialplan already knows.
    skills: dict[str, int] = field(default_factory=dict)
    #: Added to the priority that routing gives.
    priority: int = 0
    #: The switch node that holds the leg.
    node_id: str = ""
    #: A customer of the settings whom the dialplan has recognised, whatever number calls.
    customer_id: str = ""
    #: A queue, or a flow, in place of where the dialled number leads, by its id or its name within
    #: the tenant; the rules come before it.
    wanted_queue: str = ""
    #: The caller does not want to be known: ``ani`` is then what the network vouches for, if any.
    withheld: bool = False
    direction: Direction = "inbound"
    #: The telephone of the centre that calls, ``user@domain``, as the switch has authenticated it.
    telephone: str = ""
    wanted_flow: str = ""


class CallBlocked(Event, frozen=True, gc=False, tag=True):
    """A caller met busy: all lines of the trunk group were taken."""

    ani: str
    dnis: str
    trunk_id: str
    cause: Literal["channels", "rate"]


class CallerHungUp(Event, frozen=True, gc=False, tag=True):
    """The caller's leg is down."""

    call_id: str
    cause: str = "normal"


class PromptFinished(Event, frozen=True, gc=False, tag=True):
    """A prompt was played to its end."""

    call_id: str
    prompt_id: str


class PromptHeard(Event, frozen=True, gc=False, tag=True):
    """Another prompt of a row, or of a question, was played to its end, and the next one begins."""

    call_id: str
    #: The row's, or the collection's.
    prompt_id: str
    #: Prompts played to their end so far.
    heard: int


class PromptsFinished(Event, frozen=True, gc=False, tag=True):
    """A row of prompts is over: played, stopped by a key or a command; or the last is missing."""

    call_id: str
    prompt_id: str
    #: The key that stopped them.
    key: str = ""
    is_cancelled: bool = False
    is_missing: bool = False


class DigitPressed(Event, frozen=True, gc=False, tag=True):
    """The caller pressed a key that no collection took (personal data)."""

    call_id: str
    digit: str
    #: Keys pressed on this leg so far, as its adapter has counted them; 0: not counted.
    number: int = 0


class DigitsCollected(Event, frozen=True, gc=False, tag=True):
    """A collection of keys, or of what is said instead, is over (personal data).

    Of sensitive ones ``digits`` is a mask as long as they were, with the last of them where that
    was asked for, and ``token`` stands for them.
    """

    call_id: str
    collect_id: str
    outcome: CollectOutcome
    digits: str = ""
    #: The key that ended it.
    terminator: str = ""
    #: Pressed after its end.
    typed_ahead: str = ""
    #: As `DigitPressed.number`: of the last key that it knows of.
    heard: int = 0
    token: str = ""
    #: What was said instead of keys, as a recogniser has understood it.
    spoken: str = ""


class CallerRecorded(Event, frozen=True, gc=False, tag=True):
    """What the caller said is in a file, or could not be recorded (a length of 0)."""

    call_id: str
    record_id: str
    file: str
    length_us: int
    ended_by: RecordEnd
    key: str = ""


class VariableRead(Event, frozen=True, gc=False, tag=True):
    """A variable of the caller's leg; None where it has none of that name, or it is not allowed."""

    call_id: str
    read_id: str
    value: str | None


class CallBridged(Event, frozen=True, gc=False, tag=True):
    """Caller and agent (or a party) hear each other."""

    call_id: str
    offer_id: str


class HoldChanged(Event, frozen=True, gc=False, tag=True):
    """The agent has pressed the telephone's own hold key: the caller is on hold and hears music,
    or is off hold again."""

    call_id: str
    offer_id: str
    is_held: bool


class CallReferred(Event, frozen=True, gc=False, tag=True):
    """The agent has pressed the telephone's own transfer key (REFER): the caller is parked, and the
    agent's leg ends.

    ``number`` is what was dialled; empty where that is no number.
    """

    call_id: str
    #: Empty where another program has sent on a caller who waits.
    offer_id: str
    number: str
    #: "switch": another program's transfer (`uuid_transfer`).
    by: Literal["telephone", "switch"] = "telephone"


class CallRejoined(Event, frozen=True, gc=False, tag=True):
    """The switch has taken the caller from the agent for another leg, which the engine did not
    order: the agent's telephone (REFER with Replaces), or another program or telephone.

    ``offer_id`` is the agent's, whose leg ends; empty: the leg told of before has answered, or the
    caller waited.
    """

    call_id: str
    offer_id: str
    #: The other leg; empty where the caller is with an application of the dialplan.
    leg_id: str
    #: What was dialled for that leg, or who calls on it.
    number: str
    #: The telephone of the centre at its end, ``user@domain``; empty where it is none.
    telephone: str = ""
    #: False while the other leg rings, and the caller waits for it.
    answered: bool = True
    by: Literal["telephone", "switch"] = "telephone"


class BridgeFailed(Event, frozen=True, gc=False, tag=True):
    """The switch could not join caller and agent; the agent's leg is still up."""

    call_id: str
    offer_id: str
    cause: str


class NumberAnswered(Event, frozen=True, gc=False, tag=True):
    """The number outside has answered: it and the caller hear each other.

    ``attempt`` is that of the order to dial it; 0 where it is not known any more.
    """

    call_id: str
    attempt: int = 0


class NumberEnded(Event, frozen=True, gc=False, tag=True):
    """The call's leg to a number outside has ended, or was never answered.

    ``attempt`` is that of the order to dial it; 0 where it is not known any more.
    """

    call_id: str
    answered: bool
    cause: str
    attempt: int = 0


class MessageLeft(Event, frozen=True, gc=False, tag=True):
    """The caller has left a message in a voicemail box, or none (a length of 0)."""

    call_id: str
    file: str
    length_us: int


class RecordingBegan(Event, frozen=True, gc=False, tag=True):
    """The switch records a conversation into a file."""

    call_id: str
    file: str


class RecordingEnded(Event, frozen=True, gc=False, tag=True):
    """A recording is complete, or could not be begun (a length of 0); it may be told after the end
    of its call."""

    call_id: str
    file: str
    length_us: int
    cause: str = "normal"


class SpaceChanged(Event, frozen=True, gc=False, tag=True):
    """On the disk that a node records to there is too little space, or enough again."""

    node_id: str
    is_enough: bool
    free_bytes: int


# -- offers and phones, from the switch --------------------------------------------------------


class OfferAnswered(Event, frozen=True, gc=False, tag=True):
    """The agent has taken the call on the ringing leg."""

    offer_id: str
    #: The switch node that holds the leg, where the engine cannot know it from the call's.
    node_id: str = ""


class OfferKeyPressed(Event, frozen=True, gc=False, tag=True):
    """An agent who is asked to accept a call has pressed a key."""

    offer_id: str
    digit: str


class OfferEnded(Event, frozen=True, gc=False, tag=True):
    """The agent's leg of an offer is down, whatever the stage it had reached."""

    offer_id: str
    cause: OfferCause


class OfferRedirected(Event, frozen=True, gc=False, tag=True):
    """The ringing telephone has sent the call to another number (302); the leg is down."""

    offer_id: str
    number: str


class PhoneChanged(Event, frozen=True, gc=False, tag=True):
    """An agent's phone was registered or lost, or is on a call that is none of ours."""

    agent_id: str
    state: PhoneState
    #: The switch node where it is registered now, where that is known.
    node_id: str = ""


class LineOpened(Event, frozen=True, gc=False, tag=True):
    """A nailed-up agent has taken up the phone, and the line is kept."""

    line_id: str
    #: The switch node that holds it.
    node_id: str = ""


class LineClosed(Event, frozen=True, gc=False, tag=True):
    """A nailed-up agent's line is down, or never came up."""

    line_id: str
    cause: LineCause


class CallbackAnswered(Event, frozen=True, gc=False, tag=True):
    """The customer of a callback has answered; ``leg_id`` is now the call's leg."""

    call_id: str
    leg_id: str
    #: The switch node that holds the leg.
    node_id: str = ""


class CallbackFailed(Event, frozen=True, gc=False, tag=True):
    """The customer of a callback was not reached."""

    call_id: str
    cause: str


class PartyAnswered(Event, frozen=True, gc=False, tag=True):
    """A party that was rung for a call has answered, and waits."""

    party_id: str
    #: The switch node that holds the leg.
    node_id: str = ""


class PartyEnded(Event, frozen=True, gc=False, tag=True):
    """A party's leg is down, whatever the stage it had reached."""

    party_id: str
    cause: str = "normal"


class ConsultJoined(Event, frozen=True, gc=False, tag=True):
    """Agent and consulted party hear each other, the caller hears music."""

    call_id: str
    consult_id: str


class AllJoined(Event, frozen=True, gc=False, tag=True):
    """Caller, agent and consulted party hear each other."""

    call_id: str
    consult_id: str


class SupervisionSet(Event, frozen=True, gc=False, tag=True):
    """A supervisor hears the conversation, and is heard as the mode says."""

    party_id: str
    mode: SupervisionMode


class SwitchSynced(Event, frozen=True, gc=False, tag=True):
    """All that is live on one node, after connecting or reconnecting to it."""

    node_id: str
    calls: tuple[LiveCall, ...]
    offers: tuple[str, ...]
    #: Legs to numbers outside and to supervisors.
    parties: tuple[str, ...] = ()
    #: The process that the switch is. As the one before: what is missing has ended unseen. Another,
    #: or not told: it was lost with the switch.
    core: str = ""
    lines: tuple[LiveLine, ...] = ()


class SwitchLost(Event, frozen=True, gc=False, tag=True):
    """A node has gone with everything on it (not merely the connection to it)."""

    node_id: str


# -- the runtime -------------------------------------------------------------------------------


class TimePassed(Event, frozen=True, gc=False, tag=True):
    """The deadline that the engine named is due."""


AnyEvent: TypeAlias = (
    CallArrived
    | CallBlocked
    | CallerHungUp
    | PromptFinished
    | PromptHeard
    | PromptsFinished
    | DigitPressed
    | DigitsCollected
    | CallerRecorded
    | VariableRead
    | SystemAnswered
    | ScriptEnded
    | PinChecked
    | CallBridged
    | HoldChanged
    | CallReferred
    | CallRejoined
    | BridgeFailed
    | NumberAnswered
    | NumberEnded
    | MessageLeft
    | RecordingBegan
    | RecordingEnded
    | SpaceChanged
    | OfferAnswered
    | OfferKeyPressed
    | OfferRedirected
    | OfferEnded
    | PhoneChanged
    | LineOpened
    | LineClosed
    | CallbackAnswered
    | CallbackFailed
    | PartyAnswered
    | PartyEnded
    | ConsultJoined
    | AllJoined
    | SupervisionSet
    | SwitchSynced
    | SwitchLost
    | TimePassed
    | AnyRequest
)
