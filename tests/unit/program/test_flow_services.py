"""What flows ask beyond the switch, carried out by the daemon: a defect ends its step alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from acdengine.commands import AnyCommand, PlayPrompts
from acdengine.engine.explain.timeline import in_words
from acdengine.engine.state import EngineState
from acdengine.events import AnyEvent
from acdengine.flow_services.http_client import FlowHttp
from acdengine.flow_services.scripts import TenantScripts
from acdengine.ivr.effects import HttpRequest
from acdengine.ivr.inputs import HttpAnswered
from acdengine.leg_sessions.port import LegSession
from acdengine.leg_sessions.session import ScriptCentre, ScriptLegs
from acdengine.plan import Plan, Systems
from acdengine.program.daemon.flow_services import FlowServices
from acdengine.requests import Request, SettingsChanged
from acdengine.service_commands import (
    AnyServiceCommand,
    AskSystem,
    CheckPin,
    RunScript,
    TellSystem,
    WriteLogLine,
)
from acdengine.service_events import PinChecked
from acdengine.settings.daemon import ScriptsSettings
from acdengine.settings.flows.library import load_flows
from queues.targets import ToFlow, ToQueue
from tests.unit.engine.scene import Scene, agent, centre, queue

FLOWS = {
    "order": """
languages: [en]
variables: {state: text}
steps:
  ask:
    http: "https://crm.example/orders"
    save: {state: status}
    on_error: lost
    next: told
  told: {play: [{text: "{state}"}]}
  end: {hangup: normal}
  lost: {queue: sales}
""",
    "script": """
languages: [en]
steps:
  run: {agi: lookup.agi, on_error: lost, next: end}
  end: {hangup: normal}
  lost: {queue: sales}
""",
}


def plan(folder: Path) -> Plan:
    for name, text in FLOWS.items():
        (folder / f"{name}.yaml").write_text(f"flow: 1\n{text}")
    flows = load_flows([folder], tenant="t", draft=True).definitions.values()
    made = centre(
        queue("sales"),
        agent("anna", "sales"),
        numbers={"100": ToFlow("t/order"), "200": ToFlow("t/script")},
        ivr_flows={flow.flow_id: flow for flow in flows},
    )
    systems = Systems(hosts=("crm.example",), script_folder=str(folder))
    tenant = structs.replace(made.tenants["t"], systems=systems)
    return structs.replace(made, tenants={"t": tenant})


class Port:
    """A switch on which nothing happens."""

    def execute(self, commands: Sequence[AnyCommand]) -> None: ...


class Daemon:
    """An engine on a stage, and the daemon's services beside it: the runtime of both."""

    def __init__(self, folder: Path) -> None:
        self.scene = Scene(plan(folder))
        self.posted: list[AnyEvent] = []
        self.port: Port | None = Port()
        self.legs = ScriptLegs(self, ScriptCentre(lambda _: False), lambda: 0.0)  # type: ignore[arg-type]
        settings = ScriptsSettings(database=str(folder / "agi" / "agi.db"))
        self.services = FlowServices(
            self, self.legs, self, settings, lambda _, __: True, self.is_pin  # type: ignore[arg-type]
        )  # fmt: skip
        self._done = 0

    @property
    def state(self) -> EngineState:
        return self.scene.engine.state

    def post(self, event: AnyEvent) -> bool:
        self.posted.append(event)
        return True

    def port_of(self, call_id: str) -> Port | None:
        return self.port

    async def request(self, event: Request) -> str:
        return ""

    def redeem(self, call_id: str, token: str) -> str | None:
        return "4711" if token == "kept" else None

    def is_pin(self, agent_id: str, typed: str) -> bool:
        if agent_id == "t/defect":
            raise RuntimeError(f"a defect with {typed}")
        return (agent_id, typed) == ("t/ann", "4711")

    def run(self) -> None:
        """Carry out what the engine has ordered, and tell it what came of it."""
        asyncio.run(self._run())

    async def _run(self) -> None:
        wanted = (AskSystem, RunScript, TellSystem, WriteLogLine)
        new = [one for one in self.scene.commands[self._done :] if isinstance(one, wanted)]
        self._done = len(self.scene.commands)
        self.services.execute(new)
        while self.services._tasks:
            await asyncio.gather(*self.services._tasks)
        await self.services.stop()
        for event in self.posted:
            self.scene.feed(structs.replace(event, at_us=self.scene.now_us))
        self.posted.clear()

    def story(self, call_id: str) -> str:
        return "\n".join(map(in_words, self.scene.engine.story(call_id)))


