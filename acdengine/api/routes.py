"""The table of all routes: who may call what, with what, and what comes of it.

A handler's docstring is its description in the OpenAPI document, its name the operation's id.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from msgspec import Struct

from acdengine.api import agent_routes as agents
from acdengine.api import bodies, views
from acdengine.api import call_routes as calls
from acdengine.api import conversation_routes as conversations
from acdengine.api import flow_routes as flows
from acdengine.api import hours_routes as hours
from acdengine.api import queue_routes as queues
from acdengine.api import recording_routes as recordings
from acdengine.api import session_routes as sessions
from acdengine.api import switch_routes as switches
from acdengine.api import system_routes as system
from acdengine.api.raw import Raw
from acdengine.settings.daemon import Role

#: Takes a `RequestContext` and, where the route has one, its body or query.
Handler: TypeAlias = Callable[..., Coroutine[Any, Any, Struct]]

LOOKERS: Final[tuple[Role, ...]] = ("admin", "supervisor", "agent", "read_only")
WATCHERS: Final[tuple[Role, ...]] = ("admin", "supervisor", "read_only")
DOERS: Final[tuple[Role, ...]] = ("admin", "supervisor", "agent")
LEADERS: Final[tuple[Role, ...]] = ("admin", "supervisor")
ADMINS: Final[tuple[Role, ...]] = ("admin",)
#: No token is needed.
NO_TOKEN: Final[tuple[Role, ...]] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """One thing that can be asked for.

    `all_tenants`: only for tokens that are not of one tenant. `also` are statuses of answers beyond
    those that follow from the rest (`acdengine.api.openapi`).
    """

    method: str
    path: str
    handler: Handler
    roles: tuple[Role, ...]
    answer: type[Struct]
    body: type[Struct] | None = None
    query: type[Struct] | None = None
    all_tenants: bool = False
    also: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """The operation's id."""
        return self.handler.__name__

    @property
    def changes(self) -> bool:
        """Whether it is more than looking."""
        return self.method != "GET"


def _get(
    path: str,
    handler: Handler,
    answer: type[Struct],
    roles: tuple[Role, ...] = WATCHERS,
    query: type[Struct] | None = None,
    also: tuple[int, ...] = (),
) -> Route:
    return Route("GET", path, handler, roles, answer, query=query, also=also)


def _post(
    path: str,
    handler: Handler,
    roles: tuple[Role, ...],
    answer: type[Struct],
    body: type[Struct] | None = None,
    all_tenants: bool = False,
    also: tuple[int, ...] = (),
) -> Route:
    return Route("POST", path, handler, roles, answer, body, all_tenants=all_tenants, also=also)


_AGENT: Final = "/v1/agents/{agent_id}"
_CALL: Final = "/v1/calls/{call_id}"
_FLOW: Final = "/v1/flows/{flow_id}"
_HOURS: Final = "/v1/hours/{hours_id}"

