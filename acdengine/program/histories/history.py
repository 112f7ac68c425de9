"""What a history is read into: the facts of each line, or why it is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from acdengine.facts import AnyFact

US: Final = 1_000_000


class HistoryLine(NamedTuple):
    """A line of a file: its facts, or why there are none."""

    number: int
    facts: Sequence[AnyFact]
    #: Why the line is left out; empty: it is not.
    left_out: str = ""


class Centre(NamedTuple):
    """Whose history it is, and in which zone it tells the time of day."""

    tenant_id: str
    zone: tzinfo

    def full_id(self, name: str) -> str:
        """The id of a queue or an agent; empty for none."""
        return f"{self.tenant_id}/{name}" if name else ""

    def us(self, text: str) -> int:
        """Microseconds since 1970 of a date and time of day, as ``2026-01-05 10:00:00``; of a time
        that comes twice, at the end of summer, the first.

        Raises:
            ValueError: it is none.
        """
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self.zone)
        return round(moment.astimezone(UTC).timestamp() * US)


#: Reads the lines of a file, each once, in order.
Reader: TypeAlias = Callable[[Path, Centre], Iterator[HistoryLine]]


class HistoryError(ValueError):
    """A file that cannot be read as a history; the text names it."""
