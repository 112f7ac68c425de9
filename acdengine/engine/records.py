"""The records of the engine: calls, offers, consults, parties. Only the engine writes to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from msgspec import Struct
from mypy_extensions import mypyc_attr

from acdengine.conversation_facts import EndedBy
from acdengine.facts import AnyFact, OfferOutcome
from acdengine.ivr.run import FlowRun
from acdengine.machines import (
    CallbackState,
    CallState,
    ConsultState,
    LineState,
    OfferState,
    PartyState,
    RecordingState,
)
from acdengine.modes import Direction, SupervisionMode
from queues.policy import AcceptKey
from queues.targets import Target
from routing.call_group import RoutedCall


class Caller(Struct, gc=False, eq=False):
    """Who calls, as far as the network, the telephone and the settings tell."""

    #: Number and name as people see them; empty where the caller withholds them.
    ani: str
    name: str
    #: The number by which routing and histories know the caller: empty where it is withheld, unless
    #: the network tells it and the settings let routing use it.
    known_by: str
    withheld: bool = False
    #: The number that the network tells although the caller withholds it.
    asserted: str = ""
    direction: Direction = "inbound"
    #: The agent whose telephone calls.
    from_agent_id: str = ""
    customer_id: str = ""
    #: The telephone of the centre that calls, `user@domain`; empty: another one.
    telephone: str = ""


class Callback(Struct, gc=False, eq=False):
    """A place in line without a telephone."""

    number: str
    mode: Literal["agent_first", "customer_first"]
    attempts_left: int
    expires_us: int
    state: CallbackState = "waiting"
    attempt: int = 0
    #: While paused: when to go on.
    resume_us: int = 0
    #: When it could go on, were it open then; 0: it does not wait for opening hours.
    wanted_us: int = 0
    #: The customer is being rung, and no agent waits on the line meanwhile.
    first: bool = False


class Consult(Struct, gc=False, eq=False):
    """An agent's consultation with another agent or a number during a conversation."""

    #: The leg of the consulted party: an offer's id (an agent), or a party's (a number).
    consult_id: str
    #: The agent who asks.
    asker_id: str
    agent_id: str
    number: str
    made_us: int
    answered_us: int = 0
    state: ConsultState = "ringing"


class Party(Struct, gc=False, eq=False):
    """A leg on a call besides those of its caller and of agents with an offer."""

    party_id: str
    call_id: str
    role: Literal["consulted", "supervisor", "outside"]
    made_us: int
    node_id: str = ""
    state: PartyState = "ringing"
    answered_us: int = 0
    #: A supervisor's: who asked, who it is where they are an agent, and how they are to be heard.
    by: str = ""
    agent_id: str = ""
    mode: SupervisionMode = "listen"
    due_us: int = 0
    deadline: int = 0
    repeats: int = 0


class Node(Struct, gc=False, eq=False):
    """A switch node, as far as the engine has to know."""

    node_id: str
    #: It has gone with everything on it, and was not heard of since.
    lost: bool = False
    #: It takes no new calls.
    draining: bool = False
    #: Drained, and its last call has ended.
    closed: bool = False

    @property
    def usable(self) -> bool:
        """Whether new legs may be dialled from it."""
        return not self.lost and not self.draining


class Fallback(Struct, gc=False, eq=False):
    """Where a call goes whose number outside is not reached."""

    #: The targets named after the number.
    targets: tuple[Target, ...] = ()
    #: The queue in which it waits on when none of them is open; empty: none.
    queue_id: str = ""
    #: A key of the caller or a request took it out of that queue.
    requested: bool = False


class Flow(Struct, gc=False, eq=False):
    """The flow whose prompts a caller hears, or the prompt before a hang-up."""

    #: Empty for a prompt that belongs to no flow.
    flow_id: str
    #: The destination after the last prompt; None: hang up with this cause.
    then: Target | None = None
    cause: str = "normal"


class IvrCall(Struct, gc=False, eq=False):
    """A call in an IVR flow, or away from one that may want it back."""

    run: FlowRun
    #: The flow in which it began.
    flow_id: str
    #: What the switch has been asked for; empty: nothing that it reports the end of.
    awaits: Literal["", "play", "collect", "record", "http", "script", "pin"] = ""
    #: How long that may take at most; 0: as long as anything on the switch.
    limit_us: int = 0
    #: When the call came into the flow, or came back; 0: it is somewhere else.
    entered_us: int = 0
    #: The caller goes through the flow while the call waits in a queue, or is about to be let go
    #: with its place kept.
    is_beside: bool = False
    #: An agent's answer has cut off what such a caller heard or was asked.
    is_cut: bool = False
    #: When such a flow is to be looked at; 0: it need not be.
    due_us: int = 0


class TypedKeys(Struct, gc=False, eq=False):
    """Keys that the caller has pressed and that meant nothing yet: typed ahead for a flow."""

    keys: str = ""
    #: Number of the last key that the switch has told of (`DigitPressed.number`).
    heard: int = 0


