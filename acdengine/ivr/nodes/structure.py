"""Steps that lead from flow to flow: call, goto, return."""

from __future__ import annotations

from acdengine.ivr.definition import CallStep, GotoStep, ReturnStep
from acdengine.ivr.expressions.compiling import Kinds, compile_expression
from acdengine.ivr.expressions.values import Values
from acdengine.ivr.turn import DEPTH_LIMIT, STAY, Node, Turn


class Arguments:
    """Expressions for the parameters of another flow."""

    def __init__(self, arguments: dict[str, str], kinds: Kinds) -> None:
        self._values = [
            (name, compile_expression(text, kinds).evaluate) for name, text in arguments.items()
        ]

    def worked_out(self, turn: Turn) -> Values:
        """What they are worth for the caller of a turn."""
        variables, call = turn.variables, turn.run.call
        return {name: evaluate(variables, call) for name, evaluate in self._values}


class CallNode(Node):
    """Goes through another flow and comes back."""

    def __init__(self, step: CallStep, kinds: Kinds) -> None:
        super().__init__()
        self._step = step
        self._arguments = Arguments(step.arguments, kinds)

    def enter(self, turn: Turn) -> str:
        if len(turn.run.frames) >= DEPTH_LIMIT:
            return turn.way_out("too deep")
        return turn.push(self._step.flow_id, self._arguments.worked_out(turn))

    def returned(self, turn: Turn, way: str) -> str:
        """The other flow is done: its results are taken over."""
        results = turn.run.frames.pop().variables
        for here, there in self._step.save.items():
            turn.variables[here] = results.get(there)
        step = self._step
        return turn.leave(way if way in step.on else "next", step.on.get(way, step.next), way)


class GotoNode(Node):
    """Goes on in another flow, in the place of this one."""

    def __init__(self, step: GotoStep, kinds: Kinds) -> None:
        super().__init__()
        self._flow_id = step.flow_id
        self._arguments = Arguments(step.arguments, kinds)

    def enter(self, turn: Turn) -> str:
        arguments = self._arguments.worked_out(turn)
        turn.leave("next", "")
        turn.run.frames.pop()
        return turn.push(self._flow_id, arguments)


class ReturnNode(Node):
    """Goes back to the step that led here."""

    def __init__(self, step: ReturnStep) -> None:
        super().__init__()
        self._way = step.way

    def enter(self, turn: Turn) -> str:
        turn.leave(self._way or "return", "")
        frames = turn.run.frames
        if len(frames) == 1:
            turn.finish(self._way or "returned")
            return STAY
        below = frames[-2]
        return turn.programs[below.flow_id].nodes[below.step].returned(turn, self._way)
