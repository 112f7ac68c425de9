"""The daemon: everything wired together, begun in order and ended in the order opposite."""

from __future__ import annotations

import asyncio
import errno
import gc
import os
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Final, Protocol

import msgspec
import structlog
from rich.console import Console

from acdengine.api.connections import Guard
from acdengine.api.http_metrics import HttpMetrics
from acdengine.api.options import options_of
from acdengine.api.server import ControlServer
from acdengine.console.live import LiveLines, LiveScreen
from acdengine.console.view import Setting, View
from acdengine.engine import Engine
from acdengine.plan import Plan
from acdengine.program.daemon.backend import DaemonBackend, DaemonParts
from acdengine.program.daemon.credentials import CredentialsReader
from acdengine.program.daemon.files import Files
from acdengine.program.daemon.flow_services import FlowServices
from acdengine.program.daemon.metrics_server import MetricsServer
from acdengine.program.daemon.options import Options, StartError
from acdengine.program.daemon.records import orders_of
from acdengine.program.daemon.simulation import Simulation
from acdengine.program.switches.asterisks import Asterisks
from acdengine.program.switches.live_switches import LiveSwitches
from acdengine.program.switches.metrics import SwitchMetrics
from acdengine.records.process import RecordsMetrics, RecordsProcess
from acdengine.requests import SettingsChanged
from acdengine.runtime.clock import Clock, ScaledClock, UtcClock
from acdengine.runtime.clock_step import warn_where_behind
from acdengine.runtime.fact_log import FactLog
from acdengine.runtime.file_metrics import FileMetrics
from acdengine.runtime.housekeeping import Flushable, Housekeeping
from acdengine.runtime.journal_files import JournalDamaged
from acdengine.runtime.longest_waits import LongestWaits
from acdengine.runtime.loop import Runtime
from acdengine.runtime.metrics import Metrics
from acdengine.runtime.timer import Timer
from acdengine.settings.credentials import Credentials, read_metrics_token
from acdengine.settings.emptied import emptied
from acdengine.settings.errors import SettingsError
from acdengine.settings.whole import Settings
from adapters.freeswitch.wire.outbound_socket_calls import SocketCalls
from adapters.sim.runs.real_time import RealTimeWorld

_log = structlog.get_logger("acdengine.daemon")

#: A thread that computes (a screen being drawn) gives way to the loop after one millisecond, not 5.
_SWITCH_S: Final = 0.001
#: Objects allocated between collections of the youngest generation, and how often the older ones
#: are looked at. The engine's records hold no cycles and are not tracked; what is tracked comes and
#: goes with events and has no cycles either. The defaults would look through all that lives about
#: every second of a busy hour, for nothing.
_GC_THRESHOLDS: Final = (50_000, 20, 50)

Stop = Callable[[], Awaitable[None]]


class _Screen(Protocol):
    def start(self) -> None: ...

    async def stop(self) -> None: ...


