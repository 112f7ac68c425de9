"""Steps for agents who call: agent_pin, which says who they are, and agent_state."""

from __future__ import annotations

from acdengine.ivr.definition import AgentPinStep, AgentStateStep
from acdengine.ivr.effects import ChangeAgent, CheckPin
from acdengine.ivr.expressions.compiling import Kinds, compile_template
from acdengine.ivr.expressions.values import as_text
from acdengine.ivr.inputs import AgentChanged, AnyInput, PinChecked
from acdengine.ivr.turn import STAY, Node, Turn


def see(turn: Turn) -> bool:
    """Have `agent.state` and so on say how the agent is now; False where there is none."""
    agent_id = turn.run.agent_id
    seen = turn.world.agent(agent_id) if agent_id else None
    if seen is None:
        return False
    turn.run.call.update(
        {
            "agent.number": seen.number,
            "agent.name": seen.name,
            "agent.state": seen.state,
            "agent.reason": seen.reason,
        }
    )
    return True


class PinNode(Node):
    """Has a PIN checked. A caller who was another agent before is no agent until it is right."""

    def __init__(self, step: AgentPinStep, kinds: Kinds) -> None:
        super().__init__()
        self._step = step
        self._number = compile_template(step.number, kinds).evaluate

    def enter(self, turn: Turn) -> str:
        variables, run = turn.variables, turn.run
        run.agent_id = ""
        number = self._number(variables, run.call)
        secret = as_text(variables.get(self._step.pin))
        turn.effects.append(CheckPin(turn.wait(), number, secret))
        return STAY

    def again(self, turn: Turn) -> str:
        return self._refused(turn, "a restart came between")

    def answer(self, turn: Turn, given: AnyInput) -> str:
        if not isinstance(given, PinChecked):
            return STAY
        step = self._step
        if given.outcome == "locked":
            return turn.way_out("locked", step.locked or step.refused)
        turn.run.agent_id = given.agent_id
        if given.outcome != "accepted" or not see(turn):
            return self._refused(turn, given.outcome)
        return turn.leave("next", step.next)

    def _refused(self, turn: Turn, why: str) -> str:
        turn.run.agent_id = ""
        return turn.way_out("refused", self._step.refused, why)


class StateNode(Node):
    """Changes the state of the agent who calls, and tells it."""

    def __init__(self, step: AgentStateStep) -> None:
        super().__init__()
        self._step = step

    def enter(self, turn: Turn) -> str:
        step, agent_id = self._step, turn.run.agent_id
        if step.change == "hear":
            see(turn)
            return turn.leave("next", step.next)
        if not agent_id:
            return turn.way_out("refused", step.refused, "no PIN was right")
        ticket = turn.wait()
        change = ChangeAgent(ticket, agent_id, step.change, step.reason, step.is_here)
        turn.effects.append(change)
        return STAY

    def answer(self, turn: Turn, given: AnyInput) -> str:
        if not isinstance(given, AgentChanged):
            return STAY
        see(turn)
        if given.problem:
            return turn.way_out("refused", self._step.refused, given.problem)
        return turn.leave("next", self._step.next)

    def again(self, turn: Turn) -> str:
        return self.enter(turn)
