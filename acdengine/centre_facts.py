"""What happened to the centre itself: its agents, their lines, the settings and the switches."""

from __future__ import annotations

from typing import Literal, TypeAlias

from acdengine.base_messages import Fact


class AgentStateChanged(Fact, frozen=True, gc=False, tag=True):
    """An agent's state or reason is another; ``until_us`` where it ends by itself."""

    agent_id: str
    before: str
    state: str
    reason: str
    #: How long the state before lasted.
    lasted_us: int
    until_us: int
    by: str


class AgentChangePending(Fact, frozen=True, gc=False, tag=True):
    """An agent asked for a state that comes after the present call."""

    agent_id: str
    state: str
    reason: str


class PickUpRefused(Fact, frozen=True, gc=False, tag=True):
    """An agent's telephone has dialled the pick-up code in vain."""

    agent_id: str
    dialled: str
    reason: str


class AgentSkillsChanged(Fact, frozen=True, gc=False, tag=True):
    """An agent's skills or queues were changed while live."""

    agent_id: str
    skills: dict[str, int]
    queues: tuple[str, ...]
    by: str


class LineChanged(Fact, frozen=True, gc=False, tag=True):
    """A nailed-up agent's line is being dialled, is up, or is down and why."""

    agent_id: str
    line_id: str
    state: Literal["dialled", "up", "down"]
    cause: str


class SettingsApplied(Fact, frozen=True, gc=False, tag=True):
    """New settings are in force; the lists name what differs."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    draining: tuple[str, ...]
    removed: tuple[str, ...]


class DrainChanged(Fact, frozen=True, gc=False, tag=True):
    """New calls are refused, or taken again: everywhere, in a queue, or on a switch node."""

    queue_id: str
    on: bool
    by: str
    node_id: str = ""
    #: When calls are taken again; 0: when that is asked for.
    until_us: int = 0


class HoursChanged(Fact, frozen=True, gc=False, tag=True):
    """Opening hours are held open or closed by hand, or their timetable counts again.

    ``by``: "time" where the end of that was given beforehand, "settings" where the hours are gone
    from these.
    """

    hours_id: str
    state: Literal["open", "closed", "timetable"]
    #: When the timetable counts again; 0: when that is asked for.
    until_us: int
    by: str


class SwitchEmptied(Fact, frozen=True, gc=False, tag=True):
    """A drained node has no call any more, and phones there are not rung: it may be restarted."""

    node_id: str


class SwitchChanged(Fact, frozen=True, gc=False, tag=True):
    """A node was lost, or compared with what the engine knew."""

    node_id: str
    state: Literal["lost", "synced"]
    calls_ended: int
    calls_adopted: int


class RecordingSpaceChanged(Fact, frozen=True, gc=False, tag=True):
    """A node has too little space for recordings and begins none, or has enough again."""

    node_id: str
    enough: bool
    free_bytes: int


AnyCentreFact: TypeAlias = (
    RecordingSpaceChanged
    | AgentStateChanged
    | AgentChangePending
    | PickUpRefused
    | AgentSkillsChanged
    | LineChanged
    | SettingsApplied
    | DrainChanged
    | HoursChanged
    | SwitchEmptied
    | SwitchChanged
)
