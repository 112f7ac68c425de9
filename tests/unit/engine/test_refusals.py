"""What a refused event leaves behind: nothing.

No event is refused in a situation that can be reached (`test_matrix.py`), so defects are made: one
record of a situation is put into another state of its table, or one step of an event is refused
as if its table did not allow it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, cast

import pytest
from msgspec import structs

from acdengine.base_messages import Event
from acdengine.commands import CancelRing
from acdengine.engine import Engine
from acdengine.engine.agents import Agents
from acdengine.engine.callbacks import Callbacks
from acdengine.engine.core import REFUSABLE
from acdengine.engine.state import EngineState
from acdengine.errors import InconsistentState, InvalidTransition
from acdengine.events import AnyEvent, OfferAnswered, OfferEnded, PartyAnswered, TimePassed
from acdengine.machines import (
    CALL_TABLE,
    CALLBACK_TABLE,
    CONSULT_TABLE,
    LINE_TABLE,
    OFFER_TABLE,
    PARTY_TABLE,
)
from bench.core import is_compiled
from routing.agent import AGENT_TABLE, Agent
from tests.unit.engine.scene import Scene
from tests.unit.engine.situations import SITUATIONS
from tests.unit.engine.situations.telling import Subject
from tests.unit.engine.test_matrix import EVENTS, every

pytestmark = pytest.mark.slow

#: One record in a wrong state, and an event that comes to it.
WRONG: Final[tuple[tuple[str, str, str, Callable[[Subject], AnyEvent]], ...]] = (
    ("ringing_all", "call c1", "talking", lambda on: OfferAnswered(0, on.offer_id)),
    ("ringing_all", "agent t/anna", "wrap_up", lambda on: OfferAnswered(0, on.offer_id)),
    ("ringing_all", "agent t/anna", "not_ready", lambda on: OfferEnded(0, on.offer_id, "busy")),
    ("consult_ringing_seen_from_the_other_side", "consult of c1", "joined",
     lambda on: OfferAnswered(0, on.offer_id)),
    ("callback_ringing_the_agent", "callback c1", "dialling",
     lambda on: OfferAnswered(0, on.offer_id)),
    ("consult_of_a_number_ringing", "consult of c1", "joined",
     lambda on: PartyAnswered(0, on.party_id)),
)  # fmt: skip
#: The ways in which a machine is moved.
MOVES: Final[tuple[tuple[type, str], ...]] = (
    (EngineState, "move_call"),
    (EngineState, "move_offer"),
    (EngineState, "move_line"),
    (EngineState, "move_consult"),
    (EngineState, "move_party"),
    (Agents, "change"),
    (Callbacks, "_move"),
)


def left_behind(engine: Engine) -> tuple[Any, ...]:
    """All that an engine has: its state, its facts (they are in it), and what is to be done."""
    state = engine.state
    return (
        engine.snapshot(),
        list(state.commands),
        list(state.calls_to_match),
        list(state.agents_to_match),
        dict(state.staff_changed),
        engine.next_due_us(),
    )


def machines(engine: Engine) -> Iterator[tuple[str, Any, list[str]]]:
    """Every record of a state that has a state, with the states it may have."""
    state = engine.state
    for call in state.calls.values():
        yield f"call {call.call_id}", call, list(CALL_TABLE)
        if call.callback is not None:
            yield f"callback {call.call_id}", call.callback, list(CALLBACK_TABLE)
        if call.consult is not None:
            yield f"consult of {call.call_id}", call.consult, list(CONSULT_TABLE)
    for offer in state.offers.values():
        yield f"offer {offer.offer_id}", offer, list(OFFER_TABLE)
    for party in state.parties.values():
        yield f"party {party.party_id}", party, list(PARTY_TABLE)
    for line in state.lines.values():
        yield f"line {line.line_id}", line, list(LINE_TABLE)
    for agent in state.agents.values():
        yield f"agent {agent.agent_id}", agent, list(AGENT_TABLE)


class Stepping:
    """Refuses one step of an event, and counts all."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.steps = 0
        self.refused_step = 0
        for owner, name in MOVES:
            monkeypatch.setattr(owner, name, self._stepping(getattr(owner, name)))

    def _stepping(self, move: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **more: Any) -> Any:
            self.steps += 1
            if self.steps == self.refused_step:
                raise InvalidTransition("somebody", "somehow", "something", ("once",))
            return move(*args, **more)

        return step

    def begin(self, refused_step: int = 0) -> None:
        """Count from the beginning."""
        self.steps, self.refused_step = 0, refused_step


