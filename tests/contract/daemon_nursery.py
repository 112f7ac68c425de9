"""Daemons begun from one process that has all of their code in its memory already.

A daemon's start is mostly Python reading modules, a second of it each time. `python -m
tests.contract.daemon_nursery FD` reads them once; each daemon is a fork of it that runs the command
line from its beginning. It is a process like every other: to kill, and to wait for.
"""

from __future__ import annotations

import gc
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from acdengine.__main__ import main
from acdengine.program.cli import run
from acdengine.program.daemon import running

#: What a daemon needs before it reads its settings.
PRELOADED = (running, run)


class Begun:
    """A daemon, with what of `subprocess.Popen` the tests use."""

    def __init__(self, nursery: Nursery, pid: int, stdout: TextIO, stderr: TextIO) -> None:
        self.pid = pid
        self.stdout = stdout
        self.stderr = stderr
        self.returncode: int | None = None
        self._nursery = nursery

    def poll(self) -> int | None:
        """How it ended, if it has."""
        return self._ended(0.0)

    def _ended(self, limit_s: float) -> int | None:
        if self.returncode is None:
            self.returncode = self._nursery.ended(self.pid, limit_s)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal; nothing happens where it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float = 30.0) -> tuple[str, str]:
        """What it has said, after its end.

        Raises:
            subprocess.TimeoutExpired: it does not end.
        """
        if self._ended(timeout) is None:
            raise subprocess.TimeoutExpired("acdengine", timeout)
        said = ["" if one.closed else one.read() for one in (self.stdout, self.stderr)]
        self.stdout.close()
        self.stderr.close()
        return said[0], said[1]


class Nursery:
    """The process that daemons are begun from, as the tests have it."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(theirs.fileno())], pass_fds=[theirs.fileno()]
        )
        theirs.close()
        self._ends: dict[int, int] = {}

    def begin(self, command: Sequence[str], folder: Path, environ: Mapping[str, str]) -> Begun:
        """Begin `acdengine` with these arguments."""
        said, out = os.pipe()
        complained, err = os.pipe()
        order = {"command": list(command), "folder": str(folder), "environ": dict(environ)}
        socket.send_fds(self._socket, [json.dumps(order).encode()], [out, err])
        os.close(out)
        os.close(err)
        self._socket.settimeout(30)
        while "pid" not in (told := json.loads(self._socket.recv(4096))):
            self._ends[told["ended"]] = told["status"]
        return Begun(self, told["pid"], os.fdopen(said), os.fdopen(complained))

    def ended(self, pid: int, limit_s: float) -> int | None:
        """The exit status of a daemon as soon as it has ended; None after the limit."""
        deadline = time.monotonic() + limit_s
        while pid not in self._ends:
            self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                told = json.loads(self._socket.recv(4096))
            except TimeoutError:
                if time.monotonic() >= deadline:
                    return None
                continue
            self._ends[told["ended"]] = told["status"]
        return self._ends[pid]

    def close(self) -> None:
        """End it; daemons that are left are their tests' affair."""
        self._socket.close()
        self._process.wait()


def breed(orders: socket.socket) -> None:
    """Start daemons on request and report their ends, until the connection is closed."""
    # What is there already is never looked at again, so that its memory stays shared.
    gc.collect()
    gc.freeze()
    watched = selectors.DefaultSelector()
    watched.register(orders, selectors.EVENT_READ)
    while True:
        for key, _ in watched.select():
            if key.fileobj is not orders:
                watched.unregister(key.fileobj)
                os.close(key.fd)
                _, status = os.waitpid(key.data, 0)
                told = {"ended": key.data, "status": os.waitstatus_to_exitcode(status)}
                orders.send(json.dumps(told).encode())
                continue
            text, files, _, _ = socket.recv_fds(orders, 1 << 20, 2)
            if not text:
                return
            pid = os.fork()
            if not pid:
                orders.close()
                become(json.loads(text), files)
            for file in files:
                os.close(file)
            watched.register(os.pidfd_open(pid), selectors.EVENT_READ, pid)
            orders.send(json.dumps({"pid": pid}).encode())


def become(order: dict[str, Any], files: list[int]) -> None:
    """Be the daemon from here on."""
    for number, file in enumerate(files, start=1):
        os.dup2(file, number)
        os.close(file)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environ"])
    sys.argv = ["acdengine", *order["command"]]
    status = 1
    try:
        main()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    breed(socket.socket(fileno=int(sys.argv[1])))
