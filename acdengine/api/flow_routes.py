"""Flows: which versions there are, which callers get which, and another choice of that."""

from __future__ import annotations

from acdengine.api.bodies import FlowTrial, FlowVersionChoice, Paging
from acdengine.api.paging import page_by_id
from acdengine.api.problems import not_found
from acdengine.api.request_context import RequestContext
from acdengine.api.views import FlowChangeView, FlowPage, FlowVersionView, FlowView
from acdengine.ivr.versions import Served
from acdengine.requests import FlowLiveRequested, FlowTrialRequested


async def list_flows(context: RequestContext, query: Paging) -> FlowPage:
    """The IVR flows with their versions, in the order of their ids."""
    flows = context.state.plan.ivr_flows

    def is_seen(flow_id: str) -> bool:
        return context.rights.sees_tenant(flow_id.partition("/")[0])

    ids = {flow_id: flow_id for flow_id in flows}
    names, more = page_by_id(ids, is_seen, query.limit, query.cursor, "flows")
    callers = _callers(context)
    return FlowPage(items=[_view(context, name, callers) for name in names], next=more)


async def get_flow(context: RequestContext) -> FlowView:
    """One IVR flow with its versions, the newest first, and what was done to them."""
    return _view(context, _flow_id(context), _callers(context))


async def set_flow_live(context: RequestContext, body: FlowVersionChoice) -> FlowView:
    """Give all callers of a flow one of its versions: one of before, to take a change back, or the
    one that is tried. Callers in the flow end in the version in which they began. It stays so when
    the settings are read again, unless they have another flow by then."""
    flow_id = _flow_id(context)
    await context.do(
        FlowLiveRequested(at_us=0, flow_id=flow_id, version=body.version, by=context.by)
    )
    return _view(context, flow_id, _callers(context))


async def try_flow(context: RequestContext, body: FlowTrial) -> FlowView:
    """Give a share of a flow's callers one of its versions, the same caller always alike; what was
    tried before ends. To try a change of the settings, reload them with `flow_percent`."""
    flow_id = _flow_id(context)
    await context.do(
        FlowTrialRequested(
            at_us=0, flow_id=flow_id, version=body.version, percent=body.percent, by=context.by
        )
    )
    return _view(context, flow_id, _callers(context))


async def end_flow_trial(context: RequestContext) -> FlowView:
    """End what is tried: new callers get the version that is live."""
    flow_id = _flow_id(context)
    await context.do(FlowTrialRequested(at_us=0, flow_id=flow_id, by=context.by))
    return _view(context, flow_id, _callers(context))


def _flow_id(context: RequestContext) -> str:
    flow_id = context.params["flow_id"]
    is_seen = context.rights.sees_tenant(flow_id.partition("/")[0])
    if not is_seen or flow_id not in context.state.plan.ivr_flows:
        raise not_found("flow")
    return flow_id


def _callers(context: RequestContext) -> dict[tuple[str, str], int]:
    """How many callers are in each version."""
    callers: dict[tuple[str, str], int] = {}
    for call in context.state.calls.values():
        if call.ivr is not None and call.ivr.entered_us:
            within = (call.ivr.flow_id, call.ivr.run.version)
            callers[within] = callers.get(within, 0) + 1
    return callers


def _view(context: RequestContext, flow_id: str, callers: dict[tuple[str, str], int]) -> FlowView:
    served = context.state.flow_versions.served[flow_id]
    return FlowView(
        at_us=context.now_us(),
        flow_id=flow_id,
        tenant_id=flow_id.partition("/")[0],
        live=served.live,
        trial=served.trial,
        percent=served.percent,
        versions=[
            FlowVersionView(
                version=known.version,
                at_us=known.at_us,
                by=known.by,
                percent=_share(served, known.version),
                callers=callers.get((flow_id, known.version), 0),
            )
            for known in reversed(served.history)
        ],
        changes=[
            FlowChangeView(
                at_us=change.at_us,
                what=change.what,
                version=change.version,
                percent=change.percent,
                by=change.by,
            )
            for change in reversed(served.changes)
        ],
    )


def _share(served: Served, version: str) -> int:
    if version == served.trial:
        return served.percent
    return 100 - served.percent if version == served.live else 0
