"""Stages: at every moment of a wait the step and the delays that are open."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from queues.policy import LevelRules, Step
from routing.stages import level_delay_us, stages_of

EXPIRIES = st.lists(st.one_of(st.none(), st.integers(0, 50)), min_size=1, max_size=5)
DELAYS = st.lists(st.integers(0, 100), max_size=6)


@given(EXPIRIES, DELAYS)
def test_a_stage_for_every_moment(expiries: list[int | None], delays: list[int]) -> None:
    steps = tuple(Step(expires_us=expiry) for expiry in expiries)
    stages = stages_of(steps, delays)
    assert stages[0].from_us == 0
    assert [stage.from_us for stage in stages] == sorted({stage.from_us for stage in stages})
    for waited in range(300):
        stage = [stage for stage in stages if stage.from_us <= waited][-1]
        assert stage.step == _step_at(expiries, waited)
        assert stage.open_us == max([0, *(delay for delay in delays if delay <= waited)])


def _step_at(expiries: list[int | None], waited: int) -> int:
    ends = 0
    for index, expiry in enumerate(expiries[:-1]):
        if expiry is None:
            return index
        ends += expiry
        if waited < ends:
            return index
    return len(expiries) - 1


@given(
    st.integers(0, 100),
    st.booleans(),
    st.booleans(),
    st.integers(1, 9),
    st.sets(st.integers(1, 9)),
)
def test_a_level_waits_for_those_before_it(
    wait_us: int, per_level: bool, skip: bool, level: int, staffed: set[int]
) -> None:
    rules = LevelRules(wait_us=wait_us, per_level=per_level, skip_unstaffed=skip)
    before = [one for one in range(1, level) if one in staffed or not skip]
    waits = len(before) if per_level else min(1, len(before))
    assert level_delay_us(rules, level, sorted(staffed)) == waits * wait_us
