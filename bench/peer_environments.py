"""Environments of their own for the programs that we are compared with.

They are made once in a cache folder and used again; a peer's dependencies never meet ours.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


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


@dataclass(frozen=True, slots=True)
class NodePeer:
    """A package for Node.js, pinned."""

    name: str
    version: str

    @property
    def requirement(self) -> str:
        """What is installed."""
        return f"{self.name}@{self.version}"


class PeerUnavailable(Exception):
    """A peer cannot be installed here; the message says why."""


def default_cache() -> Path:
    """Where environments are kept when nothing else is said."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "acdengine" / "bench"


def python_with(peer: Peer, cache: Path) -> Path:
    """The interpreter of the peer's environment, made first if need be.

    Raises `PeerUnavailable` when no fitting Python is there, or the installation fails.
    """
    base = _base_python(peer)
    folder = cache / f"{peer.name}-{peer.version}-{base.name}"
    python = folder / "bin" / "python"
    done = folder / "installed"
    if done.exists():
        return python
    shutil.rmtree(folder, ignore_errors=True)
    _run([str(base), "-m", "venv", str(folder)], peer)
    quietly = ["--quiet", "--disable-pip-version-check", "--no-input"]
    _run([str(python), "-m", "pip", "install", *quietly, peer.requirement], peer)
    done.touch()
    return python


def node_folder_with(peer: NodePeer, cache: Path) -> Path:
    """The folder in whose `node_modules` the peer is, filled first if need be.

    Raises `PeerUnavailable` when there is no Node.js, or the installation fails.
    """
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise PeerUnavailable(f"{peer.requirement} needs node and npm")
    folder = cache / f"{peer.name}-{peer.version}-node"
    done = folder / "installed"
    if done.exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    quietly = ["--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
    _run([npm, "install", *quietly, "--prefix", str(folder), peer.requirement], peer)
    done.touch()
    return folder


def _base_python(peer: Peer) -> Path:
    if sys.version_info[:2] < peer.below_python:
        return Path(sys.executable).resolve()
    for minor in range(peer.below_python[1] - 1, 10, -1):
        found = shutil.which(f"python3.{minor}")
        if found:
            return Path(found).resolve()
    below = ".".join(map(str, peer.below_python))
    raise PeerUnavailable(f"{peer.requirement} needs a Python below {below}; none was found")


def _run(command: list[str], peer: Peer | NodePeer) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PeerUnavailable(f"{peer.requirement}: {' '.join(command)}\n{done.stderr.strip()}")
