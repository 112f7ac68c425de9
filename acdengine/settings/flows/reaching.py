"""Steps that lead the call away, and the one that records the caller."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from acdengine.ivr.definition import (
    AgentStep,
    AnyStep,
    CallbackStep,
    GotoStep,
    HangupStep,
    NumberStep,
    QueueStep,
    Reach,
    RecordStep,
    TransferStep,
    VoicemailStep,
)
from acdengine.settings.compiling.ids import to_us
from acdengine.settings.flows.items import Items, defined
from acdengine.settings.flows.step import (
    Context,
    ExpressionText,
    FlowName,
    FollowedStep,
    Formula,
    Refers,
    StepName,
    StepSettings,
    TemplateText,
    VariableName,
    Way,
    Write,
)
from acdengine.settings.model import Expected, SettingsModel, refusal
from acdengine.settings.tree import Keys
from acdengine.settings.values import Cause, Name, Proficiency, Score, Seconds, SkillName

QUEUE_OUTCOMES = ("answered", "full", "no_staff", "waited", "left_queue", "failed")
DIAL_OUTCOMES = ("answered", "busy", "no_answer", "rejected", "unreachable", "refused", "failed")

EndKeys = Annotated[str, Field(pattern=r"^[0-9*#]*$", max_length=12), Expected("keys such as #")]


class ReachSettings(StepSettings):
    """What steps that lead the call away have besides."""

    waits: ClassVar[bool] = True
    #: How the call can come back.
    outcomes: ClassVar[tuple[str, ...]] = ()

    on: dict[str, StepName] = {}
    """How it ended to the step that follows."""
    next: StepName | None = None
    """The step that follows however else it ended; without one, the flow is over then."""

    def ways(self) -> Iterator[Way]:
        for outcome, to in self.on.items():
            yield Way(outcome, to, ("on", outcome))
        yield Way("next", self.next or "", ("next",))

    def reach(self) -> Reach:
        """Where the flow goes on."""
        return Reach(on=dict(self.on))


class QueueSettings(ReachSettings):
    """Wait in a queue for an agent."""

    kind: ClassVar[str] = "queue"
    outcomes: ClassVar[tuple[str, ...]] = QUEUE_OUTCOMES

    queue: Name
    """The queue."""
    skills: dict[SkillName, Proficiency] = {}
    """Skill to the proficiency that the agent needs."""
    priority: ExpressionText | None = None
    """Points of priority to add: an expression."""
    credit_s: ExpressionText | None = None
    """Seconds that count as waited already: an expression."""
    preferred: dict[str, Score] = {}
    """Agent to score: whom the call waits for first, by the queue's `preferred`."""
    while_waiting: FlowName | None = None
    """A flow that the caller goes through meanwhile, again and again; an agent's answer ends it at
    once. When it returns by a way that stands under `on`, the caller leaves the queue by it."""
    arguments: dict[VariableName, ExpressionText] = {}
    """Parameter of that flow to expression."""

    def formulas(self) -> Iterator[Formula]:
        for name in ("priority", "credit_s"):
            text: str | None = getattr(self, name)
            if text is not None:
                yield Formula(text, (name,), ("number",))
        for name, text in self.arguments.items():
            yield Formula(text, ("arguments", name), argument=name)

    def refers(self) -> Iterator[Refers]:
        yield Refers("queues", self.queue, ("queue",))
        for skill in self.skills:
            yield Refers("skills", skill, ("skills", skill))
        for agent in self.preferred:
            yield Refers("agents", agent, ("preferred", agent))

    def leads_to(self) -> tuple[str, Keys] | None:
        if self.while_waiting is None:
            return None
        return self.while_waiting, ("while_waiting",)

    def definition(self, context: Context) -> AnyStep:
        return QueueStep(
            next=self.next or "",
            queue_id=context.full_id(self.queue),
            skills=dict(self.skills),
            priority=self.priority or "",
            credit_s=self.credit_s or "",
            preferred={context.full_id(agent): score for agent, score in self.preferred.items()},
            while_waiting=context.full_id(self.while_waiting) if self.while_waiting else "",
            arguments=dict(self.arguments),
            reach=self.reach(),
        )


