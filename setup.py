"""Plain Python, unless ``ACDENGINE_COMPILE=1`` asks for a wheel with the hot path compiled.

Everything else about the package is in ``pyproject.toml``; ``docs/adr/0007`` says why.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent


class CompiledBuildPy(build_py):
    """Puts the libraries beside the sources, before which Python prefers them."""

    def run(self) -> None:
        """Copy the sources, then compile."""
        super().run()
        if not self.editable_mode:
            sys.path.insert(0, str(ROOT))
            from tools.compiled.build import compile_to

            library = Path(self.build_lib).resolve()
            compile_to(library, library.parent / "compiled-sources")


class CompiledDistribution(Distribution):
    """A wheel for one platform."""

    def has_ext_modules(self) -> bool:
        """It has, though setuptools is not told which."""
        return True


if os.environ.get("ACDENGINE_COMPILE", "") in ("", "0"):
    setup()
else:
    setup(
        cmdclass={"build_py": CompiledBuildPy},
        distclass=CompiledDistribution,
        setup_requires=["mypy>=2.4,<3", "msgspec>=0.22,<0.30"],
    )
