"""Pages of lists that change while they are read."""

from __future__ import annotations

import asyncio
from itertools import chain
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acdengine.api import paging
from acdengine.api.paging import (
    decode_cursor,
    decode_numbers,
    encode_cursor,
    page_by_id,
    page_by_key,
)
from acdengine.api.problems import Refused
from queues.policy import OrderPolicy
from tests.unit.api import centre as centres
from tests.unit.api.conftest import Browser, Serve

ids = st.text("abc/", min_size=1, max_size=4)
changes = st.lists(st.tuples(st.booleans(), ids), max_size=6)


@given(st.sets(ids, max_size=30), st.lists(changes, max_size=20), st.integers(1, 5))
def test_a_row_that_stays_is_in_exactly_one_page(
    there: set[str], between: list[list[tuple[bool, str]]], limit: int
) -> None:
    rows = {name: name for name in sorted(there)}
    stayed = set(there)
    seen: list[str] = []
    cursor, rounds = "", iter(between)
    while True:
        page, cursor = page_by_id(rows, lambda name: name != "b", limit, cursor, "x")
        assert len(page) <= limit
        seen += page
        if not cursor:
            break
        for comes, name in next(rounds, []):
            if comes:
                rows[name] = name
            else:
                rows.pop(name, None)
                stayed.discard(name)
    assert seen == sorted(set(seen))
    assert {name for name in stayed if name in rows and name != "b"} <= set(seen)


@given(st.permutations(range(30)), st.integers(1, 5), st.integers(1, 40), st.booleans())
def test_pages_by_key_together_are_all_rows(
    rows: list[int], limit: int, at_once: int, is_sorted: bool
) -> None:
    async def read() -> list[int]:
        seen: list[int] = []
        after: int | None = None
        while True:
            page, after = await page_by_key(
                sorted(rows) if is_sorted else rows,
                lambda row: row,
                lambda row: row % 3 != 0,
                limit,
                after,
                is_sorted=is_sorted,
            )
            assert len(page) <= limit
            seen += page
            if after is None:
                return seen

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paging, "_AT_ONCE", at_once)
        assert asyncio.run(read()) == [row for row in range(30) if row % 3 != 0]


@given(st.text(), st.integers(-(2**160), 2**160))
def test_a_cursor_comes_back(text: str, number: int) -> None:
    assert decode_cursor(encode_cursor("x", text), "x", 1) == [text]
    assert decode_numbers(encode_cursor("x", number, 1), "x", 2) == (number, 1)


@given(st.text(max_size=50))
def test_anything_else_is_no_cursor(text: str) -> None:
    with pytest.raises(Refused) as refusal:
        decode_numbers(text, "x", 2)
    assert refusal.value.status == 422


@pytest.mark.parametrize(
    "cursor",
    [
        encode_cursor("y", 1),
        encode_cursor("x"),
        encode_cursor("x", 1, 2),
        encode_cursor("x", "one"),
        encode_cursor("x", 10**100),
        encode_cursor("x", 1) + "!",
    ],
)
def test_a_cursor_of_another_list(cursor: str) -> None:
    with pytest.raises(Refused):
        decode_numbers(cursor, "x", 1)


# -- over HTTP -------------------------------------------------------------------------------------


async def pages(ask: Browser, path: str, limit: int, between: Any = None) -> list[list[str]]:
    """All pages of a list, by the first id of each row; ``between`` happens after each."""
    found: list[list[str]] = []
    cursor = ""
    while True:
        mark = "&" if "?" in path else "?"
        answer = await ask("GET", f"{path}{mark}limit={limit}&cursor={cursor}")
        assert answer.status == 200
        rows = answer.json["items"]
        found.append([next(value for name, value in row.items() if name.endswith("_id"))
                      for row in rows])  # fmt: skip
        cursor = answer.json["next"]
        if not cursor:
            return found
        assert len(rows) == limit
        if between is not None:
            between(len(found))


