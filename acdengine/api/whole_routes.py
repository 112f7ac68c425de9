"""The daemon as a whole: its state, its settings, whether it takes calls, whether it lives."""

from __future__ import annotations

from acdengine.api.ask import Ask, refusal_of
from acdengine.api.bodies import ClockStep, Reload, Switch
from acdengine.api.problems import Refused
from acdengine.api.raw import Raw
from acdengine.api.viewing import view_state
from acdengine.api.views import (
    ChangeView,
    ClockView,
    DifferenceView,
    DrainView,
    Life,
    Readiness,
    StateView,
)
from acdengine.requests import DrainRequested
from acdengine.runtime.exposition import CONTENT_TYPE as METRICS_TYPE


async def get_state(ask: Ask) -> StateView:
    """Everything in sight, in figures."""
    backend = ask.backend
    return view_state(ask.sight, backend.longest_wait_us, ask.now_us(), backend.switches())


async def reload_settings(ask: Ask, body: Reload) -> DifferenceView:
    """Read the daemon's settings files again and put them in force, if nothing is wrong in them.

    Files that cannot be taken change nothing; the answer then holds every problem. Nor do files
    that leave no tenants, switches, trunk groups, queues or agents, or none of a tenant, where
    there were some, unless `force` is given.
    """
    changes, problem, odd = await ask.backend.reload(
        ask.by, check_only=body.check_only, force=body.force
    )
    if problem:
        raise refusal_of(problem)
    return DifferenceView(
        applied=not body.check_only,
        changes=[
            ChangeView(kind=kind, id=name, how=how, fields=fields)
            for kind, name, how, fields in changes
        ],
        odd=odd,
    )


async def drain(ask: Ask, body: Switch) -> DrainView:
    """Take no new calls anywhere, or take them again; those present are served to the end."""
    await ask.do(DrainRequested(at_us=0, on=body.on, by=ask.by))
    return _view_drain(ask)


def _view_drain(ask: Ask) -> DrainView:
    state = ask.state
    queues = tuple(sorted(name for name, queue in state.queues.items() if queue.draining))
    return DrainView(draining=state.draining, queues=queues)


async def get_clock(ask: Ask) -> ClockView:
    """The centre's clock beside the system's, and what setting it forward would do."""
    return ask.backend.clock()


async def step_clock(ask: Ask, body: ClockStep) -> ClockView:
    """Set the centre's clock to the system's at once, where that is later.

    What was to happen in the time between happens now. The centre's time never goes back: where
    the system's clock is behind, 409 says what to do.
    """
    view, problem = ask.backend.step_clock(ask.by, body.check_only)
    if problem:
        raise refusal_of(problem)
    return view


async def get_metrics(ask: Ask) -> Raw:
    """All metrics, as Prometheus reads them."""
    return Raw(ask.backend.metrics(), METRICS_TYPE)


async def get_health(ask: Ask) -> Life:
    """The daemon answers. Needs no token."""
    ask.now_us()
    return Life()


async def get_readiness(ask: Ask) -> Readiness:
    """The daemon can take calls; else 503 says why not. Needs no token.

    With switches it can while one of them is connected and has been compared with the engine;
    `switches_down` names those that are not.
    """
    problem = ask.backend.not_ready()
    if problem:
        raise Refused(503, problem)
    switches = ask.backend.switches()
    return Readiness(switches_down=tuple(one.name for one in switches if one.state != "up"))
