"""What cannot be done, in the one shape that every error answer has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from acdengine.settings.suggest import did_you_mean, one_of


class SettingsProblem(Struct, frozen=True, kw_only=True):
    """One thing that is wrong with the settings, and where."""

    file: str
    #: Line and column count from 1; 0: the whole file.
    line: int
    column: int
    path: str
    problem: str
    expected: str = ""


class Problem(Struct, frozen=True, kw_only=True):
    """Why something was not done."""

    problem: Annotated[str, Meta(description="What is wrong, in words.")]
    field: Annotated[str, Meta(description="The part of the request; empty: all of it.")] = ""
    expected: Annotated[str, Meta(description="What should have stood there.")] = ""
    problems: (
        Annotated[list[SettingsProblem], Meta(description="Reload: everything wrong.")] | UnsetType
    ) = UNSET


class Refused(Exception):
    """A request that is answered with a problem and a status of HTTP."""

    def __init__(
        self,
        status: int,
        problem: str,
        field: str = "",
        expected: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(problem)
        self.status = status
        self.problem = Problem(problem=problem, field=field, expected=expected)
        self.headers = dict(headers or {})


def not_found(what: str) -> Refused:
    """There is no such thing, or it is out of the bearer's rights: the two look alike."""
    return Refused(404, f"no such {what}")


def forbidden(why: str) -> Refused:
    """The bearer sees it and may not touch it."""
    return Refused(403, why)


def unknown(field: str, noun: str, name: str, known: Iterable[str]) -> Refused:
    """A name, given to narrow a list, of nothing that is in the bearer's rights."""
    names = list(known)
    problem = f"there is no {noun} '{name}'{did_you_mean(name, names)}"
    return unfit(field, problem, one_of(names))


def unfit(field: str, problem: str, expected: str = "") -> Refused:
    """A value that is well formed and cannot be taken."""
    return Refused(422, problem, field, expected)
