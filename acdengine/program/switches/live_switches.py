"""The switches that the daemon drives: begun, watched, changed by a reload, and left in peace."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from acdengine.api.views import SwitchView
from acdengine.events import SwitchLost
from acdengine.leg_sessions.session import ScriptCentre, ScriptLegs
from acdengine.program.switches.recognition import Recognition
from acdengine.program.switches.settings import connections_of, sounds_of, storage_of, trunks_of
from acdengine.program.switches.spoken_texts import SpeechFiles, SpokenTexts
from acdengine.program.switches.telephones import Phones
from acdengine.requests import DrainRequested
from acdengine.runtime.loop import Runtime
from acdengine.runtime.sensitive_values import SensitiveValues
from acdengine.settings.difference import Change
from acdengine.settings.sounds import SoundsSettings, TenantSoundsSettings
from acdengine.settings.switches import SwitchSettings
from acdengine.settings.whole import Settings
from adapters.freeswitch.call_parts import CallMedia
from adapters.freeswitch.flow_steps.speech_recognition import UTTERANCES
from adapters.freeswitch.legs.inter_node_routes import OtherNodes
from adapters.freeswitch.media.tenant_sounds import TenantSounds
from adapters.freeswitch.node import FreeSwitchNode, NodeClocks, NodeListener
from adapters.freeswitch.translation.callcenter_events import CallcenterEvents
from adapters.freeswitch.trunks.trunk_groups import NodeTrunks, TrunkUse
from adapters.freeswitch.wire.connection import ConnectionSettings

_log = structlog.get_logger("acdengine.switches")
#: Names of files in a folder of prompts, without those above it.
_PROMPT: Final = re.compile(r"[A-Za-z0-9_+-][A-Za-z0-9_ +-]*(/[A-Za-z0-9_+-][A-Za-z0-9_ +-]*)*")

#: How often it is looked whether a switch that the settings no longer name is empty.
_LEAVING_S: Final = 1.0
#: What a reload changes without connecting again.
_IN_PLACE: Final = (
    "trunks", "sip_address", "sip_profile", "lost_after_s", "leg_variables", "callcenter_events",
    "setup", "draining",
)  # fmt: skip


def _monotonic_us() -> int:
    return time.monotonic_ns() // 1000


@dataclass(slots=True)
class LiveSwitch:
    """One switch, its connection alive or being sought.

    Attributes:
        screens: fires mod_callcenter's events on it, where the settings want that.
        drained: what the settings' word on draining was when the engine was told it last.
        is_leaving: the settings no longer name it; it is let go of when its calls have ended.
    """

    settings: SwitchSettings
    connection: ConnectionSettings
    node: FreeSwitchNode
    port: SpokenTexts
    running: asyncio.Task[None]
    screens: CallcenterEvents | None = None
    drained: bool = False
    is_leaving: bool = False


class LiveSwitches:
    """All switches of the settings.

    Args:
        runtime: whose calls they hold.
        environ: where passwords may be.
    """

    def __init__(self, runtime: Runtime, environ: Mapping[str, str]) -> None:
        self._runtime = runtime
        #: Legs in the hands of scripts: what the switches report goes through it.
        self.script_legs = ScriptLegs(
            runtime,
            ScriptCentre(lambda queue_id: queue_id in runtime.state.queues),
            time.monotonic,
        )
        self._environ = environ
        self._switches: dict[str, LiveSwitch] = {}
        self._sounds = SoundsSettings()
        #: Makes the texts that callers hear into files.
        self.speech = SpeechFiles(self._sounds)
        self._watching: asyncio.Task[None] | None = None
        #: Channels taken of the trunk groups.
        self.trunks = TrunkUse(lambda: runtime.state.plan.trunks, _monotonic_us)
        #: Sensitive digits of all switches, for the HTTP client of flows.
        self.secrets = SensitiveValues(time.monotonic)
        #: What callers say, where a tenant's recogniser is asked over HTTP.
        self.recognition = Recognition(lambda: runtime.state.plan, self.secrets, environ)
        self._phones = Phones(runtime, lambda: (switch.node for switch in self))

    def __iter__(self) -> Iterator[LiveSwitch]:
        return iter(self._switches.values())

    # -- life ----------------------------------------------------------------------------------

    def start(self, settings: Settings) -> None:
        """Begin to connect. Calls of switches that are no longer in the settings end here.

        Raises:
            SettingsError: a password cannot be had.
        """
        connections = connections_of(settings.switches, self._environ)
        self._sounds = settings.sounds
        self.speech.use(settings.sounds)
        for name, switch in settings.switches.items():
            self._begin(name, switch, connections[name])
        self._phones.start()
        self._forget_strangers()

    def _begin(self, name: str, settings: SwitchSettings, connection: ConnectionSettings) -> None:
        runtime, storage = self._runtime, storage_of(settings.recordings)
        self.recognition.utterances.sweep(Path(storage.folder) / UTTERANCES)
        node = FreeSwitchNode(
            name,
            connection,
            self.script_legs,
            CallMedia(
                TenantSounds(sounds_of(self._sounds), self._tenant_of),
                storage,
                self.secrets,
                self.recognition.utterances,
            ),
            NodeClocks(random.uniform, now_us=runtime.clock.now_us),
            NodeTrunks(name, self.trunks, trunks_of(settings.trunks)),
            NodeListener(lambda: self._reached(name, switch), lambda: self._lost(name)),
        )
        port = SpokenTexts(node, self.speech)
        runtime.attach(port, [name])
        runtime.add_sink(node.places)
        running = asyncio.get_running_loop().create_task(node.run(), name=f"switch {name}")
        switch = LiveSwitch(settings, connection, node, port, running)
        self._switches[name] = switch
        self._equip(name, switch)
        _log.info("switch begun", node=name, host=connection.host, port=connection.port)

    def _equip(self, name: str, switch: LiveSwitch) -> None:
        """What the settings say of it and of the others, as it is now."""
        settings, runtime = switch.settings, self._runtime
        others = OtherNodes(name, self._addresses, settings.sip_profile)
        switch.node.use_others(others, settings.lost_after_s)
        switch.node.use_variables(settings.leg_variables)
        if settings.callcenter_events and switch.screens is None:
            switch.screens = CallcenterEvents(switch.node.channel.tell, lambda: runtime.state)
            runtime.add_sink(switch.screens)
        elif not settings.callcenter_events and switch.screens is not None:
            runtime.remove_sink(switch.screens)
            switch.screens = None

    def _addresses(self) -> dict[str, str]:
        return {name: switch.settings.sip_address for name, switch in self._switches.items()}

    def _reached(self, name: str, switch: LiveSwitch) -> None:
        self._phones.changed()
        if name in self._runtime.state.nodes or switch.node.comparison.syncs:
            self._drain(name, switch)

    def _drain(self, name: str, switch: LiveSwitch) -> None:
        """Pass the settings' word on, once; what is asked for live afterwards holds."""
        wanted = switch.settings.draining or switch.is_leaving
        if wanted != switch.drained:
            switch.drained = wanted
            self._runtime.post(DrainRequested(0, node_id=name, on=wanted, by="settings"))

    def _lost(self, name: str) -> None:
        """A switch is lost with all that was on it: what it had sent to others ends there."""
        for other, switch in self._switches.items():
            if other != name and switch.node.connection.is_up:
                switch.node.other_lost(name)

    def _tenant_of(self, call_id: str) -> str:
        call = self._runtime.state.calls.get(call_id)
        return call.tenant_id if call is not None else ""

    def _forget_strangers(self) -> None:
        """End calls from the journal whose switch is not in the settings: nothing reports them."""
        nodes = {call.node_id: None for call in self._runtime.state.calls.values() if call.leg_id}
        for node_id in nodes:
            if node_id not in self._switches:
                _log.warning("switch no longer in the settings", node=node_id)
                self._runtime.post(SwitchLost(0, node_id))

    async def stop(self) -> None:
        """Let go of all switches. Callers hear music on, conversations go on."""
        self._phones.stop()
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None
        for name in list(self._switches):
            await self._let_go(name)
        await self.recognition.stop()

    async def _let_go(self, name: str) -> None:
        switch = self._switches.pop(name)
        await switch.node.close()
        await switch.running
        self._runtime.detach(switch.port)
        self._runtime.remove_sink(switch.node.places)
        switch.node.trunks.forget()
        if switch.screens is not None:
            self._runtime.remove_sink(switch.screens)
        _log.info("switch let go", node=name)

    def has_prompt(self, tenant_id: str, name: str) -> bool:
        """Whether there is a prompt of this name, as far as that can be seen from here: files in a
        folder of another machine are taken to be there."""
        sounds = self._sounds
        own = sounds.tenants.get(tenant_id, TenantSoundsSettings())
        if name in own.prompts or name in sounds.prompts:
            return True
        folder = own.folder or sounds.folder
        if not folder or not _PROMPT.fullmatch(name):
            return False
        return not Path(folder).is_dir() or (Path(folder) / f"{name}.wav").is_file()

    # -- reload --------------------------------------------------------------------------------

    def differences(self, settings: Settings) -> list[Change]:
        """What these settings would change.

        Raises:
            SettingsError: a password cannot be had.
        """
        connections = connections_of(settings.switches, self._environ)
        changes = [
            change
            for name, switch in settings.switches.items()
            for change in self._difference(name, switch, connections[name])
        ]
        changes += [
            Change("switch", name, "drained")
            for name, switch in self._switches.items()
            if name not in settings.switches and not switch.is_leaving
        ]
        if settings.sounds != self._sounds:
            changes.append(Change("sounds", "", "changed"))
        return changes

    def _difference(
        self, name: str, settings: SwitchSettings, connection: ConnectionSettings
    ) -> Iterator[Change]:
        switch = self._switches.get(name)
        if switch is None:
            yield Change("switch", name, "added")
            return
        fields = [
            f"{field} {getattr(switch.settings, field)} -> {getattr(settings, field)}"
            if field in ("host", "port", "draining", "sip_address")
            else field
            for field in SwitchSettings.model_fields
            if getattr(switch.settings, field) != getattr(settings, field)
        ]
        if connection.password != switch.connection.password and "password" not in fields:
            fields.append("password")
        if switch.is_leaving:
            fields.append("taken back")
        if fields:
            yield Change("switch", name, "changed", tuple(fields))

    def reload(self, settings: Settings) -> None:
        """Put other settings in force. Calls stay; where the way to a switch is another, it is
        reconnected.

        Raises:
            SettingsError: a password cannot be had; nothing was changed.
        """
        connections = connections_of(settings.switches, self._environ)
        if settings.sounds != self._sounds:
            self._sounds = settings.sounds
            self.speech.use(settings.sounds)
            for switch in self:
                switch.node.use_sounds(sounds_of(settings.sounds))
        for name, wanted in settings.switches.items():
            known = self._switches.get(name)
            if known is None:
                self._begin(name, wanted, connections[name])
            else:
                self._change(name, known, wanted, connections[name])
        for name, switch in self._switches.items():
            if name not in settings.switches and not switch.is_leaving:
                switch.is_leaving = True
                self._drain(name, switch)
                _log.info("switch leaves when its calls have ended", node=name)
        if self._watching is None and any(switch.is_leaving for switch in self):
            self._watching = asyncio.get_running_loop().create_task(self._watch_leaving())

    def _change(
        self, name: str, switch: LiveSwitch, wanted: SwitchSettings, connection: ConnectionSettings
    ) -> None:
        before = switch.settings.model_dump(exclude=set(_IN_PLACE))
        is_elsewhere = before != wanted.model_dump(exclude=set(_IN_PLACE))
        is_elsewhere |= connection.password != switch.connection.password
        switch.settings = wanted
        switch.node.trunks.groups = trunks_of(wanted.trunks)
        switch.is_leaving = False
        self._equip(name, switch)
        self._drain(name, switch)
        if is_elsewhere:
            switch.connection = connection
            _log.info("switch reconnected", node=name)
            switch.node.connection.reconnect(connection)

    async def _watch_leaving(self) -> None:
        while leaving := [name for name, switch in self._switches.items() if switch.is_leaving]:
            await asyncio.sleep(_LEAVING_S)
            state = self._runtime.state
            used = {call.node_id for call in state.calls.values()}
            for offer in state.offers.values():
                used |= {offer.node_id, offer.far_node_id}
            for name in leaving:
                switch = self._switches.get(name)
                if switch is not None and switch.is_leaving and name not in used:
                    await self._let_go(name)
        self._watching = None

    # -- looking -------------------------------------------------------------------------------

    def not_ready(self) -> str:
        """Why no calls can be taken: no switch is there; empty when one is."""
        if not self._switches:
            return ""
        states = {name: switch.node.health for name, switch in self._switches.items()}
        if any(health.state == "up" for health in states.values()):
            return ""
        told = ", ".join(
            f"{name} is {health.state}" + (f" ({health.last_error})" if health.last_error else "")
            for name, health in states.items()
        )
        return f"no switch can be used: {told}"

    def views(self) -> list[SwitchView]:
        """Every switch as it is now."""
        calls: dict[str, int] = {}
        for call in self._runtime.state.calls.values():
            calls[call.node_id] = calls.get(call.node_id, 0) + 1
        return [
            self._view(name, switch, calls.get(name, 0)) for name, switch in self._switches.items()
        ]

    def _view(self, name: str, switch: LiveSwitch, calls: int) -> SwitchView:
        node, health = switch.node, switch.node.health
        state = self._runtime.state
        known = state.nodes.get(name)
        said = switch.settings.draining or switch.is_leaving
        through = sum(offer.far_node_id == name for offer in state.offers.values())
        statistics = node.connection.statistics
        return SwitchView(
            at_us=self._runtime.clock.now_us(),
            name=name,
            kind=switch.settings.kind,
            address=f"{switch.connection.host}:{switch.connection.port}",
            state=health.state,
            since_us=health.since_us,
            draining=said if known is None else known.draining,
            empty=known is not None and known.closed and not through,
            through=through,
            version=health.version,
            sessions=health.sessions,
            calls=calls,
            callers=len(node.legs.callers),
            agents=len(node.legs.agents),
            lag_us=health.lag_us,
            connects=statistics.connects,
            losses=statistics.losses,
            gaps=statistics.gaps,
            last_error=health.last_error,
        )
