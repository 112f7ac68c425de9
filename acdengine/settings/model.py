"""What every settings model is built on, and how its own checks speak.

A settings schema is models only:

    class QueueSettings(SettingsModel):
        strategy: Literal["longest_idle", "ring_all"] = "longest_idle"
        \"\"\"Which idle agent gets a call.\"\"\"
        max_wait_s: Annotated[float, Field(gt=0)] | None = None
        \"\"\"Longest wait before the way out, in seconds.\"\"\"

A `str` field receives the text exactly as it was written, `010` and `no` too. Numbers and truth
values must be written as such, without quotes. Durations are numbers whose name says the unit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticCustomError

from acdengine.settings.tree import Keys


class SettingsModel(BaseModel):
    """A part of the settings: unknown keys are refused, values cannot change once they are read."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )


@dataclass(frozen=True, slots=True)
class Expected:
    """What a field expects in the user's words: `Annotated[str, Expected("a number to dial")]`.

    Takes the place of the words that are worked out from the type and its limits.
    """

    words: str


def refusal(message: str, expected: str = "", at: Keys = ()) -> PydanticCustomError:
    """The error for a validator of a settings model to raise.

    `message` says what is wrong and `expected` what should stand there; `at` leads from the value
    that is being validated to the part of it that is meant.
    """
    context = {"message": message, "expected": expected, "at": at}
    return PydanticCustomError("settings", "{message}", context)


@dataclass(frozen=True, slots=True)
class Remark:
    """What a check of the whole settings finds wrong, such as a reference to nothing.

    `path` is the way to the wrong value through fields, keys and list numbers. `refers_to` is where
    the thing referred to would stand: when it is written there but wrong itself, the remark is
    dropped, for then the reference is right. `lacks` is the way to a value in which something is
    missing: when a part of that value is wrong itself, the remark is dropped, for that may be it.
    `offset` counts the characters of the value before the wrong part of it.
    """

    path: Keys
    message: str
    expected: str = ""
    refers_to: Keys = ()
    lacks: Keys = ()
    offset: int = 0


def no_remarks(settings: object) -> Iterable[Remark]:
    """The check of settings in which nothing refers to anything."""
    return ()
