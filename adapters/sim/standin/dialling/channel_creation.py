"""Creates legs: of inbound calls, and those that the switch originates."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from adapters.sim.standin.calls import leg_states, transfer
from adapters.sim.standin.core import sip_variables
from adapters.sim.standin.core.channel import Channel, FarParty, new_profile
from adapters.sim.standin.core.switch_core import SwitchCore
from adapters.sim.standin.core.text_parsing import Variables
from adapters.sim.standin.dialling.contacts import Contact


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """A call that comes in: who calls whom, and where the dialplan begins."""

    number: str
    name: str
    did: str
    context: str
    #: What P-Asserted-Identity and Privacy say.
    asserted: str = ""
    privacy: str = ""
    variables: Variables = field(default_factory=dict)


def take_call(switch: SwitchCore, caller: FarParty, invite: Invite) -> None:
    """Create the leg of a call that comes in over SIP, and enter the dialplan."""
    if "inbound" in switch.paused:
        caller.turned_away("503 Maximum Calls In Progress")
        return
    port = 30_000 + switch.sessions_begun % 30_000
    profile = "internal" if invite.context == "agents" else "external"
    channel_name = f"sofia/{profile}/{invite.number}@127.0.0.1:{port}"
    leg = _inbound(switch, invite, channel_name, "mod_sofia")
    leg.variables = sip_variables.of_inbound_sip(
        leg.uuid, invite.number, invite.name, invite.did, port,
        switch.sessions_begun, leg.created_us, switch.settings.trunk_port,
    )  # fmt: skip
    leg.set("sofia_profile_name", profile)
    _identify(leg, invite)
    for variable, value in invite.variables.items():
        leg.set(variable, value)
    leg.codecs = sip_variables.CODECS
    caller.joins(leg)
    _created(switch, leg)
    transfer.enter(switch, leg, invite.did, invite.context)


def loopback(switch: SwitchCore, leg: Channel, invite: Invite) -> Channel:
    """Create the other half of a `loopback/` leg, as an inbound call."""
    channel_name = f"loopback/{invite.did}-b"
    other = _inbound(switch, invite, channel_name, "mod_loopback")
    other.variables = sip_variables.of_outbound(other.uuid, channel_name, switch.sessions_begun)
    other.set("direction", "inbound")
    other.codecs = sip_variables.NULL_CODECS
    other.is_loopback_of = leg
    leg.set("other_loopback_leg_uuid", other.uuid)
    _created(switch, other)
    transfer.enter(switch, other, invite.did, invite.context)
    return other


def _identify(leg: Channel, invite: Invite) -> None:
    """Set the caller's identity by P-Asserted-Identity and Privacy, which are trusted."""
    if invite.asserted:
        leg.set("sip_cid_type", "pid")
        leg.set("sip_P-Asserted-Identity", invite.asserted)
        for field in ("Caller-ID-Number", "Orig-Caller-ID-Number", "ANI", "Username"):
            leg.caller[f"Caller-{field}"] = invite.asserted
    if invite.privacy:
        leg.set("sip_Privacy", invite.privacy)
    hides = "true" if "id" in invite.privacy.split(";") else "false"
    leg.caller["Caller-Privacy-Hide-Name"] = leg.caller["Caller-Privacy-Hide-Number"] = hides


def _inbound(switch: SwitchCore, invite: Invite, channel_name: str, source: str) -> Channel:
    now = switch.clock.told_us()
    uuid = switch.new_uuid()
    fields = {
        "Direction": "inbound",
        "Logical-Direction": "inbound",
        "Username": invite.number,
        "Dialplan": "XML",
        "Caller-ID-Name": invite.name,
        "Caller-ID-Number": invite.number,
        "Orig-Caller-ID-Name": invite.name,
        "Orig-Caller-ID-Number": invite.number,
        "Network-Addr": "127.0.0.1",
        "ANI": invite.number,
        "Destination-Number": invite.did,
    }
    profile = new_profile(fields, uuid, channel_name, now, source, invite.context)
    leg = Channel(switch, uuid, channel_name, "inbound", profile, now)
    switch.enter(leg)
    return leg


