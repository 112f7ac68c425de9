"""Where a contact leads: telephones, registrations, trunks, `null/` and `loopback/`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from adapters.sim.standin import births, legs, originating
from adapters.sim.standin.channel import Channel

if TYPE_CHECKING:
    from adapters.sim.standin.network import OtherSwitch
    from adapters.sim.standin.people import Telephone
    from adapters.sim.standin.switch import StandIn

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
        phone: what rings; None where nobody listens.
        user: whose telephone it is, where a user is called.
    """

    endpoint: str
    channel_name: str
    number: str
    profile: str = ""
    host: str = ""
    context: str = ""
    phone: Telephone | OtherSwitch | None = None
    user: str = ""


def resolve(switch: StandIn, text: str) -> Contact | Failure:
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


def _user(switch: StandIn, text: str) -> Contact | Failure:
    user = text.partition("@")[0]
    if user not in switch.settings.directory:
        return Failure("SUBSCRIBER_ABSENT")
    port = switch.registered_port(user)
    if not port:
        return Failure("USER_NOT_REGISTERED")
    return replace(_at(switch, "internal", user, f"127.0.0.1:{port}"), user=user)


def _sofia(switch: StandIn, text: str) -> Contact | Failure:
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


def _at(switch: StandIn, profile: str, user: str, host: str) -> Contact:
    port = host.rpartition(":")[2]
    phone = switch.network.far_end(int(port)) if port.isdigit() else None
    return Contact("sofia", f"sofia/{profile}/{user}@{host}", user, profile, host, phone=phone)


def ring(switch: StandIn, leg: Channel, contact: Contact) -> None:
    """The leg is there: its far end is called."""
    if contact.endpoint == "null":
        _ring_null(switch, leg)
    elif contact.endpoint == "loopback":
        switch.next_frame(leg, lambda: _ring_loopback(switch, leg, contact))
    elif contact.phone is None:
        # Nobody listens there: the network says so at once.
        switch.next_frame(leg, lambda: legs.refused(switch, leg, "503 Service Unavailable"))
    else:
        contact.phone.invited(leg, contact.number, _invite(leg, contact))


def _invite(leg: Channel, contact: Contact) -> str:
    name = leg.caller.get("Caller-Caller-ID-Name", "")
    number = leg.caller.get("Caller-Caller-ID-Number", "")
    intercom = ";intercom=true" if leg.is_true("sip_auto_answer") else ""
    shown = name.replace("\\", "\\\\").replace('"', '\\"')
    lines = [
        f"INVITE sip:{contact.number}@{contact.host}{intercom} SIP/2.0",
        f'From: "{shown}" <sip:{number}@127.0.0.1>;tag={leg.uuid[:8]}',
        f'Remote-Party-ID: "{shown}" <sip:{number}@127.0.0.1>;party=calling;{_privacy(leg)}',
    ]
    if intercom:
        lines.append("Call-Info: <sip:127.0.0.1>;answer-after=0")
    for key, value in leg.variables.items():
        header = key.removeprefix("variable_")
        if header.startswith("sip_h_"):
            lines.append(f"{header.removeprefix('sip_h_')}: {value}")
    return "\n".join(lines)


def _privacy(leg: Channel) -> str:
    screen = "yes" if leg.caller["Caller-Screen-Bit"] == "true" else "no"
    hides_number = leg.caller["Caller-Privacy-Hide-Number"] == "true"
    hides_name = leg.caller["Caller-Privacy-Hide-Name"] == "true"
    return f"screen={screen};privacy={'full' if hides_number else 'name' if hides_name else 'off'}"


def _ring_null(switch: StandIn, leg: Channel) -> None:
    if leg.get("null_pre_answer") == "true":
        switch.next_frame(leg, lambda: originating.rings(switch, leg, early_media=True))
    if leg.get("null_enable_auto_answer") == "false":
        return
    delay = leg.get("null_auto_answer_delay")
    delay_s = int(delay) / 1000 if delay.isdigit() else 0.0
    if delay_s:
        switch.clock.after(delay_s, lambda: legs.answer(switch, leg))
    else:
        # It is answered before `originate` looks.
        legs.answer(switch, leg)


def _ring_loopback(switch: StandIn, leg: Channel, contact: Contact) -> None:
    if not leg.is_up:
        return
    invite = births.Invite(
        number=leg.get("origination_caller_id_number") or "0000000000",
        name=leg.get("origination_caller_id_name"),
        did=contact.number,
        context=contact.context,
    )
    births.loopback(switch, leg, invite)