@pytest.fixture(scope="module")
def reached() -> dict[str, tuple[Scene, Subject, bytes]]:
    """Every situation, its subject and its state."""
    told = {name: tell() for name, tell in SITUATIONS.items()}
    return {
        name: (scene, subject, scene.engine.snapshot()) for name, (scene, subject) in told.items()
    }


def take(
    state: bytes, event: AnyEvent
) -> tuple[InvalidTransition | InconsistentState | None, bool]:
    """One event from a given state: why it was not taken, and whether it left nothing behind."""
    engine = Engine.restore(state)
    before = left_behind(engine)
    try:
        engine.handle(event)
    except (InvalidTransition, InconsistentState) as defect:
        return defect, left_behind(engine) == before
    return None, False


@pytest.mark.skipif(is_compiled(), reason="the steps of a compiled engine cannot be replaced")
@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_an_event_is_refused_as_a_whole_or_is_no_refusal(
    kind: type[Event],
    reached: dict[str, tuple[Scene, Subject, bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stepping = Stepping(monkeypatch)
    refused = 0
    for name, (scene, subject, state) in reached.items():
        seen: set[int] = set()
        for event in every(kind, scene, subject):
            stepping.begin()
            take(state, cast("AnyEvent", event))
            steps = stepping.steps
            if steps in seen:
                continue
            seen.add(steps)
            for step in range(1, steps + 1):
                stepping.begin(step)
                defect, is_clean = take(state, cast("AnyEvent", event))
                where = f"{event} in {name}, step {step} of {steps}"
                assert defect is not None, where
                if isinstance(defect, InvalidTransition):
                    refused += 1
                    assert is_clean, f"refused, and something is left behind: {where}"
                else:
                    assert defect.story == ("once",), where
    assert (refused > 0) == (kind in REFUSABLE)


def states_of(state: bytes, subject: Subject) -> Iterator[tuple[str, bytes]]:
    """The same situation with one record in each other state of its table. Of the agents only
    those who have to do with it."""
    for place, (_, record, states) in enumerate(machines(Engine.restore(state))):
        if isinstance(record, Agent) and not (
            record.offer_id or record.idle or record.agent_id == subject.agent_id
        ):
            continue
        for other in states:
            if other != record.state:
                engine = Engine.restore(state)
                what, forced, _ = list(machines(engine))[place]
                forced.state = other
                yield f"{what} {other}", engine.snapshot()


@pytest.mark.parametrize(("name", "who", "state", "event"), WRONG)
def test_an_event_with_several_steps_is_refused_before_the_first(
    name: str, who: str, state: str, event: Callable[[Subject], AnyEvent]
) -> None:
    scene, subject = SITUATIONS[name]()
    engine = Engine.restore(scene.engine.snapshot())
    record = next(record for what, record, _ in machines(engine) if what == who)
    record.state = state
    before = left_behind(engine)
    whole, now_us = engine.state, scene.now_us + 1_000
    with pytest.raises(InvalidTransition) as refusal:
        engine.handle(structs.replace(event(subject), at_us=now_us))
    assert left_behind(engine) == before
    assert engine.state is whole
    assert refusal.value.story, "and the story of who it was about is told"
    assert not any(isinstance(one, CancelRing) for one in engine.handle(TimePassed(now_us)))


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_record_in_a_wrong_state_leaves_nothing_behind_where_an_event_is_refused(
    name: str,
) -> None:
    scene, subject = SITUATIONS[name]()
    events = [
        cast("AnyEvent", next(every(kind, scene, subject))) for kind in EVENTS if kind in REFUSABLE
    ]
    for what, state in states_of(scene.engine.snapshot(), subject):
        for event in events:
            try:
                defect, is_clean = take(state, event)
            except Exception:  # noqa: BLE001 - a record that cannot be is not what this is about
                continue
            if isinstance(defect, InvalidTransition):
                assert is_clean, f"{what}: {event} is refused, and something is left behind"
