"""The full matrix: every situation times every event, harmless or legal, and life goes on.

Events are made from their types, situations are held against the tables, so a new event or state
is covered by itself or fails here until it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

import msgspec
import pytest
from msgspec import structs

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import requests as rq
from acdengine.base_messages import Event
from acdengine.engine import Engine
from acdengine.live_legs import LiveCall, LiveLine
from acdengine.machines import (
    CALL_TABLE,
    CALLBACK_TABLE,
    CONSULT_TABLE,
    LINE_TABLE,
    OFFER_TABLE,
    PARTY_TABLE,
    RECORDING_TABLE,
)
from acdengine.plan import Plan
from queues.deadlines import NEVER_US
from queues.targets import Target, ToAgent, ToFlow, ToHangup, ToNumber, ToQueue, ToVoicemail
from routing.agent import AGENT_TABLE
from routing.policy import Assignment
from tests.unit.engine.scene import S, Scene
from tests.unit.engine.situations import SITUATIONS
from tests.unit.engine.situations.telling import Subject, plan

pytestmark = pytest.mark.slow

DAY: Final = 24 * 3600

EVENTS: Final[tuple[type[Event], ...]] = get_args(ev.AnyEvent)

#: Other settings to go over to.
PLANS: Final = (plan("a", "anna"), plan("all", "back", "ben"), Plan())

#: One of each kind of target, and some that are closed.
TARGETS: Final[dict[str, list[Any]]] = {
    "ToQueue": [ToQueue("t/a"), ToQueue("t/few"), ToQueue("t/none")],
    "ToAgent": [ToAgent("t/ben", 60 * S, "t/a"), ToAgent("t/none", 60 * S, "t/a")],
    "ToNumber": [ToNumber("0123"), ToNumber("999")],
    "ToVoicemail": [ToVoicemail("t/box")],
    "ToCallback": [],
    "ToFlow": [ToFlow("t/flow"), ToFlow("t/none")],
    "ToHangup": [ToHangup("bye"), ToHangup()],
}


#: How a call is known decides (`test_caller_identity`); these fields would multiply the cases.
OF_CALLERS: Final[dict[str, list[Any]]] = {"withheld": [False], "direction": ["inbound"]}


#: Keys and what is read: what a flow makes of them is its own matter.
OF_KEYS: Final[dict[str, dict[Any, list[Any]]]] = {
    "number": {str: ["0777", "999"], int: [3]},
    "heard": {int: [1]},
    "key": {str: [""]},
    "digits": {str: ["1"]},
    "terminator": {str: [""]},
    "typed_ahead": {str: ["2"]},
    "token": {str: [""]},
    "collect_id": {str: ["1"]},
    "record_id": {str: ["1"]},
    "read_id": {str: ["1"]},
    "ask_id": {str: ["1"]},
    "script_id": {str: ["1"]},
    "check_id": {str: ["1"]},
    "status": {int: [200]},
    "body": {str: ["{}"]},
    "place": {str: [""]},
    "flow_id": {str: ["t/none"]},
    "hours_id": {str: ["t/none"]},
    "version": {str: ["none"]},
    "percent": {int: [10]},
    "flow_percent": {int: [100]},
    "typed": {str: ["2"]},
    "spoken": {str: [""]},
    "until_us": {int: [0]},
}


def values(field: str, kind: Any, scene: Scene, subject: Subject) -> list[Any]:
    """What a field of an event may hold.

    Raises:
        KeyError: a field that is new: say here what it may hold.
    """
    if field in OF_CALLERS:
        return OF_CALLERS[field]
    if get_origin(kind) is Literal:
        return list(get_args(kind))
    if kind is bool:
        return [True, False]
    if field in OF_KEYS and kind in (str, int):
        return OF_KEYS[field][kind]
    if kind == Target:
        return [target for name in _target_names() for target in TARGETS[name]]
    now = scene.now_us
    call = scene.engine.state.calls.get(subject.call_id)
    live = LiveCall(
        subject.call_id, "leg", "0777", "a", "trunk", "t/a", now - S, 0, 0, subject.offer_id,
        subject.agent_id,
    )  # fmt: skip
    live_line = LiveLine(subject.line_id, subject.agent_id, answered=True)
    table: dict[str, list[Any]] = {
        "at_us": [now],
        "call_id": [subject.call_id, "new"],
        "offer_id": [subject.offer_id, "none-1"],
        "agent_id": [subject.agent_id, "t/none"],
        "party_id": [subject.party_id, "none-1"],
        "consult_id": [subject.offer_id, subject.party_id],
        "parties": [(), (subject.party_id,)] if scene.engine.state.parties else [()],
        "leg_id": ["leg-new"],
        "node_id": ["east", "west"],
        "ani": ["0777"],
        "dnis": ["a"],
        "trunk_id": ["trunk"],
        "name": [""],
        "skills": [{}, {"english": 5}, {"english": 99}],
        "priority": [7],
        "cause": ["normal"],
        "prompt_id": [str(call.playback.prompt_id if call.playback else 0) if call else "1", "99"],
        "digit": ["1", "9"],
        "file": [subject.file],
        "free_bytes": [7],
        "length_us": [5 * S],
        "contact": ["", "sip:other"],
        "reason": ["break", "nonsense"],
        "by_us": [10 * S, 0, DAY * S],
        "queues": [{}, {"t/a": Assignment()}, {"t/none": Assignment()}],
        "queue_id": ["t/all", "t/none", ""],
        "value": ["x"],
        "variables": [{}],
        "not_before_us": [0, now + 60 * S],
        "request_id": ["asked"],
        "by": ["somebody"],
        "plan": [scene.engine.state.plan, *PLANS],
        "calls": [(), *((one,) for one in _lives(live, subject))],
        "offers": [(), (subject.offer_id,)],
        "core": ["", "core-1"],
        "line_id": [subject.line_id, "line-none"],
        "lines": [(), (live_line,)],
        "customer_id": ["", "nobody"],
        "wanted_queue": ["", "b", "t/none"],
        "wanted_flow": ["", "b", "t/none"],
        "attempt": [0, 7],
        "as_supervisor": [False, True],
        "telephone": [""],
    }
    return table[field]


def _lives(live: LiveCall, subject: Subject) -> list[LiveCall]:
    alone = structs.replace(live, offer_id="")
    return [
        live,
        alone,
        structs.replace(alone, forgotten=True),
        structs.replace(live, recordings=(f"x{subject.file}", subject.file)),
        structs.replace(alone, diverted_to="number 0123"),
        structs.replace(alone, diverted_to="voicemail t/box"),
    ]


def _target_names() -> list[str]:
    return [kind.__name__ for kind in get_args(Target)]


#: What a request need not say, and then does not mean.
UNSAID: Final = {
    "ConsultRequested": {"agent_id", "queue_id", "number"},
    "SuperviseRequested": {"agent_id"},
}


def every(kind: type[Event], scene: Scene, subject: Subject) -> Iterator[Event]:
    """All events of a kind about a subject."""
    hints = get_type_hints(kind)
    fields = [field.name for field in structs.fields(kind)]
    unsaid = UNSAID.get(kind.__name__, set())
    choices = [
        values(name, hints[name], scene, subject) + ([""] if name in unsaid else [])
        for name in fields
    ]
    for chosen in product(*choices):
        said = dict(zip(fields, chosen, strict=True))
        if len(unsaid) > 1 and sum(bool(said[name]) for name in unsaid) > 1:
            continue  # refused at once, whatever they are; unit tests do that
        yield kind(**said)


def settled(snapshot: bytes) -> dict[str, Any]:
    """What is left of a state without its time and its counters."""
    state: dict[str, Any] = msgspec.msgpack.decode(snapshot, strict=False)
    for name in ("now_us", "counters", "serial"):
        del state[name]
    return state


# -- the tables are covered --------------------------------------------------------------------


def test_every_state_of_every_table_is_among_the_situations() -> None:
    calls, offers, callbacks, agents = {"arrived"}, {"closed"}, {"given_up"}, set()
    consults, parties, recordings = {"over"}, {"closed"}, {"over"}
    lines = {"closed"}
    for tell in SITUATIONS.values():
        state = tell()[0].engine.state
        known = [*state.calls.values(), *(call for _, call in state.ended.items())]
        calls |= {call.state for call in known}
        callbacks |= {call.callback.state for call in known if call.callback is not None}
        offers |= {offer.state for offer in state.offers.values()}
        recordings |= {recording.state for recording in state.recordings.values()}
        consults |= {call.consult.state for call in known if call.consult is not None}
        parties |= {party.state for party in state.parties.values()}
        lines |= {line.state for line in state.lines.values()}
        agents |= {agent.state for agent in state.agents.values()}
    assert calls == set(CALL_TABLE), "arrived is a state only within one event"
    assert offers == set(OFFER_TABLE), "an offer that is closed is forgotten"
    assert callbacks == set(CALLBACK_TABLE)
    assert consults == set(CONSULT_TABLE), "a consult that is over is forgotten"
    assert parties == set(PARTY_TABLE), "a party that is closed is forgotten"
    assert recordings == set(RECORDING_TABLE), "a recording that is over is forgotten"
    assert agents == set(AGENT_TABLE)
    assert lines == set(LINE_TABLE), "a line that is closed is forgotten"


def test_every_kind_of_target_is_among_the_events() -> None:
    assert list(TARGETS) == _target_names()


# -- every event in every situation ------------------------------------------------------------


@pytest.mark.parametrize("name", SITUATIONS)
def test_every_event_is_harmless_or_legal_and_life_goes_on(name: str) -> None:
    scene, subject = SITUATIONS[name]()
    before = scene.engine.snapshot()
    lived: set[bytes] = set()
    wrong = []
    for kind in EVENTS:
        for event in every(kind, scene, subject):
            try:
                after = _take(before, event)
                if after not in lived:
                    lived.add(after)
                    assert Engine.restore(after).snapshot() == after, "restoring changes the state"
                    live_on(after, scene.now_us)
            except Exception as defect:  # noqa: BLE001 any defect, told with its event
                wrong.append(f"{event}: {type(defect).__name__}: {defect}")
    assert not wrong, "\n\n".join([f"{len(wrong)} in all", *wrong[:5]])


def _take(before: bytes, event: Event) -> bytes:
    """One event from a given state; the state after it."""
    engine = Engine.restore(before)
    commands = engine.handle(event)  # type: ignore[arg-type]
    facts = engine.drain_facts()
    engine.check()
    after = engine.snapshot()
    if isinstance(event, rq.Request):
        replies = [command for command in commands if isinstance(command, cmd.Reply)]
        assert [reply.request_id for reply in replies] == ["asked"], "one answer"
        if replies[0].problem:
            assert len(commands) == 1, "refused, and yet something was ordered"
            assert not facts, "refused, and yet something happened"
            assert settled(after) == settled(before), "refused, and yet something changed"
    return after


def live_on(snapshot: bytes, now_us: int) -> None:
    """Everybody hangs up, all deadlines pass, the switch obliges: nothing may be left over."""
    scene = _Onlooker(snapshot, now_us)
    for _ in range(3):
        state = scene.engine.state
        for call_id in [call.call_id for call in state.calls.values() if call.leg_id]:
            scene.feed(ev.CallerHungUp(scene.now_us, call_id))
        for offer_id in list(state.offers):
            scene.feed(ev.OfferEnded(scene.now_us, offer_id, "hangup"))
        for party_id in list(state.parties):
            scene.feed(ev.PartyEnded(scene.now_us, party_id))
        scene.pass_time(DAY)
    state = scene.engine.state
    assert not state.calls, f"still there: {list(state.calls.values())}"
    assert not state.offers, f"still there: {list(state.offers.values())}"
    assert not state.parties, f"still there: {list(state.parties.values())}"
    busy = [one.agent_id for one in state.agents.values() if one.state in ("ringing", "talking")]
    assert not busy, f"still busy: {busy}"
    assert not state.held_back


class _Onlooker:
    """A switch that obliges an engine of which nothing else is asked."""

    def __init__(self, state: bytes, now_us: int) -> None:
        self.engine = Engine.restore(state)
        self.now_us = now_us

    def feed(self, event: ev.AnyEvent) -> None:
        reports = [event]
        for report in reports:
            for command in self.engine.handle(report):
                now = self.now_us
                if isinstance(command, cmd.RejectCall | cmd.HangUpCall):
                    reports.append(ev.CallerHungUp(now, command.call_id))
                elif isinstance(command, cmd.CancelRing):
                    reports.append(ev.OfferEnded(now, command.offer_id, "hangup"))
                elif isinstance(command, cmd.EndParty):
                    reports.append(ev.PartyEnded(now, command.party_id))
                elif isinstance(command, cmd.CloseLine):
                    reports.append(ev.LineClosed(now, command.line_id, "hangup"))
                elif isinstance(command, cmd.OpenLine):
                    reports.append(ev.LineClosed(now, command.line_id, "no_answer"))
                elif isinstance(command, cmd.CancelDial):
                    reports.append(ev.CallbackFailed(now, command.call_id, "cancelled"))
        self.engine.check()

    def pass_time(self, seconds: int) -> None:
        until = self.now_us + seconds * S
        while (due := self.engine.next_due_us()) <= until:
            assert due < NEVER_US
            self.now_us = max(self.now_us, due)
            self.feed(ev.TimePassed(self.now_us))
        self.now_us = until
