"""An event loop whose time jumps to what is due next."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar, TypeVarTuple, Unpack

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

#: Real seconds that a thread may work while nothing else is to be done.
_THREADS_S = 10.0


class _JumpingSelector(selectors.SelectSelector):
    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None or (timeout > 0 and self.loop.threads):
            # A thread works in real time: the virtual one stands still until it has answered. Where
            # nothing is due, only a thread can have something to say, and soon.
            ready = super().select(_THREADS_S)
            if not ready:
                raise RuntimeError("everybody waits and nothing is due")
            return ready
        self.loop.now_s += max(0.0, timeout)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """`time()` stands still while callbacks run, and jumps while all wait."""

    def __init__(self, start_s: float = 1000.0) -> None:
        selector = _JumpingSelector()
        selector.loop = self
        self.now_s = start_s
        #: Threads that work for the loop now.
        self.threads = 0
        super().__init__(selector)

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Ts]], T], *args: *Ts
    ) -> asyncio.Future[T]:
        self.threads += 1
        answer = super().run_in_executor(executor, func, *args)
        answer.add_done_callback(self._thread_has_answered)
        return answer

    def _thread_has_answered(self, _: asyncio.Future[Any]) -> None:
        self.threads -= 1

    def time(self) -> float:
        return self.now_s

    def now_ns(self) -> int:
        return round(self.now_s * 1e9)


def run_virtual(main: Coroutine[Any, Any, T], loop: VirtualLoop) -> T:
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(main)
