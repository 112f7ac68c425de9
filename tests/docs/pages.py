"""The pages of the documentation and the commands that they show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
_FENCE: Final = re.compile(r"^(?P<indent> *)(?P<fence>`{3,})(?P<info>[^`]*)$")
_OPTIONS: Final = ("no-run", "exact")


def pages(root: Path = ROOT) -> list[Path]:
    """Every page of prose: the READMEs, the pages beside them, and docs."""
    found = [*root.glob("*.md"), *root.glob("docs/**/*.md")]
    found += [path for folder in ("adapters", "bench", "config", "tests")
              for path in root.glob(f"{folder}/**/*.md")]  # fmt: skip
    return sorted(found)


@dataclass(frozen=True)
class Block:
    """A fenced block that shows commands.

    Each line that begins with ``$ `` is a command, going on where it ends with a backslash; the
    other lines are what it prints. ``console no-run`` is shown and not run, ``console exact``
    prints exactly what is shown.
    """

    page: Path
    line: int
    options: tuple[str, ...]
    commands: tuple[str, ...]
    output: tuple[str, ...]

    @property
    def name(self) -> str:
        """Where it stands."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"


class PageError(ValueError):
    """A page says something that cannot be meant."""


def blocks(page: Path) -> Iterator[Block]:
    """The blocks of commands of a page.

    Raises:
        PageError: a block has no command or an unknown option, or does not end.
    """
    lines = page.read_text().splitlines()
    at = 0
    while at < len(lines):
        opening = _FENCE.match(lines[at])
        at += 1
        if opening is None:
            continue
        first = at
        while at < len(lines) and lines[at].strip() != opening["fence"]:
            at += 1
        if at == len(lines):
            raise PageError(f"{page}:{first}: the block does not end")
        word, *options = opening["info"].split() or [""]
        if word == "console":
            indent = len(opening["indent"])
            yield _block(page, first, options, [line[indent:] for line in lines[first:at]])
        at += 1


def _block(page: Path, line: int, options: list[str], lines: list[str]) -> Block:
    for option in options:
        if option not in _OPTIONS:
            raise PageError(f"{page}:{line}: no such option: {option}; one of {_OPTIONS}")
    commands: list[str] = []
    output: list[str] = []
    goes_on = False
    for text in lines:
        if goes_on or text.startswith("$ "):
            part = text if goes_on else text[2:]
            commands = (
                [*commands[:-1], commands[-1] + "\n" + part] if goes_on else [*commands, part]
            )
            goes_on = part.endswith("\\")
        else:
            output.append(text)
    if not commands:
        raise PageError(f"{page}:{line}: no line begins with '$ '")
    return Block(page, line, tuple(options), tuple(commands), tuple(output))
