"""What is wrong with the settings, said so that it can be mended without reading the code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from acdengine.settings.tree import Keys, Position, path_text


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where, what, and what was expected in its place.

    `line` and `column` count from 1 and are 0 when the whole file is meant (it cannot be read).
    `path` is empty when the file as such is wrong; `expected` when there is nothing to add.
    """

    file: str
    line: int
    column: int
    path: str
    message: str
    expected: str = ""

    @classmethod
    def at(cls, position: Position, keys: Keys, message: str, expected: str = "") -> Problem:
        """The problem of the value at `keys`, written at `position`."""
        return cls(*position, path_text(keys), message, expected)

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        place = f"{where} {self.path}" if self.path else where
        wish = f", expected {self.expected}" if self.expected else ""
        return _visible(f"{place}: {self.message}{wish}")


def _visible(text: str) -> str:
    """A text of the files as one line that a terminal shows and does not obey."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


class SettingsError(Exception):
    """The settings cannot be used; `problems` holds all that is wrong, in the files' order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))
