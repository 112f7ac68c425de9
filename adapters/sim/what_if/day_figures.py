"""Figures of a day from its rows: by queue and by agent, each as a ratio of two counts.

``service_level`` is answered within the queue's threshold over the calls that its policy counts
(`queues.policy.ServiceLevelPolicy`). A caller sent on by a queue that did not keep them counts as
``left``. ``occupancy`` is talking ÷ (talking + ready), holds included.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from acdengine.records.rows import SegmentRow
from adapters.sim.runs.call_figures import US, Ratio
from adapters.sim.what_if.recorded_day import Rows
from queues.policy import QueuePolicy, ServiceLevelPolicy

ALL: Final = "all queues"
ALL_AGENTS: Final = "all agents"

#: Counts and ratios, in the order in which they are shown, with what the reader calls them.
COUNTS: Final = {
    "offered": "offered", "answered": "answered", "abandoned": "abandoned",
    "left": "left otherwise",
}  # fmt: skip
RATIOS: Final = {
    "service_level": "service level",
    "asa_s": "ASA, s",
    "mean_wait_s": "mean wait, s",
    "p_abandon": "P(abandon)",
}
AGENT_FIGURES: Final = {
    "answered": "answered", "occupancy": "occupancy", "signed_in_h": "signed in, h",
}  # fmt: skip


@dataclass(slots=True)
class QueueFigures:
    """Waits of a queue that began in the day."""

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    left: int = 0
    in_time: int = 0
    counted: int = 0
    waited_answered_us: int = 0
    waited_us: int = 0

    def add(self, wait: SegmentRow, policy: ServiceLevelPolicy) -> None:
        """Count a wait that is over."""
        self.offered += 1
        self.waited_us += wait.waited_us
        in_time = wait.waited_us <= policy.threshold_us
        if wait.outcome == "answered":
            self.answered += 1
            self.in_time += in_time
            self.counted += 1
            self.waited_answered_us += wait.waited_us
        elif wait.outcome == "abandoned":
            self.abandoned += 1
            self.counted += policy.abandons == "all" or (
                policy.abandons == "late_only" and not in_time
            )
        else:
            self.left += 1

    def ratios(self) -> dict[str, Ratio]:
        """Counts, as ratios to one day, and shares and means, by name."""
        return {
            **{name: Ratio(getattr(self, name), 1) for name in COUNTS},
            "service_level": Ratio(self.in_time, self.counted),
            "asa_s": Ratio(self.waited_answered_us / US, self.answered),
            "mean_wait_s": Ratio(self.waited_us / US, self.offered),
            "p_abandon": Ratio(self.abandoned, self.answered + self.abandoned),
        }


@dataclass(slots=True)
class AgentFigures:
    """What an agent did between the two ends of the day, in microseconds."""

    states_us: dict[str, int] = field(default_factory=dict)
    answered: int = 0

    def add(self, state: str, length_us: int) -> None:
        """Count a stretch of a state."""
        self.states_us[state] = self.states_us.get(state, 0) + length_us

    def ratios(self) -> dict[str, Ratio]:
        """Shares and times by name."""
        states = self.states_us
        talking, ready = states.get("talking", 0), states.get("ready", 0)
        signed_in = sum(us for state, us in states.items() if state != "logged_out")
        return {
            "answered": Ratio(self.answered, 1),
            "occupancy": Ratio(talking, talking + ready),
            "signed_in_h": Ratio(signed_in / US / 3600, 1),
        }


@dataclass(slots=True)
class DayFigures:
    """All figures of a day."""

    queues: dict[str, QueueFigures] = field(default_factory=dict)
    agents: dict[str, AgentFigures] = field(default_factory=dict)


def day_figures(
    rows: Rows, policies: Mapping[str, QueuePolicy], from_us: int, to_us: int
) -> DayFigures:
    """The figures of a stretch of time.

    Args:
        rows: of that time and others.
        policies: by queue; a queue without one has the usual policy.
        from_us, to_us: waits that began in between are counted, states are cut off at both.
    """
    found = DayFigures({ALL: QueueFigures()}, {ALL_AGENTS: AgentFigures()})
    usual = ServiceLevelPolicy()
    for wait in rows.segments:
        is_wait = wait.kind == "queue_wait" and wait.ended_at_us is not None
        if not is_wait or not from_us <= wait.started_at_us < to_us:
            continue
        policy = policies.get(wait.queue_id)
        level = usual if policy is None else policy.service_level
        for name in (wait.queue_id, ALL):
            found.queues.setdefault(name, QueueFigures()).add(wait, level)
    for talk in rows.segments:
        if talk.kind == "talk" and from_us <= talk.started_at_us < to_us:
            for name in (talk.agent_id, ALL_AGENTS):
                found.agents.setdefault(name, AgentFigures()).answered += 1
    for state in rows.agent_states:
        end_us = to_us if state.ended_at_us is None else min(state.ended_at_us, to_us)
        length_us = end_us - max(state.started_at_us, from_us)
        if length_us > 0:
            for name in (state.agent_id, ALL_AGENTS):
                found.agents.setdefault(name, AgentFigures()).add(state.state, length_us)
    return found
