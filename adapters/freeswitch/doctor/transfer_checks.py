"""What transfers by telephones (REFER) need of a configuration that is written by hand.

Profiles with `auth-calls` are taken for those of telephones, the others for those of trunks. What
each line is for: docs/freeswitch-setup.md; what was measured: docs/freeswitch-behaviour.md,
section 12.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element

from adapters.freeswitch.doctor.expected_settings import Wanted
from adapters.freeswitch.doctor.findings import Finding, error, listed, ok, warning
from adapters.freeswitch.doctor.switch_queries import SwitchQueries
from adapters.freeswitch.protocol.channel_fields import DENY_TRANSFERS_VARIABLE
from adapters.freeswitch.protocol.errors import EslError, Unrepresentable
from adapters.freeswitch.protocol.quoting import bare_word

_CHECK: Final = "transfers"
_TRUE: Final = frozenset({"true", "yes", "on", "enabled", "active", "allow", "1"})
_NO_COPY: Final = "attended_transfer_no_copy"
#: After a `bridge` these do not keep a call.
_KEEPS_NOTHING: Final = frozenset(
    {"set", "multiset", "export", "unset", "log", "info", "sleep", "answer", "hangup", "respond"}
)
#: A `bridge` with an application is no telephone that rings.
_AN_APPLICATION: Final = "loopback/app="


async def transfers(talk: SwitchQueries, wanted: Wanted) -> list[Finding]:
    """A telephone's transfer loses no caller, and has no address dialled that it names."""
    profiles = _profiles(
        await talk.xml("xml_locate", "configuration configuration name sofia.conf")
    )
    if not profiles:
        return [ok(_CHECK, "no sofia.conf in files: not looked at")]
    findings = _of_profiles(profiles, _refuses(await talk.xml("xml_locate", "channels")))
    dialplan = await talk.xml("xml_locate", "dialplan")
    if dialplan is None:
        findings.append(ok(_CHECK, "no dialplan in files: not looked at"))
    else:
        telephones = {one.context for one in profiles if one.is_of_telephones}
        telephones |= await _contexts_of_users(talk, wanted)
        trunks = {one.context for one in profiles if not one.is_of_telephones}
        findings += _bridges(dialplan, telephones)
        findings += _parks(dialplan, trunks)
    return findings or [
        ok(_CHECK, "by telephones: to calls of this switch only, no caller is lost")
    ]


# -- profiles ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Profile:
    name: str
    context: str
    is_of_telephones: bool
    refuses_transfers: bool
    asks_for_foreign_calls: bool


def _profiles(configuration: Element | None) -> list[_Profile]:
    found = [] if configuration is None else configuration.iter("profile")
    return [_profile(one) for one in found]


def _profile(profile: Element) -> _Profile:
    values = {
        one.get("name", ""): one.get("value", "")
        for one in profile.iterfind("settings/param")
    }  # fmt: skip

    def is_on(name: str) -> bool:
        return values.get(name, "").lower() in _TRUE

    return _Profile(
        profile.get("name", ""),
        values.get("context", "default"),
        is_on("auth-calls"),
        is_on("disable-transfer"),
        is_on("channel-xml-fetch-on-nightmare-transfer"),
    )


def _refuses(channels: Element | None) -> bool:
    """Whether the section `channels` refuses a call that is not on this switch."""
    params = [] if channels is None else channels.iter("param")
    dialled = {one.get("name", ""): one.get("value", "") for one in params}
    return dialled.get("absolute-dial-string", "").startswith("error/")


def _of_profiles(profiles: list[_Profile], channels_refuse: bool) -> list[Finding]:
    findings = []
    for one in profiles:
        if one.refuses_transfers and one.is_of_telephones:
            seen = f"{one.name} has disable-transfer: telephones' transfer keys do nothing"
            findings.append(warning(_CHECK, seen, "leave it to profiles of trunks"))
        elif not one.refuses_transfers and not (one.asks_for_foreign_calls and channels_refuse):
            party = "a telephone" if one.is_of_telephones else "a caller"
            seen = f"{one.name}: {party} in a call can have any address dialled (REFER, Replaces)"
            findings.append(error(_CHECK, seen, _missing(one, channels_refuse)))
    return findings


