"""How the far end of a leg that the switch makes is called: over SIP, `null/` or `loopback/`."""

from __future__ import annotations

from adapters.sim.standin.calls import leg_states
from adapters.sim.standin.core.channel import Channel
from adapters.sim.standin.core.switch_core import SwitchCore
from adapters.sim.standin.dialling import channel_creation
from adapters.sim.standin.dialling.contacts import Contact


def ring(switch: SwitchCore, leg: Channel, contact: Contact) -> None:
    """The leg is there: its far end is called."""
    if contact.endpoint == "null":
        _ring_null(switch, leg)
    elif contact.endpoint == "loopback":
        switch.next_frame(leg, lambda: _ring_loopback(switch, leg, contact))
    elif contact.phone is None:
        # Nothing listens there: the call is refused at once.
        switch.next_frame(leg, lambda: leg_states.refused(switch, leg, "503 Service Unavailable"))
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


def _ring_null(switch: SwitchCore, leg: Channel) -> None:
    if leg.get("null_pre_answer") == "true":
        switch.next_frame(leg, lambda: leg_states.rings(switch, leg, early_media=True))
    if leg.get("null_enable_auto_answer") == "false":
        return
    delay = leg.get("null_auto_answer_delay")
    delay_s = int(delay) / 1000 if delay.isdigit() else 0.0
    if delay_s:
        switch.clock.after(delay_s, lambda: leg_states.answer(switch, leg))
    else:
        # It is answered before `originate` looks.
        leg_states.answer(switch, leg)


def _ring_loopback(switch: SwitchCore, leg: Channel, contact: Contact) -> None:
    if not leg.is_up:
        return
    invite = channel_creation.Invite(
        number=leg.get("origination_caller_id_number") or "0000000000",
        name=leg.get("origination_caller_id_name"),
        did=contact.number,
        context=contact.context,
    )
    channel_creation.loopback(switch, leg, invite)
