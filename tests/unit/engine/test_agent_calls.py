"""Agents who call: their PINs, the lock after wrong ones, and what they want to be."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import requests as rq
from acdengine.centre_facts import AgentStateChanged
from acdengine.engine.explain.timeline import in_words
from acdengine.flow_facts import AgentPinChecked, FlowStepLeft
from acdengine.plan import PinPolicy, Plan, Tenant
from acdengine.service_commands import CheckPin, WriteLogLine
from acdengine.service_events import PinChecked
from acdengine.settings.flows.library import load_flows
from queues.targets import ToFlow
from routing.policy import AgentProfile
from tests.unit.engine.scene import Scene, agent, centre, queue

SIGN_IN = """
variables: {number: text, pin: secret}
otherwise: end
steps:
  who: {collect: number, prompt: number}
  pin: {collect: pin, prompt: pin, length: 4, sensitive: pin}
  check: {agent_pin: pin, number: "{number}", refused: wrong, locked: locked}
  state: {play: {text: "{agent.state} {agent.reason}"}}
  choose: {menu: choose, keys: {1: in, 2: ready, 3: break, 4: out, 5: usual}}
  in: {agent_state: sign_in, refused: sorry, next: state}
  usual: {agent_state: sign_in, telephone: usual, refused: sorry, next: state}
  ready: {agent_state: ready, refused: sorry, next: state}
  break: {agent_state: not_ready, reason: break, refused: sorry, next: state}
  out: {agent_state: sign_out, refused: sorry, next: state}
  sorry: {play: {text: not possible}, next: choose}
  wrong: {play: {text: wrong}, next: who}
  locked: {hangup: normal}
  end: {hangup: normal}
