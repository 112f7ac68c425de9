"""Simulated callers in IVR flows: through the menu to an agent."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

from msgspec import structs

from acdengine import facts
from acdengine.flow_facts import FlowStepLeft
from acdengine.plan import Plan
from acdengine.settings.flows.library import load_flows
from adapters.sim.scenarios.scenario import AnswerManners
from queues.targets import ToFlow
from tests.unit.sim.test_world import CALLS, Played, plan, scenario

FLOW = """\
flow: 1
otherwise: waiting
steps:
  hello: { play: [hello, news] }
  ask: { menu: main, keys: { 1: waiting, 2: bye }, noinput: { tries: 1, prompts: [again] } }
  waiting: { queue: q, priority: "2" }
  bye: { hangup: normal }
"""


def centre(folder: Path) -> Plan:
    (folder / "menu.yaml").write_text(FLOW)
    flows = load_flows([folder], tenant="t", draft=True).definitions.values()
    the_plan = plan(agents=9)
    tenant = structs.replace(the_plan.tenants["t"], numbers={"100": ToFlow("t/menu")})
    return structs.replace(
        the_plan, tenants={"t": tenant}, ivr_flows={flow.flow_id: flow for flow in flows}
    )


def test_who_presses_one_speaks_with_an_agent(tmp_path: Path) -> None:
    answers = AnswerManners(keys=("1",))
    played = Played(scenario(centre(tmp_path), replace(CALLS, answers=answers)))
    served = played.of(facts.CallConnected)
    assert len(served) > 80
    ways = Counter(f"{fact.step} {fact.way}" for fact in played.of(FlowStepLeft))
    assert ways["ask key 1"] >= len(served)
    assert {fact.priority for fact in played.of(facts.CallQueued)} == {2}
    assert {fact.outcome for fact in played.of(facts.CallEnded)} == {"answered"}


def test_who_presses_nothing_is_asked_again_and_comes_to_an_agent(tmp_path: Path) -> None:
    answers = AnswerManners(keys=("", "", ""), random=0.0)
    played = Played(scenario(centre(tmp_path), replace(CALLS, answers=answers)))
    ways = Counter(f"{fact.step} {fact.way}" for fact in played.of(FlowStepLeft))
    assert ways["ask noinput"] > 80
    assert len(played.of(facts.CallConnected)) > 80


def test_who_presses_two_is_let_go(tmp_path: Path) -> None:
    played = Played(scenario(centre(tmp_path), replace(CALLS, answers=AnswerManners(keys=("2",)))))
    assert len(played.of(FlowStepLeft)) > 200
    assert not played.of(facts.CallQueued)
    assert {fact.outcome for fact in played.of(facts.CallEnded)} == {"flow_ended"}
    assert played.figures["turned_away"] == 0
