"""SIP: profiles, codecs, gateways, telephones."""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree

from adapters.freeswitch.doctor.expected_settings import Wanted
from adapters.freeswitch.doctor.findings import Finding, error, listed, ok, warning
from adapters.freeswitch.doctor.switch_queries import SwitchQueries
from adapters.freeswitch.protocol.errors import Unrepresentable
from adapters.freeswitch.protocol.quoting import bare_word

#: Every trunk and telephone knows these two, and prompts are in one of them.
_PLAIN_CODECS: Final = ("PCMA", "PCMU")
_REGISTERED: Final = ("NOREG", "REGED")


async def profiles(talk: SwitchQueries, wanted: Wanted) -> list[Finding]:
    """The SIP profiles run, and speak what trunks speak."""
    status = await talk.xml("sofia", "xmlstatus")
    # A profile that has other names besides is listed once for each.
    states = {} if status is None else dict(_profiles(status))
    if not states:
        return [error("SIP profiles", "none runs", "see log/freeswitch.log: is the port taken?")]
    findings = []
    for name, state in states.items():
        if not state.startswith("RUNNING"):
            advice = "see log/freeswitch.log: is its address or port taken?"
            findings.append(error("SIP profiles", f"{name} is {state or 'in no state'}", advice))
        else:
            findings += await _codecs(talk, name)
    return findings


def _profiles(status: ElementTree.Element) -> list[tuple[str, str]]:
    return [
        (one.findtext("name", ""), one.findtext("state", ""))
        for one in status.iter("profile")
    ]  # fmt: skip


async def _codecs(talk: SwitchQueries, profile: str) -> list[Finding]:
    status = await talk.xml("sofia", f"xmlstatus profile {bare_word('profile', profile)}")
    spoken = "" if status is None else status.findtext("profile-info/inbound-codecs", "")
    address = "" if status is None else status.findtext("profile-info/url", "")
    seen = f"{profile} runs at {address.partition('@')[2]} with {spoken}"
    names = [one.partition("@")[0].upper() for one in spoken.split(",")]
    if not any(name in _PLAIN_CODECS for name in names):
        advice = "add PCMA or PCMU: trunks know no other, and each other one costs converting"
        return [warning("SIP profiles", seen, advice)]
    return [ok("SIP profiles", seen)]


async def gateways(talk: SwitchQueries, wanted: Wanted) -> list[Finding]:
    """The ways to the telephone network are up."""
    status = await talk.xml("sofia", "xmlstatus gateway")
    found = {} if status is None else {g.findtext("name", ""): g for g in status.iter("gateway")}
    findings = [
        error("gateways", f"there is no gateway {name}", "add it to sip_profiles, then: "
              "sofia profile external rescan")
        for name in wanted.gateways if name not in found
    ]  # fmt: skip
    for name, gateway in found.items():
        state, status_text = gateway.findtext("state", ""), gateway.findtext("status", "")
        seen = f"{name}: {state}, {status_text}"
        if "DOWN" in status_text:
            advice = "the other side does not answer OPTIONS: address, firewall, or their outage"
            findings.append(error("gateways", seen, advice))
        elif state not in _REGISTERED:
            advice = "it is not registered: user name, password, or the other side"
            findings.append(error("gateways", seen, advice))
        elif gateway.findtext("pingfreq", "0") == "0":
            advice = "set ping to 30 in the gateway, so that an outage is noticed before a call is"
            findings.append(warning("gateways", seen, advice))
        else:
            findings.append(ok("gateways", seen))
    return findings or [ok("gateways", "none: nothing is dialled outside")]


async def telephones(talk: SwitchQueries, wanted: Wanted) -> list[Finding]:
    """Agents' telephones are in the directory, and registered."""
    unknown, away, here = [], [], 0
    for agent, (user, domain) in wanted.phones.items():
        try:
            who = bare_word("user", user), bare_word("domain", domain)
        except Unrepresentable:
            unknown.append(agent)
            continue
        if await talk.api("user_exists", f"id {who[0]} {who[1]}") != "true":
            unknown.append(agent)
        elif (await talk.api("sofia_contact", f"*/{who[0]}@{who[1]}")).startswith("error/"):
            away.append(agent)
        else:
            here += 1
    findings = []
    if unknown:
        advice = "acdengine freeswitch config writes the directory; then: reloadxml"
        seen = f"not in the directory: {listed(unknown)}"
        findings.append(error("telephones", seen, advice))
    if not wanted.phones:
        return [ok("telephones", "no agent has a telephone that registers")]
    seen = f"{here} of {len(wanted.phones)} registered"
    if not here:
        advice = "no agent can be rung: are telephones on, with the right password and address?"
        findings.append(warning("telephones", seen, advice))
    else:
        findings.append(ok("telephones", seen + (f"; not: {listed(away)}" if away else "")))
    return findings
