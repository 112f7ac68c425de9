"""A group of waiting calls against a plain sorted list."""

from __future__ import annotations

from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
)
from hypothesis.strategies import booleans, integers

from routing.call_group import CallGroup, RoutedCall
from routing.draw import Draw
from routing.strategies import STRATEGIES
from routing.strategies.base import Cursor, PoolContext
from tests.unit.state_machines import run_state_machine


def empty_group() -> CallGroup:
    strategy = STRATEGIES["longest_idle"]
    return CallGroup(strategy.pool(PoolContext((), Cursor(), Draw(1))), strategy.ring)


class AgainstASortedList(RuleBasedStateMachine):
    """Calls come at the end and out of order, leave from anywhere, come back as they were."""

    def __init__(self) -> None:
        super().__init__()
        self.group = empty_group()
        self.waiting: list[RoutedCall] = []
        self.gone: list[RoutedCall] = []
        self.serial = 0

    def _sorted(self) -> list[RoutedCall]:
        return sorted(self.waiting, key=lambda call: call.rank)

    def _push(self, call: RoutedCall) -> None:
        call.group = self.group
        self.group.push(call)
        self.waiting.append(call)

    @rule(earlier=integers(0, 20), count=integers(1, 30))
    def come(self, earlier: int, count: int) -> None:
        for _ in range(count):
            self.serial += 1
            rank = (self.serial * 100) - earlier * 250 + self.serial
            call = RoutedCall(call_id=f"c{self.serial}", tenant_id="t", serial=self.serial)
            call.rank = rank
            if all(other.rank != rank for other in self.waiting + self.gone):
                self._push(call)

    @rule(place=integers(0, 10**6))
    def leave(self, place: int) -> None:
        if self.waiting:
            call = self.waiting.pop(place % len(self.waiting))
            self.group.drop(call)
            self.gone.append(call)

    @rule(count=integers(1, 60))
    def the_first_leave(self, count: int) -> None:
        for call in self._sorted()[:count]:
            self.waiting.remove(call)
            self.group.drop(call)
            self.gone.append(call)

    @rule(place=integers(0, 10**6))
    def come_back(self, place: int) -> None:
        if self.gone:
            self._push(self.gone.pop(place % len(self.gone)))

    @rule(hidden=booleans())
    def hide(self, hidden: bool) -> None:
        self.group.hide(hidden)

    @invariant()
    def agree(self) -> None:
        order = self._sorted()
        first = self.group.first
        assert (first[1] if first else None) is (order[0] if order else None)
        assert self.group.head == (None if self.group.hidden else first)
        assert self.group.runner_up() is (order[1] if len(order) > 1 else None)
        assert self.group.live == len(order)
        assert {call.call_id for call in self.group} == {call.call_id for call in order}


def test_places_against_a_sorted_list() -> None:
    run_state_machine(AgainstASortedList)
