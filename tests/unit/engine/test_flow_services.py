"""Flows that ask systems and run scripts: what the daemon is asked for, and what follows."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs

from acdengine import commands as cmd
from acdengine import service_commands as sc
from acdengine.facts import CallDiverted, CallLeftQueue, QueueRefused
from acdengine.flow_facts import FlowStepLeft
from acdengine.plan import Plan, Systems
from acdengine.requests import MoveRequested, TakeBackRequested
from acdengine.service_events import ScriptEnded, ScriptStatus, SystemAnswered, SystemProblem
from acdengine.settings.flows.library import load_flows
from queues.policy import SECOND_US
from queues.targets import ToFlow, ToQueue
from tests.unit.engine.scene import Scene, agent, centre, queue

ORDER = """
languages: [en]
variables: {state: text}
steps:
  tell: {webhook: "https://crm.example/arrived", data: {number: caller.number}}
  note: {log: "a caller", level: warning}
  ask:
    http: "https://crm.example/orders/{caller.number}"
    save: {state: status}
    total_s: 4
    filler: [{text: "one moment"}]
    filler_after_s: 1
    on_error: lost
    next: told
  told: {play: [{text: "{state}"}]}
  end: {hangup: normal}
  lost: {queue: sales}
"""
SCRIPT = """
languages: [en]
variables: {answer: text}
steps:
  run:
    agi: lookup.agi
    arguments: ["{caller.number}"]
    save: {answer: ANSWER}
    total_s: 20
    on_error: lost
    next: told
  told: {play: [{text: "{answer}"}]}
  end: {hangup: normal}
  lost: {hangup: busy}
