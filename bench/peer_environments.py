"""Environments of their own for the programs that we are compared with: `make peers`.

They are installed once, by the lock files in requirements/peers, into a cache folder; a peer's
dependencies never meet ours. Tests and benchmarks look there and never install anything.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

_LOCKS: Final = Path("requirements", "peers")
#: In the clone: beside this package, or where the commands of a compiled build are started.
LOCKS: Final = next(
    (top / _LOCKS for top in (Path(__file__).parents[1], Path.cwd()) if (top / _LOCKS).is_dir()),
    _LOCKS,
)


@dataclass(frozen=True, slots=True)
class Peer:
    """A package to compare with, pinned to the version that was studied."""

    name: str
    version: str
    below_python: tuple[int, int]
    """The first Python that it does not run on."""

    @property
    def requirement(self) -> str:
        """What is installed."""
        return f"{self.name}=={self.version}"

    @property
    def lock(self) -> Path:
        """Its versions and hashes, with those of its dependencies."""
        return LOCKS / f"{self.name}.txt"


@dataclass(frozen=True, slots=True)
class NodePeer:
    """A package for Node.js, pinned."""

    name: str
    version: str

    @property
    def requirement(self) -> str:
        """What is installed."""
        return f"{self.name}@{self.version}"

    @property
    def lock(self) -> Path:
        """Its versions and hashes, with those of its dependencies."""
        return LOCKS / self.name / "package-lock.json"


@dataclass(frozen=True, slots=True)
class DebianPeer:
    """Packages of Debian's, unpacked into a folder of their own: nothing is installed.

    Attributes:
        packages: their names; the version is the distribution's.
        virtual: names of packages that only need another, which is meant.
    """

    name: str
    packages: tuple[str, ...]
    virtual: tuple[str, ...]

    @property
    def requirement(self) -> str:
        """What is unpacked."""
        return " ".join((*self.packages, *self.virtual))


GENESIS: Final = Peer("genesis", "2026.10.18", below_python=(3, 13))
GREENSWITCH: Final = Peer("greenswitch", "0.0.19", below_python=(3, 14))
#: Libraries that AGI scripts are written with, in one environment.
AGI_CLIENTS: Final = Peer("agi-clients", "2026.12", below_python=(3, 14))
#: What AGI scripts in Perl and PHP need; Perl itself is there.
AGI_SCRIPTS: Final = DebianPeer("agi-scripts", ("libasterisk-agi-perl",), ("php-cli",))
MODESL: Final = NodePeer("modesl", "1.2.1")


class PeerUnavailable(Exception):
    """A peer is not installed, or cannot run here; the message says why."""


class InstallationFailed(Exception):
    """A peer that could run here could not be installed."""


def default_cache() -> Path:
    """Where environments are kept when nothing else is said."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "acdengine" / "peers"


def python_with(peer: Peer, cache: Path) -> Path:
    """The interpreter of the peer's environment.

    Raises:
        PeerUnavailable: it is not installed, or no fitting Python is there.
    """
    folder = _python_folder(peer, cache)
    if not _is_installed(peer, folder):
        raise PeerUnavailable(f"{peer.requirement} is not installed: make peers")
    return folder / "bin" / "python"


def node_folder_with(peer: NodePeer, cache: Path) -> Path:
    """The folder in whose `node_modules` the peer is.

    Raises:
        PeerUnavailable: it is not installed, or there is no Node.js.
    """
    folder = _node_folder(peer, cache)
    if not _is_installed(peer, folder):
        raise PeerUnavailable(f"{peer.requirement} is not installed: make peers")
    return folder


def debian_folder_with(peer: DebianPeer, cache: Path) -> Path:
    """The folder in which the packages are, as below `/`.

    Raises:
        PeerUnavailable: they were not unpacked.
    """
    folder = _folder(peer, cache)
    if not _is_installed(peer, folder):
        raise PeerUnavailable(f"{peer.requirement}: not there: make peers")
    return folder


def php_in(folder: Path) -> Path:
    """PHP's program in such a folder.

    Raises:
        PeerUnavailable: there is none.
    """
    for program in sorted((folder / "usr" / "bin").glob("php[0-9]*")):
        return program
    raise PeerUnavailable(f"there is no PHP in {folder}")


