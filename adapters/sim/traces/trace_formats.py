"""The formats of recorded traffic that can be played again, by the name the command line uses.

A new format is a function from files to a `Trace`, and one line here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from adapters.sim.traces.anonymous_bank_1999 import read_bank1999
from adapters.sim.traces.trace import Trace, TraceError

TRACE_FORMATS: dict[str, Callable[[Sequence[Path]], Trace]] = {"bank1999": read_bank1999}


def read_trace(format_name: str, paths: Sequence[Path]) -> Trace:
    """The calls of the files, in order of time.

    Raises:
        TraceError: the format is unknown, a file cannot be read, or none of them holds a call.
    """
    reader = TRACE_FORMATS.get(format_name)
    if reader is None:
        known = ", ".join(sorted(TRACE_FORMATS))
        raise TraceError(f"no trace format is called {format_name!r}; known: {known}")
    trace = reader(paths)
    if not trace.calls:
        reasons = ", ".join(f"{reason}: {count}" for reason, count in trace.left_out.items())
        raise TraceError(
            f"no usable call in {len(paths)} {format_name} files, {trace.rows} rows read"
            + (f" ({reasons})" if reasons else "")
        )
    return trace
