"""The running engine as the control interface sees it (`acdengine.api.backend.Backend`)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from acdengine.api.backend import Reloaded
from acdengine.api.views import ClockView, RecordsState, SwitchView
from acdengine.engine.explain.explanation import Explanation
from acdengine.engine.state import EngineState
from acdengine.events import TimePassed
from acdengine.facts import AnyFact
from acdengine.plan import Plan
from acdengine.ports import FactSink
from acdengine.program.daemon.credentials import CredentialsReader
from acdengine.program.switches.asterisks import Asterisks
from acdengine.program.switches.live_switches import LiveSwitches
from acdengine.records.process import RecordsProcess
from acdengine.requests import Request, SettingsChanged
from acdengine.runtime.clock import STEP_US, UtcClock, clock_offset_us
from acdengine.runtime.clock_step import Due, due_by
from acdengine.runtime.longest_waits import LongestWaits
from acdengine.runtime.loop import Runtime
from acdengine.runtime.metrics import Metrics
from acdengine.settings.centre import Centre, load_centre
from acdengine.settings.credentials import Credentials
from acdengine.settings.daemon import DaemonSettings
from acdengine.settings.difference import Change, differences, restart_needed
from acdengine.settings.emptied import emptied
from acdengine.settings.fastagi import FastAgiSettings
from acdengine.settings.whole import Settings

_log = structlog.get_logger("acdengine.daemon")


@dataclass(frozen=True, slots=True)
class DaemonParts:
    """What the daemon drives beside the engine; each is None where it is not there.

    Attributes:
        switches: FreeSWITCH nodes.
        settings: the daemon's own, which hold until it is started again.
        asterisks: that are served over FastAGI.
        records: the process that writes the records.
    """

    switches: LiveSwitches | None = None
    settings: DaemonSettings | None = None
    asterisks: Asterisks | None = None
    records: RecordsProcess | None = None


class DaemonBackend:
    """Passes on what is asked, and reads the settings again when it is told to.

    Args:
        runtime: what runs.
        longest, metrics: of the same runtime.
        config: the settings files; none where the plan is not made from files.
        credentials: reads who may use the control interface.
        parts: what the daemon drives.
    """

    def __init__(
        self,
        runtime: Runtime,
        longest: LongestWaits,
        metrics: Metrics,
        config: Sequence[Path],
        credentials: CredentialsReader,
        parts: DaemonParts = DaemonParts(),
    ) -> None:
        self._runtime = runtime
        self._longest = longest
        self._metrics = metrics
        self._config = config
        self._credentials = credentials
        self._live = parts.switches
        self._daemon = parts.settings
        self._asterisks = parts.asterisks
        self._records = parts.records
        #: Told who may use the control interface after a reload.
        self.take_credentials: Callable[[Credentials], None] | None = None
        #: Told of settings that a reload has put in force.
        self.take_settings: Callable[[Settings, Plan], None] | None = None
        self._reloading = asyncio.Lock()

    @property
    def state(self) -> EngineState:
        """Everything the engine knows, to be read and never written, nor kept."""
        return self._runtime.state

    def now_us(self) -> int:
        """The present time, UTC, microseconds."""
        return self._runtime.clock.now_us()

    async def request(self, event: Request) -> str:
        """Have the engine do something; returns what is in the way."""
        return await self._runtime.request(event)

    def story(self, call_or_agent_id: str) -> Sequence[AnyFact]:
        """The facts kept about a call or agent, oldest first."""
        return self._runtime.engine.story(call_or_agent_id)

    def explain(self, call_id: str) -> Explanation:
        """Why a call that is known waits, or went where it went."""
        return self._runtime.engine.explain(call_id, self.now_us())

    def longest_wait_us(self, queue_id: str, now_us: int) -> int:
        """How long the one who waits longest in a queue has waited."""
        return self._longest.longest_us(queue_id, now_us)

    def add_sink(self, sink: FactSink) -> None:
        """Have facts told from now on."""
        self._runtime.add_sink(sink)

    def remove_sink(self, sink: FactSink) -> None:
        """Stop passing facts on."""
        self._runtime.remove_sink(sink)

    async def reload(
        self, by: str, *, check_only: bool, force: bool = False, flow_percent: int = 100
    ) -> Reloaded:
        """Read the settings files again and put them in force, unless they are only to be checked.

        Settings that leave nothing of what there was are not, unless that is forced. Flows that
        have changed are tried on ``flow_percent`` of their callers.

        Raises:
            SettingsError: with everything that is wrong; nothing was changed.
        """
        if not self._config:
            return Reloaded([], "the settings are part of what is simulated; they stay as they are")
        async with self._reloading:
            centre = await asyncio.to_thread(
                load_centre, self._config, os.environ, needs_tenants=not force
            )
            settings, plan = centre.settings, centre.plan
            problem = "" if force else self._emptied(centre)
            if problem:
                return Reloaded([], problem)
            credentials = self._credentials.read(settings)
            of_plan = differences(self.state.plan, plan)
            changes = [
                *of_plan,
                *self._changes_beside(settings),
                *self._credentials.changes(credentials),
            ]
            before = self._asterisks.settings if self._asterisks is not None else None
            if not check_only:
                problem = await self._reload_asterisks(settings.daemon.fastagi)
                if problem:
                    return Reloaded(changes, problem)
            if of_plan and not check_only:
                problem = await self._runtime.request(
                    SettingsChanged(0, plan=plan, by=by, flow_percent=flow_percent)
                )
            if problem and before is not None:
                await self._reload_asterisks(before)
            if not check_only and not problem:
                if self._live is not None:
                    self._live.reload(settings)
                self._credentials.put_in_force(credentials)
                if self.take_credentials is not None:
                    self.take_credentials(credentials)
                if self.take_settings is not None:
                    self.take_settings(settings, plan)
                _log.info(
                    "settings reloaded", by=by, changes=[as_logged(change) for change in changes]
                )
            return Reloaded(changes, problem, tuple(str(oddity) for oddity in centre.odd))

    async def _reload_asterisks(self, settings: FastAgiSettings) -> str:
        """Put their settings in force; what is in the way."""
        if self._asterisks is None:
            return ""
        try:
            await self._asterisks.reload(settings)
        except OSError as error:
            return f"daemon.fastagi.port: cannot listen on {settings.host}:{settings.port}: {error}"
        return ""

    def _emptied(self, centre: Centre) -> str:
        """What there would be none left of, where there was some."""
        live = self._live
        switches = (
            [one.node.node_id for one in live if not one.is_leaving] if live is not None else ()
        )
        return emptied(self.state.plan, centre.plan, switches, centre.settings.switches)

    def _changes_beside(self, settings: Settings) -> list[Change]:
        """What changes beside the plan; what only a restart can change is said to be so."""
        live = self._live
        changes = live.differences(settings) if live is not None else []
        if self._asterisks is not None:
            changes += self._asterisks.differences(settings.daemon.fastagi)
        if self._daemon is not None:
            changes += restart_needed(self._daemon, settings.daemon)
        return changes

    def clock(self) -> ClockView:
        """The centre's clock beside the system's."""
        return self._clock_view(0, self._due_by_step())

    def _clock_view(self, stepped_us: int, due: Due) -> ClockView:
        clock = self._runtime.clock
        return ClockView(
            at_us=clock.now_us(), offset_us=clock_offset_us(clock), stepped_us=stepped_us, due=due
        )

    def _due_by_step(self) -> Due:
        clock = self._runtime.clock
        return due_by(self.state, clock.now_us() + max(0, clock_offset_us(clock)))

    def step_clock(self, by: str, check_only: bool) -> tuple[ClockView, str]:
        """Set the centre's clock forward to the system's, unless it is only to be checked.

        Returns how it is then, and what is in the way.
        """
        clock, due = self._runtime.clock, self._due_by_step()
        view = self._clock_view(0, due)
        if not isinstance(clock, UtcClock):
            return view, "the clock of what is simulated is not the system's"
        if view.offset_us <= -STEP_US:
            behind = round(-view.offset_us / 1e6)
            return view, (
                f"the system's clock is {behind} s behind the centre's, whose time never goes back;"
                " set the system's clock right, or stop the daemon when it is quiet, move its"
                " journal away and start it again"
            )
        if check_only:
            return view, ""
        stepped_us = clock.step()
        _log.warning("the clock was stepped", by=by, by_s=round(stepped_us / 1e6, 3), due=due)
        self._runtime.post(TimePassed(0))
        return self._clock_view(stepped_us, due), ""

    def not_ready(self) -> str:
        """Why no calls can be taken now; empty when they can."""
        if self._runtime.is_stopped:
            return "the daemon is stopping"
        return self._live.not_ready() if self._live is not None else ""

    def records_state(self) -> RecordsState:
        """Whether records are written to their database."""
        if self._records is None:
            return "off"
        return "written" if self._records.status.is_connected else "waiting"

    def switches(self) -> Sequence[SwitchView]:
        """The switches that are driven."""
        views = self._live.views() if self._live is not None else []
        return [*views, *self._asterisks.views()] if self._asterisks is not None else views

    def metrics(self) -> bytes:
        """All metrics as Prometheus reads them."""
        return self._metrics.render()


def as_logged(change: Change) -> str:
    """A change as the log has it: without people's numbers.

    They are in the ids of customers, and in what a tenant's blacklist and rules say.
    """
    if change.kind == "customer":
        return f"customer {change.id.partition('/')[0]}/*** {change.how}"
    if change.kind != "tenant":
        return str(change)
    names = tuple(dict.fromkeys(field.partition(" ")[0] for field in change.fields))
    return str(change._replace(fields=names))