class Daemon:
    """One engine with all that belongs to it.

    Args:
        options: the command line's wishes.
        settings, plan: of the settings files.
        files: open.
        simulation: the traffic; None: no switch at all.
    """

    def __init__(
        self,
        options: Options,
        settings: Settings,
        plan: Plan,
        files: Files,
        simulation: Simulation | None,
    ) -> None:
        self._options = options
        self._settings = settings.daemon
        self._whole = settings
        self._files = files
        self._simulation = simulation
        self._plan = plan if simulation is None else simulation.plan
        self._credentials = CredentialsReader()
        self._guards: list[Guard] = []
        self._stops: list[Stop] = []
        self._ending: asyncio.Event = asyncio.Event()
        self._failure: BaseException | None = None
        self._backend: DaemonBackend | None = None
        self._world: RealTimeWorld | None = None
        self._over: Timer | None = None
        self._switches: LiveSwitches | None = None
        self._asterisks: Asterisks | None = None
        self._records: RecordsProcess | None = None
        #: Told of settings that a reload has put in force.
        self._told_of_settings: Callable[[Settings, Plan], None] | None = None
        #: Where it listens, by what it serves.
        self.addresses: dict[str, str] = {}

    # -- beginning --------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin everything.

        Raises:
            StartError: something cannot begin; what had begun has ended again.
        """
        try:
            await self._start()
        except (OSError, SettingsError, JournalDamaged) as error:
            await self.stop()
            raise StartError(str(error)) from error
        except StartError:
            await self.stop()
            raise

    async def _start(self) -> None:
        # Before anything is touched that may be another daemon's.
        credentials = self._credentials.read(self._whole)
        self._credentials.put_in_force(credentials)
        self._stops.append(self._credentials.forget)
        runtime = self._runtime()
        problem = emptied(runtime.state.plan, self._plan)
        if problem and not self._options.force:
            raise StartError(f"what ran here last had more: {problem} (--force)")
        longest = LongestWaits(lambda: runtime.state, runtime.catch_up)
        metrics = Metrics(runtime, longest)
        runtime.add_sink(longest, later=True)
        runtime.add_sink(metrics, later=True)
        runtime.add_sink(FactLog(), later=True)
        files = self._files
        metrics.more.append(FileMetrics(files.of_lines()).render)
        for file in files.kept():
            runtime.add_sink(file, later=True)
        runtime.before_snapshot = files.keep
        self._start_records(runtime, metrics)
        runtime.on_failure = self._fail
        behind_us = self._traffic(runtime)
        if files.queue_log is not None:
            files.queue_log.start(runtime.clock.now_us())
        view = self._view(runtime, longest, behind_us)
        runtime.add_sink(view, later=True)
        runtime.start()
        self._stops.append(runtime.stop)
        if runtime.state.plan != self._plan:
            # Recovered, and the settings have changed since.
            runtime.post(SettingsChanged(0, plan=self._plan, by="restart"))
        self._start_world()
        self._start_switches(runtime, metrics)
        await self._serve_calls()
        await self._serve_asterisks(runtime)
        housekeeping = Housekeeping(
            runtime, self._flushed(), self._settings.journal.snapshot_every_s
        )
        housekeeping.start()
        self._stops.append(housekeeping.stop)
        await self._serve_metrics(metrics)
        await self._serve_control(runtime, longest, metrics, credentials)
        _settle_memory()
        _log.info("started", events=runtime.seq, **self.addresses)
        self._show(view)

    def _runtime(self) -> Runtime:
        """The engine, new or recovered, with its clock and journal."""
        files, simulation = self._files, self._simulation
        journal = files.journal
        if simulation is not None:
            return self._simulated_runtime(simulation)
        recovered = None
        if journal is not None:
            recovered = files.recover(journal.folder)
        if recovered is None:
            return Runtime(Engine(self._plan), UtcClock(), journal=journal, masks=files.log_masks)
        _log.info(
            "recovered",
            seq=recovered.seq,
            events=recovered.replayed,
            calls=len(recovered.engine.state.calls),
            torn_bytes=recovered.torn_bytes,
            bad_snapshots=recovered.bad_snapshots,
            refused=recovered.refused,
            poisoned=recovered.poisoned,
            voided=recovered.voided,
        )
        utc = UtcClock(recovered.engine.state.now_us)
        warn_where_behind(utc)
        return Runtime(
            recovered.engine,
            utc,
            seq=recovered.seq,
            journal=journal,
            masks=files.log_masks,
            skipped=recovered.found,
        )

    def _simulated_runtime(self, simulation: Simulation) -> Runtime:
        """The engine of a day that begins, or goes on where it was killed."""
        files, speed, day = self._files, self._options.speed, self._files.gone_on
        if day is None:
            clock: Clock = simulation.clock(speed)
            return Runtime(Engine(self._plan), clock, journal=files.journal, masks=files.log_masks)
        for seq, facts in day.facts:
            files.take(seq, facts)
        at = datetime.fromtimestamp(day.at_us / 1e6, UTC)
        _log.info(
            "the simulated day goes on", seq=day.seq, calls=len(day.engine.state.calls), at=at
        )
        return Runtime(
            day.engine, ScaledClock(day.at_us, speed), seq=day.seq, journal=files.journal,
            masks=files.log_masks,
        )  # fmt: skip

    def _traffic(self, runtime: Runtime) -> Callable[[], int]:
        """Have the simulated world wait for its beginning; returns how far it is behind."""
        simulation = self._simulation
        if simulation is None:
            return lambda: 0
        day = self._files.gone_on
        if day is None:
            self._world = simulation.world(runtime)
        else:
            self._world = RealTimeWorld(day.world, runtime, lambda: None)
        runtime.attach_services(self._world)
        # What is over is not looked at for ever.
        self._over = Timer(runtime.clock, lambda _: self._end_of_simulation())
        return self._world.behind_us

    def _start_world(self) -> None:
        world = self._world
        if world is None:
            return
        world.start()
        over, simulation = self._over, self._simulation
        if over is not None and simulation is not None:
            over.arm(simulation.ends_us)

        async def stop() -> None:
            if over is not None:
                over.disarm()
            world.stop()
            self._files.end_day()

        self._stops.append(stop)

    def _start_switches(self, runtime: Runtime, metrics: Metrics) -> None:
        """Have the switches of the settings driven, unless calls are simulated."""
        if self._simulation is not None:
            return
        switches = self._switches = LiveSwitches(runtime, os.environ)
        services = FlowServices(
            runtime,
            switches.script_legs,
            switches.secrets,
            self._settings.scripts,
            switches.has_prompt,
            self._credentials.is_pin,
        )
        runtime.attach_services(services)
        runtime.add_sink(switches.script_legs)
        self._stops.append(services.stop)
        metrics.more.append(SwitchMetrics(switches).render)
        metrics.channels_used = switches.trunks.used
        self._stops.append(switches.stop)
        switches.start(self._whole)

    def _view(self, runtime: Runtime, longest: LongestWaits, behind_us: Callable[[], int]) -> View:
        simulation, records = self._simulation, self._records
        trouble = (lambda: "") if records is None else records.waits
        if simulation is None:
            names = (
                ", ".join((*self._whole.switches, *self._settings.fastagi.asterisks)) or "no switch"
            )
            return View(runtime, longest, Setting(names, trouble=trouble))
        setting = Setting(
            simulation.title, simulation.east_us, self._options.speed, behind_us, trouble
        )  # fmt: skip
        return View(runtime, longest, setting)

    def _flushed(self) -> list[Flushable]:
        return [self._files.log, *self._files.kept()]

    def _start_records(self, runtime: Runtime, metrics: Metrics) -> None:
        """Have records written, where the settings name a database."""
        spool = self._files.records
        if spool is None:
            return
        now_us = runtime.clock.now_us
        process = self._records = RecordsProcess(
            orders_of(spool, self._whole, self._plan, os.environ, now_us()), spool
        )
        self._told_of_settings = lambda settings, plan: process.instruct(
            orders_of(spool, settings, plan, os.environ, now_us())
        )
        metrics.more.append(RecordsMetrics(process, spool).render)
        process.start()
        self._stops.append(process.stop)

    async def _serve_calls(self) -> None:
        """Take the calls that a dialplan sends by `socket`, for the switches that are driven."""
        settings, switches = self._settings.call_socket, self._switches
        if switches is None or not settings.enabled:
            return
        server = SocketCalls(
            lambda: [switch.node for switch in switches],
            [ip_network(network) for network in settings.allow],
            settings.limit,
        )

        async def listen() -> tuple[str, int]:
            await server.open(settings.host, settings.port)
            return settings.host, server.server.port

        address = await _listening(listen, settings.host, settings.port, "daemon.call_socket.port")
        self.addresses["calls"] = address.removeprefix("http://")
        self._stops.append(server.close)

    async def _serve_asterisks(self, runtime: Runtime) -> None:
        """Take the calls that Asterisks hand over, unless calls are simulated."""
        settings, switches = self._settings.fastagi, self._switches
        if switches is None:
            return
        asterisks = Asterisks(
            settings, runtime, switches.script_legs, switches.speech, switches.trunks
        )
        self._asterisks = asterisks
        self._stops.append(asterisks.stop)
        if not settings.enabled:
            return
        address = await _listening(
            asterisks.start, settings.host, settings.port, "daemon.fastagi.port"
        )
        self.addresses["fastagi"] = address.replace("http://", "agi://")

    async def _serve_metrics(self, metrics: Metrics) -> None:
        settings, port = self._settings.metrics, self._options.metrics_port
        if not settings.enabled and port is None:
            return
        token = read_metrics_token(settings, os.environ)
        server = MetricsServer(metrics.render, settings, token, port)
        self._guards.append(server.guard)
        address = await _listening(
            server.start, settings.host, settings.port if port is None else port, "--metrics PORT"
        )
        self.addresses["metrics"] = f"{address}/metrics"
        self._stops.append(server.stop)

    async def _serve_control(
        self, runtime: Runtime, longest: LongestWaits, metrics: Metrics, credentials: Credentials
    ) -> None:
        options, port = options_of(self._settings), self._options.http_port
        if port is not None:
            options = msgspec.structs.replace(options, port=port)
        simulation = self._simulation
        config = () if simulation is not None and simulation.owns_plan else self._options.config
        backend = DaemonBackend(
            runtime, longest, metrics, config, self._credentials,
            DaemonParts(self._switches, self._settings, self._asterisks, self._records),
        )  # fmt: skip
        server = ControlServer(backend, credentials, options)
        backend.take_credentials = server.take_credentials
        backend.take_settings = self._told_of_settings
        self._guards.append(server.guard)
        metrics.more.append(
            HttpMetrics(self._guards, lambda: len(server.hub), server.sessions).render
        )
        self._backend = backend
        self.addresses["control"] = await _listening(
            server.start, options.host, options.port, "--http PORT"
        )
        self._stops.append(server.stop)
        self._credentials.listening(self.addresses["control"])

    def _show(self, view: View) -> None:
        if self._options.headless or not sys.stdout.isatty():
            for what, where in self.addresses.items():
                sys.stdout.write(f"{what}: {where}\n")
            sys.stdout.flush()
            console: _Screen = LiveLines(view, sys.stdout)
        else:
            console = LiveScreen(view, Console(), self.end)
        console.start()
        self._stops.append(console.stop)

    # -- ending -----------------------------------------------------------------------------------

    async def wait(self) -> None:
        """Wait until the end is asked for, or the engine fails for good.

        Raises:
            BaseException: what the engine failed with.
        """
        try:
            await asyncio.wait_for(self._ending.wait(), self._options.seconds)
        except TimeoutError:
            _log.info("the time is up", seconds=self._options.seconds)
        if self._failure is not None:
            raise self._failure

    def _end_of_simulation(self) -> None:
        _log.info("the simulation is over")
        self.end()

    def end(self) -> None:
        """Ask for the end."""
        self._ending.set()

    async def reload(self) -> None:
        """Read the settings again; what is wrong with them stands in the log."""
        backend = self._backend
        if backend is None:
            return
        try:
            problem = (await backend.reload("signal", check_only=False)).problem
        except SettingsError as error:
            _log.error("settings refused", problems=[str(problem) for problem in error.problems])
        else:
            if problem:
                _log.error("settings refused", problems=[problem])

    def _fail(self, error: BaseException) -> None:
        _log.error("the engine failed and could not be rebuilt", exc_info=error)
        self._failure = error
        self._ending.set()

    async def stop(self) -> None:
        """End everything that has begun, the last first, and close the files."""
        while self._stops:
            stop = self._stops.pop()
            try:
                await stop()
            except OSError as error:
                _log.error("could not be ended well", what=stop.__qualname__, reason=str(error))
        _log.info("stopped")
        for file in self._files.kept():
            file.close()
        self._files.log.close()


def _settle_memory() -> None:
    """What is there now stays: no collection need look at it again."""
    sys.setswitchinterval(_SWITCH_S)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)


async def _listening(
    start: Callable[[], Awaitable[tuple[str, int]]], host: str, port: int, another: str
) -> str:
    """Have a server start; returns its address.

    Args:
        start: has it listen.
        host: the address it is to listen on.
        port: the port there.
        another: what names another port: an option or a setting.

    Raises:
        StartError: it cannot listen there.
    """
    try:
        host, port = await start()
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        hint = f"; {another} names another" if error.errno == errno.EADDRINUSE else ""
        raise StartError(f"cannot listen on {host}, port {port}: {reason}{hint}") from error
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
