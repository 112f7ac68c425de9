"""Checks of switches and sounds: what they refer to, and switches that are one and the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import Final

from acdengine.settings.checks.trunks import no_tenant
from acdengine.settings.model import Remark
from acdengine.settings.sounds import SoundsSettings
from acdengine.settings.suggest import did_you_mean, one_of
from acdengine.settings.switch_setup import SwitchSetupSettings
from acdengine.settings.switches import SwitchSettings
from acdengine.settings.tree import Keys
from acdengine.settings.whole import Settings

#: FreeSWITCH ignores pings that are more frequent.
SHORTEST_PING_S: Final = 5


def switch_remarks(settings: Settings) -> Iterator[Remark]:
    """What is wrong with the switches and with the sounds on them."""
    taken: dict[tuple[str, int], str] = {}
    groups = list(settings.trunks)
    for name, switch in settings.switches.items():
        path = ("switches", name)
        first = taken.setdefault((switch.host, switch.port), name)
        if first != name:
            message = f"{switch.host} {switch.port} is the switch '{first}' already"
            yield Remark((*path, "port"), message, "a switch once")
        yield from _connection(switch, path)
        trunks = switch.trunks
        for kind, mapping in (
            ("gateways", trunks.gateways),
            ("spans", trunks.spans),
            ("networks", trunks.networks),
            ("profiles", trunks.profiles),
        ):
            yield from groups_remarks(mapping, groups, (*path, "trunks", kind))
        for network in trunks.networks:
            yield from network_remarks(network, (*path, "trunks", "networks", network))
    yield from _homes(settings)
    yield from _sounds(settings.sounds, settings)


def _homes(settings: Settings) -> Iterator[Remark]:
    """Where telephones register."""
    switches = list(settings.switches)
    for tenant, own in settings.tenants.items():
        named = [("teams", key, team.switch) for key, team in own.teams.items()]
        named += [("agents", key, agent.switch or "") for key, agent in own.agents.items()]
        for kind, key, name in named:
            if name and name not in switches:
                path = ("tenants", tenant, kind, key, "switch")
                message = f"there is no switch '{name}'{did_you_mean(name, switches)}"
                expected = one_of(switches) or "a name under switches"
                yield Remark(path, message, expected, refers_to=("switches", name))


def _connection(switch: SwitchSettings, path: Keys) -> Iterator[Remark]:
    if switch.domain and not switch.user:
        yield Remark((*path, "domain"), "has no meaning without a user", "user, or no domain")
    yield from _setup(switch.setup, (*path, "setup"))
    if switch.retry_first_s > switch.retry_longest_s:
        message = f"is above retry_longest_s, {switch.retry_longest_s:g}"
        yield Remark((*path, "retry_first_s"), message, "a shorter time")


def _setup(setup: SwitchSetupSettings, path: Keys) -> Iterator[Remark]:
    if setup.agents_port == setup.trunk_port:
        yield Remark((*path, "trunk_port"), "is the agents_port already", "another port")
    if setup.rtp_from >= setup.rtp_to:
        message = f"is not above rtp_from, {setup.rtp_from}"
        yield Remark((*path, "rtp_to"), message, "a higher port")
    if setup.overflow == "number" and not (setup.overflow_number and setup.gateways):
        message = "has nothing to dial"
        yield Remark((*path, "overflow"), message, "overflow_number and a gateway")
    for name, gateway in setup.gateways.items():
        if 0 < gateway.ping_s < SHORTEST_PING_S:
            where = (*path, "gateways", name, "ping_s")
            yield Remark(where, "is ignored by FreeSWITCH", f"0, or {SHORTEST_PING_S} or more")
    for network in setup.event_socket_networks:
        yield from network_remarks(network, (*path, "event_socket_networks"))


def groups_remarks(mapping: Mapping[str, str], groups: list[str], path: Keys) -> Iterator[Remark]:
    """Trunk groups that the settings do not have."""
    for key, group in mapping.items():
        if group not in groups:
            message = f"there is no trunk group '{group}'{did_you_mean(group, groups)}"
            expected = one_of(groups) or "a name under trunks"
            yield Remark((*path, key), message, expected, refers_to=("trunks", group))


def network_remarks(network: str, path: Keys) -> Iterator[Remark]:
    """An address or a network that is none."""
    try:
        ip_network(network, strict=True)
    except ValueError as error:
        yield Remark(path, f"is no network: {error}", "an address, or a network with its prefix")


def _sounds(sounds: SoundsSettings, settings: Settings) -> Iterator[Remark]:
    for name, file in sounds.prompts.items():
        yield from _file(file, sounds.folder, ("sounds", "prompts", name))
    for tenant, own in sounds.tenants.items():
        path = ("sounds", "tenants", tenant)
        yield from no_tenant(tenant, settings.tenants, path)
        folder = sounds.folder if own.folder is None else own.folder
        for name, file in own.prompts.items():
            yield from _file(file, folder, (*path, "prompts", name))


def _file(file: str, folder: str, path: Keys) -> Iterator[Remark]:
    if ".." in file.split("/"):
        yield Remark(path, "leads upwards, ..", "a path without ..")
    elif not file.startswith("/") and not folder:
        yield Remark(path, "is in no folder", "an absolute path, or a folder")
