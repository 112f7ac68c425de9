"""The service level against all calls remembered."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from queues.policy import AbandonTreatment, ServiceLevelPolicy
from queues.service_level import ServiceLevel

WINDOW_US = 300_000
STEP_US = WINDOW_US // 30
THRESHOLD_US = 20_000

CALLS = st.lists(
    st.tuples(st.booleans(), st.integers(0, 40_000), st.integers(0, 30_000)), max_size=60
)


@given(CALLS, st.sampled_from(["all", "late_only", "answered"]), st.integers(0, 400_000))
def test_the_share_answered_in_time_in_the_last_thirty_steps(
    calls: list[tuple[bool, int, int]], abandons: AbandonTreatment, after_us: int
) -> None:
    policy = ServiceLevelPolicy(threshold_us=THRESHOLD_US, window_us=WINDOW_US, abandons=abandons)
    level = ServiceLevel(policy)
    now = 10**9
    remembered = []
    for answered, waited, pause in calls:
        now += pause
        if answered:
            level.answered(waited, now)
        else:
            level.abandoned(waited, now)
        remembered.append((now, answered, waited <= THRESHOLD_US))
    now += after_us
    window = [
        (answered, in_time)
        for at, answered, in_time in remembered
        if at // STEP_US > now // STEP_US - 30
    ]
    answered_in_time = sum(answered and in_time for answered, in_time in window)
    counted = [
        1
        for answered, in_time in window
        if answered or abandons == "all" or (abandons == "late_only" and not in_time)
    ]
    expected = answered_in_time / len(counted) if counted else None
    assert level.value(now) == expected
    assert level.counts(now) == (
        sum(answered for answered, _ in window),
        sum(not answered for answered, _ in window),
    )
    again = ServiceLevel(policy)
    again.load(level.dump())
    assert again.value(now) == expected


def test_the_threshold_itself_is_in_time() -> None:
    level = ServiceLevel(ServiceLevelPolicy(threshold_us=20))
    level.answered(20, 1)
    level.answered(21, 1)
    assert level.value(1) == 0.5


def test_a_caller_who_gives_up_at_the_threshold_has_not_waited_longer() -> None:
    level = ServiceLevel(ServiceLevelPolicy(threshold_us=20, abandons="late_only"))
    level.answered(20, 1)
    level.abandoned(20, 1)
    assert level.value(1) == 1.0
    level.abandoned(21, 1)
    assert level.value(1) == 0.5


def test_the_window_is_thirty_whole_steps() -> None:
    level = ServiceLevel(ServiceLevelPolicy(threshold_us=20, window_us=310))
    level.answered(1, 9)
    level.answered(1, 10)
    assert list(level.dump()) == [0, 1]
    assert (level.counts(299), level.counts(300), level.counts(310)) == ((2, 0), (1, 0), (0, 0))
    level.answered(1, 310)
    assert list(level.dump()) == [31]
    assert level.counts(310) == (1, 0)


def test_a_window_shorter_than_its_steps_has_steps_of_a_microsecond() -> None:
    level = ServiceLevel(ServiceLevelPolicy(threshold_us=20, window_us=7))
    level.answered(1, 100)
    assert (level.counts(129), level.counts(130)) == ((1, 0), (0, 0))


def test_looking_at_a_later_time_changes_nothing() -> None:
    """Screens look by the clock, the engine by its events: a look must not make them differ."""
    level = ServiceLevel(ServiceLevelPolicy(window_us=300))
    level.answered(1, 1000)
    before = level.dump()
    assert level.value(5000) is None
    assert level.counts(5000) == (0, 0)
    assert level.dump() == before
    assert level.value(1001) == 1


def test_what_is_old_is_forgotten_when_something_new_happens() -> None:
    level = ServiceLevel(ServiceLevelPolicy(window_us=300))
    for at_us in range(0, 100_000, 10):
        level.answered(1, at_us)
    assert len(level.dump()) == 30
