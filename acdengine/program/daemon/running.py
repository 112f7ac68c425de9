"""From options to a daemon that runs, and its exit status."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Final

import structlog
import typer
import uvloop

from acdengine.program.daemon.daemon import Daemon
from acdengine.program.daemon.files import open_files, open_log
from acdengine.program.daemon.options import Options, StartError
from acdengine.program.daemon.simulation import simulation_of
from acdengine.program.daemon.systemd import Systemd
from acdengine.runtime.logs import log_loop_errors
from acdengine.settings.centre import load_centre
from acdengine.settings.daemon import (
    DaemonSettings,
    FactsSettings,
    JournalSettings,
    QueueLogSettings,
)
from acdengine.settings.daemon_records import RecordsSettings
from acdengine.settings.errors import SettingsError
from acdengine.settings.whole import Settings

_DONE: Final = 0
_FAILED: Final = 1
#: Oddities of the settings that the log shows.
_ODD_SHOWN: Final = 20

_log = structlog.get_logger("acdengine.daemon")


def run(options: Options) -> int:
    """Run the daemon until it is told to stop.

    Returns:
        The exit status: 0 after a clean end.
    """
    try:
        return uvloop.run(_run(options))
    except (StartError, SettingsError) as error:
        typer.echo(error, err=True)
        return _FAILED


def _written(settings: Settings, options: Options) -> DaemonSettings:
    """What the daemon writes. A simulation with the settings of a real centre leaves that centre's
    journal, facts and records alone."""
    daemon = settings.daemon
    if not options.simulated or not settings.has_real_calls:
        return daemon
    nothing = {
        "journal": JournalSettings(), "facts": FactsSettings(), "queue_log": QueueLogSettings(),
        "records": RecordsSettings(),
    }  # fmt: skip
    return daemon.model_copy(update=nothing)


async def _run(options: Options) -> int:
    settings, plan, odd = load_centre(
        options.config, os.environ, needs_tenants=not (options.scenario or options.force)
    )
    options = options.with_traffic(settings.has_real_calls)
    simulation = simulation_of(options, plan) if options.simulated else None
    log = open_log(settings.daemon, options)
    if odd:
        _log.warning("odd settings", warnings=[str(oddity) for oddity in odd[:_ODD_SHOWN]])
    if simulation is not None and simulation.is_silent:
        _log.warning(
            "no simulated calls", expected="a trunk group, and a number that leads to a queue"
        )
    files = open_files(_written(settings, options), options, log, plan, simulation)
    daemon = Daemon(options, settings, plan, files, simulation)
    loop = asyncio.get_running_loop()
    log_loop_errors(loop)

    def end() -> None:
        daemon.end()
        # The second signal ends the process at once.
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)

    reloads: set[asyncio.Task[None]] = set()
    systemd = Systemd(os.environ)

    async def reloaded() -> None:
        systemd.reloading()
        await daemon.reload()
        systemd.ready()

    def reload() -> None:
        # The loop itself keeps no task alive.
        task = loop.create_task(reloaded())
        reloads.add(task)
        task.add_done_callback(reloads.discard)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)
    loop.add_signal_handler(signal.SIGHUP, reload)
    await daemon.start()
    systemd.ready()
    try:
        await daemon.wait()
    except Exception as error:  # noqa: BLE001 - it has been logged; the status says the rest
        typer.echo(f"the engine failed: {error!r}; the log says more", err=True)
        return _FAILED
    finally:
        systemd.stopping()
        await daemon.stop()
    return _DONE