class AgentSettings(ReachSettings):
    """Wait for one agent, then in a queue."""

    kind: ClassVar[str] = "agent"
    outcomes: ClassVar[tuple[str, ...]] = QUEUE_OUTCOMES

    agent: str
    """The agent."""
    wait_s: Seconds = 20
    """How many seconds to wait for that agent."""
    backup: Name
    """The queue in which the call waits, open to all after `wait_s`."""

    def refers(self) -> Iterator[Refers]:
        yield Refers("agents", self.agent, ("agent",))
        yield Refers("queues", self.backup, ("backup",))

    def definition(self, context: Context) -> AnyStep:
        return AgentStep(
            next=self.next or "",
            agent_id=context.full_id(self.agent),
            wait_us=to_us(self.wait_s),
            backup_id=context.full_id(self.backup),
            reach=self.reach(),
        )


class NumberSettings(ReachSettings):
    """Dial a number outside, and come back when that is over."""

    kind: ClassVar[str] = "number"
    outcomes: ClassVar[tuple[str, ...]] = DIAL_OUTCOMES

    number: TemplateText
    """The number; `dial_allow` of the tenant holds for it."""

    def formulas(self) -> Iterator[Formula]:
        yield Formula(self.number, ("number",), is_template=True)

    def refers(self) -> Iterator[Refers]:
        yield Refers("numbers", self.number, ("number",))

    def definition(self, context: Context) -> AnyStep:
        return NumberStep(next=self.next or "", number=self.number, reach=self.reach())


class TransferTo(SettingsModel):
    """Where a call is handed over: one of `number`, `queue`, `agent` and `flow`."""

    number: TemplateText | None = None
    """A number; `dial_allow` of the tenant holds for it."""
    queue: Name | None = None
    """A queue."""
    agent: str | None = None
    """An agent, with a `backup`."""
    backup: Name | None = None
    """With `agent`: the queue in which the call waits, open to all after `wait_s`."""
    wait_s: Seconds = 20
    """With `agent`: how many seconds to wait for that agent."""
    flow: FlowName | None = None
    """Another flow."""

    @model_validator(mode="after")
    def _one_place(self) -> TransferTo:
        kinds = ("number", "queue", "agent", "flow")
        given = [kind for kind in kinds if getattr(self, kind) is not None]
        if len(given) != 1:
            raise refusal(f"says {' and '.join(given) or 'nothing'}", f"one of {', '.join(kinds)}")
        if (self.agent is None) != (self.backup is None):
            raise refusal("goes with backup alone", "agent and backup", at=(given[0],))
        return self


class TransferSettings(ReachSettings):
    """Hand the call over for good. To a number: when it answers the flow is over, and the call ends
    with that conversation; where it does not, the flow goes on by `on`. A queue, an agent and a
    flow take it over at once."""

    kind: ClassVar[str] = "transfer"
    outcomes: ClassVar[tuple[str, ...]] = DIAL_OUTCOMES[1:]

    transfer: TemplateText | TransferTo
    """A number, for which `dial_allow` of the tenant holds; or where else."""
    by: Literal["dial", "refer"] = "dial"
    """To a number. `dial`: this switch dials it and carries both. `refer`: the trunk that the call
    came in on is asked by REFER to join the two, and the call leaves this switch; only where the
    trunk group has `refer_to`, and by `refused` otherwise."""

    @model_validator(mode="after")
    def _fits(self) -> TransferSettings:
        if self._place().number is None:
            if self.by == "refer":
                raise refusal("has no meaning here", "a number", at=("by",))
            if self.on or self.next is not None:
                at = ("on",) if self.on else ("next",)
                raise refusal("comes after a transfer that does not come back", "none", at=at)
        return self

    def _place(self) -> TransferTo:
        to = self.transfer
        return to if isinstance(to, TransferTo) else TransferTo(number=to)

    def _path(self, name: str) -> Keys:
        return ("transfer", name) if isinstance(self.transfer, TransferTo) else ("transfer",)

    def ways(self) -> Iterator[Way]:
        if self._place().number is not None:
            yield from super().ways()

    def formulas(self) -> Iterator[Formula]:
        number = self._place().number
        if number is not None:
            yield Formula(number, self._path("number"), is_template=True)

    def refers(self) -> Iterator[Refers]:
        place = self._place()
        named = {"numbers": "number", "queues": "queue", "agents": "agent"}
        for kind, field in named.items():
            name: str | None = getattr(place, field)
            if name is not None:
                yield Refers(kind, name, self._path(field))
        if place.backup is not None:
            yield Refers("queues", place.backup, self._path("backup"))

    def leads_to(self) -> tuple[str, Keys] | None:
        flow = self._place().flow
        return None if flow is None else (flow, self._path("flow"))

    def definition(self, context: Context) -> AnyStep:
        place = self._place()
        if place.queue is not None:
            return QueueStep(queue_id=context.full_id(place.queue))
        if place.agent is not None:
            return AgentStep(
                agent_id=context.full_id(place.agent),
                wait_us=to_us(place.wait_s),
                backup_id=context.full_id(place.backup or ""),
            )
        if place.flow is not None:
            return GotoStep(flow_id=context.full_id(place.flow))
        return TransferStep(
            next=self.next or "",
            number=place.number or "",
            reach=self.reach(),
            by_refer=self.by == "refer",
        )


