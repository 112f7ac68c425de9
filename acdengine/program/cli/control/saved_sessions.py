"""Sessions that `acdengine login` has begun, by the address of the daemon, until they end.

In a file that only its user may read; commands use them without further options.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any


def _path() -> Path:
    """As freedesktop.org's base directories say."""
    base = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return Path(base) / "acdengine" / "sessions.json"


def _read() -> dict[str, dict[str, Any]]:
    """Sessions that have not ended, the newest last."""
    try:
        found = json.loads(_path().read_text("utf-8"))
        now_us = time.time() * 1e6
        return {
            url: {"token": str(one["token"]), "expires_us": int(one["expires_us"])}
            for url, one in found.items()
            if one["expires_us"] > now_us
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def find_session(url: str) -> tuple[str, str]:
    """Address and token of the session at an address, or of the newest where none is given; empty
    ones where there is none."""
    sessions = _read()
    if not url and sessions:
        url = next(reversed(sessions))
    known = sessions.get(url.rstrip("/"))
    return (url, known["token"]) if known else ("", "")


def keep_session(url: str, token: str, expires_us: int) -> None:
    """Keep a session, in place of one at the same address.

    Raises:
        OSError: the file cannot be written.
    """
    sessions = _read()
    sessions.pop(url, None)
    _write({**sessions, url: {"token": token, "expires_us": expires_us}})


def forget_session(url: str) -> None:
    """Forget the session at an address.

    Raises:
        OSError: the file cannot be written.
    """
    sessions = _read()
    if sessions.pop(url, None) is not None:
        _write(sessions)


def _write(sessions: dict[str, dict[str, Any]]) -> None:
    path = _path()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump(sessions, stream)
    unfinished.replace(path)
