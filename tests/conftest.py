"""What holds for every test."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from hypothesis import Phase, settings

from acdengine.engine import core
from tools.compiled import environment

# Fixed examples by default: a green run stays green. HYPOTHESIS_PROFILE=explore searches on.
# No "explain" phase: with state machines it takes longer than a test may hang.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate, Phase.target, Phase.shrink)
settings.register_profile("fixed", deadline=None, derandomize=True, print_blob=True, phases=PHASES)
settings.register_profile("fast", settings.get_profile("fixed"), max_examples=20)
settings.register_profile("explore", deadline=None, max_examples=2000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


_HOW = "make compiled; .venv-compiled/bin/python -P -m pytest --build compiled"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--fast` leaves slow tests out; `--build` says which build of the engine has to be under
    test."""
    parser.addoption("--fast", action="store_true", help="without the tests marked slow")
    parser.addoption("--build", choices=["plain", "compiled"], help="the build that must be here")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With `--fast`, tests marked `slow` are left out."""
    if not config.getoption("--fast"):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    config.hook.pytest_deselected(items=slow)
    items[:] = [item for item in items if item not in set(slow)]


@pytest.fixture(scope="session", autouse=True)
def _no_process_in_fast_tests(pytestconfig: pytest.Config) -> Iterator[None]:
    """With `--fast`, a test that starts a process fails: it has to be marked `slow`."""
    with pytest.MonkeyPatch.context() as patch:
        if pytestconfig.getoption("--fast"):
            patch.setattr(subprocess.Popen, "__init__", _refused)
            patch.setattr(BaseProcess, "start", _refused)
        yield


def _refused(*_: object, **__: object) -> None:
    raise AssertionError("a test that starts a process is marked slow")


def pytest_configure(config: pytest.Config) -> None:
    """No run is green for a build that it has not tested. `--fast` tries fewer examples."""
    if config.getoption("--fast") and "HYPOTHESIS_PROFILE" not in os.environ:
        settings.load_profile("fast")
    wanted, found = config.getoption("--build"), _build()
    if wanted not in (None, found):
        raise pytest.UsageError(f"the engine here is {found}, not {wanted}: {_HOW}")
    if found == "compiled":
        if not environment.is_current(Path(sys.prefix)):
            raise pytest.UsageError(f"the sources have changed since they were compiled: {_HOW}")
        # Programs that the tests start take the wheel too, not the sources where they stand.
        os.environ["PYTHONSAFEPATH"] = "1"


def pytest_report_header() -> str:
    """Which build is under test."""
    return f"engine: {_build()}"


def _build() -> str:
    return "plain" if str(core.__file__).endswith(".py") else "compiled"
