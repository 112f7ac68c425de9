"""Files of test cases for a flow: what happens to a caller, and what is expected of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, model_validator

from acdengine.settings.flows.step import FlowName, VariableName
from acdengine.settings.model import Expected, SettingsModel, refusal
from acdengine.settings.values import CallerNumber

Keys = Annotated[str, Field(pattern=r"^[0-9*#]{1,64}$"), Expected("keys such as 12#, or an action")]
AgentDigits = Annotated[str, Field(pattern=r"^[0-9]{1,32}$"), Expected("digits such as 1001")]
Moment = Annotated[float, Field(ge=0, le=10_000_000)]


class ActionSettings(SettingsModel):
    """One thing that happens: exactly one of `press`, `say`, `silence`, `speak_s`, `hang_up`,
    `agent_answers` and `outcome`. They are done one after the other, each when the flow waits for
    such a thing."""

    press: Keys | None = None
    """Keys, pressed where the flow listens."""
    say: str | None = None
    """A phrase, said where the flow listens."""
    silence: Literal[True] | None = None
    """Nothing is typed where the flow listens."""
    speak_s: Moment | None = None
    """So many seconds are spoken into a recording; 0: nothing."""
    hang_up: Literal[True] | None = None
    """The caller hangs up where the flow listens."""
    agent_answers: Literal[True] | None = None
    """An agent takes the call that waits in a queue, and talks."""
    outcome: str | None = None
    """How the call comes back from where it was sent."""
    after_s: Moment = 0.5
    """So long after it is waited for."""
    at_s: Moment | None = None
    """With `press` and `hang_up`: at this time of the call, whatever the flow does then."""
    talk_s: Moment = 60
    """With `agent_answers`: the length of the conversation; the agent ends it."""

    @model_validator(mode="after")
    def _one_action(self) -> ActionSettings:
        kinds = ("press", "say", "silence", "speak_s", "hang_up", "agent_answers", "outcome")
        given = [kind for kind in kinds if getattr(self, kind) is not None]
        if len(given) != 1:
            raise refusal(f"says {' and '.join(given) or 'nothing'}", f"one of {', '.join(kinds)}")
        if self.at_s is not None and given[0] not in ("press", "hang_up"):
            raise refusal("has no meaning here", "it with press or hang_up", at=("at_s",))
        return self


class CustomerCase(SettingsModel):
    """The customer that the caller is."""

    id: str = "customer"
    name: str = ""
    vip: int = 0
    blacklisted: bool = False


class QueueCase(SettingsModel):
    """What a queue is like."""

    waiting: int = 0
    estimate_s: float | None = None
    staff: int = 1
    service_level: float | None = None


class AgentCase(SettingsModel):
    """An agent who calls."""

    name: str = "agent"
    """The name that people read."""
    pin: Annotated[str, Field(pattern=r"^[0-9]{4,12}$"), Expected("4 to 12 digits")] = "0000"
    """The PIN."""
    state: Literal["logged_out", "ready", "not_ready", "ringing", "talking", "wrap_up"] = (
        "logged_out"
    )
    """The state when the call comes."""
    reason: str = ""
    """With `not_ready`: why."""
    locked: bool = False
    """Too many PINs were wrong already."""
    problem: str = ""
    """Why no change of the state is possible."""


class HttpCase(SettingsModel):
    """What a system answers; the answers are given in order."""

    status: Annotated[int, Field(ge=100, le=599)] = 200
    """The status."""
    json_: Annotated[Any, Field(alias="json")] = None
    """The body, as JSON."""
    body: str | None = None
    """The body, as it is."""
    problem: Literal["timeout", "unreachable", "refused", "too_large", "invalid"] | None = None
    """There is no answer, for this reason."""
    after_s: Moment = 0.1
    """How long it takes."""


class ScriptCase(SettingsModel):
    """How an AGI script ends; the answers are given in order."""

    status: Literal["success", "failure", "notfound", "hangup", "timeout"] = "success"
    variables: dict[str, str] = {}
    after_s: Moment = 0.1


class RequestExpected(SettingsModel):
    """A request that the flow makes of a system."""

    url: str | None = None
    method: str | None = None
    data: dict[str, Any] | None = None
    """Fields of the body; those that are kept secret are not among them."""
    secret: list[str] | None = None
    """Fields of the body whose values are kept secret."""


class ExpectSettings(SettingsModel):
    """What is expected; what is not given may be anything."""

    hears: list[str] | None = None
    """What is played, in this order; other things may come between. Prompts by name, texts as they
    are, values as in `money 12.5 EUR`."""
    hears_exactly: list[str] | None = None
    """All that is played."""
    never_hears: list[str] | None = None
    """What is not played."""
    language: str | None = None
    """The caller's language at the end."""
    ways: list[str] | None = None
    """Steps with the ways out that are taken, such as `choose key 1`, in this order; others may
    come between."""
    variables: dict[VariableName, Any] | None = None
    """What variables of the flow are worth at the end, or were when it ended."""
    queue: str | None = None
    """The queue that the call was sent to last."""
    priority: int | None = None
    """The points of priority that it was given there."""
    skills: dict[str, int] | None = None
    """The skills that were asked for there."""
    goes_to: str | None = None
    """Where the call was sent last: `queue sales`, `agent ann`, `number +49301`, `voicemail main`,
    `callback sales`."""
    ends: str | None = None
    """How the flow ended: `hung up`, `caller hung up`, `returned`, or how the call came back from
    where it was sent; `waits` where it has not ended."""
    agents: dict[AgentDigits, str] | None = None
    """Numbers of agents to their states at the end, such as `ready` and `not_ready break`."""
    tags: dict[str, str] | None = None
    """What the call was tagged with."""
    scores: dict[str, int] | None = None
    """Question of a survey to answer."""
    requests: list[RequestExpected] | None = None
    """What systems were asked, in order."""


class CaseSettings(SettingsModel):
    """One caller."""

    name: str
    """What the case shows."""
    at: AwareDatetime | None = None
    """When the call comes."""
    caller: CallerNumber | Literal[""] = "+4930100200"
    """The caller's number; empty: withheld."""
    dialled: str = "+49800100"
    """The number dialled."""
    arguments: dict[VariableName, Any] = {}
    """Parameters of the flow."""
    customer: CustomerCase | None = None
    """The customer that the caller is; none, when not given."""
    hours: dict[str, Literal["open", "closed"]] = {}
    """Opening hours that are open or closed, whatever the time."""
    queues: dict[str, QueueCase] = {}
    """What queues are like."""
    agents: dict[AgentDigits, AgentCase] = {}
    """Agents by the numbers that they type."""
    http: list[HttpCase] = []
    """What systems answer."""
    scripts: list[ScriptCase] = []
    """How AGI scripts end."""
    does: list[Keys | ActionSettings] = []
    """What happens, in order; a text is keys that are pressed."""
    expect: ExpectSettings = ExpectSettings()
    """What is expected."""


class CaseFile(SettingsModel):
    """Test cases of one flow; the file's name ends in `.test.yaml`."""

    tests: FlowName
    """The flow."""
    at: AwareDatetime = datetime.fromisoformat("2026-12-01T10:00:00+00:00")
    """When the calls come, where a case says nothing else."""
    cases: Annotated[list[CaseSettings], Field(min_length=1)]
    """The cases."""
