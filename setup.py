"""A wheel carries the examples of ``config/`` and ``ivr_scripts/``: it needs no clone.

Plain Python, unless ``ACDENGINE_COMPILE=1`` asks for a wheel with the hot path compiled
(``docs/adr/0007``). Everything else about the package is in ``pyproject.toml``.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent


class ShippingBuildPy(build_py):
    """Puts the examples where `acdengine.program.installation.shipped` finds them."""

    def run(self) -> None:
        """Copy the sources, then the examples."""
        super().run()
        if not self.editable_mode:
            shipped = Path(self.build_lib) / "acdengine" / "shipped"
            shutil.rmtree(shipped, ignore_errors=True)
            shutil.copytree(ROOT / "config", shipped)
            shutil.copytree(ROOT / "ivr_scripts", shipped / "ivr_scripts")


class CompiledBuildExt(build_ext):
    """Compiles the hot path into the wheel; never beside the sources of a clone, where Python would
    prefer the libraries however old they are."""

    def run(self) -> None:
        """Translate the modules to C, then compile. Not before, when pip asks what there is."""
        if self.editable_mode:
            raise SystemExit("ACDENGINE_COMPILE=1: an editable installation is not compiled")
        sys.path.insert(0, str(ROOT))
        from tools.compiled.modules import extensions

        self.distribution.ext_modules = extensions()
        self.initialize_options()
        self.finalize_options()
        self.parallel = self.parallel or os.cpu_count()
        super().run()


class CompiledDistribution(Distribution):
    """A wheel for one platform."""

    def has_ext_modules(self) -> bool:
        """It has, though setuptools is not told which before they are built."""
        return True


if os.environ.get("ACDENGINE_COMPILE", "") in ("", "0"):
    setup(cmdclass={"build_py": ShippingBuildPy})
else:
    setup(
        cmdclass={"build_py": ShippingBuildPy, "build_ext": CompiledBuildExt},
        distclass=CompiledDistribution,
        setup_requires=["mypy>=2.4,<3", "msgspec>=0.22,<0.30"],
    )
