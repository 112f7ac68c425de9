"""Routing: who callers are, where their calls go, and what plays on the way."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from acdengine.settings.model import SettingsModel
from acdengine.settings.targets import TargetSettings
from acdengine.settings.values import (
    CallerNumber,
    Cause,
    Count,
    NumberPattern,
    Proficiency,
    Score,
    Seconds,
    SkillName,
)

Patterns: TypeAlias = NumberPattern | list[NumberPattern]


class CustomerSettings(SettingsModel):
    """A known caller."""

    name: str = ""
    """The name that people read."""
    numbers: Annotated[list[CallerNumber], Field(min_length=1)]
    """The numbers that the customer calls from."""
    vip_level: Annotated[int, Field(ge=0, le=100)] = 0
    """How important; what follows from it is said by the rules."""
    blacklisted: bool = False
    """Turned away, unless a rule says otherwise."""
    preferred: dict[str, Score] = {}
    """Agent to score: whom the customer's calls wait for first, by the queue's `preferred`."""
    skills: dict[SkillName, Proficiency] = {}
    """Skill to the proficiency that this customer's agent needs, a language for example."""


class WhenSettings(SettingsModel):
    """The condition of a rule: all that is given must hold, of a list any."""

    ani: Patterns = []
    """Caller's numbers; `+49*` stands for all that begin with +49, empty text for a withheld
    one."""
    dnis: Patterns = []
    """Dialled numbers, in the same way."""
    trunks: list[str] = []
    """Trunk groups that the call came in on."""
    customers: list[str] = []
    """Customers."""
    vip_at_least: Count | None = None
    """Customers with this VIP level or a higher one."""
    blacklisted: bool | None = None
    """Whether the caller is blacklisted."""
    known: bool | None = None
    """Whether the caller is one of the customers."""
    within: str | None = None
    """Inside these opening hours."""
    outside: str | None = None
    """Outside these opening hours."""


class ThenSettings(SettingsModel):
    """What a rule does. The first rule with `to` or `reject` ends the search."""

    to: TargetSettings | None = None
    """Send the call there, in place of where its dialled number leads."""
    reject: Cause | None = None
    """Turn the call away with this cause."""
    priority: Annotated[int, Field(ge=-1000, le=1000)] = 0
    """Points of priority to add."""
    boost_s: Seconds = 0
    """Seconds that count as waited already."""
    skills: dict[SkillName, Proficiency] = {}
    """Skill to the proficiency that the agent needs."""
    preferred: dict[str, Score] = {}
    """Agent to score: whom the call waits for first, by the queue's `preferred`."""
    last_agent_score: Annotated[int, Field(ge=0, le=1000)] = 0
    """Score of the agent whom this caller spoke with last; 0: not preferred."""


class RuleSettings(SettingsModel):
    """One line of a tenant's routing; rules are read from the top."""

    name: str | None = None
    """The name by which decisions are explained; `rule 1` and so on when not given."""
    when: WhenSettings = WhenSettings()
    """The condition; without one the rule always holds."""
    then: ThenSettings
    """What it does."""


class FlowSettings(SettingsModel):
    """Prompts played one after the other, then a target."""

    prompts: list[str] = []
    """The prompts."""
    then: TargetSettings
    """Where the call goes after them."""
