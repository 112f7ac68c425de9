"""The Asterisks of the settings: what hands calls over by FastAGI."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from ipaddress import ip_network

from acdengine.ports import Inbox
from acdengine.program.switches.spoken_texts import SpeechFiles, SpokenTexts
from acdengine.runtime.loop import Runtime
from acdengine.settings.fastagi import AsteriskSettings, FastAgiSettings
from adapters.fastagi.port import FastAgiPort
from adapters.fastagi.server import FastAgiServer, Limits
from adapters.fastagi.settings import Asterisk
from adapters.fastagi.speaking import SoundFiles


class Asterisks:
    """Serves the callers of all Asterisks of the settings.

    Args:
        settings: which, and where it is listened.
        runtime: whose calls they are.
        inbox: takes the events.
        speech: makes texts into files.
    """

    def __init__(
        self, settings: FastAgiSettings, runtime: Runtime, inbox: Inbox, speech: SpeechFiles
    ) -> None:
        self._settings = settings
        self._runtime = runtime
        self._port = FastAgiPort(
            list(_asterisks(settings.asterisks)),
            inbox,
            runtime.clock.now_us,
            lambda: str(uuid.uuid4()),
        )
        self._spoken = SpokenTexts(self._port, speech)
        limits = Limits(settings.limit, settings.head_timeout_s)
        self._server = FastAgiServer(self._port, limits)

    async def start(self) -> tuple[str, int]:
        """Listen; returns the address.

        Raises:
            OSError: the address cannot be had.
        """
        address = await self._server.open(self._settings.host, self._settings.port)
        self._runtime.attach(self._spoken, self._port.node_ids)
        self._port.start()
        return address

    async def stop(self) -> None:
        """Let all callers go: their dialplans go on."""
        await self._server.close()
        self._runtime.detach(self._spoken)


def _asterisks(settings: Mapping[str, AsteriskSettings]) -> list[Asterisk]:
    return [
        Asterisk(
            name,
            [ip_network(network) for network in own.addresses],
            own.trunk,
            own.context,
            own.telephone,
            SoundFiles(own.sounds, own.music),
            own.recordings,
            own.keys_while_waiting,
            tuple(own.leg_variables),
        )
        for name, own in settings.items()
    ]
