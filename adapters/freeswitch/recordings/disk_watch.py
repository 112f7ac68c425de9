"""Checks the free space for recordings at intervals; the engine begins none without space.

The folder is one of this machine; where the switch is another, there is nothing to look at, and the
switch's own watch has to do. Looking never keeps calls waiting: a disk that does not answer is
asked in a thread of its own.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from acdengine.events import AnyEvent, SpaceChanged
from adapters.freeswitch.recordings.recording_folder import Storage

_log = structlog.get_logger("acdengine.freeswitch")

LOOK_EVERY_S: Final = 30.0
#: So much more than the least is wanted before recordings begin again, lest they come and go.
_AGAIN: Final = 1.1


def free_bytes_of(folder: str) -> int | None:
    """Free space where a folder is, or would be; None where nothing can be said of it."""
    path = Path(folder)
    while not path.exists() and path != path.parent:
        path = path.parent
    try:
        return shutil.disk_usage(path).free
    except OSError:
        return None


class DiskWatch:
    """Watches one node's folder.

    Args:
        node_id: of the switch.
        storage: the folder, and the least space.
        report: takes the engine's events; called in the loop.
        free_bytes: tells the free space of a folder.
    """

    def __init__(
        self,
        node_id: str,
        storage: Storage,
        report: Callable[[AnyEvent], None],
        free_bytes: Callable[[str], int | None] = free_bytes_of,
    ) -> None:
        self._node_id = node_id
        self._storage = storage
        self._report = report
        self._free_bytes = free_bytes
        self.is_enough = True

    async def run(self, every_s: float = LOOK_EVERY_S) -> None:
        """Look again and again; returns at once where nothing is to be watched."""
        while self._storage.min_free_bytes:
            free = await asyncio.to_thread(self._free_bytes, self._storage.folder)
            if free is not None:
                self.look(free)
            await asyncio.sleep(every_s)

    def look(self, free: int) -> None:
        """So much space is free."""
        least = self._storage.min_free_bytes
        is_enough = free >= (least if self.is_enough else least * _AGAIN)
        if is_enough == self.is_enough:
            return
        self.is_enough = is_enough
        told = {"node": self._node_id, "folder": self._storage.folder, "free_bytes": free}
        if is_enough:
            _log.info("space for recordings again", **told)
        else:
            _log.warning("too little space for recordings", least_bytes=least, **told)
        self._report(SpaceChanged(0, self._node_id, is_enough, free))
