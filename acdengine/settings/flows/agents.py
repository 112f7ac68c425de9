"""Steps for agents who call: their PIN, and what they want to be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import model_validator

from acdengine.ivr.definition import AgentChange, AgentPinStep, AgentStateStep, AnyStep
from acdengine.settings.flows.step import (
    Context,
    FollowedStep,
    Formula,
    Refers,
    StepName,
    TemplateText,
    VariableName,
    Way,
)
from acdengine.settings.model import refusal
from acdengine.settings.values import Name


class AgentPinSettings(FollowedStep):
    """Check the PIN of an agent who calls. When it is right, `agent.name` and so on say who calls,
    and `agent_state` can change that agent's state. Only agents of the flow's tenant are known."""

    kind: ClassVar[str] = "agent_pin"
    waits: ClassVar[bool] = True

    agent_pin: VariableName
    """The secret variable with the PIN."""
    number: TemplateText
    """The agent's number, such as `{number}`."""
    refused: StepName | None = None
    """Where callers go whose PIN is wrong, or whose number no agent has; the flow's `otherwise`,
    when not given."""
    locked: StepName | None = None
    """Where callers go when too many PINs of the agent, or from the telephone, were wrong; as
    `refused`, when not given."""

    def formulas(self) -> Iterator[Formula]:
        yield Formula(self.agent_pin, ("agent_pin",), ("secret",), secret=True)
        yield Formula(self.number, ("number",), is_template=True)

    def ways(self) -> Iterator[Way]:
        yield from super().ways()
        for name, to in (("refused", self.refused), ("locked", self.locked)):
            if to is not None:
                yield Way(name, to, (name,))

    def definition(self, context: Context) -> AnyStep:
        return AgentPinStep(
            next=context.to(self.next),
            pin=self.agent_pin,
            number=self.number,
            refused=self.refused or "",
            locked=self.locked or "",
        )


class AgentStateSettings(FollowedStep):
    """Change the state of the agent whose PIN the caller has typed. `agent.state` and
    `agent.reason` are then as they are now."""

    kind: ClassVar[str] = "agent_state"

    agent_state: AgentChange
    """`sign_in`, `ready`, `not_ready`, `sign_out`; `hear` changes nothing."""
    reason: Name | None = None
    """With `not_ready`: one of the tenant's `not_ready_reasons`."""
    telephone: Literal["this", "usual"] = "this"
    """With `sign_in`: at the telephone that calls, which must be one of the tenant's, or at the
    agent's usual one."""
    refused: StepName | None = None
    """Where callers go when it is not possible; the flow's `otherwise`, when not given."""

    @model_validator(mode="after")
    def _fits(self) -> AgentStateSettings:
        is_break = self.agent_state == "not_ready"
        if is_break and self.reason is None:
            raise refusal("says no reason", "reason", at=("agent_state",))
        if not is_break and self.reason is not None:
            raise refusal("has no meaning here", "it with not_ready", at=("reason",))
        if self.agent_state != "sign_in" and "telephone" in self.model_fields_set:
            raise refusal("has no meaning here", "it with sign_in", at=("telephone",))
        return self

    def ways(self) -> Iterator[Way]:
        yield from super().ways()
        if self.refused is not None:
            yield Way("refused", self.refused, ("refused",))

    def refers(self) -> Iterator[Refers]:
        if self.reason is not None:
            yield Refers("reasons", self.reason, ("reason",))

    def definition(self, context: Context) -> AnyStep:
        return AgentStateStep(
            next=context.to(self.next),
            change=self.agent_state,
            reason=self.reason or "",
            is_here=self.telephone == "this",
            refused=self.refused or "",
        )
