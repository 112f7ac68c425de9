"""The console beside a running daemon: a live screen, or a line now and then.

Frames are made in the loop, where nothing changes under them, and drawn in a thread: a terminal
that stands still (Ctrl-S, a slow line) must not hold up the calls.
"""

from __future__ import annotations

import asyncio
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final, TextIO

from rich.console import Console
from rich.live import Live

from acdengine.console import wording
from acdengine.console.choice import Choice
from acdengine.console.frame import Frame
from acdengine.console.keyboard import Keyboard
from acdengine.console.screen import screen
from acdengine.console.view import View

REFRESH_S: Final = 0.25
LINE_S: Final = 5.0
_STOP_S: Final = 2.0


class Beat(ABC):
    """Has something shown in a thread, again and again.

    Args:
        view: what to show.
        every_s: real seconds between two frames.
    """

    def __init__(self, view: View, every_s: float) -> None:
        self._view = view
        self._every_s = every_s
        self._ending = False
        #: A frame is due before its time: a key was pressed, or this is the end.
        self._due = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """End, with what is being drawn; a terminal that takes nothing is not waited for."""
        self._ending = True
        self._due.set()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=_STOP_S)

    def redraw(self) -> None:
        """Show a frame now."""
        self._due.set()

    def frame(self) -> Frame:
        """What is shown next."""
        return self._view.frame()

    @abstractmethod
    def show(self, frame: Frame) -> None:
        """Show a frame, in a thread."""

    async def _run(self) -> None:
        while not self._ending:
            await asyncio.to_thread(self.show, self.frame())
            try:
                await asyncio.wait_for(self._due.wait(), self._every_s)
            except TimeoutError:
                continue
            self._due.clear()


class LiveScreen(Beat):
    """Redraws the whole screen four times a second, and at every key.

    Args:
        view: what to show.
        console: a terminal.
        stop_engine: called when the viewer has asked for the engine's end.
        keys_fd: the terminal's descriptor that keys are read from.
    """

    def __init__(
        self,
        view: View,
        console: Console,
        stop_engine: Callable[[], None] = lambda: None,
        keys_fd: int | None = None,
    ) -> None:
        super().__init__(view, REFRESH_S)
        self._console = console
        self._stop_engine = stop_engine
        self._choice = Choice()
        self._shown: Frame | None = None
        fd = sys.__stdin__.fileno() if keys_fd is None and sys.__stdin__ is not None else keys_fd
        self._keyboard = None if fd is None else Keyboard(fd, self.pressed)
        self._live = Live(console=console, screen=True, auto_refresh=False, transient=True)

    def start(self) -> None:
        """Take the screen and the keys."""
        self._live.start()
        if self._keyboard is not None:
            self._keyboard.start()
        super().start()

    async def stop(self) -> None:
        """Give the screen back, with the last figures as a line on it."""
        if self._keyboard is not None:
            self._keyboard.stop()
        await super().stop()
        self._live.stop()
        self._console.print(line(self._view.frame()), highlight=False, soft_wrap=True)

    def pressed(self, key: str) -> None:
        """A key was pressed, by its name (`acdengine.console.keyboard`)."""
        rows = self._shown.queues if self._shown is not None else ()
        self._choice = self._choice.pressed(key, rows)
        if self._choice.stop:
            self._stop_engine()
        self.redraw()

    def frame(self) -> Frame:
        """What is shown next: with the opened queue, where there is one."""
        self._shown = self._view.frame(self._choice.queue_id if self._choice.opened else "")
        return self._shown

    def show(self, frame: Frame) -> None:
        """Draw."""
        width, height = self._console.size
        self._live.update(screen(frame, width, height, self._choice), refresh=True)


class LiveLines(Beat):
    """Writes a line every few seconds, where there is no terminal.

    Args:
        view: what to show.
        stream: where to.
        every_s: real seconds between lines.
    """

    def __init__(self, view: View, stream: TextIO, every_s: float = LINE_S) -> None:
        super().__init__(view, every_s)
        self._stream = stream

    async def stop(self) -> None:
        """End, with one more line."""
        await super().stop()
        self.show(self._view.frame())

    def show(self, frame: Frame) -> None:
        """Write a line."""
        try:
            self._stream.write(line(frame) + "\n")
            self._stream.flush()
        except OSError:
            # The reader is gone; the calls go on.
            pass


def line(frame: Frame) -> str:
    """A frame in one line."""
    states: dict[str, int] = {}
    for (state, _), number in frame.agents.items():
        states[state] = states.get(state, 0) + number
    longest_us = max((row.longest_us for row in frame.queues), default=0)
    totals = frame.totals
    return (
        f"{wording.clock(frame.local_us)}  "
        f"waiting {sum(row.waiting for row in frame.queues)} "
        f"(longest {wording.duration(longest_us)})  "
        f"talking {states.get('talking', 0)} ready {states.get('ready', 0)} "
        f"wrap-up {states.get('wrap_up', 0)}  {frame.calls_per_s:.2f} calls/s  "
        f"offered {totals.offered} answered {totals.answered} abandoned {totals.abandoned}"
    )
