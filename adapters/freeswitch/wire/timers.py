"""Timers of the running event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


def later(delay_s: float, action: Callable[[], object]) -> asyncio.TimerHandle:
    """Call something after so many seconds."""
    return asyncio.get_running_loop().call_later(delay_s, action)
