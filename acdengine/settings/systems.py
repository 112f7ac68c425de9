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


def covers(allowed: str, name: str, port: int | None) -> bool:
    """Whether a host of the settings is, or covers, the one of a name, in lower case.

    ``port``: None where it does not matter.
    """
    host, allowed_port = _parts(allowed.lower())
    if port is not None and (port != allowed_port if allowed_port else port not in (80, 443)):
        return False
    if host.startswith("*."):
        return name.endswith(host[1:])
    return name == host


def _parts(allowed: str) -> tuple[str, int]:
    """Host and port, 0 for none; an address in IPv6 stands in brackets, with a port or without."""
    host, colon, port = allowed.rpartition(":")
    if not colon or not port.isdigit() or (":" in host and not host.endswith("]")):
        return allowed.strip("[]"), 0
    return host.strip("[]"), int(port)
