"""Deadlines against a plain sorted list."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
)

from queues.deadlines import NEVER_US, Deadlines
from tests.unit.state_machines import run_state_machine

#: Near and far, in the same eighth of a second and hours apart.
TIMES = st.one_of(st.integers(0, 40), st.integers(0, 1_000_000), st.integers(0, 4 * 3600 * 10**6))


class AgainstASortedList(RuleBasedStateMachine):
    """The same things set, cancelled and taken out of both."""

    def __init__(self) -> None:
        super().__init__()
        self.deadlines: Deadlines[int] = Deadlines()
        self.plain: list[tuple[int, int]] = []
        self.gone: list[tuple[int, int]] = []
        self.now_us = 0

    @rule(later_us=TIMES)
    def set(self, later_us: int) -> None:
        due_us = self.now_us + later_us
        serial = self.deadlines.set(due_us, due_us)
        self.plain.append((due_us, serial))
        self.plain.sort()

    @rule(place=st.integers(0, 1000))
    def cancel(self, place: int) -> None:
        if self.plain:
            deadline = self.plain.pop(place % len(self.plain))
            self.deadlines.cancel(*deadline)
            self.gone.append(deadline)

    @rule(place=st.integers(0, 1000))
    def cancel_what_is_gone(self, place: int) -> None:
        if self.gone:
            self.deadlines.cancel(*self.gone[place % len(self.gone)])

    @rule(later_us=TIMES)
    def let_time_pass(self, later_us: int) -> None:
        self.now_us += later_us
        while True:
            what = self.deadlines.pop(self.now_us)
            if what is None:
                break
            expected = self.plain.pop(0)
            assert (what, self.deadlines.popped) == expected
            self.gone.append(expected)
        assert not self.plain or self.plain[0][0] > self.now_us

    @rule()
    def restore(self) -> None:
        """Everything is set again under the serial it had, in any order."""
        restored: Deadlines[int] = Deadlines()
        restored.serial = self.deadlines.serial
        for due_us, serial in sorted(self.plain, key=lambda deadline: deadline[1] * 7919 % 31):
            restored.set(due_us, due_us, serial)
        self.deadlines = restored

    @invariant()
    def agree(self) -> None:
        assert len(self.deadlines) == len(self.plain)
        assert self.deadlines.not_before_us <= (self.plain[0][0] if self.plain else NEVER_US)

    @rule()
    def look(self) -> None:
        assert self.deadlines.next_us() == (self.plain[0][0] if self.plain else NEVER_US)


def test_against_a_sorted_list() -> None:
    run_state_machine(AgainstASortedList)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=50))
def test_what_is_due_at_one_moment_comes_in_the_order_of_its_setting(times: list[int]) -> None:
    deadlines: Deadlines[int] = Deadlines()
    for name, due_us in enumerate(times):
        deadlines.set(due_us, name)
    popped = []
    while (what := deadlines.pop(3)) is not None:
        popped.append(what)
    assert popped == [name for _, name in sorted((due, name) for name, due in enumerate(times))]


def test_a_deadline_in_the_past_is_due_at_once() -> None:
    deadlines: Deadlines[str] = Deadlines()
    deadlines.set(10**9, "later")
    assert deadlines.pop(10**8) is None
    deadlines.set(5, "past")
    assert deadlines.next_us() == 5
    assert deadlines.pop(10**8) == "past"
    assert deadlines.pop(10**8) is None
