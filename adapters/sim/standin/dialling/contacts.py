"""Where a contact leads: telephones, registrations, trunks, `null/` and `loopback/`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from adapters.sim.standin.core.switch_core import CalledParty, SwitchCore

_PROFILES: Final = ("internal", "external")


@dataclass(frozen=True, slots=True)
class Failure:
    """No leg can be made."""

    cause: str


@dataclass(frozen=True, slots=True)
class Contact:
    """A leg that can be made.

    Attributes:
        endpoint: sofia, null or loopback.
        channel_name: as events call it.
        number: who is called.
        phone: what rings; None where nothing listens.
        user: whose telephone it is, where a user is called.
    """

    endpoint: str
    channel_name: str
    number: str
    profile: str = ""
    host: str = ""
    context: str = ""
    phone: CalledParty | None = None
    user: str = ""


def resolve(switch: SwitchCore, text: str) -> Contact | Failure:
    """What `originate` makes of a contact string."""
    endpoint, _, rest = text.partition("/")
    match endpoint:
        case "null":
            if rest.startswith("cause-"):
                return Failure(rest.removeprefix("cause-"))
            return Contact("null", text, rest)
        case "error":
            return Failure(rest.upper())
        case "user":
            return _user(switch, rest)
        case "sofia":
            return _sofia(switch, rest)
        case "loopback":
            number, _, behind = rest.partition("/")
            context = behind.partition("/")[0] or "default"
            return Contact("loopback", f"loopback/{number}-a", number, context=context)
    return Failure("CHAN_NOT_IMPLEMENTED")


def _user(switch: SwitchCore, text: str) -> Contact | Failure:
    user = text.partition("@")[0]
    if user not in switch.settings.directory:
        return Failure("SUBSCRIBER_ABSENT")
    port = switch.registered_port(user)
    if not port:
        return Failure("USER_NOT_REGISTERED")
    return replace(_at(switch, "internal", user, f"127.0.0.1:{port}"), user=user)


def _sofia(switch: SwitchCore, text: str) -> Contact | Failure:
    profile, _, rest = text.partition("/")
    if profile == "gateway":
        name, _, number = rest.partition("/")
        if name not in switch.gateways:
            return Failure("INVALID_GATEWAY")
        if not switch.gateways[name]:
            return Failure("GATEWAY_DOWN")
        port = switch.settings.gateway_ports.get(name, 0)
        phone = switch.behind_trunk(number) or switch.network.far_end(port)
        return Contact(
            "sofia", f"sofia/external/{number}", number, "external", f"{name}:5060", phone=phone
        )
    if profile not in _PROFILES:
        return Failure("INVALID_PROFILE")
    rest = rest.removeprefix("sip:")
    user, at, host = rest.partition("@")
    if not at:
        port = switch.registered_port(user)
        return _at(switch, profile, user, f"127.0.0.1:{port}") if port else _user(switch, user)
    return _at(switch, profile, user, host.partition(";")[0])


def _at(switch: SwitchCore, profile: str, user: str, host: str) -> Contact:
    port = host.rpartition(":")[2]
    phone = switch.network.far_end(int(port)) if port.isdigit() else None
    return Contact("sofia", f"sofia/{profile}/{user}@{host}", user, profile, host, phone=phone)
