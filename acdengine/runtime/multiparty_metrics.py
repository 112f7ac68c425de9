"""Metrics of calls with further parties: consults, supervisions, external numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from acdengine.conversation_facts import ConsultEnded, SupervisionEnded, SupervisionStarted
from acdengine.facts import AnyFact, NumberMissed, NumberReached
from acdengine.runtime.exposition import Family
from acdengine.runtime.loop import Runtime


class MultipartyMetrics:
    """Counts of consults, supervisions and numbers outside, and those under way.

    Args:
        runtime: whose state is shown.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._consults = Family(
            "acdengine_consults_total",
            "Consults that are over, by whom the agent asked (agent, number) and what came of it.",
            "counter", ("tenant", "kind", "outcome"),
        )  # fmt: skip
        self._consulting = Family(
            "acdengine_consults_active", "Consults under way, by their state.",
            "gauge", ("tenant", "state"),
        )  # fmt: skip
        self._supervisions = Family(
            "acdengine_supervisions_started_total",
            "Supervisions started, by the mode at the start.",
            "counter", ("tenant", "mode"),
        )  # fmt: skip
        self._supervisions_ended = Family(
            "acdengine_supervisions_ended_total", "Supervisions that are over, by why.",
            "counter", ("tenant", "reason"),
        )  # fmt: skip
        self._supervising = Family(
            "acdengine_supervisions_active", "Supervisions under way, by their mode now.",
            "gauge", ("tenant", "mode"),
        )  # fmt: skip
        self._numbers = Family(
            "acdengine_numbers_outside_total",
            "Callers put through to a number outside: reached, or why it was not.",
            "counter", ("outcome",),
        )  # fmt: skip
        self.readers: dict[type[AnyFact], Callable[[Any], None]] = {
            ConsultEnded: self._consult_ended,
            SupervisionStarted: self._supervision_started,
            SupervisionEnded: self._supervision_ended,
            NumberReached: lambda _: self._numbers.add(("reached",)),
            NumberMissed: lambda fact: self._numbers.add((fact.cause,)),
        }

    def _consult_ended(self, fact: ConsultEnded) -> None:
        kind = fact.to.partition(" ")[0]
        self._consults.add((_tenant(fact.agent_id), kind, fact.outcome))

    def _supervision_started(self, fact: SupervisionStarted) -> None:
        self._supervisions.add((_tenant(fact.agent_id), fact.mode))

    def _supervision_ended(self, fact: SupervisionEnded) -> None:
        self._supervisions_ended.add((_tenant(fact.agent_id), fact.reason))

    def render(self) -> list[str]:
        """The families, each as text."""
        state = self._runtime.state
        self._consulting.clear()
        for call in state.calls.values():
            if call.consult is not None:
                self._consulting.add((call.tenant_id, call.consult.state))
        self._supervising.clear()
        for party in state.parties.values():
            if party.role == "supervisor" and party.state != "clearing":
                self._supervising.add((state.calls[party.call_id].tenant_id, party.mode))
        return [
            family.render()
            for family in (
                self._consults, self._consulting, self._supervisions, self._supervisions_ended,
                self._supervising, self._numbers,
            )
        ]  # fmt: skip


def _tenant(agent_id: str) -> str:
    """Ids of agents are tenant/name."""
    return agent_id.partition("/")[0]
