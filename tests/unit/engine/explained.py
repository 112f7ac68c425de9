"""What an explanation says, in short."""

from __future__ import annotations

from collections.abc import Sequence

from acdengine.engine.explain.answer import Explanation
from acdengine.engine.explain.explanation import Decision, LeftOut, Wait
from routing.policy import AgentProfile
from tests.unit.engine.scene import Scene, agent


def wait_of(scene: Scene, call_id: str) -> Wait:
    wait = scene.engine.explain(call_id).wait
    assert wait is not None
    return wait


def groups(left_out: Sequence[LeftOut]) -> dict[str, list[str]]:
    """Reason to the agents named, each with what is said of it: "anna: with call c1 for 3 s"."""
    return {
        group.reason: [
            f"{one.agent_id[2:]}: {one.detail}".removesuffix(": ") for one in group.agents
        ]
        for group in left_out
    }


def moments(told: Explanation) -> list[str]:
    return [moment.what for moment in told.moments]


def last_decision(scene: Scene, call_id: str) -> Decision:
    return scene.engine.explain(call_id).decisions[-1]


def serving(*names: str, **profile: object) -> list[AgentProfile]:
    return [agent(name, "sales", **profile) for name in names]
