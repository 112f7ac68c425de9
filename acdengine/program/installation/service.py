"""Puts the daemon on a system as a service, or into a system's tree that is prepared elsewhere."""

from __future__ import annotations

import difflib
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from acdengine.program.installation.service_files import (
    FOLDERS,
    SYSUSERS,
    USER,
    ServiceFile,
    service_files,
)

#: The unit may not look into these (ProtectHome).
_HOMES: Final = ("/home", "/root", "/run/user")


class NotInstalled(Exception):
    """Why nothing, or not everything, was installed, in words."""


def install(root: Path, program: Path, *, force: bool) -> Iterator[str]:
    """Install the service below `root`, and say what is done, a line for each thing.

    Settings and passwords that are there are kept. Where another file is there and differs, it is
    overwritten with `force` alone.

    Raises:
        NotInstalled: the program cannot be used by a service, a file differs, or something cannot
            be written.
    """
    check_program(program)
    files = [
        file for file in service_files(program) if not (file.kept and _at(root, file.path).exists())
    ]
    if not force:
        _refuse_differences(root, files)
    try:
        yield from _write(root, files)
    except OSError as error:
        raise NotInstalled(f"{error.filename}: cannot be written: {error.strerror}") from error


def check_program(program: Path) -> None:
    """Whether a service of another user can start a program that is there.

    Raises:
        NotInstalled: it cannot.
    """
    for path in {program, *_needed_by(program)}:
        if path.is_relative_to("/run/user") or any(path.is_relative_to(home) for home in _HOMES):
            raise NotInstalled(
                f"{path} is in a home, where a service may not look: install acdengine in"
                " /opt/acdengine (docs/installation.md)"
            )
        for folder in path.parents:
            if folder.exists() and not folder.stat().st_mode & stat.S_IXOTH:
                raise NotInstalled(f"{folder} is closed to the user {USER}: chmod o+x {folder}")


def _needed_by(program: Path) -> Iterator[Path]:
    """What our own program is started with; of another one only the path is known."""
    if program.parent == Path(sys.executable).parent:
        yield Path(sys.executable).resolve()
        yield Path(__file__).resolve()


def _refuse_differences(root: Path, files: list[ServiceFile]) -> None:
    lines: list[str] = []
    for file in files:
        path = _at(root, file.path)
        if path.exists():
            before = path.read_text("utf-8").splitlines()
            after = file.text.splitlines()
            lines += difflib.unified_diff(before, after, str(path), f"{path} (new)", lineterm="")
    if lines:
        lines.append("nothing was installed: --force overwrites what differs")
        raise NotInstalled("\n".join(lines))


def _write(root: Path, files: list[ServiceFile]) -> Iterator[str]:
    by_path = {file.path: file for file in files}
    _write_file(root, by_path.pop(SYSUSERS), -1)
    yield f"{SYSUSERS}: the user {USER}"
    uid, gid = _make_user(root)
    for folder in FOLDERS:
        path = _at(root, folder.path)
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(folder.mode)
        _give(path, uid if folder.owned else 0, gid if folder.owned or folder.shared else 0)
        yield folder.path
    for file in by_path.values():
        _write_file(root, file, gid)
        yield file.path


def _write_file(root: Path, file: ServiceFile, gid: int) -> None:
    """One with a password is closed to others from its first byte on."""
    path = _at(root, file.path)
    path.parent.mkdir(parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8") as out:
        out.write(file.text)
    if file.shared:
        _give(path, 0, gid)
    path.chmod(file.mode)


def _make_user(root: Path) -> tuple[int, int]:
    """The service's user, made where there is none: user id and group id."""
    if not shutil.which("systemd-sysusers"):
        raise NotInstalled("systemd-sysusers is not here: is this a system with systemd?")
    # By its name alone it is looked for below the root.
    order = ["systemd-sysusers", f"--root={root}", Path(SYSUSERS).name]
    done = subprocess.run(order, capture_output=True, text=True, check=False)
    found = [_id_of(_at(root, f"/etc/{name}")) for name in ("passwd", "group")]
    if done.returncode or -1 in found:
        raise NotInstalled(f"the user {USER} cannot be made: {done.stderr.strip()}")
    return found[0], found[1]


def _id_of(file: Path) -> int:
    """The number of our user in a passwd file, or of our group in a group file; -1: none."""
    for line in file.read_text("utf-8").splitlines() if file.exists() else ():
        name, _, number, *_ = line.split(":")
        if name == USER:
            return int(number)
    return -1


def _give(path: Path, uid: int, gid: int) -> None:
    # In a tree that is prepared by another user all is that user's, as in a package's build.
    if os.geteuid() == 0:
        os.chown(path, uid, gid)


def _at(root: Path, path: str) -> Path:
    return root / path.lstrip("/")
