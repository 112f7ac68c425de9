"""A flow on a stage: loaded from text, with a caller whose every step the test plays."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import msgspec

from acdengine.ivr.effects import AnyEffect, Collect, Play, PromptAudio, SpokenText, StepLeft
from acdengine.ivr.expressions.values import Value
from acdengine.ivr.inputs import AnyInput, InputEnded, PlayFinished
from acdengine.ivr.interpreter import Interpreter
from acdengine.ivr.program import programs_of
from acdengine.ivr.run import FlowRun
from acdengine.ivr.turn import AgentSeen, QueueState
from acdengine.settings.flows.library import FlowLibrary, load_flows
from routing.policy import Customer, Hold, Hours

START_US = 1_800_000_000_000_000
SECOND_US = 1_000_000
Wanted = TypeVar("Wanted")


class StageWorld:
    """A centre as the test wants it."""

    def __init__(self) -> None:
        self.by_id: dict[str, Hours] = {}
        self.forced: dict[str, bool] = {}
        self.held_until_us = 0
        self.customers: dict[str, Customer] = {}
        self.queues: dict[str, QueueState] = {}

    def hours(self, hours_id: str) -> Hours | None:
        return self.by_id.get(hours_id)

    def held(self, hours_id: str) -> Hold | None:
        forced = self.forced.get(hours_id)
        return None if forced is None else Hold(hours_id, forced, 0, self.held_until_us, "ann")

    def customer(self, tenant_id: str, number: str) -> Customer | None:
        return self.customers.get(f"{tenant_id}/{number}")

    def agent(self, agent_id: str) -> AgentSeen | None:
        return None

    def queue_state(self, queue_id: str) -> QueueState:
        return self.queues.get(queue_id, QueueState())


def load(folder: Path, **flows: str) -> FlowLibrary:
    """Flows by name, from their text; the first line `flow: 1` need not be given."""
    for name, text in flows.items():
        content = text if text.lstrip().startswith("flow:") else f"flow: 1\n{text}"
        (folder / f"{name}.yaml").write_text(content, encoding="utf-8")
    return load_flows([folder], tenant="acme", draft=True)


class Stage:
    """One caller in the flow `main`."""

    def __init__(self, folder: Path, main: str, **others: str) -> None:
        definitions = load(folder, main=main, **others).definitions.values()
        self.world = StageWorld()
        self.interpreter = Interpreter(self.world)
        self.interpreter.add("v1", programs_of(definitions))
        self.at_us = START_US
        self.effects: list[AnyEffect] = []
        self.run: FlowRun

    def begin(self, number: str = "+4930123", **arguments: Value) -> Stage:
        call: dict[str, Value] = {"caller.number": number, "call.dialled": "+49800"}
        self.run, self.effects = self.interpreter.start(
            "c1", "v1", "acme/main", call, self.at_us, arguments
        )
        return self

    def give(self, given: AnyInput, after_s: float = 1.0) -> list[AnyEffect]:
        self.at_us += int(after_s * SECOND_US)
        self.effects = self.interpreter.handle(self.run, given, self.at_us)
        return self.effects

    @property
    def ticket(self) -> int:
        assert self.run.pending is not None
        return self.run.pending.ticket

    def played(self) -> Stage:
        self.give(PlayFinished(self.ticket))
        return self

    def typed(self, digits: str) -> Stage:
        self.give(InputEnded(self.ticket, "value", digits))
        return self

    def silent(self) -> Stage:
        self.give(InputEnded(self.ticket, "noinput"))
        return self

    def wrong(self) -> Stage:
        self.give(InputEnded(self.ticket, "nomatch", "99"))
        return self

    def only(self, kind: type[Wanted]) -> Wanted:
        """The one effect of a kind."""
        found = [effect for effect in self.effects if isinstance(effect, kind)]
        assert len(found) == 1, self.effects
        return found[0]

    def has(self, kind: type[object]) -> bool:
        return any(isinstance(effect, kind) for effect in self.effects)

    @property
    def heard(self) -> list[str]:
        """Names of prompts, and texts, of the last effects; a value said as `KIND:VALUE`."""
        return [
            audio.name
            if isinstance(audio, PromptAudio)
            else audio.text
            if isinstance(audio, SpokenText)
            else f"{audio.as_}:{audio.value}"
            for effect in self.effects
            if isinstance(effect, (Play, Collect))
            for audio in effect.audio
        ]

    @property
    def left(self) -> list[str]:
        return [f"{e.step} {e.way}" for e in self.effects if isinstance(e, StepLeft)]

    @property
    def step(self) -> str:
        return self.run.frames[-1].step if self.run.frames else "over"

    @property
    def variables(self) -> dict[str, Value]:
        return self.run.frames[-1].variables


def stored(run: FlowRun) -> FlowRun:
    """A run as a snapshot brings it back."""
    return msgspec.json.decode(msgspec.json.encode(run), type=FlowRun)
