"""Scripts of a tenant's flows on a leg, and what of the centre they reach."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from acdengine.agi.database import AgiDatabase
from acdengine.agi.runner import ScriptRules, ScriptRunner
from acdengine.flow_services.script_host import TenantHost
from acdengine.flow_services.scripts import TenantScripts
from acdengine.ivr.effects import RunScript
from acdengine.ivr.inputs import ScriptEnded
from acdengine.leg_sessions.port import LegIdentity
from acdengine.plan import Plan, Tenant
from acdengine.requests import (
    MoveRequested,
    NotReadyRequested,
    QueuesChangeRequested,
    ReadyRequested,
    Request,
)
from acdengine.runtime.rate_limited_log import RateLimitedLog
from queues.policy import QueuePolicy
from routing.policy import AgentProfile, Assignment
from tests.unit.agi.legs import PaperLeg, PaperLink

PLAN = Plan(
    tenants={
        "main": Tenant(
            tenant_id="main", dial_allow=("030",), boxes=("main/100",), not_ready_reasons=("lunch",)
        ),
        "other": Tenant(tenant_id="other"),
    },
    queues={
        "main/sales": QueuePolicy(queue_id="main/sales", tenant_id="main", name="Sales"),
        "other/support": QueuePolicy(queue_id="other/support", tenant_id="other", name="Support"),
    },
    agents={
        "main/ada": AgentProfile(
            agent_id="main/ada", tenant_id="main", name="Ada", contact="user/1000@sip.example",
            queues={"main/sales": Assignment()},
        ),
        "other/eve": AgentProfile(
            agent_id="other/eve", tenant_id="other", name="Eve", contact="user/2000@sip.example"
        ),
    },
)  # fmt: skip


class Engine:
    """Takes requests."""

    def __init__(self, problem: str = "") -> None:
        self.asked: list[Request] = []
        self.problem = problem

    async def ask(self, request: Request) -> str:
        self.asked.append(request)
        return self.problem


async def no_script(script: str, arguments: Any) -> str:
    raise AssertionError(script)


def host_of(engine: Engine, **places: str) -> TenantHost:
    return TenantHost(
        lambda: PLAN, "main", "call-1", {"hello"}.__contains__, engine.ask, no_script, places,
        RateLimitedLog(),
    )  # fmt: skip


def script_of(folder: Path, text: str) -> str:
    path = folder / "script.agi"
    path.write_text(
        f"#!{sys.executable} -u\nimport sys\n"
        "given = {}\n"
        "while line := sys.stdin.readline().strip():\n"
        "    key, _, value = line.partition(': ')\n    given[key] = value\n"
        "def ask(command):\n    print(command)\n    return sys.stdin.readline().strip()\n" + text
    )
    path.chmod(0o755)
    return path.name


def run(
    folder: Path, text: str, *wanted: str, change: Callable[[PaperLeg], None] = lambda leg: None
) -> tuple[ScriptEnded, str]:
    async def whole() -> tuple[ScriptEnded, str]:
        leg = PaperLeg(PaperLink())
        leg.identity = LegIdentity("call-1", "4930123", "12345", "Ada", "trunk", "main")
        change(leg)
        scripts = TenantScripts(
            ScriptRunner(ScriptRules(folders=[folder]), lambda: leg.now_us, lambda: 0),
            AgiDatabase(":memory:", "main"), lambda: PLAN, lambda _, name: name == "hello",
            Engine().ask, {"ivr,100": "queue sales"},
        )  # fmt: skip
        effect = RunScript(3, script_of(folder, text), ("one", "two"), wanted, 60_000_000)
        return await scripts.run(leg, effect, "de")

    return asyncio.run(whole())


@pytest.mark.slow
def test_a_flow_is_told_the_variables_that_it_wants(tmp_path: Path) -> None:
    text = 'ask(f\'SET VARIABLE who {given["agi_callerid"]}{given["agi_arg_2"]}\')\n'
    told, target = run(tmp_path, text, "who", "nothing")
    assert told == ScriptEnded(3, "success", {"who": "4930123two"})
    assert target == ""


@pytest.mark.slow
def test_a_place_of_the_dialplan_is_one_of_the_settings(tmp_path: Path) -> None:
    text = "ask('SET CONTEXT ivr')\nask('SET EXTENSION 100')\nask('SET PRIORITY 1')\n"
    assert run(tmp_path, text)[1] == "queue sales"
    assert run(tmp_path, "ask('SET CONTEXT elsewhere')\n")[1] == ""


@pytest.mark.slow
def test_a_withheld_number_is_not_told(tmp_path: Path) -> None:
    def withhold(leg: PaperLeg) -> None:
        leg.identity = LegIdentity("c", "4930123", "1", "Ada", "", "main", withheld=True)

    text = 'ask(f\'SET VARIABLE who {given["agi_callerid"]}/{given["agi_calleridname"]}\')\n'
    told, _ = run(tmp_path, text, "who", change=withhold)
    assert told.variables == {"who": "unknown/unknown"}


@pytest.mark.slow
def test_a_script_that_calls_itself_ends(tmp_path: Path) -> None:
    text = "ask('EXEC AGI script.agi')\nask(f'VERBOSE deep')\n"
    assert run(tmp_path, text)[0].status == "success"


def test_a_missing_script(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()

    async def whole() -> str:
        leg = PaperLeg(PaperLink())
        leg.identity = LegIdentity("call-1", "1", "2", "", "", "main")
        runner = ScriptRunner(ScriptRules(folders=[tmp_path]), lambda: 0, lambda: 0)
        scripts = TenantScripts(
            runner, AgiDatabase(":memory:", "main"), lambda: PLAN, lambda *_: True, Engine().ask, {}
        )
        return (await scripts.run(leg, RunScript(1, "nosuch", (), (), 1), "en"))[0].status

    assert asyncio.run(whole()) == "notfound"


@pytest.mark.parametrize(
    ("name", "form", "file"),
    [
        ("/tmp/hello", "wav", "main/scripts/hello.wav"),
        ("vm/msg 1", "gsm", "main/scripts/msg 1.wav"),
        ("../../etc/x", "wav", "main/scripts/x.wav"),
        ("..", "wav", ""),
        ("a{b}", "wav", ""),
        ("hello", "exe", ""),
        ("", "wav", ""),
    ],
)
def test_recordings_stay_in_the_folder_of_the_tenant(name: str, form: str, file: str) -> None:
    assert host_of(Engine()).recording(name, form) == file


@pytest.mark.parametrize(
    ("address", "number"),
    [
        ("trunk/030123", "030123"), ("030123@trunk", "030123"), ("030123", "030123"),
        ("+4930123@x", "+4930123"), ("g1/030,1", None), ("{x=y}030", None), ("ada", None),
    ],
)  # fmt: skip
def test_numbers_of_addresses(address: str, number: str | None) -> None:
    place = host_of(Engine()).destination("PJSIP", address)
    assert (place.number if place else None) == number
    assert place is None or tuple(place.allow) == ("030",)


def test_only_queues_prompts_and_boxes_of_the_tenant_are_there() -> None:
    engine = Engine()
    host = host_of(engine)
    assert host.queue("sales") == "main/sales"
    assert host.queue("support") == ""
    assert host.queue("../other/support") == ""
    assert host.prompt("nosuch", "en") is None
    assert host.prompt("custom/hello", "en") is not None
    assert not asyncio.run(host.voicemail("nosuch"))
    assert asyncio.run(host.voicemail("100"))
    assert [type(request) for request in engine.asked] == [MoveRequested]


def staff(action: str, queue: str, interface: str, problem: str = "") -> tuple[str, list[Request]]:
    engine = Engine(problem)
    return asyncio.run(host_of(engine).queue_staff(action, queue, interface, "x")), engine.asked


def test_agents_are_found_by_their_telephones_within_the_tenant() -> None:
    word, asked = staff("pause", "sales", "PJSIP/1000")
    assert word == "PAUSED"
    assert asked == [NotReadyRequested(at_us=0, agent_id="main/ada", reason="lunch", by="agi")]
    word, asked = staff("unpause", "", "Local/1000@agents")
    assert (word, [type(request) for request in asked]) == ("UNPAUSED", [ReadyRequested])
    assert staff("pause", "sales", "PJSIP/2000") == ("NOTFOUND", [])
    assert staff("pause", "support", "PJSIP/1000") == ("NOSUCHQUEUE", [])
    assert staff("pause", "sales", "PJSIP/1000", "signed out")[0] == "NOTFOUND"


def test_an_agents_queues_are_changed() -> None:
    assert staff("add", "sales", "PJSIP/1000")[0] == "MEMBERALREADY"
    word, asked = staff("remove", "sales", "PJSIP/1000")
    assert word == "REMOVED"
    assert asked == [QueuesChangeRequested(at_us=0, agent_id="main/ada", queues={}, by="agi")]


def test_places_are_found_from_the_most_exact_on() -> None:
    host = host_of(Engine(), **{"ivr,1": "queue a", "ivr": "flow b"})
    assert host.place("ivr", "1", "1") == "queue a"
    assert host.place("ivr", "2", "1") == "flow b"
    assert host.place("x", "1", "1") == ""
