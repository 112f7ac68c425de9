"""Imports the compiled modules in place of the sources, but only those of exactly these sources.

Installed into the environment by ``make compiled`` and started with each interpreter; it does
nothing until one of our modules is imported. Then the sources are held against the fingerprint that
was taken when they were compiled: after any change, of any file that has part in it, everything is
plain Python again until the next ``make compiled``. So an edit is never shadowed.
``ACDENGINE_PURE=1`` asks for plain Python.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType

#: The sources that have part in the compiled modules, as patterns below the root of the project.
SOURCES = (
    "queues/*.py",
    "routing/**/*.py",
    "acdengine/*.py",
    "acdengine/engine/**/*.py",
    "acdengine/runtime/**/*.py",
    "adapters/*.py",
    "adapters/freeswitch/**/*.py",
    "tools/compiled/*.py",
)
#: Every module that this can answer for begins with one of these.
NAMES = (
    "queues.",
    "routing.",
    "acdengine.engine.",
    "acdengine.runtime.",
    "adapters.freeswitch.",
    "acdengine__mypyc",
    "acdengine_daemon__mypyc",
)


def fingerprint(root: Path) -> str:
    """One text for the sources below ``root`` and the interpreter they are compiled for."""
    from hashlib import sha256

    digest = sha256(f"{sys.implementation.cache_tag} {sys.platform}".encode())
    for pattern in SOURCES:
        for path in sorted(root.glob(pattern)):
            content = path.read_bytes()
            digest.update(f"{path.relative_to(root).as_posix()} {len(content)}\n".encode())
            digest.update(content)
    return digest.hexdigest()


class CompiledFinder:
    """Finds compiled modules by the list that `tools.compiled.build` has written."""

    def __init__(self, manifest: Path) -> None:
        self._manifest = manifest
        self._modules: dict[str, str] | None = None

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The compiled module of that name, if there is one and the sources are as they were."""
        if not name.startswith(NAMES):
            return None
        if self._modules is None:
            self._modules = self._read(path)
        file = self._modules.get(name)
        if file is None:
            return None
        return spec_from_file_location(name, file, loader=ExtensionFileLoader(name, file))

    def _read(self, path: Sequence[str] | None) -> dict[str, str]:
        import json
        import os

        if os.environ.get("ACDENGINE_PURE", "") not in ("", "0"):
            return {}
        try:
            manifest = json.loads(self._manifest.read_bytes())
        except (OSError, ValueError):
            return {}
        root = Path(manifest["root"])
        # A package of that name that lies elsewhere is not ours to replace.
        if not any(Path(place).is_relative_to(root) for place in path or ()):
            return {}
        modules: dict[str, str] = manifest["modules"]
        same = manifest["fingerprint"] == fingerprint(root)
        return modules if same and all(map(os.path.exists, modules.values())) else {}


def install(manifest: str) -> None:
    """Ask this finder before all others."""
    sys.meta_path.insert(0, CompiledFinder(Path(manifest)))
