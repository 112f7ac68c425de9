"""A flow tried in the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from acdengine.program.cli.flow import app

SCRIPTS = Path(__file__).parents[4] / "ivr_scripts"


def tried(flow: str, lines: str, *options: str, folder: Path = SCRIPTS) -> list[str]:
    """What is told, without the prompts of the terminal."""
    done = CliRunner().invoke(app, ["try", str(folder / f"{flow}.yaml"), *options], input=lines)
    assert done.exit_code == 0, done.output
    return [line.replace("> ", "") for line in done.output.splitlines()]


def test_a_caller_goes_through_the_menu() -> None:
    # Without settings no hours are known, so that it is closed.
    told = tried("main-menu", "quit\n", "--at", "2026-12-01T10:00")
    assert told[0] == "00:00  -- office: closed"
    told = tried("silent-caller", "open office\n1\n1\n\n1\nagent\nagent\n2\n\n")
    assert "00:00  -- office: open" in told
    assert "00:00  -- choose: key 1" not in told
    assert any(line.endswith("[en] welcome: Welcome to Acme Machines.") for line in told)
    assert any(line.endswith("queue sales") for line in told)
    assert "they talk" in told
    assert told[-1].endswith("the flow is over: hung up")


def test_a_system_is_answered_for() -> None:
    lines = (
        "12345674\n\n1\nhttp\nhttp timeout\n"
        'wait 60\nquit\n'
    )  # fmt: skip
    told = tried("order-status", lines)
    problems = "timeout, unreachable, refused, too_large, invalid"
    assert f"http STATUS JSON, or http with one of {problems}" in told
    assert any("find: error (timeout)" in line for line in told)
    assert any("system-not-available" in line for line in told)


def test_a_message_is_left() -> None:
    told = tried("voicemail", "\nback left\n\n\n")
    assert any(line.endswith(">> voicemail sales") or "voicemail sales" in line for line in told)
    assert told[-1].endswith("the flow is over: hung up")


@pytest.mark.parametrize(
    ("order", "answer"),
    [
        ("agent", "the caller waits for no agent"),
        ("back busy", "the call has been sent nowhere"),
        ("back", "back OUTCOME"),
        ("http 200", "no system has been asked"),
        ("agi success", "no script runs"),
        ("speak 3", "nothing is recorded now"),
        ("speak x", "speak SECONDS"),
        ("wait -1", "wait SECONDS"),
        ("open", "open HOURS"),
        ("help", "KEYS             press keys, such as 1 or 12345#"),
    ],
)
def test_what_cannot_be_done_now_is_said(order: str, answer: str) -> None:
    assert answer in tried("survey", f"{order}\nquit\n")


def test_scripts_recordings_and_phrases(tmp_path: Path) -> None:
    (tmp_path / "main.yaml").write_text(
        "flow: 1\n"
        "variables: {score: number, file: text}\n"
        "otherwise: bye\n"
        "steps:\n"
        "  ask: {menu: main, keys: {1: run}, speech: {go: '1'}}\n"
        "  run: {agi: a.sh, save: {score: SCORE}}\n"
        "  take: {record: file}\n"
        "  number: {number: '+4930', next: bye}\n"
        "  bye: {hangup: normal}\n"
    )
    lines = "say go\n\nagi success SCORE=7\n\nspeak 3\nvars\nhangup\n"
    told = tried("main", lines, folder=tmp_path)
    assert "  score: 7" in told
    assert any("a script runs: agi success" in line for line in told)
    assert any("the caller is recorded: speak SECONDS" in line for line in told)
    assert any(line.endswith("number +4930") for line in told)
    assert told[-1].endswith("the flow is over: caller hung up")
