"""What was asked for is asked for again, and nothing is asked for twice."""

from __future__ import annotations

import pytest

from acdengine.engine import Engine
from acdengine.plan import Plan
from acdengine.runtime.clock import UtcClock
from acdengine.runtime.loop import Runtime
from adapters.freeswitch.call_parts import CallMedia
from adapters.freeswitch.node import FreeSwitchNode, NodeClocks
from adapters.freeswitch.protocol.command_lines import Command, EventFormat
from adapters.freeswitch.wire.connection import ConnectionSettings
from adapters.freeswitch.wire.event_subscriptions import ALWAYS, Subscriptions

OWN = "HEARTBEAT BACKGROUND_JOB CHANNEL_EXECUTE_COMPLETE"


def said(commands: list[Command]) -> list[str]:
    return [command.wire.decode().strip() for command in commands]


def complete(ledger: Subscriptions) -> bool:
    return ledger.is_complete


def test_a_new_link_is_told_everything_events_last() -> None:
    ledger = Subscriptions()
    assert said(ledger.commands()) == [f"event json {OWN}"]
    ledger.add(["CHANNEL_PARK"], ["sofia::register"])
    ledger.add(["CHANNEL_ANSWER"], ["sofia::expire"])
    ledger.add_filter("variable_acd", "true")
    assert said(ledger.commands()) == [
        "filter Event-Name HEARTBEAT",
        "filter Event-Name BACKGROUND_JOB",
        "filter Event-Name CHANNEL_EXECUTE_COMPLETE",
        "filter variable_acd true",
        f"event json {OWN} CHANNEL_PARK CHANNEL_ANSWER CUSTOM sofia::register sofia::expire",
    ]


def test_only_what_is_new_is_said() -> None:
    ledger = Subscriptions(EventFormat.PLAIN)
    assert said(ledger.add(["CHANNEL_PARK", "CHANNEL_PARK"])) == ["event plain CHANNEL_PARK"]
    assert ledger.add(["CHANNEL_PARK", "HEARTBEAT"]) == []
    assert said(ledger.add([], ["a::b"])) == ["event plain CUSTOM a::b"]
    assert said(ledger.remove(["CHANNEL_PARK", "HEARTBEAT"], ["a::b", "c::d"])) == [
        "nixevent CHANNEL_PARK CUSTOM a::b"
    ]
    assert ledger.remove(["CHANNEL_PARK", "BACKGROUND_JOB"]) == []
    assert said(ledger.commands()) == [f"event plain {OWN}"]


def test_giving_up_all_events_keeps_what_else_was_asked_for() -> None:
    ledger = Subscriptions()
    ledger.add(["ALL"], ["a::b"])
    assert complete(ledger)
    ledger.add_filter("Unique-ID", "leg-1")
    assert not complete(ledger)
    ledger.remove_filter("Unique-ID", "leg-1")
    assert complete(ledger)
    assert said(ledger.remove(["ALL"])) == ["nixevent ALL", f"event json {OWN} CUSTOM a::b"]
    assert not complete(ledger)


def test_filters_let_the_links_own_events_through_and_go_together() -> None:
    ledger = Subscriptions()
    own = [f"filter Event-Name {name}" for name in OWN.split()]
    assert said(ledger.add_filter("Unique-ID", "leg-1")) == [*own, "filter Unique-ID leg-1"]
    assert said(ledger.add_filter("Unique-ID", "leg-2")) == ["filter Unique-ID leg-2"]
    assert ledger.add_filter("Unique-ID", "leg-2") == []
    assert said(ledger.remove_filter("Unique-ID", "leg-1")) == ["filter delete Unique-ID leg-1"]
    assert ledger.remove_filter("Unique-ID", "leg-1") == []
    assert said(ledger.remove_filter("Unique-ID", "leg-2")) == ["filter delete all"]
    assert said(ledger.commands()) == [f"event json {OWN}"]


def test_the_probe_changes_nothing() -> None:
    assert said([Subscriptions().probe()]) == ["event json HEARTBEAT"]
    assert said([Subscriptions(EventFormat.PLAIN).probe()]) == ["event plain HEARTBEAT"]


def test_what_is_left_out_needs_the_rest_to_be_let_through() -> None:
    subscriptions = Subscriptions()
    subscriptions.add(["DTMF"], ["sofia::register"])
    subscriptions.leave_out("Application", ["park", "set"])
    lines = [command.wire.decode().strip() for command in subscriptions.commands()]
    let_through = [*ALWAYS, "DTMF", "CUSTOM"]
    assert lines[:-1] == [
        *(f"filter Event-Name {name}" for name in let_through),
        "filter Application -park",
        "filter Application -set",
    ]
    assert lines[-1].startswith("event json ")
    # What is asked for later is let through before it is asked for.
    later = [command.wire.decode().strip() for command in subscriptions.add(["CHANNEL_PARK"])]
    assert later == ["filter Event-Name CHANNEL_PARK", "event json CHANNEL_PARK"]


def test_events_that_are_wanted_of_some_legs_only_are_let_through_by_what_these_have() -> None:
    subscriptions = Subscriptions()
    subscriptions.add(["DTMF", "CHANNEL_HANGUP"])
    subscriptions.narrow("CHANNEL_HANGUP", [("Call-Direction", "inbound"), ("variable_x", "true")])
    lines = [command.wire.decode().strip() for command in subscriptions.commands()]
    assert lines[:-1] == [
        *(f"filter Event-Name {name}" for name in (*ALWAYS, "DTMF")),
        "filter Call-Direction inbound",
        "filter variable_x true",
    ]
    assert lines[-1].endswith(" DTMF CHANNEL_HANGUP")
    with pytest.raises(ValueError, match="left out"):
        subscriptions.add_filter("Unique-ID", "a")


def test_what_is_left_out_and_what_is_wanted_alone_exclude_each_other() -> None:
    subscriptions = Subscriptions()
    subscriptions.leave_out("Application", ["park"])
    with pytest.raises(ValueError, match="left out"):
        subscriptions.add_filter("Unique-ID", "a")


async def test_a_node_is_sent_no_event_that_tells_it_nothing_new() -> None:
    settings = ConnectionSettings(host="127.0.0.1", port=9, password="x")
    inbox = Runtime(Engine(Plan()), UtcClock())
    node = FreeSwitchNode("n1", settings, inbox, CallMedia(), NodeClocks(lambda low, high: high))
    lines = said(node.connection._subscriptions.commands())
    assert {"CHANNEL_HANGUP", "CHANNEL_EXECUTE_COMPLETE"} < set(lines[-1].split())
    # Alternatives: one that is too wide would let through what the others keep away.
    alternatives = {line for line in lines if line.startswith("filter ") and " -" not in line}
    assert {line for line in alternatives if not line.startswith("filter Event-Name ")} == {
        *(f"filter Channel-State-Number {number}" for number in (2, 3, 4, 5, 6, 7, 9)),
        "filter variable_last_bridge_role originator",
        "filter variable_acd_watched true",
    }
    assert "filter Event-Name CHANNEL_HANGUP" not in lines
    assert "filter Event-Name CHANNEL_EXECUTE_COMPLETE" not in lines
    assert "filter Event-Name CHANNEL_HANGUP_COMPLETE" in lines
