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
from acdengine.records.open_rows import OpenRows, Values
from acdengine.records.regions import Regions
from acdengine.records.rows import TABLE_OF, KeyedRow

Handler: TypeAlias = Callable[[Any], None]
_NUL: Final = "\0"
_Row = TypeVar("_Row", bound=KeyedRow)
_STRUCT_OF: Final[dict[str, type[KeyedRow]]] = {name: kind for kind, name in TABLE_OF.items()}


class Drained(NamedTuple):
    """What is to be written since the last time, by table."""

    #: Values of new rows, in the order of columns.
    new: Values
    #: Of rows that were written before: values of `acdengine.records.rows.CHANGING`, then the key.
    changed: Values
    #: To be added to the counts of `acdengine.records.intervals`.
    queue_intervals: list[tuple[int | str, ...]]

    @property
    def row_count(self) -> int:
        """Rows of all tables."""
        rows = (*self.new.values(), *self.changed.values(), self.queue_intervals)
        return sum(map(len, rows))


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
        handlers: dict[type[AnyFact], Handler] = {AgentStateChanged: agents.state_changed}
        for part in parts:
            handlers.update(part.handlers())
        #: What takes a kind of fact, and whether that names a call.
        self._handlers: dict[type[Any], tuple[Handler, bool]] = {
            kind: (handler, "call_id" in kind.__struct_fields__)
            for kind, handler in handlers.items()
        }
        #: The time of the last fact; 0 before the first.
        self.last_at_us = 0

    def take(self, seq: int, index: int, facts: Sequence[AnyFact]) -> None:
        """Take facts of event ``seq``, the first of which has this index among them."""
        self.take_all([(seq, index, facts)])

    def take_all(self, events: Sequence[tuple[int, int, Sequence[Any]]]) -> int:
        """Take the facts of several events, each with its number and the index of its first fact;
        returns how many they are.

        Ids of calls are taken as a database holds them: by these their rows are found again after
        a restart.
        """
        rows, handlers = self._rows, self._handlers
        count = 0
        for seq, index, facts in events:
            rows.seq = seq
            count += len(facts)
            for fact in facts:
                rows.idx = index
                index += 1
                taken_by = handlers.get(type(fact))
                if taken_by is None:
                    continue
                handler, is_of_call = taken_by
                if is_of_call and _NUL in fact.call_id:
                    fact = with_storable_ids(fact)
                handler(fact)
            if facts:
                self.last_at_us = facts[-1].at_us
        return count

    @property
    def last(self) -> tuple[int, int]:
        """The last fact: number of its event, and index."""
        return self._rows.seq, self._rows.idx

    def use(self, regions: Regions) -> None:
        """Take the regions of other settings from now on."""
        self._rows.regions = regions

    def drain(self) -> Drained:
        """Take all rows that were begun or changed, and what is to be added to the counts."""
        new, changed = self._rows.drain()
        return Drained(new, changed, self._rows.intervals.drain(self._rows.source_id))

    def resume(self, table: str, found: Iterable[Sequence[Any]]) -> None:
        """Go on with rows that have no end yet, as the database holds them."""
        kind = _STRUCT_OF[table]
        for values in found:
            self._rows.keep(kind(*values))

    @property
    def handled(self) -> frozenset[type[AnyFact]]:
        """The kinds of facts that rows are made of."""
        return frozenset(self._handlers)

    def close(self, outcome: str) -> None:
        """The source tells nothing more: everything that goes on ends with its last fact."""
        self._rows.close_all(self.last_at_us, outcome)


def storable(text: str) -> str:
    """A text without what PostgreSQL takes in none: NUL, and halves of characters."""
    return text.replace(_NUL, "").encode("utf-8", "replace").decode()


def with_storable_ids(fact: AnyFact) -> AnyFact:
    """A fact with texts as a database holds them."""
    changes = {
        name: storable(value)
        for name in fact.__struct_fields__
        if isinstance(value := getattr(fact, name), str)
    }
    return msgspec.structs.replace(fact, **changes)
