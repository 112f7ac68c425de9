"""What systemd is told of the daemon, and the units that are shipped."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from acdengine.program.daemon.systemd import Systemd
from tests.unit.program.daemon_process import DaemonProcess

UNITS = Path(__file__).parents[3] / "config" / "systemd"


class Listener:
    """The socket that a service tells its state to."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self.socket.settimeout(20)
        self.environ = {"NOTIFY_SOCKET": address}

    def heard(self) -> list[str]:
        return self.socket.recv(4096).decode().split("\n")


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Listener]:
    made = Listener(str(tmp_path / "notify"))
    yield made
    made.socket.close()


async def test_ready_then_signs_of_life_then_the_end(systemd: Listener) -> None:
    told = Systemd(systemd.environ | {"WATCHDOG_USEC": "30000"})
    told.ready()
    assert "READY=1" in systemd.heard()
    assert systemd.heard() == ["WATCHDOG=1"]
    await asyncio.sleep(0.02)
    assert systemd.heard() == ["WATCHDOG=1"]
    told.reloading()
    said = systemd.heard()
    while said == ["WATCHDOG=1"]:
        said = systemd.heard()
    assert said[0] == "RELOADING=1"
    told.ready()
    told.stopping()
    while "STOPPING=1" not in said:
        said = systemd.heard()


async def test_a_loop_that_hangs_shows_no_life(systemd: Listener) -> None:
    Systemd(systemd.environ | {"WATCHDOG_USEC": "30000"}).ready()
    systemd.heard()
    systemd.heard()
    systemd.socket.settimeout(0.1)
    with pytest.raises(TimeoutError):
        systemd.heard()  # waiting here, the loop stands still


@pytest.mark.parametrize(
    "watchdog", [{}, {"WATCHDOG_USEC": "no"}, {"WATCHDOG_USEC": "9", "WATCHDOG_PID": "1"}]
)
async def test_without_a_watchdog_only_the_state_is_told(
    systemd: Listener, watchdog: dict[str, str]
) -> None:
    Systemd(systemd.environ | watchdog).ready()
    assert f"MAINPID={os.getpid()}" in systemd.heard()
    await asyncio.sleep(0)
    systemd.socket.setblocking(False)
    with pytest.raises(BlockingIOError):
        systemd.heard()


def test_an_address_in_the_abstract_namespace_is_one() -> None:
    systemd = Listener(f"@acdengine-test-{os.getpid()}")
    Systemd(systemd.environ).stopping()
    assert "STOPPING=1" in systemd.heard()
    systemd.socket.close()


def test_without_systemd_and_with_a_socket_that_is_gone_nothing_happens(tmp_path: Path) -> None:
    for environ in ({}, {"NOTIFY_SOCKET": str(tmp_path / "gone")}):
        told = Systemd(environ)
        told.reloading()
        told.stopping()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_daemon_tells_when_it_serves_and_when_it_ends(
    systemd: Listener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in systemd.environ.items():
        monkeypatch.setenv(name, value)
    with DaemonProcess(tmp_path, "--no-sim") as daemon:
        assert "READY=1" in systemd.heard()
        assert daemon.addresses or daemon.process.poll() is None
        daemon.process.terminate()
        assert "STOPPING=1" in systemd.heard()
        assert daemon.process.wait(20) == 0


# -- units -------------------------------------------------------------------------------------


def test_the_service_restarts_for_ever_and_ends_no_calls_with_it() -> None:
    lines = (UNITS / "acdengine.service").read_text().splitlines()
    for wanted in ("Type=notify", "Restart=always", "StartLimitIntervalSec=0", "UMask=0077"):
        assert wanted in lines
    assert [line for line in lines if line.startswith(("PartOf=", "BindsTo=", "Requires="))] == []
    assert "freeswitch.service" in next(line for line in lines if line.startswith("After="))


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not here")
@pytest.mark.parametrize("name", ["acdengine.service", "freeswitch.service"])
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path, name: str) -> None:
    unit = tmp_path / name
    if name == "acdengine.service":
        unit.write_text(
            (UNITS / name).read_text().replace("/opt/acdengine/bin/acdengine", "/bin/true")
        )
    else:
        extra = (UNITS / "freeswitch-restart.conf").read_text()
        unit.write_text("[Service]\nExecStart=/bin/true\n" + extra)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True
    )
    about = [line for line in done.stderr.splitlines() if name in line]
    assert about == []
    assert done.returncode == 0, done.stderr
