"""Who could command the switch besides acdengine."""

from __future__ import annotations

import ipaddress
from typing import Final

from adapters.freeswitch.doctor.findings import Finding, error, ok, warning
from adapters.freeswitch.doctor.switch_queries import SwitchQueries
from adapters.freeswitch.protocol.errors import Unrepresentable
from adapters.freeswitch.protocol.quoting import bare_word
from adapters.freeswitch.wire.connection import ConnectionSettings

#: FreeSWITCH's own, which every scanner tries.
DEFAULT_PASSWORD: Final = "ClueCon"
_SHORT: Final = 12
#: An address that belongs to nobody (RFC 5737): a list that lets it in lets in everybody.
_STRANGER: Final = "203.0.113.77"


def password(settings: ConnectionSettings) -> list[Finding]:
    """A password that can be guessed is none."""
    if settings.password == DEFAULT_PASSWORD:
        return [
            error("password", f"it is the default, {DEFAULT_PASSWORD}",
                  "whoever reaches the port commands the switch: set another in "
                  "event_socket.conf.xml, then reload mod_event_socket")
        ]  # fmt: skip
    if len(settings.password) < _SHORT:
        seen = f"it has {len(settings.password)} characters"
        return [warning("password", seen, "acdengine freeswitch config makes a long one")]
    return [ok("password", "neither the default nor short")]


def way(settings: ConnectionSettings) -> list[Finding]:
    """The event socket is not encrypted."""
    if settings.tls is not None:
        return [ok("way", "encrypted")]
    if _is_loopback(settings.host):
        return [ok("way", f"{settings.host}: stays on this machine")]
    advice = "lead it through a tunnel (stunnel and the setting tls, WireGuard), or own wires"
    return [warning("way", f"to {settings.host} in clear, password and all", advice)]


async def access(talk: SwitchQueries) -> list[Finding]:
    """Where the event socket listens, and whom its list lets in."""
    settings = await talk.settings_of("event_socket")
    listens = settings.get("listen-ip", "127.0.0.1") or "127.0.0.1"
    acl = settings.get("apply-inbound-acl", "")
    if _is_loopback(listens):
        return [ok("event socket", f"listens on {listens}")]
    if not acl:
        # Newer versions take loopback.auto then; older ones everybody.
        return [
            warning("event socket", f"listens on {listens}, without a list of who may connect",
                    "set apply-inbound-acl in event_socket.conf.xml")
        ]  # fmt: skip
    try:
        lets_in = await talk.api("acl", f"{_STRANGER} {bare_word('acl', acl)}") == "true"
    except Unrepresentable:
        lets_in = False
    if lets_in:
        return [
            error("event socket", f"listens on {listens}, and {acl} lets in the whole world",
                  "name the networks of acdengine in acl.conf.xml, with default deny")
        ]  # fmt: skip
    return [ok("event socket", f"listens on {listens} for {acl}")]


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
