"""Nailed-up lines: an id is used once, an agent has at most one, offers use only lines up."""

from __future__ import annotations

from acdengine.centre_facts import LineChanged
from acdengine.commands import CloseLine, OpenLine, RingAgent
from adapters.sim.seeds.checkers.checker import HandledEvent, need


class Lines:
    """Lines by their facts and commands."""

    def __init__(self) -> None:
        #: Every line that this memory has dialled or taken in, with its agent.
        self._agent_of: dict[str, str] = {}
        #: Agent to the line that is up.
        self._up: dict[str, str] = {}
        self._dropped: dict[str, None] = {}

    def look(self, moment: HandledEvent) -> None:
        """Facts first: the commands of the same event depend on them."""
        for fact in moment.facts:
            if isinstance(fact, LineChanged):
                self._changed(fact)
        for command in moment.commands:
            if isinstance(command, OpenLine):
                need(
                    self._agent_of.get(command.line_id) == command.agent_id,
                    f"{command.line_id} is dialled and nothing is told of it",
                )
            elif isinstance(command, CloseLine):
                self._dropped[command.line_id] = None
            elif isinstance(command, RingAgent) and command.line_id:
                self._put_through(command)

    def _changed(self, fact: LineChanged) -> None:
        agent_id, line_id = fact.agent_id, fact.line_id
        if fact.state == "dialled":
            need(line_id not in self._agent_of, f"{line_id} is dialled a second time")
            need(agent_id not in self._up, f"{agent_id} is dialled with {self._up.get(agent_id)}")
        elif fact.state == "up":
            need(agent_id not in self._up, f"{agent_id} has two lines")
            self._up[agent_id] = line_id
        elif self._up.get(agent_id) == line_id:
            del self._up[agent_id]
        need(
            self._agent_of.setdefault(line_id, agent_id) == agent_id,
            f"{line_id} is {agent_id}'s and another agent's",
        )

    def _put_through(self, command: RingAgent) -> None:
        agent_id, line_id = command.agent_id, command.line_id
        need(self._up.get(agent_id) == line_id, f"{agent_id} is called on {line_id}, not up")
        need(line_id not in self._dropped, f"{agent_id} is called on {line_id}, ordered down")

    def forget(self) -> None:
        """Lines still on the switch are told again; the id of one that is gone may be used again,
        where the clock stood still."""
        self._up.clear()
        self._agent_of.clear()
        self._dropped.clear()

    def finish(self) -> None:
        """Lines may outlast the calls."""
