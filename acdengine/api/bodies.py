"""What a request may hold: bodies and query parameters, each field with its limits.

Unknown fields are refused. Times are microseconds, as everywhere; every number has bounds, since
what is asked for is written to the journal.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType

from acdengine.machines import CallState
from acdengine.modes import SupervisionMode
from acdengine.settings.passwords import LONGEST_PASSWORD
from acdengine.settings.values import Cause
from queues.targets import (
    Target,
    ToAgent,
    ToCallback,
    ToFlow,
    ToHangup,
    ToNumber,
    ToQueue,
    ToVoicemail,
)
from routing.agent import AgentState

DAY_US: Final = 86_400_000_000
PAGE_LIMIT: Final = 500

# To Python, unlike to clients that read the patterns, `$` also is before a final line end; hence
# `$(?!\n)`, which is the end and nothing else for both.

_ID = r"^[^\x00-\x1f\x7f]+$(?!\n)"
_NUMBER = r"^\+?[0-9A-Za-z*#._@-]+$(?!\n)"
_NUMBER_OR_NONE = r"^(\+?[0-9A-Za-z*#._@-]+)?$(?!\n)"
_WORD = r"^[A-Za-z0-9_.@-]+$(?!\n)"
_CONTACT = r"^[A-Za-z0-9@+._:;=/*#-]*$(?!\n)"
_SKILL = r"^[A-Za-z_][A-Za-z0-9_-]*$(?!\n)"
#: What is expected of a text, by its pattern, in words.
PATTERN_WORDS: Final = {
    _ID: "an id without control characters",
    _NUMBER: "a number to dial, such as +49301234567",
    _NUMBER_OR_NONE: "a number to dial, such as +49301234567",
    _WORD: "a word of letters, digits and _ . - @",
    _CONTACT: "a contact such as user/7",
    _SKILL: "a skill's name: letters, digits, _ and -, a letter or _ first",
}

Id = Annotated[str, Meta(min_length=1, max_length=160, pattern=_ID)]
#: A telephone number, as dialled.
Number = Annotated[str, Meta(min_length=1, max_length=40, pattern=_NUMBER)]
#: A cause or reason: a word.
Word = Annotated[str, Meta(min_length=1, max_length=64, pattern=_WORD)]
#: Where a telephone is. Nothing in it may be taken for a variable, a list or an application.
Contact = Annotated[str, Meta(max_length=160, pattern=_CONTACT)]
Priority = Annotated[int, Meta(ge=-1000, le=1000)]
SkillName = Annotated[str, Meta(min_length=1, max_length=64, pattern=_SKILL)]
Proficiency = Annotated[int, Meta(ge=1, le=10)]
DelayUs = Annotated[int, Meta(ge=0, le=DAY_US)]


class Body(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of a request."""


# -- targets -----------------------------------------------------------------------------------


class QueueWay(Body, frozen=True, tag_field="type", tag="queue"):
    """Wait in this queue, the place kept."""

    queue_id: Id

    def target(self) -> Target:
        """As the engine takes it."""
        return ToQueue(self.queue_id)


class AgentWay(Body, frozen=True, tag_field="type", tag="agent"):
    """Wait for this agent, then in the backup queue."""

    agent_id: Id
    backup_queue_id: Id
    wait_us: Annotated[int, Meta(ge=1, le=DAY_US)] = 20_000_000

    def target(self) -> Target:
        """As the engine takes it."""
        return ToAgent(self.agent_id, self.wait_us, self.backup_queue_id)


class NumberWay(Body, frozen=True, tag_field="type", tag="number"):
    """Dial this number outside; the tenant's settings must allow it."""

    number: Number

    def target(self) -> Target:
        """As the engine takes it."""
        return ToNumber(self.number)


class VoicemailWay(Body, frozen=True, tag_field="type", tag="voicemail"):
    """Leave a message in this box: `tenant/name`."""

    box: Id

    def target(self) -> Target:
        """As the engine takes it."""
        return ToVoicemail(self.box)


class CallbackWay(Body, frozen=True, tag_field="type", tag="callback"):
    """Keep the place in line without the telephone."""

    def target(self) -> Target:
        """As the engine takes it."""
        return ToCallback()


class FlowWay(Body, frozen=True, tag_field="type", tag="flow"):
    """Go through this flow."""

    flow_id: Id

    def target(self) -> Target:
        """As the engine takes it."""
        return ToFlow(self.flow_id)


class HangupWay(Body, frozen=True, tag_field="type", tag="hangup"):
    """Hang up."""

    cause: Cause = "normal"

    def target(self) -> Target:
        """As the engine takes it."""
        return ToHangup(cause=self.cause)


Way: TypeAlias = QueueWay | AgentWay | NumberWay | VoicemailWay | CallbackWay | FlowWay | HangupWay


# -- agents ------------------------------------------------------------------------------------


class SignIn(Body, frozen=True):
    """Signing in."""

    contact: Annotated[Contact, Meta(description="The telephone; empty: the usual one.")] = ""


class NotReady(Body, frozen=True):
    """Wanting no calls."""

    reason: Annotated[Word, Meta(description="One of the tenant's reasons.")]


class PickingUp(Body, frozen=True):
    """Picking up a call that rings at a colleague."""

    call_id: Annotated[
        Id | Literal[""],
        Meta(description="Empty: the one of the agent's queues that has waited longest."),
    ] = ""


class Extension(Body, frozen=True):
    """More time for wrap-up."""

    by_us: Annotated[int, Meta(ge=1, le=DAY_US, description="Microseconds to add.")]


