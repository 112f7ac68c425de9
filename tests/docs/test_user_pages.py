"""The pages by kind of user: each begins with tasks, and each command on them works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from acdengine.__main__ import app
from tests.docs.pages import ROOT
from tests.unit.api.centre import PASSWORD
from tests.unit.api.served import Served

PAGES = sorted((ROOT / "docs" / "for").glob("*.md"))
USERS = [page for page in PAGES if page.name != "README.md"]
_BLOCK = re.compile(r"^```sh(?P<when> after-a-call)?\n(?P<lines>.*?)^```", re.DOTALL | re.MULTILINE)
BLOCKS = [
    pytest.param(found["lines"].splitlines(), bool(found["when"]), id=f"{page.stem}-{number}")
    for page in USERS
    for number, found in enumerate(_BLOCK.finditer(page.read_text()))
]
IDS = {"WAITING": "acme-wait1", "TALKING": "acme-talk"}


@pytest.mark.parametrize("page", USERS, ids=lambda page: page.stem)
def test_a_page_begins_with_what_its_reader_wants_to_do(page: Path) -> None:
    head, _, table = page.read_text().partition("| you want to |")
    assert table
    assert len(head.splitlines()) <= 8


def test_the_index_and_the_readme_lead_to_every_page() -> None:
    index = (ROOT / "docs" / "for" / "README.md").read_text()
    readme = (ROOT / "README.md").read_text()
    for page in USERS:
        assert f"({page.name})" in index
        assert f"(docs/for/{page.name})" in readme


@pytest.mark.parametrize(("lines", "after_a_call"), BLOCKS)
def test_the_commands_work_one_after_the_other(
    lines: list[str], after_a_call: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with Served() as served:
        if after_a_call:
            served.centre.hang_up("acme-talk")
        monkeypatch.setenv("ACDENGINE_URL", served.url)
        if not lines[0].startswith("acdengine login"):
            monkeypatch.setenv("ACDENGINE_TOKEN", "root")
        for line in lines:
            words = re.sub(r"\$(\w+)", lambda found: IDS[found[1]], line).split()
            assert words[0] == "acdengine"
            done = CliRunner().invoke(app, words[1:], input=f"{PASSWORD}\n")
            assert done.exit_code == 0, f"{line}\n{done.output}"
            assert done.stdout, line
