"""A recorded day: what callers and agents did, apart from what the engine decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from acdengine.events import CallArrived
from acdengine.records.rows import AgentStateRow, CallRow, SegmentRow
from acdengine.requests import CallbackRequested
from adapters.sim.centre.caller_scripts import ScriptedAnswer, ScriptedTalk
from adapters.sim.what_if.recorded_systems import RecordedAnswer

#: ``ready``: also the end of a break. ``not_ready``: a break with its reason begins.
Action = Literal["sign_in", "ready", "not_ready", "sign_out"]


@dataclass(frozen=True, slots=True)
class KeyPress:
    """A key that no question asked for: so long after the arrival, or after joining the queue."""

    digit: str
    after_us: int
    in_queue: bool = False


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A caller's part of a call.

    Attributes:
        at_us: when the call arrives.
        arrival: what it brings along; its id is that of the call.
        queue_id: the first queue that it waited in; empty: none.
        waited_us: from joining that queue to the first answer, to giving up, or to leaving the
            queue on another way.
        gave_up: the caller hung up while waiting: ``waited_us`` is all their patience. Otherwise
            it was longer.
        left_after_us: of a caller who hung up before joining a queue, when; None of all others.
        answers: to questions of flows, in order.
        presses: other keys.
        systems: what systems and scripts answered that its flows asked.
        talks: conversations, in order.
        rung: ringing until the caller answered, each time they were rung back; None: no answer.
        callback: the call is no call yet: a customer asked to be rung back, by a web form.
        is_blocked: met busy on the trunk group.
    """

    at_us: int
    arrival: CallArrived
    queue_id: str = ""
    waited_us: int = 0
    gave_up: bool = False
    left_after_us: int | None = None
    answers: tuple[ScriptedAnswer, ...] = ()
    presses: tuple[KeyPress, ...] = ()
    systems: tuple[RecordedAnswer, ...] = ()
    talks: tuple[ScriptedTalk, ...] = ()
    rung: tuple[int | None, ...] = ()
    callback: CallbackRequested | None = None
    is_blocked: bool = False

    @property
    def call_id(self) -> str:
        return self.arrival.call_id


@dataclass(frozen=True, slots=True)
class AgentManner:
    """How an agent answered offers.

    Attributes:
        rang_us: ringing of each offer that was answered.
        missed, rejected: offers that were not.
    """

    rang_us: tuple[int, ...] = ()
    missed: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class RecordedAgent:
    """An agent's part of a day.

    Attributes:
        agent_id: of the settings.
        actions: what the agent did of their own accord, in order: when, what, for which reason.
        manner: how offers were answered.
    """

    agent_id: str
    actions: tuple[tuple[int, Action, str], ...]
    manner: AgentManner = AgentManner()


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a stretch of time, in the order in which they began."""

    calls: Sequence[CallRow]
    segments: Sequence[SegmentRow]
    agent_states: Sequence[AgentStateRow]


@dataclass(frozen=True, slots=True)
class RecordedDay:
    """What is played again.

    Attributes:
        name: where it comes from, for people.
        from_us, to_us: the stretch of time.
        calls: in order of their arrival.
        agents: those who were there.
        prompt_us: lengths of prompts that were heard to their end; empty: not recorded.
        rows: what the engine made of it, as it was recorded.
        left_out: calls that cannot be played again, by the reason.
    """

    name: str
    from_us: int
    to_us: int
    calls: tuple[RecordedCall, ...]
    agents: tuple[RecordedAgent, ...]
    rows: Rows
    prompt_us: tuple[int, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
