"""Clears the tables of a switch that is lost with all its calls, and reports it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from acdengine.events import SwitchLost
from acdengine.ports import Inbox

_log = structlog.get_logger("acdengine.freeswitch")


class SwitchEnd:
    """The end of one switch.

    Args:
        node_id: the engine's name of the switch.
        inbox: takes the engine's events.
        clear: of each part that knows legs, what removes them; called in order.
        on_lost: called after the report.
    """

    def __init__(
        self,
        node_id: str,
        inbox: Inbox,
        clear: Sequence[Callable[[], None]],
        on_lost: Callable[[], None],
    ) -> None:
        self._node_id = node_id
        self._inbox = inbox
        self._clear = tuple(clear)
        self._on_lost = on_lost

    def lost(self, why: str) -> None:
        """The switch is lost with all its legs."""
        _log.warning("switch lost", node=self._node_id, reason=why)
        for clear in self._clear:
            clear()
        self._inbox.post(SwitchLost(0, self._node_id))
        self._on_lost()
