"""A caller in a flow is nowhere else, comes out of it somewhere, and keeps to the budget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from acdengine.commands import Collect, PlayPrompts, RecordCaller
from acdengine.conversation_facts import ConversationEnded
from acdengine.facts import AnyFact, CallConnected, CallEnded
from acdengine.flow_facts import FlowEntered, FlowLeft, FlowStepLeft
from adapters.sim.seeds.checkers.checker import HandledEvent, need

#: What the flows of seeds allow, of which waiting and what follows it may use as much again.
_STEPS: Final = 4_000


@dataclass(slots=True)
class _Known:
    is_inside: bool = False
    is_talking: bool = False
    steps: int = 0


class FlowLives:
    """Follows calls through flows."""

    def __init__(self) -> None:
        self._calls: dict[str, _Known] = {}

    def look(self, moment: HandledEvent) -> None:
        """Follow each call through the facts; then no flow speaks to a caller in a conversation."""
        for fact in moment.facts:
            self._follow(fact)
        for command in moment.commands:
            if isinstance(command, PlayPrompts | Collect | RecordCaller):
                known = self._calls.get(command.call_id)
                need(
                    known is None or not known.is_talking,
                    f"a flow speaks to {command.call_id}, which is with an agent",
                )

    def _follow(self, fact: AnyFact) -> None:
        if isinstance(fact, FlowEntered):
            known = self._calls.setdefault(fact.call_id, _Known())
            need(not known.is_inside, f"{fact.call_id} came into a flow from within one")
            known.is_inside = True
        elif isinstance(fact, FlowLeft):
            known = self._calls.setdefault(fact.call_id, _Known())
            known.is_inside = False
        elif isinstance(fact, FlowStepLeft):
            known = self._calls.setdefault(fact.call_id, _Known())
            known.steps += 1
            need(not known.is_talking, f"{fact.call_id} left a step while with an agent")
            need(known.steps < _STEPS, f"{fact.call_id} took {known.steps} steps")
        elif isinstance(fact, CallConnected):
            self._calls.setdefault(fact.call_id, _Known()).is_talking = True
        elif isinstance(fact, ConversationEnded) and fact.call_id in self._calls:
            self._calls[fact.call_id].is_talking = False
        elif isinstance(fact, CallEnded):
            known = self._calls.pop(fact.call_id, _Known())
            need(not known.is_inside, f"{fact.call_id} ended in a flow that it has not left")

    def forget(self) -> None:
        """The engine has lost everything: calls begin their flows again."""
        self._calls.clear()

    def finish(self) -> None:
        """Everything has ended.

        Raises:
            CheckFailed: a caller is still in a flow.
        """
        inside = [call_id for call_id, known in self._calls.items() if known.is_inside]
        need(not inside, f"calls are still in flows: {inside}")
