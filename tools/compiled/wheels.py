"""`python -m tools.compiled.wheels FOLDER`: wheels of the program, plain and compiled.

What is in them is in `setup.py` and `tools.compiled.modules`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

ROOT: Final = Path(__file__).parents[2]
#: Characters of what a failing program printed, the last ones.
_SAID: Final = 5000


class NotBuilt(Exception):
    """Why there is no wheel, or no environment with it, with what the failing program printed."""


def require_compiler() -> None:
    """Look for a C compiler: ``CC``, or ``cc``.

    Raises:
        NotBuilt: there is none.
    """
    compiler = os.environ.get("CC", "cc")
    if not shutil.which(compiler):
        raise NotBuilt(f"there is no C compiler {compiler}; on Debian: apt install gcc python3-dev")


def build(folder: Path, *, compiled: bool) -> Path:
    """Build a wheel into a folder, in place of one of the same kind; returns its file.

    Raises:
        NotBuilt: a module or the C compiler refuses, or there is no compiler.
    """
    if compiled:
        require_compiler()
    # What an earlier build has copied there would be in the wheel, though it is gone.
    for old in (ROOT / "build").glob("lib*"):
        shutil.rmtree(old)
    with TemporaryDirectory() as new:
        order = ("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", new, str(ROOT))
        pip(*order, ACDENGINE_COMPILE="1" if compiled else "")
        (wheel,) = Path(new).glob("*.whl")
        folder.mkdir(parents=True, exist_ok=True)
        return Path(shutil.move(wheel, folder / wheel.name))


def pip(*arguments: str, **environment: str) -> None:
    """Run pip, quietly.

    Raises:
        NotBuilt: it failed.
    """
    quiet = ("--quiet", "--disable-pip-version-check", "--no-input")
    run(sys.executable, "-m", "pip", *quiet, *arguments, **environment)


def run(*order: str, **environment: str) -> str:
    """Run a program; returns what it printed.

    Raises:
        NotBuilt: it failed.
    """
    done = subprocess.run(
        order, capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )
    if done.returncode:
        said = f"{done.stdout}{done.stderr}".rstrip()[-_SAID:]
        raise NotBuilt(f"{said}\nthis failed: {' '.join(order)}")
    return done.stdout
