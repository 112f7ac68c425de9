"""The daemon is killed with callers of the stand-in waiting and talking, as with FreeSWITCH's.

Fewer of them, and less often: FreeSWITCH is asked with a hundred and fifty, twenty times.
"""

from __future__ import annotations

import pytest

from tests.live.test_kill import (
    Size,
    switch,
    test_the_daemon_is_killed_again_and_again,
    test_without_its_journal_the_daemon_finds_everybody_on_the_switch,
)

pytestmark = pytest.mark.slow


@pytest.fixture
def size() -> Size:
    return Size(waiting=20, agents=10, kills=5, busy_s=0.2, dead_s=0.3)


@pytest.fixture(params=[1])
def seed(request: pytest.FixtureRequest) -> int:
    drawn: int = request.param
    return drawn
