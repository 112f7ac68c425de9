"""A flow as the interpreter takes it: checked, complete, in integers and microseconds.

`acdengine.settings.flows` makes a definition from YAML. Steps are named; a step without a `next`
goes to the one that the loader found behind it, so that `next` is always given here, and empty only
where nothing may follow. Expressions and templates are kept as they were written: they are compiled
by `acdengine.ivr.program`, and a definition stays data that a journal can hold.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from msgspec import Struct, field

from acdengine.ivr.expressions.values import Kind, Value
from queues.policy import SECOND_US

LANGUAGE_VERSION: Final = 1

SayAs = Literal[
    "number", "ordinal", "digits", "date", "time", "datetime", "duration", "money", "telephone",
    "spelled",
]  # fmt: skip
Gender = Literal["", "masculine", "feminine", "neuter"]
Sensitive = Literal["", "card", "pin", "any"]
AgentChange = Literal["sign_in", "ready", "not_ready", "sign_out", "hear"]


class Prompt(Struct, frozen=True, tag="prompt"):
    """A prompt by its name (a template), in the language that the call has then."""

    name: str


class Speech(Struct, frozen=True, tag="text"):
    """A text (a template) to be spoken, by language; the empty language stands for any."""

    texts: dict[str, str]


class Say(Struct, frozen=True, tag="say"):
    """A value spoken as what it is."""

    value: str
    as_: SayAs
    gender: Gender = ""
    currency: str = ""


Item: TypeAlias = Prompt | Speech | Say
Items: TypeAlias = tuple[Item, ...]


class Retry(Struct, frozen=True, kw_only=True):
    """What follows when a caller types nothing, or what was not asked for."""

    #: So often the caller is asked again.
    tries: int = 2
    #: What is played first, by how often it has happened; the last one for all further times.
    prompts: tuple[Items, ...] = ()
    #: Whether the step's own prompt is played again after it.
    repeat: bool = True
    #: The way out when the tries are used up; empty: the flow's `otherwise`.
    then: str = ""


class Listening(Struct, frozen=True, kw_only=True):
    """How keys are waited for: what a menu and a collection have in common."""

    prompt: Items = ()
    barge_in: bool = True
    #: Keys pressed before the step are taken; without, they are dropped.
    type_ahead: bool = True
    first_digit_us: int = 5 * SECOND_US
    inter_digit_us: int = 3 * SECOND_US
    noinput: Retry = Retry()
    nomatch: Retry = Retry()
    #: What may be said in place of keys, each phrase with the keys that it stands for.
    phrases: dict[str, str] = field(default_factory=dict)


class Confirmation(Struct, frozen=True, kw_only=True):
    """The caller hears what was understood, and accepts it by a key or types it again."""

    say: SayAs = "digits"
    before: Items = ()
    after: Items = ()
    accept: str = "1"
    again: str = "2"
    tries: int = 3
    #: The way out when it was never accepted; empty: the flow's `otherwise`.
    then: str = ""
    #: Phrases to the two keys.
    phrases: dict[str, str] = field(default_factory=dict)


class Step(Struct, frozen=True, kw_only=True, tag=True):
    """What all steps have: the one that follows."""

    next: str = ""


class PlayStep(Step, frozen=True, kw_only=True, tag="play"):
    """Play prompts, one after the other."""

    items: Items
    barge_in: bool = True
    #: Whether a key that stops the prompt is kept for the step behind.
    type_ahead: bool = True


class LanguageStep(Step, frozen=True, kw_only=True, tag="language"):
    """Go on in another language."""

    language: str


class MusicStep(Step, frozen=True, kw_only=True, tag="music"):
    """Have music from here on; empty: silence."""

    music: str


class WaitStep(Step, frozen=True, kw_only=True, tag="wait"):
    """Wait, with the music that there is."""

    time_us: int


class MenuStep(Step, frozen=True, kw_only=True, tag="menu"):
    """Keys to steps. A key may be a pattern, `2XX`; the longest one that fits is taken."""

    listening: Listening
    keys: dict[str, str]
    #: Variable that takes the keys pressed.
    save: str = ""
    #: How long a further key is waited for when what was typed fits and a longer one could.
    ambiguity_us: int = 2 * SECOND_US


class CollectStep(Step, frozen=True, kw_only=True, tag="collect"):
    """Take digits into a variable."""

    listening: Listening
    save: str
    least: int = 1
    most: int = 32
    terminators: str = "#"
    #: Patterns of which the digits must fit one; empty: any digits.
    patterns: tuple[str, ...] = ()
    check: Literal["", "luhn"] = ""
    confirm: Confirmation | None = None
    sensitive: Sensitive = ""
    #: Of sensitive digits: the variable that takes them with all but the last so many hidden.
    shown: str = ""
    shown_digits: int = 0


class SurveyStep(Step, frozen=True, kw_only=True, tag="survey"):
    """Ask one question of a survey; the key pressed, 1 to `scale`, becomes a fact. A caller who
    does not answer goes on with the next step."""

    listening: Listening
    survey: str
    question: str
    scale: int = 5


class Case(Struct, frozen=True):
    """One way of a decision."""

    value: Value
    then: str


class IfStep(Step, frozen=True, kw_only=True, tag="if"):
    """A condition and its two ways."""

    condition: str
    then: str
    otherwise: str


class SwitchStep(Step, frozen=True, kw_only=True, tag="switch"):
    """A value and the ways that it leads; `next` for any other value."""

    value: str
    cases: tuple[Case, ...]


class SetStep(Step, frozen=True, kw_only=True, tag="set"):
    """Variables to expressions, worked out in order."""

    values: dict[str, str]


class HoursStep(Step, frozen=True, kw_only=True, tag="hours"):
    """Opening hours, by their full id; `next_open` takes the next opening, in seconds since
    1970."""

    hours_id: str
    open: str
    closed: str
    next_open: str = ""


class LookupStep(Step, frozen=True, kw_only=True, tag="lookup"):
    """The customer of a number; what is known goes into `customer.*`."""

    number: str
    found: str
    unknown: str


class QueueStateStep(Step, frozen=True, kw_only=True, tag="queue_state"):
    """What a queue is like now, into variables."""

    queue_id: str
    waiting: str = ""
    estimate_s: str = ""
    staff: str = ""
    service_level: str = ""


class ShareStep(Step, frozen=True, kw_only=True, tag="split"):
    """Callers by share, in percent; the same caller always the same way."""

    name: str
    shares: tuple[tuple[int, str], ...]


class Reach(Struct, frozen=True, kw_only=True):
    """What steps that lead a call away have in common: where it goes on when it comes back."""

    #: How it ended to the step that follows. Where there is none, the flow is over.
    on: dict[str, str] = field(default_factory=dict)


class QueueStep(Step, frozen=True, kw_only=True, tag="queue"):
    """Wait in a queue for an agent."""

    queue_id: str
    skills: dict[str, int] = field(default_factory=dict)
    #: Points to add, as an expression.
    priority: str = ""
    #: Seconds that count as waited already, as an expression.
    credit_s: str = ""
    #: Agent id to score.
    preferred: dict[str, int] = field(default_factory=dict)
    #: Flow that the caller goes through while waiting.
    while_waiting: str = ""
    arguments: dict[str, str] = field(default_factory=dict)
    reach: Reach = Reach()


class AgentStep(Step, frozen=True, kw_only=True, tag="agent"):
    """Wait for one agent, then in the queue `backup_id`."""

    agent_id: str
    wait_us: int
    backup_id: str
    reach: Reach = Reach()


class NumberStep(Step, frozen=True, kw_only=True, tag="number"):
    """Dial a number (a template), and come back when that is over."""

    number: str
    reach: Reach = Reach()


class TransferStep(Step, frozen=True, kw_only=True, tag="transfer"):
    """Hand the call over to a number (a template) for good: the flow is over when it answers."""

    number: str
    reach: Reach = Reach()
    by_refer: bool = False


class CallbackStep(Step, frozen=True, kw_only=True, tag="callback"):
    """Keep a place in a queue and be rung back on a number (a template)."""

    queue_id: str
    number: str
    reach: Reach = Reach()


class VoicemailStep(Step, frozen=True, kw_only=True, tag="voicemail"):
    """Leave a message in a box."""

    box: str
    prompt: Items = ()
    reach: Reach = Reach()


class RecordStep(Step, frozen=True, kw_only=True, tag="record"):
    """Record the caller; `save` takes the name of the file."""

    prompt: Items = ()
    save: str = ""
    seconds: str = ""
    max_us: int = 60 * SECOND_US
    silence_us: int = 5 * SECOND_US
    end_keys: str = "#"
    beep: bool = True
    #: When nothing was said.
    empty: str = ""


class HangupStep(Step, frozen=True, kw_only=True, tag="hangup"):
    """Hang up, after an announcement where there is one."""

    cause: str = "normal"
    prompt: Items = ()


class HttpStep(Step, frozen=True, kw_only=True, tag="http"):
    """Ask a system over HTTP. Templates: the address, headers, and the values of `data` that are
    given as texts."""

    url: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: Literal["", "json", "form"] = ""
    #: Field to expression, or to the name of a secret variable.
    data: dict[str, str] = field(default_factory=dict)
    #: Variable to where its value stands in the answer: `order.items.0.name`.
    save: dict[str, str] = field(default_factory=dict)
    connect_us: int = 2 * SECOND_US
    total_us: int = 5 * SECOND_US
    retries: int = 0
    limit_bytes: int = 65_536
    idempotency_key: str = ""
    filler: Items = ()
    filler_after_us: int = SECOND_US
    #: Status, or `4xx`, to step.
    on_status: dict[str, str] = field(default_factory=dict)
    #: Any error: `timeout`, `unreachable`, `refused`, `too_large`, `invalid`, `status`.
    on_error: str = ""


class AgiStep(Step, frozen=True, kw_only=True, tag="agi"):
    """Run an AGI script: `agi://host/script`, or a file of the configured folders."""

    script: str
    arguments: tuple[str, ...] = ()
    #: Variable of the flow to channel variable that the script has set.
    save: dict[str, str] = field(default_factory=dict)
    total_us: int = 300 * SECOND_US
    on_error: str = ""


class AgentPinStep(Step, frozen=True, kw_only=True, tag="agent_pin"):
    """Check the PIN of an agent's number (a template); the caller is that agent from then on."""

    #: The secret variable.
    pin: str
    number: str
    #: Where callers go whose PIN is wrong, and who may not try at present.
    refused: str = ""
    locked: str = ""


