"""Steps that lead the call away, and the one that records the caller."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from acdengine.ivr.definition import (
    AgentStep,
    AnyStep,
    CallbackStep,
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
from acdengine.settings.model import Expected
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


class TransferSettings(ReachSettings):
    """Hand the call over to a number for good: when it answers the flow is over, and the call ends
    with that conversation. To a queue or an agent a call is handed over by `queue` and `agent`."""

    kind: ClassVar[str] = "transfer"
    outcomes: ClassVar[tuple[str, ...]] = DIAL_OUTCOMES[1:]

    transfer: TemplateText
    """The number; `dial_allow` of the tenant holds for it."""

    def formulas(self) -> Iterator[Formula]:
        yield Formula(self.transfer, ("transfer",), is_template=True)

    def refers(self) -> Iterator[Refers]:
        yield Refers("numbers", self.transfer, ("transfer",))

    def definition(self, context: Context) -> AnyStep:
        return TransferStep(next=self.next or "", number=self.transfer, reach=self.reach())


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
