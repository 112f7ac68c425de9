"""What the dialplan writes on a caller's leg: taken as it is meant, or left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from acdengine.events import CallArrived
from adapters.freeswitch.translation.dialplan_hints import NO_HINTS, Hints, read_hints
from tests.unit.freeswitch.desk import Desk


@pytest.mark.parametrize(
    ("text", "skills"),
    [
        ("german", {"german": 1}),
        ("german:5", {"german": 5}),
        ("german=10, machines:3", {"german": 10, "machines": 3}),
        ("german:3,german:7,german:2", {"german": 7}),
        ("german:0,english:11,french:99,dutch:-1", {}),
        ("a b,german:2,${x},'q',5,a:b:c,{},:3", {"german": 2}),
        (",,", {}),
        ("x" * 65, {}),
        ("german:5\nexit", {}),
    ],
)
def test_skills_with_their_least_proficiency(text: str, skills: dict[str, int]) -> None:
    assert read_hints("c", text, "", "", "").skills == skills


def test_a_call_asks_for_so_many_skills_at_the_most() -> None:
    text = ",".join(f"s{number}" for number in range(100)) + ",s1:9"
    assert list(read_hints("c", text, "", "", "").skills) == [f"s{number}" for number in range(32)]


@pytest.mark.parametrize(
    ("text", "priority"),
    [
        ("5", 5), ("-3", -3), (" 7 ", 7), ("1000", 1000), ("1001", 0), ("-1001", 0), ("five", 0),
        ("5.5", 0), ("٥", 0), ("9" * 400, 0), ("", 0),
    ],
)  # fmt: skip
def test_a_priority_within_its_bounds(text: str, priority: int) -> None:
    assert read_hints("c", "", text, "", "").priority == priority


@pytest.mark.parametrize(
    ("customer", "queue", "read"),
    [
        ("miller", "support", ("miller", "support")),
        ("m.i@x-1", "acme/support", ("m.i@x-1", "acme/support")),
        ("a/b", "a/b/c", ("", "")),
        ("a b", "/support", ("", "")),
        ("${uuid}", "support\n", ("", "")),
        ("x" * 65, "x" * 65, ("", "")),
    ],
)
def test_names_that_can_be_names(customer: str, queue: str, read: tuple[str, str]) -> None:
    hints = read_hints("c", "", "", customer, queue)
    assert (hints.customer_id, hints.queue_id) == read


def test_a_customer_is_named_in_no_log() -> None:
    with capture_logs() as logs:
        read_hints("c", "a b", "x", "Ann Miller, +4930123", "/q")
    assert [(line["name"], line["value"]) for line in logs] == [
        ("acd_skills", "a b"), ("acd_priority", "x"), ("acd_customer", ""), ("acd_queue", "/q"),
    ]  # fmt: skip


def test_where_nothing_is_said_there_are_no_hints() -> None:
    assert read_hints("c", "", "", "", "") is NO_HINTS


@given(st.text(max_size=300), st.text(max_size=50), st.text(max_size=80), st.text(max_size=80))
def test_whatever_is_said_the_hints_are_within_their_bounds(
    skills: str, priority: str, customer: str, queue: str
) -> None:
    hints = read_hints("c", skills, priority, customer, queue)
    assert all(1 <= level <= 10 for level in hints.skills.values())
    assert len(hints.skills) <= 32
    assert -1000 <= hints.priority <= 1000
    for name in (*hints.skills, hints.customer_id, hints.queue_id):
        assert name.isascii()
        assert not set(name) & set(" \t\r\n${}'\"\\,;")


def test_they_come_with_the_call() -> None:
    desk = Desk()
    desk.hear(
        "CHANNEL_PARK", "c", direction="inbound", skills="german:5", priority="2",
        customer="miller", queue="acme/support",
    )  # fmt: skip
    [arrived] = desk.reported
    assert isinstance(arrived, CallArrived)
    assert (arrived.skills, arrived.priority) == ({"german": 5}, 2)
    assert (arrived.customer_id, arrived.wanted_queue) == ("miller", "acme/support")
    assert Hints({"german": 5}, 2, "miller", "acme/support") == read_hints(
        "c", "german:5", "2", "miller", "acme/support"
    )
