"""Lines of nailed-up agents: dialled at sign-in, kept through calls.

What the switch reports of them is in `acdengine.engine.nailed_up_line_reports`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from acdengine.centre_facts import LineChanged
from acdengine.commands import CloseLine, OpenLine
from acdengine.engine.confirmation import REPEAT_US
from acdengine.engine.part import Part, Shares, table
from acdengine.engine.records import Call, Line
from acdengine.engine.state import EngineState
from queues.policy import SECOND_US
from routing.agent import Agent

#: A phone rings so long for its line.
TIMEOUT_US: Final = 30 * SECOND_US
#: The switch should have reported by then.
_GRACE_US: Final = 10 * SECOND_US


class NailedUpLines(Part):
    """Dials and drops the lines of nailed-up agents, and says which are up."""

    def __init__(self, state: EngineState) -> None:
        self._state = state

    def is_up(self, agent: Agent) -> bool:
        """Whether calls can be put through to the agent, as far as a line is needed for it."""
        if not agent.profile.nailed_up:
            return True
        line = self._state.lines.get(agent.line_id)
        return line is not None and line.state == "up"

    def line_to(self, agent: Agent, call: Call) -> Line | None:
        """The line that an offer of the call goes over; None where the phone is to be rung, as for
        a caller who is on another node than the line: two legs are joined on one machine."""
        line = self._state.lines.get(agent.line_id) if agent.profile.nailed_up else None
        if line is None or (call.leg_id and call.node_id != line.node_id):
            return None
        return line

    def shares(self) -> Shares:
        """The lines."""
        return {"lines": table(list[Line], self._state.lines, lambda line: line.line_id)}

    def check(self) -> Iterator[str]:
        """Each line is its agent's; an agent with a line who is ready has one that is up."""
        state = self._state
        for line_id, line in state.lines.items():
            name = f"line {line_id} ({line.state})"
            agent = state.agents.get(line.agent_id)
            is_agents = agent is not None and agent.line_id == line_id
            if is_agents == (line.state == "closing"):
                yield f"{name} is{'' if is_agents else ' not'} its agent's"
            if bool(line.deadline) == (line.state == "up"):
                yield f"{name} is due at {line.due_us}, serial {line.deadline}"
        for agent_id, agent in state.agents.items():
            if agent.line_id and agent.line_id not in state.lines:
                yield f"agent {agent_id} names line {agent.line_id}, which is unknown"
            if agent.line_id and agent.state == "logged_out":
                yield f"agent {agent_id} is signed out and has line {agent.line_id}"
            own = state.lines.get(agent.line_id)
            is_up = own is not None and own.state == "up"
            if agent.profile.nailed_up and agent.state == "ready" and not is_up:
                yield f"agent {agent_id} is ready without a line"

    # -- up and down ---------------------------------------------------------------------------

    def want(self, agent: Agent) -> None:
        """The line that a signed-in agent should have: dialled where there is none, dropped where
        it is to another phone or not wanted any more."""
        line = self._state.lines.get(agent.line_id)
        is_nailed = agent.profile.nailed_up and bool(agent.contact)
        if line is not None and (not is_nailed or line.contact != agent.contact):
            self.drop(agent)
            line = None
        if is_nailed and (line is None or line.state == "paused"):
            self.dial(agent)

    def dial(self, agent: Agent) -> None:
        """Dial a new line to the agent's phone, in place of the one before."""
        state = self._state
        before = state.lines.pop(agent.line_id, None)
        if before is not None:
            state.disarm_leg(before)
        state.serial += 1
        # Never a name that was used before, by an engine before this one either.
        line_id = f"line-{state.now_us}-{state.serial}"
        line = Line(line_id=line_id, agent_id=agent.agent_id, contact=agent.contact)
        state.lines[line_id] = line
        agent.line_id = line_id
        state.arm_leg(line, state.now_us + TIMEOUT_US + _GRACE_US)
        how = agent.profile.auto_answer
        state.commands.append(
            OpenLine(line_id, agent.agent_id, agent.contact, TIMEOUT_US, how, agent.node_id)
        )
        self.tell(agent, line, "dialled", "")

    def drop(self, agent: Agent) -> None:
        """The agent has no line any more; it is ordered down until that is confirmed."""
        state = self._state
        line = state.lines.get(agent.line_id)
        agent.line_id = ""
        if line is None:
            return
        was_paused = line.state == "paused"
        state.move_line(line, "dropped")
        if was_paused:
            state.disarm_leg(line)
            del state.lines[line.line_id]
            return
        line.repeats = 0
        state.commands.append(CloseLine(line.line_id))
        state.arm_leg(line, state.now_us + REPEAT_US)
        self.tell(agent, line, "down", "dropped")

    def tell(
        self, agent: Agent, line: Line, state: Literal["dialled", "up", "down"], cause: str
    ) -> None:
        """The fact that a line has changed."""
        fact = LineChanged(self._state.now_us, agent.agent_id, line.line_id, state, cause)
        self._state.tell_agent(agent, fact)
