"""The checker of flows finds each breach, and leaves the ordinary way through a flow alone."""

from __future__ import annotations

import pytest

from acdengine import commands as cmd
from acdengine.conversation_facts import ConversationEnded
from acdengine.facts import AnyFact, CallEnded
from acdengine.flow_facts import FlowEntered, FlowLeft, FlowStepLeft
from adapters.sim.seeds.checkers.checker import CheckFailed
from adapters.sim.seeds.checkers.flow_lives import FlowLives
from tests.sim.test_checkers import connected, moment, talked

ENTERED = FlowEntered(1, "c1", "t/main", "v", is_trial=False)
LEFT = FlowLeft(1, "c1", "t/main", "v", "queue q", 5)
STEP = FlowStepLeft(1, "c1", "t/main", "v", "ask", "key 1", "")
ENDED = CallEnded(1, "c1", "t", "answered", "caller", "normal")
PLAY = cmd.PlayPrompts("c1", "flow-1", ())


def follow(*steps: AnyFact | cmd.AnyCommand) -> FlowLives:
    checker = FlowLives()
    for step in steps:
        checker.look(moment(1, step))
    return checker


def test_through_the_flow_to_an_agent_and_back() -> None:
    over: ConversationEnded = talked(1)
    checker = follow(ENTERED, PLAY, STEP, LEFT, STEP, connected(1), over, STEP, LEFT, ENDED)
    checker.finish()


@pytest.mark.parametrize(
    ("breach", "what"),
    [
        ((ENTERED, ENTERED), "from within one"),
        ((ENTERED, ENDED), "has not left"),
        ((ENTERED, LEFT, connected(1), PLAY), "is with an agent"),
        ((ENTERED, LEFT, connected(1), STEP), "while with an agent"),
        ((STEP,) * 4_000, "took 4000 steps"),
    ],
)
def test_each_breach_is_found(breach: tuple[AnyFact | cmd.AnyCommand, ...], what: str) -> None:
    with pytest.raises(CheckFailed, match=what):
        follow(*breach)


def test_who_never_comes_out_is_found() -> None:
    with pytest.raises(CheckFailed, match="still in flows"):
        follow(ENTERED).finish()
