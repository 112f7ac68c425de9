"""The columns of the queue table, and which of them fit a width."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from rich.text import Text

from acdengine.console import wording
from acdengine.console.frame import QueueRow

QUIET: Final = "bright_black"
#: Blanks between two columns.
GAP: Final = 2


class Column(NamedTuple):
    """One figure of a queue.

    Attributes:
        heading: what stands above it.
        cell: its text for a queue.
        rank: columns with the highest rank leave first where there is too little width.
    """

    heading: str
    cell: Callable[[QueueRow], Text]
    rank: int


def fitting(rows: Sequence[QueueRow], width: int) -> tuple[list[Column], int]:
    """The columns that fit beside the names, and the width left for the names.

    Names are never shortened for the sake of a column other than "waiting" and "longest".

    Args:
        rows: the queues to be shown.
        width: characters there are for all columns.
    """
    names = max((len(row.queue_id) for row in rows), default=0)
    kept = list(COLUMNS)
    while len(kept) > _LEAST and _needed(kept, rows) + names > width:
        kept.remove(max(kept, key=lambda column: column.rank))
    return kept, max(1, width - _needed(kept, rows))


def _needed(columns: Sequence[Column], rows: Sequence[QueueRow]) -> int:
    return sum(GAP + _width(column, rows) for column in columns)


def _width(column: Column, rows: Sequence[QueueRow]) -> int:
    return max([len(column.heading)] + [column.cell(row).cell_len for row in rows])


def _waiting(row: QueueRow) -> Text:
    return Text(str(row.waiting), style="bold" if row.waiting else QUIET)


def _longest(row: QueueRow) -> Text:
    if not row.waiting:
        return Text("–")
    return Text(wording.duration(row.longest_us), style=wait_style(row))


def _estimate(row: QueueRow) -> Text:
    if not row.working:
        return Text("no staff", style="red")
    return Text(wording.duration(row.estimate_us))


def _in_time(row: QueueRow) -> Text:
    return Text(wording.share(row.service_level), style=level_style(row))


def _abandoned(row: QueueRow) -> Text:
    return Text(str(row.abandoned), style="" if row.abandoned else QUIET)


COLUMNS: Final = (
    Column("waiting", _waiting, 0),
    Column("longest", _longest, 1),
    Column("estimate", _estimate, 5),
    Column("in time", _in_time, 2),
    Column("answered", lambda row: Text(str(row.answered)), 7),
    Column("abandoned", _abandoned, 4),
    Column("talking", lambda row: Text(str(row.talking)), 6),
    Column("staff", lambda row: Text(str(row.working)), 3),
)
_LEAST: Final = 2
#: A service level so far below its target is near it (with room for rounding).
_NEAR: Final = 0.2 + 1e-9


def level_style(row: QueueRow) -> str:
    """Green at the target of the service level or above, yellow up to 20 points below, else red."""
    if row.service_level is None:
        return QUIET
    if row.service_level >= row.target:
        return "green"
    return "yellow" if row.target - row.service_level <= _NEAR else "red"


def wait_style(row: QueueRow) -> str:
    """The longest wait beside the time in which calls are to be answered: yellow beyond it, red
    from three times of it on."""
    if row.longest_us <= row.threshold_us:
        return "green"
    return "yellow" if row.longest_us < 3 * row.threshold_us else "red"
