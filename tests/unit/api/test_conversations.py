"""Consults and supervision over the control interface, and who gets to see them."""

from __future__ import annotations

from typing import Any

import pytest

from acdengine.events import PartyAnswered
from acdengine.settings.credentials import Access
from tests.unit.api.centre import ACCESSES, Centre
from tests.unit.api.conftest import Browser, Serve
from tests.unit.api.test_matrix import consult, supervise

TALK = "/v1/calls/acme-talk"
MORE = (
    Access("acme-anna", "agent", "acme", (), "acme/anna"),
    Access("acme-bob", "agent", "acme", (), "acme/bob"),
    Access("acme-back", "supervisor", "acme", ("acme/back",)),
    Access("acme-bobs-lead", "supervisor", "acme", (), "acme/bob"),
)


@pytest.fixture(autouse=True)
def more_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    for access in MORE:
        monkeypatch.setitem(ACCESSES, access.name, access)


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("consult", {}, ""),
        ("consult", {"agent_id": "acme/anna", "number": "+491"}, ""),
        ("consult", {"agent_id": "globex/greta"}, "agent_id"),
        ("consult", {"queue_id": "globex/support"}, "queue_id"),
        ("consult", {"number": "+49 1\n"}, "number"),
        ("consult", {"number": "${evil}"}, "number"),
        ("supervise", {}, "contact"),
        ("supervise", {"contact": "{a=b}user/1"}, "contact"),
        ("supervise", {"contact": "user/1,user/2"}, "contact"),
        ("supervise", {"contact": "user/1", "mode": "shout"}, "mode"),
        ("supervise/mode", {}, "mode"),
    ],
)
async def test_what_is_asked_wrongly(ask: Browser, path: str, body: Any, field: str) -> None:
    answer = await ask("POST", f"{TALK}/{path}", "acme-admin", body)
    assert (answer.status, answer.json["field"]) == (422, field), answer.content


@pytest.mark.parametrize(
    ("path", "body", "problem"),
    [
        ("consult", {"number": "+331234567"}, "this number may not be dialled"),
        ("consult", {"agent_id": "acme/anna"}, "this agent is not free"),
        ("consult", {"queue_id": "acme/sales"}, "no agent of this queue is free"),
        ("consult/swap", None, "no such consult"),
        ("supervise/end", None, "nobody supervises this conversation"),
    ],
)
async def test_what_cannot_be_done_now(ask: Browser, path: str, body: Any, problem: str) -> None:
    answer = await ask("POST", f"{TALK}/{path}", "acme-alice" if body else "root", body)
    assert (answer.status, answer.json["problem"]) == (409, problem)


async def test_a_consult_is_shown_with_its_number_masked(serve: Serve, centre: Centre) -> None:
    consult(centre)
    ask = await serve(centre)
    shown = (await ask("GET", TALK, "acme-alice")).json["consult"]
    assert (shown["state"], shown["agent_id"]) == ("private", "")
    assert shown["answered_us"] == centre.at_us
    after = await ask("POST", f"{TALK}/consult/return", "acme-alice")
    assert (after.json["state"], after.json["consult"]) == ("talking", None)


async def test_whoever_is_asked_sees_the_call_and_may_not_act_in_it(
    serve: Serve, centre: Centre
) -> None:
    ask = await serve(centre)
    centre.hang_up("acme-wait1")
    centre.hang_up("acme-wait2")
    centre.hang_up("acme-ring")
    centre.engine.check()
    done = await ask("POST", f"{TALK}/consult", "root", {"agent_id": "acme/anna"})
    assert done.json["consult"]["agent_id"] == "acme/anna"
    assert (await ask("GET", TALK, "acme-anna")).status == 200
    assert (await ask("POST", f"{TALK}/consult/complete", "acme-anna")).status == 403
    assert (await ask("GET", TALK, "acme-bob")).status == 404


@pytest.mark.parametrize("token", ["acme-wall", "watch", "acme-back"])
async def test_who_may_not_listen_is_not_shown_who_does(
    serve: Serve, centre: Centre, token: str
) -> None:
    """Alice is of the team that `acme-front` leads."""
    supervise(centre)
    ask = await serve(centre)
    assert (await ask("GET", TALK, token)).json["supervision"] is None
    assert b"Supervision" not in (await ask("GET", f"{TALK}/story", token)).content
    assert (await ask("GET", TALK, "acme-front")).json["supervision"]["mode"] == "listen"
    assert b"SupervisionStarted" in (await ask("GET", f"{TALK}/story", "acme-front")).content


async def test_an_agent_is_not_shown_who_listens(serve: Serve, centre: Centre) -> None:
    supervise(centre)
    ask = await serve(centre)
    seen = (await ask("GET", TALK, "acme-lead")).json
    assert seen["supervision"]["mode"] == "listen"
    assert (await ask("GET", TALK, "acme-alice")).json["supervision"] is None
    told = (await ask("GET", f"{TALK}/story", "acme-lead")).content
    assert b"SupervisionStarted" in told
    kept = (await ask("GET", f"{TALK}/story", "acme-alice")).content
    own = (await ask("GET", "/v1/agents/acme/alice/story", "acme-alice")).content
    assert b"Supervision" not in kept + own


async def test_a_supervisor_who_is_an_agent_is_rung_at_the_usual_telephone(
    serve: Serve, centre: Centre
) -> None:
    ask = await serve(centre)
    done = await ask("POST", f"{TALK}/supervise", "acme-bobs-lead", {"mode": "whisper_agent"})
    assert done.json["supervision"]["agent_id"] == "acme/bob"
    party_id = centre.call("acme-talk").supervisor_id
    centre.feed(PartyAnswered(centre.at_us, party_id))
    # Another supervisor does not make this one heard.
    other = await ask("POST", f"{TALK}/supervise/mode", "acme-lead", {"mode": "barge"})
    assert (other.status, other.json["problem"]) == (
        403, "another token supervises this conversation",
    )  # fmt: skip
    changed = await ask("POST", f"{TALK}/supervise/mode", "acme-bobs-lead", {"mode": "barge"})
    assert changed.json["supervision"]["mode"] == "barge"
    taken = await ask("POST", f"{TALK}/supervise/take-over", "acme-bobs-lead")
    assert taken.json["state"] == "outside"


@pytest.mark.parametrize(
    ("token", "as_supervisor"),
    [("acme-alice", False), ("acme-lead", True), ("acme-front", True), ("root", True)],
)
async def test_who_supervises_is_told_apart_in_stopping_a_recording(
    serve: Serve, centre: Centre, monkeypatch: pytest.MonkeyPatch, token: str, as_supervisor: bool
) -> None:
    asked: list[Any] = []

    async def request(event: Any) -> str:
        asked.append(event)
        return "no"

    monkeypatch.setattr(centre, "request", request)
    ask = await serve(centre)
    assert (await ask("POST", f"{TALK}/recording/stop", token)).status == 409
    assert [event.as_supervisor for event in asked] == [as_supervisor]
