"""Each strategy against an oracle written from its docstring: order and tie-break exactly, chance
by chi-square."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Final, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.agent import Agent, new_agent
from routing.draw import Draw
from routing.policy import AgentProfile, Assignment
from routing.strategies import STRATEGIES
from routing.strategies.base import Choice, Cursor, Pool, PoolContext, Seat

#: Skills that the requirement names; agents have others too.
WANTED: Final = ("english", "sales")
TOP: Final[Seat] = (0, 0, "")

Idle: TypeAlias = list[tuple[Agent, Assignment]]
Oracle: TypeAlias = Callable[[Agent, Assignment], tuple[float | str, ...]]

#: Strategies with a fixed order: what is compared, the smaller the sooner; ties end in the id.
ORDERS: Final[dict[str, Oracle]] = {
    "longest_idle": lambda a, how: (how.level, a.idle_since_us),
    "ring_all": lambda a, how: (how.level, a.idle_since_us),
    "ring_progressively": lambda a, how: (how.level, a.idle_since_us),
    "fewest_calls": lambda a, how: (how.level, a.calls, a.idle_since_us),
    "least_talk_time": lambda a, how: (how.level, a.talk_us, a.idle_since_us),
    "least_occupied": lambda a, how: (
        how.level,
        a.busy_us / max(1, a.idle_since_us - a.signed_in_us),
        a.idle_since_us,
    ),
    "most_proficient": lambda a, how: (
        how.level,
        -sum(a.skills.get(skill, 0) for skill in WANTED),
        a.idle_since_us,
    ),
    "least_skilled": lambda a, how: (
        how.level,
        len(a.skills),
        sum(a.skills.values()),
        a.idle_since_us,
    ),
    "sequential": lambda _, how: (how.level, how.position),
}
ALONG_A_LIST: Final = ("round_robin", "top_down")
BY_CHANCE: Final = ("random", "weighted_random")


def test_every_strategy_has_its_oracle() -> None:
    assert sorted(STRATEGIES) == sorted([*ORDERS, *ALONG_A_LIST, *BY_CHANCE])
    assert len(STRATEGIES) == 13


def make_agent(name: str, skills: dict[str, int] | None = None) -> Agent:
    profile = AgentProfile(agent_id=name, tenant_id="t", name=name, skills=skills or {})
    return new_agent(profile)


# Few values, so that there are ties in every part of every order.
SMALL: Final = st.integers(0, 2)
SKILLS: Final = st.dictionaries(st.sampled_from(["english", "sales", "x"]), st.integers(1, 3))
ASSIGNMENTS: Final = st.builds(
    Assignment, level=st.integers(1, 3), position=SMALL, weight=st.integers(1, 3)
)
STATES: Final = st.tuples(SMALL, SMALL, SMALL, SMALL, SKILLS)


@st.composite
def lives(
    draw: st.DrawFn,
) -> tuple[Idle, list[tuple[int, tuple[int, int, int, int, dict[str, int]]]]]:
    """Agents with their assignments, and who becomes idle with what figures, or no longer is."""
    count = draw(st.integers(1, 7))
    staff = [(make_agent(f"a{number}"), draw(ASSIGNMENTS)) for number in range(count)]
    moves = draw(st.lists(st.tuples(st.integers(0, count - 1), STATES), min_size=1, max_size=40))
    return staff, moves


class Bench:
    """A pool and the same agents in a list."""

    def __init__(self, strategy: str, draw: Draw | None = None) -> None:
        self.cursor = Cursor()
        self.asked = Cursor()
        context = PoolContext(WANTED, self.cursor, draw or Draw(1))
        self.pool: Pool = STRATEGIES[strategy].pool(context)
        self.idle: Idle = []

    def move(
        self, agent: Agent, how: Assignment, state: tuple[int, int, int, int, dict[str, int]]
    ) -> None:
        """An agent who is idle becomes busy, one who is busy idle, with new figures."""
        if any(one is agent for one, _ in self.idle):
            agent.ticket += 1
            self.pool.discard(agent)
            self.idle = [pair for pair in self.idle if pair[0] is not agent]
            return
        agent.idle_since_us, agent.calls, agent.talk_us, agent.busy_us, agent.skills = state
        self.pool.add(agent, how)
        self.idle.append((agent, how))

    def choose(self) -> Choice | None:
        return self.pool.choose(self.asked)

    def seats(self) -> list[Seat]:
        return sorted((how.level, how.position, one.agent_id) for one, how in self.idle)


@pytest.mark.parametrize("strategy", ORDERS)
@settings(max_examples=min(60, settings().max_examples))
@given(life=lives())
def test_a_fixed_order_with_its_ties(
    strategy: str,
    life: tuple[Idle, list[tuple[int, tuple[int, int, int, int, dict[str, int]]]]],
) -> None:
    staff, moves = life
    bench = Bench(strategy)
    for number, state in moves:
        bench.move(*staff[number], state)
        order = sorted(bench.idle, key=lambda pair: (*ORDERS[strategy](*pair), pair[0].agent_id))
        choice = bench.choose()
        assert (choice is None) == (not order)
        if choice is not None:
            assert choice.agent is order[0][0]
            assert choice.candidates == len(order)
            assert choice.runner_up == (order[1][0].agent_id if len(order) > 1 else "")
            assert choice.reason == _why(strategy, order)


def _why(strategy: str, order: Idle) -> str:
    """What tells the first two apart, in the words of the pool."""
    if len(order) == 1:
        return "only one"
    first, second = (ORDERS[strategy](*pair) for pair in order[:2])
    words = {
        "longest_idle": ("level", "idle longer"),
        "ring_all": ("level", "idle longer"),
        "ring_progressively": ("level", "idle longer"),
        "fewest_calls": ("level", "fewer calls", "idle longer"),
        "least_talk_time": ("level", "less talk time", "idle longer"),
        "least_occupied": ("level", "less occupied", "idle longer"),
        "most_proficient": ("level", "more proficient", "idle longer"),
        "least_skilled": ("level", "fewer skills", "lower proficiency", "idle longer"),
        "sequential": ("level", "higher in the list"),
    }[strategy]
    differing = [
        word for word, mine, theirs in zip(words, first, second, strict=True) if mine != theirs
    ]
    return differing[0] if differing else "agent id"


@pytest.mark.parametrize("strategy", ALONG_A_LIST)
@settings(max_examples=min(100, settings().max_examples))
@given(life=lives(), new_call=st.lists(st.booleans(), min_size=1, max_size=9))
def test_along_a_list_from_a_pointer(
    strategy: str,
    life: tuple[Idle, list[tuple[int, tuple[int, int, int, int, dict[str, int]]]]],
    new_call: list[bool],
) -> None:
    """The queue's pointer for round robin, the call's for top down; both stay when agents leave."""
    staff, moves = life
    bench = Bench(strategy)
    turn, asked = TOP, TOP
    for step, (number, state) in enumerate(moves):
        bench.move(*staff[number], state)
        if new_call[step % len(new_call)]:
            asked = TOP
            bench.asked = Cursor()
        seats = bench.seats()
        choice = bench.choose()
        assert (choice is None) == (not seats)
        if choice is None:
            continue
        if strategy == "round_robin":
            seats = [seat for seat in seats if seat[0] == seats[0][0]]
            pointer = turn
        else:
            pointer = asked
        behind = [seat for seat in seats if seat > pointer]
        expected = behind[0] if behind else seats[0]
        assert choice.agent.agent_id == expected[2]
        assert choice.candidates == len(bench.idle)
        turn = asked = expected


@pytest.mark.parametrize("order", [0, 1])
def test_round_robin_gives_everybody_a_turn(order: int) -> None:
    bench = Bench("round_robin")
    staff = [make_agent(f"a{number}") for number in range(5)]
    for one in staff if order else reversed(staff):
        bench.move(one, Assignment(), (0, 0, 0, 0, {}))
    chosen = []
    for _ in range(10):
        choice = bench.choose()
        assert choice is not None
        chosen.append(choice.agent.agent_id)
    assert chosen == ["a0", "a1", "a2", "a3", "a4"] * 2


def test_round_robin_begins_a_level_at_its_top_and_goes_on_in_the_other_where_it_was() -> None:
    bench = Bench("round_robin")
    low = [make_agent(f"a{number}") for number in range(3)]
    high = [make_agent(f"b{number}") for number in range(3)]
    for one in high:
        bench.move(one, Assignment(level=2), (0, 0, 0, 0, {}))
    first = bench.choose()
    assert first is not None
    assert first.agent is high[0]
    for one in low:
        bench.move(one, Assignment(level=1), (0, 0, 0, 0, {}))
    second = bench.choose()
    assert second is not None
    assert second.agent is low[0]


# -- chance ------------------------------------------------------------------------------------

#: Upper 0.1 % of chi-square, by degrees of freedom.
CHI_SQUARE: Final = {1: 10.83, 2: 13.82, 3: 16.27, 4: 18.47, 5: 20.52, 6: 22.46}
DRAWS: Final = 6000


@pytest.mark.parametrize("strategy", BY_CHANCE)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_chance_is_as_the_docstring_says(strategy: str, seed: int) -> None:
    """Only the lowest level is drawn from; equal chances, or in proportion to the weights."""
    bench = Bench(strategy, Draw(seed))
    weights = {"a": 1, "b": 2, "c": 3, "d": 10}
    for name, weight in weights.items():
        bench.move(make_agent(name), Assignment(level=2, weight=weight), (0, 0, 0, 0, {}))
    for name in ("x", "y"):
        bench.move(make_agent(name), Assignment(level=3, weight=1000), (0, 0, 0, 0, {}))
    chosen = Counter(choice.agent.agent_id for _ in range(DRAWS) if (choice := bench.choose()))
    assert set(chosen) == set(weights)
    shares = weights if strategy == "weighted_random" else dict.fromkeys(weights, 1)
    expected = {name: DRAWS * share / sum(shares.values()) for name, share in shares.items()}
    distance = sum((chosen[name] - expected[name]) ** 2 / expected[name] for name in expected)
    assert distance < CHI_SQUARE[len(weights) - 1]


@pytest.mark.parametrize("strategy", BY_CHANCE)
def test_chance_depends_on_who_is_idle_and_the_seed_not_on_who_came_first(strategy: str) -> None:
    runs = []
    for reverse in (False, True):
        bench = Bench(strategy, Draw(99))
        staff = [(make_agent(f"a{n}"), Assignment(weight=n + 1)) for n in range(6)]
        for one, how in reversed(staff) if reverse else staff:
            bench.move(one, how, (0, 0, 0, 0, {}))
        bench.move(*staff[2], (0, 0, 0, 0, {}))
        runs.append([choice.agent.agent_id for _ in range(200) if (choice := bench.choose())])
    assert runs[0] == runs[1]
    assert any(one != other for one, other in pairwise(runs[0]))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_choosing_takes_nobody_out(strategy: str) -> None:
    bench = Bench(strategy)
    assert bench.choose() is None
    only = make_agent("only")
    bench.move(only, Assignment(), (0, 0, 0, 0, {}))
    for _ in range(3):
        choice = bench.choose()
        assert choice is not None
        assert (choice.agent, choice.candidates) == (only, 1)
        assert (choice.runner_up, choice.reason) == ("", "only one")
    bench.move(only, Assignment(), (0, 0, 0, 0, {}))
    assert bench.choose() is None
    assert bench.pool.size == 0


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_dead_do_not_pile_up(strategy: str) -> None:
    """Agents come and go ten thousand times; the pool holds no more than a few times the idle."""
    bench = Bench(strategy)
    staff = [make_agent(f"a{number:02}") for number in range(40)]
    for turn in range(5000):
        bench.move(staff[turn * 7 % 40], Assignment(), (turn, 0, 0, 0, {}))
    held: list[object] = getattr(bench.pool, "_heap", None) or getattr(bench.pool, "_seats", [])
    assert len(held) <= 2 * len(bench.idle) + 65
