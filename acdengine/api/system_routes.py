"""The daemon as a whole: its state, its settings, whether it takes calls, whether it lives."""

from __future__ import annotations

from acdengine.api.bodies import ClockStep, Drain, Reload
from acdengine.api.problems import Refused
from acdengine.api.raw import Raw
from acdengine.api.request_context import RequestContext, refusal_of
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


async def get_state(context: RequestContext) -> StateView:
    """Everything visible, in figures."""
    backend = context.backend
    return view_state(context.rights, backend.longest_wait_us, context.now_us(), backend.switches())


async def reload_settings(context: RequestContext, body: Reload) -> DifferenceView:
    """Read the daemon's settings files again and put them in force, if nothing is wrong in them.

    Files that cannot be taken change nothing; the answer then holds every problem. Nor do files
    that leave no tenants, switches, trunk groups, queues or agents, or none of a tenant, where
    there were some, unless `force` is given. With `flow_percent`, flows that have changed are tried
    on a share of their callers.
    """
    changes, problem, odd = await context.backend.reload(
        context.by,
        check_only=body.check_only,
        force=body.force,
        flow_percent=body.flow_percent,
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


async def drain(context: RequestContext, body: Drain) -> DrainView:
    """Take no new calls anywhere, or take them again; those present are served to the end."""
    await context.do(DrainRequested(at_us=0, on=body.on, until_us=body.until_us, by=context.by))
    return _view_drain(context)


def _view_drain(context: RequestContext) -> DrainView:
    state = context.state
    queues = tuple(sorted(name for name, queue in state.queues.items() if queue.draining))
    return DrainView(draining=state.draining, queues=queues)


async def get_clock(context: RequestContext) -> ClockView:
    """The centre's clock beside the system's, and what setting it forward would do."""
    return context.backend.clock()


async def step_clock(context: RequestContext, body: ClockStep) -> ClockView:
    """Set the centre's clock to the system's at once, where that is later.

    What was to happen in the time between happens now. The centre's time never goes back: where
    the system's clock is behind, 409 says what to do.
    """
    view, problem = context.backend.step_clock(context.by, body.check_only)
    if problem:
        raise refusal_of(problem)
    return view


async def get_metrics(context: RequestContext) -> Raw:
    """All metrics, as Prometheus reads them."""
    return Raw(context.backend.metrics(), METRICS_TYPE)


async def get_health(context: RequestContext) -> Life:
    """The daemon answers. Needs no token."""
    context.now_us()
    return Life()


async def get_readiness(context: RequestContext) -> Readiness:
    """The daemon can take calls; else 503 says why not. Needs no token.

    With switches it can while one of them is connected and has been compared with the engine;
    `switches_down` names those that are not. Records that wait for their database stop no calls:
    `records` says so.
    """
    problem = context.backend.not_ready()
    if problem:
        raise Refused(503, problem)
    switches = context.backend.switches()
    return Readiness(
        switches_down=tuple(one.name for one in switches if one.state != "up"),
        records=context.backend.records_state(),
    )
