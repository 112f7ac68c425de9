"""`acdengine doctor`: everything that has to be right before calls come, on this machine and on
the switches.
"""

from __future__ import annotations

import os
import platform
import resource
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Final

from acdengine.plan import Plan
from acdengine.program.switches.settings import connections_of
from acdengine.program.switches.setup import wanted_of
from acdengine.settings.daemon import DaemonSettings
from acdengine.settings.whole import Settings
from adapters.freeswitch.doctor.findings import Finding, error, ok, warning
from adapters.freeswitch.doctor.run_checks import examine

#: Sockets of clients, files, and one for each switch; the control interface alone may have 200.
_FILES: Final = 1024
_FREE_GB: Final = 1.0
_GB: Final = 1_073_741_824
#: The heading of what concerns this machine.
HERE: Final = "this machine"


async def diagnose(
    settings: Settings,
    plan: Plan,
    environ: Mapping[str, str],
    *,
    only: str = "",
    with_call: bool = True,
) -> dict[str, list[Finding]]:
    """Findings on this machine and on each switch, or one of them, by name.

    Raises:
        SettingsError: a password cannot be had.
    """
    found = {HERE: list(local(settings.daemon))}
    connections = connections_of(settings.switches, environ)
    for name, switch in settings.switches.items():
        if not only or name == only:
            wanted = wanted_of(settings, plan, switch)
            found[name] = await examine(connections[name], wanted, with_call=with_call)
    if not settings.switches:
        advice = "name FreeSWITCH under switches: config/freeswitch-centre.yaml shows how"
        found[HERE].append(warning("switches", "the settings name none", advice))
    return found


def local(settings: DaemonSettings) -> Iterator[Finding]:
    """What the daemon needs here."""
    python = f"Python {platform.python_version()}, uvloop {version('uvloop')}"
    yield ok("interpreter", python)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < _FILES:
        advice = "LimitNOFILE=65536 in the systemd unit, or ulimit -n"
        yield warning("open files", f"{soft} at once (at most {hard})", advice)
    else:
        yield ok("open files", f"{soft} at once")
    folder = settings.journal.folder
    if folder:
        yield from _writable("journal", Path(folder))
    else:
        advice = "set daemon.journal.folder: without it a restart forgets every call"
        yield warning("journal", "there is none", advice)
    for name, file in (("facts", settings.facts.file), ("log", settings.log.file)):
        if file:
            yield from _writable(name, Path(file).parent)


def _writable(check: str, folder: Path) -> Iterator[Finding]:
    """Whether files can be made in a folder, and how much room there is.

    A folder that is not there yet is made by the daemon, so the one around it counts.
    """
    place = folder.absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as failure:
        advice = f"give {_user()} the folder: chown, or StateDirectory= in the systemd unit"
        yield error(check, f"{folder} cannot be written: {failure.strerror}", advice)
        return
    free_gb = shutil.disk_usage(place).free / _GB
    seen = f"{folder} can be written, {free_gb:.0f} GB free"
    if free_gb < _FREE_GB:
        yield warning(check, seen, "make room: a full disk breaks the journal, calls go on")
    else:
        yield ok(check, seen)


def _user() -> str:
    return os.environ.get("USER") or f"user {os.getuid()}"
