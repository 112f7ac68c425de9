"""The stand-in in the place of the real FreeSWITCH of `tests/live`: fixtures of the same names."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import cast

import pytest

from tests.contract.daemon_nursery import Nursery
from tests.contract.quick_time import QuickLoop, utc_ns
from tests.contract.standin_instance import People, StandInInstance, World
from tests.live import centre
from tests.live.esl_peer import EslPeer
from tests.live.freeswitch_config import SwitchOptions, write_sounds
from tests.live.test_company import TONES, Talk
from tests.unit.program.daemon_process import DaemonProcess


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Waits are shorter here."""
    return {"quick": QuickLoop}


@pytest.fixture(autouse=True)
def _time_of_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(centre, "utc_ns", utc_ns)


#: What is heard is heard for so long before it is believed.
_SETTLED_S = 0.1


@pytest.fixture(scope="session")
def _nursery(pytestconfig: pytest.Config) -> Iterator[Nursery | None]:
    """None where daemons have to be started one by one (it needs Linux), or not at all."""
    if pytestconfig.getoption("--fast") or not hasattr(os, "pidfd_open"):
        yield None
        return
    made = Nursery()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _daemons(_nursery: Nursery | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if _nursery is not None:
        monkeypatch.setattr(DaemonProcess, "begin", _nursery.begin)


@pytest.fixture(scope="session")
def _sounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sounds = tmp_path_factory.mktemp("sounds")
    write_sounds(sounds)
    return sounds


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    """The loop in which all stand-ins live."""
    made = World()
    yield made
    made.close()


@pytest.fixture(scope="session")
def _shared_standin(
    world: World, _sounds: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StandInInstance]:
    instance = StandInInstance(tmp_path_factory.mktemp("standin"), world, sounds=_sounds)
    instance.start()
    yield instance
    instance.kill9()


@pytest.fixture
def freeswitch(_shared_standin: StandInInstance) -> Iterator[StandInInstance]:
    """The stand-in that all tests share: running, and without calls at the start of each."""
    yield _shared_standin
    _shared_standin.clear()


@pytest.fixture
def new_freeswitch(
    world: World, _sounds: Path, tmp_path: Path
) -> Iterator[Callable[[SwitchOptions], StandInInstance]]:
    """Makes stand-ins of the test's own, not yet started: to kill, or many nodes."""
    made: list[StandInInstance] = []

    def make(options: SwitchOptions) -> StandInInstance:
        made.append(StandInInstance(tmp_path / f"node{len(made) + 1}", world, options, _sounds))
        return made[-1]

    yield make
    for instance in made:
        instance.kill9()


@pytest.fixture
def esl(freeswitch: StandInInstance) -> Iterator[EslPeer]:
    """A connection to the shared stand-in's event socket."""
    with freeswitch.esl() as peer:
        yield peer


@pytest.fixture
def sipp(world: World) -> People:
    """Callers and telephones."""
    return People(world)


async def heard(esl: EslPeer, switch: StandInInstance, call_id: str, hz: int) -> None:
    """The caller hears this tone and no other: known at once, where live tests have to record."""
    deadline = time.monotonic() + 10
    while switch.hears(call_id) != (hz,):
        assert time.monotonic() < deadline, switch.hears(call_id)
        await asyncio.sleep(0.005)


async def hear(it: Talk, **expected: str) -> None:
    """In the place of `Talk.hear`, which has to record: who is heard by whom, and stays so."""
    names = {"caller": it.call_id, "first": it.first, "second": it.second}
    wanted = {
        name: tuple(sorted(TONES[who] for who in heard.split())) for name, heard in expected.items()
    }
    switch = cast(StandInInstance, it.switch)
    deadline = time.monotonic() + 10
    now_s = asyncio.get_running_loop().time
    since_s = now_s()
    while now_s() - since_s < _SETTLED_S:
        told = {name: tuple(sorted(switch.hears(names[name]))) for name in expected}
        if told != wanted:
            assert time.monotonic() < deadline, (told, wanted)
            since_s = now_s()
        await asyncio.sleep(0.005)


@pytest.fixture(autouse=True)
def _listening(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = sys.modules[request.function.__module__]
    if hasattr(asked, "hears"):
        monkeypatch.setattr(asked, "hears", heard)
    monkeypatch.setattr(Talk, "hear", hear)
