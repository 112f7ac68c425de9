"""Which hosts and addresses a tenant's flows may ask."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult

from acdengine.settings.systems import covers

#: Of an address in IPv6 these carry one in IPv4, which is looked at in its place.
_TRANSLATED: Final = ipaddress.IPv6Network("64:ff9b::/96")


class AddressRefused(Exception):
    """A flow's request goes where the tenant's settings do not let it."""


@dataclass(frozen=True)
class AllowedHosts:
    """The hosts of a tenant's settings.

    Attributes:
        hosts: names, ``*.example.com`` for all below one, or addresses; with ``:PORT``, that port
            alone, else 80 and 443.
        private: names or addresses that may be in a private network, or this machine.
    """

    hosts: Sequence[str] = ()
    private: Sequence[str] = ()

    def check(self, host: str, port: int) -> None:
        """Check a host by its name.

        Raises:
            AddressRefused: it is none of them.
        """
        name = host.rstrip(".").lower()
        if not any(covers(allowed, name, port) for allowed in (*self.hosts, *self.private)):
            raise AddressRefused(f"{host}:{port} is none of the hosts that flows may ask")

    def check_address(self, host: str) -> None:
        """Check a host that is an address: it is not looked up, so `CheckedResolver` never sees it.

        Raises:
            AddressRefused: it is in a private network, and none of those that may be.
        """
        try:
            is_reached = is_public(host)
        except ValueError:
            return
        if not is_reached and not self.may_be_private(host):
            raise AddressRefused(f"{host} is in a private network")

    def may_be_private(self, host: str) -> bool:
        """Whether a host may have a private address."""
        name = host.rstrip(".").lower()
        return any(covers(allowed, name, None) for allowed in self.private)


def is_public(address: str) -> bool:
    """Whether an address is one of the Internet: not this machine's, a private network's, a link's,
    a group's or a reserved one (RFC 6890)."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return is_public(str(found.ipv4_mapped))
        if found in _TRANSLATED:
            return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
        if found.sixtofour is not None:
            return is_public(str(found.sixtofour))
    return found.is_global and not found.is_multicast


class CheckedResolver(AbstractResolver):
    """Finds the addresses of a host, without private ones where it may have none.

    The connection goes to an address that was looked at here, so that a name that is answered
    otherwise the next time gains nothing.
    """

    def __init__(self, allowed: AllowedHosts) -> None:
        self._allowed = allowed

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses that may be asked.

        Raises:
            AddressRefused: it has private addresses alone, and may not.
            OSError: it has none.
        """
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family)
        addresses = [str(place[4][0]) for place in found]
        if not self._allowed.may_be_private(host):
            addresses = [address for address in addresses if is_public(address)]
            if not addresses:
                raise AddressRefused(f"{host} is in a private network")
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        """Nothing is kept open."""
