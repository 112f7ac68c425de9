"""Pictures of flows: every step and way is in them, and no two steps lie on each other."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import jsonschema_rs
import pytest
from typer.testing import CliRunner

from acdengine.ivr.definition import FlowDefinition
from acdengine.program.cli.flow import app
from acdengine.program.flows.layout import lay_out
from acdengine.program.flows.pictures import as_mermaid, as_svg, lines_of
from acdengine.settings.flows.json_schema import flow_schema
from acdengine.settings.flows.library import load_flows
from acdengine.settings.reading import Reading
from acdengine.settings.yaml_source import parse

ROOT = Path(__file__).parents[4]
SCRIPTS = ROOT / "ivr_scripts"
FLOWS = sorted(path for path in SCRIPTS.glob("*.yaml") if ".test." not in path.name)

SMALL = """
flow: 1
otherwise: bye
steps:
  ask: {menu: main, keys: {1: 'one', 2: one, 3: ask}, noinput: {then: one}}
  one: {if: "caller.number == '<&\\"#>'", then: bye, else: bye}
  bye: {hangup: normal}
"""


def flow_of(folder: Path, text: str) -> FlowDefinition:
    (folder / "main.yaml").write_text(text)
    return load_flows([folder], draft=True).definitions["main"]


def test_ways_between_the_same_steps_are_one_line(tmp_path: Path) -> None:
    lines = {(line.start, line.end): line.label for line in lines_of(flow_of(tmp_path, SMALL))}
    assert lines == {
        ("ask", "one"): "key 1, 2, noinput",
        ("ask", "ask"): "key 3",
        ("one", "bye"): "then, else",
    }


def test_mermaid_holds_every_step_and_line_and_no_sign_of_its_own(tmp_path: Path) -> None:
    assert as_mermaid(flow_of(tmp_path, SMALL), {("ask", "key 1"): 4}).splitlines() == [
        "%% main",
        "flowchart TD",
        '  s0["ask (4)<br>menu"]',
        "  s1[\"one (0)<br>if caller.number == '&lt;&amp;#quot;#35;&gt;'\"]",
        '  s2["bye (0)<br>hangup"]',
        '  s0 -->|"key 1, 2, noinput"| s1',
        '  s0 -->|"key 3"| s0',
        '  s1 -->|"then, else"| s2',
        "  style s0 fill:#60a5fa",
        "  style s1 fill:#ffffff",
        "  style s2 fill:#ffffff",
    ]


def test_svg_holds_every_step_and_line(tmp_path: Path) -> None:
    root = ElementTree.fromstring(as_svg(flow_of(tmp_path, SMALL)))
    texts = ["".join(element.itertext()) for element in root.iter() if element.tag.endswith("text")]
    assert {"ask", "one", "bye"} <= set(texts)
    arrows = [element for element in root.iter() if element.get("marker-end")]
    assert len(arrows) == 3


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: path.stem)
def test_shipped_flows_can_be_drawn(path: Path) -> None:
    flow = load_flows([SCRIPTS], draft=True).definitions[path.stem]
    pairs = [(line.start, line.end) for line in lines_of(flow)]
    layout = lay_out(list(flow.steps), pairs, flow.first)
    assert layout.places.keys() == flow.steps.keys()
    assert layout.lines.keys() == set(pairs)
    assert_apart(layout.places.values())
    ElementTree.fromstring(as_svg(flow))


def assert_apart(places: object) -> None:
    points = sorted(places, key=lambda place: (place[1], place[0]))  # type: ignore[call-overload]
    for (column, layer), (other, below) in pairwise(points):
        assert layer != below or other - column >= 1 - 1e-6


def test_a_menu_of_forty_steps_stays_readable() -> None:
    names = [f"s{number}" for number in range(40)]
    lines = [(f"s{n}", f"s{m}") for n in range(40) for m in (2 * n + 1, 2 * n + 2) if m < 40]
    lines += [(f"s{n}", "s0") for n in range(20, 40, 5)]
    layout = lay_out(names, lines, "s0")
    assert layout.layers == 6
    assert layout.columns <= 18
    assert_apart(layout.places.values())
    depths = layout.places
    assert all(depths[end][1] > depths[start][1] for start, end in lines if end != "s0")


def test_the_command_draws_by_the_ending(tmp_path: Path) -> None:
    run = CliRunner().invoke
    flow = SCRIPTS / "survey.yaml"
    for name in ("a.svg", "a.mmd"):
        done = run(app, ["graph", str(flow), "--tests", "--output", str(tmp_path / name)])
        assert done.exit_code == 0, done.output
    assert (tmp_path / "a.svg").read_text().startswith("<svg")
    assert (tmp_path / "a.mmd").read_text().startswith("%%")
    assert "flowchart TD" in run(app, ["graph", str(flow)]).output
    assert run(app, ["graph", str(flow), "--output", "a.png"]).exit_code == 2


# -- for editors -------------------------------------------------------------------------------


def values(text: str) -> object:
    return json.loads(json.dumps(Reading(parse(text, "flow").root).values()))


def test_the_schema_takes_the_shipped_flows_and_refuses_slips() -> None:
    validator = jsonschema_rs.validator_for(flow_schema())
    for path in FLOWS:
        assert validator.is_valid(values(path.read_text())), path
    for slip in ("stpes: {}", "steps: {a: {pley: x}}", "steps: {a: {play: x, loud: true}}"):
        assert not validator.is_valid(values(f"flow: 1\n{slip}\n")), slip


def test_the_schema_beside_the_flows_is_up_to_date() -> None:
    shipped = json.loads((SCRIPTS / "flow.schema.json").read_text())
    assert shipped == json.loads(json.dumps(flow_schema())), "make pages"
    assert CliRunner().invoke(app, ["schema"]).exit_code == 0
