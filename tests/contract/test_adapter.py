"""The engine and the adapter with the stand-in, as with FreeSWITCH."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.contract.asked import asked_of_the_standin
from tests.contract.standin_instance import StandInInstance
from tests.live import test_adapter
from tests.live.esl_peer import EslPeer


async def heard(esl: EslPeer, switch: StandInInstance, call_id: str, hz: int) -> None:
    """The caller hears this tone and no other: known at once, where live tests have to record."""
    deadline = time.monotonic() + 5
    while switch.hears(call_id) != (hz,):
        assert time.monotonic() < deadline, switch.hears(call_id)
        await asyncio.sleep(0.005)


@pytest.fixture(autouse=True)
def _listening(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_adapter, "hears", heard)


globals().update(asked_of_the_standin("tests.live.test_adapter"))
