"""Scripts that are programs of this machine, from the configured folders alone."""

from __future__ import annotations

import asyncio
import os
import pwd
import resource
import secrets
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from acdengine.agi.network_scripts import ScriptNotFound

#: A program that has been told of the end has so long before it is killed.
_GRACE_S: Final = 2.0
#: Of a program's environment, what it gets of the daemon's.
_PASSED_ON: Final = ("PATH", "LANG", "LC_ALL", "TZ")
#: The variable by which children are found that have left the program's session.
_MARK: Final = "ACD_SCRIPT"
#: Looks for such children: one may fork while the others are killed.
_LOOKS: Final = 10


@dataclass(frozen=True)
class ScriptLimits:
    """What one program may use.

    ``memory_bytes``: of address space. ``processor_s``: seconds of processor time. ``processes``:
    of its user, where it has a user of its own. ``file_bytes``: the largest file it writes.
    ``user``: the program's user, where the daemon may choose one; empty: the daemon's.
    """

    memory_bytes: int = 512 * 1024 * 1024
    processor_s: int = 60
    processes: int = 32
    file_bytes: int = 64 * 1024 * 1024
    user: str = ""


def find_script(name: str, folders: Sequence[Path]) -> Path:
    """The program of a name, relative to one of the folders or below one of them.

    Raises:
        ScriptNotFound: there is none such that may be run, or it is outside of the folders.
    """
    for folder in folders:
        top = folder.resolve()
        path = (top / name).resolve()
        if path.is_relative_to(top) and path.is_file() and os.access(path, os.X_OK):
            return path
    raise ScriptNotFound(f"{name[:80]!r} is no program in the folders of scripts")


class LocalScript:
    """A running program, its streams and its limits."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        transport: asyncio.SubprocessTransport,
        mark: str,
    ) -> None:
        self._process = process
        self._transport = transport
        self._mark = mark

    @classmethod
    async def start(
        cls,
        path: Path,
        arguments: Sequence[str],
        folders: Mapping[str, str],
        limits: ScriptLimits,
    ) -> LocalScript:
        """Start a program in a session of its own.

        Args:
            path: the program.
            arguments: the words after its name.
            folders: ``AST_…_DIR`` of its environment.
            limits: what it may use.

        Raises:
            ScriptNotFound: it cannot be started.
        """
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        mark = f"{_MARK}={secrets.token_hex(16)}"
        environment |= {**folders, _MARK: mark.partition("=")[2]}
        user = _user_of(limits)
        # Not `user=`, which uvloop does not take.
        become: dict[str, Any] = {} if user is None else {"preexec_fn": partial(_become, user)}
        loop = asyncio.get_running_loop()
        try:
            transport, protocol = await loop.subprocess_exec(
                lambda: asyncio.subprocess.SubprocessStreamProtocol(65_536, loop),
                path,
                *arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=environment,
                cwd=path.parent,
                start_new_session=True,
                **become,
            )
        except (OSError, ValueError) as error:
            raise ScriptNotFound(f"{path.name}: {error}") from error
        process = asyncio.subprocess.Process(transport, protocol, loop)
        _confine(process.pid, limits, user is not None)
        return cls(process, transport, mark)

    async def read(self, most: int) -> bytes:
        """What it has written."""
        assert self._process.stdout is not None
        return await self._process.stdout.read(most)

    async def send(self, text: str) -> None:
        """Write to its input."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(text.encode(errors="surrogateescape"))
            await self._process.stdin.drain()
        except OSError:
            pass

    @property
    def takes_signals(self) -> bool:
        """It does."""
        return True

    def signal_hang_up(self) -> None:
        """SIGHUP to the program."""
        if self._process.returncode is None:
            try:
                self._process.send_signal(signal.SIGHUP)
            except ProcessLookupError:
                pass

    async def close(self) -> bool:
        """Close its input, wait a moment for its end, then kill it and its children.

        Returns False where it ended by itself with a status other than 0, or by a signal other than
        the hang-up's.
        """
        process = self._process
        assert process.stdin is not None
        process.stdin.close()
        was_killed = False
        try:
            await asyncio.wait_for(process.wait(), _GRACE_S)
        except TimeoutError:
            was_killed = True
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        # What it has written and was not read is dropped. A program counts as ended only once its
        # output is closed, and that can be held open: by what was not read, or by a child of it
        # in a session of its own.
        output = self._transport.get_pipe_transport(1)
        if output is not None:
            output.close()
        status = await process.wait()
        self._transport.close()
        await asyncio.to_thread(_kill_marked, self._mark)
        return was_killed or status in (0, -signal.SIGHUP)


def _kill_marked(mark: str) -> None:
    """Kill processes with this ``NAME=VALUE`` in their environment, and what they fork meanwhile.

    A child in a session of its own is not in the program's process group; its environment is
    inherited. Processes that the daemon may not look at are left out.
    """
    wanted = mark.encode()
    for _ in range(_LOOKS):
        found = [pid for pid in _processes() if wanted in _environment_of(pid)]
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass
        if not found:
            return


def _processes() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdecimal()]


def _environment_of(pid: int) -> list[bytes]:
    """``NAME=VALUE`` of a process as it began; nothing once it has ended."""
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


def _become(user: pwd.struct_passwd) -> None:
    """Be another user, in the child before the program begins."""
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)


def _user_of(limits: ScriptLimits) -> pwd.struct_passwd | None:
    """The program's user; None where it is the daemon's.

    Raises:
        ScriptNotFound: there is no such user.
    """
    if not limits.user or os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(limits.user)
    except KeyError as error:
        raise ScriptNotFound(f"there is no user {limits.user!r} to run scripts") from error


def _confine(pid: int, limits: ScriptLimits, has_own_user: bool) -> None:
    """Set the limits of a program that has just begun."""
    kinds = {
        resource.RLIMIT_AS: limits.memory_bytes,
        resource.RLIMIT_CPU: limits.processor_s,
        resource.RLIMIT_FSIZE: limits.file_bytes,
        resource.RLIMIT_CORE: 0,
    }
    if has_own_user:
        kinds[resource.RLIMIT_NPROC] = limits.processes
    for kind, most in kinds.items():
        try:
            resource.prlimit(pid, kind, (most, most))
        except (ProcessLookupError, PermissionError, ValueError):
            return
