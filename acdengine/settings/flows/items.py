"""What a step plays: prompts by name, texts to be spoken, values said as what they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from pydantic import Field, model_validator

from acdengine.ivr.definition import Gender, Item, Prompt, Say, SayAs, Speech
from acdengine.ivr.definition import Items as Defined
from acdengine.settings.model import Expected, SettingsModel, refusal
from acdengine.settings.tree import Keys

PromptName = Annotated[
    str,
    Field(min_length=1, max_length=200),
    Expected("the name of a prompt, or text: or say: with what belongs to it"),
]
SpokenText = Annotated[str, Field(min_length=1, max_length=4_000), Expected("a text to be spoken")]


class ItemSettings(SettingsModel):
    """One thing to be heard: exactly one of `prompt`, `text` and `say`."""

    prompt: PromptName | None = None
    """A prompt by its name; `{expressions}` in it are worked out."""
    text: SpokenText | dict[str, SpokenText] | None = None
    """A text to be spoken, or language to text; `{expressions}` in it are worked out."""
    say: Annotated[str, Field(min_length=1), Expected("an expression")] | None = None
    """An expression whose value is said as `as`."""
    as_: Annotated[SayAs, Field(alias="as")] = "number"
    """With `say`: as what."""
    gender: Gender = ""
    """With `say`: of what is counted, for languages that need it."""
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$"), Expected("a code such as EUR")] = "EUR"
    """With `say` as `money`: the currency."""

    @model_validator(mode="after")
    def _one(self) -> ItemSettings:
        given = [name for name in ("prompt", "text", "say") if getattr(self, name) is not None]
        if len(given) != 1:
            what = " and ".join(given) if given else "nothing to be heard"
            raise refusal(f"says {what}", "one of prompt, text and say")
        return self


OneOrText: TypeAlias = PromptName | ItemSettings
Items: TypeAlias = PromptName | ItemSettings | list[OneOrText]
"""A prompt, or several things in a row."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """One item with where it stands."""

    item: ItemSettings
    path: Keys
    #: The place of the prompt's name.
    name_path: Keys


def hearings_of(items: Items, path: Keys) -> Iterator[Hearing]:
    """The items one by one."""
    if isinstance(items, list):
        for number, item in enumerate(items):
            yield _hearing(item, (*path, number))
    else:
        yield _hearing(items, path)


def _hearing(item: OneOrText, path: Keys) -> Hearing:
    if isinstance(item, str):
        return Hearing(ItemSettings(prompt=item), path, path)
    return Hearing(item, path, (*path, "prompt"))


def defined(items: Items | None) -> Defined:
    """The items as the interpreter takes them."""
    if items is None:
        return ()
    return tuple(_defined(hearing.item) for hearing in hearings_of(items, ()))


def _defined(item: ItemSettings) -> Item:
    if item.prompt is not None:
        return Prompt(item.prompt)
    if item.text is not None:
        return Speech({"": item.text} if isinstance(item.text, str) else dict(item.text))
    currency = item.currency if item.as_ == "money" else ""
    return Say(item.say or "", item.as_, item.gender, currency)
