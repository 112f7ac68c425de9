"""mod_callcenter's configuration as settings: what is carried over, what is told of the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from typer.testing import CliRunner

from acdengine.__main__ import app
from acdengine.app.callcenter_import import (
    AGENT_ATTRIBUTES,
    QUEUE_PARAMETERS,
    STRATEGIES,
    NotCallcenter,
    imported,
)
from acdengine.settings.compile import plan_of_documents
from acdengine.settings.yaml_source import parse
from tests.unit.freeswitch.evil import anything

EXAMPLE = Path(__file__).with_name("callcenter.conf.xml")
PAGE = Path(__file__).parents[3] / "docs" / "from-mod-callcenter.md"


def settings_of(xml: str) -> dict[str, Any]:
    found: dict[str, Any] = imported(xml, "t").settings["tenants"]["t"]
    return found


def queue_with(**parameters: str) -> str:
    rows = "".join(
        f'<param name="{name.replace("_", "-")}" value="{value}"/>'
        for name, value in parameters.items()
    )
    return f'<c><queues><queue name="q@d">{rows}</queue></queues></c>'


def test_the_result_is_a_plan() -> None:
    result = imported(EXAMPLE.read_text(), "acme")
    _, plan = plan_of_documents([parse(result.text(), "result")])
    support, alice = plan.queues["acme/support"], plan.agents["acme/1000@default"]
    assert support.strategy == "ring_progressively"
    assert (support.max_wait_us, support.resume_us) == (600_000_000, 90_000_000)
    assert support.levels.wait_us == 30_000_000
    assert support.announcements.music == "moh"
    assert support.announcements.comfort == ("wait",)
    assert support.ring_timeout_us == 10_000_000
    assert support.recording.mode == "always"
    assert alice.contact == "user/1000@default"
    assert alice.misses.limit == 3
    assert alice.misses.busy.delay_us == 60_000_000
    assert alice.wrap_up.mode == "forced"
    assert plan.agents["acme/1001@default"].queues["acme/support"].level == 2


def test_what_has_no_counterpart_is_told() -> None:
    text = imported(EXAMPLE.read_text(), "acme").text()
    for told in (
        "queue support@default: record-template", "queue sales@default: there is no strategy 'odd'",
        "agent 1002@default: type 'uuid-standby'", "'nobody' serves 'sales@default'",
        "agent 'bad name'", "'$${hold_music}'",
    ):  # fmt: skip
        assert told in text
    assert all(line.startswith("#") for line in text.split("\n\n")[0].splitlines())


@pytest.mark.parametrize("told", STRATEGIES)
def test_strategies(told: str) -> None:
    assert settings_of(queue_with(strategy=told))["queues"]["q"]["strategy"] == STRATEGIES[told]


def test_the_modules_own_defaults_hold_where_nothing_is_said() -> None:
    queue = settings_of(queue_with())["queues"]["q"]
    assert queue == {"strategy": "longest_idle", "ring_timeout_s": 60}
    resumed = settings_of(queue_with(abandoned_resume_allowed="true"))["queues"]["q"]
    assert resumed["resume_s"] == 60
    levels = settings_of(queue_with(tier_rules_apply="true"))["queues"]["q"]["levels"]
    assert levels == {"wait_s": 0, "per_level": False, "skip_unstaffed": True}


def test_domains_stay_where_names_would_collide() -> None:
    xml = '<c><queues><queue name="a@x"/><queue name="a@y"/><queue name="b@x"/></queues></c>'
    assert list(settings_of(xml)["queues"]) == ["a@x", "a@y", "b"]


def test_positions_that_are_shared_are_given_anew_in_their_order() -> None:
    agents = "".join(f'<agent name="{name}" contact="user/{name}@d"/>' for name in "abc")
    places = "".join(
        f'<tier agent="{name}" queue="q@d" position="{position}"/>'
        for name, position in (("a", 2), ("b", 1), ("c", 1))
    )
    xml = queue_with().replace("</c>", f"<agents>{agents}</agents><tiers>{places}</tiers></c>")
    found = settings_of(xml)["agents"]
    assert {name: about["queues"]["q"]["position"] for name, about in found.items()} == {
        "a": 3, "b": 1, "c": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    "xml",
    ["", "<a>", "<a/>", '<!DOCTYPE a [<!ENTITY x "y">]><a><queues/></a>', "x" * 10_000_001],
)
def test_what_is_no_configuration_is_refused(xml: str) -> None:
    with pytest.raises(NotCallcenter):
        imported(xml, "t")


@given(value=anything)
def test_hostile_values_stay_values(value: str) -> None:
    """Whatever stands in the configuration, the result is settings that can be read, or refused."""
    from xml.sax.saxutils import quoteattr

    name = quoteattr(value)
    xml = (
        f'<c><queues><queue name="q"><param name="moh-sound" value={name}/>'
        f"<param name={name} value={name}/></queue></queues>"
        f'<agents><agent name={name} contact={name} type={name}/></agents></c>'
    )  # fmt: skip
    try:
        text = imported(xml, "t").text()
    except NotCallcenter:
        return
    root = parse(text, "result").root
    assert list(root.items) == ["tenants"]


def test_every_name_of_the_module_is_on_the_page() -> None:
    page = PAGE.read_text()
    names = [*QUEUE_PARAMETERS, *AGENT_ATTRIBUTES, *STRATEGIES, *STRATEGIES.values()]
    assert [name for name in names if f"`{name}`" not in page] == []


# -- the command -------------------------------------------------------------------------------


def test_the_command_prints_or_writes_and_checks(tmp_path: Path) -> None:
    runner = CliRunner()
    order = ["freeswitch", "import-callcenter", str(EXAMPLE), "--tenant", "acme"]
    printed = runner.invoke(app, order)
    assert printed.exit_code == 0, printed.output
    target = tmp_path / "acd.yaml"
    assert runner.invoke(app, [*order, "--output", str(target)]).exit_code == 0
    assert target.read_text() == printed.stdout
    target.write_text("mine")
    again = runner.invoke(app, [*order, "--output", str(target)])
    assert again.exit_code == 1
    assert target.read_text() == "mine"
    assert runner.invoke(app, [*order, "--output", str(target), "--force"]).exit_code == 0


def test_the_command_tells_what_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "cc.xml"
    file.write_text("<a/>")
    done = CliRunner().invoke(app, ["freeswitch", "import-callcenter", str(file)])
    assert done.exit_code == 1
    assert "it has no <queues>" in done.output
    file.write_text(queue_with(announce_sound="/x/a.wav", announce_frequency="30"))
    done = CliRunner().invoke(
        app, ["freeswitch", "import-callcenter", str(file), "--tenant", "not a name"]
    )
    assert done.exit_code == 1
    assert "not a name" in done.output
