"""The doctor at the stand-in: healthy, and with each of the things that can be wrong."""

from __future__ import annotations

from functools import partial

import pytest

from adapters.freeswitch.doctor.examine import examine
from tests.contract.asked import asked_of_the_standin
from tests.contract.quick_time import utc_ns
from tests.live import test_doctor

globals().update(asked_of_the_standin("test_doctor"))


@pytest.fixture(autouse=True)
def _time_of_day_of_the_doctor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_doctor, "examine", partial(examine, utc_ns=utc_ns))
