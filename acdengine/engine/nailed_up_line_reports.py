"""Reports of the switch about nailed-up lines, their deadlines, and what follows for agents."""

from __future__ import annotations

from typing import Final

from acdengine.commands import CloseLine
from acdengine.engine.agents import Agents
from acdengine.engine.confirmation import REPEAT_US, repeats
from acdengine.engine.nailed_up_lines import NailedUpLines
from acdengine.engine.part import DeadlineHandlers, Handlers, Part, Share, Shares
from acdengine.engine.records import Line
from acdengine.engine.state import EngineState
from acdengine.events import LineCause, LineClosed, LineOpened
from acdengine.live_legs import LiveLine
from queues.policy import SECOND_US
from routing.agent import Agent

#: A line that was lost or could not be dialled is dialled again after this time.
RETRY_US: Final = 10 * SECOND_US
#: After other causes (hung up, busy, no answer) the agent gets a line by asking for calls.
_AGAIN: Final[frozenset[LineCause]] = frozenset({"unreachable", "failed", "not_rung", "lost"})
#: Lines that are remembered as ordered down though no longer known.
_GIVEN_UP: Final = 64


class NailedUpLineReports(Part):
    """Handles reports and deadlines of lines; an agent whose line changes may become ready."""

    def __init__(self, state: EngineState, lines: NailedUpLines, agents: Agents) -> None:
        self._state = state
        self._lines = lines
        self._agents = agents
        #: Lines that were ordered down when nothing was heard of them; that order may still arrive.
        self._given_up: dict[str, int] = {}

    def shares(self) -> Shares:
        """Lines that were given up, and when."""
        given_up = self._given_up
        return {
            "lines_given_up": Share(dict[str, int], lambda: given_up, given_up.update, empty=dict)
        }

    def deadlines(self) -> DeadlineHandlers:
        """No answer in time, the next attempt, or an order that was not confirmed."""
        return {Line: self.due}

    def handlers(self) -> Handlers:
        """The events that this part handles."""
        return {
            LineOpened: self.opened,
            LineClosed: self.closed,
        }

    # -- what the switch reports ---------------------------------------------------------------

    def opened(self, event: LineOpened) -> None:
        """The line is up: the agent becomes ready where only the line was missing."""
        state = self._state
        line = state.lines.get(event.line_id)
        if line is None or line.state == "paused":
            state.count("late_events")
            state.commands.append(CloseLine(event.line_id))
            return
        if not state.move_line(line, "answered") or line.state != "up":
            return
        state.disarm_leg(line)
        line.node_id = event.node_id
        agent = state.agents[line.agent_id]
        self._lines.tell(agent, line, "up", "")
        self._agents.line_changed(agent)

    def closed(self, event: LineClosed) -> None:
        """Handles `LineClosed`: the line is down because it was ordered, the agent hung up, or it
        was lost."""
        line = self._state.lines.get(event.line_id)
        if line is None:
            self._given_up.pop(event.line_id, None)
            self._state.count("late_events")
        else:
            self._end(line, event.cause)

    def _end(self, line: Line, cause: LineCause) -> None:
        state = self._state
        was_closing = line.state == "closing"
        again = cause in _AGAIN and not was_closing
        if not state.move_line(line, "put_off" if again else "ended"):
            return
        state.disarm_leg(line)
        if again:
            state.arm_leg(line, state.now_us + RETRY_US)
        else:
            del state.lines[line.line_id]
        if was_closing:
            return
        agent = state.agents[line.agent_id]
        if not again:
            agent.line_id = ""
        self._lines.tell(agent, line, "down", cause)
        self._agents.line_changed(agent)

    # -- time ----------------------------------------------------------------------------------

    def due(self, line: Line) -> None:
        """Handles the deadline of a line: an order was not confirmed, or the pause before dialling
        again is over."""
        state = self._state
        line.deadline = 0
        if line.state == "paused":
            self._lines.dial(state.agents[line.agent_id])
        elif line.state == "dialling":
            state.commands.append(CloseLine(line.line_id))
            self._give_up(line)
            self._end(line, "failed")
        elif repeats(state, line):
            state.commands.append(CloseLine(line.line_id))
            state.arm_leg(line, state.now_us + REPEAT_US)
        else:
            self._end(line, "failed")

    def _give_up(self, line: Line) -> None:
        self._given_up[line.line_id] = self._state.now_us
        while len(self._given_up) > _GIVEN_UP:
            del self._given_up[next(iter(self._given_up))]

    # -- nodes ---------------------------------------------------------------------------------

    def lost(self, node_id: str) -> None:
        """The node has gone with its lines; they are dialled again."""
        for line in [line for line in self._state.lines.values() if line.node_id == node_id]:
            self._end(line, "lost")

    def synced(self, node_id: str, live: tuple[LiveLine, ...], missing: LineCause) -> None:
        """What the node has and the engine forgot, is taken in; what waits to be dialled again is
        dialled now that a node is there. ``missing``: how those have ended that it has no more."""
        state = self._state
        there = frozenset(one.line_id for one in live)
        for line in [line for line in state.lines.values() if line.node_id == node_id]:
            if line.line_id not in there:
                self._end(line, missing)
        for one in live:
            known = state.lines.get(one.line_id)
            if known is None:
                self._name_apart(one.line_id)
                self._adopt(node_id, one)
            elif known.state in ("closing", "paused"):
                state.commands.append(CloseLine(one.line_id))
            elif one.answered:
                self.opened(LineOpened(state.now_us, one.line_id, node_id))
        for line in [line for line in state.lines.values() if line.state == "paused"]:
            self._lines.dial(state.agents[line.agent_id])

    def _name_apart(self, line_id: str) -> None:
        """Give later lines other names, even if the clock was set back meanwhile."""
        number = line_id.rpartition("-")[2]
        if number.isdecimal() and len(number) < 16:
            self._state.serial = max(self._state.serial, int(number))

    def _adopt(self, node_id: str, live: LiveLine) -> None:
        """Take over a line that the engine does not know, and sign its agent in: the line exists
        only because the agent had signed in."""
        state = self._state
        agent = state.agents.get(live.agent_id)
        if agent is None or not self._may_adopt(agent, live):
            state.commands.append(CloseLine(live.line_id))
            return
        self._lines.drop(agent)
        line = Line(
            line_id=live.line_id,
            agent_id=agent.agent_id,
            contact=agent.contact,
            node_id=node_id,
            state="up",
        )
        state.lines[line.line_id] = line
        agent.line_id = line.line_id
        self._lines.tell(agent, line, "up", "")
        self._agents.found_on_line(agent)

    def _may_adopt(self, agent: Agent, live: LiveLine) -> bool:
        if not live.answered or not agent.profile.nailed_up or live.line_id in self._given_up:
            return False
        if agent.agent_id not in self._state.plan.agents:
            return False
        if agent.state == "logged_out":
            return not agent.signed_in_us
        return not self._lines.is_up(agent)