class CallbackSettings(ReachSettings):
    """Keep a place in a queue without the telephone: the caller is rung back."""

    kind: ClassVar[str] = "callback"
    outcomes: ClassVar[tuple[str, ...]] = ("placed", "refused", "failed")

    callback: Name
    """The queue; it must have `callback` settings."""
    number: TemplateText = "{caller.number}"
    """The number to ring; `dial_allow` of the tenant holds for it."""

    def formulas(self) -> Iterator[Formula]:
        yield Formula(self.number, ("number",), is_template=True)

    def refers(self) -> Iterator[Refers]:
        yield Refers("queues", self.callback, ("callback",))
        yield Refers("callbacks", self.callback, ("callback",))

    def definition(self, context: Context) -> AnyStep:
        return CallbackStep(
            next=self.next or "",
            queue_id=context.full_id(self.callback),
            number=self.number,
            reach=self.reach(),
        )


class VoicemailSettings(ReachSettings):
    """Leave a message in a box."""

    kind: ClassVar[str] = "voicemail"
    outcomes: ClassVar[tuple[str, ...]] = ("left", "empty", "failed")

    voicemail: Name
    """The box."""
    prompt: Items | None = None
    """What is played before the tone."""

    def heard(self) -> Iterator[tuple[Items, Keys]]:
        if self.prompt is not None:
            yield self.prompt, ("prompt",)

    def definition(self, context: Context) -> AnyStep:
        return VoicemailStep(
            next=self.next or "",
            box=context.full_id(self.voicemail),
            prompt=defined(self.prompt),
            reach=self.reach(),
        )


class RecordSettings(FollowedStep):
    """Record the caller."""

    kind: ClassVar[str] = "record"
    hears: ClassVar[bool] = True
    waits: ClassVar[bool] = True

    record: VariableName
    """Text variable that takes the name of the file."""
    prompt: Items | None = None
    """What is played before the tone."""
    seconds: VariableName | None = None
    """Number variable that takes the length."""
    max_s: Annotated[float, Field(ge=1, le=3_600)] = 60
    """The longest recording."""
    silence_s: Annotated[float, Field(ge=0, le=60)] = 5
    """Silence that ends it; 0: none does."""
    end_keys: EndKeys = "#"
    """Keys that end it."""
    beep: bool = True
    """Whether there is a tone before it."""
    empty: StepName | None = None
    """Where callers go who said nothing; the flow's `otherwise`, when not given."""

    def heard(self) -> Iterator[tuple[Items, Keys]]:
        if self.prompt is not None:
            yield self.prompt, ("prompt",)

    def ways(self) -> Iterator[Way]:
        yield from super().ways()
        if self.empty is not None:
            yield Way("empty", self.empty, ("empty",))

    def writes(self) -> Iterator[Write]:
        yield Write(self.record, ("record",), ("text",), ("empty",))
        if self.seconds is not None:
            yield Write(self.seconds, ("seconds",), ("number",), ("empty",))

    def definition(self, context: Context) -> AnyStep:
        return RecordStep(
            next=context.to(self.next),
            prompt=defined(self.prompt),
            save=self.record,
            seconds=self.seconds or "",
            max_us=to_us(self.max_s),
            silence_us=to_us(self.silence_s),
            end_keys=self.end_keys,
            beep=self.beep,
            empty=self.empty or "",
        )


class HangupSettings(StepSettings):
    """Hang up."""

    kind: ClassVar[str] = "hangup"
    waits: ClassVar[bool] = True

    hangup: Cause = "normal"
    """What the caller's network is told."""
    prompt: Items | None = None
    """What is played before."""

    def heard(self) -> Iterator[tuple[Items, Keys]]:
        if self.prompt is not None:
            yield self.prompt, ("prompt",)

    def definition(self, context: Context) -> AnyStep:
        return HangupStep(cause=self.hangup, prompt=defined(self.prompt))
