"""When a switch counts as lost: by what it says itself, and when connections are refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from acdengine.events import CallerHungUp
from adapters.freeswitch.monitoring.switch_loss import REFUSED_S, SwitchLoss
from adapters.freeswitch.protocol.channel_fields import ChannelFields
from adapters.freeswitch.protocol.errors import HalfOpen
from adapters.freeswitch.wire.backoff import Outage
from tests.unit.freeswitch.desk import Desk


class Timer:
    def __init__(self, delay_s: float, action: Callable[[], object]) -> None:
        self.delay_s = delay_s
        self.action = action
        self.is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True


class Watch:
    """A `SwitchLoss` with its timers in the test's hand."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.timers: list[Timer] = []
        self.loss = SwitchLoss(self.told.append, self._later)

    def _later(self, delay_s: float, action: Callable[[], object]) -> asyncio.TimerHandle:
        self.timers.append(Timer(delay_s, action))
        return cast("asyncio.TimerHandle", self.timers[-1])

    def down(self, reason: Exception) -> None:
        self.loss.down(Outage(reason, False, 1.0))


def hung_up(cause: str) -> ChannelFields:
    return ChannelFields(event_name="CHANNEL_HANGUP", unique_id="c", hangup_cause=cause)


def test_a_switch_that_shuts_down_is_gone_at_the_first_word_of_it() -> None:
    watch = Watch()
    watch.loss.heard(hung_up("NORMAL_CLEARING"))
    assert not watch.told
    for _ in range(3):
        watch.loss.heard(hung_up("SYSTEM_SHUTDOWN"))
    watch.loss.heard(ChannelFields(event_name="SHUTDOWN"))
    assert len(watch.told) == 1
    watch.loss.up()
    watch.loss.heard(ChannelFields(event_name="SHUTDOWN"))
    assert len(watch.told) == 2


def test_a_switch_is_gone_when_nobody_listens_for_a_while() -> None:
    watch = Watch()
    watch.down(ConnectionResetError())
    assert not watch.timers
    watch.down(ConnectionRefusedError())
    watch.down(ConnectionRefusedError())
    (timer,) = watch.timers
    assert timer.delay_s == REFUSED_S
    assert not watch.told
    timer.action()
    assert len(watch.told) == 1


def test_a_switch_that_does_not_answer_at_all_may_be_alive() -> None:
    watch = Watch()
    watch.down(ConnectionRefusedError())
    watch.down(HalfOpen("silence"))
    assert [timer.is_cancelled for timer in watch.timers] == [True]


def test_a_switch_that_is_back_in_time_is_not_gone() -> None:
    watch = Watch()
    watch.down(ConnectionRefusedError())
    watch.loss.up()
    assert [timer.is_cancelled for timer in watch.timers] == [True]


def test_why_a_leg_is_missing_is_told_by_the_event_that_was_overtaken() -> None:
    desk = Desk()
    desk.holds_waits = True
    for call_id in ("c", "d"):
        desk.caller(call_id)
        desk.tables.callers.missing(call_id)
    desk.hear("CHANNEL_HANGUP", "c", hangup_cause="NORMAL_CLEARING")
    for action in desk.later:
        action()
    assert desk.reported == [
        CallerHungUp(0, "c", "normal"),
        CallerHungUp(0, "d", "no_such_leg"),
    ]
