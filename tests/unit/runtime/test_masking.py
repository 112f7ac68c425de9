from __future__ import annotations

import os
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from msgspec import structs

from acdengine.conversation_facts import CallTransferred
from acdengine.facts import AnyFact, CallbackPlaced, CallEnded, CallStarted, OfferMade
from acdengine.flow_facts import CallTagged
from acdengine.runtime.masking import (
    NUMBER_FIELDS,
    SCREEN_FIELDS,
    TEXT_FIELDS,
    WAY_FIELDS,
    Masks,
    kept_key,
    masked,
    new_key,
)
from acdengine.screen_pop import ScreenPop

KEY = b"k" * 32


def started(ani: str) -> CallStarted:
    return CallStarted(1, "c1", "acme", ani, "800", "pstn", "", 0, "")


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+4930123456", "***456"),
        ("1234567", "***567"),
        ("123456", "***"),
        ("7", "***"),
        ("", ""),
        ("anonymous", "***ous"),
    ],
)
def test_a_number_is_shown_by_its_last_digits(number: str, shown: str) -> None:
    assert Masks(3).number(number) == shown


@pytest.mark.parametrize(
    ("contact", "shown"),
    [
        ("sofia/gateway/carrier/+4930123456", "sofia/gateway/carrier/***456"),
        (
            "sofia/gateway/carrier/4930123456@10.0.0.1:5060",
            "sofia/gateway/carrier/***456@10.0.0.1:5060",
        ),
        ("user/1000@acd.test", "user/1000@acd.test"),
        ("", ""),
    ],
)
def test_a_number_in_a_contact_is_masked(contact: str, shown: str) -> None:
    assert Masks(3).contact(contact) == shown


def test_no_digits_means_none() -> None:
    assert Masks(0).number("+4930123456") == "***"


def test_with_a_key_one_caller_can_be_followed_and_two_are_told_apart() -> None:
    masks = Masks(3, KEY)
    one, again, other = (masks.number(n) for n in ("+4930123456", "+4930123456", "+4930999456"))
    assert one == again != other
    assert one.startswith("***456~")
    assert Masks(3, b"x" * 32).number("+4930123456") != one


def test_facts_hold_no_number_any_more() -> None:
    masks = Masks(3, KEY)
    fact = masks.fact(started("+4930123456"))
    assert isinstance(fact, CallStarted)
    assert fact.ani == masks.number("+4930123456")
    assert (fact.dnis, fact.call_id) == ("800", "c1")
    placed = masks.fact(CallbackPlaced(1, "c1", "acme/q", "+4930123456"))
    assert "123456" not in str(placed)
    assert "123456" not in str(masked([started("+4930123456")], masks))


def test_a_way_to_a_number_is_masked_and_any_other_is_not() -> None:
    masks = Masks(3)
    assert masks.way("number +4930123456") == "number ***456"
    assert masks.way("queue acme/sales") == "queue acme/sales"
    sent = CallTransferred(1, "c1", "acme/a1", "number +4930123456")
    assert "123456" not in str(masks.fact(sent))


def test_a_fact_without_numbers_stays_as_it_is() -> None:
    fact = CallEnded(1, "c1", "acme", "answered", "caller", "normal")
    assert Masks().fact(fact) is fact


def test_every_text_in_a_fact_is_known_to_be_a_number_or_not() -> None:
    """A new field of text has to be put in one of these lists by whoever adds it."""
    harmless = set(
        """agent_id before box by call_id cause consult_id customer_id dialled dnis file flow_id
        hours_id
        from_agent_id key line_id name node_id offer_id outcome party_id question queue_id reason
        refused rule runner_up state step supervisor_id survey tenant_id trunk_id version
        way""".split()
    )
    fields = {
        name
        for fact in get_args(AnyFact)
        for name, kind in get_type_hints(fact).items()
        if kind is str
    }
    assert fields - harmless == {*NUMBER_FIELDS, *WAY_FIELDS, *TEXT_FIELDS}


def test_a_number_within_a_text_of_a_flow_is_masked() -> None:
    masks = Masks(3)
    tagged = masks.fact(CallTagged(1, "c1", "from", "ring +4930123456 in 15 minutes"))
    assert tagged == CallTagged(1, "c1", "from", "ring ***456 in 15 minutes")
    plain = CallTagged(1, "c1", "topic", "order 12")
    assert masks.fact(plain) is plain
    screen = ScreenPop("acme/q", "", "", "800", "", 3, 5, {"from": "+4930123456"})
    assert masks.screen(screen).extra == {"from": "***456"}


def test_the_screen_of_an_offer_has_neither_name_nor_number() -> None:
    screen = ScreenPop("acme/q", "+4930123456", "Jo Caller", "800", "adlon", 3, 5, {"Own": "text"})
    made = OfferMade(
        1, "c1", "acme/a1", "o1", "acme/q", "call", "longest_idle", 1, "", "", screen=screen
    )
    masked_fact = Masks(3).fact(made)
    assert isinstance(masked_fact, OfferMade)
    assert masked_fact.screen == structs.replace(screen, ani="***456", name="")
    older = structs.replace(made, screen=None)
    assert Masks(3).fact(older) == older


def test_every_fact_with_a_screen_is_known() -> None:
    fields = {
        name
        for fact in get_args(AnyFact)
        for name, kind in get_type_hints(fact).items()
        if ScreenPop in (kind, *get_args(kind))
    }
    assert fields == set(SCREEN_FIELDS)


def test_a_kept_key_is_the_same_again_and_for_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "below" / "key"
    key = kept_key(path)
    assert kept_key(path) == key != new_key()
    assert path.stat().st_mode & 0o077 == 0
    path.write_bytes(b"short")
    with pytest.raises(ValueError, match="32 bytes"):
        kept_key(path)


def test_a_key_that_a_full_disk_takes_in_part_is_made_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, write = tmp_path / "key", os.write
    with monkeypatch.context() as disk:
        disk.setattr(os, "write", lambda handle, key: write(handle, bytes(key[:7])) and full())
        with pytest.raises(OSError, match="No space left"):
            kept_key(path)
    assert len(kept_key(path)) == 32


def full() -> int:
    raise OSError(28, "No space left on device")
