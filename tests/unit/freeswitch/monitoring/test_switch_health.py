"""What is told of a switch's state: how late its events come, and how many commands failed."""

from __future__ import annotations

import pytest

from adapters.freeswitch.legs.leg_table import Legs
from adapters.freeswitch.monitoring.switch_health import SwitchHealth
from adapters.freeswitch.protocol.channel_fields import ChannelFields
from adapters.freeswitch.protocol.errors import EslError, LinkDown
from adapters.freeswitch.protocol.frame_codec import API_RESPONSE, Frame
from adapters.freeswitch.protocol.reply_matching import Reply

_MINUTE_US = 60_000_000


class Clock:
    """The machine's, which can be set."""

    def __init__(self) -> None:
        self.now_us = 1_800_000_000_000_000
        self.health = SwitchHealth(Legs(), lambda: self.now_us, lambda: 0.0)

    def lag_us(self, delay_us: int) -> int:
        """The lag that is told of an event that comes so long after it was sent."""
        sent_at_us = self.now_us - delay_us
        self.health.heard(ChannelFields(event_name="HEARTBEAT", sent_at_us=sent_at_us))
        return self.health.lag_us


def test_an_event_is_late_against_the_quickest() -> None:
    clock = Clock()
    assert [clock.lag_us(delay_us) for delay_us in (5_000, 9_000, 4_000, 5_000)] == [
        0, 4_000, 0, 1_000,
    ]  # fmt: skip
    clock.health.heard(ChannelFields(event_name="HEARTBEAT"))
    assert (clock.health.events, clock.health.lag_us) == (5, 1_000)


@pytest.mark.parametrize("set_by_us", [11 * _MINUTE_US, -_MINUTE_US])
def test_the_quickest_of_long_ago_or_of_another_clock_does_not_count(set_by_us: int) -> None:
    clock = Clock()
    clock.lag_us(1_000)
    clock.now_us += 9 * _MINUTE_US
    assert clock.lag_us(3_000) == 2_000
    clock.now_us += set_by_us - 9 * _MINUTE_US
    assert clock.lag_us(3_000) == 0


@pytest.mark.parametrize(
    ("outcome", "failed"), [("+OK\n", 0), ("-ERR no such leg\n", 1), ("-USAGE: x\n", 1), (None, 1)]
)
def test_failures_are_counted_and_handed_on(outcome: str | None, failed: int) -> None:
    health, heard = Clock().health, list[Reply | EslError]()
    for on_reply in (None, heard.append):
        reply = Reply(outcome or "", Frame(API_RESPONSE, b"", b""))
        health.sent(on_reply)(LinkDown("away") if outcome is None else reply)
    assert (health.commands, health.commands_failed, len(heard)) == (2, 2 * failed, 1)
