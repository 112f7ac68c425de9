"""Example settings, scenarios, units and rules that come with the program.

In a clone they are in `config/`. A wheel carries a copy of that folder beside this package
(`setup.py`), so that an installed program needs no clone.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).parents[2]


def folder() -> Path:
    """Where they are."""
    installed = _PACKAGE / "shipped"
    return installed if installed.is_dir() else _PACKAGE.parent / "config"


def files() -> Iterator[tuple[str, str]]:
    """Each file's path below the folder, and its text."""
    here = folder()
    for path in sorted(here.rglob("*")):
        if path.is_file():
            yield path.relative_to(here).as_posix(), path.read_text("utf-8")


def text_of(name: str) -> str:
    """The text of one of them."""
    return (folder() / name).read_text("utf-8")
