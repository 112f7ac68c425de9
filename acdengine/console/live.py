"""The console beside a running daemon: a live screen, or a line now and then.

Frames are made in the loop, where nothing changes under them, and drawn in a thread: a terminal
that stands still (Ctrl-S, a slow line) must not hold up the calls.
"""

from __future__ import annotations

import asyncio
from typing import Final, TextIO

from rich.console import Console
from rich.live import Live

from acdengine.console import wording
from acdengine.console.frame import Frame
from acdengine.console.screen import screen
from acdengine.console.view import View

REFRESH_S: Final = 0.25
LINE_S: Final = 5.0
_STOP_S: Final = 2.0


class Beat:
    """Has something shown in a thread, again and again.

    Args:
        view: what to show.
        every_s: real seconds between two frames.
    """

    def __init__(self, view: View, every_s: float) -> None:
        self._view = view
        self._every_s = every_s
        self._ending = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """End, with what is being drawn; a terminal that takes nothing is not waited for."""
        self._ending.set()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=_STOP_S)

    def show(self, frame: Frame) -> None:
        """Show a frame, in a thread."""
        raise NotImplementedError

    async def _run(self) -> None:
        while not self._ending.is_set():
            await asyncio.to_thread(self.show, self._view.frame())
            try:
                await asyncio.wait_for(self._ending.wait(), self._every_s)
            except TimeoutError:
                continue


class LiveScreen(Beat):
    """Redraws the whole screen four times a second.

    Args:
        view: what to show.
        console: a terminal.
    """

    def __init__(self, view: View, console: Console) -> None:
        super().__init__(view, REFRESH_S)
        self._console = console
        self._live = Live(console=console, screen=True, auto_refresh=False, transient=True)

    def start(self) -> None:
        """Take the screen."""
        self._live.start()
        super().start()

    async def stop(self) -> None:
        """Give the screen back, with the last figures as a line on it."""
        await super().stop()
        self._live.stop()
        self._console.print(line(self._view.frame()), highlight=False, soft_wrap=True)

    def show(self, frame: Frame) -> None:
        """Draw."""
        self._live.update(screen(frame, self._console.size.height), refresh=True)


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
            # Nobody reads any more; the calls go on.
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