@pytest.fixture
def daemon(tmp_path: Path) -> Daemon:
    return Daemon(tmp_path)


def defect(*_: Any, **__: Any) -> Any:
    raise RuntimeError("a defect")


# -- HTTP -----------------------------------------------------------------------------------------


def answering(
    answers: dict[str, Callable[[], HttpAnswered]],
) -> Callable[..., Coroutine[Any, Any, HttpAnswered]]:
    async def ask(self: FlowHttp, call_id: str, request: HttpRequest) -> HttpAnswered:
        return answers[call_id]()

    return ask


def test_a_defect_in_a_request_costs_its_step_and_no_other_call(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon.scene.call("c1", "100")
    daemon.scene.call("c2", "100")
    fine = HttpAnswered(0, 200, '{"status": "shipped"}')
    monkeypatch.setattr(FlowHttp, "ask", answering({"c1": defect, "c2": lambda: fine}))
    daemon.run()
    assert daemon.scene.live("c1").state == "waiting"
    assert "invalid" in daemon.story("c1")
    assert daemon.scene.live("c2").state != "waiting"
    assert any(
        isinstance(command, PlayPrompts) and command.call_id == "c2"
        for command in daemon.scene.commands
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('{"status": {"deep": 1}}', "status"),
        ("no json", "JSON"),
        ('{"status": 1', "JSON"),
        ("[" * 100_000, "JSON"),
        ('{"status": ' + "9" * 5000 + "}", ""),
        ("\ud800", "JSON"),
    ],
)
def test_an_answer_of_the_wrong_type_leads_to_the_error_way_and_the_story_says_why(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch, body: str, reason: str
) -> None:
    daemon.scene.call("c1", "100")
    monkeypatch.setattr(FlowHttp, "ask", answering({"c1": lambda: HttpAnswered(0, 200, body)}))
    daemon.run()
    assert daemon.scene.live("c1").state == "waiting"
    told = daemon.story("c1")
    assert "ask" in told
    assert reason in told
    explained = daemon.scene.engine.explain("t/c1" if "t/c1" in daemon.state.calls else "c1")
    assert any(reason in moment.what for moment in explained.moments)


def test_a_host_that_is_not_allowed_is_refused_and_the_story_says_so(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path)
    tenant = daemon.state.plan.tenants["t"]
    daemon.state.plan.tenants["t"] = structs.replace(tenant, systems=Systems())
    daemon.scene.call("c1", "100")
    daemon.run()
    assert daemon.scene.live("c1").state == "waiting"
    assert "refused" in daemon.story("c1")


def test_requests_do_not_need_the_database_of_scripts(
    daemon: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "agi").write_text("a file where its folder should be")
    daemon.scene.call("c1", "100")
    fine = HttpAnswered(0, 200, '{"status": "shipped"}')
    monkeypatch.setattr(FlowHttp, "ask", answering({"c1": lambda: fine}))
    daemon.run()
    assert daemon.scene.live("c1").state != "waiting"


