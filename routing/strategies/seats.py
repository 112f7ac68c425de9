"""Pools for the strategies that go along a list: idle agents by level, position and id."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from typing import ClassVar

from routing.agent import Agent
from routing.policy import Assignment
from routing.strategies.base import Choice, Cursor, PoolContext, Seat


class SeatPool:
    """Idle agents in the order of the queue's list."""

    __slots__ = ("_by_seat", "_seat_of", "_seats", "context", "size")

    seated: ClassVar[bool] = True

    def __init__(self, context: PoolContext) -> None:
        self.context = context
        self.size = 0
        self._seats: list[Seat] = []
        self._by_seat: dict[Seat, Agent] = {}
        self._seat_of: dict[str, Seat] = {}

    def add(self, agent: Agent, assignment: Assignment) -> None:
        seat = (assignment.level, assignment.position, agent.agent_id)
        insort(self._seats, seat)
        self._by_seat[seat] = agent
        self._seat_of[agent.agent_id] = seat
        self.size += 1

    def discard(self, agent: Agent) -> None:
        seat = self._seat_of.pop(agent.agent_id)
        del self._by_seat[seat]
        del self._seats[bisect_left(self._seats, seat)]
        self.size -= 1

    def after(self, pointer: Seat) -> int:
        """Index of the first idle agent behind a seat; the number of agents when there is none."""
        return bisect_right(self._seats, pointer)

    def level_of_first(self) -> int:
        """The lowest level with an idle agent."""
        return self._seats[0][0]

    def first_level_size(self) -> int:
        """How many of the idle agents are of the lowest level."""
        return bisect_left(self._seats, (self._seats[0][0] + 1, 0, ""))

    def seat(self, index: int) -> Seat:
        """The seat at an index."""
        return self._seats[index]

    def take(self, index: int, cursor: Cursor, reason: str) -> Choice:
        """Choose the agent at an index and leave the pointer there."""
        seats = self._seats
        cursor.seat = seats[index]
        runner_up = seats[(index + 1) % len(seats)][2] if len(seats) > 1 else ""
        return Choice(
            self._by_seat[seats[index]], self.size, runner_up, reason if runner_up else "only one"
        )