def outgoing(
    switch: SwitchCore,
    uuid: str,
    contact: Contact,
    variables: Variables,
    caller: Channel | None = None,
) -> Channel:
    """Create an outbound leg; with the identity of `caller`, where `bridge` dials for it."""
    now = switch.clock.told_us()
    shown = caller.caller if caller is not None else {}
    own = shown.get("Caller-Caller-ID-Number") or "0000000000"
    own = variables.get("origination_caller_id_number", own)
    name = variables.get("origination_caller_id_name", shown.get("Caller-Caller-ID-Name", ""))
    if contact.endpoint == "sofia":
        name = _sanitized(name)
    fields = {
        "Direction": "outbound",
        "Logical-Direction": "outbound",
        "Caller-ID-Name": name,
        "Caller-ID-Number": own,
        "Orig-Caller-ID-Name": name,
        "Orig-Caller-ID-Number": own,
        "Callee-ID-Name": variables.get("origination_callee_id_name", "Outbound Call"),
        "Callee-ID-Number": contact.number,
        "ANI": own,
        "Destination-Number": contact.number,
    }
    source = "src/switch_ivr_originate.c"
    profile = new_profile(fields, uuid, contact.channel_name, now, source, "default")
    privacy = variables.get("origination_privacy")
    if privacy is not None:
        profile["Caller-Screen-Bit"] = _said("screen", privacy)
        profile["Caller-Privacy-Hide-Name"] = _said("hide_name", privacy)
        profile["Caller-Privacy-Hide-Number"] = _said("hide_number", privacy)
    leg = Channel(switch, uuid, contact.channel_name, "outbound", profile, now)
    switch.enter(leg)
    leg.variables = sip_variables.of_outbound(uuid, contact.channel_name, switch.sessions_begun)
    for variable, value in variables.items():
        leg.set(variable, value)
    if contact.user:
        domain = switch.settings.domain
        leg.set("dialed_user", contact.user)
        leg.set("dialed_domain", domain)
        leg.set("presence_id", f"{contact.user}@{domain}")
    if caller is not None:
        leg.other = caller.as_other("originator")
    if contact.endpoint == "sofia":
        leg.variables.update(
            sip_variables.of_outbound_sip(
                contact.profile, contact.number, contact.host,
                switch.sessions_begun, switch.settings.sip_port,
            )
        )  # fmt: skip
    else:
        leg.codecs = sip_variables.NULL_CODECS
        switch.tell("CHANNEL_UUID", leg, first={"Old-Unique-ID": switch.new_uuid()})
    switch.tell("CHANNEL_OUTGOING", leg, variables=False)
    _created(switch, leg)
    leg_states.goes(switch, leg, "CS_CONSUME_MEDIA")
    return leg


def _sanitized(name: str) -> str:
    """A caller's name as mod_sofia takes it, which is for an address (`switch_sanitize_number`)."""
    return name.partition("@")[0].rpartition("/")[2].rpartition(":")[2]


def _said(word: str, text: str) -> str:
    return "true" if word in text else "false"


def _created(switch: SwitchCore, leg: Channel) -> None:
    """Tell CHANNEL_CREATE. An inbound leg rings now."""
    leg.goes("CS_INIT", "CS_ROUTING")
    switch.tell("CHANNEL_CREATE", leg)
    if leg.direction == "outbound":
        switch.tell("CHANNEL_ORIGINATE", leg)
        return
    leg.goes("CS_ROUTING")
    leg_states.call_state(switch, leg, "RINGING")


def as_heard(name: str) -> str:
    """A display name as the switch reads it from SIP: unescaped, with `${` made harmless."""
    return unquote_to_bytes(name).decode("utf-8", "surrogateescape").replace("${", "%{")
