"""The example of the page about moving AGI scripts: the page shows it, and its script runs."""

from __future__ import annotations

import asyncio

import pytest

from acdengine.agi.database import AgiDatabase
from acdengine.agi.runner import ScriptRules, ScriptRunner
from acdengine.flow_services.scripts import TenantScripts
from acdengine.ivr.effects import RunScript
from acdengine.ivr.inputs import ScriptEnded
from acdengine.leg_sessions.port import LegIdentity
from acdengine.plan import Plan
from acdengine.requests import Request
from tests.docs.pages import ROOT
from tests.unit.agi.legs import PaperLeg, PaperLink

EXAMPLE = ROOT / "docs" / "examples" / "agi"
PLACES = {"service,known,1": "queue service", "service,unknown": "queue reception"}
PAGE = (ROOT / "docs" / "moving-agi-scripts.md").read_text()


async def nothing(_: Request) -> str:
    return ""


def test_the_page_shows_the_flow_of_the_example() -> None:
    steps = [
        line.partition("#")[0].strip()
        for line in PAGE.partition("```yaml\n")[2].partition("```")[0].splitlines()
    ]
    of_file = (EXAMPLE / "flows" / "account.yaml").read_text().splitlines()
    assert [line for line in steps if line] == [line.strip() for line in of_file]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("keys", "account", "place"),
    [
        ("472193", "472193", PLACES["service,known,1"]),
        ("", "none", PLACES["service,unknown"]),
    ],
)
def test_the_script_of_the_page_goes_on_where_its_answer_leads(
    keys: str, account: str, place: str
) -> None:
    async def whole() -> tuple[ScriptEnded, str]:
        leg = PaperLeg(PaperLink())
        leg.identity = LegIdentity("c1", "4930123", "5001", "Ada", "", "acme", is_answered=True)
        leg.sounds = {"welcome": 500, "account": 500, "custom/welcome": 500, "custom/account": 500}
        leg.keys = [(600 + 100 * at, key) for at, key in enumerate(keys)]
        rules = ScriptRules(folders=[EXAMPLE / "agi-bin"])
        scripts = TenantScripts(
            ScriptRunner(rules, lambda: leg.now_us, lambda: 0), AgiDatabase(":memory:", "acme"),
            Plan, lambda *_: True, nothing, PLACES,
        )  # fmt: skip
        wanted = RunScript(1, "account.agi", ("5001",), ("ACCOUNT",), 60_000_000)
        return await scripts.run(leg, wanted, "en")

    told, target = asyncio.run(whole())
    assert (told.status, told.variables) == ("success", {"ACCOUNT": account})
    assert target == place
