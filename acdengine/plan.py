"""The settings as the engine takes them: checked, complete, in integers and microseconds.

`acdengine.settings` makes a plan from YAML. A new plan is an event (`SettingsChanged`), so that it
is in the journal like everything else. Ids of queues, agents, teams, flows and hours are
``tenant/name``; a plan never mixes tenants.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

from acdengine.ivr.definition import FlowDefinition
from acdengine.speech_input import Recogniser
from queues.policy import SECOND_US, QueuePolicy
from queues.targets import Target
from routing.policy import AgentProfile, Customer, Hours, RoutingRule


class Flow(Struct, frozen=True, kw_only=True):
    """Prompts played one after the other, then a target."""

    flow_id: str
    prompts: tuple[str, ...]
    then: Target


class DialWay(Struct, frozen=True, kw_only=True):
    """One way out: a gateway of a trunk group, which the leg counts against."""

    #: Contact of the switch, with ``{number}`` where the number belongs.
    contact: str
    trunk_id: str = ""
    #: Legs of the trunk group at once, and new ones a second (None: no limit).
    channels: int = 30
    calls_per_s: float | None = None


class DialRoute(Struct, frozen=True, kw_only=True):
    """How a tenant dials out."""

    #: Tried in order, the next where the one before failed through no fault of the number.
    ways: tuple[DialWay, ...] = ()
    #: Shown to who is called; empty: the number and name of the caller who is put through, and the
    #: gateway's own for a callback.
    caller_number: str = ""
    caller_name: str = ""
    #: How long a number rings that a caller is put through to (a callback has its own time).
    ring_timeout_us: int = 60 * SECOND_US
    #: What the caller hears meanwhile; empty: a ringing tone.
    music: str = ""


class MessagePolicy(Struct, frozen=True, kw_only=True):
    """How messages are taken into a tenant's voicemail boxes."""

    max_us: int = 180 * SECOND_US
    #: Shorter ones are none.
    min_us: int = SECOND_US
    #: Silence that ends a message; 0: none does.
    silence_us: int = 5 * SECOND_US
    #: Keys that end a message.
    end_keys: str = "#"
    beep: bool = True
    #: Of the caller's number, the file's name has the last digits alone.
    mask_caller: bool = True


#: Who may use the number that the network tells of a caller who withholds it; each with those
#: before it.
WithheldFor = Literal["nobody", "routing", "control", "telephones"]


class Systems(Struct, frozen=True, kw_only=True):
    """What a tenant's flows may reach beyond the switch."""

    #: Hosts that may be asked over HTTP, and those of them that may be in a private network.
    hosts: tuple[str, ...] = ()
    private_hosts: tuple[str, ...] = ()
    #: FastAGI servers, and the folder of local scripts; empty: none.
    script_hosts: tuple[str, ...] = ()
    script_folder: str = ""
    #: Places of the dialplan that scripts name, ``CONTEXT,EXTENSION,PRIORITY`` or less from the
    #: right, to where calls go from there.
    places: dict[str, Target] = field(default_factory=dict)
    #: What understands callers who speak; None: flows take keys alone.
    recogniser: Recogniser | None = None


class PinPolicy(Struct, frozen=True):
    """After so many wrong PINs of an agent, or from a telephone, none is looked at for a time."""

    attempts: int = 5
    lock_us: int = 900 * SECOND_US


class Tenant(Struct, frozen=True, kw_only=True):
    """One centre on the system. Nothing of it is seen by another."""

    tenant_id: str
    name: str = ""
    #: Dialled number or prefix ending in ``*`` to the default target; the longest match wins.
    numbers: dict[str, Target] = field(default_factory=dict)
    rules: tuple[RoutingRule, ...] = ()
    #: Number prefixes that may be dialled out (callbacks, transfers); nothing else may.
    dial_allow: tuple[str, ...] = ()
    dial: DialRoute = DialRoute()
    #: How many times an offer follows a telephone that redirects it (302).
    follow_redirects: int = 0
    #: Telephones that tokens may name besides those of the agents; ``*`` stands for a user's name.
    phones_allow: tuple[str, ...] = ()
    messages: MessagePolicy = MessagePolicy()
    #: Calls of this tenant at once; beyond it they are turned away.
    max_calls: int | None = None
    not_ready_reasons: tuple[str, ...] = ("break",)
    #: An agent signs in on a telephone on which another is signed in: refused, or the other is
    #: signed out.
    telephone_in_use: Literal["refuse", "sign_out"] = "refuse"
    #: Of agents who sign in by telephone.
    pins: PinPolicy = PinPolicy()
    #: What an agent's telephone dials to pick up a call that rings at a colleague, alone or with
    #: the colleague's extension behind it; empty: there is no such code.
    pickup_code: str = ""
    #: The skills that there are (None: any).
    skills: tuple[str, ...] | None = None
    #: The voicemail boxes that there are, by their full names (None: any).
    boxes: tuple[str, ...] | None = None
    blacklist: tuple[str, ...] = ()
    withheld_for: WithheldFor = "routing"
    systems: Systems = Systems()
    #: Agents' telephones show callers' numbers, where a queue does not say otherwise.
    show_numbers: bool = True


class TrunkGroup(Struct, frozen=True, kw_only=True):
    """Lines that calls arrive on or leave by."""

    trunk_id: str
    kind: str = "sip"
    channels: int = 30
    calls_per_s: float | None = None
    #: Tenant that all calls of this group belong to; empty: by dialled number.
    tenant_id: str = ""
    #: Where a REFER sends its calls, `sip:{number}@host`; empty: it takes none.
    refer_to: str = ""


class Plan(Struct, frozen=True, kw_only=True):
    """Everything the engine is told, for all tenants."""

    tenants: dict[str, Tenant] = field(default_factory=dict)
    queues: dict[str, QueuePolicy] = field(default_factory=dict)
    agents: dict[str, AgentProfile] = field(default_factory=dict)
    #: ``tenant/number`` to customer.
    customers: dict[str, Customer] = field(default_factory=dict)
    flows: dict[str, Flow] = field(default_factory=dict)
    #: IVR flows; none has the id of one of `flows`.
    ivr_flows: dict[str, FlowDefinition] = field(default_factory=dict)
    hours: dict[str, Hours] = field(default_factory=dict)
    trunks: dict[str, TrunkGroup] = field(default_factory=dict)
    #: Seed of the engine's own draws (``random`` and ``weighted_random``).
    seed: int = 1
    #: Ended calls whose story is kept.
    history_limit: int = 10_000