class ExternalCall(Struct, gc=False, eq=False):
    """What a call has to do with numbers outside."""

    #: The number that the caller is connected to or is being connected to.
    number: str = ""
    #: Numbers dialled so far; tells the reports of one attempt from those of another.
    dialled: int = 0
    #: When the present number answered; 0: it has not.
    reached_us: int = 0
    #: Numbers that were not reached.
    missed: tuple[str, ...] = ()
    #: The trunk is asked for it by REFER.
    by_refer: bool = False


class Mailbox(Struct, gc=False, eq=False):
    """The voicemail box in which a caller leaves a message."""

    box: str
    prompt: str = ""


class Announced(Struct, gc=False, eq=False):
    """What was announced last to a waiting caller."""

    position: int = 0
    #: The estimated wait, -1 for none, and when it was announced.
    estimate_us: int = -1
    estimate_at_us: int = 0
    #: Announcements so far.
    announcements: int = 0


class Playback(Struct, gc=False, eq=False):
    """Prompts played to a caller, one after the other."""

    #: The prompt being played, counted from 1 in each call.
    prompt_id: int
    since_us: int
    #: Those still to be played.
    left: tuple[str, ...] = ()
    #: Of a row that was ordered at once: those played to their end.
    heard: int = 0


class Conversation(Struct, gc=False, eq=False):
    """A caller's conversation with one agent."""

    began_us: int
    #: Time on hold so far, without a hold that lasts.
    held_us: int = 0


class CallRecordings(Struct, gc=False, eq=False):
    """What was recorded of a call; the recordings themselves are `Recording`."""

    #: The file that is written now; empty: none.
    file: str = ""
    made: int = 0
    #: A supervisor has stopped what the policy records: the rest of the call is not recorded.
    stopped: bool = False


class OfferFailures(Struct, gc=False, eq=False):
    """Offers of a call that failed in a row although no telephone was reached."""

    agents: tuple[str, ...] = ()
    #: How often the call has stepped back for it.
    stepped_back: int = 0


class Ending(Struct, gc=False, eq=False):
    """Why and by whom a call was ended."""

    outcome: str
    by: EndedBy
    cause: str


class Recording(Struct, gc=False, eq=False):
    """One file that a conversation is recorded into."""

    file: str
    call_id: str
    agent_id: str
    queue_id: str
    node_id: str
    #: Who wants it: "policy", or who asked.
    by: str
    began_us: int
    state: RecordingState = "ordered"
    #: The switch has said that it writes, and the fact is told.
    is_told: bool = False
    #: Why it is paused: who asked, and that the caller is on hold.
    paused_by: str = ""
    is_held: bool = False
    #: The switch has once been told to pause, so that it must know whether that still holds.
    was_paused: bool = False


@mypyc_attr(acyclic=True)
@dataclass(init=False, eq=False, repr=False, slots=True, kw_only=True)
class Call(RoutedCall):
    """A call from its arrival to its end, with its place in line (`RoutedCall`)."""

    leg_id: str
    caller: Caller
    dnis: str
    trunk_id: str
    node_id: str = ""
    state: CallState = "arrived"
    #: Since when in this state.
    since_us: int = 0
    #: The caller's leg has been answered.
    answered: bool = False
    #: The caller hears what is played before the answer.
    early_media: bool = False

    #: Offers ringing for this call; the one answered or talking.
    ringing: tuple[str, ...] = ()
    offer_id: str = ""
    #: Offers made so far; part of their ids.
    offers_made: int = 0
    #: Offers that failed in a row, through no telephone.
    failures: OfferFailures | None = None
    #: How many targets it was sent to at one and the same time, and that time.
    sent: int = 0
    sent_at_us: int = 0
    #: The queue it was last taken from.
    last_queue_id: str = ""
    #: The present conversation with an agent, or the last.
    conversation: Conversation | None = None
    recordings: CallRecordings | None = None

    playback: Playback | None = None
    #: Part of the ids of prompts.
    prompts_played: int = 0
    flow: Flow | None = None
    ivr: IvrCall | None = None
    #: What flows have tagged the call with, for the agent's screen.
    tags: dict[str, str] | None = None
    typed: TypedKeys | None = None
    mailbox: Mailbox | None = None
    external: ExternalCall | None = None
    #: Where the call goes when the number outside is not reached.
    fallback: Fallback | None = None
    announced: Announced | None = None

    #: Waits for one named agent so long (a direct call).
    direct_wait_us: int = 0
    callback: Callback | None = None
    #: The callback whose place the caller took by calling in; resumed when the caller hangs up
    #: before an agent answers.
    suspended_callback: Callback | None = None
    consult: Consult | None = None
    #: The party that supervises the conversation; the one that the caller is joined with.
    supervisor_id: str = ""
    party_id: str = ""
    #: The bridge that was ordered and that the switch has not confirmed.
    unconfirmed: Literal["", "bridge", "consult", "all"] = ""
    #: Why it ended, once that is certain.
    ending: Ending | None = None
    #: Commands repeated because they were not confirmed.
    repeats: int = 0
    story: list[AnyFact] = field(default_factory=list)

    def __init__(
        self,
        call_id: str,
        tenant_id: str,
        serial: int,
        leg_id: str,
        caller: Caller,
        dnis: str,
        trunk_id: str,
        node_id: str = "",
        since_us: int = 0,
    ) -> None:
        RoutedCall.__init__(self, call_id, tenant_id, serial)
        self.leg_id = leg_id
        self.caller = caller
        self.dnis = dnis
        self.trunk_id = trunk_id
        self.node_id = node_id
        self.state = "arrived"
        self.since_us = since_us
        self.answered = False
        self.early_media = False
        self.ringing = ()
        self.offer_id = ""
        self.offers_made = 0
        self.failures = None
        self.sent = 0
        self.sent_at_us = 0
        self.last_queue_id = ""
        self.conversation = None
        self.recordings = None
        self.playback = None
        self.prompts_played = 0
        self.flow = None
        self.ivr = None
        self.tags = None
        self.mailbox = None
        self.external = None
        self.fallback = None
        self.announced = None
        self.direct_wait_us = 0
        self.callback = None
        self.suspended_callback = None
        self.consult = None
        self.supervisor_id = ""
        self.party_id = ""
        self.unconfirmed = ""
        self.ending = None
        self.repeats = 0
        self.typed = None
        self.story = []

    @property
    def recording(self) -> str:
        """The file that is written now; empty: none."""
        return self.recordings.file if self.recordings is not None else ""


