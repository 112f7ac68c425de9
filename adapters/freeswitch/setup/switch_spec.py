"""What one FreeSWITCH needs to serve a centre, apart from how it is written down."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Overflow = Literal["record", "ring", "number", "busy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """A way out to the telephone network: `sofia/gateway/NAME/number`.

    Attributes:
        proxy: host, or host:port.
        password: empty where the other side asks for none.
        ping_s: seconds between OPTIONS; FreeSWITCH takes 5 or more, 0 is never.
    """

    name: str
    proxy: str
    username: str = ""
    password: str = field(default="", repr=False)
    does_register: bool = False
    ping_s: int = 30
    transport: str = "udp"


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberSet:
    """Dialled numbers of a tenant, which are parked for the engine; a pattern may end in `*`."""

    tenant_id: str
    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InternalNumbers:
    """Numbers of a tenant that telephones of its domains may dial; a pattern may end in `*`."""

    tenant_id: str
    domains: tuple[str, ...]
    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """A telephone that registers."""

    user: str
    domain: str
    display: str
    agent_id: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """What the telephones of a domain may dial outside, and through which gateways in order."""

    domain: str
    prefixes: tuple[str, ...]
    gateways: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchSpec:
    """One switch.

    Attributes:
        name: of the switch, in its log and its statistics.
        esl_ip, esl_port: where the event socket listens.
        esl_networks: who may connect to it, as CIDR.
        sip_ip: address of the SIP profiles; empty: that of the machine's first interface.
        external_ip: what is told to the outside behind a NAT; empty: `sip_ip`.
        agents_port, trunk_port: of the two SIP profiles.
        trunk_networks: who may send calls to the trunk port, as CIDR; none: everybody.
        languages: in which numbers are said, each with the folder of its `digits/1.wav` and so on.
        peers: addresses of the other switches, whose callers may be passed on to telephones here.
        recordings: folder of recordings and messages.
        streams: a music stream's name to its folder.
        fallback_s: seconds until a call that the engine has not taken goes to the overflow.
        overflow_target: with `number`: what is dialled.
    """

    name: str
    esl_password: str = field(repr=False)
    esl_ip: str = "127.0.0.1"
    esl_port: int = 8021
    esl_networks: tuple[str, ...] = ("127.0.0.1/32", "::1/128")
    sip_ip: str = ""
    external_ip: str = ""
    agents_port: int = 5060
    trunk_port: int = 5080
    trunk_networks: tuple[str, ...] = ()
    rtp_from: int = 16384
    rtp_to: int = 32768
    codecs: tuple[str, ...] = ("PCMA", "PCMU")
    max_sessions: int = 1000
    calls_per_s: int = 60
    languages: dict[str, str] = field(default_factory=lambda: {"en": "$${sounds_dir}/en"})
    gateways: tuple[Gateway, ...] = ()
    numbers: tuple[NumberSet, ...] = ()
    phones: tuple[Phone, ...] = ()
    outbound: tuple[Outbound, ...] = ()
    internal: tuple[InternalNumbers, ...] = ()
    peers: tuple[str, ...] = ()
    recordings: str = "$${recordings_dir}"
    streams: dict[str, str] = field(default_factory=dict)
    fallback_s: int = 10
    overflow: Overflow = "record"
    overflow_target: str = ""
