"""All checkers together, as the watcher of a run."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final

from acdengine.commands import AnyCommand
from acdengine.events import AnyEvent
from acdengine.facts import AnyFact
from acdengine.plan import Plan
from adapters.sim.seeds.checkers.agent_lifecycle import AgentLives
from adapters.sim.seeds.checkers.call_lifecycle import CallLives
from adapters.sim.seeds.checkers.checker import Checker, HandledEvent
from adapters.sim.seeds.checkers.consults_and_supervision import ConsultsAndSupervision
from adapters.sim.seeds.checkers.failed_offers import FailedOffers
from adapters.sim.seeds.checkers.fair_order import FairOrder
from adapters.sim.seeds.checkers.flow_lives import FlowLives
from adapters.sim.seeds.checkers.nailed_up_lines import Lines
from adapters.sim.seeds.checkers.queue_limits import Limits
from adapters.sim.seeds.checkers.request_replies import Answers, Time
from adapters.sim.seeds.checkers.ringing_phones import Phones

#: Moments kept for the report of a failure.
_RECENT: Final = 12


class Suite:
    """Every checker sees every moment."""

    def __init__(self, plan: Plan) -> None:
        self._checkers: list[Checker] = [
            Time(), Answers(), CallLives(), AgentLives(plan), Phones(), FairOrder(plan),
            Limits(plan), ConsultsAndSupervision(), Lines(), FailedOffers(), FlowLives(),
        ]  # fmt: skip
        self.recent: deque[HandledEvent] = deque(maxlen=_RECENT)

    def handled(
        self, event: AnyEvent, commands: Sequence[AnyCommand], facts: Sequence[AnyFact]
    ) -> None:
        """The engine has handled an event.

        Raises:
            CheckFailed: what must hold does not.
        """
        moment = HandledEvent(event, commands, facts)
        self.recent.append(moment)
        for checker in self._checkers:
            checker.look(moment)

    def forgotten(self) -> None:
        """The engine has lost everything but its settings."""
        for checker in self._checkers:
            checker.forget()

    def finish(self) -> None:
        """The run is over.

        Raises:
            CheckFailed: something has not ended.
        """
        for checker in self._checkers:
            checker.finish()
