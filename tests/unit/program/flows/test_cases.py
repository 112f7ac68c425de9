"""Test cases of flows: what they say when it is not as expected, and how the results are told."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from acdengine.program.cli.flow import app
from acdengine.program.flows.testing import Report, as_junit, as_text, read_cases, run_cases
from acdengine.program.flows.testing import test_paths as paths_of
from acdengine.settings.errors import SettingsError
from acdengine.settings.flows.library import load_flows

FLOW = """
flow: 1
variables: {typed: text, length: number, file: text}
otherwise: bye
steps:
  hello: {play: welcome, barge_in: false, type_ahead: false}
  choose:
    menu: main
    keys: {1: sales, 12: number, 3: take, 4: script, 5: read}
    save: typed
    ambiguity_s: 1.5
    speech: {sales: "1"}
  sales: {queue: sales, priority: "2", skills: {english: 3}, on: {answered: bye}}
  number: {number: "+4930{typed}", on: {busy: choose}}
  take: {record: file, seconds: length}
  told: {log: "{length}", next: bye}
  script: {agi: a.sh, on_error: bye, next: bye}
  read: {collect: typed, most: 3, inter_digit_s: 1, next: bye}
  bye: {hangup: normal, prompt: goodbye}
"""


def write(folder: Path, cases: str, flow: str = FLOW) -> Report:
    (folder / "main.yaml").write_text(flow)
    (folder / "main.test.yaml").write_text(f"tests: main\ncases:\n{cases}")
    library = load_flows([folder], draft=True)
    return run_cases(read_cases(paths_of([folder]), library), library)


def problems(folder: Path, case: str) -> list[str]:
    report = write(folder, f"  - {{name: a, {case}}}\n")
    return list(report.cases[0].result.problems)


@pytest.mark.parametrize(
    ("case", "told"),
    [
        ("does: ['1'], expect: {queue: sales, priority: 2, skills: {english: 3}}", []),
        ("does: ['12'], expect: {goes_to: number +493012}", []),
        ("does: [{say: sales}], expect: {queue: sales}", []),
        ("does: ['3', {speak_s: 4}], expect: {variables: {length: 4}, ends: hung up}", []),
        ("does: ['3'], expect: {ways: [take empty]}", []),
        ("does: ['4'], scripts: [{status: failure}], expect: {ways: [script error]}", []),
        ("does: ['5', '7'], expect: {variables: {typed: '7'}}", []),
        ("does: [{hang_up: true, at_s: 1}], expect: {ends: caller hung up, ways: []}", []),
        # A prompt that no key stops drops what was typed during it, where it says so.
        ("does: [{press: '1', at_s: 1}], expect: {queue: sales}", [
            "goes to: nowhere, expected queue sales"]),
        ("expect: {ends: waits}", ["ends: hung up, expected waits"]),
        ("expect: {hears_exactly: [welcome]}", [
            "hears 'welcome', 'main', 'main', 'main', 'goodbye', expected exactly 'welcome'"]),
        ("expect: {hears: [main, welcome]}", [
            ("hears 'welcome', 'main', 'main', 'main', 'goodbye', expected 'welcome' in it at "
            "its place")]),
        ("expect: {never_hears: [goodbye]}", ["hears 'goodbye', which was not expected"]),
        ("does: ['1'], expect: {ways: [choose key 3]}", [
            "goes 'hello next', 'choose key 1', expected 'choose key 3' in it at its place"]),
        ("does: ['1'], expect: {queue: support, priority: 3, skills: {}}", [
            "goes to: queue sales, expected queue support", "priority: 2, expected 3",
            'skills: {"english": 3}, expected {}']),
        ("expect: {variables: {typed: '1'}, language: de, tags: {a: b}, scores: {q: 1}}", [
            "language: en, expected de", "variable typed: nothing, expected 1",
            'tags: {}, expected {"a": "b"}', 'scores: {}, expected {"q": 1}']),
        ("expect: {requests: [{url: x}]}", ["makes 0 requests, expected 1"]),
    ],
)  # fmt: skip
def test_a_case_tells_what_is_not_as_expected(tmp_path: Path, case: str, told: list[str]) -> None:
    assert problems(tmp_path, case) == told


def test_a_flow_without_end_is_told(tmp_path: Path) -> None:
    keys = ", ".join(["'12'", "{outcome: busy}"] * 1_000)
    endless = FLOW.replace("flow: 1", "flow: 1\nbudget: {steps: 100000, seconds: 86400}")
    report = write(tmp_path, f"  - {{name: a, does: [{keys}]}}\n", endless)
    assert report.cases[0].result.problems == ("the flow goes on without end",)


def test_results_are_told_to_people_and_programs(tmp_path: Path) -> None:
    report = write(
        tmp_path,
        "  - {name: good, does: ['1'], expect: {queue: sales}}\n"
        '  - {name: "bad <&\\a>", expect: {queue: sales}}\n',
    )
    lines = list(as_text(report, with_missing=True))
    assert lines[0] == f"FAILED {tmp_path}/main.test.yaml: bad <&\a>"
    assert lines[1] == "    goes to: nowhere, expected queue sales"
    assert lines[2] == "main: 4 of 9 steps, 4 of 21 ways out"
    assert "    not taken: number busy" in lines
    assert lines[-1].startswith("1 of 2 cases passed")
    [suite] = ElementTree.fromstring(as_junit(report))
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert [case.get("name") for case in suite] == ["good", "bad <&?>"]
    failure = suite[1][0]
    assert failure.get("message") == "goes to: nowhere, expected queue sales"


def test_what_is_wrong_with_a_file_of_cases_is_said_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "main.yaml").write_text(FLOW)
    (tmp_path / "main.test.yaml").write_text(
        "tests: mian\ncases:\n  - {name: a, does: [{press: '1', silence: true}, x], exepct: {}}\n"
    )
    library = load_flows([tmp_path], draft=True)
    with pytest.raises(SettingsError) as refused:
        read_cases(paths_of([tmp_path]), library)
    told = [str(problem).partition(":")[2] for problem in refused.value.problems]
    assert [line.partition(" ")[0] for line in told] == ["3:22", "3:51", "3:55"]


def test_the_command_says_how_it_went(tmp_path: Path) -> None:
    write(tmp_path, "  - {name: good, does: ['1'], expect: {queue: sales}}\n")
    junit = tmp_path / "results.xml"
    done = CliRunner().invoke(app, ["test", str(tmp_path), "--junit", str(junit)])
    assert done.exit_code == 0, done.output
    assert "1 of 1 cases passed" in done.output
    assert junit.read_text().startswith("<?xml")
    one = CliRunner().invoke(app, ["test", str(tmp_path / "main.test.yaml")])
    assert one.exit_code == 0, one.output
    write(tmp_path, "  - {name: bad, expect: {queue: sales}}\n")
    assert CliRunner().invoke(app, ["test", str(tmp_path)]).exit_code == 1
    checked = CliRunner().invoke(app, ["check", str(tmp_path)])
    assert (checked.exit_code, "there is no prompt" in checked.output) == (1, True)
