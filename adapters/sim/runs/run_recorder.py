"""A run on disk: journal and facts, as a daemon writes them, for `acdengine replay`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from acdengine.engine import Engine
from acdengine.errors import ACDError
from acdengine.events import AnyEvent
from acdengine.facts import AnyFact
from acdengine.runtime.facts_file import FactsFile
from acdengine.runtime.journal import Journal

FACTS_FILE: Final = "facts.jsonl"
#: Events from one write to the next.
_EVENTS_AT_ONCE: Final = 1000


class FolderNotEmpty(ACDError):
    """There is something in the folder already."""


class RunRecorder:
    """Writes the events of a run, and the state at its beginning and end.

    Args:
        folder: made; empty.

    Raises:
        FolderNotEmpty: something is in it.
        OSError: it cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        if folder.exists() and any(folder.iterdir()):
            raise FolderNotEmpty(f"{folder} is not empty; expected a new folder")
        self._journal = Journal(folder, "never")
        self._facts = FactsFile(folder / FACTS_FILE, None)
        self._engine: Engine | None = None
        self._seq = 0

    def begin(self, engine: Engine) -> None:
        """The run begins: with the state of this engine."""
        self._engine = engine
        self._journal.rotate(0, engine.snapshot())

    def take(self, event: AnyEvent, facts: Sequence[AnyFact]) -> None:
        """Take an event that was handled, and its facts."""
        self._seq += 1
        self._journal.append(self._seq, event)
        if facts:
            self._facts.take(self._seq, facts)
        if self._seq % _EVENTS_AT_ONCE == 0:
            self._journal.write()

    def close(self) -> None:
        """Write what is left, and the state at the end.

        Raises:
            OSError: it cannot be written.
        """
        self._facts.close()
        if self._engine is not None:
            self._journal.rotate(self._seq, self._engine.snapshot())
        broken = self._journal.trouble
        self._journal.close()
        if broken:
            raise OSError(broken)