class Skills(Body, frozen=True):
    """All skills of an agent, in place of those before."""

    skills: Annotated[dict[SkillName, Proficiency], Meta(max_length=200)]


class Serving(Body, frozen=True):
    """How an agent serves a queue."""

    level: Annotated[int, Meta(ge=1, le=1000)] = 1
    position: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    delay_us: DelayUs = 0
    weight: Annotated[int, Meta(ge=1, le=1000)] = 1
    rank: Annotated[int, Meta(ge=1, le=100)] = 1


class Queues(Body, frozen=True):
    """All queues of an agent, in place of those before."""

    queues: Annotated[dict[Id, Serving], Meta(max_length=500)]


# -- calls -------------------------------------------------------------------------------------


class NewPriority(Body, frozen=True):
    """Another priority."""

    priority: Priority


class Sending(Body, frozen=True):
    """Sending a call elsewhere."""

    target: Way


class Withdrawal(Body, frozen=True):
    """Ending a call from outside."""

    cause: Word = "withdrawn"


class ConsultWish(Body, frozen=True):
    """A consult during a conversation; exactly one of the three fields is given."""

    agent_id: Annotated[str, Meta(max_length=160, description="An agent who is ready.")] = ""
    queue_id: Annotated[
        str, Meta(max_length=160, description="The queue whose longest idle agent is asked.")
    ] = ""
    number: Annotated[
        str,
        Meta(
            max_length=40,
            pattern=_NUMBER_OR_NONE,
            description="A number outside; the tenant's settings must allow it.",
        ),
    ] = ""


class SupervisionChange(Body, frozen=True):
    """Being heard otherwise."""

    mode: SupervisionMode


class Supervising(Body, frozen=True):
    """Listening to a conversation."""

    mode: SupervisionMode = "listen"
    contact: Annotated[
        Contact, Meta(description="The telephone; empty: that of the token's agent.")
    ] = ""


class CallbackWish(Body, frozen=True):
    """A place in line for a customer who is not on the telephone."""

    queue_id: Id
    number: Number
    not_before_us: Annotated[
        int, Meta(ge=0, le=2**53, description="Not rung before; 0: at once.")
    ] = 0


# -- sessions ----------------------------------------------------------------------------------


class LogIn(Body, frozen=True):
    """The name and password of an account."""

    account: Annotated[str, Meta(min_length=1, max_length=64)]
    password: Annotated[str, Meta(max_length=LONGEST_PASSWORD)]

    def __repr__(self) -> str:
        return f"LogIn(account={self.account!r})"


# -- the system -------------------------------------------------------------------------------


class Switch(Body, frozen=True):
    """Turning something on or off."""

    on: bool = True


class Drain(Switch, frozen=True):
    """Taking no new calls, or taking them again."""

    until_us: Annotated[
        int, Meta(ge=0, le=2**62, description="Calls are taken again then; 0: when asked for.")
    ] = 0


class HoursHold(Body, frozen=True):
    """Holding opening hours open or closed."""

    open: Annotated[bool, Meta(description="Open, or closed.")]
    until_us: Annotated[
        int,
        Meta(ge=0, le=2**62, description="The timetable counts again then; 0: when asked for."),
    ] = 0


class Reload(Body, frozen=True):
    """Reading the settings again."""

    check_only: Annotated[bool, Meta(description="Say what would change, change nothing.")] = False
    force: Annotated[
        bool, Meta(description="Also settings that leave no tenants, switches, queues or agents.")
    ] = False
    flow_percent: Annotated[
        int,
        Meta(ge=1, le=100, description="Changed flows are tried on this share of their callers."),
    ] = 100


class FlowVersionChoice(Body, frozen=True):
    """Choosing a version of a flow."""

    version: Annotated[Word, Meta(description="One of the flow's `versions`.")]


class FlowTrial(FlowVersionChoice, frozen=True):
    """Trying a version of a flow on a share of its callers."""

    percent: Annotated[int, Meta(ge=1, le=99, description="Of the callers.")]


class ClockStep(Body, frozen=True):
    """Setting the centre's clock."""

    check_only: Annotated[bool, Meta(description="Say what falls due, change nothing.")] = False


# -- query parameters --------------------------------------------------------------------------


class Query(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The query parameters of a request."""


class Paging(Query, frozen=True):
    """A list in pages."""

    limit: Annotated[int, Meta(ge=1, le=PAGE_LIMIT, description="Rows at most.")] = 100
    cursor: Annotated[
        str, Meta(max_length=400, description="`next` of the page before; empty: the first page.")
    ] = ""


class AgentFilter(Paging, frozen=True):
    """Agents in pages."""

    team: Annotated[str, Meta(max_length=160, description="Only of this team.")] = ""
    queue: Annotated[str, Meta(max_length=160, description="Only who serve this queue.")] = ""
    state: Annotated[AgentState, Meta(description="Only in this state.")] | UnsetType = UNSET


class CallFilter(Paging, frozen=True):
    """Calls in pages, in the order of their arrival."""

    queue: Annotated[str, Meta(max_length=160, description="Only waiting in this queue.")] = ""
    state: (
        Annotated[
            CallState, Meta(description="Only in this state. `ended`: those still remembered.")
        ]
        | UnsetType
    ) = UNSET


class LiveFilter(Query, frozen=True):
    """What a live connection wants to hear, each a list with commas; empty: everything."""

    queues: Annotated[str, Meta(max_length=4000, description="Queue ids.")] = ""
    agents: Annotated[str, Meta(max_length=4000, description="Agent ids.")] = ""
    facts: Annotated[str, Meta(max_length=2000, description="Kinds of facts.")] = ""
