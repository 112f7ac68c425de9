"""mod_callcenter's configuration as settings: what is carried over, what is told of the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from typer.testing import CliRunner

from acdengine.__main__ import app
from acdengine.program.installation.callcenter.translate import (
    AGENT_ATTRIBUTES,
    QUEUE_PARAMETERS,
    STRATEGIES,
    Imported,
    NotCallcenter,
    imported,
)
from acdengine.settings.compile import plan_of_documents
from acdengine.settings.yaml_source import parse
from tests.unit.freeswitch.evil import anything

EXAMPLE = Path(__file__).with_name("callcenter.conf.xml")
PAGE = Path(__file__).parents[4] / "docs" / "from-mod-callcenter.md"


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
    # Level 1 waits as well under tier-rule-no-agent-no-wait=false: here only those after it do.
    assert plan.agents["acme/1000@default"].queues["acme/support"].level == 2
    assert plan.agents["acme/1001@default"].queues["acme/support"].level == 3


def test_what_has_no_counterpart_is_told() -> None:
    text = imported(EXAMPLE.read_text(), "acme").text()
    for told in (
        "queue support@default: record-template", "queue sales@default: there is no strategy 'odd'",
        "agent 1002@default: type 'uuid-standby'", "'nobody' serves 'sales@default'",
        "agent 'bad name'", "'$${hold_music}'",
    ):  # fmt: skip
        assert told in text
    assert all(line.startswith("#") for line in text.split("\n\n")[0].splitlines())


def centre_of(agents: str, tiers: str = "", **parameters: str) -> Imported:
    """A queue `q@d` with these agents and tiers."""
    xml = queue_with(**parameters)
    rest = f"<agents>{agents}</agents><tiers>{tiers}</tiers></c>"
    return imported(xml.replace("</c>", rest), "t")


def tiers_of(*places: tuple[str, int]) -> tuple[str, str]:
    agents = "".join(f'<agent name="{name}" contact="user/{name}@d"/>' for name, _ in places)
    tiers = "".join(f'<tier agent="{name}" queue="q@d" level="{at}"/>' for name, at in places)
    return agents, tiers


def levels_of(result: Imported) -> list[int]:
    agents = result.settings["tenants"]["t"]["agents"].values()
    return [agent["queues"]["q"]["level"] for agent in agents]


APPLIED = {"tier_rules_apply": "true"}
MULTIPLIED = {**APPLIED, "tier_rule_wait_multiply_level": "true"}


@pytest.mark.parametrize(
    ("levels", "parameters", "here", "differs"),
    [
        ((0, 1), {}, [1, 2], False),
        ((0, 1, 1, 3), {}, [1, 2, 2, 4], False),
        ((1, 2), {}, [1, 2], False),
        ((0, 1), APPLIED, [1, 2], False),
        ((0, 1), MULTIPLIED, [1, 2], False),
        ((1, 2), MULTIPLIED, [1, 2], True),
        ((0, 2), MULTIPLIED, [1, 3], True),
        ((1, 2), {**APPLIED, "tier_rule_no_agent_no_wait": "false"}, [2, 3], False),
    ],
)  # fmt: skip
def test_levels_that_begin_at_0_stay_apart_and_wait_as_they_did(
    levels: tuple[int, ...], parameters: dict[str, str], here: list[int], differs: bool
) -> None:
    agents, tiers = tiers_of(*((f"a{n}", level) for n, level in enumerate(levels)))
    result = centre_of(agents, tiers, **parameters)
    assert levels_of(result) == here
    assert any("waited for its number times" in remark for remark in result.remarks) is differs


FUSION = (
    "{call_timeout=30,sip_h_caller_destination=${caller_destination},domain_name=ex.org,"
    "sip_auto_answer=true}user/101@ex.org"
)


def test_variables_of_dial_strings_are_taken_or_told() -> None:
    result = centre_of(f'<agent name="101" contact="{FUSION}"/>')
    centre = result.settings["tenants"]["t"]
    agent = centre["agents"]["101"]
    assert (agent["contact"], agent["auto_answer"]) == ("user/101@ex.org", True)
    assert centre["queues"]["q"]["ring_timeout_s"] == 30
    (remark,) = result.remarks
    assert "sip_h_caller_destination='${caller_destination}' in the contact of 101 is not" in remark


@pytest.mark.parametrize(
    ("contact", "told"),
    [
        ("{a=1user/1@d", "is not closed"),
        ("user/1@d,user/2@d", "several telephones"),
        ("user/1@${domain}", "variables"),
        ("user/1@$${domain}", "--set"),
    ],
)
def test_contacts_that_cannot_be_taken_over_are_told(contact: str, told: str) -> None:
    (remark,) = centre_of(f'<agent name="a" contact="{contact}"/>').remarks
    assert told in remark


def test_nothing_is_dropped_in_silence() -> None:
    agents = "".join(
        f'<agent name="{name}" contact="[leg_timeout={timeout}]user/{name}@d"/>'
        for name, timeout in (("a", 10), ("b", 20), ("c", 20), ("a", 5))
    )
    result = centre_of(agents, '<tier agent="a" queue="q@d" weight="3"/>')
    assert result.settings["tenants"]["t"]["queues"]["q"]["ring_timeout_s"] == 20
    told = "\n".join(result.remarks)
    for what in ("agent 'a' is there twice", "weight is not known", "20 s (2 agents), 10 s (1"):
        assert what in told
    xml = (
        '<settings><param name="odbc-dsn" value="x"/></settings><queues><queue name="q"/></queues>'
    )
    assert imported(f"<c>{xml}</c>", "t").remarks == ["settings: odbc-dsn is not carried over"]


def test_a_queue_whose_name_cannot_be_one_is_left_out_and_told() -> None:
    xml = '<c><queues><queue name="q: {x}&#10;y@d"/><queue name="good@d"/></queues></c>'
    result = imported(xml, "t")
    assert list(result.settings["tenants"]["t"]["queues"]) == ["good"]
    assert result.remarks == ["queue 'q: {x}\\ny@d': the name cannot be one here; left out"]


def test_what_should_be_a_number_and_is_none_is_told() -> None:
    result = centre_of(
        '<agent name="a" contact="user/a@d" wrap-up-time="20s" max-no-answer="-3"/>',
        '<tier agent="a" queue="q@d" level="first"/>',
    )
    told = "\n".join(result.remarks)
    for what in ("wrap-up-time is '20s'", "max-no-answer is '-3'", "level is 'first'"):
        assert what in told
    assert imported(queue_with(max_wait_time="1e400"), "t").remarks == [
        "queue q@d: max-wait-time is '1e400', no number of 0 or more; left out"
    ]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("", "name the file"),
        ('<settings><param name="odbc-dsn" value="x"/></settings>', "database"),
    ],
)
def test_an_empty_configuration_is_refused(settings: str, told: str) -> None:
    with pytest.raises(NotCallcenter, match=told):
        imported(f"<c>{settings}<queues/><agents/></c>", "t")


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


def test_the_command_follows_includes_and_fills_in_variables(tmp_path: Path) -> None:
    (tmp_path / "callcenter").mkdir()
    (tmp_path / "callcenter" / "q.xml").write_text(
        '<include><queue name="q@$${domain}"/></include>'
    )
    (tmp_path / "callcenter.conf.xml").write_text(
        '<c><queues><X-PRE-PROCESS cmd="include" data="callcenter/*.xml"/></queues></c>'
    )
    order = ["freeswitch", "import-callcenter", str(tmp_path / "callcenter.conf.xml")]
    done = CliRunner().invoke(app, [*order, "--set", "domain=ex.org"])
    assert done.exit_code == 0, done.output
    assert "queues:\n      q:" in done.stdout
    wrong = CliRunner().invoke(app, [*order, "--set", "domain"])
    assert wrong.exit_code == 2
    assert "expected NAME=VALUE" in wrong.output


def test_the_command_refuses_a_file_with_nothing_in_it(tmp_path: Path) -> None:
    file = tmp_path / "cc.xml"
    file.write_text('<c><queues><X-PRE-PROCESS cmd="include" data="none/*.xml"/></queues></c>')
    done = CliRunner().invoke(app, ["freeswitch", "import-callcenter", str(file)])
    assert done.exit_code == 1
    assert "no queue and no agent" in done.output
    assert "includes 'none/*.xml', and there is no such file" in done.output


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
    assert "is written" not in done.output
    target = tmp_path / "acd.yaml"
    order = ["freeswitch", "import-callcenter", str(file), "--tenant", "not a name"]
    done = CliRunner().invoke(app, [*order, "--output", str(target)])
    assert done.exit_code == 1
    assert "is written: correct it there, or import again with --force" in done.output
    assert target.exists()


def test_what_becomes_of_callers_who_come_without_agents_is_told() -> None:
    def remarks(**more: str) -> str:
        return " ".join(imported(queue_with(max_wait_time_with_no_agent="30", **more), "t").remarks)

    assert "stayed 9 s longer" in remarks(max_wait_time_with_no_agent_time_reached="9")
    assert "time-reached" not in remarks(max_wait_time_with_no_agent_time_reached="0")
    assert "time-reached" not in remarks()
