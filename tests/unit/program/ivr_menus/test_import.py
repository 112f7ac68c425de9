"""`acdengine flow import`: FreeSWITCH's menus as flows that check out, and do the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from acdengine.program.cli.flow import app
from acdengine.program.installation.callcenter.source import read
from acdengine.program.installation.ivr_menus.menu_keys import Keys, NoPattern, keys_of
from acdengine.program.installation.ivr_menus.translate import Flow, NoMenus, imported
from acdengine.settings.flows.library import load_flows

FILE = Path(__file__).parent / "ivr.conf.xml"


@pytest.fixture(scope="module")
def flows() -> dict[str, Flow]:
    return {flow.name: flow for flow in imported(read(FILE, {}).xml)}


@pytest.fixture(scope="module")
def steps(flows: dict[str, Flow]) -> dict[str, Any]:
    found: dict[str, Any] = flows["shop"].settings["steps"]
    return found


def test_every_menu_that_no_other_leads_to_is_a_flow_without_mistakes(
    flows: dict[str, Flow], tmp_path: Path
) -> None:
    assert list(flows) == ["shop", "alone"]
    for flow in flows.values():
        (tmp_path / f"{flow.name}.yaml").write_text(flow.text())
    loaded = load_flows([tmp_path], draft=True)
    assert loaded.definitions["shop"].first == "shop"


def test_times_tries_and_prompts_are_those_of_the_menu(steps: dict[str, Any]) -> None:
    shop = steps["shop"]
    assert shop["menu"] == "shop_long"
    assert (shop["first_digit_s"], shop["inter_digit_s"], shop["ambiguity_s"]) == (8, 1.5, 1.5)
    # FreeSWITCH counts the first time too.
    assert shop["noinput"] == {
        "tries": 1, "then": "shop-timeouts", "prompts": ["shop/short"], "repeat": False,
    }  # fmt: skip
    assert shop["nomatch"] == {
        "tries": 3, "then": "end", "repeat": False,
        "prompts": [[{"text": "This is no choice."}, "shop/short"]],
    }  # fmt: skip
    assert steps["end"] == {"hangup": "normal", "prompt": "voicemail/vm-goodbye"}
    more = steps["shop_more"]
    assert more["menu"] == "more options"
    assert more["first_digit_s"] == 120, "no longer than a flow may wait"
    assert more["noinput"]["tries"] == 2
    assert more["noinput"]["then"] == "shop", "a menu below that is given up leads back"


@pytest.mark.parametrize(
    ("menu", "key", "step"),
    [
        ("shop", "1", {"queue": "sales", "next": "end"}),
        ("shop", "2", {"agent": "1000", "backup": "name-a-queue", "next": "shop"}),
        ("shop", "3", {"number": "+4930555", "next": "shop"}),
        (
            "shop", "5",
            {"play": ["office/we-open-at", {"say": "'9'", "as": "number"}, {"text": "o'clock"}],
             "next": "shop"},
        ),
        ("shop", "10[01]X", {"number": "{typed}", "next": "end"}),
        ("shop", "8XX1", {"number": "7{part(typed,2,2)}", "next": "end"}),
        (
            "shop", "6",
            {"log": "not imported: conference 3000@default", "level": "warning", "next": "shop"},
        ),
        ("shop", "7", {"hangup": "busy"}),
        ("shop_more", "1", {"voicemail": "100", "next": "shop_more"}),
        ("shop_more", "2", {"play": "shop/joke", "next": "shop_more"}),
        ("shop_more", "3", {"wait": 1.5, "next": "shop_more"}),
        ("shop_more", "4", {"play": {"text": "Hello"}, "next": "shop_more"}),
        ("shop_more", "5", {"queue": "stock", "next": "end"}),
    ],
)  # fmt: skip
def test_an_application_is_the_step_that_does_the_same(
    steps: dict[str, Any], menu: str, key: str, step: dict[str, Any]
) -> None:
    assert steps[steps[menu]["keys"][key]] == step


def test_menus_lead_to_each_other_as_they_did(steps: dict[str, Any]) -> None:
    shop, more = steps["shop"]["keys"], steps["shop_more"]["keys"]
    assert (shop["4"], shop["*"], shop["0"]) == ("shop_more", "end", "shop")
    assert (more["6"], more["*"], more["#"]) == ("shop_more", "shop", "shop")


def test_each_thing_without_a_counterpart_is_told(flows: dict[str, Flow]) -> None:
    told = "\n".join(flows["shop"].remarks)
    for wanted in (
        "menu shop: pin has no counterpart",
        "menu shop: pin-file pin.wav has no counterpart",
        "menu shop: keys of a menu are not confirmed here",
        "menu shop: # ends the keys there",
        "menu shop, exec-on-max-timeouts: transfer operator XML shop has no counterpart",
        "menu shop, 3: variables of the leg are left out",
        "menu shop, 10[01]X: {typed} XML shop is an extension of the dialplan",
        "/^80\\d1$/: 8XX1 above takes the same keys",
        "/^9\\d*$/ cannot be written as keys such as 10XX",
        "menu shop, 6: conference 3000@default has no counterpart",
        "/^(5\\d\\d[0-9]5)$/: a menu takes 1000 inputs at most",
        "menu shop, 70: menu-exec-api reloadxml has no counterpart",
        "phrase open_hours: silence_stream://500 is no file",
        "where the menu ends FreeSWITCH goes on behind it",
    ):
        assert wanted in told
    assert "4711" not in flows["shop"].text()
    assert flows["alone"].settings["steps"]["alone"]["menu"] == {"text": "Press 1 (now)."}


def test_the_flow_says_which_prompt_was_which_file(flows: dict[str, Flow]) -> None:
    text = flows["shop"].text()
    assert "# - shop_long: phrase shop_long\n" in text
    assert "# - more options: /var/sounds/more options.wav\n" in text


@pytest.mark.parametrize(
    ("digits", "keys"),
    [
        ("1", Keys("1")),
        ("12*#", Keys("12*#")),
        (r"/^(\d{3})$/", Keys("XXX", ((1, 3),))),
        ("/^1(2([3-5]))$/", Keys("12[3-5]", ((2, 2), (3, 1)))),
        (r"/^\*7\d$/", Keys("*7X")),
    ],
)
def test_keys_and_expressions_are_patterns(digits: str, keys: Keys) -> None:
    assert keys_of(digits) == keys


@pytest.mark.parametrize(
    "digits",
    ["", "a", "/1/", "/^$/", r"/^\d+$/", "/^(1|2)$/", "/^(1$/", "/^1)$/", r"/^\d{9999}$/",
     r"/^(12){2}$/", "/^[9-1]$/"],
)  # fmt: skip
def test_what_is_no_pattern_is_told(digits: str) -> None:
    with pytest.raises(NoPattern):
        keys_of(digits)


def menu(name: str, to: str) -> str:
    entry = f'<entry action="menu-sub" digits="1" param="{to}"/>'
    return f'<menu name="{name}" greet-long="x.wav">{entry}</menu>'


def test_menus_in_a_circle_are_a_flow_too() -> None:
    circle = menu("a", "b") + menu("b", "a")
    (entered,) = imported(f"<menus>{circle}{menu('c', 'b')}</menus>")
    assert entered.name == "c"
    assert entered.settings["steps"]["a"]["keys"] == {"1": "b"}
    (alone,) = imported(f"<menus>{circle}</menus>")
    assert alone.name == "a"
    assert alone.settings["steps"]["b"]["keys"] == {"1": "a"}


@pytest.mark.parametrize(
    ("xml", "told"),
    [
        ("<menus/>", "it has no <menu> with a name"),
        ("<menus>", "it is no XML"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><menus/>', "it declares entities"),
    ],
)
def test_what_has_no_menus_is_told(xml: str, told: str) -> None:
    with pytest.raises(NoMenus, match=told):
        imported(xml)


def run(*words: object) -> Any:
    return CliRunner().invoke(app, ["import", *[str(word) for word in words]])


def test_the_command_writes_flows_that_are_not_overwritten(tmp_path: Path) -> None:
    done = run(FILE, "--output", tmp_path / "flows", "--language", "de")
    assert done.exit_code == 0, done.output
    assert f"{tmp_path}/flows/shop.yaml: " in done.output
    assert "menu shop: pin has no counterpart" in done.output
    assert "languages:\n- de\n" in (tmp_path / "flows" / "shop.yaml").read_text()
    again = run(FILE, "--output", tmp_path / "flows")
    assert again.exit_code == 1
    assert "is there: --force overwrites it" in again.output
    assert run(FILE, "--output", tmp_path / "flows", "--force").exit_code == 0
    assert run(FILE).output.startswith("# shop.yaml\n# From ivr.conf.xml.\n")
    gone = run(tmp_path / "gone.xml")
    assert gone.exit_code == 1
    assert "No such file or directory" in gone.output
