"""Steps that lead the call away: queue, agent, number, transfer, callback, voicemail, hangup; and
record, which keeps what the caller says."""

from __future__ import annotations

from typing import cast

from acdengine.ivr.definition import (
    AgentStep,
    CallbackStep,
    HangupStep,
    NumberStep,
    QueueStep,
    Reach,
    RecordStep,
    TransferStep,
    VoicemailStep,
)
from acdengine.ivr.effects import GoTo, LeaveQueue, PlaceCallback, Play, Record
from acdengine.ivr.expressions.compiling import Kinds, compile_template
from acdengine.ivr.inputs import AnyInput, PlayFinished, ReachEnded, Recorded
from acdengine.ivr.nodes.audio import compile_items, expression
from acdengine.ivr.nodes.structure import Arguments
from acdengine.ivr.turn import STAY, Node, Turn
from queues.policy import SECOND_US
from queues.targets import Target, ToAgent, ToNumber, ToQueue, ToVoicemail


class ReachNode(Node):
    """Sends the call somewhere, and goes on by how it comes back."""

    def __init__(self, reach: Reach, to: str) -> None:
        super().__init__()
        self._on = reach.on
        self._next = to

    def go(self, turn: Turn) -> int:
        """Leave for somewhere; returns the ticket under which the call comes back."""
        turn.stop_waiting_flow()
        ticket = turn.wait("reach")
        turn.run.reaching = ticket
        turn.run.left_us = turn.at_us
        return ticket

    def answer(self, turn: Turn, given: AnyInput) -> str:
        if not isinstance(given, ReachEnded):
            return STAY
        turn.count_away()
        turn.run.reaching = turn.run.floor = 0
        return self.come_back(turn, given.outcome)

    def takes(self, outcome: str) -> bool:
        return outcome in self._on or bool(self._next)

    def come_back(self, turn: Turn, outcome: str) -> str:
        """Where the flow goes on; it is over where it says nothing of that outcome."""
        to = self._on.get(outcome, self._next)
        turn.leave(outcome if outcome in self._on else "next", to, outcome)
        if not to and turn.run.floor:
            # Who waits in a queue goes on waiting, and through the flow from its beginning.
            return turn.flow.first
        if not to:
            turn.finish(outcome)
        return to


class QueueNode(ReachNode):
    """Waits in a queue; the caller may go through another flow meanwhile."""

    def __init__(self, step: QueueStep, kinds: Kinds) -> None:
        super().__init__(step.reach, step.next)
        self._step = step
        self._target = ToQueue(step.queue_id)
        self._priority = expression(step.priority, kinds)
        self._credit_s = expression(step.credit_s, kinds)
        self._arguments = Arguments(step.arguments, kinds)

    def enter(self, turn: Turn) -> str:
        step = self._step
        variables, call = turn.variables, turn.run.call
        priority = self._priority(variables, call) if self._priority is not None else None
        credit_s = self._credit_s(variables, call) if self._credit_s is not None else None
        arguments = self._arguments.worked_out(turn)
        ticket = self.go(turn)
        turn.effects.append(
            GoTo(
                ticket,
                self._target,
                step.skills,
                int(cast(float, priority or 0)),
                max(int(cast(float, credit_s or 0)) * SECOND_US, 0),
                step.preferred,
                waits=bool(step.while_waiting),
            )
        )
        if not step.while_waiting:
            return STAY
        turn.run.floor = len(turn.run.frames)
        turn.run.pending = None
        return turn.push(step.while_waiting, arguments)

    def returned(self, turn: Turn, way: str) -> str:
        """The waiting flow is through: out of the queue by a way of this step, else once more."""
        run = turn.run
        to = self._on.get(way, "") if way else ""
        if not to:
            return turn.flow.first
        turn.effects.append(LeaveQueue(run.reaching))
        turn.count_away()
        run.reaching = run.floor = 0
        run.frames.pop()
        return turn.leave(way, to)


class TargetNode(ReachNode):
    """Goes to a target that is always the same: an agent, a voicemail box."""

    def __init__(self, target: Target, reach: Reach, to: str) -> None:
        super().__init__(reach, to)
        self._target = target

    def enter(self, turn: Turn) -> str:
        turn.effects.append(GoTo(self.go(turn), self._target))
        return STAY


def agent_node(step: AgentStep) -> Node:
    """The node of an agent step."""
    target = ToAgent(step.agent_id, step.wait_us, step.backup_id)
    return TargetNode(target, step.reach, step.next)


