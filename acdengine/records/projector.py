"""The projector: facts in, rows out.

Deterministic, and knows neither clock nor database: the writer, reports over a facts file and a
replay make the same rows of the same facts. What goes on is kept in rows that have no end yet;
after a restart these are read back (`Projector.resume`), and the facts after them go on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

import msgspec

from acdengine.centre_facts import AgentStateChanged
from acdengine.facts import AnyFact
from acdengine.records.agent_rows import AgentRows
from acdengine.records.call_rows import CallRows
from acdengine.records.change_rows import ChangeRows
from acdengine.records.conversation_rows import ConversationRows
from acdengine.records.flow_rows import FlowRows
from acdengine.records.open_rows import OpenRows
from acdengine.records.regions import Regions
from acdengine.records.rows import TABLE_OF, KeyedRow

Handler: TypeAlias = Callable[[Any], None]
_Row = TypeVar("_Row", bound=KeyedRow)
_STRUCT_OF: Final[dict[str, type[KeyedRow]]] = {name: kind for kind, name in TABLE_OF.items()}


class Drained(NamedTuple):
    """What has changed since the last time: values by table, in the order of its columns."""

    tables: dict[str, list[tuple[Any, ...]]]
    #: To be added to the counts of `acdengine.records.intervals`.
    queue_intervals: list[tuple[int | str, ...]]

    @property
    def row_count(self) -> int:
        """Rows of all tables."""
        return sum(map(len, self.tables.values())) + len(self.queue_intervals)


class Projector:
    """Makes rows of the facts of one source.

    Args:
        source_id: the numbering of events that the facts belong to.
        regions: of callers' numbers; country codes unless told otherwise.
    """

    def __init__(self, source_id: int, regions: Regions | None = None) -> None:
        self._rows = OpenRows(source_id, regions or Regions({}))
        agents = AgentRows(self._rows)
        parts: Sequence[Any] = (
            CallRows(self._rows, agents),
            ConversationRows(self._rows, agents),
            FlowRows(self._rows),
            ChangeRows(self._rows),
        )
        self._handlers: dict[type[AnyFact], Handler] = {AgentStateChanged: agents.state_changed}
        for part in parts:
            self._handlers.update(part.handlers())
        #: The time of the last fact; 0 before the first.
        self.last_at_us = 0

    def take(self, seq: int, index: int, facts: Sequence[AnyFact]) -> None:
        """Take facts of event ``seq``, the first of which has this index among them."""
        rows, handlers = self._rows, self._handlers
        rows.seq = seq
        for fact in facts:
            handler = handlers.get(type(fact))
            if handler is not None:
                rows.idx = index
                handler(fact)
            index += 1
        if facts:
            self.last_at_us = facts[-1].at_us

    def use(self, regions: Regions) -> None:
        """Take the regions of other settings from now on."""
        self._rows.regions = regions

    def drain(self) -> Drained:
        """Take all rows that were begun or changed, and what is to be added to the counts."""
        return Drained(self._rows.drain(), self._rows.intervals.drain(self._rows.source_id))

    def resume(self, table: str, found: Iterable[Sequence[Any]]) -> None:
        """Go on with rows that have no end yet, as the database holds them."""
        kind = _STRUCT_OF[table]
        for values in found:
            row = msgspec.convert(
                dict(zip(kind.__struct_fields__, values, strict=True)), kind, strict=False
            )
            self._rows.keep(row)

    @property
    def handled(self) -> frozenset[type[AnyFact]]:
        """The kinds of facts that rows are made of."""
        return frozenset(self._handlers)

    def close(self, outcome: str) -> None:
        """The source tells nothing more: everything that goes on ends with its last fact."""
        self._rows.close_all(self.last_at_us, outcome)
