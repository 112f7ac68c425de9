"""The sounds of each call: those of the settings, as the call's tenant has them."""

from __future__ import annotations

from collections.abc import Callable

from adapters.freeswitch.media.sounds import Sounds


class TenantSounds:
    """Finds music and prompts for a call. A reload of the settings replaces them (`use`).

    Args:
        sounds: names of music and prompts, of all tenants.
        tenant_of: the tenant of a call; empty where it is not known.
    """

    def __init__(self, sounds: Sounds, tenant_of: Callable[[str], str] = lambda _: "") -> None:
        self._sounds = sounds
        self._tenant_of = tenant_of

    def of_call(self, call_id: str) -> Sounds:
        """The sounds of the tenant whose call it is."""
        return self._sounds.of(self._tenant_of(call_id))

    def use(self, sounds: Sounds) -> None:
        """Play these from now on."""
        self._sounds = sounds
