"""What the console shows at one moment: plain values, nothing of the engine."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A queue.

    Attributes:
        working: agents at work who serve it.
        estimate_us: of a call that joined now; None without agents at work.
        service_level: share answered in time, 0 to 1, over the queue's window; None without calls.
        target: the share that is wanted.
        threshold_us: the time in which calls are to be answered.
        answered, abandoned: in the same window.
    """

    queue_id: str
    waiting: int
    longest_us: int
    estimate_us: int | None
    service_level: float | None
    target: float
    answered: int
    abandoned: int
    talking: int
    working: int
    threshold_us: int = 20_000_000


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A call that waits in the opened queue.

    Attributes:
        place: 1 for the call that is served next.
        ringing: agents who are rung for it.
    """

    place: int
    call_id: str
    waited_us: int
    priority: int
    ringing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QueueDetail:
    """The opened queue: who waits, and which agents serve it.

    Attributes:
        calls: the first ones in line.
        agents: (state, agent id), in the order of states and ids.
    """

    row: QueueRow
    calls: tuple[WaitingRow, ...]
    agents: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """One agent rung for one call, and why."""

    at_us: int
    call_id: str
    agent_id: str
    queue_id: str
    surplus: str
    rule: str
    candidates: int
    runner_up: str
    reason: str


@dataclass(frozen=True, slots=True)
class TrunkRow:
    """A trunk group: channels with a call, and all of them."""

    trunk_id: str
    used: int
    channels: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Calls since the start."""

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    refused: int = 0
    busy: int = 0


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step of a flow, and how many callers are in it."""

    flow_id: str
    step: str
    callers: int


@dataclass(frozen=True, slots=True)
class Frame:
    """Everything at one moment.

    Attributes:
        now_us: of the centre's clock; `local_us` the same as people there read it.
        speed: of that clock, 1 for real time.
        calls: live ones.
        calls_per_s: that arrived, over the last minute of the centre's clock.
        agents: (state, reason) to number.
        decisions: the newest first.
        decision_p99_us: None before the first decision.
        behind_us: how far a simulation is behind its clock.
        trouble: of what is beside the calls, such as records that wait for their database.
        detail: of the queue that the viewer has opened.
        steps: of flows that callers are in, those with the most callers first; None where the
            centre has no flows.
    """

    now_us: int
    local_us: int
    speed: float
    title: str
    queues: tuple[QueueRow, ...]
    agents: dict[tuple[str, str], int]
    trunks: tuple[TrunkRow, ...]
    decisions: tuple[Decision, ...]
    calls: int
    calls_per_s: float
    totals: Totals = field(default_factory=Totals)
    decision_p99_us: float | None = None
    events: int = 0
    inbox: int = 0
    behind_us: int = 0
    trouble: str = ""
    detail: QueueDetail | None = None
    steps: tuple[StepRow, ...] | None = None
