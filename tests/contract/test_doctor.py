"""The doctor at the stand-in: healthy, and with each of the things that can be wrong."""

from __future__ import annotations

from functools import partial

import pytest

from adapters.freeswitch.doctor.run_checks import examine
from tests.contract.quick_time import utc_ns
from tests.live import test_doctor
from tests.live.test_doctor import (
    test_a_healthy_switch_has_no_error_and_the_call_goes_through,
    test_a_switch_that_is_not_reached_is_one_error,
    test_the_command_fails_where_calls_would,
    test_what_is_missing_is_found,
)


@pytest.fixture(autouse=True)
def _time_of_day_of_the_doctor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_doctor, "examine", partial(examine, utc_ns=utc_ns))