class AgentStateStep(Step, frozen=True, kw_only=True, tag="agent_state"):
    """What the agent who calls wants to be; `hear` changes nothing."""

    change: AgentChange
    reason: str = ""
    #: A sign-in: at the telephone that calls, else at the agent's usual one.
    is_here: bool = True
    refused: str = ""


class WebhookStep(Step, frozen=True, kw_only=True, tag="webhook"):
    """Tell a system something, without waiting for its answer."""

    url: str
    data: dict[str, str] = field(default_factory=dict)


class LogStep(Step, frozen=True, kw_only=True, tag="log"):
    """Write a line (a template) into the log."""

    message: str
    level: Literal["debug", "info", "warning"] = "info"


class TagStep(Step, frozen=True, kw_only=True, tag="tag"):
    """Names to values (expressions) for the facts and the agent's screen."""

    tags: dict[str, str]


class CallStep(Step, frozen=True, kw_only=True, tag="call"):
    """Go through another flow and come back."""

    flow_id: str
    arguments: dict[str, str] = field(default_factory=dict)
    #: Variable here to variable there.
    save: dict[str, str] = field(default_factory=dict)
    #: Named way in which the other flow returned to step.
    on: dict[str, str] = field(default_factory=dict)


class GotoStep(Step, frozen=True, kw_only=True, tag="goto"):
    """Go on in another flow, and do not come back to this one."""

    flow_id: str
    arguments: dict[str, str] = field(default_factory=dict)