ROUTES: Final[tuple[Route, ...]] = (
    _get("/v1/health", system.get_health, views.Life, NO_TOKEN),
    _get("/v1/ready", system.get_readiness, views.Readiness, NO_TOKEN, also=(503,)),
    Route("GET", "/v1/metrics", system.get_metrics, ("admin", "read_only"), Raw, all_tenants=True),
    _get("/v1/state", system.get_state, views.StateView),
    _post("/v1/reload", system.reload_settings, ADMINS, views.DifferenceView, bodies.Reload, True),
    _post("/v1/drain", system.drain, ADMINS, views.DrainView, bodies.Drain, True),
    Route(
        "GET", "/v1/clock", system.get_clock, ("admin", "read_only"), views.ClockView,
        all_tenants=True,
    ),
    _post("/v1/clock/step", system.step_clock, ADMINS, views.ClockView, bodies.ClockStep, True),
    # -- sessions
    _post(
        "/v1/login", sessions.log_in, NO_TOKEN, views.NewSessionView, bodies.LogIn,
        also=(401, 429),
    ),
    _post("/v1/logout", sessions.log_out, LOOKERS, views.SessionView),
    _get("/v1/session", sessions.get_session, views.SessionView, LOOKERS),
    # -- switches
    Route(
        "GET", "/v1/switches", switches.list_switches, WATCHERS, views.SwitchPage,
        all_tenants=True,
    ),
    Route(
        "GET", "/v1/switches/{switch}", switches.get_switch, WATCHERS, views.SwitchView,
        all_tenants=True,
    ),
    _post(
        "/v1/switches/{switch}/drain", switches.drain_switch, ADMINS, views.SwitchView,
        bodies.Switch, True,
    ),
    # -- queues
    _get("/v1/queues", queues.list_queues, views.QueuePage, query=bodies.Paging),
    _get("/v1/queues/{queue_id}", queues.get_queue, views.QueueView),
    _get(
        "/v1/queues/{queue_id}/calls", queues.list_waiting_calls, views.CallPage,
        query=bodies.Paging,
    ),
    _post(
        "/v1/queues/{queue_id}/drain", queues.drain_queue, LEADERS, views.QueueView, bodies.Drain
    ),
    # -- opening hours
    _get("/v1/hours", hours.list_hours, views.HoursPage, query=bodies.Paging),
    _get(_HOURS, hours.get_hours, views.HoursView),
    _post(f"{_HOURS}/hold", hours.hold_hours, LEADERS, views.HoursView, bodies.HoursHold),
    _post(f"{_HOURS}/release", hours.release_hours, LEADERS, views.HoursView),
    # -- flows
    _get("/v1/flows", flows.list_flows, views.FlowPage, query=bodies.Paging),
    _get(_FLOW, flows.get_flow, views.FlowView),
    _post(f"{_FLOW}/live", flows.set_flow_live, ADMINS, views.FlowView, bodies.FlowVersionChoice),
    _post(f"{_FLOW}/trial", flows.try_flow, ADMINS, views.FlowView, bodies.FlowTrial),
    _post(f"{_FLOW}/trial/end", flows.end_flow_trial, ADMINS, views.FlowView),
    # -- agents
    _get("/v1/agents", agents.list_agents, views.AgentPage, LOOKERS, bodies.AgentFilter),
    _get(_AGENT, agents.get_agent, views.AgentView, LOOKERS),
    _get(f"{_AGENT}/story", agents.get_agent_story, views.Story, LOOKERS),
    _post(f"{_AGENT}/sign-in", agents.sign_in, DOERS, views.AgentView, bodies.SignIn),
    _post(f"{_AGENT}/sign-out", agents.sign_out, DOERS, views.AgentView),
    _post(f"{_AGENT}/ready", agents.set_ready, DOERS, views.AgentView),
    _post(f"{_AGENT}/not-ready", agents.set_not_ready, DOERS, views.AgentView, bodies.NotReady),
    _post(f"{_AGENT}/pick-up", agents.pick_up, DOERS, views.AgentView, bodies.PickingUp),
    _post(f"{_AGENT}/wrap-up", agents.request_wrap_up, DOERS, views.AgentView),
    _post(
        f"{_AGENT}/wrap-up/extend", agents.extend_wrap_up, DOERS, views.AgentView,
        bodies.Extension,
    ),
    _post(f"{_AGENT}/wrap-up/end", agents.end_wrap_up, DOERS, views.AgentView),
    Route("PUT", f"{_AGENT}/skills", agents.set_skills, LEADERS, views.AgentView, bodies.Skills),
    Route("PUT", f"{_AGENT}/queues", agents.set_queues, LEADERS, views.AgentView, bodies.Queues),
    # -- calls
    _get("/v1/calls", calls.list_calls, views.CallPage, LOOKERS, bodies.CallFilter),
    _get(_CALL, calls.get_call, views.CallView, LOOKERS),
    _get(f"{_CALL}/story", calls.get_call_story, views.Story, LOOKERS),
    _get(f"{_CALL}/explain", calls.explain_call, views.ExplanationView),
    _post(f"{_CALL}/priority", calls.set_priority, LEADERS, views.CallView, bodies.NewPriority),
    _post(f"{_CALL}/move", calls.move_call, LEADERS, views.CallView, bodies.Sending),
    _post(f"{_CALL}/withdraw", calls.withdraw_call, LEADERS, views.CallView, bodies.Withdrawal),
    _post(f"{_CALL}/hold", calls.hold_call, DOERS, views.CallView),
    _post(f"{_CALL}/retrieve", calls.retrieve_call, DOERS, views.CallView),
    _post(f"{_CALL}/transfer", calls.transfer_call, DOERS, views.CallView, bodies.Sending),
    _post(f"{_CALL}/hangup", calls.hang_up_call, DOERS, views.CallView),
    _post(f"{_CALL}/consult", conversations.consult, DOERS, views.CallView, bodies.ConsultWish),
    _post(f"{_CALL}/consult/swap", conversations.swap_consult, DOERS, views.CallView),
    _post(f"{_CALL}/consult/join", conversations.join_consult, DOERS, views.CallView),
    _post(f"{_CALL}/consult/return", conversations.return_from_consult, DOERS, views.CallView),
    _post(f"{_CALL}/consult/complete", conversations.complete_consult, DOERS, views.CallView),
    _post(
        f"{_CALL}/supervise", conversations.supervise_call, LEADERS, views.CallView,
        bodies.Supervising,
    ),
    _post(
        f"{_CALL}/supervise/mode", conversations.change_supervision, LEADERS, views.CallView,
        bodies.SupervisionChange,
    ),
    _post(f"{_CALL}/supervise/end", conversations.end_supervision, LEADERS, views.CallView),
    _post(
        f"{_CALL}/supervise/take-over", conversations.take_over_call, LEADERS, views.CallView
    ),
    _post(f"{_CALL}/recording/start", recordings.start_recording, DOERS, views.CallView),
    _post(f"{_CALL}/recording/stop", recordings.stop_recording, DOERS, views.CallView),
    _post(f"{_CALL}/recording/pause", recordings.pause_recording, DOERS, views.CallView),
    _post(f"{_CALL}/recording/resume", recordings.resume_recording, DOERS, views.CallView),
    # -- callbacks
    _post(
        "/v1/callbacks", calls.request_callback, LEADERS, views.CallView, bodies.CallbackWish
    ),
    Route("DELETE", "/v1/callbacks/{call_id}", calls.cancel_callback, LEADERS, views.CallView),
)  # fmt: skip

#: Served beside the table: what is made from it, and what is no single answer.
OPENAPI_PATH: Final = "/v1/openapi.json"
LIVE_PATH: Final = "/v1/live"