def test_a_defect_in_one_order_does_not_concern_the_next(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon.scene.call("c1", "100")
    monkeypatch.setattr(FlowHttp, "tell", defect)
    asked: list[str] = []

    async def ask(self: FlowHttp, call_id: str, request: HttpRequest) -> HttpAnswered:
        asked.append(call_id)
        return HttpAnswered(0, 200, "{}")

    monkeypatch.setattr(FlowHttp, "ask", ask)
    order = next(one for one in daemon.scene.commands if isinstance(one, AskSystem))

    async def run() -> None:
        tell = TellSystem("c1", "t", "https://crm.example/told", {})
        orders: list[AnyServiceCommand] = [tell, WriteLogLine("c1", "info", "x"), order]
        daemon.services.execute(orders)
        await asyncio.gather(*daemon.services._tasks)
        await daemon.services.stop()

    asyncio.run(run())
    assert asked == ["c1"]


# -- scripts --------------------------------------------------------------------------------------


def script_ended(daemon: Daemon) -> None:
    daemon.scene.call("c1", "200")
    daemon.run()


def test_a_defect_in_a_script_costs_its_step_and_gives_the_leg_back(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    legs: list[LegSession] = []

    async def run(self: TenantScripts, leg: LegSession, *_: object) -> None:
        legs.append(leg)
        raise RuntimeError("a defect")

    monkeypatch.setattr(TenantScripts, "run", run)
    script_ended(daemon)
    assert daemon.scene.live("c1").state == "waiting"
    assert "failure" in daemon.story("c1")
    assert daemon.legs._legs == {}
    assert len(legs) == 1


def test_a_database_of_scripts_that_cannot_be_opened_costs_the_step(
    daemon: Daemon, tmp_path: Path
) -> None:
    (tmp_path / "agi").write_text("a file where its folder should be")
    script_ended(daemon)
    assert daemon.scene.live("c1").state == "waiting"
    assert "failure" in daemon.story("c1")


def test_a_defect_while_the_leg_is_taken_costs_the_step(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ScriptLegs, "open", defect)
    script_ended(daemon)
    assert daemon.scene.live("c1").state == "waiting"
    assert "failure" in daemon.story("c1")


def test_a_script_that_is_not_there_costs_the_step(daemon: Daemon) -> None:
    script_ended(daemon)
    assert daemon.scene.live("c1").state == "waiting"
    assert "notfound" in daemon.story("c1")


def test_a_switch_that_is_gone_ends_the_script(daemon: Daemon) -> None:
    daemon.port = None
    script_ended(daemon)
    assert [one for one in daemon.scene.commands if isinstance(one, RunScript)]
    assert daemon.posted == []


@pytest.mark.parametrize(
    ("agent_id", "token", "is_right", "is_gone"),
    [
        ("t/ann", "kept", True, False),
        ("t/ben", "kept", False, False),
        ("", "kept", False, False),
        ("t/ann", "of before a restart", False, True),
        ("t/defect", "kept", False, True),
    ],
)
def test_a_pin_is_compared_and_told_by_its_result_alone(
    daemon: Daemon, agent_id: str, token: str, is_right: bool, is_gone: bool,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    async def checked() -> None:
        daemon.services.execute([CheckPin("c1", "flow-3", agent_id, token)])
        while daemon.services._tasks:
            await asyncio.gather(*daemon.services._tasks)

    asyncio.run(checked())
    (told,) = daemon.posted
    assert told == PinChecked(0, "c1", "flow-3", agent_id, is_right, is_gone)
    assert "4711" not in capsys.readouterr().out


def test_scripts_that_run_count_over_a_change_of_the_settings(daemon: Daemon) -> None:
    async def changed() -> None:
        before = daemon.services._scripts("t")
        daemon.services._counts["t"].running += 1
        plan = daemon.state.plan
        systems = Systems(places={"ivr": ToQueue("t/sales")})
        tenant = structs.replace(plan.tenants["t"], systems=systems)
        new = structs.replace(plan, tenants={"t": tenant})
        daemon.scene.feed(SettingsChanged(daemon.scene.now_us, plan=new))
        assert daemon.services._scripts("t") is not before
        await daemon.services.stop()

    asyncio.run(changed())
    assert daemon.services._counts["t"].running == 1
