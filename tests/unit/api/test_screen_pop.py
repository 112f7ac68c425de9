"""The screen pop over API and live feed: the agent's own, before the call is answered; masked by
role; never another tenant's or another agent's."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from acdengine.engine import Engine
from acdengine.requests import ConsultRequested
from acdengine.settings.credentials import Access
from tests.unit.api import centre as centres
from tests.unit.api.centre import QUEUES, Centre
from tests.unit.api.conftest import EASY, Browser, Serve
from tests.unit.api.test_live import message, until_live

BOB = Access("bob", "agent", "acme", (), "acme/bob")
BACK = Access("back", "supervisor", "acme", ("acme/back",))
#: A session of an account sees the same as a token.
MORE = {"acme-bob": BOB, "acme-back": BACK}

SCREEN = {
    "queue_id": "acme/support",
    "ani": "+49301000000",
    "name": "Jo Caller",
    "dnis": "100",
    "customer_id": "",
    "priority": 2,
    "waited_us": 5_000_000,
    "extra": {"campaign": "winter"},
}
MASKED = {**SCREEN, "ani": "***000", "name": ""}


def centre_with(**policy: Any) -> Centre:
    """The centre of the other tests, with a screen pop of its queues' own and no calls."""
    centre = Centre()
    plan = centres.plan()
    shown = {"campaign": "winter"}
    queues = {
        name: structs.replace(plan.queues[name], screen_pop=shown, **policy) for name in QUEUES
    }
    nodes = centre.engine.state.nodes
    centre.engine = Engine(structs.replace(plan, queues=queues))
    centre.engine.state.nodes.update(nodes)
    return centre


def rings(centre: Centre) -> None:
    """A call waits for five seconds, then rings at bob."""
    centre.arrive("acme-new", priority=2)
    centre.passes(5)
    centre.ready("acme/bob")


async def offers_heard(centre: Centre, ask: Browser, token: str) -> list[Any]:
    """The offers that a bearer hears of while the call rings at bob."""
    ws = await ask.live(token)
    told = await until_live(ws)
    rings(centre)
    await ws.send_json({"type": "subscribe"})
    while told[-1]["type"] != "snapshot":
        told.append(await message(ws))
    facts = [fact for part in told if part["type"] == "facts" for fact in part["facts"]]
    return [fact for fact in facts if fact["type"] == "OfferMade"]


@pytest.mark.parametrize(
    ("token", "screen"),
    [
        ("acme-bob", SCREEN),
        ("acme-lead", SCREEN),
        ("acme-back", SCREEN),
        ("root", SCREEN),
        ("acme-wall", MASKED),
        ("watch", MASKED),
    ],
)
async def test_the_offer_shows_it_before_the_call_is_answered(
    serve: Serve, token: str, screen: dict[str, Any]
) -> None:
    centre = centre_with()
    ask = await serve(centre)
    ask.server.take_credentials(centres.credentials(**MORE))
    (offer,) = await offers_heard(centre, ask, token)
    assert (offer["agent_id"], offer["screen"]) == ("acme/bob", screen)
    seen = (await ask("GET", "/v1/agents/acme/bob", token)).json
    assert (seen["state"], seen["screen"]) == ("ringing", screen)
    story = (await ask("GET", "/v1/agents/acme/bob/story", token)).json["facts"]
    assert [fact["screen"] for fact in story if fact["type"] == "OfferMade"] == [screen]


@pytest.mark.parametrize("token", ["acme-alice", "globex-greta", "globex-lead", "globex-admin"])
async def test_another_agent_and_another_tenant_never_see_it(serve: Serve, token: str) -> None:
    centre = centre_with()
    centre.ready("globex/greta")
    ask = await serve(centre)
    assert await offers_heard(centre, ask, token) == []
    for path in ("/v1/agents/acme/bob", "/v1/agents/acme/bob/story", "/v1/calls/acme-new"):
        assert (await ask("GET", path, token)).status == 404
    assert b"+49301000000" not in (await ask("GET", "/v1/agents", token)).content


async def test_one_who_had_the_call_sees_offers_to_others_without_their_screens(
    serve: Serve,
) -> None:
    """bob passes the call on to alice; its story is his, what her screen shows is hers."""
    centre = centre_with()
    rings(centre)
    centre.answer("acme/bob")
    ask = await serve(centre)
    ask.server.take_credentials(centres.credentials(**MORE))
    centre.ready("acme/alice")
    target = {"type": "queue", "queue_id": "acme/support"}
    answer = await ask("POST", "/v1/calls/acme-new/transfer", "acme-bob", {"target": target})
    assert answer.status == 200

    async def screens(token: str) -> list[bool]:
        story = (await ask("GET", "/v1/calls/acme-new/story", token)).json["facts"]
        return [fact["screen"] is not None for fact in story if fact["type"] == "OfferMade"]

    assert await screens("acme-bob") == [True, False]
    assert await screens("acme-alice") == [False, True]
    assert await screens("acme-lead") == [True, True]


async def test_a_desk_that_connects_late_sees_it_in_the_snapshot(serve: Serve) -> None:
    centre = centre_with()
    rings(centre)
    ask = await serve(centre)
    ask.server.take_credentials(centres.credentials(**MORE))
    centre.passes(3)
    told = await until_live(await ask.live("acme-bob"))
    (agent,) = [row for part in told if part["type"] == "rows" for row in part["agents"]]
    assert agent["screen"] == {**SCREEN, "waited_us": 8_000_000}
    centre.answer("acme/bob")
    centre.passes(60)
    seen = (await ask("GET", "/v1/agents/acme/bob", "acme-bob")).json
    assert (seen["state"], seen["screen"]["waited_us"]) == ("talking", 8_000_000)
    centre.hang_up("acme-new")
    assert (await ask("GET", "/v1/agents/acme/bob", "acme-bob")).json["screen"] is None


async def test_a_number_that_telephones_do_not_show_is_not_on_the_screen(serve: Serve) -> None:
    centre = centre_with(show_numbers=False)
    ask = await serve(centre)
    (offer,) = await offers_heard(centre, ask, "root")
    assert offer["screen"] == {**SCREEN, "ani": ""}


async def test_roles_that_see_no_numbers_see_none_on_screens(serve: Serve) -> None:
    centre = centre_with()
    ask = await serve(centre, structs.replace(EASY, numbers_shown_to=("admin",)))
    ask.server.take_credentials(centres.credentials(**MORE))
    (offer,) = await offers_heard(centre, ask, "acme-bob")
    assert offer["screen"] == MASKED


async def test_a_consulted_agent_has_it_too(serve: Serve) -> None:
    centre = centre_with()
    rings(centre)
    centre.answer("acme/bob")
    centre.ready("acme/alice")
    ask = await serve(centre)
    ws = await ask.live("acme-alice")
    await until_live(ws)
    centre.feed(ConsultRequested(centre.at_us, call_id="acme-new", agent_id="acme/alice"))
    facts = [fact for fact in (await message(ws))["facts"] if fact["type"] == "ConsultStarted"]
    assert [fact["screen"] for fact in facts] == [SCREEN]
    assert (await ask("GET", "/v1/agents/acme/alice", "acme-alice")).json["screen"] == SCREEN
