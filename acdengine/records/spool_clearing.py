"""Having the database take everything that the spool holds now, so that it can be erased there."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

from acdengine.records.orders import Orders, WriterStatus
from acdengine.records.spool import spooled_sources
from acdengine.records.writer import RecordsWriter


def clear(
    folder: Path, url: str, wait_s: float, sleep: Callable[[float], None] = time.sleep
) -> bool:
    """Have all facts that are in the spool now written, and their files removed.

    A running daemon does that within a minute or two; without one it is done here.

    Returns:
        Whether they are gone; if not, the database is away, or the daemon has stopped meanwhile.
    """
    if not folder.is_dir():
        return True
    files = _inodes(folder)
    until = time.monotonic() + wait_s
    while files & _inodes(folder):
        if _write_all(folder, url):
            continue
        if time.monotonic() >= until:
            return False
        sleep(0.5)
    return True


def _inodes(folder: Path) -> frozenset[int]:
    return frozenset(path.stat().st_ino for path in folder.glob("*/*.spool"))


def _write_all(folder: Path, url: str) -> bool:
    """Write the whole spool, unless a writer is at work; returns whether it was done."""
    lock = os.open(folder / "writer.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        # The last one may go on after a restart: what it has open is not closed.
        *_, source = spooled_sources(folder)
        told: list[WriterStatus] = []
        RecordsWriter(Orders(url, str(folder), source), told.append).run(lambda _: True)
        if not told[-1].is_connected:
            return False
        for file in (folder / source).glob("*.spool"):
            file.unlink(missing_ok=True)
        return True
    finally:
        os.close(lock)
