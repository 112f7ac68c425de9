"""A real FreeSWITCH process on loopback: configured, started, watched, killed, started again."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import time
from itertools import count
from pathlib import Path

from tests.live.esl_peer import EslError, EslPeer
from tests.live.freeswitch_config import Ports, SwitchOptions, document, write_sounds

# Apart from the kernel's ephemeral ports, so that nothing else takes them in between.
_RTP_FIRST, _RTP_WINDOW, _RTP_WINDOWS = 12_000, 2_000, 10
_windows = count(os.getpid() % _RTP_WINDOWS)


class SwitchNotReady(Exception):
    """FreeSWITCH ended or stayed silent while it was being started; holds the end of its log."""


def free_port() -> int:
    """A loopback port that was free for TCP and UDP a moment ago."""
    while True:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        ):
            tcp.bind(("127.0.0.1", 0))
            port: int = tcp.getsockname()[1]
            try:
                udp.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


class FreeSwitchInstance:
    """One FreeSWITCH under `folder`. Ports and password stay the same over restarts.

    `sip_port` is where agents register and are called from, `trunk_port` where callers come in.
    """

    def __init__(self, binary: Path, folder: Path, options: SwitchOptions | None = None) -> None:
        """Writes the configuration and the sounds; starts nothing."""
        self.binary = binary
        self.folder = folder
        self.options = options or SwitchOptions()
        first = _RTP_FIRST + next(_windows) % _RTP_WINDOWS * _RTP_WINDOW
        self.ports = Ports(free_port(), free_port(), free_port(), first, first + _RTP_WINDOW - 2)
        self.esl_password = secrets.token_hex(12)
        self.log_path = folder / "log" / "freeswitch.log"
        self.recordings = folder / "recordings"
        self.sounds = folder / "sounds"
        self._process: subprocess.Popen[bytes] | None = None
        for name in _FOLDERS:
            (folder / name).mkdir(parents=True, exist_ok=True)
        write_sounds(self.sounds)
        (folder / "conf" / "freeswitch.xml").write_text(
            document(self.ports, self.esl_password, folder, self.options), "utf-8"
        )

    @property
    def esl_port(self) -> int:
        return self.ports.esl

    @property
    def sip_port(self) -> int:
        return self.ports.internal

    @property
    def trunk_port(self) -> int:
        return self.ports.external

    @property
    def pid(self) -> int:
        """The process id.

        Raises:
            SwitchNotReady: it is not running.
        """
        if self._process is None:
            raise SwitchNotReady("not started")
        return self._process.pid

    def start(self, timeout_s: float = 30.0) -> None:
        """Starts the binary and returns when it takes calls.

        Raises:
            SwitchNotReady: it ended, or is not ready in time.
        """
        if self._process is not None:
            raise SwitchNotReady("started already")
        arguments = [str(self.binary), "-nf", "-nonat", "-nonatmap", "-np"]
        for name in _FOLDERS:
            arguments += [f"-{name}", str(self.folder / name)]
        with (self.folder / "console.txt").open("ab") as console:
            # An open pipe keeps its console thread waiting; at an end of file it would spin.
            self._process = subprocess.Popen(
                arguments, stdin=subprocess.PIPE, stdout=console, stderr=console, cwd=self.folder
            )
        deadline = time.monotonic() + timeout_s
        while not self._ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                log = self.log_text()[-4000:]
                self.kill9()
                raise SwitchNotReady(f"FreeSWITCH did not start\n{log}")
            time.sleep(0.05)

    def stop(self, timeout_s: float = 20.0) -> None:
        """Ends it in good order, or by force when that takes too long."""
        process = self._process
        if process is None:
            return
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
        self._gone()

    def kill9(self) -> None:
        """Ends it as a crash would: no client is told."""
        if self._process is not None:
            self._process.kill()
            self._gone()

    def restart(self) -> None:
        """Stops it, if it runs, and starts it on the same ports."""
        self.stop()
        self.start()

    def freeze(self) -> None:
        """Stops its processing while its connections stay open: a half-open peer."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Lets a frozen switch go on."""
        os.kill(self.pid, signal.SIGCONT)

    def esl(self) -> EslPeer:
        """A new connection to its event socket, logged in; the caller closes it."""
        return EslPeer.log_in(self.esl_port, self.esl_password)

    def fs_cli(self, command: str) -> str:
        """What `fs_cli -x COMMAND` would print."""
        with self.esl() as peer:
            return peer.api(command)

    def clear(self, timeout_s: float = 10.0) -> None:
        """Ends all calls and waits until none is left.

        Raises:
            SwitchNotReady: some stay.
        """
        deadline = time.monotonic() + timeout_s
        with self.esl() as peer:
            peer.api("hupall")
            # The sessions themselves: the table behind `show channels` lags by up to 0.3 s.
            while "\n0 session(s) - peak" not in peer.api("status"):
                if time.monotonic() > deadline:
                    raise SwitchNotReady(f"calls that do not end: {peer.api('show channels')}")
                time.sleep(0.05)

    def log_text(self) -> str:
        """Its log so far, over all starts."""
        if not self.log_path.exists():
            return ""
        return self.log_path.read_text("utf-8", "replace")

    def _ready(self) -> bool:
        try:
            with self.esl() as peer:
                if "is ready" not in peer.api("status"):
                    return False
                return peer.api("sofia status").count("RUNNING") >= 2
        except (OSError, EslError):
            return False

    def _gone(self) -> None:
        if self._process is not None:
            if self._process.stdin is not None:
                self._process.stdin.close()
            self._process.wait()
            self._process = None


# FreeSWITCH takes each of these folders by an option of the same name.
_FOLDERS = (
    "conf", "log", "run", "db", "htdocs", "scripts", "temp", "grammar", "certs", "recordings",
    "storage", "cache", "sounds",
)  # fmt: skip
