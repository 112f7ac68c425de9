"""Lines of nailed-up agents on the simulated switch."""

from __future__ import annotations

from collections.abc import Callable

from acdengine.commands import CloseLine, OpenLine, RingAgent
from acdengine.events import AnyEvent, LineCause, LineClosed, LineOpened
from acdengine.live_legs import LiveLine
from adapters.sim.centre.event_schedule import EventSchedule
from adapters.sim.centre.exchange_interfaces import Phones
from adapters.sim.centre.legs import ANSWERED, DOWN, RINGING, AgentLeg, LineLeg


class AgentLines:
    """Lines that ring once and then stay.

    Args:
        agenda: the time.
        report: takes each event at the moment it happens.
        node_id: the node that lines to phones on no known node are dialled on.
        end_offer: ends the leg of an offer whose line has gone.

    Attributes:
        legs: by the line's id.
    """

    phones: Phones

    def __init__(
        self,
        agenda: EventSchedule,
        report: Callable[[AnyEvent], None],
        node_id: str,
        end_offer: Callable[[AgentLeg], None],
    ) -> None:
        self._agenda = agenda
        self._report = report
        self._node_id = node_id
        self._end_offer = end_offer
        self.legs: dict[str, LineLeg] = {}

    def open(self, command: OpenLine) -> None:
        """Ring the phone, if there is one with nothing on it."""
        if command.line_id in self.legs:
            return
        now = self._agenda.now_us
        agent = self.phones.find(command.agent_id)
        if agent is None or not agent.registered:
            self._report(LineClosed(now, command.line_id, "unreachable"))
            return
        if agent.leg is not None or agent.line is not None or agent.phone_busy:
            self._report(LineClosed(now, command.line_id, "busy"))
            return
        line = agent.line = LineLeg(command.line_id, agent, command.node_id or self._node_id)
        self.legs[line.line_id] = line
        self.phones.line_rings(line, command.timeout_us, bool(command.auto_answer))

    def take_up(self, line: LineLeg) -> None:
        """The agent takes up the phone that rings for the line."""
        if line.state == RINGING:
            line.state = ANSWERED
            self._report(LineOpened(self._agenda.now_us, line.line_id, line.node_id))

    def of_offer(self, command: RingAgent) -> LineLeg | None:
        """The line that an offer uses; a line that is not up is reported as lost."""
        line = self.legs.get(command.line_id)
        if line is None or line.state != ANSWERED:
            self._report(LineClosed(self._agenda.now_us, command.line_id, "lost"))
            return None
        return line

    def down(self, line: LineLeg, cause: LineCause) -> None:
        """A line ends, and with it the conversation on it."""
        if line.state == DOWN:
            return
        self._drop(line)
        self._report(LineClosed(self._agenda.now_us, line.line_id, cause))
        leg = line.agent.leg
        if leg is not None and leg.line is line:
            self._end_offer(leg)

    def _drop(self, line: LineLeg) -> None:
        line.state = DOWN
        del self.legs[line.line_id]
        line.agent.line = None

    def close(self, command: CloseLine) -> None:
        """Hang up a line; a line that is down already is reported so."""
        line = self.legs.get(command.line_id)
        if line is None:
            self._report(LineClosed(self._agenda.now_us, command.line_id, "hangup"))
        else:
            self.down(line, "hangup")

    def on_node(self, node_id: str) -> tuple[LiveLine, ...]:
        """What is live on a node."""
        return tuple(
            LiveLine(line.line_id, line.agent.agent_id, line.state == ANSWERED)
            for line in self.legs.values()
            if line.node_id == node_id
        )

    def lose_node(self, node_id: str) -> None:
        """A node goes with its lines, and reports nothing."""
        for line in [line for line in self.legs.values() if line.node_id == node_id]:
            self._drop(line)
