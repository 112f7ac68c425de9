"""Example settings, scenarios, units and rules that come with the program.

In a clone they are in `config/`, and IVR flows in `ivr_scripts/`. A wheel carries a copy of both
beside this package (`setup.py`), so that an installed program needs no clone.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

SHIPPED_FLOWS: Final = "ivr_scripts"
_PACKAGE: Final = Path(__file__).parents[2]


def folder() -> Path:
    """Where they are."""
    installed = _PACKAGE / "shipped"
    return installed if installed.is_dir() else _PACKAGE.parent / "config"


def files() -> Iterator[tuple[str, str]]:
    """Each file's path below the folder, and its text."""
    for path, text in _texts(folder()):
        if not path.startswith(f"{SHIPPED_FLOWS}/"):
            yield path, text


def flow_files() -> Iterator[tuple[str, str]]:
    """The same for the IVR flows, with their cases and prompts."""
    installed = folder() / SHIPPED_FLOWS
    yield from _texts(installed if installed.is_dir() else _PACKAGE.parent / SHIPPED_FLOWS)


def _texts(here: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(here.rglob("*")):
        if path.is_file():
            yield path.relative_to(here).as_posix(), path.read_text("utf-8")


def text_of(name: str) -> str:
    """The text of one of them."""
    return (folder() / name).read_text("utf-8")
