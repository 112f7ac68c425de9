"""Names in requests: what means nothing is refused with what there is, and changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api.centre import Centre
from tests.unit.api.conftest import Browser, Serve

ALICE = "/v1/agents/acme/alice"
WAIT = "/v1/calls/acme-wait1"

#: A request, the field that is wrong, what is said of it and what there is.
NAMES = [
    ("PUT", f"{ALICE}/skills", {"skills": {"klingon": 3}}, "skills", "no such skill: klingon",
     "english or german"),
    ("PUT", f"{ALICE}/skills", {"skills": {"germn": 3}}, "skills",
     "no such skill: germn (did you mean 'german'?)", "english or german"),
    ("POST", f"{ALICE}/not-ready", {"reason": "golf"}, "reason", "no such reason: golf",
     "break or lunch"),
    ("PUT", f"{ALICE}/queues", {"queues": {"acme/x": {}}}, "queues", "no such queue: acme/x",
     "acme/sales or acme/support"),
    ("PUT", f"{ALICE}/queues", {"queues": {"globex/support": {}}}, "queues",
     "no such queue: globex/support", "acme/sales or acme/support"),
    ("POST", f"{WAIT}/move", {"target": {"type": "voicemail", "box": "acme/x"}}, "target.box",
     "no such box: acme/x", "acme/night"),
    ("POST", f"{WAIT}/move", {"target": {"type": "flow", "flow_id": "acme/x"}}, "target.flow_id",
     "no such flow: acme/x", "acme/closed or acme/menu"),
    ("POST", f"{WAIT}/move", {"target": {"type": "agent", "agent_id": "acme/zoe",
     "backup_queue_id": "acme/sales"}}, "target.agent_id", "no such agent: acme/zoe",
     "acme/alice, acme/anna or acme/bob"),
    ("POST", f"{WAIT}/move", {"target": {"type": "number", "number": "+49*21#"}}, "target.number",
     "'+49*21#' is no number that can be dialled", None),
    ("POST", f"{WAIT}/move", {"target": {"type": "hangup", "cause": "golf"}}, "target.cause",
     "is not known here", None),
    ("POST", "/v1/calls/acme-talk/consult", {"number": "+49"}, "number",
     "'+49' is no number that can be dialled", None),
    ("POST", "/v1/calls/acme-talk/transfer", {"target": {"type": "voicemail", "box": "acme/x"}},
     "target.box", "no such box: acme/x", "acme/night"),
    ("POST", "/v1/callbacks", {"queue_id": "acme/none", "number": "+4930123456"}, "queue_id",
     "no such queue", None),
    *(
        ("POST", "/v1/callbacks", {"queue_id": "acme/support", "number": number}, "number",
         f"'{number}' is no number that can be dialled", None)
        for number in ("+49", "+49*21#", "+4930123456x", "+49301234567890123", "+49301#", "*21*1#")
    ),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "json", "field", "problem", "expected"), NAMES)
async def test_a_name_that_means_nothing_is_refused_with_what_there_is(
    serve: Serve, centre: Centre, method: str, path: str, json: Any, field: str, problem: str,
    expected: str | None,
) -> None:  # fmt: skip
    ask = await serve(centre)
    before = centre.engine.snapshot()
    answer = await ask(method, path, "root", json=json)
    assert (answer.status, answer.json["field"]) == (422, field), answer.content
    assert answer.json["problem"].startswith(problem)
    if expected is not None:
        assert answer.json["expected"] == expected
    assert centre.engine.snapshot() == before


async def test_a_text_of_the_wrong_form_is_told_in_words(ask: Browser) -> None:
    body = {"queue_id": "acme/support", "number": "+49 30 123"}
    answer = await ask("POST", "/v1/callbacks", json=body)
    assert (answer.status, answer.json["field"], answer.json["expected"]) == (
        422, "number", "a number to dial, such as +49301234567",
    )  # fmt: skip


async def test_names_out_of_sight_are_not_told(serve: Serve, centre: Centre) -> None:
    ask = await serve(centre)
    answer = await ask("PUT", f"{ALICE}/queues", "acme-front", json={"queues": {"acme/x": {}}})
    assert "globex" not in answer.content.decode()


async def test_the_second_request_for_a_number_is_told_about_the_first(
    serve: Serve, centre: Centre
) -> None:
    ask = await serve(centre)
    wish = {"queue_id": "acme/support", "number": "+4930123456"}
    first = await ask("POST", "/v1/callbacks", "root", json=wish)
    again = await ask("POST", "/v1/callbacks", "root", json=wish)
    assert (first.status, again.status) == (200, 409)
    assert first.json["call_id"] in again.json["problem"]


async def test_a_telephone_in_use_is_refused_with_who_is_there(
    serve: Serve, centre: Centre
) -> None:
    ask = await serve(centre)
    desk = {"contact": "user/7"}
    assert (await ask("POST", "/v1/agents/acme/bob/sign-in", "root", json=desk)).status == 200
    centre.hang_up("acme-talk")
    again = await ask("POST", f"{ALICE}/sign-in", "root", json=desk)
    assert (again.status, again.json["problem"]) == (409, "acme/bob is signed in on this telephone")
