"""PINs of agents: where they may stand, who has one, and which is right."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from acdengine.__main__ import app
from acdengine.plan import PinPolicy, Plan
from acdengine.settings.compile import plan_of_documents
from acdengine.settings.credentials import Credentials, read_credentials
from acdengine.settings.errors import SettingsError
from acdengine.settings.passwords import hash_of, matches
from acdengine.settings.yaml_source import parse


def read(agents: str, environ: dict[str, str] | None = None) -> tuple[Credentials, Plan]:
    text = "tenants: {acme: {pins: {attempts: 2, lock_s: 60}, agents: {" + agents + "}}}"
    settings, plan = plan_of_documents([parse(text, "f")])
    return read_credentials(settings, environ or {}), plan


def problems(agents: str, environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read(agents, environ)
    return [str(problem) for problem in caught.value.problems]


def test_a_pin_is_a_hash_or_comes_from_a_file_or_the_environment(tmp_path: Path) -> None:
    (tmp_path / "pin").write_text(hash_of("1234") + "\n")
    credentials, plan = read(
        f"ann: {{number: '7', pin: '{hash_of('4711')}'}}, '1002': {{pin: '${{env:PIN}}'}},"
        f"bob: {{number: '9', pin: '${{file:{tmp_path}/pin}}'}},"
        "'c{01..03}': {number: '5{digits}'}",
        {"PIN": "998877"},
    )
    right = {"acme/ann": "4711", "acme/1002": "998877", "acme/bob": "1234"}
    for agent_id, pin in right.items():
        assert credentials.is_pin(agent_id, pin)
        assert not credentials.is_pin(agent_id, pin + "0")
    assert not credentials.is_pin("acme/c01", "")
    assert not credentials.is_pin("", "4711")
    assert [agent.number for agent in plan.agents.values()] == [
        "7",
        "1002",
        "9",
        "501",
        "502",
        "503",
    ]
    assert plan.tenants["acme"].pins == PinPolicy(2, 60_000_000)


def test_a_pin_is_in_no_plan_and_in_no_text_of_the_settings() -> None:
    pin = hash_of("4711")
    text = f"tenants: {{acme: {{agents: {{ann: {{number: '7', pin: '{pin}'}}}}}}}}"
    settings, plan = plan_of_documents([parse(text, "f")])
    assert pin not in repr(plan)
    assert pin not in repr(settings)


@pytest.mark.parametrize(
    ("agents", "told"),
    [
        ("ann: {number: '7', pin: '4711'}", "a PIN is not written in the settings"),
        ("ann: {pin: '${env:PIN}'}", "'ann' has no number to sign in with"),
        ("ann: {number: '7'}, bob: {number: '7'}", "7 is the number of 'ann' already"),
        ("'7': {}, bob: {number: '7'}", "7 is the number of '7' already"),
        ("ann: {number: seven}", "expected digits such as 1001"),
        ("ann: {number: '7', pin: '${env:PIN}'}", "the environment variable PIN is not set"),
    ],
)
def test_what_is_wrong_with_a_pin_is_said(agents: str, told: str) -> None:
    assert told in "\n".join(problems(agents))


def test_a_pin_of_the_environment_is_digits() -> None:
    (problem,) = problems("ann: {number: '7', pin: '${env:PIN}'}", {"PIN": "12a4"})
    assert "tenants.acme.agents.ann.pin: is no PIN" in problem
    assert "12a4" not in problem


def test_a_change_of_a_pin_is_told_by_the_agent_alone() -> None:
    before, _ = read("ann: {number: '7', pin: '${env:PIN}'}", {"PIN": "4711"})
    after, _ = read("ann: {number: '7', pin: '${env:PIN}'}", {"PIN": "4712"})
    assert [str(change) for change in before.changes(after)] == ["pin of agent acme/ann changed"]


def test_a_hash_is_made_in_the_terminal() -> None:
    made = CliRunner().invoke(app, ["account", "pin"], input="4711\n")
    assert matches("4711", made.stdout.strip())
    wrong = CliRunner().invoke(app, ["account", "pin"], input="47a1\n")
    assert (wrong.exit_code, wrong.stderr) == (1, "a PIN has 4 to 12 digits\n")
