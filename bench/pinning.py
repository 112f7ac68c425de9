"""Processes on cores of their own."""

from __future__ import annotations

import os


def pin(core: int) -> None:
    """Keep this process on one core, where the system can; -1 is anywhere."""
    if core >= 0 and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})


def cores_for(processes: int) -> list[int]:
    """A core for each process; -1 for all where there are too few."""
    there = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return there[:processes] if len(there) >= processes else [-1] * processes