def install(peer: Peer | NodePeer | DebianPeer, cache: Path) -> str:
    """Install a peer unless that has been done; returns what was done, in words.

    Raises:
        PeerUnavailable: it cannot run here.
        InstallationFailed: it could, and could not be installed.
    """
    folder = _folder(peer, cache)
    if _is_installed(peer, folder):
        return f"{peer.requirement} is in {folder}"
    shutil.rmtree(folder, ignore_errors=True)
    if isinstance(peer, Peer):
        _install_python(peer, folder)
    elif isinstance(peer, NodePeer):
        _install_node(peer, folder)
    else:
        _unpack_debian(peer, folder)
    (folder / "installed").write_text(_mark(peer))
    return f"{peer.requirement} was installed in {folder}"


def _install_python(peer: Peer, folder: Path) -> None:
    _run([str(_base_python(peer)), "-m", "venv", str(folder)], peer)
    quietly = ["--quiet", "--disable-pip-version-check", "--no-input"]
    by_lock = ["--require-hashes", "--requirement", str(peer.lock)]
    _run([str(folder / "bin" / "python"), "-m", "pip", "install", *quietly, *by_lock], peer)


def _install_node(peer: NodePeer, folder: Path) -> None:
    folder.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(peer.lock.parent / name, folder)
    quietly = ["--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
    _run(["npm", "ci", *quietly, "--prefix", str(folder)], peer)


def _unpack_debian(peer: DebianPeer, folder: Path) -> None:
    """Fetch by apt, which checks the signatures, and unpack.

    Raises:
        PeerUnavailable: apt does not know them.
        InstallationFailed: they are known, and could not be fetched, unpacked or run.
    """
    packages = list(peer.packages)
    for name in peer.virtual:
        known = subprocess.run(
            ["apt-cache", "depends", "--important", name],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        packages += [
            line.split(":")[1].strip()
            for line in known.stdout.splitlines()
            if line.strip().startswith("Depends:")
        ]
    policy = subprocess.run(
        ["apt-cache", "show", *packages], capture_output=True, text=True, check=False
    )
    if policy.returncode or len(packages) == len(peer.packages):
        raise PeerUnavailable(f"{peer.requirement}: apt does not know them (apt-get update)")
    folder.mkdir(parents=True)
    _run(["apt-get", "download", *packages], peer, folder)
    for archive in sorted(folder.glob("*.deb")):
        _run(["dpkg-deb", "--extract", archive.name, "."], peer, folder)
        archive.unlink()
    _run([str(php_in(folder)), "-n", "-v"], peer)


def _folder(peer: Peer | NodePeer | DebianPeer, cache: Path) -> Path:
    if isinstance(peer, Peer):
        return _python_folder(peer, cache)
    if isinstance(peer, NodePeer):
        return _node_folder(peer, cache)
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise PeerUnavailable(f"{peer.requirement}: only on Debian and its kin")
    return cache / f"{peer.name}-debian"


def _is_installed(peer: Peer | NodePeer | DebianPeer, folder: Path) -> bool:
    mark = folder / "installed"
    return mark.exists() and mark.read_text() == _mark(peer)


def _mark(peer: Peer | NodePeer | DebianPeer) -> str:
    """What was installed: another lock file means another installation."""
    if isinstance(peer, DebianPeer):
        return peer.requirement
    return sha256(peer.lock.read_bytes()).hexdigest()


def _python_folder(peer: Peer, cache: Path) -> Path:
    return cache / f"{peer.name}-{peer.version}-{_base_python(peer).name}"


def _node_folder(peer: NodePeer, cache: Path) -> Path:
    if shutil.which("npm") is None or shutil.which("node") is None:
        raise PeerUnavailable(f"{peer.requirement} needs node and npm")
    return cache / f"{peer.name}-{peer.version}-node"


def _base_python(peer: Peer) -> Path:
    if sys.version_info[:2] < peer.below_python:
        return Path(sys.executable).resolve()
    for minor in range(peer.below_python[1] - 1, 10, -1):
        found = shutil.which(f"python3.{minor}")
        if found:
            return Path(found).resolve()
    below = ".".join(map(str, peer.below_python))
    raise PeerUnavailable(f"{peer.requirement} needs a Python below {below}; none was found")


def _run(
    command: list[str], peer: Peer | NodePeer | DebianPeer, folder: Path | None = None
) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    if done.returncode:
        problem = f"{peer.requirement}: {' '.join(command)}\n{done.stderr.strip()}"
        raise InstallationFailed(problem)


def main() -> int:
    """Install all of them; 1 where a peer that can run here could not be installed."""
    failed = 0
    for peer in (GENESIS, GREENSWITCH, AGI_CLIENTS, AGI_SCRIPTS, MODESL):
        try:
            print(install(peer, default_cache()))
        except PeerUnavailable as reason:
            print(f"left out: {reason}")
        except InstallationFailed as problem:
            print(problem, file=sys.stderr)
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
