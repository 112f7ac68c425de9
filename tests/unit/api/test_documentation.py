"""docs/control-api.md is complete, and every example on it works."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from acdengine.__main__ import app
from acdengine.api import live
from acdengine.api.live import Closing
from acdengine.api.openapi import describe
from tests.unit.api.centre import OLD, PASSWORD, Centre
from tests.unit.api.served import Served
from tests.unit.api.test_matrix import (
    callback,
    changed,
    closed_by_hand,
    consult,
    hold,
    pause,
    record,
    rings,
    supervise,
    tried,
    wrap_up,
)

PAGE = (Path(__file__).parents[3] / "docs" / "control-api.md").read_text()
SECTIONS = re.findall(r"^### `(\w+ /v1\S*)`\n(.*?)(?=^##)", PAGE + "\n##", re.DOTALL | re.MULTILINE)

IDS = {"VERSION": OLD, "WAITING": "acme-wait1", "TALKING": "acme-talk", "CALLBACK": "acme-back"}


def nothing(centre: Centre) -> None:
    """What must have happened, as a rule."""


def supervised(centre: Centre) -> None:
    """The token of the examples listens."""
    supervise(centre, by="root")


#: What must have happened before a route makes sense.
FIRST: dict[str, Callable[[Centre], None]] = {
    "POST /v1/agents/{tenant}/{agent}/wrap-up/extend": wrap_up,
    "POST /v1/agents/{tenant}/{agent}/wrap-up/end": wrap_up,
    "POST /v1/agents/{tenant}/{agent}/pick-up": rings,
    "POST /v1/calls/{call_id}/retrieve": hold,
    "POST /v1/calls/{call_id}/recording/stop": record,
    "POST /v1/calls/{call_id}/recording/pause": record,
    "POST /v1/calls/{call_id}/recording/resume": pause,
    "POST /v1/calls/{call_id}/consult/swap": consult,
    "POST /v1/calls/{call_id}/consult/join": consult,
    "POST /v1/calls/{call_id}/consult/return": consult,
    "POST /v1/calls/{call_id}/consult/complete": consult,
    "POST /v1/calls/{call_id}/supervise/mode": supervised,
    "POST /v1/calls/{call_id}/supervise/end": supervised,
    "POST /v1/calls/{call_id}/supervise/take-over": supervised,
    "POST /v1/hours/{tenant}/{hours}/release": closed_by_hand,
    "POST /v1/flows/{tenant}/{flow}/live": changed,
    "POST /v1/flows/{tenant}/{flow}/trial": changed,
    "POST /v1/flows/{tenant}/{flow}/trial/end": tried,
    "DELETE /v1/callbacks/{call_id}": callback,
}


class Example(NamedTuple):
    """One line of a shell, and the route it stands under."""

    route: str
    line: str


EXAMPLES = [
    Example(route, line)
    for route, text in SECTIONS
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    for line in block.splitlines()
]
CURLS = [example for example in EXAMPLES if example.line.startswith("curl ")]
COMMANDS = [example for example in EXAMPLES if example.line.startswith("acdengine ")]


def token(example: Example, served: Served) -> str:
    """The token of an example: only a session can be ended."""
    return served.log_in("alice") if example.route == "POST /v1/logout" else "root"


def words(line: str, served: Served, token: str = "root") -> list[str]:
    """The words of a line, its variables put in."""
    values = IDS | {"ACDENGINE_URL": served.url, "ACDENGINE_TOKEN": token}
    return shlex.split(re.sub(r"\$(\w+)", lambda match: values[match[1]], line))


def test_every_route_has_its_section_and_its_examples() -> None:
    documented = [
        f"{method.upper()} {path}"
        for path, methods in describe()["paths"].items()
        for method in methods
    ]
    assert sorted(route for route, _ in SECTIONS) == sorted(documented)
    assert {example.route for example in CURLS} == set(documented) - {"GET /v1/live"}
    without = {"GET /v1/health", "GET /v1/ready", "GET /v1/metrics", "GET /v1/openapi.json"}
    assert {example.route for example in COMMANDS} == set(documented) - without
    assert len(EXAMPLES) == len(CURLS) + len(COMMANDS)


def test_every_close_code_is_told() -> None:
    codes = {closing.code for closing in vars(live).values() if isinstance(closing, Closing)}
    assert {str(code) for code in codes - {1000}} <= set(re.findall(r"\b[14]\d{3}\b", PAGE))


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
@pytest.mark.parametrize("example", CURLS, ids=lambda example: example.line[-60:])
def test_a_request_works_and_is_the_one_it_stands_under(example: Example) -> None:
    with Served() as served:
        FIRST.get(example.route, nothing)(served.centre)
        line = [
            *words(example.line, served, token(example, served)),
            "--write-out",
            "\n%{method} %{url}",
        ]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    method, url = done.stdout.rpartition("\n")[2].split()
    pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(example.route))
    assert re.fullmatch(pattern, f"{method} {url.removeprefix(served.url).partition('?')[0]}")


@pytest.mark.parametrize(
    "example",
    [example for example in COMMANDS if "watch" not in example.line],
    ids=lambda example: example.line,
)
def test_a_command_works(example: Example, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with Served() as served:
        FIRST.get(example.route, nothing)(served.centre)
        monkeypatch.setenv("ACDENGINE_URL", served.url)
        monkeypatch.setenv("ACDENGINE_TOKEN", token(example, served))
        done = CliRunner().invoke(
            app, words(example.line, served)[1:], input=f"{PASSWORD}\n", catch_exceptions=False
        )
    assert done.exit_code == 0, done.output
    assert done.stdout


@pytest.mark.slow
def test_watching_works() -> None:
    [example] = [example for example in COMMANDS if "watch" in example.line]
    with Served() as served:
        environment = {"ACDENGINE_URL": served.url, "ACDENGINE_TOKEN": "root"}
        command = [os.fspath(Path(sys.executable).parent / "acdengine")]
        command += words(example.line, served)[1:]
        with subprocess.Popen(
            command, env=os.environ | environment, stdout=subprocess.PIPE, text=True
        ) as watching:
            served.when_watched(lambda centre: centre.arrive("late"))
            assert watching.stdout is not None
            told = watching.stdout.read()
    assert '"type": "CallQueued"' in told
    assert '"call_id": "late"' in told
    assert watching.returncode == 0
