"""What the adapter is told of an Asterisk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address

from adapters.fastagi.prompt_playback import SoundFiles


@dataclass(frozen=True, slots=True)
class Asterisk:
    """One Asterisk.

    Attributes:
        node_id: the engine's name of it.
        networks: addresses that its connections come from.
        trunk_id: trunk group of its calls.
        context: of the dialplan, with the sub-routines.
        telephone: how a telephone ``user/USER`` is dialled, with ``{user}``.
        sounds: names of music and prompts.
        recordings: absolute folder on the Asterisk; empty: callers are not recorded.
        hears_keys: keys are heard while a caller hears music.
        variables: channel variables that flows and scripts may use: names, or beginnings before a
            ``*``.
    """

    node_id: str
    networks: Sequence[IPv4Network | IPv6Network]
    trunk_id: str = ""
    context: str = "acdengine"
    telephone: str = "PJSIP/{user}"
    sounds: SoundFiles = field(default_factory=SoundFiles)
    recordings: str = ""
    hears_keys: bool = True
    variables: Sequence[str] = ("flow_*",)

    def has(self, address: str) -> bool:
        """Whether connections from this address are its own."""
        try:
            peer = ip_address(address)
        except ValueError:
            return False
        mapped = getattr(peer, "ipv4_mapped", None)
        return any((mapped or peer) in network for network in self.networks)

    def allows_variable(self, name: str) -> bool:
        """Whether flows and scripts may use this variable."""
        return any(
            name.startswith(one[:-1]) if one.endswith("*") else name == one
            for one in self.variables
        )
