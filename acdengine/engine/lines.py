"""Lines of nailed-up agents: dialled at sign-in, kept through calls, dialled again when lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from acdengine.centre_facts import LineChanged
from acdengine.commands import CloseLine, OpenLine
from acdengine.engine.floor import Floor
from acdengine.engine.records import Call, Line
from acdengine.events import LineCause, LineClosed, LineOpened, LiveLine
from queues.policy import SECOND_US
from routing.agent import Agent

if TYPE_CHECKING:
    from acdengine.engine.agents import Agents

#: A phone rings so long for its line.
TIMEOUT_US: Final = 30 * SECOND_US
#: The switch should have reported by then.
_GRACE_US: Final = 10 * SECOND_US
#: After a line was lost through nobody's will, or could not be dialled.
RETRY_US: Final = 10 * SECOND_US
#: An order that nobody confirmed is repeated after so long, so often, and then taken as done.
_REPEAT_US: Final = 5 * SECOND_US
_REPEAT_LIMIT: Final = 24
#: An agent who hung up, was busy or did not answer asks for the line by asking for calls.
_AGAIN: Final[frozenset[LineCause]] = frozenset({"unreachable", "failed", "not_rung", "lost"})


class Lines:
    """The lines' part of the engine."""

    agents: Agents

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    def is_up(self, agent: Agent) -> bool:
        """Whether calls can be put through to the agent, as far as a line is needed for it."""
        if not agent.profile.nailed_up:
            return True
        line = self._floor.lines.get(agent.line_id)
        return line is not None and line.state == "up"

    def line_to(self, agent: Agent, call: Call) -> Line | None:
        """The line that an offer of the call goes over; None where the phone is to be rung, as for
        a caller who is on another node than the line: two legs are joined on one machine."""
        line = self._floor.lines.get(agent.line_id) if agent.profile.nailed_up else None
        if line is None or (call.leg_id and call.node_id != line.node_id):
            return None
        return line

    # -- up and down ---------------------------------------------------------------------------

    def want(self, agent: Agent) -> None:
        """The line that a signed-in agent should have: dialled where there is none, dropped where
        it is to another phone or not wanted any more."""
        line = self._floor.lines.get(agent.line_id)
        is_nailed = agent.profile.nailed_up and bool(agent.contact)
        if line is not None and (not is_nailed or line.contact != agent.contact):
            self.drop(agent)
            line = None
        if is_nailed and (line is None or line.state == "paused"):
            self._dial(agent)

    def _dial(self, agent: Agent) -> None:
        floor = self._floor
        before = floor.lines.pop(agent.line_id, None)
        if before is not None:
            floor.disarm_leg(before)
        floor.serial += 1
        # Never a name that was used before, by an engine before this one either.
        line_id = f"line-{floor.now_us}-{floor.serial}"
        line = Line(line_id=line_id, agent_id=agent.agent_id, contact=agent.contact)
        floor.lines[line_id] = line
        agent.line_id = line_id
        floor.arm_leg(line, floor.now_us + TIMEOUT_US + _GRACE_US)
        how = agent.profile.auto_answer
        floor.commands.append(
            OpenLine(line_id, agent.agent_id, agent.contact, TIMEOUT_US, how, agent.node_id)
        )
        self._tell(agent, line, "dialled", "")

    def drop(self, agent: Agent) -> None:
        """The agent has no line any more; it is ordered down until that is confirmed."""
        floor = self._floor
        line = floor.lines.get(agent.line_id)
        agent.line_id = ""
        if line is None:
            return
        was_paused = line.state == "paused"
        floor.move_line(line, "dropped")
        if was_paused:
            floor.disarm_leg(line)
            del floor.lines[line.line_id]
            return
        line.repeats = 0
        floor.commands.append(CloseLine(line.line_id))
        floor.arm_leg(line, floor.now_us + _REPEAT_US)
        self._tell(agent, line, "down", "dropped")

    def _tell(
        self, agent: Agent, line: Line, state: Literal["dialled", "up", "down"], cause: str
    ) -> None:
        fact = LineChanged(self._floor.now_us, agent.agent_id, line.line_id, state, cause)
        self._floor.tell_agent(agent, fact)

    # -- what the switch reports ---------------------------------------------------------------

    def opened(self, event: LineOpened) -> None:
        """The agent is on the line; whoever waited for that is ready."""
        floor = self._floor
        line = floor.lines.get(event.line_id)
        if line is None or line.state == "paused":
            floor.count("late_events")
            floor.commands.append(CloseLine(event.line_id))
            return
        if not floor.move_line(line, "answered") or line.state != "up":
            return
        floor.disarm_leg(line)
        line.node_id = event.node_id
        agent = floor.agents[line.agent_id]
        self._tell(agent, line, "up", "")
        self.agents.line_changed(agent)

    def closed(self, event: LineClosed) -> None:
        """A line is down: ordered, hung up by the agent, or lost."""
        line = self._floor.lines.get(event.line_id)
        if line is None:
            self._floor.count("late_events")
        else:
            self._end(line, event.cause)

    def _end(self, line: Line, cause: LineCause) -> None:
        floor = self._floor
        was_closing = line.state == "closing"
        again = cause in _AGAIN and not was_closing
        if not floor.move_line(line, "put_off" if again else "ended"):
            return
        floor.disarm_leg(line)
        if again:
            floor.arm_leg(line, floor.now_us + RETRY_US)
        else:
            del floor.lines[line.line_id]
        if was_closing:
            return
        agent = floor.agents[line.agent_id]
        if not again:
            agent.line_id = ""
        self._tell(agent, line, "down", cause)
        self.agents.line_changed(agent)

    # -- time ----------------------------------------------------------------------------------

    def due(self, line: Line) -> None:
        """The switch said nothing of an order, or it is time to dial again."""
        floor = self._floor
        line.deadline = 0
        if line.state == "paused":
            self._dial(floor.agents[line.agent_id])
        elif line.state == "dialling":
            floor.commands.append(CloseLine(line.line_id))
            self._end(line, "failed")
        else:
            line.repeats += 1
            floor.count("repeated_orders")
            if line.repeats > _REPEAT_LIMIT:
                floor.count("unconfirmed_orders")
                self._end(line, "failed")
                return
            floor.commands.append(CloseLine(line.line_id))
            floor.arm_leg(line, floor.now_us + _REPEAT_US)

    # -- nodes ---------------------------------------------------------------------------------

    def lost(self, node_id: str) -> None:
        """The node has gone with its lines; they are dialled again."""
        for line in [line for line in self._floor.lines.values() if line.node_id == node_id]:
            self._end(line, "lost")

    def synced(self, node_id: str, live: tuple[LiveLine, ...], missing: LineCause) -> None:
        """What the node has and the engine forgot, is taken in; what waits to be dialled again is
        dialled now that a node is there. ``missing``: how those have ended that it has no more."""
        floor = self._floor
        there = frozenset(one.line_id for one in live)
        for line in [line for line in floor.lines.values() if line.node_id == node_id]:
            if line.line_id not in there:
                self._end(line, missing)
        for one in live:
            known = floor.lines.get(one.line_id)
            if known is None:
                self._name_apart(one.line_id)
                self._adopt(node_id, one)
            elif known.state in ("closing", "paused"):
                floor.commands.append(CloseLine(one.line_id))
            elif one.answered:
                self.opened(LineOpened(floor.now_us, one.line_id, node_id))
        for line in [line for line in floor.lines.values() if line.state == "paused"]:
            self._dial(floor.agents[line.agent_id])

    def _name_apart(self, line_id: str) -> None:
        """Lines dialled from now on have other names, even if the clock was set back meanwhile."""
        number = line_id.rpartition("-")[2]
        if number.isdecimal() and len(number) < 16:
            self._floor.serial = max(self._floor.serial, int(number))

    def _adopt(self, node_id: str, live: LiveLine) -> None:
        """A line that the engine does not know. Its agent is at work: only an engine that has
        forgotten that never saw the sign-in."""
        floor = self._floor
        agent = floor.agents.get(live.agent_id)
        if agent is None or not self._may_adopt(agent, live):
            floor.commands.append(CloseLine(live.line_id))
            return
        self.drop(agent)
        line = Line(
            line_id=live.line_id,
            agent_id=agent.agent_id,
            contact=agent.contact,
            node_id=node_id,
            state="up",
        )
        floor.lines[line.line_id] = line
        agent.line_id = line.line_id
        self._tell(agent, line, "up", "")
        self.agents.found_on_line(agent)

    def _may_adopt(self, agent: Agent, live: LiveLine) -> bool:
        if not live.answered or not agent.profile.nailed_up:
            return False
        if agent.agent_id not in self._floor.plan.agents:
            return False
        if agent.state == "logged_out":
            return not agent.signed_in_us
        return not self.is_up(agent)
