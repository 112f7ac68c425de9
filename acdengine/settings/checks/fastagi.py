"""Checks of the Asterisks that hand calls over: names, trunk groups, addresses."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network

from acdengine.settings.checks.switches import groups_remarks, network_remarks
from acdengine.settings.model import Remark
from acdengine.settings.tree import Keys
from acdengine.settings.whole import Settings

_PATH: Keys = ("daemon", "fastagi", "asterisks")


def fastagi_remarks(settings: Settings) -> Iterator[Remark]:
    """What is wrong with the Asterisks of the settings."""
    fastagi = settings.daemon.fastagi
    if fastagi.enabled and not fastagi.asterisks:
        yield Remark(_PATH, "names none", "the Asterisk that hands calls over", lacks=_PATH[:-1])
    seen: list[tuple[str, IPv4Network | IPv6Network]] = []
    for name, asterisk in fastagi.asterisks.items():
        path = (*_PATH, name)
        if name in settings.switches:
            yield Remark(path, "is the name of a switch already", "another name")
        if asterisk.trunk:
            yield from groups_remarks({"trunk": asterisk.trunk}, list(settings.trunks), path)
        for number, text in enumerate(asterisk.addresses):
            where = (*path, "addresses", number)
            wrong = list(network_remarks(text, where))
            yield from wrong
            if not wrong:
                yield from _overlapping(name, ip_network(text), seen, where)


def _overlapping(
    name: str,
    network: IPv4Network | IPv6Network,
    seen: list[tuple[str, IPv4Network | IPv6Network]],
    path: Keys,
) -> Iterator[Remark]:
    """An address belongs to one Asterisk: what it hands over goes to that one's trunk group."""
    for other, known in seen:
        same_kind = network.version == known.version
        if other != name and same_kind and network.overlaps(known):
            yield Remark(path, f"{network} is an address of '{other}' too", "addresses of one only")
            break
    seen.append((name, network))
