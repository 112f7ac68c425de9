"""Switches: the machines that calls live on, and how they are reached."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from acdengine.settings.model import Expected, SettingsModel
from acdengine.settings.recording import StorageSettings
from acdengine.settings.switch_setup import Network, SwitchSetupSettings
from acdengine.settings.values import SecretSource

SipAddress = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9_.:\[\]-]*$", max_length=255),
    Expected("a host, with a port where it is not 5060, such as 10.0.0.5:5080"),
]
ProfileName = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9_.-]+$", max_length=64),
    Expected("the name of a SIP profile"),
]
Waited = Annotated[float, Field(ge=0.05, le=3600)]


class SwitchTlsSettings(SettingsModel):
    """TLS to a tunnel that ends in front of the switch, which itself speaks none here."""

    ca_file: str = ""
    """File of the certificates that are trusted; empty: those that the system trusts."""
    name: str = ""
    """The name in the tunnel's certificate; empty: that of `host`."""


class SwitchTrunksSettings(SettingsModel):
    """Which trunk group a call on the switch belongs to.

    The dialplan's `acd_trunk` says it first; then, of what the call came by or goes out by: the
    gateway, the span, the network of its address, the SIP profile.
    """

    gateways: dict[str, str] = {}
    """A gateway's name to the trunk group."""
    spans: dict[str, str] = {}
    """A span's name or number to the trunk group."""
    networks: dict[Network, str] = {}
    """Where calls come from by SIP to the trunk group; the smallest network counts."""
    profiles: dict[str, str] = {}
    """A SIP profile to the trunk group."""


LegVariable = Annotated[
    str,
    Field(pattern=r"^[A-Za-z_][A-Za-z0-9_-]{0,63}\*?$"),
    Expected("the name of a variable, or its beginning and a *"),
]


class SwitchSettings(SettingsModel):
    """A switch that the daemon drives."""

    kind: Literal["freeswitch"] = "freeswitch"
    """What it is."""
    host: Annotated[str, Field(min_length=1, max_length=255)] = "127.0.0.1"
    """Where its event socket listens."""
    port: Annotated[int, Field(ge=1, le=65535)] = 8021
    """The port of it."""
    password: SecretSource
    """Where the password of the event socket is (of `user`, where one is given)."""
    user: str = ""
    """Log in as this user of the switch's directory; empty: with the socket's own password."""
    domain: str = ""
    """The directory's domain of `user`."""
    tls: SwitchTlsSettings | None = None
    """TLS to a tunnel in front of the switch; without it none."""
    open_timeout_s: Waited = 5
    """Seconds for connecting, logging in and asking for events together."""
    quiet_s: Waited = 2
    """After so many seconds of silence the switch is asked whether it is there."""
    answer_timeout_s: Waited = 2
    """It must answer that within so many seconds, or the connection is closed and opened again."""
    retry_first_s: Waited = 0.25
    """Seconds until the second try to connect; each further one waits longer."""
    retry_longest_s: Waited = 10
    """The most seconds between two tries."""
    sip_address: SipAddress = ""
    """Where other switches reach this one by SIP; empty: they do not."""
    sip_profile: ProfileName = "external"
    """The SIP profile by which this switch calls the others."""
    lost_after_s: Annotated[float, Field(ge=1, le=86400)] = 30
    """After so many seconds without a connection its calls are taken to be lost with it; after
    five, where nothing listens on its port any more."""
    leg_variables: list[LegVariable] = ["flow_*"]
    """Variables of a caller's leg that flows and scripts may read and write: names, or beginnings
    of names before a `*`."""
    callcenter_events: bool = False
    """Send mod_callcenter's events (`callcenter::info`) on it for what the engine does, for screens
    that were made for that module."""
    trunks: SwitchTrunksSettings = SwitchTrunksSettings()
    """Which trunk group its calls belong to."""
    setup: SwitchSetupSettings = SwitchSetupSettings()
    """What `acdengine freeswitch config` writes for it."""
    recordings: StorageSettings = StorageSettings()
    """Where it writes recordings and messages."""
    draining: bool = False
    """Takes no new calls; those present are served to the end."""
