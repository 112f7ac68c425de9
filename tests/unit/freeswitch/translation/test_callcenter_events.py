"""Screens made for mod_callcenter hear of calls in its own words."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from acdengine import events as ev
from acdengine.centre_facts import AgentStateChanged
from acdengine.conversation_facts import ConversationEnded
from acdengine.facts import CallLeftQueue, OfferClosed
from adapters.freeswitch.protocol.command_lines import Command
from adapters.freeswitch.protocol.frame_codec import EVENT_JSON
from adapters.freeswitch.translation.callcenter_events import CallcenterEvents
from tests.unit.engine.scene import OPENING_US, S, Scene, agent, queue
from tests.unit.freeswitch import switch_parsers
from tests.unit.freeswitch.desk import frames

Headers = dict[str, str]


class Screen:
    """What one listener of the switch hears, while a story is played."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.heard: list[Headers] = []
        self.sink = CallcenterEvents(self._hear, lambda: scene.engine.state)
        self._told = 0

    def _hear(self, command: Command) -> None:
        (packet,) = switch_parsers.packets(command.wire)
        assert packet.command == "sendevent CUSTOM"
        lines = command.wire.decode().strip().split("\n")[1:]
        event = dict(line.split(": ", 1) for line in lines)
        # As FreeSWITCH reads it, but for the capitals.
        assert {name.lower(): value for name, value in event.items()} == packet.headers
        self.heard.append(event)

    def tell(self) -> list[Headers]:
        """The events of what has happened since the last time."""
        self.heard.clear()
        facts = self.scene.facts[self._told :]
        self._told = len(self.scene.facts)
        self.sink.take(1, facts)
        return list(self.heard)

    def actions(self) -> list[str]:
        return [event["CC-Action"] for event in self.tell()]


def recorded() -> Iterator[Headers]:
    for frame in frames("callcenter"):
        if frame.content_type == EVENT_JSON:
            event = json.loads(frame.body)
            if event.get("Event-Subclass") == "callcenter::info":
                yield event


def screen(**caller: str) -> Screen:
    """A call on its way to an agent who is ready: rung, not yet answered."""
    shown = Screen(Scene(queue("sales"), agent("anna", "sales")))
    shown.scene.call("c1", "sales", **caller)
    return shown


RECORDED = {event["CC-Action"]: event for event in recorded()}
#: What the module says of the same call, and the engine has no fact of.
UNTOLD = {"agent-add", "agent-contact-change"}


def test_a_whole_call_has_the_actions_and_headers_that_were_recorded() -> None:
    shown = screen(name="Test Caller")
    shown.scene.ready("anna")
    shown.scene.answers("anna")
    shown.scene.wait(5)
    shown.scene.caller_hangs_up("c1")
    heard = {event["CC-Action"]: event for event in reversed(shown.tell())}
    compared = [action for action in RECORDED if action not in UNTOLD | {"member-queue-end"}]
    assert len(compared) == 6
    for action in compared:
        headers = [name for name in RECORDED[action] if name.startswith("CC-")]
        # The recorded DID was empty in the module's table, so that it had no such header.
        ours = [name for name in heard[action] if name != "CC-Member-DNIS"]
        assert [name for name in ours if name != "Event-Subclass"] == headers, action
        assert heard[action]["Event-Subclass"] == "callcenter::info"


def test_a_callers_leaving_has_the_headers_that_were_recorded() -> None:
    shown = screen()
    shown.scene.wait(30)
    shown.scene.caller_hangs_up("c1")
    start, count, end, empty = shown.tell()
    real = RECORDED["member-queue-end"]
    assert [name for name in end if name.startswith("CC-")] == [
        name for name in real if name.startswith("CC-")
    ]
    assert (end["CC-Cause"], end["CC-Cancel-Reason"]) == (
        real["CC-Cause"], real["CC-Cancel-Reason"],
    )  # fmt: skip
    assert int(end["CC-Member-Leaving-Time"]) - int(end["CC-Member-Joined-Time"]) == 30
    assert int(end["CC-Member-Joined-Time"]) == OPENING_US // S
    assert start["CC-Queue"] == "sales@t"
    # With it the event would go to the leg instead of the screens.
    assert "Unique-ID" not in start
    assert (count["CC-Count"], empty["CC-Count"]) == ("1", "0")


