"""Who may do what: every route × every role × own tenant, other tenant, all tenants.

The table is written out here, apart from the code. Whatever is refused must leave the engine
exactly as it was, and no answer to a token of one tenant may name anything of the other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from acdengine.api.routes import ROUTES
from acdengine.events import PartyAnswered
from acdengine.requests import (
    ConsultRequested,
    HoldRequested,
    HoursHoldRequested,
    ReadyRequested,
    RecordingPauseRequested,
    RecordingStartRequested,
    SettingsChanged,
    SignInRequested,
    SignOutRequested,
    SuperviseRequested,
)
from tests.unit.api import centre as centres
from tests.unit.api.centre import ACCESSES, Centre
from tests.unit.api.conftest import Serve

ALL = ["root", "watch", "acme-admin", "acme-lead", "acme-front", "acme-alice", "acme-wall"]
WATCHERS = [name for name in ALL if name != "acme-alice"]
ADMINS = ["root", "acme-admin"]
LEADERS = ["root", "acme-admin", "acme-lead", "acme-front"]
DOERS = [*LEADERS, "acme-alice"]
#: The token that supervises: nobody else makes its supervisor heard.
SUPERVISING = ["acme-lead"]
#: Those that may do such things, in their own tenant.
ELSEWHERE = {
    "ALL": ["globex-admin", "globex-lead", "globex-greta", "globex-wall"],
    "WATCHERS": ["globex-admin", "globex-lead", "globex-wall"],
    "ADMINS": ["globex-admin"],
    "LEADERS": ["globex-admin", "globex-lead"],
    "DOERS": ["globex-admin", "globex-lead", "globex-greta"],
    "SUPERVISING": ["globex-admin", "globex-lead"],
}


class Case(NamedTuple):
    """A request about something of acme that succeeds for those who may."""

    method: str
    path: str
    may: str
    json: Any = None
    #: Makes it possible.
    first: Callable[[Centre], object] = lambda centre: None


def wrap_up(centre: Centre) -> None:
    centre.hang_up("acme-talk")


def gone(centre: Centre) -> None:
    centre.hang_up("acme-talk")
    centre.feed(SignOutRequested(centre.at_us, agent_id="acme/alice"))


def rings(centre: Centre) -> None:
    """One call is left, which rings at anna, and alice is ready."""
    for call_id in [one for one in centre.engine.state.calls if one != "acme-wait1"]:
        centre.hang_up(call_id)
    centre.feed(SignInRequested(centre.at_us, agent_id="acme/anna"))
    centre.feed(ReadyRequested(centre.at_us, agent_id="acme/anna"))
    centre.feed(ReadyRequested(centre.at_us, agent_id="acme/alice"))


def hold(centre: Centre) -> None:
    centre.feed(HoldRequested(centre.at_us, call_id="acme-talk"))


def record(centre: Centre) -> None:
    centre.feed(RecordingStartRequested(centre.at_us, call_id="acme-talk"))


def pause(centre: Centre) -> None:
    record(centre)
    centre.feed(RecordingPauseRequested(centre.at_us, call_id="acme-talk"))


def consult(centre: Centre) -> None:
    centre.feed(ConsultRequested(centre.at_us, call_id="acme-talk", number="+4930123456"))
    consulted = centre.call("acme-talk").consult
    assert consulted is not None
    centre.feed(PartyAnswered(centre.at_us, consulted.consult_id))


def supervise(centre: Centre, by: str = "acme-lead") -> None:
    asked = SuperviseRequested(centre.at_us, call_id="acme-talk", contact="user/9", by=by)
    centre.feed(asked)
    centre.feed(PartyAnswered(centre.at_us, centre.call("acme-talk").supervisor_id))


def callback(centre: Centre) -> None:
    centre.callback("acme-back", "acme/support")


def changed(centre: Centre) -> None:
    """The menu has a second version."""
    centre.feed(SettingsChanged(centre.at_us, plan=centres.plan(prompt="other")))


def closed_by_hand(centre: Centre) -> None:
    for tenant in centres.TENANTS:
        centre.feed(
            HoursHoldRequested(centre.at_us, hours_id=f"{tenant}/office", is_open=False, by="root")
        )


def tried(centre: Centre) -> None:
    plan = centres.plan(prompt="other")
    centre.feed(SettingsChanged(centre.at_us, plan=plan, flow_percent=10))


ALICE = "/v1/agents/acme/alice"
TALK = "/v1/calls/acme-talk"
WAIT = "/v1/calls/acme-wait1"
MENU = "/v1/flows/acme/menu"
OFFICE = "/v1/hours/acme/office"
SALES = {"target": {"type": "queue", "queue_id": "acme/sales"}}

CASES = {
    "get_queue": Case("GET", "/v1/queues/acme/support", "WATCHERS"),
    "list_waiting_calls": Case("GET", "/v1/queues/acme/support/calls", "WATCHERS"),
    "drain_queue": Case("POST", "/v1/queues/acme/support/drain", "LEADERS", {}),
    "get_hours": Case("GET", OFFICE, "WATCHERS"),
    "hold_hours": Case("POST", f"{OFFICE}/hold", "LEADERS", {"open": False}),
    "release_hours": Case("POST", f"{OFFICE}/release", "LEADERS", None, closed_by_hand),
    "get_flow": Case("GET", MENU, "WATCHERS"),
    "set_flow_live": Case("POST", f"{MENU}/live", "ADMINS", {"version": centres.OLD}, changed),
    "try_flow": Case(
        "POST", f"{MENU}/trial", "ADMINS", {"version": centres.OLD, "percent": 10}, changed
    ),
    "end_flow_trial": Case("POST", f"{MENU}/trial/end", "ADMINS", None, tried),
    "get_agent": Case("GET", ALICE, "ALL"),
    "get_agent_story": Case("GET", f"{ALICE}/story", "ALL"),
    "sign_in": Case("POST", f"{ALICE}/sign-in", "DOERS", {}, gone),
    "sign_out": Case("POST", f"{ALICE}/sign-out", "DOERS"),
    "set_ready": Case("POST", f"{ALICE}/ready", "DOERS", None, wrap_up),
    "set_not_ready": Case("POST", f"{ALICE}/not-ready", "DOERS", {"reason": "lunch"}),
    "pick_up": Case("POST", f"{ALICE}/pick-up", "DOERS", {}, rings),
    "request_wrap_up": Case("POST", f"{ALICE}/wrap-up", "DOERS"),
    "extend_wrap_up": Case("POST", f"{ALICE}/wrap-up/extend", "DOERS", {"by_us": 5}, wrap_up),
    "end_wrap_up": Case("POST", f"{ALICE}/wrap-up/end", "DOERS", None, wrap_up),
    "set_skills": Case("PUT", f"{ALICE}/skills", "LEADERS", {"skills": {"german": 3}}),
    "set_queues": Case("PUT", f"{ALICE}/queues", "LEADERS", {"queues": {"acme/sales": {}}}),
    "get_call": Case("GET", TALK, "ALL"),
    "get_call_story": Case("GET", f"{TALK}/story", "ALL"),
    "explain_call": Case("GET", f"{TALK}/explain", "WATCHERS"),
    "set_priority": Case("POST", f"{WAIT}/priority", "LEADERS", {"priority": 3}),
    "move_call": Case("POST", f"{WAIT}/move", "LEADERS", SALES),
    "withdraw_call": Case("POST", f"{WAIT}/withdraw", "LEADERS", {}),
    "hold_call": Case("POST", f"{TALK}/hold", "DOERS"),
    "retrieve_call": Case("POST", f"{TALK}/retrieve", "DOERS", None, hold),
    "transfer_call": Case("POST", f"{TALK}/transfer", "DOERS", SALES),
    "hang_up_call": Case("POST", f"{TALK}/hangup", "DOERS"),
    "start_recording": Case("POST", f"{TALK}/recording/start", "DOERS"),
    "stop_recording": Case("POST", f"{TALK}/recording/stop", "DOERS", None, record),
    "pause_recording": Case("POST", f"{TALK}/recording/pause", "DOERS", None, record),
    "resume_recording": Case("POST", f"{TALK}/recording/resume", "DOERS", None, pause),
    "consult": Case("POST", f"{TALK}/consult", "DOERS", {"number": "+4930123456"}),
    "swap_consult": Case("POST", f"{TALK}/consult/swap", "DOERS", None, consult),
    "join_consult": Case("POST", f"{TALK}/consult/join", "DOERS", None, consult),
    "return_from_consult": Case("POST", f"{TALK}/consult/return", "DOERS", None, consult),
    "complete_consult": Case("POST", f"{TALK}/consult/complete", "DOERS", None, consult),
    "supervise_call": Case("POST", f"{TALK}/supervise", "LEADERS", {"contact": "user/9"}),
    "change_supervision": Case(
        "POST", f"{TALK}/supervise/mode", "SUPERVISING", {"mode": "barge"}, supervise
    ),
    "end_supervision": Case("POST", f"{TALK}/supervise/end", "LEADERS", None, supervise),
    "take_over_call": Case(
        "POST", f"{TALK}/supervise/take-over", "SUPERVISING", None, supervise
    ),
    "cancel_callback": Case("DELETE", "/v1/callbacks/acme-back", "LEADERS", None, callback),
}  # fmt: skip

#: Routes that name nothing in their path, with those who may.
PLAIN: dict[str, tuple[str, str, Any, str | list[str] | None]] = {
    "get_state": ("GET", "/v1/state", {}, "WATCHERS"),
    "list_switches": ("GET", "/v1/switches", {}, ["root", "watch"]),
    "get_switch": ("GET", "/v1/switches/fs1", {}, ["root", "watch"]),
    "drain_switch": ("POST", "/v1/switches/fs1/drain", {}, ["root"]),
    "list_queues": ("GET", "/v1/queues", {}, "WATCHERS"),
    "list_hours": ("GET", "/v1/hours", {}, "WATCHERS"),
    "list_flows": ("GET", "/v1/flows", {}, "WATCHERS"),
    "list_agents": ("GET", "/v1/agents", {}, "ALL"),
    "list_calls": ("GET", "/v1/calls", {}, "ALL"),
    "request_callback": (
        "POST", "/v1/callbacks", {"queue_id": "acme/support", "number": "+4930123"}, "LEADERS",
    ),
    "reload_settings": ("POST", "/v1/reload", {}, ["root"]),
    "drain": ("POST", "/v1/drain", {}, ["root"]),
    "get_clock": ("GET", "/v1/clock", {}, ["root", "watch"]),
    "step_clock": ("POST", "/v1/clock/step", {}, ["root"]),
    "get_metrics": ("GET", "/v1/metrics", {}, ["root", "watch"]),
    "log_in": ("POST", "/v1/login", {"account": "alice", "password": "wrong"}, []),
    "log_out": ("POST", "/v1/logout", {}, []),
    "get_session": ("GET", "/v1/session", {}, "ALL"),
    "get_health": ("GET", "/v1/health", {}, None),
    "get_readiness": ("GET", "/v1/ready", {}, None),
}  # fmt: skip


def test_every_route_is_in_the_table() -> None:
    assert sorted([*CASES, *PLAIN]) == sorted(route.name for route in ROUTES)
    for route in ROUTES:
        if route.name in CASES:
            assert CASES[route.name].method == route.method


@pytest.mark.parametrize("name", CASES)
async def test_only_those_who_may(serve: Serve, name: str) -> None:
    case = CASES[name]
    may = globals()[case.may]
    for token in ACCESSES:
        centre = centres.busy()
        case.first(centre)
        before = centre.engine.snapshot()
        ask = await serve(centre)
        answer = await ask(case.method, case.path, token, case.json)
        if token in may:
            expected = 200
        elif token in ELSEWHERE[case.may]:
            expected = 404
        else:
            expected = 403
        assert (token, answer.status) == (token, expected), answer.content
        if expected == 200:
            assert (centre.engine.snapshot() == before) == (case.method == "GET")
        else:
            assert centre.engine.snapshot() == before
        if token.startswith("globex"):
            assert b"acme" not in answer.content


@pytest.mark.parametrize("name", PLAIN)
async def test_of_the_whole_only_what_is_in_sight(serve: Serve, name: str) -> None:
    method, path, json, may = PLAIN[name]
    for token in ACCESSES:
        centre = centres.busy()
        before = centre.engine.snapshot()
        ask = await serve(centre)
        answer = await ask(method, path, token, json or None)
        if may is None or token in (may if isinstance(may, list) else globals()[may]):
            expected = 200
        elif isinstance(may, str) and token in ELSEWHERE[may]:
            # A queue of another tenant is no queue; lists hold only what is the tenant's own.
            expected = 422 if name == "request_callback" else 200
        else:
            # A token of the settings is no session; no token makes up for a wrong password.
            expected = {"log_in": 401, "log_out": 409}.get(name, 403)
        assert (token, answer.status) == (token, expected), answer.content
        if expected != 200 or method == "GET":
            assert centre.engine.snapshot() == before
        tenant = ACCESSES[token].tenant_id
        if tenant:
            other = b"globex" if tenant == "acme" else b"acme"
            assert other not in answer.content


async def test_nobody_gets_in_without_a_token(serve: Serve) -> None:
    centre = centres.busy()
    ask = await serve(centre)
    before = centre.engine.snapshot()
    requests = [(case.method, case.path) for case in CASES.values()]
    requests += [
        (method, path)
        for name, (method, path, _, may) in PLAIN.items()
        if may is not None and name != "log_in"
    ]
    for method, path in [*requests, ("GET", "/v1/live")]:
        for token in ("", "wrong", "acme-admin-and-more"):
            answer = await ask(method, path, token)
            assert answer.status == 401, (method, path)
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            assert answer.json["problem"] == "a valid token is needed"
    assert centre.engine.snapshot() == before


async def test_another_scheme_is_no_token(serve: Serve) -> None:
    ask = await serve(centres.busy())
    answer = await ask("GET", "/v1/state", "", headers={"Authorization": "Basic root"})
    assert answer.status == 401


# -- within a tenant -------------------------------------------------------------------------------


def bob_talks(centre: Centre) -> str:
    """bob of the other team has the next call; returns its id."""
    centre.ready("acme/bob")
    return centre.answer("acme/bob")


async def test_a_supervisor_of_a_team_leaves_other_teams_alone(serve: Serve) -> None:
    centre = centres.busy()
    call_id = bob_talks(centre)
    ask = await serve(centre)
    before = centre.engine.snapshot()
    requests: list[tuple[str, str, Any]] = [
        ("GET", "/v1/agents/acme/bob", None),
        ("GET", "/v1/agents/acme/bob/story", None),
        ("POST", "/v1/agents/acme/bob/sign-out", None),
        ("PUT", "/v1/agents/acme/bob/skills", {"skills": {}}),
    ]
    for method, path, json in requests:
        assert (await ask(method, path, "acme-front", json)).status == 404
    for action in ("hold", "hangup"):
        answer = await ask("POST", f"/v1/calls/{call_id}/{action}", "acme-front")
        assert (answer.status, answer.json["problem"]) == (403, "another agent has this call")
    assert (await ask("POST", f"/v1/calls/{call_id}/transfer", "acme-front", SALES)).status == 403
    assert centre.engine.snapshot() == before
    agents = (await ask("GET", "/v1/agents", "acme-front")).json["items"]
    assert [agent["agent_id"] for agent in agents] == ["acme/alice", "acme/anna"]
    # The tenant's calls are in sight, and a supervisor of all teams may act in them.
    assert (await ask("GET", f"/v1/calls/{call_id}", "acme-front")).status == 200
    assert (await ask("POST", f"/v1/calls/{call_id}/hold", "acme-lead")).status == 200


async def test_an_explanation_names_no_agents_of_other_teams(serve: Serve) -> None:
    centre = centres.busy()
    call_id = bob_talks(centre)
    assert call_id == "acme-wait1"
    ask = await serve(centre)
    whole = await ask("GET", "/v1/calls/acme-wait2/explain", "acme-lead")
    told = await ask("GET", "/v1/calls/acme-wait2/explain", "acme-front")
    assert b"acme/bob" in whole.content
    assert b"acme/bob" not in told.content
    assert b"acme/alice" in told.content
    counts = [
        sum(group["count"] for group in answer.json["wait"]["agents"]) for answer in (whole, told)
    ]
    assert counts == [3, 3]


async def test_an_agent_sees_itself_and_its_own_calls_only(serve: Serve) -> None:
    centre = centres.busy()
    ask = await serve(centre)
    agents = (await ask("GET", "/v1/agents", "acme-alice")).json["items"]
    assert [agent["agent_id"] for agent in agents] == ["acme/alice"]
    calls = (await ask("GET", "/v1/calls", "acme-alice")).json["items"]
    assert [call["call_id"] for call in calls] == ["acme-talk"]
    assert (await ask("GET", "/v1/agents/acme/anna", "acme-alice")).status == 404
    for call_id in ("acme-ring", "acme-wait1", "acme-done", "globex-talk"):
        for action in ("", "/story"):
            path = f"/v1/calls/{call_id}{action}"
            assert (await ask("GET", path, "acme-alice")).status == 404
        for action in ("hold", "retrieve", "hangup"):
            path = f"/v1/calls/{call_id}/{action}"
            assert (await ask("POST", path, "acme-alice")).status == 404


async def test_a_call_passed_on_is_still_seen_and_no_longer_touched(serve: Serve) -> None:
    centre = centres.busy()
    ask = await serve(centre)
    await ask("PUT", "/v1/agents/acme/bob/queues", "root", {"queues": {"acme/sales": {}}})
    assert (await ask("POST", f"{TALK}/transfer", "acme-alice", SALES)).status == 200
    centre.ready("acme/bob")
    assert centre.answer("acme/bob") == "acme-talk"
    assert (await ask("GET", TALK, "acme-alice")).json["agent_id"] == "acme/bob"
    answer = await ask("POST", f"{TALK}/hangup", "acme-alice")
    assert (answer.status, answer.json["problem"]) == (403, "another agent has this call")


#: What must never be dialled because a token says so.
NOT_PHONES = [
    "sofia/gateway/carrier/0900123",
    "sofia/external/0900123@premium.example",
    "sofia/internal/sip:1@198.51.100.7:5060;transport=tcp",
    "loopback/0900123/acd_agents",
    "loopback/app=system:reboot",
    "user/greta",  # another tenant's agent
    "user/alice@globex.example",  # what another tenant allows
    "user/hot-1@globex.example",
    "user/hot-1/x",
    "user/a:b@acme.example",
    "user/a@b@acme.example",
    "user/@acme.example",
    "user/a@acme.example;x=1",
    "user/a@acme-example",
    "user/bob2",
    "USER/bob",
    "error/USER_BUSY",
    "group/agents@acme.example",
]
#: What is not even a contact.
NO_CONTACTS = [
    "user/7,sofia/gateway/carrier/0900123", "user/7|user/8", "user/7:_:user/8&", "&park()",
    "{a=b}user/7", "[a=b]user/7", "<a=b>user/7", "user/${a}", "user/7\nuser/8", "user/7 user/8",
    "user/7\n", "user/'7'", "user/\\7", "user/" + "7" * 200,
]  # fmt: skip
TOKENS_THAT_ACT = ["root", "acme-admin", "acme-lead", "acme-alice"]


@pytest.mark.parametrize("token", TOKENS_THAT_ACT)
async def test_only_telephones_of_the_tenant_can_be_named(serve: Serve, token: str) -> None:
    centre = centres.busy()
    ask = await serve(centre)
    before = centre.engine.snapshot()
    for path in (f"{ALICE}/sign-in", f"{TALK}/supervise"):
        for contact in NOT_PHONES:
            answer = await ask("POST", path, token, {"contact": contact})
            assert (contact, answer.status) == (contact, 403), answer.content
        for contact in NO_CONTACTS:
            answer = await ask("POST", path, token, {"contact": contact})
            may = path != f"{TALK}/supervise" or token != "acme-alice"
            assert (contact, answer.status) == (contact, 422 if may else 403), answer.content
    assert centre.engine.snapshot() == before


@pytest.mark.parametrize("token", TOKENS_THAT_ACT)
@pytest.mark.parametrize("contact", ["user/bob", "user/hot-desk", "user/x@acme.example"])
async def test_telephones_that_the_settings_name(serve: Serve, token: str, contact: str) -> None:
    centre = centres.busy()
    centre.hang_up("acme-talk")
    ask = await serve(centre)
    answer = await ask("POST", f"{ALICE}/sign-in", token, {"contact": contact})
    assert answer.status == 200, answer.content
    assert centre.state.agents["acme/alice"].contact == contact


async def test_who_had_a_call_does_not_act_in_it_when_nobody_has_it(serve: Serve) -> None:
    centre = centres.busy()
    ask = await serve(centre)
    assert (await ask("POST", f"{TALK}/transfer", "acme-alice", SALES)).status == 200
    for action in ("hold", "hangup", "recording/start"):
        answer = await ask("POST", f"{TALK}/{action}", "acme-alice")
        assert (answer.status, answer.json["problem"]) == (403, "another agent has this call")


@pytest.mark.parametrize(
    ("path", "json", "field"),
    [
        (f"{WAIT}/move", {"type": "queue", "queue_id": "globex/support"}, "target.queue_id"),
        (f"{TALK}/transfer", {"type": "queue", "queue_id": "globex/support"}, "target.queue_id"),
        (
            f"{WAIT}/move",
            {"type": "agent", "agent_id": "globex/greta", "backup_queue_id": "acme/sales"},
            "target.agent_id",
        ),
        (
            f"{WAIT}/move",
            {"type": "agent", "agent_id": "acme/bob", "backup_queue_id": "globex/support"},
            "target.backup_queue_id",
        ),
        (f"{WAIT}/move", {"type": "flow", "flow_id": "globex/closed"}, "target.flow_id"),
    ],
)
async def test_nothing_crosses_from_tenant_to_tenant_even_for_root(
    serve: Serve, path: str, json: Any, field: str
) -> None:
    centre = centres.busy()
    ask = await serve(centre)
    before = centre.engine.snapshot()
    for token in ("acme-admin", "root"):
        answer = await ask("POST", path, token, {"target": json})
        assert (answer.status, answer.json["field"]) == (422, field)
    answer = await ask("PUT", f"{ALICE}/queues", "root", {"queues": {"globex/support": {}}})
    assert (answer.status, answer.json["field"]) == (422, "queues")
    assert centre.engine.snapshot() == before


@pytest.mark.parametrize("token", ["watch", "acme-wall"])
async def test_numbers_are_masked_for_those_who_may_not_see_them(serve: Serve, token: str) -> None:
    centre = centres.busy()
    centre.callback("acme-back", "acme/support")
    ask = await serve(centre)
    paths = ["/v1/calls", "/v1/calls?state=ended", "/v1/queues/acme/support/calls"]
    paths += [f"/v1/calls/{name}" for name in ("acme-talk", "acme-back")]
    paths += [f"/v1/calls/{name}/story" for name in ("acme-talk", "acme-back", "acme-done")]
    paths += [f"{ALICE}/story", f"{WAIT}/explain"]
    for path in paths:
        seen = (await ask("GET", path, "root")).content
        masked = (await ask("GET", path, token)).content
        assert b"+49" not in masked, path
        assert b"Jo Caller" not in masked, path
        if "explain" not in path and "agents" not in path:
            assert b"+49" in seen, path
    assert (await ask("GET", TALK, token)).json["ani"] == "***000"
