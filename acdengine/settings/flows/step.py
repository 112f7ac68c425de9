"""What all steps of a flow file have, and what each kind tells of itself: where it leads, what it
reads and writes, and the definition that it makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field

from acdengine.ivr.definition import AnyStep
from acdengine.ivr.expressions.compiling import compile_expression
from acdengine.ivr.expressions.syntax import ExpressionError
from acdengine.ivr.expressions.values import Kind
from acdengine.settings.flows.items import Hearing, Items, hearings_of
from acdengine.settings.model import Expected, SettingsModel
from acdengine.settings.tree import Keys

StepName = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_-]*$", max_length=64),
    Expected("the name of a step"),
]
VariableName = Annotated[
    str,
    Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=64),
    Expected("the name of a variable"),
]
ExpressionText = Annotated[
    str, Field(min_length=1, max_length=1_000), Expected("an expression, such as amount > 100")
]
TemplateText = Annotated[
    str, Field(min_length=1, max_length=4_000), Expected("a text, with {expressions} in it")
]
FlowName = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.@-]*$", max_length=64),
    Expected("the name of a flow"),
]


@dataclass(frozen=True, slots=True)
class Way:
    """One way out of a step. `to` is None where the step that stands behind it follows, and empty
    where the flow ends."""

    name: str
    to: str | None
    path: Keys


@dataclass(frozen=True, slots=True)
class Formula:
    """An expression of a step, with the types that it may have (any, where none is named), or a
    text with expressions in it. `secret`: the name alone of a secret variable will do, too."""

    text: str
    path: Keys
    kinds: tuple[Kind, ...] = ()
    is_template: bool = False
    secret: bool = False
    #: The variable of this flow that takes its value, whose type it must have.
    sets: str = ""
    #: The parameter of another flow that takes its value, in the same way.
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Write:
    """A variable that a step sets, which must have one of these types (any, where none is named).
    By the ways in `not_by` the step is left without setting it."""

    name: str
    path: Keys
    kinds: tuple[Kind, ...]
    not_by: tuple[str, ...] = ()
    #: The variable of another flow whose value it takes.
    result: str = ""


@dataclass(frozen=True, slots=True)
class Refers:
    """A name of the settings that a step uses."""

    kind: str
    name: str
    path: Keys


@dataclass(frozen=True, slots=True)
class Context:
    """What a definition needs to know besides its own step."""

    tenant: str
    flow: str
    #: The step, and the one behind it; empty where there is none.
    step: str
    following: str
    #: The flow's variables and their types.
    kinds: Mapping[str, Kind]

    def kind_of(self, expression: str) -> Kind:
        """The type of an expression that has been checked."""
        try:
            return compile_expression(expression, self.kinds).kind
        except ExpressionError:
            return "nothing"

    def full_id(self, name: str) -> str:
        """A name of the tenant in full."""
        return f"{self.tenant}/{name}" if self.tenant else name

    def to(self, name: str | None) -> str:
        """A step that is named, else the one behind."""
        return name or self.following


class StepSettings(SettingsModel):
    """A step."""

    #: The key that says the kind.
    kind: ClassVar[str] = ""
    #: The caller types, says or records something in it.
    hears: ClassVar[bool] = False
    #: Time passes in it.
    waits: ClassVar[bool] = False

    def ways(self) -> Iterator[Way]:
        """Where it leads."""
        yield from ()

    def formulas(self) -> Iterator[Formula]:
        """What it works out."""
        yield from ()

    def writes(self) -> Iterator[Write]:
        """What it sets."""
        yield from ()

    def refers(self) -> Iterator[Refers]:
        """What it names of the settings."""
        yield from ()

    def leads_to(self) -> tuple[str, Keys] | None:
        """The flow that it leads into, and where that is written."""
        return None

    def heard(self) -> Iterator[tuple[Items, Keys]]:
        """What it plays."""
        yield from ()

    def hearings(self) -> Iterator[Hearing]:
        """Each item that it plays."""
        for items, path in self.heard():
            yield from hearings_of(items, path)

    def definition(self, context: Context) -> AnyStep:
        """The step as the interpreter takes it."""
        raise NotImplementedError


class FollowedStep(StepSettings):
    """A step with one way on."""

    next: StepName | None = None
    """The step that follows; the one behind, when not given."""

    def ways(self) -> Iterator[Way]:
        yield Way("next", self.next, ("next",))
