"""What people and programs ask for.

Each request carries a ``request_id`` that is answered by a `Reply` command. They come in like all
other events: `acdengine.events` has the list of everything.
"""

from __future__ import annotations

from typing import Final, TypeAlias, get_args

from acdengine.base_messages import Event
from acdengine.modes import SupervisionMode
from acdengine.plan import Plan
from queues.targets import Target
from routing.policy import Assignment


class Request(Event, frozen=True, gc=False, tag=True, kw_only=True):
    """A person or program asks for something; the `Reply` names ``request_id``."""

    request_id: str = ""
    #: Who asks, for the facts.
    by: str = ""


class SignInRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """An agent signs in, on the usual phone or another."""

    agent_id: str
    contact: str = ""


class SignOutRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """An agent signs out, after the present call where there is one."""

    agent_id: str


class ReadyRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """An agent wants calls."""

    agent_id: str


class NotReadyRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """An agent wants no calls, from now or after the present one, for a reason."""

    agent_id: str
    reason: str


class WrapUpRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """An agent wants wrap-up after the present call (or the one just ended)."""

    agent_id: str


class WrapUpExtendRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """An agent needs longer."""

    agent_id: str
    by_us: int


class WrapUpEndRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """An agent has finished wrapping up."""

    agent_id: str


class SkillsChangeRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """An agent's skills are replaced, live."""

    agent_id: str
    skills: dict[str, int]


class QueuesChangeRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """An agent's queues are replaced, live."""

    agent_id: str
    queues: dict[str, Assignment]


class PickUpRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """An agent picks up a call that rings at a colleague: this one, or the one of their queues that
    has waited longest."""

    agent_id: str
    call_id: str = ""


class PriorityChangeRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """A waiting call's priority is set."""

    call_id: str
    priority: int


class MoveRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """A call that waits or is in a flow is sent elsewhere.

    ``by_script``: by the script that its flow runs, which goes on meanwhile and may take the call
    back (`TakeBackRequested`). Any other request ends the script.
    """

    call_id: str
    target: Target
    by_script: bool = False


class TakeBackRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """A script takes a call back that it has sent into a queue, and that waits there."""

    call_id: str


class WithdrawRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """A call is ended from outside."""

    call_id: str
    cause: str = "withdrawn"


class HoldRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """The caller is put on hold."""

    call_id: str


class RetrieveRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """The caller is taken off hold."""

    call_id: str


class TransferRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """The talking agent passes the call on, blind."""

    call_id: str
    target: Target


class HangUpRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """The agent ends the conversation."""

    call_id: str


class ConsultRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """The talking agent starts a consult: with an agent, the free one of a queue who has been idle
    longest, or a number outside. Exactly one of the three is given."""

    call_id: str
    agent_id: str = ""
    queue_id: str = ""
    number: str = ""


class ConsultSwapRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """The agent turns from the consulted party to the caller, or back."""

    call_id: str


class ConsultReturnRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """The agent drops the consulted party and is with the caller alone."""

    call_id: str


class ConsultCompleteRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """The agent leaves caller and consulted party to each other: an attended transfer."""

    call_id: str


class ConsultJoinRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """The agent joins caller and consulted party: all three hear each other."""

    call_id: str


class SuperviseRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """A supervisor wants to listen to a conversation or speak into it, on the telephone ``contact``
    or the usual one of the agent ``agent_id``."""

    call_id: str
    mode: SupervisionMode = "listen"
    contact: str = ""
    #: The supervisor's own, where they are an agent too.
    agent_id: str = ""


class SupervisionChangeRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """A supervisor changes the mode: listen, whisper or barge in."""

    call_id: str
    mode: SupervisionMode


class SupervisionEndRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """Supervising a conversation is over; the conversation goes on."""

    call_id: str


class TakeOverRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """The supervisor takes the caller over; the agent leaves."""

    call_id: str


class RecordingStartRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """A conversation is to be recorded from now on."""

    call_id: str


class RecordingStopRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """A recording is to end: one made on request, or one of the policy's where it lets
    supervisors stop it."""

    call_id: str
    #: Who asks supervises the conversation's agent.
    as_supervisor: bool = False


class RecordingPauseRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """What is said now is not to be on record."""

    call_id: str


class RecordingResumeRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """What is said now is to be on record again."""

    call_id: str


class CallbackRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """A customer asks to be rung back (a web form): a place in line without a telephone yet."""

    call_id: str
    queue_id: str
    number: str
    not_before_us: int = 0


class CallbackCancelRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """A waiting callback is given up."""

    call_id: str


class SettingsChanged(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """A new plan, checked; the engine works out the difference."""

    plan: Plan
    #: Of flows that there are already, changed ones are tried on this share of their callers.
    flow_percent: int = 100


class FlowLiveRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """A version of a flow is to be that of all callers; those in the flow end in theirs."""

    flow_id: str
    version: str


class FlowTrialRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """A version of a flow is to be that of a share of the callers, the same caller always alike;
    ``percent`` 0 ends what is tried, whichever version it is."""

    flow_id: str
    version: str = ""
    percent: int = 0


class DrainRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """Take no new calls (or take them again); those present are served to the end."""

    on: bool = True
    #: Drain only this queue.
    queue_id: str = ""
    #: Calls are taken again at this time; 0: when that is asked for. Not of a node.
    until_us: int = 0
    #: Drain only this switch node; once its last call has ended, phones there are not rung either.
    node_id: str = ""


class HoursHoldRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """Opening hours are to be held open or closed by hand, whatever their timetable says."""

    hours_id: str
    is_open: bool
    #: Their timetable counts again at this time; 0: when that is asked for.
    until_us: int = 0


class HoursReleaseRequested(Request, frozen=True, gc=False, tag=True, kw_only=True):
    """The timetable of opening hours is to count again."""

    hours_id: str


AnyRequest: TypeAlias = (
    SignInRequested
    | SignOutRequested
    | ReadyRequested
    | NotReadyRequested
    | WrapUpRequested
    | WrapUpExtendRequested
    | WrapUpEndRequested
    | SkillsChangeRequested
    | QueuesChangeRequested
    | PickUpRequested
    | PriorityChangeRequested
    | MoveRequested
    | TakeBackRequested
    | WithdrawRequested
    | HoldRequested
    | RetrieveRequested
    | TransferRequested
    | HangUpRequested
    | ConsultRequested
    | ConsultSwapRequested
    | ConsultReturnRequested
    | ConsultCompleteRequested
    | ConsultJoinRequested
    | SuperviseRequested
    | SupervisionChangeRequested
    | SupervisionEndRequested
    | TakeOverRequested
    | RecordingStartRequested
    | RecordingStopRequested
    | RecordingPauseRequested
    | RecordingResumeRequested
    | CallbackRequested
    | CallbackCancelRequested
    | SettingsChanged
    | FlowLiveRequested
    | FlowTrialRequested
    | DrainRequested
    | HoursHoldRequested
    | HoursReleaseRequested
)

#: The same to ask whether something is one: on these classes `isinstance` is slow.
REQUESTS: Final = frozenset(get_args(AnyRequest))