"""
DESK = "desk@t.test"
_TEXT = (cmd.PlayPrompts, cmd.Collect)


def plan(folder: Path) -> Plan:
    (folder / "main.yaml").write_text(f"flow: 1\n{SIGN_IN}")
    flows = load_flows([folder], tenant="t", draft=True).definitions.values()
    anna = structs.replace(agent("anna", "sales", number="1001"), contact=f"user/{DESK}")
    other = Tenant(tenant_id="u", numbers={"200": ToFlow("t/main")})
    made = centre(
        queue("sales"),
        anna,
        agent("ben", "sales", number="1002"),
        numbers={"100": ToFlow("t/main")},
        ivr_flows={flow.flow_id: flow for flow in flows},
        pins=PinPolicy(3, 600_000_000),
        telephone_in_use="sign_out",
    )
    stranger = AgentProfile(agent_id="u/zoe", tenant_id="u", name="zoe", number="1009")
    agents = {**made.agents, "u/zoe": stranger}
    return structs.replace(made, tenants={**made.tenants, "u": other}, agents=agents)


class Agent:
    """An agent who calls, and the daemon that checks the PIN."""

    def __init__(self, scene: Scene, call_id: str = "c1", telephone: str = DESK) -> None:
        self.scene = scene
        self.call_id = call_id
        more = {"telephone": telephone, "direction": "internal"} if telephone else {}
        scene.call(call_id, "100", "0301234567", **more)

    def _last(self) -> cmd.PlayPrompts | cmd.Collect:
        mine = [one for one in self.scene.commands if isinstance(one, _TEXT)]
        return [one for one in mine if one.call_id == self.call_id][-1]

    def types(self, digits: str) -> Agent:
        order = self._last()
        assert isinstance(order, cmd.Collect)
        token = "token" if order.is_sensitive else ""
        self.scene.feed(
            ev.DigitsCollected(
                self.scene.now_us, self.call_id, order.collect_id, "value",
                "****" if token else digits, token=token,
            )
        )  # fmt: skip
        return self

    def heard(self) -> Agent:
        order = self._last()
        assert isinstance(order, cmd.PlayPrompts)
        self.scene.feed(ev.PromptsFinished(self.scene.now_us, self.call_id, order.prompt_id))
        return self

    @property
    def text(self) -> str:
        order = self._last()
        return "".join(getattr(prompt, "text", "") for prompt in order.prompts).strip()

    def checked(self, *, is_right: bool, is_gone: bool = False) -> Agent:
        asked = [one for one in self.scene.commands if isinstance(one, CheckPin)][-1]
        assert asked.secret == "token"
        self.scene.feed(
            PinChecked(
                self.scene.now_us, self.call_id, asked.check_id, asked.agent_id, is_right, is_gone
            )
        )
        return self

    def comes_in(self, number: str = "1001") -> Agent:
        return self.types(number).types("4711").checked(is_right=True)

    def fails(self, number: str = "1001") -> Agent:
        self.types(number).types("0000").checked(is_right=False)
        return self.heard() if self.text == "wrong" else self


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(plan(tmp_path))


def test_an_agent_signs_in_here_and_is_rung_when_the_call_is_over(scene: Scene) -> None:
    ann = Agent(scene).comes_in()
    assert ann.text == "logged_out"
    ann.heard().types("1")
    assert ann.text == "not_ready signed-in"
    ann.heard().types("2")
    assert ann.text == "ready"
    scene.call("c2", "sales")
    assert not scene.ringing("c2")
    scene.caller_hangs_up("c1")
    assert scene.ringing("c2") == ["anna"]
    assert scene.told(AgentStateChanged, agent_id="t/anna", by="telephone")
    assert scene.told(AgentPinChecked, agent_id="t/anna", outcome="accepted")


def test_another_agent_signs_in_on_the_telephone(scene: Scene) -> None:
    Agent(scene).comes_in().heard().types("1")
    scene.caller_hangs_up("c1")
    ben = Agent(scene, "c2").comes_in("1002").heard().types("1").heard().types("2")
    assert ben.text == "ready"
    agents = scene.engine.state.agents
    assert agents["t/anna"].state == "logged_out"
    assert agents["t/ben"].contact == f"user/{DESK}"
    scene.call("c3", "sales")
    scene.caller_hangs_up("c2")
    assert scene.ringing("c3") == ["ben"]


def test_a_break_and_the_end_of_work(scene: Scene) -> None:
    ann = Agent(scene).comes_in().heard().types("1").heard().types("3")
    assert ann.text == "not_ready break"
    ann.heard().types("4")
    assert ann.text == "logged_out"
    ann.heard().types("3")
    assert ann.text == "not possible"
    assert scene.told(FlowStepLeft, step="break", way="refused")[0].detail == "not signed in"


def test_a_call_from_outside_is_no_telephone_to_sign_in_at(scene: Scene) -> None:
    ann = Agent(scene, telephone="").comes_in().heard().types("1")
    assert ann.text == "not possible"
    ann.heard().types("5")
    assert ann.text == "not_ready signed-in"
    assert scene.engine.state.agents["t/anna"].contact == f"user/{DESK}"


def test_wrong_pins_lock_the_agent_at_every_telephone(scene: Scene) -> None:
    Agent(scene).fails().fails().fails()
    assert scene.told(AgentPinChecked)[-1].locked_until_us == scene.now_us + 600_000_000
    assert "t/anna" in scene.ordered(WriteLogLine, level="warning")[0].message
    before = len(scene.ordered(CheckPin))
    Agent(scene, "c2", "away@t.test").types("1001").types("4711")
    assert scene.told(AgentPinChecked, call_id="c2")[-1].outcome == "locked"
    assert len(scene.ordered(CheckPin)) == before
    assert "c2" not in scene.engine.state.calls
    scene.wait(601)
    assert Agent(scene, "c3").comes_in().text == "logged_out"


def test_wrong_pins_lock_the_telephone_for_every_number(scene: Scene) -> None:
    Agent(scene).fails("1001").fails("1002").fails("777")
    Agent(scene, "c2").types("1002").types("4711")
    assert scene.told(AgentPinChecked, call_id="c2")[-1].outcome == "locked"
    assert Agent(scene, "c3", "away@t.test").comes_in("1002").text == "logged_out"


def test_pins_tried_at_the_same_moment_count(scene: Scene) -> None:
    for number in range(3):
        Agent(scene, f"a{number}", f"x{number}@t.test").types("1001").types("1111")
    Agent(scene, "a3", "x3@t.test").types("1001").types("1111")
    assert scene.told(AgentPinChecked, call_id="a3")[-1].outcome == "locked"


def test_the_right_pin_ends_the_count_of_the_agent_alone(scene: Scene) -> None:
    Agent(scene).fails().fails().comes_in()
    scene.caller_hangs_up("c1")
    Agent(scene, "c2").fails("777")
    assert scene.told(AgentPinChecked)[-1].locked_until_us, "the third one of the telephone"
    assert Agent(scene, "c3", "away@t.test").fails().fails().comes_in().text == "logged_out"


def test_an_agent_of_another_tenant_has_no_number_here(scene: Scene) -> None:
    Agent(scene).types("1009").types("4711")
    assert scene.ordered(CheckPin)[-1].agent_id == ""


def test_a_pin_that_is_right_for_another_tenant_is_refused(scene: Scene) -> None:
    ann = Agent(scene).types("1001").types("4711")
    check_id = scene.ordered(CheckPin)[-1].check_id
    scene.feed(PinChecked(scene.now_us, "c1", check_id, "u/zoe", is_right=True))
    assert ann.text == "wrong"


def test_a_pin_that_is_kept_no_longer_counts_for_nothing(scene: Scene) -> None:
    ann = Agent(scene)
    for _ in range(4):
        ann.types("1001").types("4711").checked(is_right=False, is_gone=True).heard()
    assert {fact.outcome for fact in scene.told(AgentPinChecked)} == {"failed"}
    assert ann.comes_in().text == "logged_out"


def test_no_change_without_a_pin(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "main.yaml").write_text(
        "flow: 1\nsteps:\n  in: {agent_state: ready, refused: no}\n  end: {hangup: normal}\n"
        "  no: {play: {text: no}}\n  bye: {hangup: normal}\n"
    )
    flows = load_flows([tmp_path], tenant="t", draft=True).definitions.values()
    changed = structs.replace(
        scene.engine.state.plan, ivr_flows={flow.flow_id: flow for flow in flows}
    )
    scene.feed(rq.SettingsChanged(scene.now_us, plan=changed))
    assert Agent(scene).text == "no"


def test_an_answer_that_never_comes_is_no_pin(scene: Scene) -> None:
    ann = Agent(scene).types("1001").types("4711")
    scene.wait(21)
    assert ann.text == "wrong"
    assert scene.told(FlowStepLeft, step="check")[-1].detail == "failed"


def test_the_story_says_who_tried(scene: Scene) -> None:
    Agent(scene).fails("777")
    told = scene.told(AgentPinChecked)[-1]
    assert in_words(told) == "typed a PIN for a number of no agent: refused"
