"""What the viewer of the screen has chosen: the order of queues, one queue, help, the way out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal

from acdengine.console.frame import QueueRow

Order = Literal["settings", "trouble", "name", "waiting", "service level"]

#: Orders in the sequence in which `s` goes through them, each with its sort key.
ORDERS: Final[dict[Order, Callable[[QueueRow], tuple[float | str, ...]] | None]] = {
    "settings": None,
    "trouble": lambda row: (-row.longest_us, -row.waiting, row.queue_id),
    "name": lambda row: (row.queue_id,),
    "waiting": lambda row: (-row.waiting, -row.longest_us, row.queue_id),
    "service level": lambda row: (_shortfall(row), -row.longest_us, row.queue_id),
}

#: Keys and what each does, in the words of the help.
KEYS: Final = (
    ("up down", "select a queue"),
    ("enter", "show one queue; esc goes back"),
    ("s", "sort queues: settings, trouble, name, waiting, service level"),
    ("?", "show this help; any key hides it"),
    ("q", "stop the engine; asks first"),
)

_NEXT: Final = ("down", "j")
_PREVIOUS: Final = ("up", "k")


def _shortfall(row: QueueRow) -> float:
    """How far the service level is above its target; below it is negative and comes first."""
    return 1.0 if row.service_level is None else row.service_level - row.target


@dataclass(frozen=True, slots=True)
class Choice:
    """The state of the screen.

    Attributes:
        order: of the queues.
        queue_id: the selected queue; empty: none.
        opened: the selected queue fills the upper part of the screen.
        help: the keys are shown.
        asks_to_stop: `q` was pressed and is not confirmed yet.
        stop: the viewer has confirmed that the engine is to stop.
    """

    order: Order = "settings"
    queue_id: str = ""
    opened: bool = False
    help: bool = False
    asks_to_stop: bool = False
    stop: bool = False

    def sorted(self, rows: tuple[QueueRow, ...]) -> tuple[QueueRow, ...]:
        """The queues in the chosen order."""
        key = ORDERS[self.order]
        return rows if key is None else tuple(sorted(rows, key=key))

    def pressed(self, key: str, rows: tuple[QueueRow, ...]) -> Choice:
        """The state after a key; a key without a meaning changes nothing.

        Args:
            key: as `acdengine.console.keyboard` names it.
            rows: the queues on the screen, in the order of the settings.
        """
        if self.asks_to_stop:
            return replace(self, asks_to_stop=False, stop=key == "y")
        if key == "q":
            return replace(self, asks_to_stop=True)
        if self.help:
            # Keys change nothing behind the help: the change could not be seen.
            return replace(self, help=False)
        if key == "?":
            return replace(self, help=True)
        if key == "s":
            orders = list(ORDERS)
            return replace(self, order=orders[(orders.index(self.order) + 1) % len(orders)])
        if key == "esc":
            # It leaves the queue first, and the selection only when pressed again.
            return replace(self, opened=False, queue_id=self.queue_id if self.opened else "")
        if key == "enter":
            chosen = self.queue_id or (self.sorted(rows)[0].queue_id if rows else "")
            return replace(self, queue_id=chosen, opened=bool(chosen) and not self.opened)
        if key in _NEXT or key in _PREVIOUS:
            return replace(self, queue_id=self._moved(1 if key in _NEXT else -1, rows))
        return self

    def _moved(self, by: int, rows: tuple[QueueRow, ...]) -> str:
        names = [row.queue_id for row in self.sorted(rows)]
        if not names:
            return ""
        if self.queue_id not in names:
            return names[0 if by > 0 else -1]
        return names[(names.index(self.queue_id) + by) % len(names)]
