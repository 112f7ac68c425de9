"""A flow's picture coloured by the facts of real callers."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner, Result

from acdengine.flow_facts import FlowStepLeft
from acdengine.program.cli.flow import app

FLOW = """
flow: 1
steps:
  hi: { play: { text: Hello }, next: ask }
  ask: { menu: { text: Press 1 }, keys: { 1: bye, 2: hi } }
  bye: { hangup: normal }
"""


def fact(flow_id: str, step: str, way: str) -> bytes:
    return msgspec.json.encode(FlowStepLeft(1, "c1", flow_id, "v1", step, way, ""))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "main.yaml").write_text(FLOW)
    lines = [
        fact("acme/main", "hi", "next"),
        fact("acme/main", "ask", "key 2"),
        fact("acme/main", "hi", "next"),
        b'{"type":"CallArrived","step":"FlowStepLeft"}',
        b"",
        fact("acme/other", "hi", "next"),
        fact("acme/main", "hi", "next")[:-9],
    ]
    (tmp_path / "facts.jsonl").write_bytes(b"\n".join(lines))
    return tmp_path


def graph(folder: Path, *more: object) -> Result:
    words = ["graph", folder / "main.yaml", *more]
    return CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "200"})


def test_steps_are_counted_and_the_darker_the_more_often_they_were_taken(folder: Path) -> None:
    drawn = graph(folder, "--facts", folder / "facts.jsonl").output
    assert 's0["hi (2)<br>play"]' in drawn
    assert 's1["ask (1)<br>menu"]' in drawn
    assert 's2["bye (0)<br>hangup"]' in drawn
    assert "style s0 fill:#60a5fa" in drawn
    assert "style s2 fill:#ffffff" in drawn


def test_several_files_are_one(folder: Path) -> None:
    facts = folder / "facts.jsonl"
    assert 's0["hi (4)' in graph(folder, "--facts", facts, "--facts", facts).output


def test_flows_of_one_name_are_told_apart_by_their_tenant(folder: Path) -> None:
    with (folder / "facts.jsonl").open("ab") as facts:
        facts.write(b"\n" + fact("globex/main", "ask", "key 1"))
    told = graph(folder, "--facts", folder / "facts.jsonl")
    assert told.exit_code == 2
    assert "there are facts of acme, globex: which tenant?" in told.output
    only = graph(folder, "--facts", folder / "facts.jsonl", "--tenant", "globex").output
    assert 's1["ask (1)' in only
    assert 's0["hi (0)' in only


def test_facts_of_other_flows_and_files_that_are_not_there_are_told(folder: Path) -> None:
    (folder / "none.jsonl").write_bytes(fact("acme/other", "x", "next"))
    told = graph(folder, "--facts", folder / "none.jsonl")
    assert told.exit_code == 2
    assert "there are no facts of the flow 'main', only of acme/other" in told.output
    assert "No such file or directory" in graph(folder, "--facts", folder / "gone").output
