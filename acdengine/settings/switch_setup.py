"""How a switch is to be set up: what `acdengine freeswitch config` writes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from acdengine.settings.model import Expected, SettingsModel
from acdengine.settings.values import Count, DialNumber, Name, SecretSource

Address = Annotated[
    str,
    Field(pattern=r"^[0-9A-Za-z.:-]*$", max_length=255),
    Expected("an address, such as 192.0.2.10"),
]
Proxy = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9_.:\[\]-]+$", max_length=255),
    Expected("a host, with a port where it is not 5060, such as sip.example.com:5080"),
]
Network = Annotated[
    str,
    Field(pattern=r"^[0-9A-Fa-f.:]+(/[0-9]{1,3})?$", max_length=49),
    Expected("an address or a network, such as 192.0.2.0/24"),
]
SipUser = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9_.+@-]*$", max_length=128),
    Expected("a user name of letters, digits and _ . + - @"),
]
Codec = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9._-]+(@[0-9A-Za-z.]+)*$", max_length=40),
    Expected("a codec by FreeSWITCH's name, such as PCMA"),
]
MusicFolder = Annotated[
    str,
    Field(pattern=r"^(/[A-Za-z0-9_/. +-]*[A-Za-z0-9_/.+-])?$", max_length=400),
    Expected("an absolute path on the switch"),
]
Language = Annotated[
    str,
    Field(pattern=r"^[a-z]{2,3}(-[a-z]{2,3})?$"),
    Expected("a language, such as en"),
]
BoundPort = Annotated[int, Field(ge=1, le=65535)]


class GatewaySettings(SettingsModel):
    """A way out to the telephone network."""

    proxy: Proxy
    """Where it is."""
    username: SipUser = ""
    """The user name there; empty: none is asked for."""
    password: SecretSource | None = None
    """Where the password is."""
    registers: bool = False
    """Whether the switch registers there, so that calls find it behind a NAT."""
    ping_s: Annotated[int, Field(ge=0, le=3600)] = 30
    """Seconds between two questions whether it is there, 5 or more; 0: none, and an outage is
    noticed by the calls that fail."""
    transport: Literal["udp", "tcp", "tls"] = "udp"
    """How it is spoken with."""


class SwitchSetupSettings(SettingsModel):
    """What `acdengine freeswitch config` writes for a switch. The daemon has no use for it."""

    sip_address: Address = ""
    """Address of the SIP profiles; empty: that of the machine's first interface."""
    external_address: Address = ""
    """Address that is told to the outside, behind a NAT; empty: the same."""
    agents_port: BoundPort = 5060
    """Port of the profile `internal`, where telephones register."""
    trunk_port: BoundPort = 5080
    """Port of the profile `external`, where the telephone network is."""
    rtp_from: BoundPort = 16384
    """First UDP port of speech."""
    rtp_to: BoundPort = 32768
    """Last UDP port of speech."""
    codecs: Annotated[list[Codec], Field(min_length=1)] = ["PCMA", "PCMU"]
    """Codecs, the first is the preferred one."""
    max_sessions: Count | None = None
    """Legs at once; without it twice the channels of all trunks, the telephones, and a fifth."""
    legs_per_s: Count | None = None
    """New legs a second; without it from the trunks' `calls_per_s`, 60 or more."""
    event_socket_address: Address = "127.0.0.1"
    """Where the event socket listens."""
    event_socket_networks: list[Network] = ["127.0.0.1/32", "::1/128"]
    """Who may connect to it."""
    music_folder: MusicFolder = ""
    """Folder on the switch in which each stream of music has a folder of its name; empty: `music`
    in the switch's own folder of sounds."""
    number_folders: dict[Language, MusicFolder] = {}
    """Language to the folder on the switch with the sounds of its numbers (`digits/1.wav` and so
    on); a language that is not here has that of FreeSWITCH's own sounds, such as `en/us/callie` in
    the switch's folder of sounds."""
    gateways: dict[Name, GatewaySettings] = {}
    """Gateways, in the order in which they are tried for what telephones dial. Who may send calls
    are those with an address for a proxy, and the `networks` under `trunks` of the switch; where
    there is neither, everybody."""
    fallback_s: Annotated[int, Field(ge=2, le=300)] = 10
    """Seconds until a call that the daemon has not taken goes to the overflow."""
    overflow: Literal["record", "ring", "number", "busy"] = "record"
    """What happens to it there: a message is taken (`record`), all telephones ring (`ring`) or
    `overflow_number` is dialled (`number`), and a message is taken without an answer; or the
    caller is told that all is busy (`busy`)."""
    overflow_number: DialNumber | None = None
    """With `number`: what is dialled, through the first gateway that takes it."""
