"""The hot records are the same to their constructors, to msgspec and in both builds."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any

import msgspec
import pytest

from acdengine.engine.records import Call, Caller, Offer
from acdengine.engine.stored_records import copied, restored
from queues.queue import WaitingCall
from routing.agent import Agent, new_agent
from routing.call_group import RoutedCall
from routing.policy import AgentProfile

PROFILE = AgentProfile(agent_id="t/a", tenant_id="t", name="A", skills={"en": 3}, queues={})
CALL = Call("c", "t", 7, "l", Caller("1", "", "1"), "2", "trunk")
OFFER = Offer("c-1", "c", "t/a", "t/q", 5)
RECORDS = [WaitingCall("c", "t", 7), RoutedCall("c", "t", 7), CALL, OFFER, new_agent(PROFILE)]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_a_constructor_gives_the_defaults_that_a_snapshot_without_the_field_has(
    record: Any,
) -> None:
    compared = 0
    for field in fields(record):
        default = field.default
        if field.default_factory is not MISSING:
            default = field.default_factory()
        if default is not MISSING:
            assert getattr(record, field.name) == default, field.name
            compared += 1
    assert compared > 10


@pytest.mark.parametrize("record", [CALL, OFFER, new_agent(PROFILE)], ids=lambda one: type(one))
def test_a_record_is_read_as_it_was_written_with_the_types_of_its_fields(record: Any) -> None:
    written = msgspec.msgpack.encode(record)
    read = restored(msgspec.msgpack.decode(written), type(record))
    assert msgspec.msgpack.encode(read) == written
    broken = msgspec.to_builtins(record) | {"deadline": "soon"}
    with pytest.raises(msgspec.ValidationError, match="deadline"):
        restored(broken, type(record))


def test_what_a_field_holds_is_read_as_its_own_type() -> None:
    call = restored(msgspec.to_builtins(CALL) | {"skills": [["en", 3]]}, Call)
    assert isinstance(call.caller, Caller)
    assert call.skills == (("en", 3),)
    agent = restored(msgspec.to_builtins(new_agent(PROFILE)), Agent)
    assert isinstance(agent.profile, AgentProfile)


def test_a_field_that_is_missing_has_its_default() -> None:
    fields_of_call = msgspec.to_builtins(CALL)
    for name in ("weight", "story", "preferred_rule"):
        del fields_of_call[name]
    ended = restored([{"c": fields_of_call}, {}], tuple[dict[str, Call], dict[str, Call]])
    call = ended[0]["c"]
    assert (call.weight, call.story, call.preferred_rule) == (1.0, [], CALL.preferred_rule)


def test_a_copy_is_one_of_its_own() -> None:
    other = copied(CALL)
    other.deadline = 9
    assert (CALL.deadline, other.deadline, other.leg_id) == (0, 9, "l")
    assert other is not CALL


def test_records_do_not_share_their_stories() -> None:
    other = Call("d", "t", 8, "l", Caller("1", "", "1"), "2", "trunk")
    other.story.append(msgspec.UNSET)  # type: ignore[arg-type]
    assert CALL.story == []
