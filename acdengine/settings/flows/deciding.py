"""Steps that decide."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from acdengine.ivr.definition import (
    AnyStep,
    Case,
    HoursStep,
    IfStep,
    LookupStep,
    QueueStateStep,
    SetStep,
    ShareStep,
    SwitchStep,
)
from acdengine.ivr.expressions.values import Value, as_number
from acdengine.settings.flows.step import (
    Context,
    ExpressionText,
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
from acdengine.settings.model import SettingsModel, refusal
from acdengine.settings.values import Name

Percent = Annotated[int, Field(ge=0, le=100)]


class IfSettings(StepSettings):
    """A condition and its two ways."""

    kind: ClassVar[str] = "if"

    if_: Annotated[ExpressionText, Field(alias="if")]
    """The condition; a missing value is false."""
    then: StepName | None = None
    """Where it holds; the step behind, when not given."""
    else_: Annotated[StepName | None, Field(alias="else")] = None
    """Where it does not; the step behind, when not given."""

    def ways(self) -> Iterator[Way]:
        yield Way("then", self.then, ("then",))
        yield Way("else", self.else_, ("else",))

    def formulas(self) -> Iterator[Formula]:
        yield Formula(self.if_, ("if",), ("flag",))

    def definition(self, context: Context) -> AnyStep:
        return IfStep(
            condition=self.if_,
            then=context.to(self.then),
            otherwise=context.to(self.else_),
        )


class SwitchSettings(StepSettings):
    """A value and the ways that it leads."""

    kind: ClassVar[str] = "switch"

    switch: ExpressionText
    """The value: a text, a number or a flag."""
    cases: Annotated[dict[str, StepName], Field(min_length=1)]
    """Value to step."""
    else_: Annotated[StepName | None, Field(alias="else")] = None
    """For any other value; the step behind, when not given."""

    def ways(self) -> Iterator[Way]:
        for value, to in self.cases.items():
            yield Way(f"case {value}", to, ("cases", value))
        yield Way("else", self.else_, ("else",))

    def formulas(self) -> Iterator[Formula]:
        yield Formula(self.switch, ("switch",), ("text", "number", "flag"))

    def cases_of(self, kind: str) -> Iterator[Case]:
        """The cases, their values of the type that the expression has; those that cannot be of it
        are left out."""
        for text, to in self.cases.items():
            value: Value = text
            if kind == "number":
                value = as_number(text)
            elif kind == "flag":
                value = {"true": True, "false": False}.get(text)
            if value is not None:
                yield Case(value, to)

    def definition(self, context: Context) -> AnyStep:
        cases = tuple(self.cases_of(context.kind_of(self.switch)))
        return SwitchStep(next=context.to(self.else_), value=self.switch, cases=cases)


class SetSettings(FollowedStep):
    """Work out variables, one after the other."""

    kind: ClassVar[str] = "set"

    set_: Annotated[dict[VariableName, ExpressionText], Field(alias="set", min_length=1)]
    """Variable to expression."""

    def formulas(self) -> Iterator[Formula]:
        for name, text in self.set_.items():
            yield Formula(text, ("set", name), sets=name)

    def writes(self) -> Iterator[Write]:
        for name in self.set_:
            yield Write(name, ("set", name), ())

    def definition(self, context: Context) -> AnyStep:
        return SetStep(next=context.to(self.next), values=dict(self.set_))


class HoursSettings(StepSettings):
    """Whether it is open now."""

    kind: ClassVar[str] = "hours"

    hours: Name
    """Opening hours of the tenant."""
    open: StepName | None = None
    """Where it is open; the step behind, when not given."""
    closed: StepName | None = None
    """Where it is closed; the step behind, when not given."""
    next_open: VariableName | None = None
    """Number variable that takes the time of the next opening, to be said as `datetime`."""

    def ways(self) -> Iterator[Way]:
        yield Way("open", self.open, ("open",))
        yield Way("closed", self.closed, ("closed",))

    def writes(self) -> Iterator[Write]:
        if self.next_open is not None:
            yield Write(self.next_open, ("next_open",), ("number",))

    def refers(self) -> Iterator[Refers]:
        yield Refers("hours", self.hours, ("hours",))

    def definition(self, context: Context) -> AnyStep:
        return HoursStep(
            hours_id=context.full_id(self.hours),
            open=context.to(self.open),
            closed=context.to(self.closed),
            next_open=self.next_open or "",
        )


class LookupSettings(StepSettings):
    """Find the customer of a number; `customer.name` and so on are then of that customer."""

    kind: ClassVar[str] = "lookup"

    lookup: TemplateText
    """The number, such as `{caller.number}`."""
    found: StepName | None = None
    """Where there is one; the step behind, when not given."""
    unknown: StepName | None = None
    """Where there is none; the step behind, when not given."""

    def ways(self) -> Iterator[Way]:
        yield Way("found", self.found, ("found",))
        yield Way("unknown", self.unknown, ("unknown",))

    def formulas(self) -> Iterator[Formula]:
        yield Formula(self.lookup, ("lookup",), is_template=True)

    def definition(self, context: Context) -> AnyStep:
        return LookupStep(
            number=self.lookup, found=context.to(self.found), unknown=context.to(self.unknown)
        )


class QueueStateSave(SettingsModel):
    """Number variables that take what a queue is like."""

    waiting: VariableName | None = None
    """Calls that wait."""
    estimate_s: VariableName | None = None
    """The estimated wait in seconds; missing where none can be told."""
    staff: VariableName | None = None
    """Agents who work there."""
    service_level: VariableName | None = None
    """The service level, 0 to 1; missing where none can be told."""


class QueueStateSettings(FollowedStep):
    """What a queue is like now, into variables."""

    kind: ClassVar[str] = "queue_state"

    queue_state: Name
    """The queue."""
    save: QueueStateSave
    """What goes where."""

    def writes(self) -> Iterator[Write]:
        for name in QueueStateSave.model_fields:
            variable: str | None = getattr(self.save, name)
            if variable is not None:
                yield Write(variable, ("save", name), ("number",))

    def refers(self) -> Iterator[Refers]:
        yield Refers("queues", self.queue_state, ("queue_state",))

    def definition(self, context: Context) -> AnyStep:
        return QueueStateStep(
            next=context.to(self.next),
            queue_id=context.full_id(self.queue_state),
            waiting=self.save.waiting or "",
            estimate_s=self.save.estimate_s or "",
            staff=self.save.staff or "",
            service_level=self.save.service_level or "",
        )


class ShareSettings(StepSettings):
    """Part callers by share; the same caller always goes the same way."""

    kind: ClassVar[str] = "split"

    shares: Annotated[dict[StepName, Percent], Field(alias="split", min_length=1)]
    """Step to percent of the callers."""
    by: Name | None = None
    """Steps of the same name here part callers alike; the flow's and the step's, when not given."""
    else_: Annotated[StepName | None, Field(alias="else")] = None
    """Where the rest goes; the step behind, when not given."""

    @model_validator(mode="after")
    def _at_most_all(self) -> ShareSettings:
        total = sum(self.shares.values())
        if total > 100:
            raise refusal(f"shares out {total} percent", "100 at the most", at=("split",))
        return self

    def ways(self) -> Iterator[Way]:
        for to in self.shares:
            yield Way(f"to {to}", to, ("split", to))
        if sum(self.shares.values()) < 100:
            yield Way("else", self.else_, ("else",))

    def definition(self, context: Context) -> AnyStep:
        return ShareStep(
            next=context.to(self.else_),
            name=self.by or f"{context.flow}/{context.step}",
            shares=tuple((percent, to) for to, percent in self.shares.items()),
        )
