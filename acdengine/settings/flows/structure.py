"""Steps that lead from flow to flow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from acdengine.ivr.definition import AnyStep, CallStep, GotoStep, ReturnStep
from acdengine.settings.flows.step import (
    Context,
    ExpressionText,
    FlowName,
    FollowedStep,
    Formula,
    StepName,
    StepSettings,
    VariableName,
    Way,
    Write,
)
from acdengine.settings.tree import Keys
from acdengine.settings.values import Name


class CallSettings(FollowedStep):
    """Go through another flow and come back."""

    kind: ClassVar[str] = "call"

    call: FlowName
    """The flow."""
    arguments: dict[VariableName, ExpressionText] = {}
    """Its parameters to expressions."""
    save: dict[VariableName, VariableName] = {}
    """Variable of this flow to variable of that flow whose value it takes."""
    on: dict[Name, StepName] = {}
    """Way in which that flow returned to the step that follows; `next` for any other."""

    def formulas(self) -> Iterator[Formula]:
        for name, text in self.arguments.items():
            yield Formula(text, ("arguments", name), argument=name)

    def ways(self) -> Iterator[Way]:
        yield from super().ways()
        for way, to in self.on.items():
            yield Way(way, to, ("on", way))

    def writes(self) -> Iterator[Write]:
        for name, there in self.save.items():
            yield Write(name, ("save", name), (), result=there)

    def leads_to(self) -> tuple[str, Keys] | None:
        return self.call, ("call",)

    def definition(self, context: Context) -> AnyStep:
        return CallStep(
            next=context.to(self.next),
            flow_id=context.full_id(self.call),
            arguments=dict(self.arguments),
            save=dict(self.save),
            on=dict(self.on),
        )


class GotoSettings(StepSettings):
    """Go on in another flow, and do not come back to this one."""

    kind: ClassVar[str] = "goto"

    goto: FlowName
    """The flow."""
    arguments: dict[VariableName, ExpressionText] = {}
    """Its parameters to expressions."""

    def formulas(self) -> Iterator[Formula]:
        for name, text in self.arguments.items():
            yield Formula(text, ("arguments", name), argument=name)

    def leads_to(self) -> tuple[str, Keys] | None:
        return self.goto, ("goto",)

    def definition(self, context: Context) -> AnyStep:
        return GotoStep(flow_id=context.full_id(self.goto), arguments=dict(self.arguments))


class ReturnSettings(StepSettings):
    """Go back to the flow that called this one."""

    kind: ClassVar[str] = "return"

    return_: Annotated[Name | None, Field(alias="return")] = None
    """By which way, as the other flow's `on` names it; nothing: by its `next`."""

    def definition(self, context: Context) -> AnyStep:
        return ReturnStep(way=self.return_ or "")
