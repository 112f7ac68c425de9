"""One input's way through the steps of a flow: what steps work with, and what they must offer."""

from __future__ import annotations

from typing import Final, Protocol

from msgspec import Struct

from acdengine.ivr.definition import FlowDefinition
from acdengine.ivr.effects import AnyEffect, FlowEnded, HangUp, LeaveQueue, StepLeft, StopPlay, Wake
from acdengine.ivr.expressions.values import Values
from acdengine.ivr.inputs import AnyInput
from acdengine.ivr.run import FlowRun, Frame, Pending
from routing.policy import Customer, Hold, Hours

DEPTH_LIMIT: Final = 16
"""Flows within each other; a caller who goes deeper takes the way out."""
STAY: Final = ""
"""What a step returns that waits, or that has ended the flow."""


class QueueState(Struct, frozen=True, gc=False):
    """What a queue is like at one moment; None where that is not known."""

    waiting: int = 0
    estimate_us: int | None = None
    staff: int = 0
    #: 0 to 1.
    service_level: float | None = None


class AgentSeen(Struct, frozen=True, gc=False):
    """An agent as one who calls hears of it: the state ``ready`` where only the call that asks
    keeps the agent from being rung."""

    number: str
    name: str
    state: str
    reason: str = ""


class World(Protocol):
    """What a flow may ask of the centre, at once and without effect."""

    def hours(self, hours_id: str) -> Hours | None:
        """Opening hours; None where they are gone."""

    def held(self, hours_id: str) -> Hold | None:
        """How opening hours are held open or closed by hand; None where they are not."""

    def customer(self, tenant_id: str, number: str) -> Customer | None:
        """The customer of a caller's number."""

    def queue_state(self, queue_id: str) -> QueueState:
        """A queue as it is now."""

    def agent(self, agent_id: str) -> AgentSeen | None:
        """An agent as it is now; None where it is gone."""


class Node:
    """A step, compiled. Each method returns the step that follows, or `STAY`."""

    def __init__(self, *, listens: bool = False) -> None:
        #: The caller hears or types something: not begun when the budget is used up.
        self.listens = listens

    def enter(self, turn: Turn) -> str:
        """The caller comes to the step."""
        raise NotImplementedError

    def answer(self, turn: Turn, given: AnyInput) -> str:
        """What the step waits for is there; any other input is ignored."""
        return STAY

    def takes(self, outcome: str) -> bool:
        """Whether the step says where a call goes on that comes back so from where it was sent."""
        return False

    def returned(self, turn: Turn, way: str) -> str:
        """The flow that this step led to is through; `way` is how."""
        raise NotImplementedError

    def again(self, turn: Turn) -> str:
        """After a restart: have what is under way done again."""
        return STAY


class Program(Struct, frozen=True):
    """A flow, ready to run."""

    definition: FlowDefinition
    nodes: dict[str, Node]
    #: Variables as they are at the beginning.
    initial: Values


class Turn:
    """One input, on its way through the steps."""

    def __init__(
        self, run: FlowRun, at_us: int, programs: dict[str, Program], world: World
    ) -> None:
        self.run = run
        self.at_us = at_us
        self.programs = programs
        self.world = world
        self.effects: list[AnyEffect] = []

    @property
    def variables(self) -> Values:
        """Those of the present flow."""
        return self.run.frames[-1].variables

    @property
    def flow(self) -> FlowDefinition:
        """The present flow."""
        return self.programs[self.run.frames[-1].flow_id].definition

    @property
    def tenant_id(self) -> str:
        """The tenant of the present flow."""
        return self.run.frames[-1].flow_id.partition("/")[0]

    def new_ticket(self) -> int:
        """A ticket for an effect."""
        self.run.ticket += 1
        return self.run.ticket

    def wait(self, phase: str = "", value: str = "") -> int:
        """Wait for the answer to an effect, whose ticket is returned."""
        ticket = self.new_ticket()
        self.run.pending = Pending(ticket, phase, value=value)
        return ticket

    def be_woken(self, ticket: int, due_us: int) -> None:
        """Have the time told to the present step under one of its tickets."""
        if self.run.pending is not None:
            self.run.pending.due_us = due_us
        self.effects.append(Wake(ticket, due_us))

    def mark_heard(self, heard: int) -> None:
        """So many parts of what is under way were heard before a restart."""
        if self.run.pending is not None:
            self.run.pending.heard = self.run.pending.skipped = heard

    def leave(self, way: str, to: str, detail: str = "") -> str:
        """The present step is done, by one of its ways."""
        frame = self.run.frames[-1]
        self.run.pending = None
        self.effects.append(StepLeft(frame.flow_id, frame.step, way, detail))
        return to

    def way_out(self, way: str, to: str = "", detail: str = "") -> str:
        """The present step is done without success: by its own way out, else by that of the flow or
        of the flows that called it, else the caller is hung up."""
        self.leave(way, to, detail)
        frames, floor = self.run.frames, self.run.floor
        while not to:
            to = self.flow.otherwise
            if not to and len(frames) > floor + 1:
                frames.pop()
            elif not to:
                break
        if not to and floor:
            # Who waits in a queue goes on waiting, and through the flow from its beginning.
            return self.flow.first
        if not to:
            self.hang_up("normal")
        return to

    def hang_up(self, cause: str) -> None:
        """Hang up; the flow is over."""
        self.stop_waiting_flow()
        self.effects.append(HangUp(cause))
        self.end()

    def finish(self, reason: str) -> None:
        """The flow is over, and the call goes on without it."""
        self.effects.append(FlowEnded(reason))
        self.end()

    def end(self) -> None:
        """The flow is over."""
        if self.run.frames:
            self.run.results = self.run.frames[0].variables
        self.run.frames.clear()
        self.run.pending = None
        self.run.reaching = self.run.floor = 0

    def push(self, flow_id: str, arguments: Values) -> str:
        """Go into another flow; returns its first step."""
        program = self.programs[flow_id]
        first = program.definition.first
        self.run.frames.append(Frame(flow_id, first, {**program.initial, **arguments}))
        return first

    def stop_audio(self) -> None:
        """Stop what the present step has playing."""
        pending = self.run.pending
        if pending is not None:
            self.effects.append(StopPlay(pending.beside or pending.ticket))
            self.run.pending = None

    def stop_waiting_flow(self) -> None:
        """A caller who goes through a flow while waiting is taken out of the queue, and out of the
        flows that led there: they are not come back to."""
        if self.run.floor:
            self.effects.append(LeaveQueue(self.run.reaching))
            self.stop_waiting()

    def stop_waiting(self) -> None:
        """The flow that the caller goes through while waiting goes on by itself: the flows that led
        there are not come back to."""
        run = self.run
        if run.floor:
            del run.frames[: run.floor]
            self.count_away()
            run.reaching = run.floor = 0

    def count_away(self) -> None:
        """The time since the call was sent to a target is no time of the flow."""
        self.run.started_us += max(self.at_us - self.run.left_us, 0)
