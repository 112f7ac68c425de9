"""What holds for every test."""

from __future__ import annotations

import os

import pytest
from hypothesis import Phase, settings

from acdengine.engine import core

# Fixed examples by default: a green run stays green. HYPOTHESIS_PROFILE=explore searches on.
# No "explain" phase: with state machines it takes longer than a test may hang.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate, Phase.target, Phase.shrink)
settings.register_profile("fixed", deadline=None, derandomize=True, print_blob=True, phases=PHASES)
settings.register_profile("explore", deadline=None, max_examples=2000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--build plain` and `--build compiled` say which build of the engine has to be under test."""
    parser.addoption("--build", choices=["plain", "compiled"], help="the build that must be here")


def pytest_configure(config: pytest.Config) -> None:
    """No run is green for a build that it has not tested."""
    wanted, found = config.getoption("--build"), _build()
    if wanted not in (None, found):
        raise pytest.UsageError(f"the engine here is {found}, not {wanted}")


def pytest_report_header() -> str:
    """Which build is under test."""
    return f"engine: {_build()}"


def _build() -> str:
    return "plain" if str(core.__file__).endswith(".py") else "compiled"
