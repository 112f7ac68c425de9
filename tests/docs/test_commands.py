"""The commands that the documentation shows, run: in a copy of the tree, each to a good end.

A command that would go on for ever is shown with its limit (``--seconds 5``), one that needs what
is not here (a live switch) in a block tagged ``console no-run``. The blocks of one page are one
test: they run one after the other in one copy, so that a later one may use what an earlier one
wrote, whichever pages are tested elsewhere at the same time.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, Block, PageError, blocks, pages

BLOCKS = [block for page in pages() for block in blocks(page)]
RUN = [block for block in BLOCKS if "no-run" not in block.options]

#: A block that takes longer hangs.
LIMIT_S = 120
#: These would run the tests within the tests, or wait for ever.
NEVER = re.compile(r"\b(pytest|make (test|check|live|clean|setup|run))\b(?!.*--seconds)")


def copy_tree(to: Path) -> None:
    """Everything but caches; the environment is the same one."""
    skip = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "var", "build")
    shutil.copytree(ROOT, to, ignore=skip)
    (to / ".venv").symlink_to(sys.prefix)


def run(block: Block, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a block's commands as somebody would who types them."""
    binaries = Path(sys.prefix) / "bin"
    environment = {
        **os.environ,
        "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "100",
        "NO_COLOR": "1",
    }
    script = "\n".join(["set -euo pipefail", *block.commands])
    return subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environment, timeout=LIMIT_S, check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    "page",
    list(dict.fromkeys(block.page for block in RUN)),
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_the_commands_of_a_page_run(page: Path, tmp_path: Path) -> None:
    copy = tmp_path / "acdengine"
    copy_tree(copy)
    for block in RUN:
        if block.page == page:
            done = run(block, copy)
            assert done.returncode == 0, f"{block.name}\n{done.stdout}"
            if "exact" in block.options:
                assert done.stdout.rstrip().splitlines() == list(block.output), block.name


def test_no_command_runs_the_tests_or_waits_for_ever() -> None:
    assert [
        (block.name, command)
        for block in RUN
        for command in block.commands
        if NEVER.search(command)
    ] == []


# -- the runner itself -------------------------------------------------------------------------


def page_of(folder: Path, text: str) -> Path:
    page = folder / "page.md"
    page.write_text(text)
    return page


def test_commands_go_on_over_backslashes_and_the_rest_is_output(tmp_path: Path) -> None:
    text = "# T\n\n```console exact\n$ echo one \\\n  two\none two\n$ true\n```\n"
    (block,) = blocks(page_of(tmp_path, text))
    assert block.commands == ("echo one \\\n  two", "true")
    assert block.output == ("one two",)
    assert block.options == ("exact",)
    assert block.line == 3
    assert run(block, tmp_path).stdout == "one two\n"


def test_only_blocks_of_commands_count_and_each_fence_ends_its_own(tmp_path: Path) -> None:
    quoted = "````\n```console\n$ false\n```\n````\n"
    text = f"{quoted}```python\n$ no\n```\n  ```console\n  $ true\n  ```\n"
    assert [block.commands for block in blocks(page_of(tmp_path, text))] == [("true",)]


@pytest.mark.parametrize(
    "text", ["```console\nno command\n```", "```console\n$ true", "```console maybe\n$ true\n```"]
)
def test_a_block_that_cannot_be_meant_is_an_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(PageError):
        list(blocks(page_of(tmp_path, text)))


@pytest.mark.parametrize("commands", ["$ false\n$ true", "$ false | cat", "$ echo $UNSET_NAME"])
def test_a_command_that_fails_is_seen(tmp_path: Path, commands: str) -> None:
    (block,) = blocks(page_of(tmp_path, f"```console\n{commands}\n```\n"))
    assert run(block, tmp_path).returncode != 0


@pytest.mark.parametrize(
    ("command", "never"),
    [
        ("make test", True),
        ("make run", True),
        ('make run ARGS="--headless --seconds 3"', False),
        (".venv/bin/python -m pytest tests", True),
        ("make bench", False),
    ],
)
def test_what_must_not_run_is_known(command: str, never: bool) -> None:
    assert bool(NEVER.search(command)) == never