async def test_every_list_has_pages(ask: Browser) -> None:
    assert await pages(ask, "/v1/queues", 2) == [
        ["acme/sales", "acme/support"],
        ["globex/support"],
    ]
    assert await pages(ask, "/v1/agents", 3) == [
        ["acme/alice", "acme/anna", "acme/bob"],
        ["globex/greta"],
    ]
    assert await pages(ask, "/v1/agents?state=talking", 1) == [["acme/alice"], ["globex/greta"]]
    assert await pages(ask, "/v1/agents?team=acme/front", 5) == [["acme/alice", "acme/anna"]]
    assert await pages(ask, "/v1/agents?queue=globex/support", 5) == [["globex/greta"]]
    assert list(chain(*await pages(ask, "/v1/calls", 2))) == [
        "acme-talk", "globex-talk", "acme-ring", "acme-wait1", "acme-wait2", "globex-wait1",
        "globex-wait2",
    ]  # fmt: skip
    assert await pages(ask, "/v1/calls?state=ended", 1) == [["acme-done"], ["globex-done"]]
    assert await pages(ask, "/v1/calls?queue=globex/support", 5) == [
        ["globex-wait1", "globex-wait2"]
    ]


@pytest.mark.parametrize(
    "path",
    ["calls?queue=acme/none", "agents?queue=acme/none", "agents?team=x", "calls?queue=acme/sales"],
)
async def test_what_is_out_of_sight_narrows_no_list(ask: Browser, path: str) -> None:
    """What there is not, and what another tenant has, look alike."""
    answer = await ask("GET", f"/v1/{path}", "globex-lead" if "sales" in path else "root")
    assert answer.status == 422
    assert answer.json["problem"].startswith("there is no ")
    assert ("acme" in answer.json["expected"]) == ("sales" not in path)


@pytest.mark.parametrize(
    "order",
    [
        OrderPolicy(),
        OrderPolicy(mode="bands"),
        OrderPolicy(mode="weights", weights={1: 2.0, 2: 5.0, 3: 0.5}),
    ],
    ids=lambda order: order.mode,
)
async def test_waiting_calls_that_stay_are_seen_once_in_the_order_of_service(
    serve: Serve, order: OrderPolicy
) -> None:
    draw = Random(7)
    centre = centres.Centre(order)
    queue = centre.state.queues["acme/support"]
    for n in range(40):
        centre.arrive(f"c{n}", priority=draw.randrange(4))
        centre.passes(draw.randrange(3))
    ask = await serve(centre)
    first_us = centre.at_us
    calls = list(queue.calls.values())
    gone: list[str] = []

    def happens(page: int) -> None:
        centre.passes(20)
        call_id = draw.choice(list(queue.calls))
        gone.append(call_id)
        centre.hang_up(call_id)
        centre.arrive(f"new{page}", priority=draw.randrange(4))

    found = list(chain(*await pages(ask, "/v1/queues/acme/support/calls", 7, happens)))
    assert len(found) == len(set(found))
    stayed = [call.call_id for call in calls if call.call_id not in gone]
    assert set(stayed) <= set(found)

    def urgency(call: Any) -> tuple[float, ...]:
        waited = first_us - call.wait_since_us
        if order.mode == "bands":
            return (-call.priority, -waited)
        if order.mode == "weights":
            return (-waited * order.weights.get(call.priority, 1.0),)
        return (-waited - call.priority * 60_000_000,)

    expected = [call.call_id for call in sorted(calls, key=urgency)]
    assert [name for name in found if name in stayed] == [
        name for name in expected if name in stayed
    ]


async def test_positions_and_estimates_are_of_this_moment(ask: Browser) -> None:
    answer = await ask("GET", "/v1/queues/acme/support/calls?limit=2")
    rows = answer.json["items"]
    assert [row["position"] for row in rows] == [1, 2]
    assert [row["waited_us"] for row in rows] == [2_000_000, 1_000_000]
    # Two agents, three minutes each until something is measured; one caller of two has given up.
    assert [row["estimate_us"] for row in rows] == [90_000_000, 135_000_000]