class ReturnStep(Step, frozen=True, kw_only=True, tag="return"):
    """Go back to the flow that called this one; `way` names how."""

    way: str = ""


AnyStep: TypeAlias = (
    PlayStep
    | LanguageStep
    | MusicStep
    | WaitStep
    | MenuStep
    | CollectStep
    | SurveyStep
    | IfStep
    | SwitchStep
    | SetStep
    | HoursStep
    | LookupStep
    | QueueStateStep
    | ShareStep
    | QueueStep
    | AgentStep
    | NumberStep
    | TransferStep
    | CallbackStep
    | VoicemailStep
    | RecordStep
    | HangupStep
    | HttpStep
    | AgiStep
    | AgentPinStep
    | AgentStateStep
    | WebhookStep
    | LogStep
    | TagStep
    | CallStep
    | GotoStep
    | ReturnStep
)


class Budget(Struct, frozen=True, kw_only=True):
    """What a caller may use up in a flow and the flows that it calls, waiting in queues and
    conversations apart."""

    time_us: int = 900 * SECOND_US
    steps: int = 1_000
    #: Steps in a row that wait for nothing.
    silent_steps: int = 100


class Variable(Struct, frozen=True):
    """A variable of a flow: its type, and what it is worth at the beginning."""

    kind: Kind
    initial: Value = None


class FlowDefinition(Struct, frozen=True, kw_only=True):
    """One flow, `tenant/name`."""

    flow_id: str
    first: str
    steps: dict[str, AnyStep]
    languages: tuple[str, ...] = ("en",)
    variables: dict[str, Variable] = field(default_factory=dict)
    #: Variables that whoever starts the flow may set; those without a value at the beginning must
    #: be set.
    parameters: tuple[str, ...] = ()
    budget: Budget = Budget()
    #: The zone in which dates and times are said: see `routing.policy.Hours`.
    offsets: tuple[tuple[int, int], ...] = ((-(2**62), 0),)
    #: Where callers go who have used up their tries or the budget, and whose step says nothing of
    #: it; empty: they are hung up.
    otherwise: str = ""
    #: Where callers go who were in the flow when all was lost but the call itself; empty: to the
    #: first step.
    after_loss: str = ""