def test_the_story_of_a_conversation() -> None:
    shown = screen(ani="030123", name="Test Caller")
    scene = shown.scene
    assert shown.actions() == ["member-queue-start", "members-count"]
    scene.wait(2)
    scene.ready("anna")
    scene.wait(3)
    # The order in which the module says it too.
    assert shown.actions() == ["agent-status-change"] * 2 + ["agent-state-change", "agent-offering"]
    scene.answers("anna")
    heard = {event["CC-Action"]: event for event in shown.tell()}
    assert list(heard) == ["agent-state-change", "bridge-agent-start", "members-count"]
    start = heard["bridge-agent-start"]
    assert start["CC-Agent"] == "anna@t"
    assert start["CC-Agent-UUID"] == scene.offer_of("anna")
    assert (start["CC-Member-UUID"], start["CC-Member-Session-UUID"]) == ("c1", "leg-c1")
    assert (start["CC-Member-CID-Name"], start["CC-Member-CID-Number"]) == ("Test Caller", "030123")
    assert start["CC-Member-DNIS"] == "sales"
    opening = OPENING_US // S
    assert start["CC-Member-Joined-Time"] == str(opening)
    assert start["CC-Agent-Called-Time"] == str(opening + 2)
    assert start["CC-Agent-Answered-Time"] == str(opening + 6)
    assert heard["members-count"]["CC-Count"] == "0"
    assert heard["agent-state-change"]["CC-Agent-State"] == "In a queue call"
    scene.wait(60)
    scene.caller_hangs_up("c1")
    ends = {event["CC-Action"]: event for event in shown.tell()}
    bridge, call = ends["bridge-agent-end"], ends["member-queue-end"]
    assert bridge["CC-Bridge-Terminated-Time"] == str(opening + 66)
    assert bridge["CC-Agent-Bridged"] == "true"
    assert (call["CC-Cause"], call["CC-Member-Leaving-Time"]) == ("Terminated", str(opening + 66))
    for name in ("CC-Member-Joined-Time", "CC-Agent-Called-Time", "CC-Agent-Answered-Time"):
        assert bridge[name] == call[name] == start[name]
    assert ends["agent-state-change"]["CC-Agent-State"] == "Waiting"


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        ("no_answer", "NO_ANSWER"),
        ("busy", "USER_BUSY"),
        ("rejected", "CALL_REJECTED"),
        ("unreachable", "USER_NOT_REGISTERED"),
        ("failed", "NORMAL_TEMPORARY_FAILURE"),
    ],
)
def test_a_missed_offer(cause: ev.OfferCause, told: str) -> None:
    shown = screen()
    shown.scene.ready("anna")
    shown.scene.wait(4)
    shown.tell()
    shown.scene.misses("anna", cause)
    failed = [event for event in shown.tell() if event["CC-Action"] == "bridge-agent-fail"]
    assert [event["CC-Hangup-Cause"] for event in failed] == [told]
    called, aborted = failed[0]["CC-Agent-Called-Time"], failed[0]["CC-Agent-Aborted-Time"]
    assert int(aborted) - int(called) == 5
    assert failed[0]["CC-Member-Joined-Time"] == str(OPENING_US // S)


def test_an_agents_states_in_the_words_of_the_module() -> None:
    def told(before: str, state: str) -> list[tuple[str, str]]:
        shown = screen()
        shown.sink.take(1, [AgentStateChanged(1, "t/anna", before, state, "", 0, 0, "")])
        return [
            (event["CC-Action"], event.get("CC-Agent-Status") or event["CC-Agent-State"])
            for event in shown.heard
        ]

    assert told("logged_out", "not_ready") == [("agent-status-change", "On Break")]
    assert told("not_ready", "ready") == [("agent-status-change", "Available")]
    assert told("ready", "ringing") == [("agent-state-change", "Receiving")]
    assert told("ringing", "talking") == [("agent-state-change", "In a queue call")]
    assert told("talking", "wrap_up") == [("agent-state-change", "Idle")]
    assert told("wrap_up", "ready") == [("agent-state-change", "Waiting")]
    assert told("talking", "logged_out") == [
        ("agent-status-change", "Logged Out"), ("agent-state-change", "Waiting"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("abandoned", "NONE"),
        ("waited", "TIMEOUT"),
        ("no_staff", "NO_AGENT_TIMEOUT"),
        ("key", "EXIT_WITH_KEY"),
        ("moved", "BREAK_OUT"),
        ("overflow", "BREAK_OUT"),
    ],
)
def test_why_a_caller_left(reason: str, told: str) -> None:
    shown = screen()
    shown.tell()
    shown.heard.clear()
    left = CallLeftQueue(OPENING_US, "c1", "t/sales", reason, 0, 1, False, "")  # type: ignore[arg-type]
    shown.sink.take(2, [left])
    assert shown.heard[0]["CC-Cancel-Reason"] == told


def test_callers_who_waited_when_the_sink_began_are_counted() -> None:
    scene = screen().scene
    scene.call("c2", "sales")
    later = Screen(scene)
    later._told = len(scene.facts)
    scene.caller_hangs_up("c1")
    left, count = later.tell()
    assert left["CC-Member-Joined-Time"] == str(OPENING_US // S)
    assert count["CC-Count"] == "1"


def test_a_conversation_that_the_sink_did_not_see_begin() -> None:
    shown = screen()
    shown.sink.take(
        9, [ConversationEnded(OPENING_US + 9 * S, "x", "t/anna", "o", "t/sales", 9 * S, 0, "agent")]
    )
    assert shown.heard[0]["CC-Agent-Answered-Time"] == str(OPENING_US // S)
    assert "CC-Member-CID-Number" not in shown.heard[0]


def test_an_offer_that_became_a_conversation_is_no_failure() -> None:
    shown = screen()
    shown.tell()
    shown.heard.clear()
    shown.sink.take(9, [OfferClosed(1, "c1", "t/anna", "o", "t/sales", "connected", 0)])
    assert shown.heard == []


@pytest.mark.parametrize(
    "name", ["O'Brien, {x}=1", "${system id}", "a\nCC-Action: forged\n\nexit\n\n", "\x00^^:b", " x"]
)
def test_a_callers_name_is_one_headers_value(name: str) -> None:
    shown = screen(name=name)
    start = shown.tell()[0]
    assert start["CC-Action"] == "member-queue-start"
    assert "\n" not in start["CC-Member-CID-Name"]
    assert "${" not in start["CC-Member-CID-Name"]
    assert shown.sink.refused == 0
