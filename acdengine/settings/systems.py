"""What a tenant's flows may reach beyond the switch: systems over HTTP, and AGI scripts."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from acdengine.settings.model import Expected, SettingsModel
from acdengine.settings.targets import TargetSettings

HostPattern = Annotated[
    str,
    Field(pattern=r"^(\*\.)?([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(:[0-9]{1,5})?$", max_length=260),
    Expected("a host such as crm.example, *.crm.example or 10.0.0.5:8080"),
]
DialplanPlace = Annotated[
    str,
    Field(pattern=r"^[^,\s]+(,[^,\s]+){0,2}$", max_length=200),
    Expected("a place such as ivr, ivr,100 or ivr,100,1"),
]


class HttpSystems(SettingsModel):
    """Systems that flows may ask over HTTP; no others are."""

    hosts: list[HostPattern] = []
    """Hosts, `*.crm.example` for all below one; with `:PORT` that port alone, else 80 and 443. One
    whose address is in a private network or this machine's is refused."""
    private_hosts: list[HostPattern] = []
    """Hosts that may be asked and may be in a private network, or on this machine."""


class AgiSystems(SettingsModel):
    """AGI scripts that flows may run on a caller's leg."""

    folder: Annotated[str, Field(max_length=400)] = ""
    """The folder of local scripts; empty: none. Only programs in it are run."""
    hosts: list[HostPattern] = []
    """FastAGI servers, as `HOST` or `HOST:PORT`, of `agi://HOST/NAME`."""
    places: dict[DialplanPlace, TargetSettings] = {}
    """Places of Asterisk's dialplan that scripts send calls to (`SET CONTEXT`, `Goto`), to where
    they go here: `ivr,100,1`, or less from the right; the most exact counts."""
