"""Agents and teams: what they can do, which queues they serve, what follows calls and misses."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field, SecretStr

from acdengine.settings.accepting import AcceptKeySettings
from acdengine.settings.model import Expected, SettingsModel, refusal
from acdengine.settings.passwords import is_hash
from acdengine.settings.values import (
    SECRET_SOURCE,
    SECRET_WORDS,
    Contact,
    Count,
    Proficiency,
    Seconds,
    SkillName,
)

AgentName = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_.@-]+$|^[A-Za-z0-9_.@-]*\{[0-9]+\.\.[0-9]+\}[A-Za-z0-9_.@-]*$",
        max_length=64,
    ),
    Expected("a name of letters, digits and _ . - @, or of many agents, such as a{01..20}"),
]
OwnProficiency = Annotated[
    int,
    Field(ge=0, le=10),
    Expected("a whole number from 1 to 10, or 0 for a skill of the team that the agent lacks"),
]


PIN_WORDS = f"a hash as `acdengine account pin` writes it, or {SECRET_WORDS}"
AgentNumber = Annotated[
    str,
    Field(pattern=r"^([0-9]|\{digits\})+$", max_length=32),
    Expected("digits such as 1001, or 7{digits}"),
]


def _is_pin(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not is_hash(text) and not SECRET_SOURCE.fullmatch(text):
        raise refusal("a PIN is not written in the settings", PIN_WORDS)
    return value


AgentPin = Annotated[SecretStr, AfterValidator(_is_pin), Expected(PIN_WORDS)]
AutoAnswerBy: TypeAlias = Literal["standard", "call_info", "alert_info"]


class AssignmentSettings(SettingsModel):
    """How an agent serves a queue. What an agent leaves out is as the team has it."""

    serves: bool = True
    """`false` for a queue of the team that the agent does not serve."""
    level: Count = 1
    """Agents of level 1 are asked first, those of higher levels by the queue's `levels`."""
    position: Annotated[int, Field(ge=0)] = 0
    """Order within a level for `top_down`, `sequential` and `round_robin`, lower first; those of
    the same position follow each other by name."""
    delay_s: Seconds = 0
    """The agent joins in once a call has waited so many seconds."""
    weight: Annotated[int, Field(ge=1, le=1000)] = 1
    """Chance of being drawn under `weighted_random`."""
    rank: Annotated[int, Field(ge=1, le=100)] = 1
    """The agent takes waiting calls of queues of rank 1 first, then those of rank 2 and so on,
    however long these wait. Queues of one rank are served in one order of urgency."""


Served: TypeAlias = dict[str, AssignmentSettings] | list[str]


class WrapUpSettings(SettingsModel):
    """Work after a call."""

    mode: Literal["none", "optional", "mandatory", "timed", "forced", "on_request"] = "timed"
    """`none`: ready at once. `optional`: ready, but wrap-up may be asked for during the call or
    within `time_s` after it. `mandatory`: until the agent ends it. `timed`: until the agent ends
    it, at most `time_s`. `forced`: exactly `time_s`. `on_request`: only when asked for during the
    call, then as `timed`."""
    time_s: Seconds = 30
    """Seconds of wrap-up."""
    extend_limit_s: Seconds = 300
    """Seconds that all extensions together may add."""


class PinSettings(SettingsModel):
    """How often the PINs of agents who sign in by telephone may be wrong."""

    attempts: Annotated[int, Field(ge=1, le=100)] = 5
    """So many wrong PINs of one agent, or from one telephone, and no further one is looked at for
    `lock_s`. Callers without a number are one telephone."""
    lock_s: Annotated[float, Field(ge=1, le=86_400)] = 900
    """Seconds that the lock lasts, and after which wrong PINs are forgotten."""


class MissRuleSettings(SettingsModel):
    """What follows when an agent misses a call for one cause."""

    delay_s: Seconds = 0
    """No further call for so many seconds."""
    counts: bool = True
    """Counts towards the limit of the policy."""


