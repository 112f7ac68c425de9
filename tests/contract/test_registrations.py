"""Telephones register, forget to, and leave; a gateway comes and goes: as with FreeSWITCH."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.contract.standin_instance import People, World
from tests.live import test_registrations
from tests.live.sipp_calls import Phone
from tests.live.test_registrations import (
    daemon,
    test_an_agent_is_reachable_while_any_telephone_is_registered,
    test_registrations_from_before_the_daemon_are_known,
    test_who_is_reached_through_a_gateway_follows_it,
)

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _carrier(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A carrier that answers while the block lasts is a telephone at that port."""

    @contextmanager
    def pinged(port: int) -> Iterator[None]:
        carrier = People(world).phone(Phone(), port)
        yield
        world.do(lambda: world.network.phones.pop(carrier.port))

    monkeypatch.setattr(test_registrations, "Pinged", pinged)