def is_in_flow(call: Call) -> bool:
    """Whether the caller goes through an IVR flow now: in place of anything else, or while the call
    waits."""
    ivr = call.ivr
    if ivr is None:
        return False
    return call.state == "flow" or (ivr.is_beside and call.state == "waiting")


def conversation_of(call: Call) -> Conversation:
    """The conversation of a call that is with an agent."""
    assert call.conversation is not None
    return call.conversation


def ending_of(call: Call) -> Ending:
    """Why a call ends whose hang-up was ordered, or that has ended."""
    assert call.ending is not None
    return call.ending


@mypyc_attr(acyclic=True)
@dataclass(init=False, eq=False, repr=False, slots=True, kw_only=True)
class Offer:
    """One attempt to give one call to one agent: a leg to the agent's phone."""

    offer_id: str
    call_id: str
    agent_id: str
    queue_id: str
    made_us: int
    #: Another agent asks this one; there is no conversation with the caller.
    consult: bool = False
    #: The node that holds the leg, and the one that it goes through where the phone is at another.
    node_id: str = ""
    far_node_id: str = ""
    #: Prompt that the agent hears before the caller; empty: none.
    whisper: str = ""
    state: OfferState = "ringing"
    #: What it came to; set when that is certain, told when the leg is down.
    outcome: OfferOutcome | Literal[""] = ""
    #: What accepts the call; None: the answer does.
    accept_key: AcceptKey | None = None
    #: When the agent was asked for that key; 0: not yet.
    asked_us: int = 0
    answered_us: int = 0
    #: When a conversation on it ended, with the leg still up.
    ended_us: int = 0
    due_us: int = 0
    deadline: int = 0
    repeats: int = 0
    #: The leg that the agent's telephone has dialled itself; empty: the telephone is rung.
    leg_id: str = ""
    #: The numbers that the telephone has redirected to, which were followed.
    redirected_to: tuple[str, ...] = ()

    def __init__(
        self,
        offer_id: str,
        call_id: str,
        agent_id: str,
        queue_id: str,
        made_us: int,
        consult: bool = False,
        node_id: str = "",
        far_node_id: str = "",
        whisper: str = "",
        accept_key: AcceptKey | None = None,
        leg_id: str = "",
    ) -> None:
        self.offer_id = offer_id
        self.call_id = call_id
        self.agent_id = agent_id
        self.queue_id = queue_id
        self.made_us = made_us
        self.consult = consult
        self.node_id = node_id
        self.far_node_id = far_node_id
        self.whisper = whisper
        self.state = "ringing"
        self.outcome = ""
        self.accept_key = accept_key
        self.asked_us = 0
        self.answered_us = 0
        self.ended_us = 0
        self.due_us = 0
        self.deadline = 0
        self.repeats = 0
        self.leg_id = leg_id
        self.redirected_to = ()


class Line(Struct, gc=False, kw_only=True, eq=False):
    """A nailed-up agent's line: one leg to the phone, for many offers."""

    line_id: str
    agent_id: str
    #: What was dialled.
    contact: str
    node_id: str = ""
    state: LineState = "dialling"
    due_us: int = 0
    deadline: int = 0
    repeats: int = 0
