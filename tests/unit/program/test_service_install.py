"""The service as `acdengine install systemd` makes it: whole, closed, and able to start."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from acdengine.program.cli.install import app
from acdengine.program.installation.service import NotInstalled, check_program, install
from acdengine.program.installation.service_files import SETTINGS, UNIT, settings
from acdengine.settings.compile import load_plan
from acdengine.settings.credentials import read_credentials
from tests.unit.program.daemon_process import DaemonProcess

PROGRAM = Path("/opt/acdengine/bin/acdengine")
SECRETS = "etc/acdengine/secrets"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("systemd-sysusers"), reason="systemd-sysusers is not here"),
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A system's tree with the service installed, and a program that does nothing."""
    made = tmp_path / "root"
    for program in (str(PROGRAM), "/bin/kill"):
        (made / program[1:]).parent.mkdir(parents=True)
        shutil.copy("/bin/true", made / program[1:])
    list(install(made, PROGRAM, force=False))
    return made


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def here(text: str, root: Path) -> str:
    """Settings of the service with the paths of the tree."""
    return re.sub(r"/(etc|var)/", rf"{root}/\1/", text)


def test_all_that_the_unit_names_is_there(root: Path) -> None:
    unit = (root / UNIT[1:]).read_text()
    assert f"ExecStart={PROGRAM} run --headless --config {SETTINGS}" in unit
    assert (root / SETTINGS[1:]).exists()
    assert "acdengine:x:" in (root / "etc/passwd").read_text()
    assert "acdengine:x:" in (root / "etc/group").read_text()
    for folder in ("var/lib/acdengine/music/moh", "var/lib/acdengine/sounds"):
        assert mode(root / folder) == 0o755


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not here")
def test_systemd_finds_nothing_wrong_with_the_tree(root: Path) -> None:
    # Systemd's own units, which ours goes with.
    shutil.copytree("/lib/systemd/system", root / "lib/systemd/system", symlinks=True)
    (root / "usr/lib").mkdir(parents=True)
    (root / "usr/lib/systemd").symlink_to("../../lib/systemd")
    order = ["systemd-analyze", "verify", "--man=no", f"--root={root}", UNIT]
    done = subprocess.run(order, capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if "acdengine" in line] == []
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_passwords_are_for_the_service_alone(root: Path) -> None:
    gid = int((root / "etc/group").read_text().partition("acdengine:x:")[2].partition(":")[0])
    assert mode(root / SECRETS) == 0o750
    for path in [root / SETTINGS[1:], *(root / SECRETS).iterdir()]:
        assert (mode(path), path.stat().st_uid, path.stat().st_gid) == (0o640, 0, gid)
    assert mode(root / "var/lib/acdengine") == 0o711


def test_the_settings_are_right_and_their_secrets_can_be_read(root: Path) -> None:
    file = root / SETTINGS[1:]
    file.write_text(here(file.read_text(), root))
    found, plan = load_plan([file])
    assert list(plan.tenants) == ["acme"]
    assert len(read_credentials(found, {})) == 1
    assert settings().count("/var/lib/acdengine/") == 5


def test_the_daemon_starts_with_what_is_installed(root: Path) -> None:
    text = here((root / SETTINGS[1:]).read_text(), root)
    (root / "var/log/acdengine").mkdir(parents=True)
    # Nothing listens on port 1: the switch is tried again for ever, and requests are answered.
    with DaemonProcess(
        root / "var/lib/acdengine", settings=text.replace("port: 8021", "port: 1")
    ) as daemon:
        daemon.started()
        daemon.process.terminate()
        assert daemon.end()[0] == 0
    assert list((root / "var/lib/acdengine/journal").iterdir())


def test_installed_again_it_keeps_settings_and_passwords(root: Path) -> None:
    kept = [root / SETTINGS[1:], *(root / SECRETS).iterdir()]
    (root / SETTINGS[1:]).write_text("# edited\n")
    before = [path.read_text() for path in kept]
    told = list(install(root, PROGRAM, force=True))
    assert [path.read_text() for path in kept] == before
    assert SETTINGS not in told


def test_a_unit_that_differs_is_overwritten_with_force_alone(root: Path) -> None:
    unit = root / UNIT[1:]
    shipped = unit.read_text()
    unit.write_text(shipped.replace("WatchdogSec=15", "WatchdogSec=99"))
    with pytest.raises(NotInstalled, match=r"(?s)-WatchdogSec=99\n\+WatchdogSec=15.*--force"):
        list(install(root, PROGRAM, force=False))
    assert "WatchdogSec=99" in unit.read_text()
    list(install(root, PROGRAM, force=True))
    assert unit.read_text() == shipped


@pytest.mark.parametrize("program", ["/home/x/bin/acdengine", "/root/.local/bin/acdengine"])
def test_a_program_in_a_home_is_refused(tmp_path: Path, program: str) -> None:
    done = CliRunner().invoke(app, ["systemd", "--root", str(tmp_path), "--program", program])
    assert done.exit_code == 1
    assert "is in a home, where a service may not look" in done.output
    assert list(tmp_path.iterdir()) == []


def test_a_program_behind_a_closed_folder_is_refused(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    tmp_path.chmod(0o755)
    with pytest.raises(NotInstalled, match=r"closed to the user acdengine: chmod o\+x"):
        check_program(closed / "bin" / "acdengine")


def test_the_interpreter_of_our_own_program_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "executable", "/opt/acdengine/bin/python")
    monkeypatch.setattr(Path, "resolve", lambda path: Path("/root/python3.11"))
    with pytest.raises(NotInstalled, match=r"/root/python3\.11 is in a home"):
        check_program(PROGRAM)


def test_without_systemd_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NotInstalled, match="is this a system with systemd"):
        list(install(tmp_path, PROGRAM, force=False))
