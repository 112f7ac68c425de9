"""What is asked wrongly is answered in one shape, changes nothing, shows nothing of the inside."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec import structs
from structlog.testing import capture_logs

from acdengine.api.options import ControlOptions
from acdengine.facts import PriorityChanged
from acdengine.runtime.pending_requests import BUSY, DEFECT, STOPPED
from acdengine.settings.errors import Problem
from tests.unit.api import centre as centres
from tests.unit.api.centre import Centre
from tests.unit.api.conftest import EASY, Browser, Serve

ALICE = "/v1/agents/acme/alice"
WAIT = "/v1/calls/acme-wait1"


@pytest.mark.parametrize(
    ("method", "path", "json", "field", "expected"),
    [
        ("POST", f"{ALICE}/not-ready", {}, "reason", ""),
        ("POST", f"{ALICE}/not-ready", {"reason": "golf"}, "reason", "break or lunch"),
        ("POST", f"{ALICE}/not-ready", {"raison": "x"}, "raison", "one of reason"),
        ("POST", f"{ALICE}/not-ready", {"reason": 5}, "reason", "text"),
        ("POST", f"{ALICE}/sign-in", {"contact": "{evil=1}user/1"}, "contact", None),
        ("POST", f"{ALICE}/sign-in", {"contact": "user/1,user/2"}, "contact", None),
        ("POST", f"{ALICE}/wrap-up/extend", {"by_us": 0}, "by_us", "a whole number >= 1"),
        ("POST", f"{ALICE}/wrap-up/extend", {"by_us": 10**30}, "by_us", None),
        ("POST", f"{ALICE}/wrap-up/extend", {"by_us": 1.5}, "by_us", "a whole number"),
        ("PUT", f"{ALICE}/skills", {"skills": {"german": 11}}, "skills", "a whole number <= 10"),
        ("PUT", f"{ALICE}/skills", {"skills": {"9": 1}}, "skills (a key)", None),
        ("PUT", f"{ALICE}/queues", {"queues": {"acme/none": {}}}, "queues", None),
        ("PUT", f"{ALICE}/queues", {"queues": {"acme/sales": {"x": 1}}}, "queues.x", ""),
        ("POST", f"{WAIT}/priority", {"priority": 10_000}, "priority", "a whole number <= 1000"),
        ("POST", f"{WAIT}/move", {"target": {"type": "moon"}}, "target.type", ""),
        ("POST", f"{WAIT}/move", {"target": {"type": "queue"}}, "target.queue_id", ""),
        ("POST", f"{WAIT}/move", {"target": 5}, "target", None),
        ("POST", f"{WAIT}/withdraw", {"cause": "a\nb"}, "cause", None),
        ("POST", f"{WAIT}/withdraw", [], "", "an object"),
        ("POST", "/v1/callbacks", {"queue_id": "acme/x", "number": "+491"}, "queue_id", None),
        ("POST", "/v1/callbacks", {"queue_id": "acme/support", "number": ""}, "number", None),
        ("GET", "/v1/agents?limit=0", None, "limit", "a whole number >= 1"),
        ("GET", "/v1/agents?limit=501", None, "limit", "a whole number <= 500"),
        ("GET", "/v1/agents?limit=many", None, "limit", "a whole number"),
        ("GET", "/v1/agents?limit=1&limit=2", None, "limit", "one value"),
        ("GET", "/v1/agents?state=asleep", None, "state", None),
        ("GET", "/v1/agents?teem=x", None, "teem", "one of limit, cursor, team, queue, state"),
        ("GET", "/v1/state?x=1", None, "x", "nothing"),
        ("GET", "/v1/agents?cursor=x", None, "cursor", None),
        ("GET", "/v1/calls?cursor=WyJhZ2VudHMiLCIxIl0", None, "cursor", None),
        ("GET", "/v1/calls?cursor=%F0%9F%98%80", None, "cursor", None),
        ("GET", "/v1/live?facts=CallQueue", None, "facts", None),
        ("GET", "/v1/live?sound=on", None, "sound", "one of queues, agents, facts"),
    ],
)  # fmt: skip
async def test_the_wrong_field_is_named(
    ask: Browser,
    centre: Centre,
    method: str,
    path: str,
    json: Any,
    field: str,
    expected: str | None,
) -> None:
    before = centre.engine.snapshot()
    answer = await ask(method, path, json=json)
    assert answer.status == 422, answer.content
    assert answer.json["field"] == field
    assert answer.json["problem"]
    if expected is None:
        assert answer.json["expected"]
    else:
        assert answer.json["expected"] == expected
    assert centre.engine.snapshot() == before


@pytest.mark.parametrize(
    "body",
    [b"{", b"\xff", b'{"reason": "\\ud800"}', b'{"reason": "break"} {}', b'{"reason": "\xff"}'],
)
async def test_what_is_not_json(ask: Browser, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await ask("POST", f"{ALICE}/not-ready", data=body, headers=headers)
    assert answer.status == 400
    assert answer.json["problem"].startswith("the body is not JSON")


async def test_another_type_of_body(ask: Browser) -> None:
    answer = await ask("POST", f"{ALICE}/not-ready", data="reason=break")
    assert (answer.status, answer.json["field"]) == (415, "Content-Type")


async def test_a_body_that_is_too_large(serve: Serve, centre: Centre) -> None:
    ask = await serve(centre, structs.replace(EASY, body_limit_bytes=100))
    answer = await ask("POST", f"{ALICE}/not-ready", json={"reason": "x" * 200})
    assert (answer.status, answer.json["expected"]) == (413, "100 bytes at the most")


async def test_a_body_that_never_ends(serve: Serve, centre: Centre) -> None:
    ask = await serve(centre, structs.replace(EASY, request_timeout_s=0.02))

    async def body() -> Any:
        yield b'{"reason": '
        await asyncio.Event().wait()

    headers = {"Content-Type": "application/json"}
    answer = await ask("POST", f"{ALICE}/not-ready", data=body(), headers=headers)
    assert (answer.status, answer.json["problem"]) == (408, "the body did not come in time")


async def test_an_engine_that_does_not_answer(serve: Serve, centre: Centre) -> None:
    async def never(event: object) -> str:
        await asyncio.Event().wait()
        return ""

    centre.request = never  # type: ignore[method-assign]
    ask = await serve(centre, structs.replace(EASY, request_timeout_s=0.02))
    answer = await ask("POST", f"{ALICE}/ready")
    assert answer.status == 504
    assert answer.json["problem"] == "not answered in time; it may still be done"


@pytest.mark.parametrize(("problem", "status"), [(BUSY, 503), (STOPPED, 503), (DEFECT, 500)])
async def test_what_the_runtime_says(
    ask: Browser, centre: Centre, problem: str, status: int
) -> None:
    centre.in_the_way = problem
    answer = await ask("POST", f"{ALICE}/ready")
    assert (answer.status, answer.json["problem"]) == (status, problem)
    assert answer.headers.get("Retry-After") == ("1" if status == 503 else None)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("GET", "/", 404),
        ("GET", "/v1/queues/acme/none", 404),
        ("GET", "/v1/queues/none", 404),
        ("GET", "/v1/agents/acme", 404),
        ("GET", "/v1/agents/acme/alice/bob/carol", 404),
        ("GET", "/v1/calls/none/story", 404),
        ("DELETE", "/v1/callbacks/acme-wait1", 404),
        ("DELETE", ALICE, 405),
        ("HEAD", "/v1/state", 405),
        ("POST", "/v1/openapi.json", 405),
        ("GET", "/v1/live", 426),
    ],
)
async def test_what_is_not_there(ask: Browser, method: str, path: str, status: int) -> None:
    answer = await ask(method, path)
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/json"
    if method != "HEAD":
        assert sorted(answer.json) == ["expected", "field", "problem"]
    if status == 405:
        assert answer.headers["Allow"]


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/v1/calls/acme-talk/priority", "the call does not wait"),
        ("/v1/calls/acme-wait1/hold", "the call is not in a conversation"),
        ("/v1/calls/acme-done/hangup", "the call has ended"),
        ("/v1/agents/acme/bob/ready", "not signed in"),
        ("/v1/agents/acme/alice/wrap-up/end", "not in wrap-up"),
    ],
)
async def test_what_cannot_be_done_now(ask: Browser, path: str, problem: str) -> None:
    json = {"priority": 1} if path.endswith("priority") else None
    answer = await ask("POST", path, json=json)
    assert (answer.status, answer.json["problem"]) == (409, problem)


async def test_a_defect_shows_nothing_of_the_inside(ask: Browser, centre: Centre) -> None:
    def broken(name: str) -> list[Any]:
        raise RuntimeError("secret detail")

    centre.story = broken  # type: ignore[assignment,method-assign]
    with capture_logs() as logs:
        answer = await ask("GET", f"{ALICE}/story")
    assert answer.status == 500
    assert b"secret" not in answer.content
    assert answer.json["problem"] == "something went wrong here; the log says what"
    assert [(log["event"], log["action"]) for log in logs] == [
        ("request failed", "get_agent_story")
    ]


# -- ids in paths ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/v1/queues/acme/support/calls",
        "/v1/queues/acme%2Fsupport/calls",
        "/v1/queues/acme%2fsupport/calls",
    ],
)
async def test_an_id_with_a_slash(ask: Browser, path: str) -> None:
    from yarl import URL

    async with ask.session.get(
        URL(ask.url + path, encoded=True), headers={"Authorization": "Bearer root"}
    ) as response:
        assert response.status == 200
        page = await response.json()
    assert [call["call_id"] for call in page["items"]] == ["acme-ring", "acme-wait1", "acme-wait2"]


@pytest.mark.parametrize("call_id", ["a/b", "a b", "ü", "%", "a?b#c", "..."])
async def test_any_id_of_a_call(ask: Browser, centre: Centre, call_id: str) -> None:
    from urllib.parse import quote

    from yarl import URL

    centre.arrive(call_id)
    url = URL(f"{ask.url}/v1/calls/{quote(call_id, safe='')}", encoded=True)
    async with ask.session.get(url, headers={"Authorization": "Bearer root"}) as response:
        assert response.status == 200
        assert (await response.json())["call_id"] == call_id


# -- rate ------------------------------------------------------------------------------------------


async def test_each_token_has_its_own_rate(serve: Serve, centre: Centre) -> None:
    now = [0.0]
    options = ControlOptions(port=0, rate_per_s=2, rate_burst=3)
    ask = await serve(centre, options, clock=lambda: now[0])
    statuses = [(await ask("GET", "/v1/agents", "acme-lead")).status for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    refused = await ask("GET", "/v1/live", "acme-lead")
    assert (refused.status, refused.headers["Retry-After"]) == (429, "1")
    assert (await ask("GET", "/v1/agents", "acme-admin")).status == 200
    now[0] += 1
    statuses = [(await ask("GET", "/v1/agents", "acme-lead")).status for _ in range(3)]
    assert statuses == [200, 200, 429]


async def test_guessing_tokens_is_slow_and_hinders_nobody(serve: Serve, centre: Centre) -> None:
    options = ControlOptions(port=0, rate_per_s=1, rate_burst=2)
    ask = await serve(centre, options, clock=lambda: 0.0)
    statuses = [(await ask("GET", "/v1/agents", f"guess{n}")).status for n in range(4)]
    assert statuses == [401, 401, 429, 429]
    assert (await ask("GET", "/v1/agents", "root")).status == 200
    assert (await ask("GET", "/v1/health", "")).status == 200


# -- address ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "warned"), [("127.0.0.1", False), ("localhost", False), ("0.0.0.0", True)]
)
async def test_an_address_open_to_others_is_warned_of(
    serve: Serve, centre: Centre, host: str, warned: bool
) -> None:
    with capture_logs() as logs:
        await serve(centre, structs.replace(EASY, host=host))
    told = [log["event"] for log in logs]
    assert told == (["the control interface is open to others"] if warned else [])


async def test_an_address_that_is_taken(serve: Serve, centre: Centre) -> None:
    ask = await serve(centre)
    port = int(ask.url.rpartition(":")[2])
    with pytest.raises(OSError, match="address already in use"):
        await serve(centre, structs.replace(EASY, port=port))


# -- audit -----------------------------------------------------------------------------------------


async def test_every_change_leaves_a_line(ask: Browser) -> None:
    with capture_logs() as logs:
        await ask("POST", f"{ALICE}/not-ready", "acme-lead", {"reason": "break"})
        await ask("POST", f"{ALICE}/not-ready", "acme-wall", {"reason": "break"})
        await ask("POST", f"{ALICE}/not-ready", "", {"reason": "break"})
        await ask("GET", ALICE, "acme-lead")
        wish = {"queue_id": "acme/support", "number": "+4930123456"}
        await ask("POST", "/v1/callbacks", "acme-lead", wish)
        target = {"target": {"type": "number", "number": "+4930123456"}}
        await ask("POST", f"{WAIT}/move", "acme-lead", target)
    stranger = logs.pop(2)
    assert (stranger["event"], stranger["problem"]) == ("stranger", "no token")
    told = [(log["action"], log["by"], log["role"], log["status"], log["given"]) for log in logs]
    number = {"target": {"type": "number", "number": "***456"}}
    assert told == [
        ("set_not_ready", "acme-lead", "supervisor", 200, {"reason": "break"}),
        ("set_not_ready", "acme-wall", "read_only", 403, {}),
        (
            "request_callback", "acme-lead", "supervisor", 200,
            {"queue_id": "acme/support", "number": "***456", "not_before_us": 0},
        ),
        ("move_call", "acme-lead", "supervisor", 200, number),
    ]  # fmt: skip
    assert logs[0]["target"] == {"agent_id": "acme/alice"}
    assert logs[0]["tenant"] == "acme"
    assert logs[1]["problem"] == "not for tokens of the role read_only"


@pytest.mark.parametrize(("in_clear", "told"), [(False, "***456"), (True, "+4930123456")])
async def test_a_number_in_a_contact_is_masked_as_any_in_the_log(
    serve: Serve, centre: Centre, in_clear: bool, told: str
) -> None:
    ask = await serve(centre, structs.replace(EASY, numbers_in_log=in_clear))
    wish = {"contact": "sofia/gateway/carrier/+4930123456"}
    with capture_logs() as logs:
        assert (await ask("POST", f"{ALICE}/sign-in", "acme-lead", wish)).status == 403
    assert logs[0]["given"] == {"contact": f"sofia/gateway/carrier/{told}"}


async def test_facts_say_who_asked(ask: Browser, centre: Centre) -> None:
    await ask("POST", f"{WAIT}/priority", "acme-lead", {"priority": 2})
    told = centre.state.calls["acme-wait1"].story[-1]
    assert isinstance(told, PriorityChanged)
    assert told.by == "acme-lead"


# -- the whole -------------------------------------------------------------------------------------


async def test_settings_that_cannot_be_taken(ask: Browser, centre: Centre) -> None:
    centre.settings_problems = [
        Problem("a.yaml", 3, 5, "tenants.acme", "is wrong", "something right"),
        Problem("b.yaml", 0, 0, "", "cannot be read"),
    ]
    answer = await ask("POST", "/v1/reload", json={})
    assert answer.status == 422
    assert answer.json["problem"] == "2 problems in the settings; nothing was changed"
    assert answer.json["problems"][0] == {
        "file": "a.yaml",
        "line": 3,
        "column": 5,
        "path": "tenants.acme",
        "problem": "is wrong",
        "expected": "something right",
    }


async def test_settings_that_can(ask: Browser) -> None:
    answer = await ask("POST", "/v1/reload", json={"check_only": True})
    change = {
        "kind": "queue", "id": "acme/sales", "how": "changed",
        "fields": ["max_length none -> 5"],
    }  # fmt: skip
    assert answer.json == {"applied": False, "changes": [change], "odd": []}
    assert (await ask("POST", "/v1/reload")).json["applied"] is True


async def test_draining(ask: Browser, centre: Centre) -> None:
    answer = await ask("POST", "/v1/queues/acme/support/drain", "acme-lead", {})
    assert answer.json["draining"] is True
    assert (await ask("POST", "/v1/drain")).json == {
        "draining": True,
        "queues": ["acme/support"],
    }
    assert (await ask("GET", "/v1/state")).json["draining"] is True
    assert (await ask("POST", "/v1/drain", json={"on": False})).json["draining"] is False
    assert not centre.state.draining


async def test_draining_a_switch(ask: Browser, centre: Centre) -> None:
    answer = await ask("POST", "/v1/switches/fs1/drain")
    assert (answer.json["name"], answer.json["draining"]) == ("fs1", True)
    assert centre.state.nodes["fs1"].draining
    assert not centre.state.draining
    answer = await ask("POST", "/v1/switches/fs1/drain", json={"on": False})
    assert answer.json["draining"] is False
    assert (await ask("POST", "/v1/switches/fs9/drain")).status == 404


async def test_readiness_says_why_not(ask: Browser, centre: Centre) -> None:
    ready = {"status": "ok", "switches_down": [], "records": "off"}
    assert (await ask("GET", "/v1/ready", "")).json == ready
    centre.why_not_ready = "no switch is connected"
    answer = await ask("GET", "/v1/ready", "")
    assert (answer.status, answer.json["problem"]) == (503, "no switch is connected")
    assert (await ask("GET", "/v1/health", "")).status == 200


async def test_metrics_are_text(ask: Browser) -> None:
    answer = await ask("GET", "/v1/metrics", "watch")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert b"acdengine_up 1" in answer.content


async def test_the_state_in_figures(ask: Browser) -> None:
    state = (await ask("GET", "/v1/state")).json
    assert (state["calls"], state["waiting"], state["conversations"]) == (7, 5, 2)
    assert state["tenants"] == ["acme", "globex"]
    assert state["agents"]["talking"] == 2
    assert state["longest_wait_us"] == 2_000_000
    own = (await ask("GET", "/v1/state", "globex-wall")).json
    assert (own["calls"], own["waiting"], own["conversations"]) == (3, 2, 1)
    assert (own["queues"], own["tenants"]) == (1, ["globex"])


async def test_what_an_agent_asks_for_is_done(ask: Browser, centre: Centre) -> None:
    answer = await ask("POST", f"{ALICE}/not-ready", "acme-alice", {"reason": "lunch"})
    assert (answer.json["state"], answer.json["pending"]) == ("talking", "not_ready")
    answer = await ask("POST", "/v1/calls/acme-talk/hangup", "acme-alice")
    assert (answer.json["state"], answer.json["outcome"]) == ("ended", "answered")
    assert (await ask("GET", ALICE, "acme-alice")).json["state"] == "wrap_up"
    answer = await ask("POST", f"{ALICE}/wrap-up/extend", "acme-alice", {"by_us": 7_000_000})
    assert answer.json["until_us"] == centre.at_us + 37_000_000
    answer = await ask("POST", f"{ALICE}/wrap-up/end", "acme-alice")
    assert (answer.json["state"], answer.json["reason"]) == ("not_ready", "lunch")
    answer = await ask("POST", f"{ALICE}/ready", "acme-alice")
    assert (answer.json["state"], answer.json["call_id"]) == ("ringing", "acme-wait1")


async def test_a_callback_from_the_web_and_its_end(ask: Browser, centre: Centre) -> None:
    wish = {"queue_id": "acme/sales", "number": "+4930123456"}
    answer = await ask("POST", "/v1/callbacks", "acme-lead", wish)
    call = answer.json
    assert (call["queue_id"], call["position"], call["ani"]) == ("acme/sales", 1, "+4930123456")
    assert call["callback"]["state"] == "waiting"
    answer = await ask("DELETE", f"/v1/callbacks/{call['call_id']}", "acme-lead")
    assert (answer.json["state"], answer.json["cause"]) == ("ended", "cancelled")
    wish["number"] = "+33123456"
    answer = await ask("POST", "/v1/callbacks", "acme-lead", wish)
    assert (answer.status, answer.json["problem"]) == (409, "this number may not be dialled")


def test_the_centre_of_these_tests_is_sound() -> None:
    centres.busy().engine.check()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", f"{ALICE}/not-ready", {"reason": "lunch\n"}),
        ("PUT", f"{ALICE}/skills", {"skills": {"german\n": 3}}),
        ("PUT", f"{ALICE}/queues", {"queues": {"acme/sales\n": {}}}),
        ("POST", "/v1/callbacks", {"queue_id": "acme/support", "number": "+4930\n"}),
        ("POST", "/v1/calls/acme-talk/consult", {"number": "+4930\n"}),
        ("POST", "/v1/calls/acme-talk/consult", {"number": "\n"}),
        ("POST", "/v1/calls/acme-talk/supervise", {"contact": "user/7\n"}),
        ("POST", "/v1/calls/acme-wait1/withdraw", {"cause": "spam\n"}),
        (
            "POST",
            "/v1/calls/acme-talk/transfer",
            {"target": {"type": "voicemail", "box": "acme/box\n"}},
        ),
    ],
)
async def test_no_value_ends_in_a_line_end(
    ask: Browser, method: str, path: str, body: dict[str, Any]
) -> None:
    answer = await ask(method, path, "root", body)
    assert answer.status == 422, answer.content
    assert answer.json["problem"] != "no such reason"
