"""Tenants: centres on one system, none of which sees anything of another."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from acdengine.settings.agents import (
    AgentName,
    AgentSettings,
    MissSettings,
    PinSettings,
    TeamSettings,
    WrapUpSettings,
)
from acdengine.settings.dialling import DialSettings
from acdengine.settings.hours import HoursSettings
from acdengine.settings.ivr import IvrSettings
from acdengine.settings.messages import MessageSettings
from acdengine.settings.model import SettingsModel
from acdengine.settings.queues import QueueSettings
from acdengine.settings.recording import RecordingSettings
from acdengine.settings.retention import KeepingSettings
from acdengine.settings.routing import CustomerSettings, FlowSettings, RuleSettings
from acdengine.settings.systems import AgiSystems, HttpSystems
from acdengine.settings.targets import TargetSettings
from acdengine.settings.values import (
    CallerNumber,
    Count,
    DialPrefix,
    FeatureCode,
    Name,
    NumberPattern,
    PhonePattern,
    RegionPrefix,
    SkillName,
)


class TenantSettings(SettingsModel):
    """One centre on the system. Names within it mean nothing outside of it."""

    name: str | None = None
    """The name that people read; the tenant's key when not given."""
    zone: str | None = None
    """Time zone of its reports, such as `Europe/Berlin`. Without: that of its opening hours
    where all have the same, else UTC."""
    regions: dict[RegionPrefix, Annotated[str, Field(max_length=80)]] = {}
    """Regions that reports name, by the beginnings of callers' numbers: `+4930: Berlin`.
    The longest match wins; of other callers the country code is told."""
    numbers: dict[NumberPattern, TargetSettings] = {}
    """Dialled number to where it leads; `+4930*` stands for all that begin with +4930, and the
    longest match wins."""
    country_code: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,2}$")] | None = None
    """Of the country in whose form national numbers come and are dialled: with `49`, `030123456`
    is `+4930123456`. Without, they count as two numbers where each may have one callback."""
    national_prefix: Annotated[str, Field(pattern=r"^[0-9]{1,3}$")] = "0"
    """What national numbers begin with, where there is a `country_code`."""
    max_calls: Count | None = None
    """Calls at once at most; further ones are turned away."""
    dial_allow: list[DialPrefix] = []
    """Beginnings of numbers that may be dialled out; nothing else may."""
    dial: DialSettings = DialSettings()
    """How they are dialled."""
    follow_redirects: Annotated[int, Field(ge=0, le=5)] = 0
    """How many times an offer follows an agent's telephone that redirects it (302, call forwarding
    that is set on the telephone): only to numbers of `dial_allow`, dialled as `dial` says, never to
    one that was tried or is the tenant's own. With 0 such an offer has failed. A mobile's voicemail
    takes calls as an agent would, unless an `accept_key` is asked for."""
    phones_allow: list[PhonePattern] = []
    """Telephones that tokens may name to sign in on or to supervise from, besides those of the
    tenant's agents; nothing else may be named. In `user/...` a `*` stands for any user's name, so
    `user/*@acme.example` for every telephone of that domain; other contacts are written whole."""
    messages: MessageSettings = MessageSettings()
    """How messages are taken into voicemail boxes."""
    recording: RecordingSettings = RecordingSettings()
    """Which conversations are recorded, of queues that say nothing of it."""
    records: KeepingSettings = KeepingSettings()
    """How long records of calls and agents are kept in the database."""
    show_numbers: bool = True
    """Whether agents' telephones show callers' numbers, of queues that say nothing of it. Without:
    `anonymous`, privacy asked for, and no `X-ACD-ANI`; names stay, unless they are numbers."""
    withheld_for: Literal["nobody", "routing", "control", "telephones"] = "routing"
    """Who may use the number that the network tells of a caller who withholds it (`Privacy: id` and
    `P-Asserted-Identity`), each with those before: `nobody`; `routing`: rules, customers, the
    blacklist, the last agent and the old place; `control`: the control API, screens, facts and
    names of recordings; `telephones`: agents' telephones. Numbers outside are never told it."""
    blacklist: list[CallerNumber] = []
    """Numbers of callers who are turned away, unless a rule says otherwise."""
    not_ready_reasons: list[Name] = ["break"]
    """Reasons that agents can give for not being ready."""
    telephone_in_use: Literal["refuse", "sign_out"] = "refuse"
    """What happens when an agent signs in on a telephone on which another is signed in: it is
    refused, with the name of the other, or the other is signed out first. An agent in a call is
    never signed out so."""
    pins: PinSettings = PinSettings()
    """Limits of agents who sign in by telephone."""
    http: HttpSystems = HttpSystems()
    """Systems that flows may ask over HTTP."""
    agi: AgiSystems = AgiSystems()
    """AGI scripts that flows may run."""
    pickup_code: FeatureCode | None = None
    """What an agent's telephone dials to pick up the call that has waited longest of those that
    ring at colleagues, in queues with `pick_up`: `*8`. With an extension behind it, `*81001`, the
    one that rings there. Without: by the control API alone."""

    skills: list[SkillName] = []
    """The skills that there are; any other is a mistake."""
    hours: dict[Name, HoursSettings] = {}
    """Opening hours."""
    wrap_up: dict[Name, WrapUpSettings] = {}
    """Wrap-up policies; `default` holds for all who name none."""
    misses: dict[Name, MissSettings] = {}
    """Miss policies; `default` holds for all who name none."""
    queues: dict[Name, QueueSettings] = {}
    """Queues."""
    teams: dict[Name, TeamSettings] = {}
    """Teams."""
    agents: dict[AgentName, AgentSettings] = {}
    """Agents."""
    customers: dict[Name, CustomerSettings] = {}
    """Known callers."""
    rules: list[RuleSettings] = []
    """Routing rules, read from the top."""
    flows: dict[Name, FlowSettings] = {}
    """Flows of prompts and a target."""
    ivr: IvrSettings | None = None
    """Flows of named steps, in files of their own."""
