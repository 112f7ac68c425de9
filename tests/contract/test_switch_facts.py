"""What the adapter relies on, asked of the stand-in as of FreeSWITCH."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.asked import asked_of_the_standin
from tests.contract.standin_instance import StandInInstance, World

globals().update(asked_of_the_standin("test_switch_facts"))


@pytest.fixture
def freeswitch(world: World, tmp_path: Path, _sounds: Path) -> Iterator[StandInInstance]:
    """A stand-in at FreeSWITCH's own pace: some of the questions have to be asked between two
    frames."""
    made = StandInInstance(tmp_path / "standin", world, sounds=_sounds, speed=1)
    made.start()
    yield made
    made.kill9()
