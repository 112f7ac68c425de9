"""Telephones register, forget to, and leave; a gateway comes and goes: as with FreeSWITCH."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.contract.asked import asked_of_the_standin
from tests.contract.standin_instance import People, World
from tests.live import test_registrations
from tests.live.sipp_calls import Phone

globals().update(asked_of_the_standin("test_registrations"))


@pytest.fixture(autouse=True)
def _carrier(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A carrier that answers while the block lasts is a telephone at that port."""

    @contextmanager
    def pinged(port: int) -> Iterator[None]:
        carrier = People(world).phone(Phone(), port)
        yield
        world.do(lambda: world.network.phones.pop(carrier.port))

    monkeypatch.setattr(test_registrations, "Pinged", pinged)
