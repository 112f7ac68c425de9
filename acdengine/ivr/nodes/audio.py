"""What a caller is to hear: prompts, texts and values of a definition, ready to be played."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

from acdengine.ivr.definition import Gender, Item, Items, Prompt, SayAs, Speech
from acdengine.ivr.effects import Audio, PromptAudio, SpokenText, SpokenValue
from acdengine.ivr.expressions.compiling import (
    Evaluate,
    Kinds,
    compile_expression,
    compile_template,
)
from acdengine.ivr.expressions.values import Value, as_text
from acdengine.ivr.turn import Turn
from queues.policy import SECOND_US

Hear: TypeAlias = Callable[[Turn], "tuple[Audio, ...]"]
"""The audio of some items, for the caller of a turn."""
_HearOne: TypeAlias = Callable[[Turn], "Audio | None"]


def compile_items(items: Items, kinds: Kinds) -> Hear:
    """The items of a definition, compiled."""
    if not items:
        return lambda turn: ()
    parts = [_compile_item(item, kinds) for item in items]
    if len(parts) == 1:
        return _alone(parts[0])

    def hear(turn: Turn) -> tuple[Audio, ...]:
        return tuple([audio for part in parts if (audio := part(turn)) is not None])

    return hear


def _alone(part: _HearOne) -> Hear:
    def hear(turn: Turn) -> tuple[Audio, ...]:
        audio = part(turn)
        return () if audio is None else (audio,)

    return hear


def _compile_item(item: Item, kinds: Kinds) -> _HearOne:
    if isinstance(item, Prompt):
        return _prompt(item, kinds)
    if isinstance(item, Speech):
        return _speech(item, kinds)
    value = compile_expression(item.value, kinds).evaluate
    as_, gender, currency = item.as_, item.gender, item.currency
    return lambda turn: spoken_value(
        turn, value(turn.variables, turn.run.call), as_, gender=gender, currency=currency
    )


def _prompt(item: Prompt, kinds: Kinds) -> _HearOne:
    template = compile_template(item.name, kinds)
    if template.constant is None:
        name = template.evaluate
        return lambda turn: PromptAudio(name(turn.variables, turn.run.call), turn.run.language)
    # One object for each language serves all callers.
    made: dict[str, Audio] = {}
    constant = template.constant

    def hear(turn: Turn) -> Audio:
        language = turn.run.language
        audio = made.get(language)
        if audio is None:
            audio = made[language] = PromptAudio(constant, language)
        return audio

    return hear


def _speech(item: Speech, kinds: Kinds) -> _HearOne:
    texts = {
        language: compile_template(text, kinds).evaluate for language, text in item.texts.items()
    }
    any_text = texts.get("") or next(iter(texts.values()))

    def hear(turn: Turn) -> Audio | None:
        language = turn.run.language
        text = texts.get(language, any_text)(turn.variables, turn.run.call)
        return SpokenText(text, language) if text.strip() else None

    return hear


def spoken_value(
    turn: Turn, value: Value, as_: SayAs, *, gender: Gender = "", currency: str = ""
) -> Audio | None:
    """A value as the switch is to say it; None, where it is missing."""
    text = as_text(value)
    if as_ in ("date", "time", "datetime") and isinstance(value, (int, float)):
        text = _moment(int(value), as_, turn.flow.offsets)
    elif as_ in ("duration", "ordinal") and isinstance(value, float):
        text = str(int(value))
    if not text:
        return None
    return SpokenValue(text, as_, turn.run.language, gender, currency)


def _moment(at_s: int, as_: SayAs, offsets: tuple[tuple[int, int], ...]) -> str:
    """Seconds since 1970 as ISO 8601 in a zone."""
    offset_us = offsets[0][1]
    for from_us, east_us in offsets:
        if from_us <= at_s * SECOND_US:
            offset_us = east_us
    local_s = min(max(at_s + offset_us // SECOND_US, 0), 253_402_300_799)
    text = datetime.fromtimestamp(local_s, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    if as_ == "datetime":
        return text
    return text[:10] if as_ == "date" else text[11:16]


def expression(text: str, kinds: Kinds) -> Evaluate | None:
    """An expression of a definition, None where none is given."""
    return compile_expression(text, kinds).evaluate if text else None
