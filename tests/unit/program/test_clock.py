"""The centre's clock set to the system's: what falls due is said before, and then happens."""

from __future__ import annotations

import pytest
from msgspec import structs
from structlog.testing import capture_logs

from acdengine.engine import Engine
from acdengine.program.daemon.backend import DaemonBackend
from acdengine.program.daemon.credentials import CredentialsReader
from acdengine.runtime.clock import ScaledClock, UtcClock
from acdengine.runtime.clock_step import Due, warn_where_behind
from acdengine.runtime.longest_waits import LongestWaits
from acdengine.runtime.loop import Runtime
from acdengine.runtime.metrics import Metrics
from tests.unit.runtime.centre import DAY_US, Nobody, S, arrival, plan, sign_in

HOUR_US = 3600 * S


class Wall:
    """A system's clock that is set while the daemon runs."""

    def __init__(self) -> None:
        self.us = DAY_US
        self.clock = UtcClock(0, lambda: 0, lambda: self.us * 1000)
        patient = plan(agents=1)
        queue = structs.replace(patient.queues["acme/sales"], max_wait_us=1800 * S)
        self.runtime = Runtime(
            Engine(structs.replace(patient, queues={"acme/sales": queue})), self.clock
        )
        self.runtime.woken_by(Nobody())
        longest = LongestWaits(lambda: self.runtime.state)
        self.backend = DaemonBackend(
            self.runtime, longest, Metrics(self.runtime, longest), (), CredentialsReader()
        )
        for event in (*sign_in(1), arrival(1), arrival(2), arrival(3)):
            self.runtime.post(event)
        self.runtime.turn()

    def set(self, by_us: int) -> None:
        self.us += by_us
        self.clock.watch()


def test_a_step_says_what_falls_due_and_then_does_it() -> None:
    wall = Wall()
    wall.set(2 * HOUR_US)
    due = Due(sent_away=3, overflowing=0, callbacks=0, rings_over=1, wrap_ups_over=0, delays_over=0)
    before = wall.runtime.engine.snapshot()
    asked, problem = wall.backend.step_clock("root", check_only=True)
    assert (problem, asked.offset_us, asked.stepped_us, asked.due) == ("", 2 * HOUR_US, 0, due)
    assert wall.backend.clock() == asked
    assert wall.runtime.engine.snapshot() == before
    assert wall.clock.now_us() == DAY_US
    with capture_logs() as logged:
        done, problem = wall.backend.step_clock("root", check_only=False)
    assert (problem, done.offset_us, done.stepped_us, done.due) == ("", 0, 2 * HOUR_US, due)
    assert [line["by_s"] for line in logged] == [7200.0]
    wall.runtime.turn()
    assert wall.runtime.state.now_us == DAY_US + 2 * HOUR_US
    states = [call.state for call in wall.runtime.state.calls.values()]
    assert "waiting" not in states, "all three have waited as long as they may"


@pytest.mark.parametrize("check_only", [True, False])
def test_the_time_does_not_go_back(check_only: bool) -> None:
    wall = Wall()
    wall.set(-2 * HOUR_US)
    asked, problem = wall.backend.step_clock("root", check_only)
    assert (asked.offset_us, asked.stepped_us) == (-2 * HOUR_US, 0)
    assert problem.startswith("the system's clock is 7200 s behind the centre's")
    assert wall.clock.now_us() == DAY_US


def test_a_clock_that_is_right_is_left_alone() -> None:
    wall = Wall()
    done, problem = wall.backend.step_clock("root", check_only=False)
    assert (problem, done.stepped_us, done.offset_us) == ("", 0, 0)


def test_a_simulated_clock_is_not_set() -> None:
    runtime = Runtime(Engine(plan()), ScaledClock(DAY_US))
    longest = LongestWaits(lambda: runtime.state)
    backend = DaemonBackend(runtime, longest, Metrics(runtime, longest), (), CredentialsReader())
    _, problem = backend.step_clock("root", check_only=False)
    assert problem == "the clock of what is simulated is not the system's"


@pytest.mark.parametrize("behind_us", [0, S // 4, 2 * HOUR_US])
def test_a_start_behind_the_journal_is_warned_of(behind_us: int) -> None:
    clock = UtcClock(DAY_US + behind_us, lambda: 0, lambda: DAY_US * 1000)
    with capture_logs() as logged:
        warn_where_behind(clock)
    if behind_us < S:
        assert not logged
    else:
        (said,) = logged
        assert (said["log_level"], said["behind_s"], said["made_good_in_h"]) == (
            "warning", 7200.0, 400.0,
        )  # fmt: skip
