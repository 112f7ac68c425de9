"""Where a daemon is whose settings name no tokens, and the token that it made at its start.

So `acdengine run` and `acdengine status` work without any setting, and no other user of the machine
gets in. This module is imported by commands that must start quickly.
"""

from __future__ import annotations

import fcntl
import os
from typing import Final

#: Relative to where the daemon was started.
OWN_ACCESS_FILE: Final = "var/control.access"
#: Held while that file is ours, and never removed: the system releases it when the process ends,
#: also after a crash.
OWN_LOCK_FILE: Final = "var/control.lock"


class OwnAccessTaken(Exception):
    """Another daemon that was started here has its address and token in the file."""


def hold_own_access(file: str = OWN_LOCK_FILE) -> int:
    """Have the file with address and token for ourselves, until what this returns is closed.

    Raises:
        OwnAccessTaken: another process has it.
        OSError: the folder cannot be written to.
    """
    os.makedirs(os.path.dirname(file) or ".", exist_ok=True)
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = os.read(handle, 20).decode("ascii", "replace").strip()
        os.close(handle)
        raise OwnAccessTaken(
            f"another acdengine runs in this folder (process {holder or 'unknown'}) and"
            f" {OWN_ACCESS_FILE} is its"
        ) from None
    os.truncate(handle, 0)
    os.write(handle, b"%d\n" % os.getpid())
    return handle


def write_own_access(url: str, token: str, file: str = OWN_ACCESS_FILE) -> None:
    """Leave address and token in a file that only this user may read.

    Raises:
        OSError: the file cannot be written.
    """
    os.makedirs(os.path.dirname(file) or ".", exist_ok=True)
    # One that is there may be open to others.
    remove_own_access(file)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as stream:
        stream.write(f"{url}\n{token}\n")


def read_own_access(file: str = OWN_ACCESS_FILE) -> tuple[str, str]:
    """Address and token of the daemon that was started here; empty where there is none."""
    try:
        with open(file, encoding="ascii") as stream:
            url, token = stream.read().split()
    except (OSError, ValueError):
        return "", ""
    return url, token


def remove_own_access(file: str = OWN_ACCESS_FILE) -> None:
    """The daemon is gone, or is another.

    Raises:
        OSError: it cannot be removed.
    """
    try:
        os.unlink(file)
    except FileNotFoundError:
        pass
