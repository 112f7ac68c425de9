"""The table of speeds in README, from the JSON of `python -m bench core` in `docs/measured`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

MEASURED: Final = Path(__file__).parent / "measured"


def speed() -> str:
    """What was measured, on which machine and at which commit, compiled and in plain Python."""
    compiled, plain = _read("core.json"), _read("core-plain.json")
    return "\n".join([_setting(compiled), "", *_table(compiled["rows"]), "", _plain(plain)])


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((MEASURED / name).read_text("utf-8"))
    return found


def _setting(run: dict[str, Any]) -> str:
    return (
        f"`python -m bench core --json FILE`, {_build(run)}, at {_where(run)}; seed {run['seed']},"
        f" {run['agents']:,} agents with 3 to 8 of {run['skills']} skills,"
        f" {run['requirement_classes']} requirement classes; processor time, median of 20 rounds"
        " between the rows. A heap pair is one `heapq` push and pop on a heap of 10,000, timed in"
        " the same run."
    )


def _table(rows: list[dict[str, Any]]) -> list[str]:
    heads = "waiting", "call lives/s", "heap pairs a life", "one event, p50 / p99"
    lines = [(*heads, "memory a waiting call"), ("---",) * 5]
    lines += [
        (
            f"{row['waiting']:,}",
            f"{row['lifecycles_per_s']:,}",
            f"{row['heap_pairs_per_lifecycle']}",
            f"{row['handle_us_p50']} / {row['handle_us_p99']} µs",
            f"{row['bytes_per_waiting_call']:,} bytes",
        )
        for row in rows
    ]
    return [f"| {' | '.join(cells)} |" for cells in lines]


def _plain(run: dict[str, Any]) -> str:
    row = run["rows"][-1]
    return (
        f"At {row['waiting']:,} waiting {_build(run)} gave {row['lifecycles_per_s']:,} lives a"
        f" second and {row['heap_pairs_per_lifecycle']} pairs (at {_where(run)})."
    )


def _build(run: dict[str, Any]) -> str:
    return "the compiled build" if run["compiled"] else "plain Python"


def _where(run: dict[str, Any]) -> str:
    machine = run["machine"]
    return (
        f"commit `{machine['commit']}` on {machine['cores']} cores of {machine['processor']},"
        f" {machine['python']}"
    )
