"""Missing events are reported once, and events that only overtook each other are not missing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from adapters.freeswitch.wire.event_sequence import Gap, GapCause, SequenceWatch


def gaps(watch: SequenceWatch, *numbers: int, core: str = "core-1") -> list[Gap]:
    return [gap for number in numbers if (gap := watch.see(core, number)) is not None]


def test_a_hole_is_a_loss_when_events_far_behind_it_have_come() -> None:
    watch = SequenceWatch(is_complete=True, slack=5)
    assert gaps(watch, 10, 11, 14, 15, 16) == []
    assert gaps(watch, 17) == [Gap(GapCause.LOST, 12, 12, 1)]
    assert gaps(watch, 18, 19, 20, 21, 22) == [Gap(GapCause.LOST, 13, 13, 1)]


def test_events_may_overtake_each_other() -> None:
    watch = SequenceWatch(is_complete=True, slack=5)
    assert gaps(watch, 10, 13, 11, 14, 12, 15, 20, 19, 18, 17, 16, 21, 22, 24, 23) == []


@given(st.permutations(range(1, 40)), st.integers(40, 60))
def test_any_order_within_the_slack_is_whole(order: list[int], slack: int) -> None:
    watch = SequenceWatch(is_complete=True, slack=slack)
    assert gaps(watch, 1, *(number + 1 for number in order)) == []


def test_numbers_say_nothing_about_a_part_of_the_events() -> None:
    watch = SequenceWatch(slack=5)
    assert gaps(watch, 10, 500, 90_000) == []


def test_the_first_event_is_no_gap() -> None:
    assert gaps(SequenceWatch(is_complete=True, slack=5), 123_456_789, 123_456_790) == []


def test_a_wide_hole_is_a_loss_at_once() -> None:
    watch = SequenceWatch(is_complete=True)
    assert gaps(watch, 1, 100_000) == [Gap(GapCause.LOST, 2, 99_999, 99_998)]


def test_many_holes_are_not_remembered_for_ever() -> None:
    watch = SequenceWatch(is_complete=True, slack=10**9)
    found = gaps(watch, *range(1, 60_000, 2))
    assert found
    assert sum(gap.count for gap in found) >= 20_000


def test_what_passed_while_the_link_was_down() -> None:
    watch = SequenceWatch()
    assert gaps(watch, 10) == []
    watch.away()
    assert gaps(watch, 50) == [Gap(GapCause.AWAY, 11, 49, 39)]
    watch.away()
    assert gaps(watch, 51, 60) == []
    watch.away()
    assert gaps(watch, 59) == []


def test_another_core_means_a_restart() -> None:
    watch = SequenceWatch(is_complete=True, slack=1)
    gaps(watch, 1000)
    watch.away()
    assert gaps(watch, 5, core="core-2") == [Gap(GapCause.RESTARTED, 0, 0, 0)]
    assert gaps(watch, 6, 7, core="core-2") == []


def test_events_without_a_number_are_passed_over() -> None:
    watch = SequenceWatch(is_complete=True, slack=1)
    assert gaps(watch, 1, 0, 0, 2, 0, 3) == []
    assert watch.see("", 4) is None
