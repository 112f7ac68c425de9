"""A centre that rings its callers back."""

from __future__ import annotations

from acdengine import commands as cmd
from acdengine.plan import Plan
from queues.policy import CallbackPolicy
from queues.targets import ToCallback
from routing.policy import Hours, Window
from tests.unit.engine.scene import S, Scene, agent, centre, queue


def plan(agents: int = 1, **policy: object) -> Plan:
    """Key 1 asks for a callback; the centre may ring from Monday to Friday, 8 to 18 h UTC."""
    windows = tuple(Window(day, 8 * 60, 18 * 60) for day in range(5))
    names = ["anna", "ben", "cora"][:agents]
    callback = CallbackPolicy(**{"hours_id": "t/day", **policy})  # type: ignore[arg-type]
    return centre(
        queue("a", exit_keys={"1": (ToCallback(),)}, callback=callback, max_wait_us=1800 * S),
        queue("b"),
        *(agent(name, "a") for name in names),
        hours={"t/day": Hours(hours_id="t/day", windows=windows)},
    )


def placed(agents: int = 1, **policy: object) -> Scene:
    """The caller of c1 waits without a telephone; no agent is signed in."""
    scene = Scene(plan(agents, **policy))
    scene.calls("c1", "a")
    scene.presses("c1", "1")
    return scene


def attempts(scene: Scene) -> int:
    return len(scene.ordered(cmd.DialCustomer))
