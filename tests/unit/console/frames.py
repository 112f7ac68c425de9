"""A canned frame."""

from __future__ import annotations

from dataclasses import replace

from acdengine.console.frame import Decision, Frame, QueueRow, Totals, TrunkRow

S = 1_000_000
NOW_US = 1_767_603_871 * S  # Mon 5 Jan 2026 09:04:31 UTC


def queue(n: int = 1, waiting: int = 3, longest_s: int = 95) -> QueueRow:
    return QueueRow(
        queue_id=f"acme/queue{n}",
        waiting=waiting,
        longest_us=longest_s * S,
        estimate_us=150 * S,
        service_level=0.72,
        target=0.8,
        answered=100 + n,
        abandoned=7,
        talking=12,
        working=15,
    )


def decision(n: int = 1, runner_up: str = "acme/sales06") -> Decision:
    return Decision(
        at_us=NOW_US - n * S,
        call_id=f"c{n}",
        agent_id="acme/sales05",
        queue_id="acme/sales",
        surplus="call",
        rule="longest_idle",
        candidates=3 if runner_up else 1,
        runner_up=runner_up,
        reason="idle longer",
    )


FRAME = Frame(
    now_us=NOW_US,
    local_us=NOW_US + 3600 * S,
    speed=60.0,
    title="simulated day: day.csv",
    queues=(queue(1), queue(2, waiting=0, longest_s=0), replace(queue(3), working=0)),
    agents={
        ("talking", ""): 24, ("ready", ""): 5, ("not_ready", "break"): 3,
        ("not_ready", "missed"): 1, ("logged_out", ""): 9,
    },
    trunks=(TrunkRow("berlin", 28, 120),),
    decisions=tuple(decision(n) for n in range(1, 31)),
    calls=31,
    calls_per_s=0.25,
    totals=Totals(offered=300, answered=250, abandoned=40, refused=6, busy=2),
    decision_p99_us=180.0,
    events=2500,
)  # fmt: skip