class VoicemailNode(TargetNode):
    """Plays its prompt, then takes a message."""

    def __init__(self, step: VoicemailStep, kinds: Kinds) -> None:
        super().__init__(ToVoicemail(step.box), step.reach, step.next)
        self._hear = compile_items(step.prompt, kinds)

    def enter(self, turn: Turn) -> str:
        audio = self._hear(turn)
        if not audio:
            return super().enter(turn)
        turn.stop_waiting_flow()
        turn.effects.append(Play(turn.wait("prompt"), audio))
        return STAY

    def answer(self, turn: Turn, given: AnyInput) -> str:
        pending = turn.run.pending
        if pending is None or pending.phase != "prompt":
            return super().answer(turn, given)
        return super().enter(turn) if isinstance(given, PlayFinished) else STAY

    def again(self, turn: Turn) -> str:
        pending = turn.run.pending
        if pending is None or pending.phase != "prompt":
            return STAY
        heard, audio = pending.heard, self._hear(turn)
        if heard >= len(audio):
            return super().enter(turn)
        turn.effects.append(Play(turn.wait("prompt"), audio[heard:]))
        turn.mark_heard(heard)
        return STAY


class NumberNode(ReachNode):
    """Dials a number, or hands the call over to it."""

    def __init__(self, step: NumberStep | TransferStep, kinds: Kinds) -> None:
        super().__init__(step.reach, step.next)
        self._number = compile_template(step.number, kinds).evaluate
        self._handover = isinstance(step, TransferStep)
        self._by_refer = isinstance(step, TransferStep) and step.by_refer

    def enter(self, turn: Turn) -> str:
        number = self._number(turn.variables, turn.run.call)
        if not number:
            return self.come_back(turn, "failed")
        target = ToNumber(number, self._by_refer)
        turn.effects.append(GoTo(self.go(turn), target, handover=self._handover))
        return STAY

    def takes(self, outcome: str) -> bool:
        is_over = self._handover and outcome == "answered"
        return not is_over and super().takes(outcome)

    def come_back(self, turn: Turn, outcome: str) -> str:
        if self._handover and outcome == "answered":
            turn.leave(outcome, "")
            turn.finish(outcome)
            return STAY
        return super().come_back(turn, outcome)


class CallbackNode(ReachNode):
    """Keeps a place in a queue for a number."""

    def __init__(self, step: CallbackStep, kinds: Kinds) -> None:
        super().__init__(step.reach, step.next)
        self._queue_id = step.queue_id
        self._number = compile_template(step.number, kinds).evaluate

    def enter(self, turn: Turn) -> str:
        number = self._number(turn.variables, turn.run.call)
        if not number:
            return self.come_back(turn, "refused")
        # A caller who waits there already keeps the place, and goes on waiting if it is refused.
        ticket = turn.wait("callback")
        waits = turn.run.reaching if turn.run.floor else 0
        turn.effects.append(PlaceCallback(ticket, self._queue_id, number, waits))
        return STAY

    def answer(self, turn: Turn, given: AnyInput) -> str:
        if not isinstance(given, ReachEnded):
            return STAY
        if given.outcome == "placed":
            turn.stop_waiting()
        return self.come_back(turn, given.outcome)


class RecordNode(Node):
    """Records the caller."""

    def __init__(self, step: RecordStep, kinds: Kinds) -> None:
        super().__init__(listens=True)
        self._step = step
        self._hear = compile_items(step.prompt, kinds)

    def enter(self, turn: Turn) -> str:
        self._record(turn, 0)
        return STAY

    def again(self, turn: Turn) -> str:
        pending = turn.run.pending
        self._record(turn, pending.heard if pending is not None else 0)
        return STAY

    def _record(self, turn: Turn, heard: int) -> None:
        step = self._step
        audio = self._hear(turn)[heard:]
        ticket = turn.wait()
        turn.mark_heard(heard)
        turn.effects.append(
            Record(ticket, audio, step.max_us, step.silence_us, step.end_keys, step.beep)
        )

    def answer(self, turn: Turn, given: AnyInput) -> str:
        if not isinstance(given, Recorded):
            return STAY
        step = self._step
        if not given.file:
            return turn.leave("empty", step.empty) if step.empty else turn.way_out("empty")
        if step.save:
            turn.variables[step.save] = given.file
        if step.seconds:
            turn.variables[step.seconds] = round(given.seconds, 3)
        return turn.leave("next", step.next)


class HangupNode(Node):
    """Says goodbye and hangs up."""

    def __init__(self, step: HangupStep, kinds: Kinds) -> None:
        super().__init__()
        self._cause = step.cause
        self._hear = compile_items(step.prompt, kinds)

    def enter(self, turn: Turn) -> str:
        audio = self._hear(turn)
        if not audio:
            return self._hang_up(turn)
        turn.stop_waiting_flow()
        turn.effects.append(Play(turn.wait(), audio, barge_in=False))
        return STAY

    def _hang_up(self, turn: Turn) -> str:
        turn.leave("hangup", "")
        turn.hang_up(self._cause)
        return STAY

    def answer(self, turn: Turn, given: AnyInput) -> str:
        return self._hang_up(turn) if isinstance(given, PlayFinished) else STAY

    def again(self, turn: Turn) -> str:
        pending = turn.run.pending
        heard, audio = pending.heard if pending is not None else 0, self._hear(turn)
        if heard >= len(audio):
            return self._hang_up(turn)
        turn.effects.append(Play(turn.wait(), audio[heard:], barge_in=False))
        turn.mark_heard(heard)
        return STAY
