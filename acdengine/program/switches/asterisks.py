"""The Asterisks of the settings: what hands calls over by FastAGI."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from ipaddress import ip_network

from acdengine.api.views import SwitchView
from acdengine.ports import Inbox
from acdengine.program.switches.spoken_texts import SpeechFiles, SpokenTexts
from acdengine.runtime.loop import Runtime
from acdengine.settings.difference import Change
from acdengine.settings.fastagi import AsteriskSettings, FastAgiSettings
from adapters.fastagi.asterisk_settings import Asterisk
from adapters.fastagi.fastagi_port import FastAgiPort
from adapters.fastagi.lines import Lines
from adapters.fastagi.prompt_playback import SoundFiles
from adapters.fastagi.server import FastAgiServer, Limits


class Asterisks:
    """Serves the callers of all Asterisks of the settings.

    Args:
        settings: which, and where it is listened.
        runtime: whose calls they are.
        inbox: takes the events.
        speech: makes texts into files.
        lines: channels of trunk groups; without them nothing is counted.
    """

    def __init__(
        self,
        settings: FastAgiSettings,
        runtime: Runtime,
        inbox: Inbox,
        speech: SpeechFiles,
        lines: Lines | None = None,
    ) -> None:
        self._settings = settings
        self._runtime = runtime
        self._port = FastAgiPort(
            list(_asterisks(settings)), inbox, runtime.clock.now_us, lambda: str(uuid.uuid4()),
            lines,
        )  # fmt: skip
        self._spoken = SpokenTexts(self._port, speech)
        self._server = FastAgiServer(self._port, _limits(settings))
        self._since_us: dict[str, int] = {}

    async def start(self) -> tuple[str, int]:
        """Listen; returns the address.

        Raises:
            OSError: the address cannot be had.
        """
        address = await self._server.open(self._settings.host, self._settings.port)
        self._begin(self._port.node_ids)
        return address

    def _begin(self, node_ids: list[str]) -> None:
        self._runtime.attach(self._spoken, node_ids)
        self._port.forget_before(node_ids)
        self._since_us |= dict.fromkeys(node_ids, self._runtime.clock.now_us())

    async def stop(self) -> None:
        """Let all callers go: their dialplans go on."""
        await self._server.close()
        self._runtime.detach(self._spoken)

    # -- reload --------------------------------------------------------------------------------

    @property
    def settings(self) -> FastAgiSettings:
        """Those in force."""
        return self._settings

    def differences(self, settings: FastAgiSettings) -> list[Change]:
        """What these settings would change."""
        before, after = _named(self._settings), _named(settings)
        changes = [
            Change("asterisk", name, "added" if name not in before else "changed", fields)
            for name, wanted in after.items()
            if (fields := _fields(before.get(name), wanted)) or name not in before
        ]
        changes += [Change("asterisk", name, "drained") for name in before if name not in after]
        own = tuple(
            field for field in type(settings).model_fields
            if field != "asterisks" and getattr(settings, field) != getattr(self._settings, field)
        )  # fmt: skip
        return [*changes, Change("daemon", "fastagi", "changed", own)] if own else changes

    async def reload(self, settings: FastAgiSettings) -> None:
        """Put other settings in force. Calls stay.

        Raises:
            OSError: the address cannot be had; nothing was changed.
        """
        before = self._settings
        if not settings.enabled:
            self._server.stop_listening()
        elif not self._server.is_listening or (before.host, before.port) != (
            settings.host, settings.port,
        ):  # fmt: skip
            await self._server.open(settings.host, settings.port)
        self._server.limits = _limits(settings)
        self._settings = settings
        self._begin(self._port.use(list(_asterisks(settings))))

    # -- looking -------------------------------------------------------------------------------

    def views(self) -> list[SwitchView]:
        """Every Asterisk as it is now: it is up while its connections are taken."""
        return [self._view(node_id) for node_id in self._port.node_ids]

    def _view(self, node_id: str) -> SwitchView:
        state = self._runtime.state
        known, is_leaving = state.nodes.get(node_id), self._port.is_leaving(node_id)
        callers, agents = self._port.legs_of(node_id)
        calls = sum(call.node_id == node_id for call in state.calls.values())
        return SwitchView(
            at_us=self._runtime.clock.now_us(),
            name=node_id,
            kind="asterisk",
            address=f"{self._settings.host}:{self._settings.port}",
            state="up" if self._server.is_listening else "down",
            since_us=self._since_us.get(node_id, 0),
            draining=is_leaving or (known is not None and known.draining),
            empty=known is not None and known.closed,
            through=0,
            version="",
            sessions=callers + agents,
            calls=calls,
            callers=callers,
            agents=agents,
            lag_us=0,
            connects=0,
            losses=0,
            gaps=0,
            last_error="",
        )


def _limits(settings: FastAgiSettings) -> Limits:
    return Limits(settings.limit, settings.head_timeout_s)


def _named(settings: FastAgiSettings) -> Mapping[str, AsteriskSettings]:
    """None, where no connection is taken."""
    return settings.asterisks if settings.enabled else {}


def _fields(before: AsteriskSettings | None, after: AsteriskSettings) -> tuple[str, ...]:
    if before is None:
        return ()
    return tuple(
        field for field in type(after).model_fields
        if getattr(before, field) != getattr(after, field)
    )  # fmt: skip


def _asterisks(settings: FastAgiSettings) -> list[Asterisk]:
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
        for name, own in _named(settings).items()
    ]
