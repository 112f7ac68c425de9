"""Keys pressed on the terminal that shows the screen.

The terminal hands over each key at once (`tty.setcbreak`), Ctrl-C and Ctrl-Z keep their meaning.
A process in the background neither reads nor changes the terminal.
"""

from __future__ import annotations

import asyncio
import os
import signal
import termios
import tty
from collections.abc import Callable, Iterator
from typing import Any, Final

_READ_BYTES: Final = 256
_NAMES: Final = {
    b"\x1b[A": "up", b"\x1bOA": "up", b"\x1b[B": "down", b"\x1bOB": "down",
    b"\x1b": "esc", b"\r": "enter", b"\n": "enter",
}  # fmt: skip


def names_of(typed: bytes) -> Iterator[str]:
    """The keys in what was read: ``up``, ``down``, ``enter``, ``esc``, or the character itself.

    Other control sequences and bytes that are no printable ASCII are left out. Source of the
    sequences: ECMA-48, xterm's control sequences.
    """
    at = 0
    while at < len(typed):
        length = _sequence_length(typed, at)
        piece = typed[at : at + length]
        at += length
        if piece in _NAMES:
            yield _NAMES[piece]
        elif length == 1 and 0x20 < piece[0] < 0x7F:
            yield piece.decode("ascii")


def _sequence_length(typed: bytes, at: int) -> int:
    """How many bytes belong to the key that begins there."""
    if typed[at : at + 1] != b"\x1b" or typed[at + 1 : at + 2] not in (b"[", b"O"):
        return 1
    end = at + 2
    while end < len(typed) and not 0x40 <= typed[end] <= 0x7E:
        end += 1
    return min(end + 1, len(typed)) - at


class Keyboard:
    """Reads keys from a terminal while the event loop runs.

    Args:
        fd: the terminal's descriptor.
        on_key: called in the loop with the name of each key.
    """

    def __init__(self, fd: int, on_key: Callable[[str], None]) -> None:
        self._fd = fd
        self._on_key = on_key
        self._before: list[Any] | None = None

    def start(self) -> None:
        """Begin to read; nothing where the descriptor is no terminal, or not ours to read."""
        fd = self._fd
        try:
            if not os.isatty(fd) or os.tcgetpgrp(fd) != os.getpgrp():
                return
            self._before = termios.tcgetattr(fd)
            # In the background a read fails in place of stopping the process.
            signal.signal(signal.SIGTTIN, signal.SIG_IGN)
            signal.signal(signal.SIGTTOU, signal.SIG_IGN)
            tty.setcbreak(fd, termios.TCSANOW)
        except (OSError, termios.error):
            return
        asyncio.get_running_loop().add_reader(fd, self._read)

    def stop(self) -> None:
        """End, and give the terminal back as it was."""
        if self._before is None:
            return
        self._forget()
        try:
            termios.tcsetattr(self._fd, termios.TCSANOW, self._before)
        except (OSError, termios.error):
            # The terminal is gone.
            pass
        self._before = None

    def _forget(self) -> None:
        asyncio.get_running_loop().remove_reader(self._fd)

    def _read(self) -> None:
        try:
            typed = os.read(self._fd, _READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            typed = b""
        if not typed:
            self._forget()
        for key in names_of(typed):
            self._on_key(key)
