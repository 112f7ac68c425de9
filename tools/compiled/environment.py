"""An environment with the compiled wheel in it, for its tests, `make run` and `make bench`.

It holds nothing but the wheel. What the program needs, and the tests, are found by path behind it:
in the environment that this runs in, and in the clone. So no library lies beside the sources, where
Python would prefer it however old it is.
"""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterator
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tools.compiled.wheels import ROOT, build, pip, require_compiler, run

#: What a wheel is made of.
_FOLDERS: Final = ("acdengine", "adapters", "bench", "config", "queues", "routing")
_FILES: Final = ("pyproject.toml", "setup.py", "tools/compiled/modules.py")
#: In the environment: the fingerprint of what its wheel was built from.
_BUILT_FROM: Final = "built-from"


def fingerprint() -> str:
    """A digest of all that is in the wheel, of the interpreter and of the compiler of Python."""
    digest = sha256(f"{sys.version} {version('mypy')}".encode())
    for path in _sources():
        content = path.read_bytes()
        digest.update(f"\n{path.relative_to(ROOT).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    yield from (ROOT / name for name in _FILES)
    for folder in _FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.*")):
            if path.is_file() and path.suffix != ".pyc":
                yield path


def is_current(environment: Path) -> bool:
    """Whether the wheel of an environment was built from the files as they are now."""
    mark = environment / _BUILT_FROM
    return mark.exists() and mark.read_text("utf-8") == fingerprint()


def make(environment: Path) -> str:
    """Build the wheel and install it, unless it is current; returns what was done, in words.

    Raises:
        NotBuilt: there is no C compiler, or a step failed.
    """
    if is_current(environment):
        return f"{environment}: the compiled build is current"
    require_compiler()
    built_from = fingerprint()
    with TemporaryDirectory() as folder:
        wheel = build(Path(folder), compiled=True)
        run(sys.executable, "-m", "venv", "--clear", "--without-pip", str(environment))
        python = str(environment / "bin" / "python")
        pip("--python", python, "install", "--no-index", "--no-deps", str(wheel))
    packages = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))")
    behind = f"{sysconfig.get_path('purelib')}\n{ROOT}\n"
    Path(packages.strip(), "behind_the_wheel.pth").write_text(behind, "utf-8")
    (environment / _BUILT_FROM).write_text(built_from, "utf-8")
    return f"{environment}: compiled"
