"""A real FreeSWITCH for the tests of this folder, and SIPp processes as callers and telephones."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

from tests.live.esl_peer import EslPeer
from tests.live.freeswitch_config import SwitchOptions
from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.sipp_calls import SippWorld

_LOG = pytest.StashKey[tuple[FreeSwitchInstance, int]]()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder is `live`: none runs with `make test` by oversight."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.live)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test shows what FreeSWITCH logged during it."""
    report = yield
    watched = item.stash.get(_LOG, None)
    if watched is not None and report.failed:
        switch, start = watched
        report.sections.append(("FreeSWITCH log (its end)", switch.log_text()[start:][-20_000:]))
    return report


@pytest.fixture(scope="session")
def freeswitch_binary() -> Path:
    """The binary that FREESWITCH_BIN names; without one the test is skipped."""
    name = os.environ.get("FREESWITCH_BIN", "")
    if not name:
        pytest.skip("FREESWITCH_BIN is not set: it names the FreeSWITCH binary for the live tests")
    found = shutil.which(name)
    if found is None:
        pytest.fail(f"FREESWITCH_BIN={name}: no such program")
    return Path(found)


@pytest.fixture(scope="session")
def _shared_freeswitch(
    freeswitch_binary: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FreeSwitchInstance]:
    switch = FreeSwitchInstance(freeswitch_binary, tmp_path_factory.mktemp("freeswitch"))
    switch.start()
    yield switch
    switch.stop()


@pytest.fixture
def freeswitch(
    _shared_freeswitch: FreeSwitchInstance, request: pytest.FixtureRequest
) -> Iterator[FreeSwitchInstance]:
    """The FreeSWITCH that all tests share: running, and without calls at the start of each."""
    switch = _shared_freeswitch
    request.node.stash[_LOG] = (switch, len(switch.log_text()))
    yield switch
    switch.clear()


@pytest.fixture
def new_freeswitch(
    freeswitch_binary: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[[SwitchOptions], FreeSwitchInstance]]:
    """Makes FreeSWITCH instances of the test's own, not yet started: to kill, or many nodes."""
    made: list[FreeSwitchInstance] = []

    def make(options: SwitchOptions) -> FreeSwitchInstance:
        folder = tmp_path / f"node{len(made) + 1}"
        made.append(FreeSwitchInstance(freeswitch_binary, folder, options))
        request.node.stash[_LOG] = (made[0], 0)
        return made[-1]

    yield make
    for switch in made:
        switch.kill9()


@pytest.fixture
def esl(freeswitch: FreeSwitchInstance) -> Iterator[EslPeer]:
    """A connection to the shared FreeSWITCH's event socket."""
    with freeswitch.esl() as peer:
        yield peer


@pytest.fixture
def sipp(tmp_path: Path) -> Iterator[SippWorld]:
    """Callers and telephones; what still runs at the end of the test is ended."""
    if missing := SippWorld.missing():
        pytest.skip(missing)
    world = SippWorld(tmp_path)
    yield world
    world.close()