class MissSettings(SettingsModel):
    """What follows when an agent misses calls."""

    no_answer: MissRuleSettings = MissRuleSettings()
    """The telephone rang without an answer."""
    busy: MissRuleSettings = MissRuleSettings(delay_s=10)
    """The telephone was busy."""
    rejected: MissRuleSettings = MissRuleSettings(delay_s=5)
    """The agent rejected the call."""
    unreachable: MissRuleSettings = MissRuleSettings(delay_s=30)
    """The telephone could not be reached; or offers of different calls failed there one after the
    other, for a cause that the switch does not name, while other agents answered theirs."""
    limit: Annotated[int, Field(ge=0)] = 1
    """Not ready after so many counted misses in a row; 0: never."""
    reason: str = "missed"
    """The not-ready reason then: `missed`, or one of the tenant's `not_ready_reasons`."""


class TeamSettings(SettingsModel):
    """A team. What stands here holds for each of its agents who does not say otherwise."""

    name: str | None = None
    """The name that people read; the team's key when not given."""
    skills: dict[SkillName, Proficiency] = {}
    """Skill to proficiency, 1 to 10, 10 best."""
    queues: Served = []
    """The queues that the team serves: names, or each name with how it is served."""
    wrap_up: str | None = None
    """A wrap-up policy of the tenant; `default` when not given."""
    misses: str | None = None
    """A miss policy of the tenant; `default` when not given."""
    contact: Contact = ""
    """Contact string of the telephones; `{agent}` stands for the agent's key."""
    switch: str = ""
    """The switch where the telephones register; empty: where they are seen to be registered."""
    nailed_up: bool = False
    """Telephones are dialled when agents sign in, and the line is kept: a call is announced by a
    beep and is there, nothing rings. Who hangs up the line is not ready until they ask for calls
    again, which has them dialled again."""
    auto_answer: bool = False
    """Telephones answer by themselves."""
    auto_answer_by: AutoAnswerBy = "standard"
    """How telephones are told to. `standard`: all that most telephones know, `Call-Info` with
    `answer-after=0`, `intercom=true` in the address and, while it rings, a `NOTIFY` to talk.
    `call_info`: only the `Call-Info` (Yealink, Grandstream, Snom, Cisco). `alert_info`:
    `Alert-Info` with `info=alert-autoanswer` (Mitel, Aastra, Snom; Polycom when that text is among
    its `alertInfo` values)."""
    accept_key: AcceptKeySettings | None = None
    """Key by which the agents accept calls after answering, such as on mobiles whose voicemail
    answers; without this setting as the queue says. Nailed-up telephones need none."""


class AgentSettings(SettingsModel):
    """An agent, or many who are alike: `a{01..20}` stands for a01, a02 and so on to a20.

    What is not given is as the team has it. Skills and queues add to those of the team, one by one.
    """

    name: str | None = None
    """The name that people read, `{agent}` standing for the agent's key; that key when not
    given."""
    team: str | None = None
    """The team."""
    skills: dict[SkillName, OwnProficiency] = {}
    """Skill to proficiency, 1 to 10, 10 best; 0 takes a skill of the team away."""
    queues: Served = []
    """The queues that the agent serves: names, or each name with how it is served."""
    wrap_up: str | None = None
    """A wrap-up policy of the tenant."""
    misses: str | None = None
    """A miss policy of the tenant."""
    contact: Contact | None = None
    """Contact string of the usual telephone, `{agent}` standing for the agent's key; another may
    be named when signing in."""
    switch: str | None = None
    """The switch where the usual telephone registers."""
    nailed_up: bool | None = None
    """The telephone is dialled when the agent signs in, and the line is kept."""
    auto_answer: bool | None = None
    """The telephone answers by itself."""
    auto_answer_by: AutoAnswerBy | None = None
    """How the telephone is told to."""
    accept_key: AcceptKeySettings | None = None
    """Key by which the agent accepts calls after answering."""
    number: AgentNumber | None = None
    """What the agent types to sign in by telephone, `{digits}` standing for the digits of the
    agent's key; when not given that key, where it has digits only."""
    pin: AgentPin | None = None
    """The PIN for that: its hash, as `acdengine account pin` writes it, or where it is,
    `${env:NAME}` or `${file:PATH}`, as a hash or 4 to 12 digits. Without one the agent cannot sign
    in by telephone."""