def _missing(profile: _Profile, channels_refuse: bool) -> str:
    if not profile.is_of_telephones:
        return "set disable-transfer to true in this profile: its callers transfer nothing"
    lines = []
    if not profile.asks_for_foreign_calls:
        lines.append("channel-xml-fetch-on-nightmare-transfer true in this profile")
    if not channels_refuse:
        lines.append("a section channels with absolute-dial-string error/CALL_REJECTED")
    return f"set {' and '.join(lines)}"


# -- dialplan ----------------------------------------------------------------------------------


async def _contexts_of_users(talk: SwitchQueries, wanted: Wanted) -> set[str]:
    """The contexts that the directory names for agents' telephones."""
    contexts = set()
    for user, domain in wanted.phones.values():
        try:
            who = f"{bare_word('user', user)}@{bare_word('domain', domain)}"
            contexts.add(await talk.api("user_data", f"{who} var user_context"))
        except (Unrepresentable, EslError):
            continue  # the check of telephones tells of it
    return contexts


def _extensions(dialplan: Element, contexts: set[str]) -> Iterator[tuple[str, list[Element]]]:
    """Name and actions of each extension of these contexts."""
    for context in dialplan.iter("context"):
        if context.get("name", "") in contexts:
            for extension in context.iter("extension"):
                name = f"{context.get('name')}/{extension.get('name', '')}"
                yield name, list(extension.iter("action"))


def _application(action: Element) -> str:
    return action.get("application", "")


def _rings(action: Element) -> bool:
    is_bridge = _application(action) == "bridge"
    return is_bridge and not action.get("data", "").startswith(_AN_APPLICATION)


def _bridges(dialplan: Element, contexts: set[str]) -> list[Finding]:
    """A caller who is left to a telephone that still rings goes on behind its `bridge`, with
    variables of the leg that had dialled it."""
    losing, copying = [], []
    for name, actions in _extensions(dialplan, contexts):
        rings = [at for at, action in enumerate(actions) if _rings(action)]
        if not rings:
            continue
        behind = actions[rings[-1] + 1 :]
        if all(_application(action) in _KEEPS_NOTHING for action in behind):
            losing.append(name)
        before = actions[: rings[0]]
        if not any(action.get("data", "").startswith(f"{_NO_COPY}=") for action in before):
            copying.append(name)
    findings = []
    if losing:
        seen = f"nothing keeps a caller behind bridge: {listed(losing)}"
        advice = (
            "park behind it: a caller who is transferred to a telephone that rings is hung up "
            "where it does not answer"
        )
        findings.append(warning(_CHECK, seen, advice))
    if copying:
        advice = (
            f"set {_NO_COPY} before bridge, as acdengine freeswitch config writes it: a "
            "caller who is transferred to a telephone that rings passes for the telephone that "
            "has dialled it"
        )
        findings.append(warning(_CHECK, f"no {_NO_COPY}: {listed(copying)}", advice))
    return findings


def _parks(dialplan: Element, contexts: set[str]) -> list[Finding]:
    """Callers' legs that lack the variable get it from acdengine: a command more for each."""
    bare = [
        name
        for name, actions in _extensions(dialplan, contexts)
        if any(_application(action) == "park" for action in actions)
        and not any(f"{DENY_TRANSFERS_VARIABLE}=true" in one.get("data", "") for one in actions)
    ]
    if not bare:
        return []
    seen = f"without {DENY_TRANSFERS_VARIABLE}, acdengine sets it for each call: {listed(bare)}"
    return [ok(_CHECK, seen)]
