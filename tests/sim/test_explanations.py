"""Explanations hold in every run."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from acdengine.commands import AnyCommand
from acdengine.engine.explain.agents_passed_over import asked_of, reason_for, standing_now
from acdengine.engine.explain.answer import Explanation
from acdengine.engine.explain.explanation import HEADINGS
from acdengine.engine.records import Call
from acdengine.events import AnyEvent
from acdengine.facts import AnyFact
from adapters.sim.draws.random_streams import Streams
from adapters.sim.seeds.faulty_run import FaultyRun
from adapters.sim.seeds.random_scenarios import draw_scenario
from routing.call_group import NO_PREFERENCE
from routing.classes import CapabilityClass, RequirementClass, capability_key


class Explaining:
    """Looks at every waiting call after every event, and at every call that has ended."""

    def __init__(self) -> None:
        self.run: FaultyRun
        self.waits = 0
        self.unfit = 0
        self.decisions = 0

    def handled(
        self, event: AnyEvent, commands: Sequence[AnyCommand], facts: Sequence[AnyFact]
    ) -> None:
        engine = self.run.engine
        self.run.engine.check()
        for fact in facts:
            call_id = getattr(fact, "call_id", "")
            if call_id in engine.state.calls or call_id in engine.state.ended:
                self._look_at(engine.explain(call_id))
        for call in engine.state.calls.values():
            if call.state == "waiting" and call.preferred_rule == NO_PREFERENCE:
                self._same_as_the_matcher(call)

    def forgotten(self) -> None:
        """The engine has lost everything but its settings."""

    def _look_at(self, told: Explanation) -> None:
        assert told.text()
        reasons = list(HEADINGS)
        lots = [decision.left_out for decision in told.decisions]
        if told.wait is not None:
            self.waits += 1
            lots.append(told.wait.agents)
            assert 1 <= told.wait.position <= told.wait.waiting
        for lot in lots:
            assert [group.reason for group in lot] == [
                reason for reason in reasons if any(group.reason == reason for group in lot)
            ]
        for decision in told.decisions:
            self.decisions += 1
            named = [one.agent_id for group in decision.left_out for one in group.agents]
            assert decision.agent_id not in named

    def _same_as_the_matcher(self, call: Call) -> None:
        """Whom the explanation calls unfit, the matcher does too, and nobody else."""
        state = self.run.engine.state
        matching = state.matcher.queues[call.queue_id]
        asked = asked_of(
            matching.policy, call, matching.stages[call.stage],
            at_us=state.now_us, from_us=call.stages_from_us,
            staffed=matching.levels.staffed, preferred=(),
        )  # fmt: skip
        group = call.group
        assert isinstance(group, RequirementClass)
        for one in state.agents_of.get(call.queue_id, {}).values():
            standing = msgspec.structs.replace(standing_now(state, one), state="ready")
            reason = reason_for(asked, one, standing)
            fits = group.assignment_of(CapabilityClass(capability_key(one))) is not None
            assert fits == (reason == "candidate"), (reason, one.agent_id)
            self.unfit += not fits


# In some seeds, such as 1, everybody dials a number that nobody has.
@pytest.mark.parametrize("seed", [0, 4, 6, 7])
def test_explanations_agree_with_the_matcher_whatever_happens(seed: int) -> None:
    watch = Explaining()
    scenario = draw_scenario(seed)
    watch.run = FaultyRun(scenario, Streams(seed), watch)
    watch.run.run()
    assert watch.waits > 20
    assert watch.decisions > 100
