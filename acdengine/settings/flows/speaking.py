"""Steps that speak."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from acdengine.ivr.definition import (
    AnyStep,
    Gender,
    LanguageStep,
    MusicStep,
    PlayStep,
    Say,
    SayAs,
    WaitStep,
)
from acdengine.settings.compiling.ids import to_us
from acdengine.settings.flows.items import Items, defined
from acdengine.settings.flows.step import (
    Context,
    ExpressionText,
    FollowedStep,
    Formula,
    Refers,
)
from acdengine.settings.model import Expected
from acdengine.settings.tree import Keys

Language = Annotated[
    str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$"), Expected("a language such as en")
]


class PlaySettings(FollowedStep):
    """Play prompts, one after the other."""

    kind: ClassVar[str] = "play"
    waits: ClassVar[bool] = True

    play: Items
    """What is played."""
    barge_in: bool = True
    """Whether a key stops it."""
    type_ahead: bool = True
    """Whether keys pressed meanwhile are kept for the step behind."""

    def heard(self) -> Iterator[tuple[Items, Keys]]:
        yield self.play, ("play",)

    def definition(self, context: Context) -> AnyStep:
        return PlayStep(
            next=context.to(self.next),
            items=defined(self.play),
            barge_in=self.barge_in,
            type_ahead=self.type_ahead,
        )


class SaySettings(FollowedStep):
    """Say a value as what it is."""

    kind: ClassVar[str] = "say"
    waits: ClassVar[bool] = True

    say: ExpressionText
    """An expression."""
    as_: Annotated[SayAs, Field(alias="as")] = "number"
    """As what its value is said."""
    gender: Gender = ""
    """Of what is counted, for languages that need it."""
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$"), Expected("a code such as EUR")] = "EUR"
    """As `money`: the currency."""
    barge_in: bool = True
    """Whether a key stops it."""

    def formulas(self) -> Iterator[Formula]:
        yield Formula(self.say, ("say",), ("number", "text"))

    def definition(self, context: Context) -> AnyStep:
        currency = self.currency if self.as_ == "money" else ""
        said = Say(self.say, self.as_, self.gender, currency)
        return PlayStep(next=context.to(self.next), items=(said,), barge_in=self.barge_in)


class LanguageSettings(FollowedStep):
    """Go on in another language."""

    kind: ClassVar[str] = "language"

    language: Language
    """One of the flow's languages."""

    def refers(self) -> Iterator[Refers]:
        yield Refers("languages", self.language, ("language",))

    def definition(self, context: Context) -> AnyStep:
        return LanguageStep(next=context.to(self.next), language=self.language)


class MusicSettings(FollowedStep):
    """Have music from here on."""

    kind: ClassVar[str] = "music"

    music: str
    """The music's name; `""` for silence."""

    def definition(self, context: Context) -> AnyStep:
        return MusicStep(next=context.to(self.next), music=self.music)


class WaitSettings(FollowedStep):
    """Wait, with the music that there is."""

    kind: ClassVar[str] = "wait"
    waits: ClassVar[bool] = True

    wait: Annotated[float, Field(ge=0.1, le=3_600), Expected("a number of seconds, 0.1 to 3600")]
    """Seconds."""

    def definition(self, context: Context) -> AnyStep:
        return WaitStep(next=context.to(self.next), time_us=to_us(self.wait))
