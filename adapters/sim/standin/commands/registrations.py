"""Registrations and their expiry; the state of gateways."""

from __future__ import annotations

from typing import Final

from adapters.sim.standin.core.switch_core import Registration, SwitchCore

#: How late the switch forgets (`sip-expires-late-margin`, as the live tests set it).
_LATE_S: Final = 1.0


def register(switch: SwitchCore, user: str, port: int, expires_s: int) -> None:
    """Register a telephone, or unregister it (0 seconds)."""
    if expires_s <= 0:
        gone = switch.registrations.pop(user, None)
        if gone is not None:
            _tell_unregister(switch, user, gone)
        return
    until_us = switch.clock.now_us() + expires_s * 1_000_000
    one = switch.registrations[user] = Registration(port, until_us, expires_s)
    _tell_register(switch, user, one)
    switch.clock.after(expires_s + _LATE_S, lambda: _expired(switch, user, one))


def _expired(switch: SwitchCore, user: str, one: Registration) -> None:
    if switch.registrations.get(user) is not one:
        return
    del switch.registrations[user]
    settings = switch.settings
    extra = {
        "profile-name": "internal",
        "call-id": f"{user}-{one.port}",
        "user": user,
        "username": user,
        "host": settings.domain,
        "contact": one.contact(user),
        "expires": str(one.until_us // 1_000_000),
        "user-agent": "unknown",
        "realm": settings.domain,
        "network-ip": "127.0.0.1",
        "network-port": str(one.port),
    }
    switch.tell("CUSTOM", None, extra, subclass="sofia::expire")


def _of_user(switch: SwitchCore, user: str) -> dict[str, str]:
    domain = switch.settings.domain
    return {
        "sip_number_alias": user,
        "sip_auth_username": user,
        "sip_auth_realm": domain,
        "number_alias": user,
        "user_name": user,
        "domain_name": domain,
        "acd_agent": switch.settings.directory.get(user, ""),
    }


def _tell_register(switch: SwitchCore, user: str, one: Registration) -> None:
    domain = switch.settings.domain
    extra = {
        "profile-name": "internal",
        "from-user": user,
        "from-host": domain,
        "presence-hosts": "n/a",
        "contact": one.contact(user),
        "call-id": f"{user}-{one.port}",
        "rpid": "unknown",
        "status": "Registered(UDP)",
        "expires": str(one.expires_s),
        "to-user": user,
        "to-host": domain,
        "network-ip": "127.0.0.1",
        "network-port": str(one.port),
        "username": user,
        "realm": domain,
        "user-agent": "unknown",
        **_of_user(switch, user),
    }
    switch.tell("CUSTOM", None, extra, subclass="sofia::register")


def _tell_unregister(switch: SwitchCore, user: str, one: Registration) -> None:
    domain = switch.settings.domain
    extra = {
        "profile-name": "internal",
        "username": user,
        "from-user": user,
        "from-host": domain,
        "contact": one.contact(user),
        "call-id": f"{user}-{one.port}",
        "rpid": "unknown",
        "realm": domain,
        "network-ip": "127.0.0.1",
        "network-port": str(one.port),
        "user-agent": "unknown",
        "expires": "0",
        **_of_user(switch, user),
    }
    switch.tell("CUSTOM", None, extra, subclass="sofia::unregister")


def gateway_answers(switch: SwitchCore, name: str, answers: bool) -> None:
    """Set whether a gateway's pings are answered, with `sofia::gateway_state`."""
    if switch.gateways.get(name) is answers:
        return
    switch.gateways[name] = answers
    extra = {
        "Gateway": name,
        "State": "NOREG",
        "Ping-Status": "UP" if answers else "DOWN",
        "Phrase": "OK" if answers else "Service Unavailable",
        "Status": "200" if answers else "503",
    }
    switch.tell("CUSTOM", None, extra, subclass="sofia::gateway_state")


def ping(switch: SwitchCore, name: str) -> None:
    """Check repeatedly whether something listens at a gateway's port."""
    settings = switch.settings

    def look() -> None:
        port = settings.gateway_ports.get(name, 0)
        gateway_answers(switch, name, switch.network.far_end(port) is not None)
        ping(switch, name)

    switch.clock.after(settings.gateway_pings_s[name], look)