"""


def plan(folder: Path, text: str) -> Plan:
    (folder / "main.yaml").write_text(f"flow: 1\n{text}")
    flows = load_flows([folder], tenant="t", draft=True).definitions.values()
    made = centre(
        queue("sales"),
        agent("anna", "sales"),
        numbers={"100": ToFlow("t/main")},
        ivr_flows={flow.flow_id: flow for flow in flows},
    )
    places = Systems(places={"ivr,100": ToQueue("t/sales")})
    tenant = structs.replace(made.tenants["t"], systems=places)
    return structs.replace(made, tenants={"t": tenant})


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    made = Scene(plan(tmp_path, ORDER))
    made.call("c1", "100", "0301234567")
    return made


def asked(scene: Scene) -> sc.AskSystem:
    return [command for command in scene.commands if isinstance(command, sc.AskSystem)][-1]


def answer(scene: Scene, status: int, body: str, problem: SystemProblem = "") -> None:
    ask = asked(scene)
    scene.feed(SystemAnswered(scene.now_us, "c1", ask.ask_id, status, body, problem))


def played(scene: Scene) -> list[str]:
    return [
        getattr(prompt, "text", "")
        for command in scene.commands
        if isinstance(command, cmd.PlayPrompts)
        for prompt in command.prompts
    ]


def test_a_system_is_asked_and_its_answer_is_said(scene: Scene) -> None:
    ask = asked(scene)
    assert (ask.tenant_id, ask.method) == ("t", "GET")
    assert ask.url == "https://crm.example/orders/0301234567"
    assert ask.total_us == 4 * SECOND_US
    answer(scene, 200, '{"status": "shipped"}')
    assert played(scene) == ["shipped"]


def test_what_is_told_and_logged(scene: Scene) -> None:
    data = {"number": "0301234567"}
    assert scene.ordered(sc.TellSystem, url="https://crm.example/arrived", data=data)
    assert scene.ordered(sc.WriteLogLine, level="warning", message="a caller")


@pytest.mark.parametrize(
    ("status", "body", "problem"),
    [
        (500, "", ""),
        (200, "no json", ""),
        (200, '{"status": {"deep": 1}}', ""),
        (0, "", "timeout"),
        (0, "", "refused"),
    ],
)
def test_an_answer_that_is_none_takes_the_way_of_errors(
    scene: Scene, status: int, body: str, problem: SystemProblem
) -> None:
    answer(scene, status, body, problem)
    assert scene.live("c1").state == "waiting"
    assert any(fact.detail for fact in scene.told(FlowStepLeft))


def test_a_caller_hears_something_while_a_system_takes_its_time(scene: Scene) -> None:
    scene.wait(1.5)
    assert played(scene) == ["one moment"]
    answer(scene, 200, '{"status": "shipped"}')
    assert scene.ordered(cmd.StopPrompt, call_id="c1")
    assert played(scene)[-1] == "shipped"


def test_an_answer_that_never_comes_is_a_timeout(scene: Scene) -> None:
    scene.wait(11)
    assert scene.live("c1").state == "waiting"


def test_an_answer_to_something_else_changes_nothing(scene: Scene) -> None:
    scene.feed(SystemAnswered(scene.now_us, "c1", "flow-99", 200, "{}"))
    scene.feed(SystemAnswered(scene.now_us, "c9", "flow-1", 200, "{}"))
    assert played(scene) == []
    assert scene.live("c1").state == "flow"


@pytest.fixture
def running(tmp_path: Path) -> Scene:
    made = Scene(plan(tmp_path, SCRIPT))
    made.call("c1", "100", "0301234567")
    return made


def script_ends(scene: Scene, status: ScriptStatus, place: str = "", **variables: str) -> None:
    run = [command for command in scene.commands if isinstance(command, sc.RunScript)][-1]
    scene.feed(ScriptEnded(scene.now_us, "c1", run.script_id, status, variables, place))


def test_a_script_is_run_and_its_variables_are_taken(running: Scene) -> None:
    assert running.ordered(
        sc.RunScript, tenant_id="t", script="lookup.agi", arguments=("0301234567",),
        variables=("ANSWER",), language="en",
    )  # fmt: skip
    script_ends(running, "success", ANSWER="forty two")
    assert played(running) == ["forty two"]


@pytest.mark.parametrize("status", ["failure", "notfound", "timeout"])
def test_a_script_that_fails_takes_the_way_of_errors(running: Scene, status: ScriptStatus) -> None:
    script_ends(running, status)
    assert running.ordered(cmd.HangUpCall, call_id="c1", cause="busy")


def test_a_place_of_the_dialplan_is_where_the_call_goes(running: Scene) -> None:
    script_ends(running, "success", "ivr,100")
    assert running.live("c1").state in ("waiting", "ringing")
    assert running.live("c1").ivr is None
    assert running.told(CallDiverted)


def test_a_place_that_the_settings_do_not_have_is_none(running: Scene) -> None:
    script_ends(running, "success", "elsewhere", ANSWER="x")
    assert played(running) == ["x"]


def test_keys_that_a_script_has_not_taken_are_typed_ahead(running: Scene) -> None:
    run = [command for command in running.commands if isinstance(command, sc.RunScript)][-1]
    ended = ScriptEnded(
        running.now_us, "c1", run.script_id, "success", {"ANSWER": "x"}, typed="42", heard=7
    )
    running.feed(ended)
    typed = running.live("c1").typed
    assert typed is not None
    assert (typed.keys, typed.heard) == ("42", 7)


def send_by_script(scene: Scene) -> None:
    scene.feed(MoveRequested(scene.now_us, call_id="c1", target=ToQueue("t/sales"), by_script=True))


def test_a_script_takes_its_caller_back_from_a_queue(running: Scene) -> None:
    send_by_script(running)
    assert running.live("c1").state == "waiting"
    running.feed(TakeBackRequested(running.now_us, call_id="c1"))
    assert running.live("c1").state == "flow"
    assert running.told(CallLeftQueue)
    script_ends(running, "success", ANSWER="back")
    assert played(running) == ["back"]


def test_a_call_that_no_script_has_sent_is_not_taken_back(running: Scene) -> None:
    running.feed(TakeBackRequested(running.now_us, call_id="c1"))
    assert running.live("c1").state == "flow"
    running.feed(MoveRequested(running.now_us, call_id="c1", target=ToQueue("t/sales")))
    running.feed(TakeBackRequested(running.now_us, call_id="c1"))
    assert running.live("c1").state == "waiting"


def test_a_queue_that_takes_no_call_leaves_it_with_the_script(running: Scene) -> None:
    running.engine.state.queues["t/sales"].drained = True
    send_by_script(running)
    assert running.live("c1").state == "flow"
    assert running.told(QueueRefused)
    script_ends(running, "success", ANSWER="refused")
    assert played(running) == ["refused"]


def test_a_script_that_ends_while_its_caller_waits_changes_nothing(running: Scene) -> None:
    send_by_script(running)
    script_ends(running, "failure")
    assert running.live("c1").state == "waiting"
    assert running.live("c1").ivr is None


def test_a_call_that_is_moved_ends_its_script(running: Scene) -> None:
    run = [command for command in running.commands if isinstance(command, sc.RunScript)][-1]
    running.feed(MoveRequested(running.now_us, call_id="c1", target=ToQueue("t/sales")))
    assert running.ordered(sc.StopScript, call_id="c1", script_id=run.script_id)
    script_ends(running, "hangup")
    assert running.live("c1").state == "waiting"
